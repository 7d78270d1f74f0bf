"""The application over a cluster that fails: 503 with the time to wait, and never a count that is not whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from search.engines.opensearch import OpenSearchEngine
from search.service import Index
from search.settings import Settings
from tests.engines.test_opensearch_faults import FOUND, Server, error, without_pauses
from web import create_app

EMPTY = FOUND | {
    "aggregations": {
        name: {"values": {"buckets": [], "sum_other_doc_count": 0, "doc_count_error_upper_bound": 0}}
        for name in ("city", "source", "byline", "year", "month", "day")
    }
    | {"terms": {"buckets": [], "sum_other_doc_count": 0, "doc_count_error_upper_bound": 0}}
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    without_pauses(monkeypatch)
    made = Server()
    made.faults["_search"] = [(200, EMPTY)]
    made.faults["_msearch"] = [(200, [EMPTY])]
    yield made
    made.http.shutdown()
    made.thread.join()
    made.http.server_close()


@pytest.fixture
def client(server: Server) -> Iterator[FlaskClient]:
    with Index(OpenSearchEngine(server.location, Settings())) as index:
        yield create_app(index, Settings(access_log=False)).test_client()


FAULTS: dict[str, tuple[int, Any]] = {
    "red": (503, error("no_shard_available_action_exception", "all shards failed")),
    "busy": (429, error("rejected_execution_exception", "queue is full")),
    "breaker": (429, error("circuit_breaking_exception", "Data too large")),
    "partial": (200, EMPTY | {"_shards": {"total": 3, "successful": 2, "skipped": 0, "failed": 1}}),
    "late": (200, EMPTY | {"timed_out": True}),
    "password changed": (401, "Unauthorized"),
    "no permission": (403, error("security_exception", "no permissions for [indices:data/read/search]")),
    "proxy": (502, "<html>Bad Gateway</html>"),
}


def fail(server: Server, fault: str) -> None:
    """Every search fails, whether it is sent by itself or with others."""
    status, content = FAULTS[fault]
    server.faults["_search"] = [(status, content)]
    server.faults["_msearch"] = [(status, [content] if status == 200 else content)]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("path", ["/search?q=tin", "/api/v1/search?q=tin", "/stats", "/export.csv?q=tin"])
def test_a_fault_is_a_503_that_says_when_to_ask_again(
    server: Server, client: FlaskClient, path: str, fault: str
) -> None:
    fail(server, fault)
    answer = client.get(path)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "Traceback" not in answer.text


def test_what_is_looked_up_together_fails_together(server: Server, client: FlaskClient) -> None:
    server.faults["_msearch"] = [(200, [{"status": 429} | error("rejected_execution_exception", "queue is full")])]
    answer = client.get("/api/v1/search?q=tin+tuc+moi")
    assert (answer.status_code, "queue is full" in answer.json["detail"]) == (503, True)


def test_answers_come_again_with_the_cluster(server: Server, client: FlaskClient) -> None:
    fail(server, "red")
    assert client.get("/search?q=tin").status_code == 503
    server.faults["_search"], server.faults["_msearch"] = [(200, EMPTY)], [(200, [EMPTY])]
    assert client.get("/search?q=tin").status_code == 200
