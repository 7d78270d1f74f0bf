"""The part of the conformance suite about republished articles: what is grouped, and how a group counts.

Part of `tests.engines.conformance.EngineConformance`; nothing is collected from here. An engine that does not
recognize copies says so in its capabilities, and then counts every article.
"""

from __future__ import annotations

import dataclasses
import random

import pytest

from search.engines.base import Engine, Prepared, Reader
from search.engines.stored import analyzed
from search.query.tree import EVERYTHING, Any, Filters, Plan, Term, Weighted
from tests.engines import plans
from tests.engines.generations import write
from tests.engines.texts import CITIES, DATES, fold, prepared
from tests.reference import Reference

WORDS = [f"{a}{b}" for a in ("th", "ng", "đ", "kh", "b", "m") for b in ("ảo", "uyên", "iệt", "ơn", "ậu", "ế")]
COMMON = ("tham", "nhũng", "vặt", "năm", "hà", "nội")
UNITS = (("Hải Phòng", "Đà Nẵng"), ("Tỉnh / A&B", "Hà Nội"))


def story(draw: random.Random) -> str:
    """A text of its own, long enough to be recognized, with some words that queries look for."""
    return " ".join(draw.choice(COMMON if draw.random() < 0.1 else WORDS) for _ in range(draw.randint(80, 200)))


def republished(draw: random.Random, text: str) -> str:
    """The text as another paper prints it."""
    return draw.choice((text, "TTXVN đưa " + text, text.upper(), text + ". Nguồn: Báo A", fold(text), f"{text}\n\nẢnh"))


def paper(seed: int, stories: int) -> list[Prepared]:
    """Articles of which about half say the same as another; ids in an order that says nothing.

    Their analysis is the product's: an engine may analyze a stored article anew to write down its group.
    """
    draw = random.Random(seed)
    found = []
    for number in range(stories):
        text = story(draw)
        found += [
            prepared(
                f"{draw.choice('abcxyzÀ')}/{number}/{copy}",
                " ".join(draw.choices(COMMON, k=3)),
                republished(draw, text),
                city=draw.choice(CITIES),
                published=draw.choice(DATES),
                source=draw.choice((None, "Báo A", "Báo B")),
                byline=draw.choice((None, "Lê Minh")),
            )
            for copy in range(draw.choice((1, 1, 2, 3, 6)))
        ]
    draw.shuffle(found)
    return analyzed([item.article for item in found])


class CopiesConformance:
    """The suite; a subclass gives the fixture `engine`."""

    exact_counts: bool
    score_tolerance: float

    @pytest.fixture
    def recognizing(self, engine: Engine) -> Engine:
        if not engine.capabilities.copies:
            pytest.skip(f"{engine.name} does not recognize republished articles, and says so in its capabilities")
        return engine

    def test_an_engine_that_cannot_tell_copies_counts_every_article(self, engine: Engine) -> None:
        articles = paper(1, 6)
        write(engine, articles)
        with engine.reader() as reader:
            once = reader.search(Plan(EVERYTHING, copies="once", limit=0)).total
            assert reader.search(Plan(EVERYTHING, limit=0)).total == len(articles)
            if engine.capabilities.copies:
                assert once == 6
            else:
                assert once == len(articles)
                assert reader.copies(articles[0].article.id) == ()

    def test_values_of_a_facet_are_counted_under_others(self, engine: Engine) -> None:
        articles = paper(6, 12)
        write(engine, articles)
        reference = Reference(articles)
        with engine.reader() as reader:
            for cities in ((), ("Hải Phòng", ""), ("Đà Nẵng",)):
                plan = Plan(EVERYTHING, filters=Filters(cities), facets=("city", "source"), regrouped=UNITS)
                assert reader.search(plan).facets == reference.search(plan).facets

    def test_groups_are_those_of_the_definition(self, recognizing: Engine) -> None:
        articles = paper(2, 25)
        write(recognizing, articles)
        reference = Reference(articles)
        with recognizing.reader() as reader:
            for item in articles:
                assert reader.copies(item.article.id) == reference.copies(item.article.id)
            assert reader.copies("nobody") == ()

    def test_short_texts_are_copies_where_title_and_body_are_the_same(self, recognizing: Engine) -> None:
        sentence = "Thành phố họp bàn về đê điều, kè biển và việc di dời dân trước mùa mưa"
        write(
            recognizing,
            [
                prepared("a", "Xem video", "Mời bạn đọc xem video"),
                prepared("b", "Xem video", "Mời bạn đọc xem video"),
                prepared("h", "Xem ảnh", "Mời bạn đọc xem video"),
                prepared("c", "Tin bão", sentence),
                prepared("d", "Tin bão", sentence),
                prepared("e", "Xem thêm tin khác", sentence.replace("đê điều", "trường học")),
                prepared("f"),
                prepared("g"),
            ],
        )
        with recognizing.reader() as reader:
            assert [reader.copies(id) for id in "abcdefgh"] == [("b",), ("a",), ("d",), ("c",), (), (), (), ()]

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_each_group_counts_once_in_totals_facets_and_pages(self, recognizing: Engine, seed: int) -> None:
        articles = paper(seed, 18)
        write(recognizing, articles)
        with recognizing.reader() as reader:
            # a cluster writes what has copies twice, and counts both in its frequencies until it merges
            self.compare_copies(reader, articles, seed, scores=self.exact_counts)

    def test_groups_follow_updates_and_deletions(self, recognizing: Engine) -> None:
        """Whatever the order in which articles came and went, the groups are those of what is there."""
        draw = random.Random(11)
        everything = paper(4, 20)
        kept = {item.article.id: item for item in everything[:30]}
        write(recognizing, list(kept.values()))
        for step in range(4):
            added = {item.article.id: item for item in draw.sample(everything, 12)}
            gone = tuple(draw.sample(sorted(kept.keys() - added.keys()), 8))
            write(recognizing, list(added.values()), rebuild=False, deleted=gone)
            kept = {id: item for id, item in (kept | added).items() if id not in gone}
            with recognizing.reader() as reader:
                self.compare_copies(reader, list(kept.values()), step, rounds=8, scores=self.exact_counts)
        assert recognizing.check() == []

    def compare_copies(
        self, reader: Reader, articles: list[Prepared], seed: int, *, rounds: int = 25, scores: bool = True
    ) -> None:
        reference = Reference(articles)
        draw = random.Random(seed)
        for round_number in range(rounds):
            words = [Term("folded", fold(word)) for word in draw.sample(COMMON, 3)]
            plan = Plan(
                draw.choice((EVERYTHING, Any(tuple(words)), words[0], plans.node(draw))),
                tuple(Weighted(word, 1.0) for word in words),
                plans.filters(draw) if round_number % 3 else Filters(),
                plans.FACETS,
                draw.choice(("relevance", "newest", "oldest")),
                draw.choice((0, 2, 5, 1000)),
                copies="once",
                regrouped=draw.choice(((), UNITS)),
            )
            answer, expected = reader.search(plan), reference.search(plan)
            assert answer.total == expected.total, plan
            assert {name: dict(counts) for name, counts in answer.facets.items()} == expected.facets, plan
            assert (answer.after is None) == (expected.after is None), plan
            if plan.sort != "relevance":
                assert answer.matches == expected.matches, plan
                continue
            assert len(answer.matches) == len(expected.matches), plan
            assert len({reference.groups[m.id] for m in answer.matches}) == len(answer.matches), plan
            assert all(len(reference.copies(m.id)) == m.copies for m in answer.matches), plan
            if scores:
                near = [pytest.approx(m.value, rel=self.score_tolerance, abs=1e-9) for m in expected.matches]
                assert [m.value for m in answer.matches] == near, plan

    @pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
    def test_no_page_shows_a_copy_of_what_an_earlier_one_showed(self, recognizing: Engine, sort: str) -> None:
        articles = paper(5, 30)
        write(recognizing, articles[:40])
        write(recognizing, articles[40:], rebuild=False)
        reference = Reference(articles)
        weighed = tuple(Weighted(Term("folded", word), 1.0) for word in ("tham", "nhung"))
        plan = Plan(EVERYTHING, weighed, facets=("city",), sort=sort, limit=4, copies="once")  # type: ignore[arg-type]
        with recognizing.reader() as reader:
            whole = [m.id for m in reader.search(dataclasses.replace(plan, limit=1000)).matches]
            pages = [reader.search(plan)]
            while pages[-1].after is not None:
                pages.append(reader.search(dataclasses.replace(plan, after=pages[-1].after)))
        seen = [match.id for page in pages for match in page.matches]
        assert seen == whole
        groups = [reference.groups[id] for id in seen]
        assert len(groups) == len(set(groups)) == pages[0].total == 30
        assert all((page.total, page.facets) == (pages[0].total, pages[0].facets) for page in pages)
