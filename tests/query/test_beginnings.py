"""Phrases whose last word has only begun."""

from __future__ import annotations

import pytest

import search.query.beginnings as beginnings
from search.errors import QueryError
from search.query.interpret import interpret
from search.query.tree import Sequence
from tests.query.library import Library, ask, named

LIBRARY = Library(
    named(
        side="Thành phố phòng chống tham nhũng",
        apart="Phòng chống lũ, người dân tham gia",
        other="Phòng chống thảm họa thiên tai",
        bare="phong chong tham nhung o dia phuong",
        turned="Tham gia phòng chống lũ",
        title="Đường phố 2019",
    )
)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('"phòng chống tham*"', {"side", "other", "bare"}),
        ('"phòng chống thả*"', {"other", "bare"}),
        ('"phong chong tham n*"', {"side", "bare"}),
        ('"phòng chống tham nhũ*"', {"side", "bare"}),
        ('"phòng tham*"~1', {"side", "other", "bare"}),
        ('"phòng chống x*"', set()),
        ('"đường phố 20*"', {"title"}),
        ('"thảm*"', {"other", "bare"}),
        ('"chống tham *"', {"side", "other", "bare"}),
    ],
)
def test_a_phrase_may_end_in_the_beginning_of_a_word(query: str, found: set[str]) -> None:
    answer = ask(LIBRARY, query)
    assert set(answer.ids) == found


def test_what_is_marked_is_the_phrase() -> None:
    (marked,) = interpret('"phòng chống tham*"', LIBRARY).attempts[0].highlights
    assert isinstance(marked, Sequence)
    assert len(marked.slots) == 3


@pytest.mark.parametrize("query", ["tham*", '"chống tham*"', '"chống thả*"', '"chống tham*"~2'])
def test_what_stands_for_too_many_words_is_refused(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(LIBRARY, query).ids
    monkeypatch.setattr(beginnings, "MAX_EXPANSION", 0)
    with pytest.raises(QueryError, match="stands for more than 0 words"):
        ask(LIBRARY, query)
