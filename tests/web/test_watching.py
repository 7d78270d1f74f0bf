"""What a loop waits for: asked once, told of again only after something has happened."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from web.watching import Watch


class Asked:
    """One end of a pair of sockets that counts how often it is asked and what it was told of."""

    accepting = False

    def __init__(self) -> None:
        self.here, self.there = socket.socketpair()
        self.here.setblocking(False)
        self.asked = 0
        self.reads, self.writes = True, False
        self.got: list[bytes] = []
        self.sent = 0

    @property
    def number(self) -> int:
        return self.here.fileno()

    def readable(self) -> bool:
        self.asked += 1
        return self.reads

    def writable(self) -> bool:
        return self.writes

    def handle_read_event(self) -> None:
        self.got.append(self.here.recv(100))

    def handle_write_event(self) -> None:
        self.sent += 1
        self.writes = False

    def handle_close(self) -> None:
        self.reads = False


@pytest.fixture
def some() -> Iterator[tuple[Watch, list[Asked]]]:
    all_of_them = [Asked() for _ in range(20)]
    watch = Watch({each.number: each for each in all_of_them})
    yield watch, all_of_them
    watch.close()
    for each in all_of_them:
        each.here.close()
        each.there.close()


def test_only_those_to_which_something_has_happened_are_asked_again(some: tuple[Watch, list[Asked]]) -> None:
    watch, (busy, *idle) = some
    for round in range(50):
        busy.there.send(b"%d" % round)
        watch.wait(1.0)
    assert len(busy.got) == 50
    assert {each.asked for each in idle} == {1}


def test_who_wants_nothing_is_told_nothing_until_it_says_so(some: tuple[Watch, list[Asked]]) -> None:
    watch, (first, *_) = some
    first.reads = False
    first.there.send(b"early")
    watch.wait(0.01)
    assert first.got == []
    first.reads = True
    watch.changed(first.number)
    watch.wait(1.0)
    assert first.got == [b"early"]


def test_who_wants_to_send_is_told_once_there_is_room(some: tuple[Watch, list[Asked]]) -> None:
    watch, (first, *_) = some
    watch.wait(0.0)
    first.writes = True
    watch.changed(first.number)
    watch.wait(1.0)
    watch.wait(0.01)
    assert first.sent == 1


def test_a_file_that_another_process_holds_too_is_forgotten_when_it_is_closed(some: tuple[Watch, list[Asked]]) -> None:
    watch, (first, second, *_) = some
    watch.wait(0.0)
    elsewhere = os.dup(first.number)  # as another process holds a connection that was handed over
    watch.forget(first.number)
    os.dup2(second.number, first.number)  # closed, and its number is another file's now
    first.there.send(b"for the other process")
    watch.wait(0.01)
    assert first.got == []
    assert os.read(elsewhere, 100) == b"for the other process"
    os.close(elsewhere)
