"""What a reading asks, scores, marks and tells, beyond which articles it finds."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from search.errors import QueryError
from search.query import matching
from search.query.interpret import interpret
from search.query.lexicon import Foreseen, Known
from search.query.limits import MAX_TOKENS
from search.query.numbers import numbers
from search.query.repair import repaired, repairs
from search.query.tokens import tokenize
from search.query.tree import Term
from tests.query.library import Library, ask, named

LIBRARY = Library(named("UBND và HĐND họp", "Ủy ban nhân dân trình Hội đồng nhân dân", "nạn tham nhũng"))


class Distant(Library):
    """A library far away, which is told what it will be asked."""

    def __init__(self, *bodies: str) -> None:
        super().__init__(named(*bodies))
        self.foreseen: set[Foreseen] = set()

    def foresee(self, terms: Iterable[Foreseen]) -> None:
        self.foreseen.update(terms)


def test_the_names_of_each_abbreviation_are_marked_and_told() -> None:
    attempt = interpret("UBND HĐND", LIBRARY).attempts[0]
    for words in ("ủy ban nhân dân", "hội đồng nhân dân"):
        assert matching.name(words.split()) in attempt.highlights
        assert any(f"“{words}”" in note.message for note in attempt.notes)


def test_a_note_of_other_names_repeats_the_words_as_typed() -> None:
    notes = interpret("ủy ban nhân dân", LIBRARY).attempts[0].notes
    assert [note.query for note in notes if note.kind == "expansion"] == ['"ủy ban nhân dân"']


@pytest.mark.parametrize(("places", "told"), [(4, True), (2, False)])
def test_a_place_is_meant_where_its_longer_name_is_rare(places: int, told: bool) -> None:
    library = Library(named("biển Thái Bình Dương", *["tỉnh Thái Bình"] * (places - 1)))
    notes = interpret("thái bình dương", library).attempts[0].notes
    assert any(note.kind == "merger" for note in notes) is told


def test_some_of_the_words_rank_by_how_many_there_are() -> None:
    library = Library(named("cầu phao bắc ở sông", "cầu phao bắc qua sông rộng", *["chợ quê"] * 8))
    answer = ask(library, "cầu phao bắc qua sông Zzyzx")
    assert answer.label == "relaxed"
    assert answer.ids == ["a1", "a0"]
    assert answer.scores["a1"] > answer.scores["a0"] > 0


def test_words_spelled_one_way_are_read_from_one_list() -> None:
    score = interpret("tham nhũng", LIBRARY).attempts[0].score
    assert {weighted.term.space for weighted in score if isinstance(weighted.term, Term)} == {"exact", "pair", "word"}


def test_a_word_typed_twice_weighs_twice() -> None:
    once, twice = (
        {weighted.term: weighted.weight for weighted in interpret(query, LIBRARY).attempts[0].score}
        for query in ("tham nhũng", "tham nhũng tham nhũng")
    )
    term = Term("exact", "nhũng")
    assert twice[term] == 2 * once[term] > 0


@pytest.mark.parametrize(("query", "zones"), [("tham nhũng", {"any", "title"}), ("title:(tham nhũng)", {"title"})])
def test_what_is_scored_is_of_the_zone_that_is_asked(query: str, zones: set[str]) -> None:
    score = interpret(query, LIBRARY).attempts[0].score
    assert {weighted.term.zone for weighted in score} == zones


def test_too_many_words_name_the_parameter() -> None:
    with pytest.raises(QueryError) as raised:
        interpret("a " * (MAX_TOKENS + 1), LIBRARY)
    assert raised.value.parameter == "q"


def test_an_abbreviation_of_two_letters_is_learned_from_articles() -> None:
    library = Library(named("Tổ phao bè (PB) ra quân.", "Nhóm phao bè (PB) về.", "Năm chiếc phao bè trôi."))
    assert ask(library, "PB").found == {"a0", "a1", "a2"}


@pytest.mark.parametrize("text", ["45 2019 bài", "7 QH14"])
def test_a_number_of_a_law_has_its_year_and_its_assembly(text: str) -> None:
    assert numbers(tokenize(text)) == []


def test_one_neighbor_is_enough_to_tell_keys_from_a_word_and_its_number() -> None:
    lexicon = Known(Library(named("tháng 3 năm nay", "thảng hoặc có mưa", "rồi đi")))
    assert repaired("roi thang3 hoac", repairs("roi thang3 hoac", lexicon)) == "roi thảng hoac"


def test_other_spellings_and_keys_are_fetched_at_once() -> None:
    library = Distant("cấm đỗ xe", "cảm ơn", "nạn tham nhũng")
    assert ask(library, "cẫm").found == {"a0", "a1"}
    assert Term("exact", "cấm") in library.foreseen
    assert ask(library, "tham nhungx").found == {"a2"}
    assert Term("exact", "nhũng") in library.foreseen
    assert not ask(library, "thạm những").understood.attempts[0].notes
    assert list(ask(library, "thạm những").understood.attempts)
