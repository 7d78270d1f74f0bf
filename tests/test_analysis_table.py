"""The streams of a text as rows, and that they are JSON."""

from __future__ import annotations

import json

from search.analysis.table import describe


def test_every_stream_has_positions_and_offsets() -> None:
    described = describe("Số 17-KH/TU về hoà bình")
    assert json.loads(json.dumps(described)) == described
    assert described["text"] == "Số 17-KH/TU về hoà bình"
    assert [row["term"] for row in described["exact"]] == ["số", "17", "kh", "tu", "về", "hòa", "bình"]
    assert described["folded"][5] == {"term": "hoa", "position": 5, "start": 15, "end": 18}
    assert described["pair"][5] == {"term": "hoa_binh", "position": 5, "start": 15, "end": 23}
    assert described["codes"] == [
        {"term": "17-kh/tu", "position": 1, "start": 3, "end": 11, "folded": "17-kh/tu", "length": 3}
    ]
    assert sum(row["length"] for row in described["word"]) == 7
    for space in ("exact", "folded", "pair", "word"):
        assert all(row["start"] < row["end"] for row in described[space])


def test_nothing_to_describe() -> None:
    assert describe("") == {"text": "", "exact": [], "folded": [], "pair": [], "word": [], "codes": []}
