"""Requests go where there is less to do: the table, the way of a connection, and servers that share an address."""

from __future__ import annotations

import http.client
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from web.connections import Server
from web.neighbors import LARGEST_BYTES, Neighbors
from web.server import neighbors


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Neighbors, Neighbors]]:
    one, two = Neighbors(tmp_path, 0), Neighbors(tmp_path, 1)
    yield one, two
    one.close()
    two.close()


def test_a_request_stays_where_nothing_else_is_to_do(pair: tuple[Neighbors, Neighbors]) -> None:
    assert pair[0].less_busy() is None


@pytest.mark.parametrize(
    ("here", "there", "goes"),
    [(1, 0, True), (9, 0, True), (1, 1, False), (2, 1, False), (3, 1, True), (1, 5, False), (900, 400, False)],
)
def test_it_goes_to_a_free_process_and_to_one_with_clearly_less(
    pair: tuple[Neighbors, Neighbors], here: int, there: int, goes: bool
) -> None:
    one, two = pair
    one.working(here)
    two.working(there)
    assert one.less_busy() == (1 if goes else None)


def test_it_goes_to_the_process_with_least(tmp_path: Path) -> None:
    all_of_them = [Neighbors(tmp_path, number) for number in range(4)]
    for each, work in zip(all_of_them, (7, 4, 2, 3), strict=True):
        each.working(work)
    assert all_of_them[0].less_busy() == 2
    all_of_them[2].leave()
    assert all_of_them[0].less_busy() == 3
    all_of_them[2].working(0)  # what it finishes after it has left invites nobody
    assert all_of_them[0].less_busy() == 3
    for each in all_of_them:
        each.close()
    assert [path.name for path in tmp_path.iterdir()] == ["work"]


def test_a_connection_arrives_with_its_request(pair: tuple[Neighbors, Neighbors]) -> None:
    one, two = pair
    ours, theirs = socket.socketpair()
    one.working(1)
    assert one.give(1, theirs, b"GET / HTTP/1.1\r\n\r\n")
    theirs.close()
    taken = two.take()
    assert taken is not None
    connection, request = taken
    assert request == b"GET / HTTP/1.1\r\n\r\n"
    connection.sendall(b"answer")
    assert ours.recv(10) == b"answer"
    assert two.take() is None
    assert not os.get_inheritable(connection.fileno())
    connection.close()
    ours.close()


def test_what_is_given_counts_until_the_other_tells_itself(pair: tuple[Neighbors, Neighbors]) -> None:
    one, two = pair
    ours, theirs = socket.socketpair()
    one.working(1)
    assert one.give(1, theirs, b"x")
    assert one.less_busy() is None
    two.working(0)
    assert one.less_busy() == 1
    ours.close()
    theirs.close()


def test_nothing_is_given_that_is_too_large_or_to_the_dead(tmp_path: Path, pair: tuple[Neighbors, Neighbors]) -> None:
    one, two = pair
    ours, theirs = socket.socketpair()
    one.working(1)
    assert not one.give(1, theirs, b"x" * (LARGEST_BYTES + 1))
    assert one.less_busy() == 1
    two.door.close()  # as a process that is killed leaves it
    assert not one.give(1, theirs, b"x")
    assert one.less_busy() is None
    two.close()
    successor = Neighbors(tmp_path, 1)
    assert one.less_busy() == 1
    assert one.give(1, theirs, b"x")
    successor.close()
    ours.close()
    theirs.close()


def test_a_process_that_takes_nothing_gets_no_more(pair: tuple[Neighbors, Neighbors]) -> None:
    one, two = pair
    ours, theirs = socket.socketpair()
    given = 0
    while one.give(1, theirs, b"x" * LARGEST_BYTES):
        given += 1
        assert given < 10_000
    assert given
    taken = two.take()
    assert taken is not None
    taken[0].close()
    ours.close()
    theirs.close()


def test_a_worker_without_a_way_to_the_others_answers_for_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    deep = tmp_path / ("x" * 120)
    deep.mkdir()
    assert neighbors(deep, 0) is None
    assert "cannot hand requests to each other" in caplog.text
    found = neighbors(tmp_path, 0)
    assert found is not None
    found.close()


@contextmanager
def two_servers(tmp_path: Path, app: Callable[[int], Any]) -> Iterator[tuple[tuple[str, int], list[Server]]]:
    """Two servers in threads of this process, of which the first alone accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as door, socket.create_server(("127.0.0.1", 0)) as unused:
        servers = [
            Server(app(number), where, threads=2, abreast=1, neighbors=Neighbors(tmp_path, number))
            for number, where in enumerate((door, unused))
        ]
        loops = [threading.Thread(target=server.run, daemon=True) for server in servers]
        for loop in loops:
            loop.start()
        yield door.getsockname(), servers
        for server in servers:
            server.stop()
        for loop in loops:
            loop.join(10)
            assert not loop.is_alive()


def settled(server: Server) -> None:
    """Wait until a server has cleared up after its answers, which the reader of an answer may be ahead of."""
    deadline = time.monotonic() + 10
    while server.task_dispatcher.count:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_busy_server_hands_a_connection_over_for_good(tmp_path: Path) -> None:
    entered, leave = threading.Event(), threading.Event()

    def app(number: int) -> Any:
        def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
            if environ["PATH_INFO"] == "/slow":
                entered.set()
                assert leave.wait(10)
            body = f"{number} {environ['REMOTE_ADDR']}".encode()
            start("200 OK", [("Content-Length", str(len(body)))])
            return [body]

        return answer

    with two_servers(tmp_path, app) as (address, servers):
        slow, quick = (http.client.HTTPConnection(*address, timeout=10) for _ in range(2))
        quick.request("GET", "/")
        assert quick.getresponse().read() == b"0 127.0.0.1"
        settled(servers[0])
        slow.request("GET", "/slow")
        assert entered.wait(10)
        for _ in range(3):
            quick.request("GET", "/")
            assert quick.getresponse().read() == b"1 127.0.0.1"
        leave.set()
        assert slow.getresponse().read() == b"0 127.0.0.1"
        quick.request("GET", "/")  # it stays, though the first one is free again
        assert quick.getresponse().read() == b"1 127.0.0.1"
        assert [len(server.active_channels) for server in servers] == [1, 1]
        slow.close()
        quick.close()


def test_a_server_that_ends_hands_nothing_over_and_gets_nothing(tmp_path: Path) -> None:
    entered, leave = threading.Event(), threading.Event()

    def app(number: int) -> Any:
        def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
            if environ["PATH_INFO"] == "/slow":
                entered.set()
                assert leave.wait(10)
            start("200 OK", [("Content-Length", "1")])
            return [str(number).encode()]

        return answer

    with two_servers(tmp_path, app) as (address, servers):
        slow, quick = (http.client.HTTPConnection(*address, timeout=10) for _ in range(2))
        quick.request("GET", "/")
        quick.getresponse().read()
        settled(servers[0])
        slow.request("GET", "/slow")
        assert entered.wait(10)
        servers[1].retire()
        quick.request("GET", "/")
        time.sleep(0.05)
        leave.set()
        assert (slow.getresponse().read(), quick.getresponse().read()) == (b"0", b"0")
        slow.close()
        quick.close()


def test_many_requests_at_once_are_all_answered(tmp_path: Path) -> None:
    answered: list[int] = [0, 0]

    def app(number: int) -> Any:
        def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
            time.sleep(0.002)
            answered[number] += 1
            body = environ["QUERY_STRING"].encode()
            start("200 OK", [("Content-Length", str(len(body)))])
            return [body]

        return answer

    failed: list[str] = []

    def ask(name: int, address: tuple[str, int]) -> None:
        connection = http.client.HTTPConnection(*address, timeout=10)
        for step in range(25):
            connection.request("GET", f"/?{name}.{step}")
            if connection.getresponse().read() != f"{name}.{step}".encode():
                failed.append(f"{name}.{step}")
        connection.close()

    with two_servers(tmp_path, app) as (address, _):
        clients = [threading.Thread(target=ask, args=(name, address)) for name in range(12)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(60)
    assert failed == []
    assert sum(answered) == 12 * 25
    assert min(answered) > 12 * 25 / 4
