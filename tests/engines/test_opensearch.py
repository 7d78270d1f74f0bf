"""The engine on a cluster: the suite that every engine passes, over a real server.

`make cluster` starts one; TIMBAO_TEST_CLUSTER names another. Without a server these tests skip and say so.
"""

from __future__ import annotations

import os
import urllib.request
import uuid
from collections.abc import Iterator
from functools import lru_cache

import pytest

from search.engines.base import Engine
from search.engines.opensearch import OpenSearchEngine
from search.settings import Settings
from tests.engines.conformance import EngineConformance

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


def make_engine(**chosen: object) -> OpenSearchEngine:
    settings = Settings(cluster_replicas=0, cluster_shards=3, cluster_timeout_s=60, **chosen)  # type: ignore[arg-type]
    return OpenSearchEngine(f"{HOSTS}/test-{uuid.uuid4().hex[:12]}", settings)


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
