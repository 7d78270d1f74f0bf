"""Rows kept of lists that are asked for often: the answers stay the same, and so does the room they take."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from search.codec import hot
from search.codec.hot import HotRows
from search.codec.segment import Segment
from search.engines.whoosh import WhooshEngine
from tests.engines import plans
from tests.engines.conformance import write
from tests.engines.texts import corpus
from tests.reference import Reference

STRIDE = 512
"""Bytes of a row of so few articles."""


@pytest.mark.parametrize("room", [0, 3 * STRIDE, 100 * STRIDE])
def test_answers_with_rows_are_those_without(tmp_path: Path, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_OFTEN", 0), ("_LONG", 1000), ("_PATIENCE", 3)):
        monkeypatch.setattr(hot, name, value)  # every list is long, and kept when it is asked for
    monkeypatch.setattr("search.codec.searching.ROOM_BYTES", room)
    articles = corpus(5, 120)
    engine = WhooshEngine(str(tmp_path))
    write(engine, articles)
    reference = Reference(articles)

    def ask(seed: int) -> None:
        draw = random.Random(seed)
        for _ in range(150):
            plan = plans.plan(draw)
            wanted, found = reference.search(plan), reader.search(plan)
            assert (found.total, found.facets) == (wanted.total, wanted.facets), plan
            assert [m.id for m in found.matches] == [m.id for m in wanted.matches], plan

    with engine.reader() as reader, ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(4)))


def test_a_list_gets_a_row_when_it_was_asked_for_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hot, "_LONG", 1000)
    articles = corpus(6, 60)
    write(WhooshEngine(str(tmp_path)), articles)
    segment = Segment(next(tmp_path.glob("*.seg")))
    field = segment.field("folded")
    places = [field.begin + field.start(number) for number in range(6)]
    rows = HotRows(segment, 2 * STRIDE)
    for _ in range(hot._OFTEN):
        assert rows.of({places[0]: 1}, 2)[1] == [-1, -1]
    table, begins = rows.of({places[0]: 1}, 2)
    assert begins == [-1, 0]
    assert int((table[: segment.size] != 0).sum()) == field.frequency(0)
    for place in places * (hot._OFTEN + 1):
        rows.of({place: 0}, 1)
    assert [rows.of({place: 0}, 1)[1][0] for place in places].count(-1) == 4  # there is room for two
    segment.close()


def test_a_list_that_was_laid_out_whole_gets_a_row_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hot, "_LONG", 1000)
    write(WhooshEngine(str(tmp_path)), corpus(6, 60))
    segment = Segment(next(tmp_path.glob("*.seg")))
    field = segment.field("folded")
    places = [field.begin + field.start(number) for number in range(6)]
    rows = HotRows(segment, 4 * STRIDE)
    for place in places:
        assert rows.of({place: 0}, 1)[1] == [-1]
        rows.laid({place: 0})
    kept = [rows.of({place: 0}, 1)[1][0] for place in places]
    assert kept[:2] == [0, STRIDE]
    rows = HotRows(segment, 2 * STRIDE)
    for place in places:
        rows.of({place: 0}, 1)
        rows.laid({place: 0})
        rows.of({place: 0}, 1)
    # when half of the room is taken, only what is asked for often gets the rest
    assert [rows.of({place: 0}, 1)[1][0] for place in places] == [0, -1, -1, -1, -1, -1]
    segment.close()
