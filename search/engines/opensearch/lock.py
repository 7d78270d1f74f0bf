"""One writer at a time, over any number of machines: a document that its holder keeps renewing.

In: a `Cluster`, and the share of a build that many machines make together. Out: a held `Lock`, or IndexLocked. Must not
know what is written.

A holder that dies stops renewing; after `STALE_S` seconds the next writer takes its place. The shares of one build hold
the lock together, for as long as `SHARED_STALE_S` without a sign, so that a share may come late or be run again; the
document notes which index they fill and which shares are done.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, Final

from search.engines.opensearch.cluster import ATTEMPTS, Cluster, Conflict, rest
from search.errors import EngineUnavailable, IndexLocked, TimBaoError

RENEW_S: Final = 15.0
STALE_S: Final = 60.0
SHARED_STALE_S: Final = 6 * 3600.0

_DOCUMENT: Final = "writer"

Note = dict[str, Any]


class Lock:
    """The writer's lock of one alias, held from construction to `release`.

    Args:
        cluster: where the alias is.
        index: name of the index that a new holder would fill; "" for an update.
        share: (I, N) to hold the lock together with the other shares of N.
    """

    def __init__(self, cluster: Cluster, index: str = "", share: tuple[int, int] | None = None) -> None:
        self._cluster = cluster
        self._index = f"{cluster.alias}-lock"
        self._share = share
        self._owner = f"shares of {share[1]}" if share else uuid.uuid4().hex
        self._lost = False
        self._released = threading.Event()
        self.joined = False
        """Whether other shares of this build were here before."""
        self.filling = self._take(index)
        """Name of the index that this build fills."""
        self._renewal = threading.Thread(target=self._renew, name="lock renewal", daemon=True)
        self._renewal.start()

    def verify(self) -> None:
        """Make sure that the lock is still held.

        Raises:
            IndexLocked: another run has taken it, because this one could not renew it for too long.
        """
        if self._lost:
            raise IndexLocked(f"another run has taken over {self._cluster.location}", "start this run again")

    def finish_share(self) -> bool:
        """Note that this share is done; True when all are, so that the index can go live."""
        share = self._share
        if share is None:
            return True
        noted = self._change(lambda note: note | {"done": sorted({*note["done"], share[0]})})
        return len(noted["done"]) == share[1]

    def release(self, *, finished: bool = False) -> None:
        """Let the next writer in; shares of a build that goes on keep it for the others. Twice does no harm."""
        if self._released.is_set():
            return
        self._released.set()
        self._renewal.join()
        if self._lost or (self._share and not finished):
            return
        with contextlib.suppress(TimBaoError):
            note, condition = self._read()
            if self._is_own(note):
                self._cluster.call(
                    lambda client: client.delete(index=self._index, id=_DOCUMENT, params=condition), repeat=False
                )

    def _take(self, index: str) -> str:
        self._make_index()
        mine: Note = {"owner": self._owner, "index": index, "done": []}
        with contextlib.suppress(Conflict):
            self._write(mine, {"op_type": "create"})
            return index
        note, condition = self._read()
        silent = time.time() - note["renewed"]
        if note["owner"] == self._owner and silent < SHARED_STALE_S:
            self.joined = True
            return str(note["index"])
        shared = note["owner"].startswith("shares of")
        if silent < (SHARED_STALE_S if shared else STALE_S):
            raise IndexLocked(
                f"process {note['pid']} on {note['host']} is writing {self._cluster.location}",
                f"run the shares that are missing ({note['owner']}; done: {note['done']}), or delete {self._index}"
                if shared
                else f"wait until it has finished; a lock that is not renewed ends after {STALE_S:.0f} s",
            )
        try:
            self._write(mine, condition)
        except Conflict as error:
            raise IndexLocked(f"another run is writing {self._cluster.location}", "try again in a while") from error
        return index

    def _make_index(self) -> None:
        if self._cluster.call(lambda client: client.indices.exists(index=self._index)):
            return
        body = {
            "settings": {"number_of_shards": 1, "auto_expand_replicas": "0-1"},
            "mappings": {"dynamic": False, "properties": {}},
        }
        try:
            made = self._cluster.call(lambda client: client.indices.create(index=self._index, body=body))
        except EngineUnavailable:
            # another run may just have made it
            if not self._cluster.call(lambda client: client.indices.exists(index=self._index)):
                raise
            return
        if not made.get("shards_acknowledged", True):
            raise EngineUnavailable(
                f"{self._cluster.location} does not take writes: no node has room for {self._index}",
                "look at the disk space of the nodes, or ask the cluster itself at /_cluster/allocation/explain",
            )

    def _is_own(self, note: Note) -> bool:
        return bool(note["owner"] == self._owner and note["index"] == self.filling)

    def _read(self) -> tuple[Note, dict[str, int]]:
        held = self._cluster.call(lambda client: client.get(index=self._index, id=_DOCUMENT))
        return held["_source"], {"if_seq_no": held["_seq_no"], "if_primary_term": held["_primary_term"]}

    def _write(self, note: Note, condition: dict[str, Any]) -> None:
        body = note | {"host": socket.gethostname(), "pid": os.getpid(), "renewed": time.time()}
        self._cluster.call(
            lambda client: client.index(index=self._index, id=_DOCUMENT, body=body, params=condition), repeat=False
        )

    def _change(self, change: Callable[[Note], Note]) -> Note:
        """Write a changed note, over whatever other shares have written meanwhile.

        Raises:
            IndexLocked: another run holds the lock.
        """
        for attempt in range(ATTEMPTS):
            rest(attempt)
            note, condition = self._read()
            if not self._is_own(note):
                self._lost = True
                self.verify()
            changed = change(note)
            with contextlib.suppress(Conflict):
                self._write(changed, condition)
                return changed
        raise IndexLocked(f"too many runs are writing {self._cluster.location}", "try again in a while")

    def _renew(self) -> None:
        while not self._released.wait(RENEW_S):
            # the cluster may come back before the lock is stale
            with contextlib.suppress(TimBaoError):
                self._change(lambda note: note)
            if self._lost:
                return
