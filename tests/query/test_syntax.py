"""The grammar as a golden table, and that no text is an error."""

from __future__ import annotations

import datetime as dt
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.analysis import normalize
from search.errors import QueryError
from search.query.clauses import (
    Beginning,
    Clause,
    Dated,
    Either,
    Every,
    Exclude,
    InTitle,
    Literally,
    Phrase,
    Resembling,
    Stray,
    Valued,
    Words,
    written,
)
from search.query.lexer import is_plain
from search.query.limits import MAX_CLAUSES, MAX_DEPTH
from search.query.syntax import parse
from search.query.tree import AttributeField

D = dt.date


def places(field: AttributeField, value: str) -> bool:
    return (field, value) in {("city", "Hải Phòng"), ("city", "Huế"), ("byline", "Lê Minh Thắng"), ("source", "báo")}


GOLDEN: list[tuple[str, Clause | None]] = [
    ("tham nhũng vặt", Words("tham nhũng vặt")),
    ("  tham   nhũng ", Words("tham   nhũng")),
    ('"tham nhũng" vặt', Every((Phrase("tham nhũng"), Words("vặt")))),
    ("“tham nhũng”", Phrase("tham nhũng")),
    ('"a b"~3', Phrase("a b", 3)),
    ("a -b c", Every((Words("a"), Exclude(Words("b")), Words("c")))),
    ("a NOT b", Every((Words("a"), Exclude(Words("b"))))),
    ('a -"b c"', Every((Words("a"), Exclude(Phrase("b c"))))),
    ("a -(b c)", Every((Words("a"), Exclude(Words("b c"))))),
    ("lụt -tham nhũng", Every((Words("lụt"), Exclude(Words("tham nhũng"))))),
    ("a OR b", Either((Words("a"), Words("b")))),
    ("a b HOẶC c d", Either((Words("a b"), Words("c d")))),
    ("(a OR b) c", Every((Either((Words("a"), Words("b"))), Words("c")))),
    ("a AND b", Every((Words("a"), Words("b")))),
    ("a or b", Words("a or b")),
    ("a hoặc b", Words("a hoặc b")),
    ("ĐẤT HOẶC NHÀ", Words("ĐẤT HOẶC NHÀ")),
    ("UBND HOẶC HĐND", Either((Words("UBND"), Words("HĐND")))),
    ("phòng chống (PCTN) lãng phí", Words("phòng chống (PCTN) lãng phí")),
    ("+abc d", Every((Literally("abc"), Words("d")))),
    ("phòng*", Beginning("phòng")),
    ("phogn~ x", Every((Resembling("phogn"), Words("x")))),
    ("phogn~2", Resembling("phogn", 2)),
    ("phogn~9", Resembling("phogn", 2)),
    ("title:a b", InTitle(Words("a b"))),
    ("tiêu đề:a -b", Every((InTitle(Words("a")), Exclude(Words("b"))))),
    ("tieu de:(a OR b) c", Every((InTitle(Either((Words("a"), Words("b")))), Words("c")))),
    ('title:"a b" c', Every((InTitle(Phrase("a b")), Words("c")))),
    ("city:Hải Phòng tham nhũng", Every((Valued("city", "Hải Phòng", "city"), Words("tham nhũng")))),
    ("thành phố: Hải Phòng, lụt", Every((Valued("city", "Hải Phòng", "city"), Words("lụt")))),
    ("-city:Huế", Exclude(Valued("city", "Huế", "city"))),
    ('city:("Hà Nội" OR Huế)', Either((Valued("city", "Hà Nội", "city"), Valued("city", "Huế", "city")))),
    ("tác giả:Lê Minh Thắng lụt", Every((Valued("byline", "Lê Minh Thắng", "byline"), Words("lụt")))),
    ("nguồn:baohaiphong.vn lụt", Every((Valued("source", "baohaiphong.vn", "source"), Words("lụt")))),
    ("date:2021", Dated(D(2021, 1, 1), D(2021, 12, 31), "2021")),
    ("ngày:3/2021 a", Every((Dated(D(2021, 3, 1), D(2021, 3, 31), "3/2021"), Words("a")))),
    ("ngày: từ 2019 đến 2021 a", Every((Dated(D(2019, 1, 1), D(2021, 12, 31), "từ 2019 đến 2021"), Words("a")))),
    ("từ:2019", Dated(D(2019, 1, 1), None, "2019")),
    ("đến:3/2021", Dated(None, D(2021, 3, 31), "3/2021")),
    ("()", None),
    ('""', None),
    ("", None),
]


@pytest.mark.parametrize(("text", "clause"), GOLDEN, ids=[text or "empty" for text, _ in GOLDEN])
def test_golden(text: str, clause: Clause | None) -> None:
    parsed = parse(text, known=places)
    assert parsed.clause == clause
    assert parsed.notes == ()


@pytest.mark.parametrize(
    ("text", "clause", "mark"),
    [
        ('"tham nhũng', Words("tham nhũng"), '"'),
        ("tham ” nhũng", Words("tham ” nhũng"), "”"),
        ("(tham", Words("tham"), "("),
        ("tham)", Words("tham"), ")"),
        ("tham OR", Every((Words("tham"), Stray("OR"))), "OR"),
        ("HOẶC tham", Every((Words("tham"), Stray("HOẶC"))), "HOẶC"),
        ("OR", Words("OR"), "OR"),
        ("NOT OR x", Either((Words("NOT"), Words("x"))), "NOT"),
        ("AND", Words("AND"), "AND"),
        ("c*t", Words("c*t"), "*"),
        ("*", Words("*"), "*"),
        ("ngày: hội lớn", Words("ngày: hội lớn"), "ngày:"),
        ("date:31/02/2020", Words("date:31/02/2020"), "date:"),
        ("title:", Words("title:"), "title:"),
        ("Nguồn: một tờ báo", Words("Nguồn: một tờ báo"), "Nguồn:"),
    ],
)
def test_what_cannot_be_an_operator_is_text_with_a_note(text: str, clause: Clause, mark: str) -> None:
    parsed = parse(text)
    assert parsed.clause == clause
    assert [note.kind for note in parsed.notes] == ["literal"]
    assert f"“{mark}”" in parsed.notes[0].message
    assert f"“{mark}”" in parsed.notes[0].message_en


@pytest.mark.parametrize("text", ["Hải Phòng - Thái Bình", "covid-19", "9:43 sáng", "https://a.vn/x?y=1", "C++"])
def test_marks_of_plain_text_need_no_note(text: str) -> None:
    assert parse(text).notes == ()
    assert parse(text).clause == Words(text)


OPERATORS = [*'"“()-+~*: ', "OR", "HOẶC", "NOT", "AND", "title:", "ngày:", "city:", "..", "2021", "tham", " a "]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(OPERATORS) | st.text(max_size=4), max_size=30).map("".join))
def test_every_text_has_a_tree_that_reads_back_the_same(text: str) -> None:
    try:
        parsed = parse(text)
    except QueryError:
        return
    if parsed.clause is not None:
        again = written(parsed.clause)
        assert again == again.strip()
        assert again or not any(letter.isalnum() for letter in text)


@pytest.mark.parametrize(
    "text",
    ['tham nhũng -vặt "a b"~2', "(a HOẶC b c) d", "tiêu đề:(a b) phòng*", '-"x y" k~2 +ab', 'thành phố:"Hà Nội" a'],
)
def test_what_is_written_reads_back_as_the_same(text: str) -> None:
    clause = parse(text).clause
    assert clause is not None
    assert parse(written(clause)).clause == clause


def test_sizes_are_bounded() -> None:
    with pytest.raises(QueryError, match=str(MAX_DEPTH)):
        parse("(a OR " * (MAX_DEPTH + 1) + "b" + ")" * (MAX_DEPTH + 1))
    with pytest.raises(QueryError, match=str(MAX_CLAUSES)):
        parse(" ".join(f'"a{i}"' for i in range(MAX_CLAUSES + 1)))
    parse("(" * 10_000)
    parse("(a OR " * MAX_DEPTH + "b" + ")" * MAX_DEPTH)


@given(st.text(st.sampled_from("aáĐ1 \t\u00a0-+()\"“”:*~'’,.ORHOẶCANDT"), max_size=24) | st.text(max_size=12))
def test_plain_text_is_read_as_the_grammar_reads_it(text: str) -> None:
    text = normalize(text)
    if is_plain(text):
        with patch("search.query.syntax.is_plain", return_value=False):
            expected = parse(text)
        assert parse(text) == expected
