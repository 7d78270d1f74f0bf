"""The engine on a cluster of one process, where no server is: the suite that every engine passes, and its commits.

What a real server adds (several shards and nodes, how lengths are rounded, faults) has the tests marked cluster.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from search.engines.base import Engine
from search.engines.opensearch import OpenSearchEngine
from search.errors import EngineUnavailable
from search.query.tree import EVERYTHING, Plan
from search.settings import Settings
from tests.engines import test_opensearch as real
from tests.engines.conformance import EngineConformance
from tests.engines.generations import write
from tests.engines.small_cluster import SmallCluster
from tests.engines.texts import corpus, prepared
from tests.reference import Reference


@pytest.fixture(scope="module")
def cluster() -> Iterator[SmallCluster]:
    made = SmallCluster()
    yield made
    made.close()


def engine_on(cluster: SmallCluster, **more: Any) -> OpenSearchEngine:
    return OpenSearchEngine(f"{cluster.address}/test-{uuid.uuid4().hex[:12]}", Settings(cluster_replicas=0), **more)


class TestSmallCluster(EngineConformance):
    """Lengths are exact here; sequences are scored by the sum of their terms' rarity, as Lucene does."""

    score_tolerance = 0.1
    exact_counts = False
    rounds = 20

    @pytest.fixture
    def engine(self, cluster: SmallCluster) -> Iterator[Engine]:
        made = engine_on(cluster)
        yield made
        made._cluster.close()


@pytest.fixture
def cluster_engine(cluster: SmallCluster) -> Iterator[OpenSearchEngine]:
    made = engine_on(cluster)
    yield made
    made.remove()
    assert not [name for name in cluster.indexes if made.location.rsplit("/", 1)[1] in name]
    made._cluster.close()


# these ask for nothing that a cluster of one process does not have
test_shares_fill_one_index_and_the_last_makes_it_live = real.test_shares_fill_one_index_and_the_last_makes_it_live
test_shares_at_the_same_time = real.test_shares_at_the_same_time
test_a_share_that_failed_goes_on_where_it_was = real.test_a_share_that_failed_goes_on_where_it_was
test_a_long_update_reads_digests_at_once = real.test_a_long_update_reads_digests_at_once
test_an_ordinary_query_takes_few_journeys = real.test_an_ordinary_query_takes_few_journeys
test_tokens_come_back_as_they_were_sent = real.test_tokens_come_back_as_they_were_sent
test_what_is_foreseen_is_not_asked_again = real.test_what_is_foreseen_is_not_asked_again


def test_earlier_versions_are_kept_as_many_as_asked(cluster: SmallCluster) -> None:
    engine = engine_on(cluster, keep=2)
    for number in range(5):
        write(engine, [prepared(str(number))])
    alias = engine._cluster.alias
    assert sorted(cluster.aliases[alias]) == [f"{alias}-v000005"]
    assert [name for name in sorted(cluster.indexes) if name.startswith(f"{alias}-v")] == [
        f"{alias}-v{number:06d}" for number in (3, 4, 5)
    ]
    engine.remove()
    assert not [name for name in cluster.indexes if name.startswith(alias)]


def test_what_a_run_left_is_removed_by_the_next(cluster_engine: OpenSearchEngine, cluster: SmallCluster) -> None:
    alias = cluster_engine._cluster.alias
    write(cluster_engine, [prepared("a")])
    begun = {
        "_meta": {"timbao": cluster.indexes[f"{alias}-v000001"].mappings["_meta"]["timbao"] | {"committed": False}}
    }
    cluster.indexes[f"{alias}-v000002"] = type(cluster.indexes[f"{alias}-v000001"])({"mappings": begun})
    write(cluster_engine, [prepared("b")], rebuild=False)
    assert f"{alias}-v000002" not in cluster.indexes
    assert cluster_engine.check() == []


def test_an_update_cut_short_is_told_and_completed(
    cluster_engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(cluster_engine, [prepared("a")])
    with monkeypatch.context() as broken:
        broken.setattr("search.engines.opensearch.writer.OpenSearchWriter._refresh", refuse)
        with pytest.raises(EngineUnavailable):
            write(cluster_engine, [prepared("b")], rebuild=False)
    assert "cut short" in cluster_engine.check()[0].what
    with cluster_engine.reader() as reader:
        assert list(reader.ids()) == ["a"]
    write(cluster_engine, [prepared("b")], rebuild=False)
    assert cluster_engine.check() == []
    with cluster_engine.reader() as reader:
        assert sorted(reader.ids()) == ["a", "b"]


def refuse(writer: object, index: str) -> None:
    raise EngineUnavailable("the node is gone", "try again")


def test_an_article_that_changed_on_the_cluster_is_named(
    cluster_engine: OpenSearchEngine, cluster: SmallCluster
) -> None:
    write(cluster_engine, [prepared("a", "Tin", "một"), prepared("b", "Tin", "hai")])
    (name,) = cluster.aliases[cluster_engine._cluster.alias]
    number, source = cluster.indexes[name].documents["a"]
    cluster.indexes[name].documents["a"] = number, source | {"record": source["record"] | {"title": "khác"}}
    cluster.indexes[name].refresh()
    assert ["a" in problem.where for problem in cluster_engine.check()] == [True]
    cluster.points.clear()  # a reader goes on when the cluster forgets its point in time
    with cluster_engine.reader() as reader:
        cluster.points.clear()
        assert sorted(reader.ids()) == ["a", "b"]
    with pytest.raises(EngineUnavailable, match="closed"):
        list(reader.ids())


def test_facets_of_very_many_values_come_in_pages(
    cluster_engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = corpus(6, 40)
    write(cluster_engine, articles)
    plan = Plan(EVERYTHING, facets=("city", "day"), limit=0)
    monkeypatch.setattr("search.engines.opensearch.dsl.BUCKETS", 2)
    with cluster_engine.reader() as reader:
        assert {name: dict(of) for name, of in reader.search(plan).facets.items()} == Reference(articles).search(
            plan
        ).facets
