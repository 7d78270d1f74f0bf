"""Analysis by several processes gives what one process gives, in the same order, also when a worker dies."""

from __future__ import annotations

import gc
import json
import os
import pickle
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from search.analysis import analyze_batch
from search.analysis.parcel import LostParcel, Receiver, Sender
from search.model import Article
from search.workers import COLLECTED_AFTER, prepared

TEXTS = ["", "Tham nhũng vặt", "Kế hoạch số 17-KH/TU ngày 29/12/2016", "ban tin khong dau", "!!!", "Ắ Ấ 58,42%"]


@pytest.fixture(scope="module")
def articles(sample: Path) -> list[Article]:
    lines = [line for path in sorted(sample.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    records = [json.loads(line) for line in lines]
    return [Article(record["id"], record["title"], record["body"]) for record in records]


def batches(articles: list[Article], size: int = 8) -> Iterator[list[Article]]:
    for first in range(0, len(articles), size):
        yield articles[first : first + size]


def test_parcels_bring_analyses_unchanged() -> None:
    sender, receiver = Sender(), Receiver()
    fresh = f"xyz{time.monotonic_ns()}"  # a term that no parcel before held
    for texts in (TEXTS, [], [fresh, "", f"{fresh} tham"], ["pho\u0300ng \ud800 chống"]):
        sent = analyze_batch(texts)
        came = receiver.unpack(pickle.loads(pickle.dumps(sender.pack(sent, texts))), texts)
        for before, after in zip(sent, came, strict=True):
            assert after.exact_terms() == before.exact_terms()
            assert after.words() == before.words()
            assert (after.starts.tolist(), after.ends.tolist()) == (before.starts.tolist(), before.ends.tolist())
            assert (after.codes, after.plainness, after.text) == (before.codes, before.plainness, before.text)


def test_a_term_travels_once() -> None:
    sender = Sender()
    assert sender.pack(analyze_batch(TEXTS), TEXTS).terms
    again = sender.pack(analyze_batch(TEXTS), TEXTS)
    assert (again.terms, again.changed) == ([], {})


def test_a_parcel_behind_a_lost_one_is_refused() -> None:
    sender, receiver = Sender(), Receiver()
    lost = sender.pack(analyze_batch(TEXTS), TEXTS)
    next_one = sender.pack(analyze_batch(["tham"]), ["tham"])
    with pytest.raises(LostParcel):
        receiver.unpack(next_one, ["tham"])
    receiver.unpack(lost, TEXTS)
    assert receiver.unpack(next_one, ["tham"])[0].exact_terms() == ["tham"]


@pytest.mark.parametrize("size", [1, 8])  # with 1 most are done here while the processes start
def test_processes_agree_with_one(articles: list[Article], size: int) -> None:
    alone = list(prepared(batches(articles)))
    spread = list(prepared(batches(articles, size), workers=2, alone=16))
    assert [p.article.id for p in spread] == [p.article.id for p in alone]
    assert [p.body.exact_terms() for p in spread] == [p.body.exact_terms() for p in alone]
    assert [p.title.words() for p in spread] == [p.title.words() for p in alone]


@pytest.mark.parametrize("before", [(700, 10, 10), (0, 10, 10), (2 * COLLECTED_AFTER, 5, 5)])
def test_cycles_are_looked_for_seldom_and_then_as_before(articles: list[Article], before: tuple[int, int, int]) -> None:
    usual = gc.get_threshold()
    try:
        gc.set_threshold(*before)
        run = prepared(batches(articles))
        next(run)
        assert gc.get_threshold() == (max(COLLECTED_AFTER, before[0]) if before[0] else 0, *before[1:])
        run.close()  # as when whoever takes the articles fails
        assert gc.get_threshold() == before
        assert len(list(prepared(batches(articles)))) == len(articles)
        assert gc.get_threshold() == before
    finally:
        gc.set_threshold(*usual)


def test_a_killed_worker_loses_nothing(articles: list[Article]) -> None:
    import multiprocessing

    seen = []
    for number, item in enumerate(prepared(batches(articles), workers=2, alone=8)):
        seen.append(item.article.id)
        if number == 20:
            for child in multiprocessing.active_children():
                if child.pid:
                    os.kill(child.pid, signal.SIGKILL)
    assert seen == [article.id for article in articles]
