"""What every engine must do, as one test class: subclass it with a fixture `engine` over an empty place.

The expected answers come from `tests.reference`. A subclass whose engine keeps lengths or frequencies
approximately says how far its scores may stray; match sets, totals, facets and dates are compared exactly all the same.
"""

from __future__ import annotations

import dataclasses
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from search.analysis import analyze
from search.engines.base import Engine, Matches, Prepared, Reader
from search.model import Article, Evidence
from search.query.found import with_stated
from search.query.tree import (
    EVERYTHING,
    NOTHING,
    After,
    All,
    Any,
    Attribute,
    Filters,
    Fuzzy,
    Not,
    Plan,
    Prefix,
    Published,
    Sequence,
    Term,
    Weighted,
)
from tests.engines import plans
from tests.engines.copying import CopiesConformance
from tests.engines.generations import GenerationConformance, found, holding, write
from tests.engines.texts import analysis, article, corpus, prepared
from tests.reference import Reference

ROUNDS = 120


class EngineConformance(GenerationConformance, CopiesConformance):
    """The suite; a subclass gives the fixture `engine`."""

    score_tolerance = 1e-5
    """Largest relative difference of a score from the definition's."""
    exact_counts = True
    """Whether deleted articles stop counting in the statistics of terms at once, and slop in scores is not weighed."""
    rounds = ROUNDS

    @pytest.fixture
    def engine(self) -> Engine:
        raise NotImplementedError

    # one fixed case a rule

    @pytest.fixture
    def reader(self, engine: Engine):
        write(
            engine,
            [
                prepared("1", "Tham nhũng vặt", "chống tham_nhũng ở Hà_Nội", city="Hà Nội", published="2019-03-13"),
                prepared("2", "Bàn về", "tham nhung vặt năm 2019", city="Hải Phòng", published="2019-05"),
                prepared("3", "tham nhung vat", "chuyen hom nay", published="2020-02-29T08:00:00+07:00"),
                prepared("4", "Kế hoạch", "số 17-KH/TU và 37-QĐ/TW", city="Hải Phòng", byline="Lê Minh"),
                prepared("5", "", "", city=""),
                prepared("6", "nhũng tham", "vặt tham gia"),
            ],
        )
        with engine.reader() as reader:
            yield reader

    def test_terms_of_each_space(self, reader: Reader) -> None:
        assert holding(reader, Term("exact", "nhũng")) == {"1", "6"}
        assert holding(reader, Term("folded", "nhung")) == {"1", "2", "3", "6"}
        assert holding(reader, Term("pair", "tham_nhung")) == {"1", "2", "3"}
        assert holding(reader, Term("word", "tham_nhũng")) == {"1"}
        assert holding(reader, Term("exact", "tham", "title")) == {"1", "6"}
        assert holding(reader, Term("pair", "nhung_vat", "title")) == {"1", "3"}
        assert holding(reader, Term("word", "vặt", "title")) == {"1"}

    def test_an_article_without_diacritics_keeps_its_spelling_unknown(self, reader: Reader) -> None:
        assert holding(reader, Term("exact", "~nhung")) == {"3"}
        assert holding(reader, Term("exact", "nhung")) == {"2"}
        assert holding(reader, Term("exact", "~nhung", "title")) == {"3"}
        assert holding(reader, Term("word", "~vat")) == {"3"}

    def test_codes_are_terms_beside_their_parts(self, reader: Reader) -> None:
        assert holding(reader, Term("exact", "17-kh/tu")) == {"4"}
        assert holding(reader, Term("exact", "kh")) == {"4"}
        assert holding(reader, Term("exact", "37-qđ/tw")) == {"4"}
        assert holding(reader, Term("folded", "37-qd/tw")) == {"4"}
        assert holding(reader, Term("exact", "37-qd/tw")) == set()
        code = Sequence(((Term("exact", "số"),), (Term("exact", "17-kh/tu"),), (Term("exact", "kh"),)))
        assert holding(reader, code) == {"4"}

    def test_a_code_belongs_to_the_text_it_stands_in(self, engine: Engine) -> None:
        """The last of a title and the first of a body stand beside each other."""
        code = Term("exact", "17-kh/tu", "title")
        write(engine, [prepared("t", "Về 17-KH/TU", "37-QĐ/TW mới"), prepared("b", "Kế hoạch", "17-KH/TU ở đây")])
        with engine.reader() as reader:
            assert holding(reader, code) == {"t"}
            assert holding(reader, Term("folded", "37-qd/tw", "title")) == set()
            assert holding(reader, Term("exact", "17-kh/tu")) == {"t", "b"}
            assert holding(reader, Sequence(((Term("exact", "về", "title"),), (code,)), zone="title")) == {"t"}

    def test_pairs_and_sequences_do_not_cross_from_title_to_body(self, reader: Reader) -> None:
        assert holding(reader, Term("pair", "tham_vat")) == set()
        crossing = Sequence(((Term("exact", "tham"),), (Term("exact", "vặt"),)), slop=100)
        assert holding(reader, crossing) == {"1", "2"}

    def test_sequences_mix_exact_and_folded_slots(self, reader: Reader) -> None:
        mixed = Sequence(((Term("folded", "nhung"),), (Term("exact", "vặt"), Term("exact", "~vat"))))
        assert holding(reader, mixed) == {"1", "2", "3"}
        assert holding(reader, Sequence(((Term("folded", "nhung"),), (Term("exact", "vặt"),)), zone="title")) == {"1"}

    def test_slop_counts_positions_between_the_slots_and_order_matters(self, reader: Reader) -> None:
        apart = ((Term("folded", "tham"),), (Term("folded", "vat"),))
        assert holding(reader, Sequence(apart)) == set()
        assert holding(reader, Sequence(apart, slop=1)) == {"1", "2", "3"}
        assert holding(reader, Sequence(apart[::-1], slop=5)) == {"6"}

    def test_empty_sequences_and_slots_hold_nowhere(self, reader: Reader) -> None:
        assert holding(reader, Sequence(())) == set()
        assert holding(reader, Sequence(((Term("exact", "tham"),), ()))) == set()

    def test_prefixes(self, reader: Reader) -> None:
        assert holding(reader, Prefix("folded", "nhu")) == {"1", "2", "3", "6"}
        assert holding(reader, Prefix("exact", "nhũ", "title")) == {"1", "6"}
        assert holding(reader, Prefix("exact", "17-")) == {"4"}
        assert holding(reader, Prefix("folded", "")) == {"1", "2", "3", "4", "6"}
        assert holding(reader, Prefix("folded", "nhu*")) == set()

    def test_fuzzy_terms_keep_their_first_letter(self, reader: Reader) -> None:
        assert holding(reader, Fuzzy("folded", "tahm")) == {"1", "2", "3", "6"}
        assert holding(reader, Fuzzy("folded", "gham")) == set()
        assert holding(reader, Fuzzy("folded", "tmah", 1)) == set()
        assert holding(reader, Fuzzy("folded", "nhungxy", 2)) == {"1", "2", "3", "6"}
        assert holding(reader, Fuzzy("folded", "", 1)) == set()

    def test_attributes_and_dates(self, reader: Reader) -> None:
        assert holding(reader, Attribute("city", ("Hải Phòng",))) == {"2", "4"}
        assert holding(reader, Attribute("city", ("", "Hà Nội"))) == {"1", "3", "5", "6"}
        assert holding(reader, Attribute("id", ("5", "nobody"))) == {"5"}
        assert holding(reader, Attribute("byline", ())) == set()
        assert holding(reader, Published()) == {"1", "2", "3"}
        day = plans.DAYS[1]
        assert holding(reader, Published(day, day)) == {"1"}

    def test_everything_nothing_and_minimum(self, reader: Reader) -> None:
        assert holding(reader, EVERYTHING) == {"1", "2", "3", "4", "5", "6"}
        assert holding(reader, NOTHING) == set()
        parts = (Term("folded", "tham"), Term("exact", "2019"), Term("word", "vặt"))
        assert holding(reader, Any(parts, 2)) == {"1", "2", "6"}
        assert holding(reader, Any(parts, 3)) == {"2"}
        assert holding(reader, Any(parts, 4)) == set()
        assert holding(reader, All((Not(parts[0]), Not(Term("exact", "số"))))) == {"5"}

    def test_any_text_may_be_a_term(self, reader: Reader) -> None:
        for odd in ("", " ", "*", "?", "\x00", "\ud800", "a\nb", "~", "_", "x" * 5000, '"', "\\", "💡", "0" * 300):
            for space in ("exact", "folded", "pair", "word"):
                for node in (Term(space, odd), Fuzzy(space, odd or "a"), Sequence(((Term("exact", odd),),))):  # type: ignore[arg-type]
                    assert holding(reader, node) == set()
            assert holding(reader, Attribute("source", (odd or "?",))) == set()
        assert holding(reader, Prefix("exact", "~")) == {"3"}

    # stored articles and the lexicon

    def test_articles_come_back_as_stored(self, engine: Engine) -> None:
        whole = Article(
            "Ký/1 ?#",
            "Tiêu đề",
            "Dòng một\n\nDòng\u00a0hai 💡 ",
            "Đà Nẵng",
            "2019-03-13",
            "https://example.vn/a?b=1&c=2",
            "Báo",
            "Ngô Huyền",
            {"city": Evidence("office-holder", "Bí thư", 3), "published": Evidence("dateline")},
            {"city": "medium"},
        )
        bare = Article("0", "", "")
        write(engine, [Prepared(a, analysis(a.title), analysis(a.body)) for a in (whole, bare)])
        with engine.reader() as reader:
            assert reader.articles(["0", "nobody", whole.id]) == [bare, whole]
            assert sorted(reader.ids()) == ["0", whole.id]
            assert len(reader) == 2

    def test_the_lexicon(self, reader: Reader) -> None:
        assert list(reader.terms("folded", "nhu")) == [("nhung", 4)]
        assert list(reader.terms("exact", "nh")) == [("nhung", 1), ("nhũng", 2)]
        assert list(reader.terms("pair", "nhung_", "title")) == [("nhung_tham", 1), ("nhung_vat", 2)]
        assert list(reader.terms("word", "zz")) == []
        everything = [term for term, _ in reader.terms("exact")]
        assert everything == sorted(everything)
        assert {"17-kh/tu", "17", "~vat"} <= set(everything)

    def test_similar_terms_nearest_and_most_frequent_first(self, reader: Reader) -> None:
        assert reader.similar_terms("exact", "nhung") == [("nhung", 1), ("nhũng", 2)]
        assert reader.similar_terms("folded", "nhugn", 1) == [("nhung", 4)]
        assert reader.similar_terms("folded", "nhxxg", 1) == []
        assert reader.similar_terms("folded", "", 1) == []

    def test_frequencies(self, reader: Reader) -> None:
        assert reader.frequency(Term("folded", "tham")) == 4
        assert reader.frequency(Sequence(((Term("folded", "tham"),), (Term("folded", "nhung"),)))) == 3
        assert reader.frequency(Term("exact", "vắng")) == 0

    def test_statistics(self, reader: Reader) -> None:
        stats = reader.stats()
        assert stats.articles == 6
        assert stats.cities == {"": 3, "Hà Nội": 1, "Hải Phòng": 2}
        assert stats.years == {"": 3, "2019": 2, "2020": 1}
        assert stats.size_bytes > 0
        assert stats.generation == reader.generation
        assert {"exact", "folded", "word"} <= stats.terms.keys()
        for space, count in stats.terms.items():
            assert count == len(list(reader.terms(space))), space  # type: ignore[arg-type]

    # random plans against the reference

    @pytest.mark.parametrize("seed", [1, 2])
    def test_answers_are_those_of_the_reference(self, engine: Engine, seed: int) -> None:
        articles = corpus(seed, 60)
        write(engine, articles)
        with engine.reader() as reader:
            self.compare(reader, articles, seed)

    def test_answers_after_updates_and_deletions(self, engine: Engine) -> None:
        draw = random.Random(7)
        kept = {item.article.id: item for item in corpus(3, 50)}
        write(engine, list(kept.values()))
        for step in range(4):
            changed = [article(draw, id) for id in draw.sample(sorted(kept), 6)]
            added = [article(draw, f"new/{step}/{n}") for n in range(5)]
            gone = tuple(draw.sample(sorted(kept.keys() - {c.article.id for c in changed}), 5))
            write(engine, changed + added, rebuild=False, deleted=gone)
            kept |= {item.article.id: item for item in changed + added}
            kept = {id: item for id, item in kept.items() if id not in gone}
        with engine.reader() as reader:
            assert set(reader.ids()) == kept.keys()
            self.compare(reader, list(kept.values()), 8, deletions=True)
        assert engine.check() == []

    def compare(self, reader: Reader, articles: list[Prepared], seed: int, *, deletions: bool = False) -> None:
        """Many random plans, one after the other, against the reference."""
        reference = Reference(articles)
        draw = random.Random(seed)
        for _ in range(self.rounds):
            plan = plans.plan(draw)
            apart = deletions or any(self.counted_apart(item.term) for item in plan.score)
            self.agree(plan, reader.search(plan), reference, scores=self.exact_counts or not apart)

    def counted_apart(self, term: Term | Sequence) -> bool:
        """Whether an engine without exact counts may stray further: slop, and the few tokens of these titles."""
        return term.zone == "title" or (isinstance(term, Sequence) and term.slop > 0)

    def agree(self, plan: Plan, answer: Matches, reference: Reference, *, scores: bool) -> None:
        """One answer against the reference's."""
        expected = reference.search(plan)
        assert answer.total == expected.total, plan
        assert {name: dict(counts) for name, counts in answer.facets.items()} == expected.facets, plan
        assert (answer.after is None) == (expected.after is None), plan
        assert len(answer.matches) == len(expected.matches), plan
        whole = {match.id: match.value for match in reference.ranked(plan)}
        assert {match.id for match in answer.matches} <= whole.keys(), plan
        if plan.sort != "relevance":
            assert answer.matches == expected.matches, plan
            return
        order = [(-match.value, match.id) for match in answer.matches]
        assert order == sorted(order), plan
        if scores:
            for mine, theirs in zip(answer.matches, expected.matches, strict=True):
                # near, not equal: articles that tie may stand either way round
                near = self.score_tolerance
                assert mine.value == pytest.approx(theirs.value, rel=near, abs=1e-9), plan
                assert mine.value == pytest.approx(whole[mine.id], rel=near, abs=1e-9), plan

    @pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
    def test_cursors_visit_every_match_once(self, engine: Engine, sort: str) -> None:
        articles = corpus(5, 40)
        write(engine, articles)
        plan = Plan(
            Term("folded", "tham"),
            (Weighted(Term("folded", "nam"), 1.0),),
            facets=("city",),
            sort=sort,
            limit=3,  # type: ignore[arg-type]
        )
        with engine.reader() as reader:
            whole = found(reader, dataclasses.replace(plan, limit=1000))
            first = reader.search(plan)
            pages = [first]
            while pages[-1].after is not None:
                pages.append(reader.search(dataclasses.replace(plan, after=pages[-1].after)))
        assert [match.id for page in pages for match in page.matches] == whole
        assert len(pages) > 4
        assert all((page.total, page.facets) == (first.total, first.facets) for page in pages)

    def test_a_cursor_may_name_an_article_that_is_gone(self, engine: Engine) -> None:
        write(engine, [prepared(id, body="tin", published="2019-03-13") for id in "aceg"])
        with engine.reader() as reader:
            value = float(plans.DAYS[1].toordinal())  # type: ignore[union-attr]
            page = reader.search(Plan(EVERYTHING, sort="newest", after=After(value, "d")))
            assert [match.id for match in page.matches] == ["e", "g"]
            assert page.total == 4

    def test_ties_stand_in_the_order_of_ids(self, engine: Engine) -> None:
        ids = ["b", "a", "Z", "é", "10", "9", "đ", "a b"]
        write(engine, [prepared(id, body="tin") for id in ids])
        with engine.reader() as reader:
            assert found(reader, Plan(EVERYTHING)) == sorted(ids)

    def test_undated_articles_stand_last_both_ways(self, engine: Engine) -> None:
        write(engine, [prepared("a"), prepared("b", published="2020"), prepared("c", published="2019-12-31")])
        with engine.reader() as reader:
            assert found(reader, Plan(EVERYTHING, sort="newest")) == ["b", "c", "a"]
            assert found(reader, Plan(EVERYTHING, sort="oldest")) == ["c", "b", "a"]

    def test_a_facet_ignores_its_own_choice_only(self, reader: Reader) -> None:
        filters = Filters(cities=("Hải Phòng",), start=plans.DAYS[1])
        answer = reader.search(Plan(EVERYTHING, filters=filters, facets=("city", "year", "month")))
        assert answer.total == 1
        assert answer.facets["city"] == {"": 1, "Hà Nội": 1, "Hải Phòng": 1}
        assert answer.facets["year"] == {"": 1, "2019": 1}
        assert answer.facets["month"] == {"": 1, "2019-05": 1}

    def test_scores_are_the_parts_of_the_sum(self, reader: Reader) -> None:
        terms = (Term("folded", "tham"), Term("pair", "tham_nhung"))
        plan = Plan(EVERYTHING, (Weighted(terms[0], 1.0), Weighted(terms[1], 0.5)))
        values = {match.id: match.value for match in reader.search(plan).matches}
        tham, pair = (reader.scores(term, ("1", "4")) for term in terms)
        assert tham["4"] == pair["4"] == 0
        assert tham["1"] + 0.5 * pair["1"] == pytest.approx(values["1"], rel=1e-5)

    def test_a_longer_article_scores_lower_and_a_rarer_term_higher(self, reader: Reader) -> None:
        vat = reader.scores(Term("folded", "vat"), ("1", "3"))
        assert vat["3"] > vat["1"]
        scores = reader.scores(Term("folded", "tham"), ("6",)) | {"x": reader.scores(Term("exact", "gia"), ("6",))["6"]}
        assert scores["x"] > scores["6"] / 2

    def test_terms_may_hold_blanks_and_controls(self, engine: Engine) -> None:
        """Pairs that articles state ("hội đồng nhân dân (HĐND)") are such terms; what follows keeps its place."""
        stated = with_stated(analyze("Kỳ họp của hội đồng nhân dân (HĐND) tỉnh khai mạc sáng nay"))
        title = analyze("Khai mạc kỳ họp")
        write(
            engine,
            [
                Prepared(Article("a", title.text, stated.text), title, stated),
                prepared("b", body="hội đồng nhân dân hđnd họp"),
            ],
        )
        pair = "hđnd\x1fhội đồng nhân dân"
        with engine.reader() as reader:
            assert reader.frequency(Term("exact", pair)) == 1
            assert list(reader.terms("exact", "hđnd\x1f")) == [(pair, 1)]
            assert list(reader.terms("folded", "hoi dong nhan dan\x1f")) == [("hoi dong nhan dan\x1fhdnd", 1)]
            assert reader.search(Plan(Prefix("exact", "hội đồng nhân dân\x1f"))).total == 1
            placed = Sequence(tuple((Term("exact", word),) for word in ("hđnd", "tỉnh", "khai", "mạc")))
            assert [match.id for match in reader.search(Plan(placed)).matches] == ["a"]

    def test_threads_get_the_answers_one_would_get(self, engine: Engine) -> None:
        write(engine, corpus(9, 60))
        draw = random.Random(9)
        asked = [plans.plan(draw) for _ in range(48)]
        with engine.reader() as reader:
            alone = [reader.search(plan) for plan in asked]
        with engine.reader() as reader, ThreadPoolExecutor(8) as pool:
            together = list(pool.map(reader.search, [*asked, *reversed(asked)]))
            ids = sorted(reader.ids())
            stored = list(pool.map(lambda id: reader.articles([id])[0].id, ids))
        assert together == [*alone, *reversed(alone)]
        assert stored == ids
