"""Ids of answers and the numbers of their articles: right whether or not they were shown before, and few are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.codec import segment as segments
from search.codec.segment import Segment
from search.engines.whoosh import WhooshEngine
from search.query.tree import EVERYTHING, Plan
from tests.engines.conformance import write
from tests.engines.texts import corpus


@pytest.mark.parametrize("page", [1, 7, 200])
def test_numbers_of_ids_are_the_same_when_they_were_shown(
    tmp_path: Path, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "_PAGE", page)
    monkeypatch.setattr(segments, "_REMEMBERED", 30)
    engine = WhooshEngine(str(tmp_path))
    write(engine, corpus(3, 80))
    fresh = Segment(next(tmp_path.glob("*.seg")))
    with engine.reader() as reader:
        (segment,) = reader.segments
        for limit in (1, 10, 80) * 40:
            matches = reader.search(Plan(EVERYTHING, limit=limit)).matches
            assert len(matches) == limit
            assert len(segment._shown) <= segments._PAGES
            assert all(len(ids) == len(numbers) <= page for ids, numbers in segment._shown)
        for match in matches:
            assert segment.number(match.id) == fresh.number(match.id) >= 0
        assert segment._shown == []
        assert len(segment._numbers) <= 30 + 80 * segments._PAGES
        assert segment.number("not there") == -1
    fresh.close()
