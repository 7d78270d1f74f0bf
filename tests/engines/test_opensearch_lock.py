"""The writer's lock on a cluster, over documents in memory that change under a condition as those of a cluster do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from search.engines.opensearch import lock as locking
from search.engines.opensearch.cluster import Conflict
from search.engines.opensearch.lock import Lock
from search.errors import EngineUnavailable, IndexLocked


class Documents:
    """One index of documents: the calls that a lock makes of a client, and of what leads there."""

    alias = "timbao"
    location = "http://cluster/timbao"

    def __init__(self) -> None:
        self.held: dict[str, Any] | None = None
        self.number = 0
        self.made = 0
        self.exists_already = False
        self.full = ""
        """What the cluster says to a new index: "blocked" refuses it, "unassigned" makes it without a shard."""
        self.conflicts = 0
        """So many writes to come are overtaken by another writer."""
        self.indices = self
        self._one = threading.Lock()

    def call(self, asked: Callable[[Any], Any], *, repeat: bool = True) -> Any:
        with self._one:
            return asked(self)

    def exists(self, index: str) -> bool:
        assert index == "timbao-lock"
        return self.exists_already

    def create(self, index: str, body: Any) -> dict[str, bool]:
        if self.full == "blocked":
            raise EngineUnavailable("does not take writes: create_block", "")
        self.made += 1
        self.exists_already = self.made > 1
        if self.exists_already:  # by another run, after this one had looked
            raise EngineUnavailable("it is there already", "")
        return {"acknowledged": True, "shards_acknowledged": self.full != "unassigned"}

    def index(self, index: str, id: str, body: Any, params: dict[str, Any]) -> None:
        if self.conflicts:
            self.conflicts -= 1
            self.number += 1
            raise Conflict("another was faster", "")
        if "op_type" in params:
            if self.held is not None:
                raise Conflict("it is there", "")
        elif params != {"if_seq_no": self.number, "if_primary_term": 1}:
            raise Conflict("it has changed", "")
        self.held = body
        self.number += 1

    def get(self, index: str, id: str) -> dict[str, Any]:
        if self.held is None:
            raise EngineUnavailable("no such document", "")
        return {"_source": self.held, "_seq_no": self.number, "_primary_term": 1}

    def delete(self, index: str, id: str, params: dict[str, Any]) -> None:
        assert params == {"if_seq_no": self.number, "if_primary_term": 1}
        self.held = None

    def age(self, seconds: float) -> None:
        """Make the last renewal so long ago."""
        assert self.held is not None
        self.held = self.held | {"renewed": time.time() - seconds}


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch) -> Documents:
    monkeypatch.setattr("search.engines.opensearch.cluster.pause", lambda attempt: 0.0)
    return Documents()


def taken(documents: Documents, index: str = "timbao-v1", share: tuple[int, int] | None = None) -> Lock:
    return Lock(documents, index, share)  # type: ignore[arg-type]


def test_a_second_writer_is_refused_until_the_first_has_ended(documents: Documents) -> None:
    first = taken(documents)
    first.verify()
    assert (first.filling, first.joined) == ("timbao-v1", False)
    with pytest.raises(IndexLocked, match=r"is writing http://cluster/timbao.*wait until it has finished"):
        taken(documents, "timbao-v2")
    first.release()
    first.release()
    assert documents.held is None
    documents.exists_already = True
    taken(documents, "timbao-v2").release()


def test_a_lock_that_nobody_renews_is_taken_over_and_its_holder_notices(documents: Documents) -> None:
    first = taken(documents)
    documents.age(locking.STALE_S + 1)
    second = taken(documents, "timbao-v2")
    with pytest.raises(IndexLocked, match="has taken over"):
        first._change(lambda note: note)
    with pytest.raises(IndexLocked, match="start this run again"):
        first.verify()
    first.release()
    assert documents.held is not None, "what another holds is not released"
    second.release()


def test_of_two_that_take_over_at_once_one_is_refused(documents: Documents) -> None:
    first = taken(documents)
    documents.age(locking.STALE_S + 1)
    documents.conflicts = 2  # the creation, then the change
    with pytest.raises(IndexLocked, match="another run is writing"):
        taken(documents, "timbao-v2")
    first.release()


def test_shares_of_one_build_hold_it_together(documents: Documents) -> None:
    first = taken(documents, share=(1, 2))
    second = taken(documents, "timbao-v9", share=(2, 2))
    assert (second.joined, second.filling) == (True, "timbao-v1")
    with pytest.raises(IndexLocked, match=r"shares that are missing \(shares of 2; done: \[\]\)"):
        taken(documents, "timbao-v3")
    assert not first.finish_share()
    first.release()
    assert documents.held is not None, "the other share is at work"
    assert second.finish_share()
    second.release(finished=True)
    assert documents.held is None
    alone = taken(documents)
    assert alone.finish_share()
    alone.release()


def test_changes_of_others_meanwhile_are_kept(documents: Documents) -> None:
    held = taken(documents, share=(1, 2))
    documents.conflicts = 3
    assert not held.finish_share()
    assert documents.held is not None
    assert documents.held["done"] == [1]
    documents.conflicts = locking.ATTEMPTS
    with pytest.raises(IndexLocked, match="too many runs"):
        held.finish_share()
    documents.conflicts = 0
    held.release()


def test_it_is_renewed_while_it_is_held(documents: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "RENEW_S", 0.01)
    held = taken(documents)
    documents.age(50)
    deadline = time.monotonic() + 20
    while documents.held and documents.held["renewed"] < time.time() - 10:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    gone, documents.held = documents.held, None  # the cluster cannot be asked for a while
    time.sleep(0.05)
    held.verify()
    documents.held = gone
    assert gone is not None
    documents.held = gone | {"owner": "another"}
    held._renewal.join(20)
    assert not held._renewal.is_alive()
    with pytest.raises(IndexLocked, match="taken over"):
        held.verify()


@pytest.mark.parametrize("full", ["blocked", "unassigned"])
def test_a_cluster_without_room_says_so_at_once(documents: Documents, full: str) -> None:
    documents.full = full
    with pytest.raises(EngineUnavailable, match="does not take writes"):
        taken(documents)
    assert documents.held is None
