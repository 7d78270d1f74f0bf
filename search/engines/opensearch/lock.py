"""One writer at a time, over any number of machines: a document that its holder keeps renewing.

In: a `Cluster`. Out: a held `Lock`, or IndexLocked. Must not know what is written. A holder that dies stops renewing;
after `STALE_S` seconds the next writer takes its place.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import uuid
from typing import Any, Final

from search.engines.opensearch.cluster import Cluster, Conflict
from search.errors import EngineUnavailable, IndexLocked, TimBaoError

RENEW_S: Final = 15.0
STALE_S: Final = 60.0

_DOCUMENT: Final = "writer"


class Lock:
    """The writer's lock of one alias, held from construction to `release`."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._index = f"{cluster.alias}-lock"
        self._owner = uuid.uuid4().hex
        self._place: dict[str, int] = {}
        self._lost = False
        self._released = threading.Event()
        self._take()
        self._renewal = threading.Thread(target=self._renew, name="lock renewal", daemon=True)
        self._renewal.start()

    def verify(self) -> None:
        """Make sure that the lock is still held.

        Raises:
            IndexLocked: another run has taken it, because this one could not renew it for too long.
        """
        if self._lost:
            raise IndexLocked(f"another run has taken over {self._cluster.location}", "start this run again")

    def release(self) -> None:
        """Let the next writer in; more than once does no harm."""
        if self._released.is_set():
            return
        self._released.set()
        self._renewal.join()
        if not self._lost:
            with contextlib.suppress(TimBaoError):
                self._cluster.call(
                    lambda client: client.delete(index=self._index, id=_DOCUMENT, params=self._condition), repeat=False
                )

    @property
    def _condition(self) -> dict[str, int]:
        return {"if_seq_no": self._place["_seq_no"], "if_primary_term": self._place["_primary_term"]}

    def _body(self) -> dict[str, Any]:
        return {"owner": self._owner, "host": socket.gethostname(), "pid": os.getpid(), "renewed": time.time()}

    def _take(self) -> None:
        settings = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}
        mappings = {"dynamic": False, "properties": {}}
        if not self._cluster.call(lambda client: client.indices.exists(index=self._index)):
            with contextlib.suppress(EngineUnavailable):  # another run has just made it
                self._cluster.call(
                    lambda client: client.indices.create(
                        index=self._index, body={"settings": settings, "mappings": mappings}
                    )
                )
        with contextlib.suppress(Conflict):
            self._write({"op_type": "create"})
            return
        held = self._cluster.call(lambda client: client.get(index=self._index, id=_DOCUMENT))
        holder = held["_source"]
        if holder["owner"] != self._owner and time.time() - holder["renewed"] < STALE_S:
            raise IndexLocked(
                f"process {holder['pid']} on {holder['host']} is writing {self._cluster.location}",
                f"wait until it has finished; a lock that is not renewed ends after {STALE_S:.0f} s",
            )
        self._place = held
        try:
            self._write(self._condition)
        except Conflict as error:
            raise IndexLocked(f"another run is writing {self._cluster.location}", "try again in a while") from error

    def _write(self, condition: dict[str, Any]) -> None:
        self._place = self._cluster.call(
            lambda client: client.index(index=self._index, id=_DOCUMENT, body=self._body(), params=condition)
        )

    def _renew(self) -> None:
        while not self._released.wait(RENEW_S):
            try:
                self._write(self._condition)
            except Conflict:
                self._lost = True
                return
            except TimBaoError:
                continue  # the cluster may come back before the lock is stale
