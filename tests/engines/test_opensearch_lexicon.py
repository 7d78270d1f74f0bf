"""Look-ups of terms on a cluster, answered in memory: what counting finds is found, in however many requests."""

from __future__ import annotations

import math
from typing import Any

import pytest

from search.engines.opensearch import lexicon as module
from search.engines.opensearch.lexicon import Lexicon
from search.engines.opensearch.mapping import document
from search.query.tree import Prefix, Sequence, Term
from tests.engines.query_language import Held, counted
from tests.engines.texts import corpus, prepared
from tests.reference import Reference, distance

ARTICLES = [*corpus(3, 40), prepared("odd", "C++ (2) a.b", "một_hai [x] tham nhũng")]


class Asked:
    """A cluster's answers, and how many requests they took."""

    def __init__(self) -> None:
        self.documents = [Held(document(item, b"")) for item in ARTICLES]
        self.requests = self.turns = 0

    def __call__(self, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        self.turns += 1
        self.requests += len(requests)
        return [counted(request, self.documents) for request in requests]


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def lexicon(asked: Asked) -> Lexicon:
    return Lexicon(asked)


REFERENCE = Reference(ARTICLES)


def wanted(space: str, prefix: str, zone: str = "any") -> list[tuple[str, int]]:
    vocabularies = [d.vocabulary(space, zone) for d in REFERENCE.documents]
    terms = {term for each in vocabularies for term in each if term.startswith(prefix)}
    return sorted((term, sum(term in each for each in vocabularies)) for term in terms)


@pytest.mark.parametrize("buckets", [10_000, 5])
@pytest.mark.parametrize("space", ["exact", "folded", "word"])
@pytest.mark.parametrize("prefix", ["", "n", "nh", "~", "17-", "c+", "(", "vắng", "\ud800"])
def test_terms_that_begin_so(
    lexicon: Lexicon, space: str, prefix: str, buckets: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUCKETS", buckets)
    assert list(lexicon.terms(space, prefix, "any")) == wanted(space, prefix)  # type: ignore[arg-type]


@pytest.mark.parametrize("prefix", ["tham_", "tham_nh", "th", "vắng_", "ha_noi"])
def test_pairs_that_begin_so(lexicon: Lexicon, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for filters in (1000, 3):
        monkeypatch.setattr(module, "FILTERS", filters)
        for zone in ("any", "title"):
            found = list(lexicon.terms("pair", prefix, zone))  # type: ignore[arg-type]
            assert sorted(found) == wanted("pair", prefix, zone)


def test_lists_are_kept_and_thrown_away_when_they_are_many(
    lexicon: Lexicon, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = list(lexicon.terms("exact", "n", "any"))
    turns = asked.turns
    assert list(lexicon.terms("exact", "n", "any")) == first
    assert asked.turns == turns
    monkeypatch.setattr(module, "KEPT_LISTS", 2)
    assert list(lexicon.terms("exact", "nh", "any")) == wanted("exact", "nh")
    for prefix in ("t", "v", "b"):
        assert list(lexicon.terms("exact", prefix, "any")) == wanted("exact", prefix)
    assert len(lexicon._lists) <= 2


@pytest.mark.parametrize(("text", "most"), [("nhung", 1), ("nhung", 2), ("thma", 1), ("xyz", 2), ("", 1)])
def test_terms_alike(lexicon: Lexicon, asked: Asked, text: str, most: int) -> None:
    near = [(distance(text, term), -count, term) for term, count in wanted("folded", text[:1])]
    expected = [(term, -count) for away, count, term in sorted(near) if text and away <= most]
    assert lexicon.similar("folded", text, most) == expected
    turns = asked.turns
    assert lexicon.similar("folded", text, most) == expected
    assert asked.turns == turns


def test_what_is_foreseen_takes_one_turn(lexicon: Lexicon, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    lexicon.foresee([])
    assert asked.turns == 0
    terms = [Term("exact", "nhũng"), Term("folded", "nhung"), Term("pair", "tham_nhung")]
    lexicon.foresee([*terms, Prefix("exact", "nh"), Prefix("pair", "th_"), Prefix("word", "")])
    assert asked.turns == 1
    for term in terms:
        assert lexicon.frequency(term) == sum(d.count(term) > 0 for d in REFERENCE.documents)
    assert len(lexicon) == len(ARTICLES)
    assert list(lexicon.terms("exact", "nh", "any")) == wanted("exact", "nh")
    lexicon.foresee([*terms, Prefix("exact", "nh")])
    assert (asked.turns, asked.requests) == (1, 5)
    monkeypatch.setattr(module, "BUCKETS", 1)
    lexicon.foresee([Prefix("exact", "t")])  # it has no room in one answer, so it is asked for when it is needed
    assert list(lexicon.terms("exact", "t", "any")) == wanted("exact", "t")
    monkeypatch.setattr(module, "KEPT_FREQUENCIES", 2)
    lexicon.foresee([Term("exact", text) for text in ("a", "b", "c")])
    assert len(lexicon._known) == 3


def test_the_rarity_of_a_sequence_is_over_the_sum_of_its_terms(lexicon: Lexicon) -> None:
    near = Sequence(((Term("folded", "tham"),), (Term("folded", "nhung"), Term("exact", "vắng"))))
    never = Sequence(((Term("exact", "vắng"),), (Term("exact", "vắng"),)))
    found = lexicon.rarities([near, never])

    def rarity(holding: int) -> float:
        return math.log1p((len(ARTICLES) - holding + 0.5) / (holding + 0.5))

    whole = sum(d.occurrences(near) > 0 for d in REFERENCE.documents)
    parts = [sum(d.count(Term("folded", text)) > 0 for d in REFERENCE.documents) for text in ("tham", "nhung")]
    assert found[near] == pytest.approx(rarity(whole) / sum(map(rarity, parts)))
    assert found[never] == 0.0


def test_distinct_terms_are_counted(lexicon: Lexicon) -> None:
    assert lexicon.counts() == {space: len(wanted(space, "")) for space in ("exact", "folded", "word")}
