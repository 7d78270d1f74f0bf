"""Nothing of the product asks another machine at run time: every connection that Python opens is seen by an audit hook.

Each step runs in a process of its own, from an index's making to its pages; the hook sees what libraries do, too. A
connection to the process's own machine is what a server and its visitor need, and no name is looked up for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WATCH = """
import ipaddress, sys

def watched(event, arguments):
    if event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        outside = not ipaddress.ip_address(arguments[1][0]).is_loopback
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        outside = arguments[0] not in ("127.0.0.1", "::1", "localhost")
    else:
        return
    if outside:
        print("OUTSIDE", event, arguments, file=sys.stderr)
        raise PermissionError(f"{event} {arguments}")

sys.addaudithook(watched)
"""
COMMAND = WATCH + "from search.cli import main\nmain(sys.argv[1:])\n"
PAGES = (
    WATCH
    + """
import search
from web import create_app

with search.open(sys.argv[1]) as index, create_app(index).test_client() as client:
    for path in ("/", "/search?q=tham+nhung", "/stats", "/feed.atom?q=cau", "/sitemap.xml", "/opensearch.xml",
                 "/readyz", "/api/docs", "/api/v1/search?q=tham+nhung&related=1&explain=1", "/export.csv?q=cau"):
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        answer.get_data()
"""
)


def run(program: str, *arguments: str | Path, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "OUTSIDE" not in done.stderr, done.stderr
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_a_whole_life_of_an_index_asks_no_other_machine(tmp_path: Path) -> None:
    place = tmp_path / "index"
    run(COMMAND, "index", ROOT / "tests" / "articles", "--index", place, "--workers", "2")
    run(COMMAND, "search", "tham nhungx vawtj", "--city", "Hà Nội", "--index", place, "--explain")
    run(COMMAND, "suggest", "tham nh", "--index", place)
    run(COMMAND, "stats", "--index", place)
    run(COMMAND, "check", "--index", place)
    run(COMMAND, "backup", tmp_path / "backup", "--index", place)
    run(PAGES, place)


@pytest.mark.parametrize(
    "step",
    [
        "import urllib.request as u; u.urlopen('http://192.0.2.1/', timeout=1)",
        "import socket; socket.getaddrinfo('example.vn', 80)",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    ],
)
def test_a_request_to_another_machine_would_be_seen(step: str) -> None:
    with pytest.raises(AssertionError, match="OUTSIDE"):
        run(WATCH + step, code=1)
