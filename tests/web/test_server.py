"""`timbao serve` as processes: workers that die or are replaced, new generations, and how it starts and ends."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import search
from search.errors import IndexBroken, IndexMissing, SettingError
from search.indexing import index_sources
from search.settings import Settings
from tests.conftest import SAMPLE
from tests.serving import Command, Load, serving
from web import create_app
from web.server import listen, serve, warm
from web.supervisor import Supervisor

QUERIES = ["tham nhung", "hai phong", "cang", "nuoc sach", "truong hoc", "lu lut", "du lich", "giao thong"]
PATHS = [f"/api/v1/search?q={query.replace(' ', '+')}&limit={n}" for n in range(1, 6) for query in QUERIES]


@pytest.fixture(scope="module")
def command(sample_index: Path) -> Iterator[Command]:
    with serving(sample_index, "--workers", "2", rate_limit="30 per minute", trusted_proxies="1") as running:
        yield running


def test_it_answers_and_says_nothing_of_itself(command: Command) -> None:
    for path, status in (("/healthz", 200), ("/readyz", 200), ("/search?q=tham", 200), ("/nowhere", 404)):
        assert command.get(path)[0] == status
    connection = http.client.HTTPConnection(command.host, command.port, timeout=10)
    connection.request("GET", "/healthz")
    response = connection.getresponse()
    assert "server" not in {name.lower() for name, _ in response.getheaders()}
    connection.close()
    # the first worker answers while the second is still starting
    command.wait_for(lambda: len(command.workers()) == 2)


def test_figures_are_those_of_all_workers(command: Command) -> None:
    def counted() -> int:
        text = command.get("/metrics")[1].decode()
        found = re.search(r'timbao_request_seconds_count\{route="api.suggest",status="200"\} (\d+)', text)
        return int(found[1]) if found else 0

    before = counted()
    assert [command.get("/api/v1/suggest?q=ti")[0] for _ in range(24)] == [200] * 24
    assert {counted() for _ in range(8)} == {before + 24}
    assert b"timbao_index_articles" in command.get("/metrics")[1]


def test_the_limit_of_an_address_counts_at_all_workers(command: Command) -> None:
    statuses = [command.get("/api/v1/suggest?q=t", **{"X-Forwarded-For": "203.0.113.5"})[0] for _ in range(40)]
    assert statuses == [200] * 30 + [429] * 10
    assert command.get("/api/v1/suggest?q=t", **{"X-Forwarded-For": "203.0.113.6"})[0] == 200
    assert command.get("/metrics", **{"X-Forwarded-For": "203.0.113.6"})[0] == 404


def test_a_worker_that_dies_is_replaced(command: Command) -> None:
    before = command.workers()
    os.kill(before[0], signal.SIGKILL)
    command.wait_for(lambda: len(command.workers()) == 2 and command.workers() != before)
    assert [command.get("/api/v1/search?q=tham")[0] for _ in range(6)] == [200] * 6
    assert b"timbao_request_seconds_count" in command.get("/metrics")[1]


def test_workers_are_replaced_without_a_failed_request(command: Command) -> None:
    before = command.workers()
    with Load(command, PATHS) as load:
        command.wait_for(lambda: load.answered > 20)
        command.signal(signal.SIGHUP)
        command.wait_for(lambda: not set(before) & set(command.workers()))
        answered = load.answered
        command.wait_for(lambda: load.answered > answered + 20)
    assert load.failures == []
    assert len(command.workers()) == 2


def test_a_new_generation_is_followed_without_a_failed_request(tmp_path: Path) -> None:
    index_sources([SAMPLE], tmp_path / "index")

    def generation() -> str:
        return str(json.loads(command.get("/api/v1/stats")[1])["generation"])

    with serving(tmp_path / "index", "--workers", "2") as command:
        first = generation()
        with Load(command, PATHS) as load:
            command.wait_for(lambda: load.answered > 20)
            index_sources([SAMPLE], tmp_path / "index")
            command.wait_for(lambda: len({generation() for _ in range(6)} | {first}) == 2)
            command.wait_for(lambda: first not in {generation() for _ in range(6)})
            answered = load.answered
            command.wait_for(lambda: load.answered > answered + 20)
        assert load.failures == []
        maps = Path(f"/proc/{command.process.pid}/maps")
        if maps.exists():
            assert ".seg (deleted)" in maps.read_text()
            command.signal(signal.SIGHUP)  # as it does now and then: the disk space of old generations is let go
            command.wait_for(lambda: ".seg (deleted)" not in maps.read_text())


def test_workers_end_when_their_supervisor_is_gone(sample_index: Path) -> None:
    with serving(sample_index, "--workers", "2", code=-signal.SIGKILL) as command:
        workers = command.workers()
        command.process.kill()
        command.process.wait(10)
        command.wait_for(lambda: not any(alive(pid) for pid in workers))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_it_listens_on_ipv6(sample_index: Path) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"no IPv6 loopback: {error}")
    with serving(sample_index, "--workers", "1", host="::1") as command:
        assert command.get("/healthz")[0] == 200
        assert command.get("/metrics")[0] == 200


def test_ctrl_c_ends_it(sample_index: Path) -> None:
    with serving(sample_index, "--workers", "1", metrics="off") as command:
        assert command.get("/metrics")[0] == 404
        command.signal(signal.SIGINT)
        assert command.process.wait(40) == 0


def test_a_taken_address_is_said_with_advice() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SettingError, match=r"cannot listen.*--port"):
        listen("127.0.0.1", taken.getsockname()[1])


def test_nothing_is_served_where_there_is_no_index(tmp_path: object) -> None:
    with pytest.raises(IndexMissing):
        serve(Settings(index=f"{tmp_path}/none", port=0))


def test_no_loop_is_left_to_bring_in_when_workers_begin(sample_index: Path, tmp_path: Path) -> None:
    """In a new interpreter: in this one other tests have called them all."""
    code = (
        "import pathlib, sys\n"
        "from search.codec import kernels\n"
        "from search.settings import Settings\n"
        "from web.server import Work\n"
        f"Work(Settings(index=pathlib.Path({str(sample_index)!r})), pathlib.Path({str(tmp_path)!r})).prepare()\n"
        "modules = [sys.modules[f'{kernels.__name__}.{name}'] for name in kernels.MODULES]\n"
        "loops = [loop for module in modules for loop in vars(module).values()\n"
        "         if hasattr(loop, 'overloads') and 'inline' not in loop.targetoptions]\n"
        "print(len(loops), [loop.py_func.__name__ for loop in loops if loop._can_compile])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    count, left = done.stdout.split(" ", 1)
    assert int(count) > 80
    assert left.strip() == "[]"


def test_warming_needs_no_particular_article(tmp_path: Path) -> None:
    search.build([{"id": "1", "title": "", "body": "x"}], tmp_path / "index")
    with search.open(tmp_path / "index") as index:
        warm(create_app(index, Settings(access_log=False)), index)
        assert index.search("x").total == 1


def test_damage_in_a_part_is_no_reason_not_to_start(
    sample_index: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(id: str, limit: int = 5) -> tuple[()]:
        raise IndexBroken("a block does not verify", "rebuild")

    with search.open(sample_index) as index:
        app = create_app(index, Settings(access_log=False))
        monkeypatch.setattr(index, "similar", broken)
        warm(app, index)
        assert "a block does not verify" in caplog.text
        monkeypatch.setattr(index, "search", broken)
        with pytest.raises(IndexBroken):
            warm(app, index)


def failing(door: socket.socket, number: int, ready: object) -> None:
    sys.exit(3)


@pytest.mark.parametrize("forked", [True, False])
def test_workers_that_never_come_up_are_an_error(forked: bool) -> None:
    if forked and sys.platform != "linux":
        pytest.skip("workers fork on Linux alone")
    supervisor = Supervisor(listen("127.0.0.1", 0), failing, 1, forked=forked)
    with pytest.raises(SettingError, match="end before they answer"):
        supervisor.run(lambda: None)
