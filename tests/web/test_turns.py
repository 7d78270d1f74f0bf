"""Answers take turns: short ones one after the other, and a long one keeps nobody waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from web.turns import Turns


class Answer:
    """A task that lasts until it is let go, and notes when it began."""

    def __init__(self, *, held: bool = True) -> None:
        self.begun, self.ended, self._go = threading.Event(), threading.Event(), threading.Event()
        if not held:
            self._go.set()

    def let_go(self) -> None:
        self._go.set()
        assert self.ended.wait(10)

    def service(self) -> None:
        self.begun.set()
        assert self._go.wait(10)
        self.ended.set()

    def cancel(self) -> None:
        self._go.set()


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Iterator[Turns]:
    monkeypatch.setattr("web.turns.PATIENT_SECONDS", 30.0)
    found = Turns(threads=4, abreast=1)
    yield found
    found.shutdown(timeout=5)


def settled(turns: Turns, count: int) -> None:
    deadline = time.monotonic() + 10
    while turns.count != count:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_the_next_begins_when_the_one_before_has_ended(turns: Turns) -> None:
    answers = [Answer() for _ in range(5)]
    for answer in answers:
        turns.add_task(answer)
    for number, answer in enumerate(answers):
        assert answer.begun.wait(10)
        turns.look()
        time.sleep(0.02)
        assert not any(later.begun.is_set() for later in answers[number + 1 :])
        answer.let_go()
    settled(turns, 0)
    assert turns.patience is None


def test_as_many_are_at_work_as_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.turns.PATIENT_SECONDS", 30.0)
    turns = Turns(threads=4, abreast=2)
    answers = [Answer() for _ in range(3)]
    for answer in answers:
        turns.add_task(answer)
    assert answers[0].begun.wait(10)
    assert answers[1].begun.wait(10)
    assert not answers[2].begun.wait(0.05)
    answers[1].let_go()
    assert answers[2].begun.wait(10)
    for answer in answers:
        answer.let_go()
    turns.shutdown(timeout=5)


def test_an_answer_that_takes_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.turns.PATIENT_SECONDS", 0.05)
    turns = Turns(threads=3, abreast=1)
    long, short = Answer(), Answer(held=False)
    turns.add_task(long)
    assert long.begun.wait(10)
    turns.add_task(short)
    assert turns.patience == 0.05
    deadline = time.monotonic() + 10
    while not short.begun.is_set():  # what the loop of a server does while tasks wait
        assert time.monotonic() < deadline
        time.sleep(0.01)
        turns.look()
    assert not long.ended.is_set()
    long.let_go()
    turns.shutdown(timeout=5)


def test_what_is_to_do_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.turns.PATIENT_SECONDS", 30.0)
    told: list[int] = []
    turns = Turns(threads=2, abreast=1, changed=told.append)
    first, second = Answer(), Answer()
    turns.add_task(first)
    assert first.begun.wait(10)
    turns.add_task(second)
    first.let_go()
    second.let_go()
    settled(turns, 0)
    assert told == [1, 2, 1, 0]
    turns.shutdown(timeout=5)


def test_a_failing_answer_ends_its_turn_only(turns: Turns, caplog: pytest.LogCaptureFixture) -> None:
    class Failing:
        def service(self) -> None:
            raise ValueError("of a test")

    turns.add_task(Failing())
    after = Answer(held=False)
    turns.add_task(after)
    assert after.ended.wait(10)
    assert "of a test" in caplog.text
