"""Full disks on a real cluster: the flood-stage watermark blocks writes; searches go on, nothing is lost.

Needs a server that `make cluster` starts; its watermarks are set so low for a while that every disk counts as full.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from search.engines.opensearch import OpenSearchEngine, lock
from search.errors import EngineUnavailable
from search.query.tree import EVERYTHING, Plan
from tests.engines.generations import write
from tests.engines.test_opensearch import make_engine, remove, unreachable
from tests.engines.texts import corpus, prepared

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

PATH = "cluster.routing.allocation.disk"
PATIENCE_S = 90


def watermarks(engine: OpenSearchEngine, free: str | None) -> None:
    """Have every disk count as full that has less free than this; None: as the server was started."""
    wanted: dict[str, str | bool | None] = {f"{PATH}.watermark.{n}": free for n in ("low", "high", "flood_stage")}
    wanted |= {f"{PATH}.threshold_enabled": free and True, "cluster.info.update.interval": free and "10s"}
    engine._cluster.call(lambda client: client.cluster.put_settings(body={"transient": wanted}))


def blocked(engine: OpenSearchEngine) -> bool:
    found = engine._cluster.call(lambda client: client.indices.get_settings(index=f"{engine._cluster.alias}*"))
    return all("blocks" in about["settings"]["index"] for about in found.values())


def closed(engine: OpenSearchEngine) -> bool:
    """Whether the cluster takes no new indexes, which it may go on to do after it takes writes again."""
    found = engine._cluster.call(lambda client: client.cluster.get_settings(params={"flat_settings": "true"}))
    return any(scope.get("cluster.blocks.create_index") == "true" for scope in found.values())


def wait_for(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends, "the cluster did not follow its watermarks"
        time.sleep(0.5)


def freed(engine: OpenSearchEngine) -> None:
    """Make room; a cluster takes its block away by itself while it watches its disks."""
    watermarks(engine, "1b")
    wait_for(lambda: not blocked(engine) and not closed(engine))


@pytest.fixture
def engine() -> Iterator[OpenSearchEngine]:
    if why := unreachable():
        pytest.skip(why)
    made = make_engine()
    yield made
    freed(made)
    watermarks(made, None)
    remove(made)


def test_full_disks_stop_writes_alone(engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    held = corpus(3, 20)
    write(engine, held)
    coming = [prepared(f"new/{number}", body="tham nhũng vặt") for number in range(5)]
    with engine.writer(rebuild=False) as writer:
        for item in coming:
            writer.add(item)
        watermarks(engine, "900tb")
        wait_for(lambda: blocked(engine) and closed(engine))
        with pytest.raises(EngineUnavailable, match="does not take writes") as caught:
            writer.commit()
    assert (caught.value.status, "disk space" in caught.value.next_step) == (503, True)
    for rebuild in (True, False):
        with pytest.raises(EngineUnavailable, match="does not take writes") as caught:
            engine.writer(rebuild=rebuild)
        assert "disk space" in caught.value.next_step
    with engine.reader() as reader:
        assert reader.search(Plan(EVERYTHING)).total == 20
        assert set(reader.ids()) == {item.article.id for item in held}
    with pytest.raises(EngineUnavailable, match="does not take writes"):
        make_engine().writer(rebuild=True)  # its lock would be the first index of its alias
    freed(engine)
    # the lock of the run that failed could not be taken off; it is stale after a minute, here at once
    monkeypatch.setattr(lock, "STALE_S", 0.0)
    write(engine, coming, rebuild=False)
    with engine.reader() as reader:
        assert reader.search(Plan(EVERYTHING)).total == 25
    assert engine.check() == []
