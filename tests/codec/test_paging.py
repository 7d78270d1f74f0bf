"""Pages that follow each other over several segments, whatever the plan, are the reference's whole list in order."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from pathlib import Path

import pytest

from search.codec import writing
from search.engines.base import Match, Matches, Prepared, Reader
from search.engines.whoosh import WhooshEngine
from search.query.tree import EVERYTHING, After, Any, Not, Plan, Sequence, Term, Weighted
from tests.engines import plans
from tests.engines.copying import COMMON, UNITS, paper
from tests.engines.generations import write
from tests.engines.texts import corpus, fold
from tests.reference import Reference

ROUNDS = 40


def grow(folder: Path, batches: list[list[Prepared]], seed: int) -> tuple[WhooshEngine, Reference]:
    """An index of one segment a batch, articles deleted from every one but the last, and what it holds."""
    draw = random.Random(seed)
    engine = WhooshEngine(str(folder))
    kept: dict[str, Prepared] = {}
    for step, batch in enumerate(batches):
        gone = tuple(draw.sample(sorted(kept), len(kept) // 5))
        write(engine, batch, rebuild=step == 0, deleted=gone)
        kept = {id: item for id, item in (kept | {item.article.id: item for item in batch}).items() if id not in gone}
    return engine, Reference(list(kept.values()))


def walk(reader: Reader, plan: Plan) -> list[Matches]:
    """All pages of a plan."""
    pages = [reader.search(plan)]
    while pages[-1].after is not None:
        pages.append(reader.search(replace(plan, after=pages[-1].after)))
    return pages


def follow(reader: Reader, reference: Reference, plan: Plan) -> int:
    """Walk through a plan and hold every page against the reference; how many pages there were."""
    expected = reference.search(replace(plan, limit=10_000))
    whole = reader.search(replace(plan, limit=10_000)).matches
    pages = walk(reader, plan)
    assert [match for page in pages for match in page.matches] == list(whole), plan
    for page in pages:
        assert page.total == expected.total, plan
        assert {name: dict(counts) for name, counts in page.facets.items()} == expected.facets, plan
        assert len(page.matches) == plan.limit or page is pages[-1], plan
    if plan.sort != "relevance":
        assert whole == expected.matches, plan
    else:
        assert [m.value for m in whole] == pytest.approx([m.value for m in expected.matches]), plan
        assert list(whole) == sorted(whole, key=lambda match: (-match.value, match.id)), plan
        copies = {id: len(reference.copies(id)) for id in (match.id for match in whole)}
        assert [match.copies for match in whole] == [copies[match.id] for match in whole], plan
    return len(pages)


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_groups", lambda sizes: [])  # segments are never merged


@pytest.mark.parametrize("seed", range(3))
def test_pages_of_random_plans_follow_each_other(tmp_path: Path, seed: int) -> None:
    engine, reference = grow(tmp_path, [corpus(10 * seed + step, 40) for step in range(3)], seed)
    draw = random.Random(seed)
    several = 0
    with engine.reader() as reader:
        assert len(reader.segments) == 3
        for _ in range(ROUNDS):
            several += follow(reader, reference, replace(plans.plan(draw), limit=draw.choice((1, 2, 7)))) > 2
    assert several > ROUNDS // 5


@pytest.mark.parametrize("seed", range(2))
def test_pages_without_copies_follow_each_other(tmp_path: Path, seed: int) -> None:
    """Also where copies of one text are in several segments, and only some of them match."""
    articles = paper(seed + 20, 24)
    third = len(articles) // 3
    engine, reference = grow(tmp_path, [articles[:third], articles[third : 2 * third], articles[2 * third :]], seed)
    draw = random.Random(seed)
    several = 0
    with engine.reader() as reader:
        assert len(reader.segments) == 3
        for number in range(ROUNDS // 2):
            words = [Term("folded", fold(word)) for word in draw.sample(COMMON, 3)]
            plan = Plan(
                draw.choice(
                    (EVERYTHING, Any(tuple(words)), Not(words[0]), Sequence(((words[0],), (words[1],)), slop=40))
                ),
                tuple(Weighted(word, 1.0) for word in words),
                plans.filters(draw),
                tuple(draw.sample(plans.FACETS, 2)),
                ("relevance", "newest", "oldest")[number % 3],
                draw.choice((1, 2, 5)),
                copies=("once", "once", "all")[number // 3 % 3],
                regrouped=draw.choice(((), UNITS)),
            )
            several += follow(reader, reference, plan) > 2
    assert several > ROUNDS // 10


@pytest.mark.parametrize("copies", ["all", "once"])
@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
def test_a_cursor_need_not_be_a_match(tmp_path: Path, sort: str, copies: str) -> None:
    """Cursors of other values and of ids before, between and behind those there are, in every segment."""
    articles = paper(31, 16)
    half = len(articles) // 2
    engine, reference = grow(tmp_path, [articles[:half], articles[half:]], 3)
    word = Term("folded", "tham")
    plan = Plan(EVERYTHING, (Weighted(word, 1.0),), sort=sort, limit=6, copies=copies)  # type: ignore[arg-type]
    with engine.reader() as reader:
        whole = reader.search(replace(plan, limit=1000)).matches
        assert [match.id for match in whole] == [m.id for m in reference.search(replace(plan, limit=1000)).matches]
        ids = sorted(match.id for match in whole)
        values = sorted({match.value for match in whole})
        between = [(a + b) / 2 for a, b in itertools.pairwise(values)]
        for value in (*values, *between, values[0] - 1 if values[0] else 0.0, values[-1] + 1):
            for id in ("", ids[0], ids[len(ids) // 2] + "!", ids[-1], "\U0010ffff"):
                page = reader.search(replace(plan, after=After(value, id)))
                last = key(sort, Match(id, value))
                later = [match for match in whole if key(sort, match) > last]
                assert list(page.matches) == later[:6], (value, id)
                assert (page.after is None) == (len(later) <= 6)
                assert page.total == len(whole)


def key(sort: str, match: Match) -> tuple[float, str]:
    """What sorts ascending."""
    if sort == "oldest":
        return match.value or float("inf"), match.id
    return -match.value, match.id


def test_a_page_of_nothing_counts_all_the_same(tmp_path: Path) -> None:
    engine, reference = grow(tmp_path, [corpus(7, 30), corpus(8, 30)], 1)
    with engine.reader() as reader:
        for sort in ("relevance", "newest"):
            for limit in (0, -1):
                plan = Plan(Term("folded", "tham"), facets=("city", "month"), sort=sort, limit=limit)  # type: ignore[arg-type]
                answer, expected = reader.search(plan), reference.search(replace(plan, limit=0))
                assert (answer.total, answer.matches, answer.after) == (expected.total, (), None)
                assert {name: dict(counts) for name, counts in answer.facets.items()} == expected.facets


@pytest.mark.parametrize("copies", ["all", "once"])
def test_a_cursor_may_hold_what_no_text_holds(tmp_path: Path, copies: str) -> None:
    """An id with half of a character, as an address may bring it: a place in the list as any other."""
    articles = paper(31, 12)
    engine, _ = grow(tmp_path, [articles], 1)
    with engine.reader() as reader:
        plan = Plan(EVERYTHING, limit=1000, copies=copies)  # type: ignore[arg-type]
        whole = reader.search(plan)
        page = reader.search(replace(plan, after=After(0.0, "b\ud800")))
        assert 0 < len(page.matches) < len(whole.matches)
        assert page.matches == tuple(match for match in whole.matches if match.id.encode() > b"b?")
        assert page.total == whole.total
