"""Nodes that die while articles are written and searched: nothing is lost, no count is wrong.

Needs the three nodes that `make cluster` starts (`.ci/opensearch.sh` kills one and starts it again); skips without.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from search.engines.opensearch import OpenSearchEngine
from search.errors import EngineUnavailable
from search.query.tree import EVERYTHING, Plan, Term, Weighted
from search.settings import Settings
from tests.engines.copying import paper
from tests.engines.generations import write
from tests.engines.test_opensearch import remove, unreachable
from tests.engines.texts import corpus, prepared

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

SCRIPT = Path(__file__).parents[2] / ".ci" / "opensearch.sh"
PORT = int(os.environ.get("TIMBAO_CLUSTER_PORT", "9200"))
FOLDER = os.environ.get("TIMBAO_CLUSTER_DIR")
ADDRESS = ",".join(f"127.0.0.1:{PORT + number}" for number in (1, 2, 3))


def nodes(*command: str) -> None:
    # tests run without the settings of the machine, so those read at the start are given back
    environment = os.environ | {"TIMBAO_CLUSTER_PORT": str(PORT)} | ({"TIMBAO_CLUSTER_DIR": FOLDER} if FOLDER else {})
    subprocess.run(["bash", str(SCRIPT), *command], check=True, capture_output=True, env=environment, timeout=400)


@pytest.fixture
def engine() -> Iterator[OpenSearchEngine]:
    if why := unreachable():
        pytest.skip(why)
    settings = Settings(cluster_replicas=1, cluster_shards=3, cluster_timeout_s=60)
    made = OpenSearchEngine(f"http://{ADDRESS}/test-{uuid.uuid4().hex[:12]}", settings)
    health = healthy(made, {})
    if health["number_of_nodes"] < 3:
        pytest.skip(f"{health['number_of_nodes']} node(s) at {ADDRESS}; start three with `make cluster`")
    yield made
    nodes("start", "3")
    remove(made)


def healthy(engine: OpenSearchEngine, params: dict[str, str]) -> dict[str, Any]:
    health: dict[str, Any] = engine._cluster.call(
        lambda client: client.cluster.health(params=params | {"timeout": "120s"}, request_timeout=130)
    )
    return health


def test_searching_goes_on_without_a_node(engine: OpenSearchEngine) -> None:
    write(engine, corpus(5, 90))
    healthy(engine, {"wait_for_status": "green"})
    plan = Plan(EVERYTHING, (Weighted(Term("folded", "tham"), 1.0),), facets=("city", "month"), limit=7)
    with engine.reader() as reader:
        whole = reader.search(dataclasses.replace(plan, limit=1000))
        pages = [reader.search(plan)]
        nodes("kill", "3")
        while pages[-1].after is not None:
            pages.append(reader.search(dataclasses.replace(plan, after=pages[-1].after)))
    assert sorted(match.id for page in pages for match in page.matches) == sorted(match.id for match in whole.matches)
    assert all((page.total, page.facets) == (whole.total, whole.facets) for page in pages)


def test_writing_goes_on_without_a_node(engine: OpenSearchEngine) -> None:
    write(engine, [prepared(f"old/{number}") for number in range(50)])
    healthy(engine, {"wait_for_status": "green"})
    added = corpus(6, 200)
    with engine.writer(rebuild=False) as writer:
        for item in added:
            writer.add(item)
        nodes("kill", "2")
        writer.commit()
    with engine.reader() as reader:
        assert len(reader) == 250
        assert {item.article.id for item in added} <= set(reader.ids())
    assert engine.check() == []


def test_a_rebuild_that_loses_a_node_leaves_the_live_index(engine: OpenSearchEngine) -> None:
    """An index that is being filled has no copies yet: what the dead node held of it is gone, and the run says so."""
    write(engine, [prepared("old")])
    healthy(engine, {"wait_for_status": "green"})
    with engine.writer(rebuild=True) as writer:
        for item in corpus(7, 120):
            writer.add(item)
        nodes("kill", "3")
        with pytest.raises(EngineUnavailable) as caught:
            writer.commit()
    assert caught.value.next_step
    with engine.reader() as reader:
        assert set(reader.ids()) == {"old"}


def test_lost_shards_are_an_error_until_they_are_back(engine: OpenSearchEngine) -> None:
    """Without copies a dead node takes articles along: never a total without them."""
    alone = OpenSearchEngine(engine.location, Settings(cluster_replicas=0, cluster_shards=3, cluster_timeout_s=60))
    write(alone, corpus(9, 60))
    plan = Plan(EVERYTHING, facets=("city",), copies="once")
    with alone.reader() as reader:
        whole = reader.search(plan)
        nodes("kill", "2")
        with pytest.raises(EngineUnavailable) as caught:
            reader.search(plan)
        assert (caught.value.status, bool(caught.value.next_step)) == (503, True)
        with pytest.raises(EngineUnavailable):
            OpenSearchEngine(engine.location, Settings(cluster_timeout_s=60)).reader()
        nodes("start", "3")
        healthy(alone, {"wait_for_status": "green"})
        assert (reader.search(plan).total, reader.search(plan).facets) == (whole.total, whole.facets)


@contextmanager
def frozen() -> Iterator[None]:
    """Every node stands still, as in a long pause of Java: connections are taken and nothing answers."""
    folder = Path(FOLDER or f"{os.environ.get('TMPDIR', '/tmp')}/timbao-cluster-{os.getuid()}")
    pids = [int((folder / f"node-{number}.pid").read_text()) for number in (1, 2, 3)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_a_cluster_that_stands_still_is_a_time_out(engine: OpenSearchEngine) -> None:
    write(engine, corpus(2, 30))
    hasty = OpenSearchEngine(engine.location, Settings(cluster_timeout_s=1))
    with hasty.reader() as reader:
        with frozen(), pytest.raises(EngineUnavailable, match="did not answer within") as caught:
            reader.search(Plan(EVERYTHING))
        assert (caught.value.status, "TIMBAO_CLUSTER_TIMEOUT_S" in caught.value.next_step) == (503, True)
        healthy(engine, {"wait_for_status": "green"})
        assert reader.search(Plan(EVERYTHING)).total == 30


def test_pages_that_count_copies_once_go_on_without_a_node(engine: OpenSearchEngine) -> None:
    """Both parts of such an answer are asked at one point in time, which is lost with the node."""
    write(engine, paper(12, 25))
    healthy(engine, {"wait_for_status": "green"})
    plan = Plan(EVERYTHING, (Weighted(Term("folded", "tham"), 1.0),), facets=("city",), limit=6, copies="once")
    with engine.reader() as reader:
        whole = reader.search(dataclasses.replace(plan, limit=1000))
        pages = [reader.search(plan)]
        nodes("kill", "1")
        while pages[-1].after is not None:
            pages.append(reader.search(dataclasses.replace(plan, after=pages[-1].after)))
    assert all((page.total, page.facets) == (25, whole.facets) for page in pages)
    assert len({match.id for page in pages for match in page.matches}) == 25
