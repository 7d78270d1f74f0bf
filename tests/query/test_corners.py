"""Corners of the grammar, of dates, of an index that can only be asked for terms, and of what is looked up at most."""

from __future__ import annotations

import datetime as dt

import pytest

import search.query as package
from search.engines.distance import edits
from search.query import dates, fallback, keystrokes
from search.query.clauses import Clause, Dated, Either, Every, Exclude, InTitle, Literally, Phrase, Stray, Valued, Words
from search.query.fields import Fields
from search.query.interpret import Interpretation, interpret
from search.query.lexicon import Known
from search.query.syntax import parse
from search.query.tree import Attribute
from tests.query.library import Library, named
from tests.reference import distance as reference_distance


def city(text: str) -> Valued:
    return Valued("city", text, "city")


GOLDEN: list[tuple[str, Clause | None]] = [
    ('city:(Huế OR -"Đà Nẵng")', Either((city("Huế"), Exclude(city("Đà Nẵng"))))),
    ("city:(Huế -Vinh)", Every((city("Huế"), Exclude(city("Vinh"))))),
    ('city:(+Huế "Hà Nội")', Every((city("Huế"), city("Hà Nội")))),
    ("city:(title:a)", InTitle(Words("a"))),
    ("city:(date:2020)", Dated(dt.date(2020, 1, 1), dt.date(2020, 12, 31), "2020")),
    ("city:()", Words("city:()")),
    ("title:()", Words("title:()")),
    ("title:+cá", InTitle(Literally("cá"))),
    ('+"b c"', Phrase("b c")),
    ("-+lũ", Exclude(Literally("lũ"))),
    ("a -+", Words("a -+")),
    ('-""', Words("-")),
    ("-()", Words("-")),
    ("-(a", Exclude(Words("a"))),
    ("-title:", Exclude(Words("title:"))),
    ("-title:a", Exclude(InTitle(Words("a")))),
    ("title:-a", Every((Words("title:"), Exclude(Words("a"))))),
    ("-OR", Every((Words("-"), Stray("OR")))),
    ("+OR", Words("OR")),
    ("ngày:(2020)", Words("ngày:(2020)")),
]


@pytest.mark.parametrize(("query", "clause"), GOLDEN, ids=[query for query, _ in GOLDEN])
def test_operators_where_nobody_puts_them(query: str, clause: Clause | None) -> None:
    assert parse(query).clause == clause


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("9999", dt.date(9999, 1, 1), dt.date(9999, 12, 31)),
        ("12/9999", dt.date(9999, 12, 1), dt.date(9999, 12, 31)),
        ("quý 4/9999", dt.date(9999, 10, 1), dt.date(9999, 12, 31)),
        ("2020..", dt.date(2020, 1, 1), None),
        ("2020..31/02/2021", dt.date(2020, 1, 1), None),
        ("2020 - xyz", dt.date(2020, 1, 1), dt.date(2020, 12, 31)),
        ("từ 2020", dt.date(2020, 1, 1), None),
    ],
)
def test_days_at_the_end_of_the_calendar_and_half_ranges(text: str, start: dt.date, end: dt.date | None) -> None:
    found = dates.read(text)
    assert found is not None
    assert (found.start, found.end) == (start, end)


class Terms:
    """An index that can be asked for terms alone, as the interface of a lexicon allows."""

    def __init__(self, library: Library) -> None:
        self.frequency = library.frequency
        self.terms = library.terms
        self.similar_terms = library.similar_terms
        self._size = len(library)

    def __len__(self) -> int:
        return self._size


def test_an_index_that_cannot_be_searched_is_interpreted_for_all_the_same() -> None:
    library = Library(named("Ủy ban phòng chống tham nhũng (PCTN) họp ở Huế.", "Mưa lớn gây ngập phố cổ."))
    for query in ("PCTN", "tham nhung huế", "city:Huế", "ngap pho", '"" *', "mua lon gay"):
        understood = interpret(query, Terms(library))
        assert len(understood.attempts) >= 1
        assert understood.attempts[0].match == interpret(query, library).attempts[0].match
    known = Known(Terms(library))
    assert known.values("city") == ()
    assert known.texts(Attribute("city", ("Huế",))) == []


def test_attempts_are_a_sequence() -> None:
    library = Library(named("Mưa lớn gây ngập phố cổ."))
    understood: Interpretation = interpret("mua lon bao gio tanh", library)
    every = list(understood.attempts)
    assert list(understood.attempts[:]) == every
    assert understood.attempts[-1] == every[-1]
    assert understood.attempts[:1] == tuple(every[:1])


def test_a_field_of_blanks_and_an_id_stand_for_themselves() -> None:
    library = Library(named("a b", "c"))
    fields = Fields(Known(library))
    assert fields.resolve(Valued("id", "a0", "id")) == Attribute("id", ("a0",))
    assert fields.resolve(Valued("source", "\u00a0", "source")).values[-1:] == ("\u00a0",)
    assert fields.resolve(Valued("city", "không rõ", "city")) == Attribute("city", ("",))


def test_spellings_that_are_tried_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(list(fallback.spellings("nghieng"))) > 4
    monkeypatch.setattr(fallback, "MAX_SPELLINGS", 1)
    assert len(list(fallback.spellings("nghieng"))) <= 4
    assert list(fallback.spellings("xyzt"))[:1] == ["xyzt"]


def test_keys_that_could_be_anything_are_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    assert keystrokes.spelled(keystrokes.State("bcd", "", 1)) is None
    assert keystrokes.spelled(keystrokes.State("bao", "\u0301", 1)) == "báo"
    monkeypatch.setattr(keystrokes, "MAX_STATES", 0)
    assert keystrokes.written("bao", lambda state, key: [state]) == set()


def test_the_package_knows_its_names_only() -> None:
    assert package.Interpretation is Interpretation
    with pytest.raises(AttributeError, match="'nothing'"):
        package.nothing  # noqa: B018


@pytest.mark.parametrize("most", [0, 1, 2])
def test_edits_between_words_are_those_of_the_definition(most: int) -> None:
    words = ("", "a", "an", "na", "ban", "bna", "nhung", "nhugn", "nhungs", "tham", "thma", "atmh", "thanh", "xyz")
    for first in words:
        for second in words:
            wanted = reference_distance(first, second)
            assert edits(first, second, most) == (wanted if wanted <= most else None), (first, second)


@pytest.mark.parametrize("query", ["date:31/2/2020", "ngày:hôm kia lũ", "NGÀY: abc", "from:2020-13", "đến:"])
def test_a_field_of_days_without_a_day_says_how_days_are_written(query: str) -> None:
    (note,) = parse(query).notes
    assert note.kind == "literal"
    assert "3/2021" in note.message
    assert "3/2021" in note.message_en


@pytest.mark.parametrize("query", ["title:", "city:", "lũ AND", "a*b"])
def test_other_marks_say_nothing_of_days(query: str) -> None:
    assert all("3/2021" not in note.message for note in parse(query).notes)
