"""What a cluster is asked means what the plan says: requests read by their documentation over documents as sent."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import pytest

from search.engines.base import Prepared
from search.engines.opensearch import dsl
from search.engines.opensearch.mapping import POSITION_GAP, document
from search.errors import QueryError
from search.query.tree import EVERYTHING, NOTHING, After, Any, Attribute, Fuzzy, Node, Plan, Sequence, Term, Weighted
from tests.engines import plans, query_language
from tests.engines.query_language import Held, answer, matches
from tests.engines.texts import corpus, prepared
from tests.reference import Reference


def held(articles: list[Prepared]) -> list[Held]:
    return [Held(document(item, b"")) for item in articles]


def test_the_gap_between_title_and_body_is_the_same() -> None:
    assert query_language.GAP == POSITION_GAP


@pytest.mark.parametrize("seed", range(6))
def test_random_plans_match_what_the_reference_says(seed: int) -> None:
    articles = corpus(seed, 60)
    documents, reference, draw = held(articles), Reference(articles), random.Random(seed)
    dated = 0
    for _ in range(120):
        plan = plans.plan(draw)
        total, page, facets = answer(dsl.body(plan, plan.score), documents)
        wanted = reference.search(plan)
        assert total == wanted.total, plan
        named = {name: {dsl.facet_value(name, key): n for key, n in of.items()} for name, of in facets.items()}  # type: ignore[arg-type]
        assert named == {name: dict(of) for name, of in wanted.facets.items()}, plan
        if plan.sort != "relevance":
            dated += 1
            assert [item.source["id"] for item, _ in page] == [match.id for match in wanted.matches], plan
    assert dated > 20


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_pages_by_day_follow_each_other(sort: str) -> None:
    articles = corpus(3, 50)
    documents, reference = held(articles), Reference(articles)
    plan = Plan(EVERYTHING, sort=sort, limit=7)  # type: ignore[arg-type]
    seen: list[str] = []
    while True:
        ids = [item.source["id"] for item, _ in answer(dsl.body(plan, ()), documents)[1]]
        page = reference.search(plan)
        assert ids == [match.id for match in page.matches]
        seen += ids
        if page.after is None:
            break
        plan = replace(plan, after=page.after)
    assert sorted(seen) == sorted(item.article.id for item in articles)


def test_scores_are_asked_for_by_relevance_alone() -> None:
    weighed = (
        Weighted(Term("exact", "a b"), 2.0),
        Weighted(Sequence(((Term("exact", "a"),), (Term("folded", "b"),))), 0.5),
    )
    request = dsl.body(Plan(EVERYTHING, weighed, after=After(1.5, "x\ud800")), weighed)
    single, near = request["query"]["bool"]["should"]
    assert single == {"term": {"exact": {"value": "a\x04b", "boost": 2.0}}}
    assert near["bool"]["boost"] == 0.5
    assert near["bool"]["must"][0]["span_near"]["slop"] == 0
    assert request["query"]["bool"]["minimum_should_match"] == 0
    assert request["search_after"] == [1.5, "x\ufffd\ufffd\ufffd"]
    assert "should" not in dsl.body(Plan(EVERYTHING, weighed, sort="newest"), weighed)["query"]["bool"]


@pytest.mark.parametrize(
    ("node", "found"),
    [
        (NOTHING, False),
        (EVERYTHING, True),
        (Any((EVERYTHING, NOTHING), 3), False),
        (Any((NOTHING,), 0), True),
        (Attribute("city", ()), False),
        (Attribute("city", ("", "Huế")), True),
        (Sequence(()), False),
        (Sequence(((Term("exact", "một"),), ())), False),
        (Fuzzy("exact", "", 1), False),
        (Fuzzy("exact", "mtộ", 1), True),
    ],
)
def test_conditions_at_their_edges(node: Node, found: bool) -> None:
    (only,) = held([prepared("a", "", "một hai", published="2020-01-02")])
    assert matches(dsl.condition(node), only) == found


def test_what_a_cluster_cannot_do_is_refused() -> None:
    with pytest.raises(QueryError, match="up to 2"):
        dsl.condition(Fuzzy("exact", "nhung", 3))
    with pytest.raises(ValueError, match="exact and folded"):
        dsl.condition(Sequence(((Term("word", "a"),), (Term("exact", "b"),))))


def test_values_of_hits_and_buckets_are_those_of_answers() -> None:
    newest = Plan(EVERYTHING, sort="newest")
    assert dsl.sort_value(Plan(EVERYTHING), 3) == 3.0
    assert [dsl.sort_value(newest, value) for value in (None, -(2**63), 2**63 - 1, 737000)] == [0.0, 0.0, 0.0, 737000.0]
    assert dsl.body(replace(newest, after=After(0.0, "a")), ())["search_after"] == [-(2**63), "a"]
    assert dsl.body(replace(newest, sort="oldest", after=After(0.0, "a")), ())["search_after"] == [2**63 - 1, "a"]
    assert dsl.facet_value("day", dt.date(2020, 1, 2).toordinal()) == "2020-01-02"
    assert (dsl.facet_value("day", 0), dsl.facet_value("city", "Huế")) == ("", "Huế")


def test_a_facet_of_very_many_values_is_asked_for_page_by_page() -> None:
    draw = random.Random(5)
    plan = replace(plans.plan(draw), facets=("city",), filters=plans.filters(random.Random(8)))
    first, second = dsl.facet_pages("city", plan, None), dsl.facet_pages("city", plan, {"value": "Huế"})
    assert "after" not in first["aggs"]["values"]["composite"]
    assert second["aggs"]["values"]["composite"]["after"] == {"value": "Huế"}
    assert first["query"] == second["query"]
    articles = corpus(5, 60)
    within = [item for item in held(articles) if matches(first["query"], item)]
    counted = Reference(articles).search(plan).facets["city"]
    assert len(within) == sum(counted.values())
