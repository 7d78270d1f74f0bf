"""The supervisor by itself, over workers that do nothing: late ones, deaf ones, ones that die or have no successor."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from search.errors import SettingError
from web import supervisor as supervising
from web.server import listen
from web.supervisor import RETIRE, Supervisor

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers fork on Linux alone")
Ready = Callable[[], None]


def wait_to_end(*numbers: int) -> None:
    """What a worker does until it is told to end."""
    told: list[int] = []
    for number in numbers:
        signal.signal(number, lambda received, frame: told.append(received))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, RETIRE))
    while not told:
        time.sleep(0.01)


def serving(door: socket.socket, number: int, ready: Ready) -> None:
    ready()
    wait_to_end(signal.SIGTERM, RETIRE)


def supervised(work: Any, count: int = 1, **more: Any) -> Supervisor:
    return Supervisor(listen("127.0.0.1", 0), work, count, forked=True, **more)


def test_workers_that_are_late_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "STARTING_SECONDS", 0.2)

    def late(door: socket.socket, number: int, ready: Ready) -> None:
        wait_to_end(signal.SIGTERM)

    with pytest.raises(SettingError, match="end before they answer"):
        supervised(late).run(lambda: pytest.fail("nobody answers"))


def test_it_may_be_ended_while_it_starts() -> None:
    def ending(door: socket.socket, number: int, ready: Ready) -> None:
        os.kill(os.getppid(), signal.SIGTERM)
        wait_to_end(signal.SIGTERM)

    supervised(ending).run(lambda: pytest.fail("nobody answers"))


def test_a_worker_deaf_to_its_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "STOPPING_SECONDS", 0.2)

    def deaf(door: socket.socket, number: int, ready: Ready) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        ready()
        wait_to_end(RETIRE)

    running = supervised(deaf)
    running.run(lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert [worker.process.exitcode for worker in running._workers] == [-signal.SIGKILL]


def test_workers_that_die_are_started_again_one_at_a_time(caplog: pytest.LogCaptureFixture) -> None:
    def between() -> None:
        if running._deaths >= 3:
            os.kill(os.getpid(), signal.SIGTERM)

    def dying(door: socket.socket, number: int, ready: Ready) -> None:
        ready()
        sys.exit(3)

    running = supervised(dying, 2, between=between)
    running.run(lambda: None)
    assert caplog.text.count("ended by itself with 3") >= 3
    pauses = [float(each) for each in re.findall(r"starts in (\S+) s", caplog.text)]
    assert pauses == sorted(pauses)


@pytest.mark.parametrize("count", [1, 2])
def test_workers_are_replaced_when_asked(count: int) -> None:
    first: list[int | None] = []

    def between() -> None:
        pids = [worker.process.pid for worker in running._workers]
        if first and set(pids).isdisjoint(first):
            os.kill(os.getpid(), signal.SIGTERM)
        elif not first:
            first.extend(pids)
            os.kill(os.getpid(), signal.SIGHUP)

    running = supervised(serving, count, between=between)
    running.run(lambda: os.write(running._wake, b"!"))
    assert len(running._workers) == count


def test_an_old_worker_stays_where_its_successor_does_not_come_up(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "BETWEEN_SECONDS", 0.05)
    asked = False

    def between() -> None:
        nonlocal asked
        if asked:
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            asked = True
            os.kill(os.getpid(), signal.SIGHUP)

    def only_first(door: socket.socket, number: int, ready: Ready) -> None:
        if number:
            sys.exit(4)
        serving(door, number, ready)

    running = supervised(only_first, between=between)
    running.run(lambda: os.write(running._wake, b"!"))
    assert [worker.number for worker in running._workers] == [0]
    assert "its successor did not come up" in caplog.text


def test_a_server_ended_while_it_replaces_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def between() -> None:
        if not running._replacing:
            os.kill(os.getpid(), signal.SIGHUP)

    def ending(door: socket.socket, number: int, ready: Ready) -> None:
        if number:
            os.kill(os.getppid(), signal.SIGTERM)
            wait_to_end(signal.SIGTERM)
        serving(door, number, ready)

    running = supervised(ending, between=between)
    running.run(lambda: os.write(running._wake, b"!"))
    assert "successor" not in caplog.text
