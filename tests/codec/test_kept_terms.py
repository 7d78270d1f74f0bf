"""Any or all of a few terms from kept and from short lists: what the reference finds, and what all other ways find."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from search.codec import hot, kept_terms
from search.codec.kernels import objects
from search.engines.base import Matches, Reader
from search.engines.whoosh import WhooshEngine
from search.query.tree import All, Filters, Plan, Sequence, Term, Weighted
from search.query.tree import Any as AnyOf
from tests.engines import plans
from tests.engines.conformance import write
from tests.engines.copying import COMMON, paper
from tests.engines.texts import corpus
from tests.reference import Reference

FACETS = ((), ("city",), ("city", "month"), ("day", "source"), ("byline", "city", "source", "year"), ("year", "month"))


def plan(draw: random.Random) -> Plan:
    """Some terms, all of which are wanted, or any, and scored by whatever weights."""
    terms = tuple(plans.term(draw, ("exact", "folded", "exact", "word")) for _ in range(draw.randint(1, 6)))
    match = (AnyOf if draw.random() < 0.6 else All)(terms)
    weights = tuple(Weighted(term, draw.choice((1.0, 1.0, 0.4, 3.0))) for term in terms)
    return Plan(match, weights, facets=draw.choice(FACETS), limit=draw.choice((1, 3, 10, 10, 400)))


def shape(matches: Matches) -> Any:
    """All of an answer, with the order of what is counted."""
    counts = {name: [*counts.items()] for name, counts in matches.facets.items()}
    return matches.total, matches.matches, counts, [*matches.facets], matches.after


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each plan was answered in this way."""
    told, answer = list[bool](), kept_terms.answer

    def spy(plan: Plan, searcher: Any) -> Matches | None:
        found = answer(plan, searcher)
        told.append(found is not None)
        return found

    monkeypatch.setattr(kept_terms, "answer", spy)
    return told


def others(reader: Reader, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Matches:
    """The answer in the other ways."""
    with monkeypatch.context() as patch:
        patch.setattr(kept_terms, "answer", lambda plan, searcher: None)
        return reader.search(plan)


@pytest.mark.parametrize("long", [1000, 4, 1])
@pytest.mark.parametrize("size", [40, 128, 300])
def test_answers_are_those_of_the_reference_and_of_other_ways(
    tmp_path: Path, size: int, long: int, answered: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hot, "_LONG", long)  # all lists, those of many articles, or none are kept
    monkeypatch.setattr(hot, "_OFTEN", 1)
    articles = corpus(size, size)
    engine = WhooshEngine(str(tmp_path))
    write(engine, articles)
    reference, draw = Reference(articles), random.Random(size)
    with engine.reader() as reader:
        for _ in range(250):
            asked = plan(draw)
            found, wanted = reader.search(asked), reference.search(asked)
            assert shape(found) == shape(others(reader, asked, monkeypatch)), asked
            assert (found.total, found.facets) == (wanted.total, wanted.facets), asked
            assert [m.value for m in found.matches] == pytest.approx([m.value for m in wanted.matches]), asked
            if asked.limit <= 10:  # of more, some weigh the same but for how their sums were rounded
                assert [match.id for match in found.matches] == [match.id for match in wanted.matches], asked
    assert sum(answered) > 50


def test_lists_that_are_long_enough_are_kept_when_they_were_asked_for_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hot, "_LONG", 1)
    write(WhooshEngine(str(tmp_path)), corpus(3, 100))
    term = Term("folded", "phong")
    asked = Plan(AnyOf((term,)), (Weighted(term, 1.0),))
    with WhooshEngine(str(tmp_path)).reader() as reader:
        (rows,) = reader._searcher.hot
        answers = [shape(reader.search(asked)) for _ in range(hot._OFTEN)]
        assert not rows._kept.begins
        answers += [shape(reader.search(asked)) for _ in range(3)]
        assert len(rows._kept.begins) == 1
        assert all(answer == answers[0] for answer in answers)


def test_orders_of_columns_are_laid_when_facets_ask_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hot, "_LONG", 1000)
    monkeypatch.setattr(hot, "_OFTEN", 0)
    articles = corpus(4, 90)
    write(WhooshEngine(str(tmp_path)), articles)
    reference = Reference(articles)
    terms = tuple(Term("folded", text) for text in ("phong", "ha"))
    asked = Plan(AnyOf(terms), tuple(Weighted(term, 1.0) for term in terms))
    with WhooshEngine(str(tmp_path)).reader() as reader:
        (rows,) = reader._searcher.hot
        for facets in FACETS:
            for _ in range(3):
                with_facets = replace(asked, facets=facets)
                assert reader.search(with_facets).facets == reference.search(with_facets).facets
        assert {*map(frozenset, rows._kept.packed.values())} == {frozenset((1, 2, 3, 4))}


def test_few_rows_that_change_hands_give_the_same_answers(
    tmp_path: Path, answered: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room for six lists, all is begun anew again and again, and six threads ask."""
    for name, value in (("_OFTEN", 0), ("_LONG", 1000), ("_PATIENCE", 1)):
        monkeypatch.setattr(hot, name, value)
    monkeypatch.setattr("search.codec.searching.ROOM_BYTES", 6 * 512)
    articles = corpus(8, 120)
    write(WhooshEngine(str(tmp_path)), articles)
    reference = Reference(articles)

    def ask(seed: int) -> None:
        draw = random.Random(seed)
        for _ in range(150):
            asked = plan(draw)
            found, wanted = reader.search(asked), reference.search(asked)
            assert (found.total, found.facets) == (wanted.total, wanted.facets), asked
            assert [m.value for m in found.matches] == pytest.approx([m.value for m in wanted.matches]), asked

    with WhooshEngine(str(tmp_path)).reader() as reader, ThreadPoolExecutor(6) as pool:
        list(pool.map(ask, range(6)))
    assert any(answered)


@pytest.mark.parametrize("broken", [False, True])
def test_without_compiled_objects_python_makes_the_same(
    tmp_path: Path, broken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(WhooshEngine(str(tmp_path)), corpus(5, 80))
    draw = random.Random(5)
    asked = [plan(draw) for _ in range(60)]
    with WhooshEngine(str(tmp_path)).reader() as reader:
        answers = [[shape(reader.search(each)) for each in asked] for _ in range(2)][1]
        if broken:  # what they answer where there is no memory
            monkeypatch.setattr(objects, "page", lambda *_: False)
            monkeypatch.setattr(objects, "count", lambda *_: False)
        else:
            monkeypatch.setattr(objects, "AVAILABLE", False)
        assert [shape(reader.search(each)) for each in asked] == answers


def test_hits_tell_their_copies_and_ids_lead_to_their_articles(
    tmp_path: Path, answered: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hot, "_LONG", 1)
    articles = paper(1, 40)
    write(WhooshEngine(str(tmp_path)), articles)
    reference = Reference(articles)
    terms = tuple(Term("exact", word) for word in COMMON[:4])
    asked = Plan(AnyOf(terms), tuple(Weighted(term, 1.0) for term in terms), facets=("city",), limit=50)
    with WhooshEngine(str(tmp_path)).reader() as reader:
        reader.search(asked)
        found = reader.search(asked)
        assert answered[-1]
        assert [match.copies for match in found.matches] == [len(reference.copies(m.id)) for m in found.matches]
        assert any(match.copies for match in found.matches)
        shown = [article.id for article in reader.articles([match.id for match in found.matches])]
        assert shown == [match.id for match in found.matches]


def test_other_plans_are_left_to_other_ways(
    tmp_path: Path, answered: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hot, "_LONG", 1)
    write(WhooshEngine(str(tmp_path)), corpus(7, 50))
    one, two = Term("folded", "phong"), Term("folded", "ha")
    scored = (Weighted(one, 1.0), Weighted(two, 1.0))
    both = Plan(AnyOf((one, two)), scored)
    others = [
        replace(both, match=AnyOf((one, two), 2)),
        replace(both, score=scored[:1]),
        replace(both, match=AnyOf((two, one))),
        replace(both, match=AnyOf((one, one)), score=(scored[0], scored[0])),
        replace(both, match=All((one, Term("folded", "không có"))), score=(scored[0], Weighted(two, 1.0))),
        Plan(AnyOf(()), ()),
        Plan(All((one, Sequence(((one,), (two,))))), (scored[0], Weighted(Sequence(((one,), (two,))), 1.0))),
    ]
    with WhooshEngine(str(tmp_path)).reader() as reader:
        for asked in others:
            reader.search(asked)
        assert not any(answered)
        reader.search(both)
        assert answered[-1]
        count = len(answered)
        for asked in (replace(both, filters=Filters(cities=("Hà Nội",))), replace(both, sort="newest")):
            reader.search(asked)
        assert len(answered) == count
