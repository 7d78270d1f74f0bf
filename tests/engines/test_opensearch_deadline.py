"""A search on a cluster ends when its time is over, whatever the cluster does; the error is the embedded engine's."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from search.deadline import within
from search.engines.opensearch import OpenSearchEngine
from search.engines.opensearch.loading import Action, Loader
from search.errors import SearchTooLong
from search.query.tree import Fuzzy, Plan, Term
from search.settings import Settings
from tests.engines.test_opensearch_faults import FOUND, Server, engine, error, server

__all__ = ["engine", "server"]

PLAN = Plan(Term("folded", "nhung"), facets=("city",))
FACET: dict[str, Any] = {"sum_other_doc_count": 0, "doc_count_error_upper_bound": 0, "buckets": []}


@pytest.fixture
def slow(server: Server) -> Iterator[threading.Event]:
    """Searches are answered only when the event is set."""
    woken, healthy = threading.Event(), server.reply

    def reply(path: str) -> tuple[int, Any]:
        if path.endswith("search"):
            woken.wait(10)
        return healthy(path)

    server.reply = reply  # type: ignore[method-assign]
    yield woken
    woken.set()


def counted(**terms: Any) -> dict[str, Any]:
    """An answer whose aggregations all say the same."""
    return FOUND | {"aggregations": dict.fromkeys(("terms", "pairs"), FACET | terms)}


def test_a_cluster_that_stands_still_is_waited_for_no_longer_than_a_search_may_take(
    server: Server, engine: OpenSearchEngine, slow: threading.Event
) -> None:
    with engine.reader() as reader:
        began = time.monotonic()
        with within(0.4), pytest.raises(SearchTooLong, match=r"took more than 0\.4 s") as caught:
            reader.search(Plan(Term("folded", "nhung")))
        assert 0.4 <= time.monotonic() - began < 2
        assert caught.value.status == 503
        # the reader is as good as before
        slow.set()
        with within(5):
            assert reader.search(Plan(Term("folded", "nhung"))).total == 7


def test_connecting_takes_no_longer_either(server: Server, engine: OpenSearchEngine) -> None:
    def reply(path: str) -> tuple[int, Any]:
        time.sleep(2)
        return 200, {}

    server.reply = reply  # type: ignore[method-assign]
    began = time.monotonic()
    with within(0.3), pytest.raises(SearchTooLong):
        engine.reader()
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_cluster_is_asked_again_only_while_there_is_time(
    server: Server, engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    with engine.reader() as reader:
        monkeypatch.setattr("search.engines.opensearch.cluster.pause", lambda attempt: 0.3)
        server.faults["_search"] = [(status, error("rejected"))]
        began = time.monotonic()
        with within(0.5), pytest.raises(SearchTooLong):
            reader.search(Plan(Term("folded", "nhung")))
        assert time.monotonic() - began < 1.5
        assert server.count("_search") <= 3


def test_a_long_pause_ends_with_the_time(
    server: Server, engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.reader() as reader:
        monkeypatch.setattr("search.engines.opensearch.cluster.pause", lambda attempt: 60.0)
        server.faults["_search"] = [(429, error("rejected"))]
        with within(0.3), pytest.raises(SearchTooLong):
            reader.search(Plan(Term("folded", "nhung")))


def test_terms_that_have_no_end_are_given_up(server: Server, engine: OpenSearchEngine) -> None:
    """Each part of the list is told to be incomplete, so that it is asked for in ever smaller parts."""
    server.faults["_search"] = [(200, counted(sum_other_doc_count=1))]
    with engine.reader() as reader, within(0.5), pytest.raises(SearchTooLong):
        list(reader.terms("exact"))


def test_facets_that_have_no_end_are_given_up(server: Server, engine: OpenSearchEngine) -> None:
    first = FOUND | {"aggregations": {"city": {"values": FACET | {"sum_other_doc_count": 1}}}}
    page = FOUND | {"aggregations": {"values": {"buckets": [], "after_key": {"value": "a"}}}}
    server.faults["_search"] = [(200, first), (200, page)]
    with engine.reader() as reader, within(0.5), pytest.raises(SearchTooLong):
        reader.search(PLAN)


def test_columns_that_have_no_end_are_given_up(
    server: Server, engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.engines.opensearch.reader.PAGE_VALUES", 1)
    hit = {"fields": {"id": ["a"], "digest": ["d"]}, "sort": ["a"]}
    server.faults["_search"] = [(200, FOUND | {"hits": {"hits": [hit]}})]
    with engine.reader() as reader, within(0.5), pytest.raises(SearchTooLong):
        reader.digests()


def test_without_a_limit_nothing_is_given_up(server: Server, engine: OpenSearchEngine, slow: threading.Event) -> None:
    threading.Timer(0.5, slow.set).start()
    with engine.reader() as reader:
        assert reader.search(Plan(Term("folded", "nhung"))).total == 7


def test_writing_has_no_limit_of_its_own(server: Server, engine: OpenSearchEngine) -> None:
    """The time of a search belongs to its thread; batches are sent by others."""
    server.faults["_bulk"] = [(200, {"errors": False})]
    loader = Loader(engine._cluster, "timbao-v000001")
    loader.add(Action("a", b"{}"))
    with within(60):
        loader.flush()
    loader.close()
    assert loader.sent == 1


def test_a_batch_is_waited_for_longer_than_other_requests(server: Server) -> None:
    """A node that has much to do is not helped by the same batch once more."""
    healthy = server.reply

    def reply(path: str) -> tuple[int, Any]:
        if not path.endswith("_bulk"):
            return healthy(path)
        time.sleep(0.9)
        return 200, {"errors": False}

    server.reply = reply  # type: ignore[method-assign]
    made = OpenSearchEngine(server.location, Settings(cluster_timeout_s=0.4))
    loader = Loader(made._cluster, "timbao-v000001")
    loader.add(Action("a", b"{}"))
    loader.flush()
    loader.close()
    assert (loader.sent, server.count("_bulk")) == (1, 1)
    made._cluster.close()


def test_similar_terms_of_many_words_come_in_one_journey(server: Server, engine: OpenSearchEngine) -> None:
    buckets = [{"key": "nhung", "doc_count": 3}, {"key": "nhugn", "doc_count": 1}]
    server.faults["_msearch"] = [(200, [counted(buckets=buckets)])]
    with engine.reader() as reader:
        reader.foresee([Fuzzy("folded", text) for text in ("nhung", "nhungg", "nhug")])
        assert server.count("_msearch") == 1
        assert reader.similar_terms("folded", "nhungg") == [("nhung", 3)]
        assert reader.similar_terms("folded", "nhung") == [("nhung", 3), ("nhugn", 1)]
        # what was told of similar terms is not asked again either
        assert reader.frequency(Term("folded", "nhugn")) == 1
        assert (server.count("_msearch"), server.count("_search")) == (1, 0)
