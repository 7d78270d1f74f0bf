"""The engine on a cluster: the suite that every engine passes, over a real server.

`make cluster` starts one; TIMBAO_TEST_CLUSTER names another. Without a server these tests skip and say so.
"""

from __future__ import annotations

import os
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from search.analysis import fold
from search.engines.base import Engine
from search.engines.opensearch import OpenSearchEngine
from search.engines.opensearch.searching import searched
from search.engines.stored import analyzed
from search.errors import IndexLocked
from search.evaluation import evaluate
from search.ingest import read_sources
from search.model import Record
from search.query.tree import Sequence, Term
from search.service import Index
from search.settings import Settings
from tests.engines.conformance import EngineConformance
from tests.engines.generations import write
from tests.engines.texts import corpus, prepared

# read before any test: tests see no setting of the machine they run on
HOSTS = os.environ.get("TIMBAO_TEST_CLUSTER", "http://127.0.0.1:9201")

pytestmark = pytest.mark.cluster


@lru_cache(maxsize=1)
def unreachable() -> str | None:
    """Why there is no server to test with."""
    try:
        with urllib.request.urlopen(HOSTS.split(",")[0], timeout=3):
            return None
    except OSError as error:
        return f"no OpenSearch at {HOSTS} ({error}); start one with `make cluster`"


SETTINGS = Settings(cluster_replicas=0, cluster_shards=3, cluster_timeout_s=60)


def make_engine() -> OpenSearchEngine:
    return OpenSearchEngine(f"{HOSTS}/test-{uuid.uuid4().hex[:12]}", SETTINGS)


def remove(engine: OpenSearchEngine) -> None:
    """Take everything of one test off the server."""
    cluster = engine._cluster
    found = cluster.call(lambda client: client.indices.get(index=f"{cluster.alias}*"))
    for name in found:
        cluster.call(lambda client, name=name: client.indices.delete(index=name))
    cluster.close()


@pytest.fixture
def cluster_engine() -> Iterator[OpenSearchEngine]:
    if why := unreachable():
        pytest.skip(why)
    engine = make_engine()
    yield engine
    remove(engine)


class TestOpenSearch(EngineConformance):
    """Every engine's suite over a cluster. Lucene rounds lengths to one byte and leaves articles without a field out of
    its averages, counts deleted articles until a merge, and weighs slop.
    """

    score_tolerance = 0.1
    exact_counts = False

    @pytest.fixture
    def engine(self, cluster_engine: OpenSearchEngine) -> Engine:
        return cluster_engine


def shares(engine: OpenSearchEngine, count: int) -> list[OpenSearchEngine]:
    """The runs that fill one index together."""
    return [OpenSearchEngine(engine.location, SETTINGS, (number, count)) for number in range(1, count + 1)]


def test_shares_fill_one_index_and_the_last_makes_it_live(cluster_engine: OpenSearchEngine) -> None:
    write(cluster_engine, [prepared("old")])
    first, second, third = shares(cluster_engine, 3)
    write(first, [prepared("a", body="một")])
    write(third, [])
    with cluster_engine.reader() as reader:
        assert set(reader.ids()) == {"old"}
    with pytest.raises(IndexLocked, match="shares of 3"):
        cluster_engine.writer(rebuild=True)
    write(second, [prepared("b", body="một")])
    with cluster_engine.reader() as reader:
        assert set(reader.ids()) == {"a", "b"}
        assert reader.frequency(Term("exact", "một")) == 2
    write(cluster_engine, [prepared("c")], rebuild=False)
    assert cluster_engine.check() == []


def test_shares_at_the_same_time(cluster_engine: OpenSearchEngine) -> None:
    parts = [corpus(seed, 20) for seed in range(4)]
    for number, part in enumerate(parts):
        part[:] = [replace(item, article=replace(item.article, id=f"{number}/{item.article.id}")) for item in part]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, shares(cluster_engine, 4), parts))
    with cluster_engine.reader() as reader:
        assert set(reader.ids()) == {item.article.id for part in parts for item in part}


def test_a_share_that_failed_goes_on_where_it_was(cluster_engine: OpenSearchEngine) -> None:
    only, sent = shares(cluster_engine, 1)[0], prepared("a", body="một")
    with only.writer(rebuild=True) as writer:
        writer.add(sent)
        writer.delete("nobody")  # sends what is collected
    assert not cluster_engine.exists()
    with only.writer(rebuild=True) as writer:
        assert writer.digest("a") == sent.article.digest
        assert writer.digest("b") is None
        writer.add(prepared("b", body="một"))
        writer.commit()
    with cluster_engine.reader() as reader:
        assert set(reader.ids()) == {"a", "b"}


@pytest.mark.parametrize("many", [0, 1000])
def test_a_long_update_reads_digests_at_once(
    cluster_engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr("search.engines.opensearch.writer.FEW", 3)
    monkeypatch.setattr("search.engines.opensearch.writer.MANY", many)
    monkeypatch.setattr("search.engines.opensearch.reader.PAGE_VALUES", 7)
    articles = corpus(1, 21)
    write(cluster_engine, articles)
    with cluster_engine.writer(rebuild=False) as writer:
        for item in [*articles, prepared("new"), *articles]:
            expected = None if item.article.id == "new" else item.article.digest
            assert writer.digest(item.article.id) == expected


QUERIES = (
    "thanh tra",
    "tham nhung vat",
    "phòng chống tham nhũng",
    '"hội đồng nhân dân"',
    "tham nhũng -tỉnh",
    "ngan sach nha nuoc nam nay tang bao nhieu",
)


def test_an_ordinary_query_takes_few_journeys(
    cluster_engine: OpenSearchEngine, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frequencies together, the page, its articles: the number of words makes no difference."""
    write(cluster_engine, analyzed([r.article for r in read_sources([sample]) if isinstance(r, Record)]))
    journeys = 0
    sent = searched

    def counted(*given: Any, **options: Any) -> Any:
        nonlocal journeys
        journeys += 1
        return sent(*given, **options)

    monkeypatch.setattr("search.engines.opensearch.reader.searched", counted)
    for query in QUERIES:
        with Index(cluster_engine) as index:
            journeys = 0
            answer = index.search(query)
            assert answer.total, query
            # without diacritics, how the best articles spell it is looked up; with few answers, other spellings
            most = 6 if fold(query) == query else 4
            assert journeys <= most + (0 if answer.total > 4 else 5), query


def test_tokens_come_back_as_they_were_sent(cluster_engine: OpenSearchEngine) -> None:
    articles = [*corpus(8, 20), prepared("plain", "tin trong ngay", "tham nhung vat o ha noi"), prepared("empty", "")]
    write(cluster_engine, articles)
    by_id = {item.article.id: item for item in articles}
    with cluster_engine.reader() as reader:
        for joined in (True, False):
            [found] = reader.tokens(["nobody", *by_id], joined=joined)
            assert found.ids == tuple(by_id)
            for number, item in enumerate(by_id.values()):
                held = slice(found.starts[number], found.starts[number + 1])
                terms = [found.vocabulary.exact(id) for id in found.exact[held].tolist()]
                assert terms == item.title.exact_terms() + item.body.exact_terms()
                assert (found.titles[number], found.plain[number]) == (len(item.title), item.plain)
                if joined:
                    assert found.joined[held].tolist() == [*item.title.joined.tolist(), *item.body.joined.tolist()]
            assert len(found.joined) == (len(found.exact) if joined else 0)
        assert reader.tokens(["nobody"]) == []


def test_rankings_are_worth_what_the_embedded_ones_are(shared: Path, cluster_engine: OpenSearchEngine) -> None:
    embedded = evaluate(shared / "ir" / "xquad-vi", sample=60)
    measured = evaluate(shared / "ir" / "xquad-vi", sample=60, engine="opensearch", url=cluster_engine.location)
    assert measured["ndcg@10"] == pytest.approx(embedded["ndcg@10"], abs=0.01)
    assert measured["no_marks"]["ndcg@10"] == pytest.approx(embedded["no_marks"]["ndcg@10"], abs=0.01)
    left = cluster_engine._cluster.call(lambda client: client.indices.get(index=f"{cluster_engine._cluster.alias}*"))
    assert not left


def test_what_is_foreseen_is_not_asked_again(cluster_engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    write(cluster_engine, corpus(4, 30))
    terms = [
        Term(space, text) for space in ("folded", "exact") for text in ("tham", "nhung", "nhũng", "nobody", "\ud800")
    ]
    sequence = Sequence(((Term("exact", "tham"),), (Term("exact", "nhũng"),)))
    with cluster_engine.reader() as reader:
        alone = [reader.frequency(term) for term in (*terms, sequence)]
    assert any(alone)
    with cluster_engine.reader() as reader:
        reader.foresee([*terms, sequence, *terms])
        monkeypatch.setattr("search.engines.opensearch.reader.searched", None)
        assert [reader.frequency(term) for term in (*terms, sequence)] == alone
        assert len(reader) == 30
