"""The server as a process: it says where it listens, answers, and stops when told."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import sys
import threading

import pytest

from search.errors import IndexMissing, SettingError
from search.settings import Settings
from tests.conftest import ROOT
from tests.web.conftest import make
from web.server import listen, serve

PROGRAM = """
from tests.web.conftest import make
from web.server import listen
listen(make(), "127.0.0.1", 0, 4)
"""


def test_a_server_answers_and_stops_when_told() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())
            assert found
            connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=10)
            for path, status in (("/healthz", 200), ("/search?q=tham", 200), ("/nowhere", 404)):
                connection.request("GET", path)
                response = connection.getresponse()
                body = response.read()
                assert (response.status, bool(body)) == (status, True)
                assert "server" not in {name.lower() for name, _ in response.getheaders()}
            statuses: list[int] = []

            def ask() -> None:
                mine = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=10)
                mine.request("GET", "/api/v1/search?q=tham")
                statuses.append(mine.getresponse().status)
                mine.close()

            threads = [threading.Thread(target=ask) for _ in range(20)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert statuses == [200] * 20
            connection.close()
        finally:
            process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 0, errors


def test_a_taken_address_is_said_with_advice() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingError, match=r"cannot listen.*--port"):
            listen(make(), "127.0.0.1", taken.getsockname()[1], 1)


def test_nothing_is_served_where_there_is_no_index(tmp_path: object) -> None:
    with pytest.raises(IndexMissing):
        serve(Settings(index=f"{tmp_path}/none", port=0))
