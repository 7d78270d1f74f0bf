"""One server over a socket: slow clients, large requests, connections kept alive, and two ways to end."""

from __future__ import annotations

import gzip
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from waitress import wasyncore

from tests.serving import served
from tests.web.conftest import make
from web.connections import Server


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with served(make(), threads=2, request_seconds=1.0) as where:
        parts = urlsplit(where)
        yield str(parts.hostname), int(parts.port or 0)


def ask(address: tuple[str, int], path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection(*address, timeout=10)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read(), {name.lower(): value for name, value in response.getheaders()}
    finally:
        connection.close()


def test_clients_that_never_finish_a_request_hold_up_nobody_and_are_let_go(address: tuple[str, int]) -> None:
    slow = [socket.create_connection(address, timeout=10) for _ in range(30)]
    for each in slow:
        each.sendall(b"GET /search?q=tham HTTP/1.1\r\nHost: x\r\nX-A: ")
    began = time.monotonic()
    for step in range(8):
        for each in slow:
            each.sendall(b"b")
        assert ask(address, "/api/v1/search?q=tham")[0] == 200
        time.sleep(0.05 * (step < 7))
    assert time.monotonic() - began < 5
    for each in slow:
        assert each.recv(1) == b""
        each.close()


def test_a_slow_reader_of_a_long_answer_holds_no_thread(address: tuple[str, int]) -> None:
    readers = [socket.create_connection(address, timeout=10) for _ in range(6)]
    for each in readers:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        each.sendall(b"GET /static/timbao.css HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
    assert ask(address, "/api/v1/search?q=tham")[0] == 200
    for each in readers:
        each.close()


def test_requests_that_are_too_large_are_refused(address: tuple[str, int]) -> None:
    assert ask(address, "/search?q=" + "a" * 300_000)[0] in (400, 414, 431)
    assert ask(address, "/search", **{"X-Long": "a" * 300_000})[0] in (400, 431)
    with socket.create_connection(address, timeout=10) as door:
        door.sendall(b"POST /search HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n")
        assert door.recv(64).split()[1] in (b"405", b"413")


def test_a_connection_is_kept_and_requests_may_come_together(address: tuple[str, int]) -> None:
    connection = http.client.HTTPConnection(*address, timeout=10)
    connection.connect()
    ports = set()
    for _ in range(3):
        connection.request("GET", "/api/v1/search?q=tham")
        ports.add(connection.sock.getsockname()[1])
        assert connection.getresponse().read()
    assert len(ports) == 1
    connection.close()
    with socket.create_connection(address, timeout=10) as door:
        door.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
        got = b""
        while got.count(b'"status":"ok"') < 3:
            got += door.recv(65536)


def test_head_and_packed_answers_carry_the_tag_of_the_plain_one(address: tuple[str, int]) -> None:
    path = "/api/v1/search?q=tham"
    status, body, headers = ask(address, path)
    head_status, nothing, head = ask(address, path, "HEAD")
    assert (status, head_status, nothing) == (200, 200, b"")
    assert head["content-length"] == headers["content-length"] == str(len(body))
    _, packed, packed_headers = ask(address, path, **{"Accept-Encoding": "gzip"})
    assert packed_headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed)[:40] == body[:40]
    for encoding, tag in (("identity", headers["etag"]), ("gzip", packed_headers["etag"])):
        again = ask(address, path, **{"If-None-Match": tag, "Accept-Encoding": encoding})
        assert again[:2] == (304, b"")


@pytest.mark.parametrize("way", ["stop", "retire"])
def test_answers_under_way_are_finished_when_a_server_ends(way: str) -> None:
    entered, leave = threading.Event(), threading.Event()

    def app(environ: object, start: object) -> list[bytes]:
        entered.set()
        assert leave.wait(10)
        start("200 OK", [("Content-Length", "2")])  # type: ignore[operator]
        return [b"ok"]

    with socket.create_server(("127.0.0.1", 0)) as door:
        server = Server(app, door, threads=2)
        loop = threading.Thread(target=server.run, daemon=True)
        loop.start()
        connection = http.client.HTTPConnection(*door.getsockname(), timeout=10)
        connection.request("GET", "/")
        assert entered.wait(10)
        getattr(server, way)()
        time.sleep(0.15)
        assert loop.is_alive()
        leave.set()
        response = connection.getresponse()
        assert (response.read(), response.getheader("Connection")) == (b"ok", "close")
        loop.join(10)
        assert not loop.is_alive()


def test_a_retiring_server_answers_a_connection_that_was_kept_alive() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = Server(make(), door, threads=2)
        loop = threading.Thread(target=server.run, daemon=True)
        loop.start()
        connection = http.client.HTTPConnection(*door.getsockname(), timeout=10)
        for closing in (None, "close"):
            connection.request("GET", "/healthz")
            response = connection.getresponse()
            response.read()
            assert response.getheader("Connection") == closing
            server.retire()
            time.sleep(0.1)
        loop.join(10)
        assert not loop.is_alive()


def test_a_server_that_has_ended_may_be_told_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = Server(make(), door, threads=1)
        loop = threading.Thread(target=server.run, daemon=True)
        loop.start()
        server.stop()
        loop.join(10)
        assert not loop.is_alive()
        server.retire()
        server.stop()


def test_the_loop_sleeps_while_answers_are_made_and_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = 0
    loop = wasyncore.loop

    def counted(**given: object) -> None:
        nonlocal turns
        turns += 1
        loop(**given)

    monkeypatch.setattr("web.connections.wasyncore.loop", counted)

    def app(environ: object, start: object) -> list[bytes]:
        time.sleep(0.005)
        start("200 OK", [("Content-Length", "50000")])  # type: ignore[operator]
        return [b"x" * 50_000]

    with served(app, threads=2, abreast=1) as where:  # type: ignore[arg-type]
        parts = urlsplit(where)
        connections = [http.client.HTTPConnection(str(parts.hostname), int(parts.port or 0)) for _ in range(4)]
        for _ in range(10):
            for connection in connections:
                connection.request("GET", "/")
            for connection in connections:
                assert len(connection.getresponse().read()) == 50_000
        for connection in connections:
            connection.close()
    # one to receive each, and some that end, wait in vain or find more than one to do
    assert turns < 3 * 40


def test_what_a_client_does_not_read_is_sent_when_it_does(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=10) as door:
        # more than the system's own buffers hold
        door.sendall(b"GET /static/timbao.css HTTP/1.1\r\nHost: x\r\n\r\n" * 600)
        time.sleep(0.3)
        got = 0
        door.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        tail = b""
        while block := door.recv(65536):
            got += len(block)
            tail = (tail + block)[-2000:]
    assert got > 600 * 15_000
    assert b'"status":"ok"' in tail
