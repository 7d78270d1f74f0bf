"""The tables behind the chain: look-up by keys, pieces as rows, and what becomes of tables that are spent."""

from __future__ import annotations

import gc
import random
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from search.analysis import analyze_batch, chain, piece_table, segment, segment_batch
from search.analysis.columns import Column, spread
from search.analysis.forms import normalize
from search.analysis.key_table import KeyTable, _Places
from search.analysis.piece_index import BETWEEN, BREAK, MAX_PIECE, PieceIndex, cut
from search.analysis.pieces import EDGES
from search.analysis.segmenter import tables
from search.analysis.segmenter.tables import Tables
from search.analysis.segmenter.types import TokenTypes
from search.analysis.segmenter.words import Segmenter, segmenter


def found(table: KeyTable, keys: list[int]) -> list[int]:
    numbers, missing = table.find(np.array(keys, np.uint64))
    assert missing.tolist() == [i for i, number in enumerate(numbers.tolist()) if number < 0]
    return numbers.tolist()


def test_a_key_table_finds_every_key_while_it_grows() -> None:
    dice = random.Random(3)
    keys = list({dice.getrandbits(64) or 1 for _ in range(30_000)})
    table, known = KeyTable(), 0
    while known < len(keys):
        step = dice.choice([1, 7, 900, 5000])
        table.put(keys[known : known + step], range(known, min(known + step, len(keys))))
        known = min(known + step, len(keys))
        assert len(table) == known
        some = dice.sample(range(len(keys)), 300)
        assert found(table, [keys[i] for i in some]) == [i if i < known else -1 for i in some]
    assert found(table, keys) == list(range(len(keys)))
    places, rest = table._kept
    assert len(places.cells) >= 4 * len(keys)
    assert len(rest) < len(keys) // 3


@pytest.mark.parametrize("more", [1_100, 5_000])
def test_a_key_is_never_missed_while_others_are_put(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the two looks of a look-up, into the cells and into the dict, another thread may move all keys."""
    table, old = KeyTable(), [2, 3, *range(100, 400)]
    table.put(old, range(len(old)))
    slots = _Places.slots

    def meanwhile(places: _Places, keys: NDArray[np.uint64]) -> NDArray[np.intp]:
        monkeypatch.setattr(_Places, "slots", slots)
        table.put(list(range(1_000, 1_000 + more)), range(len(old), len(old) + more))
        assert len(table._kept[1]) < len(old)  # settled
        return slots(places, keys)

    monkeypatch.setattr(_Places, "slots", meanwhile)
    assert found(table, old) == list(range(len(old)))
    assert found(table, old) == list(range(len(old)))


def test_keys_of_one_place_are_told_apart() -> None:
    """Keys that all want the same place live side by side, before and after the arrays are settled."""
    table = KeyTable()
    multiples = [k for k in range(1, 400_000) if (k * 0x9E3779B97F4A7C15 % 2**64) >> 54 == 5]
    assert len(multiples) > 300
    table.put(multiples, range(len(multiples)))
    table._settle()
    assert found(table, multiples) == list(range(len(multiples)))
    assert found(table, [key + 1 for key in multiples if key + 1 not in multiples][:50]) == [-1] * 50


def test_the_key_zero_is_never_found() -> None:
    table = KeyTable()
    table.put(list(range(1, 3000)), range(2999))
    assert found(table, [2**64 - 1, 3000]) == [-1, -1]


def test_columns_keep_values_over_growth() -> None:
    column, expected = Column(), []
    for n in range(200):
        column.extend(range(n, n + 37))
        column.append(-n)
        expected += [*range(n, n + 37), -n]
        if n % 7 == 0:
            assert column.settle()[: len(column)].tolist() == expected
    assert column.settle()[: len(column)].tolist() == expected
    assert len(column) == len(expected)


def test_rows_that_hold_nothing_spread_to_nothing() -> None:
    index, counts = spread(np.array([0, 1, 0, 2]), np.array([0, 0, 3, 4]))
    assert (index.tolist(), counts.tolist()) == ([0, 1, 2, 3], [0, 3, 0, 1])


class _Seen:
    """Numbers pieces in the order they are added."""

    def __init__(self) -> None:
        self.pieces = ["<between>", "<break>"]

    def add(self, pieces: list[str]) -> list[int]:
        begin = len(self.pieces)
        self.pieces += pieces
        return list(range(begin, len(self.pieces)))


TEXTS = st.lists(
    st.text(alphabet=st.sampled_from("aBđẾệ.,“…\n\t \u00a0\u3000\u200b漢😀\x00\x1c\ud800"), max_size=30), max_size=4
)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_pieces_are_what_stands_between_blanks(texts: list[str]) -> None:
    seen = _Seen()
    index = PieceIndex(seen.add)
    expected = ["<between>"]
    for text in texts:
        for number, line in enumerate(text.split("\n")):
            expected += (["<break>"] if number else []) + line.split()
        expected.append("<between>")
    for _ in range(2):  # new, and met before
        assert [seen.pieces[row] for row in index.rows(cut(texts)).tolist()] == expected
    assert len(set(seen.pieces)) == len(seen.pieces)


def test_pieces_of_eight_and_nine_letters_are_told_apart() -> None:
    seen = _Seen()
    index = PieceIndex(seen.add)
    rows = index.rows(cut(["nghiêngx nghiêngxy nghiêngxyz nghiêng nghiêngxy"])).tolist()
    assert rows[2] == rows[5]
    assert len(set(rows[1:-1])) == 4
    assert [rows[0], rows[-1]] == [BETWEEN, BETWEEN]
    assert index.rows(cut(["\n"])).tolist() == [BETWEEN, BREAK, BETWEEN]


def test_pieces_too_long_are_read_but_not_kept() -> None:
    seen = _Seen()
    index = PieceIndex(seen.add)
    long, kept = "x" * (MAX_PIECE + 1), "y" * MAX_PIECE
    for _ in range(3):
        index.rows(cut([f"{long} {kept}"]))
    assert seen.pieces.count(long) == 3
    assert seen.pieces.count(kept) == 1


def test_what_adding_raises_leaves_the_index_as_it_was() -> None:
    def fail(pieces: list[str]) -> list[int]:
        raise MemoryError

    seen = _Seen()
    index = PieceIndex(seen.add)
    index.rows(cut(["tham nhũng"]))
    index._add = fail
    with pytest.raises(MemoryError):
        index.rows(cut(["tham nhũng vặt"]))
    index._add = seen.add
    assert [seen.pieces[row] for row in index.rows(cut(["vặt tham"])).tolist()[1:-1]] == ["vặt", "tham"]


RUNS = [
    "tham",
    "Nhũng",
    "XVI",
    "17",
    "ĐHQG",
    "Mr",
    "ThS",
    "thuỷ",
    "qúy",
    "ﬁ",
    "ＡＢ",
    "ʼ",
    "ª",
    "ß",
    "한",
    "http",
    "TP",
    "0",
]
MARKS = [*EDGES, "->", "...", "==>", ">>", "://", "–>", "\u0301", "\u200b"]


@given(st.lists(st.tuples(*[st.lists(st.sampled_from(some), max_size=2) for some in (MARKS, RUNS, MARKS)]), max_size=9))
@settings(max_examples=300, deadline=None)
def test_a_word_between_marks_is_read_as_any_piece_is(parts: list[tuple[list[str], list[str], list[str]]]) -> None:
    table = chain._table()
    pieces = [normalize("".join([*part[0], *part[1], *part[2]])) for part in parts]
    pieces = [piece for piece in pieces if piece]
    for piece, row in zip(pieces, table._read_others(pieces), strict=True):
        assert table._run_between_marks(piece) in (None, row), piece
    assert table._read(pieces) == table._read_others(pieces)


def test_words_and_numbers_between_marks_are_read_the_short_way() -> None:
    table = chain._table()
    short = ["tham", "“Tham", "nhũng”).", "(2016),", "-5%", "nay...", "TP"]
    assert None not in map(table._run_between_marks, short)
    assert [table._run_between_marks(piece) for piece in ("TP.", "a_", "@vn", "17-KH", "://")] == [None] * 5


def test_what_is_known_of_token_types_is_found_before_and_after_it_is_settled() -> None:
    lexicon = segmenter().lexicon
    types = TokenTypes(lexicon)
    tokens = [f"x{number}" for number in range(1_500)]
    for i, token in enumerate(tokens):
        assert types.row(types.id(token)) == lexicon.describe(token)
        if i % 700 == 0:
            assert types.rows()[types.id(token)].tobytes() == lexicon.describe(token)
    rows = types.rows()
    assert [rows[types.id(token)].tobytes() for token in tokens] == [types.row(types.id(token)) for token in tokens]


def test_spent_tables_are_freed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No cycle keeps a table that was begun anew: memory does not wait for a full collection."""
    gc.collect()
    gc.disable()
    try:
        small = Segmenter(segmenter().lexicon.model)
        small.words_batch(["tham nhũng vặt " * 60])
        small.words("học sinh")
        spent = weakref.ref(small._tables)
        small._tables = Tables(small.lexicon)
        assert spent() is None
        monkeypatch.setattr(chain._Current, "table", None)
        analyze_batch(["Kế hoạch 17-KH/TU " * 60])
        chain.analyze("khóa XVI")
        old = weakref.ref(chain._Current.table)
        chain._Current.table = None  # not by the fixture, which would hold the table
        assert old() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("limit", ["MAX_TYPES", "MAX_PIECES", "MAX_CHARS"])
def test_each_limit_of_the_segmenter_begins_anew(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    texts = [f"phường{n} số {n} khu phố{n * 3}" for n in range(300)]
    expected = segment_batch(texts)
    monkeypatch.setattr(tables, limit, 200)
    small = Segmenter(segmenter().lexicon.model)
    seen = set()
    for text, answer in zip(texts, expected, strict=True):
        assert small.words(text) == answer
        seen.add(id(small._tables))
        assert len(small._tables.types) < 300
    assert len(seen) > 1
    assert segment(texts[0]) == expected[0]


def test_a_table_begun_anew_knows_what_was_met_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piece_table, "MAX_ROWS", 90)
    texts = [f"tham nhũng, “vặt” phường{n} số {n}-KH/TU 12.{100 + n} khóa XVI nghiêngngả{n}x" for n in range(60)]
    expected = [(a.exact_terms(), a.words(), a.codes) for a in analyze_batch(texts)]
    table = piece_table.PieceTable(chain.VOCABULARY, segmenter())
    read: list[str] = []
    seen = []
    for number, text in enumerate(texts):
        if table.full:
            first, table = table, table.begun_anew()
            assert len(table._extra) == len(first.begun_anew()._extra) == 30
            assert not table.full
            seen.append(number)
            original, given = table._add, read.extend

            def add(found: list[str], original: Any = original, given: Any = given) -> list[int]:
                given(found)
                numbers: list[int] = original(found)
                return numbers

            monkeypatch.setattr(table, "_add", add)
        (found,) = chain._batch([text], table)
        assert (found.exact_terms(), found.words(), found.codes) == expected[number]
        assert (short := chain._short(text, table)).exact_terms() == expected[number][0]
        assert (short.words(), short.codes) == expected[number][1:]
    assert len(seen) > 2
    assert not {"tham", "nhũng,", "“vặt”", "XVI", "0-KH/TU", "nghiêngngả0x"} & set(read)
    assert {"59-KH/TU", "nghiêngngả59x"} <= set(read)


@pytest.mark.parametrize("texts", [["a" + "-b" * 900], [f"y{n}" * 20 for n in range(300)]])
def test_what_fills_a_table_at_once_does_not_keep_it_full(texts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piece_table, "MAX_TOKENS", 600)
    monkeypatch.setattr(tables, "MAX_CHARS", 1_000)
    monkeypatch.setattr(chain._Current, "table", None)
    for _ in range(3):
        for text in texts:
            analyze_batch([text])
            assert not chain._table().full
    assert analyze_batch(["tham nhũng"])[0].exact_terms() == ["tham", "nhũng"]


@pytest.mark.parametrize("limit", ["MAX_ROWS", "MAX_TOKENS"])
def test_each_limit_of_the_analysis_begins_anew(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    texts = [f"phường{n} số {n}-KH/TU" for n in range(200)]
    expected = [analysis.exact_terms() for analysis in analyze_batch(texts)]
    monkeypatch.setattr(piece_table, limit, 60)
    monkeypatch.setattr(chain._Current, "table", None)
    for text, terms in zip(texts, expected, strict=True):
        assert analyze_batch([text])[0].exact_terms() == terms
        assert chain._Current.table is not None
        assert len(chain._Current.table._extra) < 90
