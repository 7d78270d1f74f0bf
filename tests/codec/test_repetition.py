"""What is seen only the second time, or many times over: facets asked again, words that fill an article."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from search.codec import sequences, writing
from search.engines.base import Prepared
from search.engines.whoosh import WhooshEngine
from search.query.tree import EVERYTHING, NOTHING, All, Any, Filters, Node, Not, Plan, Sequence, Term, Weighted
from tests.engines import plans
from tests.engines.copying import UNITS
from tests.engines.generations import write
from tests.engines.texts import corpus, prepared
from tests.reference import Reference


@pytest.mark.parametrize("deletions", [False, True])
def test_facets_asked_again_are_the_same(tmp_path: Path, deletions: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts of all articles are kept from the second time on, city and date counted together in one code."""
    monkeypatch.setattr(writing, "_groups", lambda sizes: [])  # never merge
    articles = corpus(1, 260)
    gone = {item.article.id for item in articles[::9]} if deletions else set()
    engine = WhooshEngine(str(tmp_path))
    write(engine, articles[:200])
    write(engine, articles[200:], rebuild=False, deleted=tuple(gone))
    reference = Reference([item for item in articles if item.article.id not in gone])
    word, rare = Term("folded", "phong"), Term("exact", "vắng")
    asked: list[Node] = [EVERYTHING, NOTHING, word, Not(word), rare, Not(rare), Any((word, Term("folded", "nam")))]
    chosen = (Filters(), Filters(cities=("Hà Nội",)), Filters(start=plans.DAYS[1]), Filters(("",), ("Báo A",)))
    kinds = (("city", "year"), ("month", "city"), ("day", "city", "source"), ("year",), ("city", "year", "month"), ())
    with engine.reader() as reader:
        for facets in kinds:
            for regrouped in ((), UNITS):
                for node in (*asked, *asked[:3]):
                    for filters in chosen:
                        plan = Plan(node, filters=filters, facets=facets, limit=0, regrouped=regrouped)  # type: ignore[arg-type]
                        found, wanted = reader.search(plan), reference.search(plan)
                        assert found.total == wanted.total, plan
                        assert {name: dict(counts) for name, counts in found.facets.items()} == wanted.facets, plan


WORDS = ("tham", "nhũng", "vặt", "nhung")


def filled(draw: random.Random, id: str) -> Prepared:
    """An article of few words, some of them hundreds of times, often side by side."""
    words: list[str] = []
    while len(words) < 70:
        words += draw.choice((["tham", "nhũng"], ["tham", "nhung"], [draw.choice(WORDS)])) * draw.choice((1, 1, 2, 9))
    if draw.random() < 0.3:
        words += ["vặt"] * draw.choice((254, 255, 256, 400))
    return prepared(id, " ".join(draw.choices(WORDS, k=3)), " ".join(words))


def test_words_that_fill_an_article_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More often than a byte holds, and more tokens than are looked at together."""
    monkeypatch.setattr(sequences, "_WORTH", 8)  # from how many articles on lists are asked before tokens
    draw = random.Random(1)
    articles = [filled(draw, f"{number}") for number in range(24)]
    engine = WhooshEngine(str(tmp_path))
    write(engine, articles[:-1])
    write(engine, articles[-1:], rebuild=False, deleted=("3", "17"))
    reference = Reference([item for item in articles if item.article.id not in ("3", "17")])

    def sequence() -> Sequence:
        slots = tuple(
            tuple(Term(space, draw.choice(("tham", "nhung")) if space == "folded" else draw.choice(WORDS[:2]))
                  for space in draw.choices(("exact", "folded"), k=draw.choice((1, 1, 2))))  # type: ignore[misc]
            for _ in range(draw.choice((2, 2, 3)))
        )  # fmt: skip
        return Sequence(slots, draw.choice((0, 0, 0, 1, 5)))

    with engine.reader() as reader:
        for _ in range(20):
            asked, word = sequence(), Term("exact", draw.choice(WORDS))
            for node in (asked, All((word, asked)), Any((asked, word)), Not(asked)):
                plan = Plan(node, (Weighted(asked, 1.0), Weighted(word, 0.5)), limit=100)
                found, wanted = reader.search(plan), reference.search(plan)
                assert found.total == wanted.total, plan
                assert {m.id for m in found.matches} == {m.id for m in wanted.matches}, plan
                assert [m.value for m in found.matches] == pytest.approx([m.value for m in wanted.matches]), plan
