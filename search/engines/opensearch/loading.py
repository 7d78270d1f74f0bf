"""Documents to a cluster in bulk: repeated while the cluster is busy, in order for each id, nothing dropped silently.

In: (action, id, document) one by one. Out: requests. Must not know articles. Every action can be sent twice to the same
effect, so whatever had no answer is sent again.
"""

from __future__ import annotations

import time
from typing import Final, NamedTuple

import orjson

from search.engines.opensearch.cluster import ATTEMPTS, BUSY, Cluster, Passing, pause
from search.errors import EngineUnavailable, InputError

BATCH_ACTIONS: Final = 500
BATCH_BYTES: Final = 8 * 1024 * 1024

PATIENCE: Final = "10s"
"""How long the cluster waits for a shard that has just lost its node, in each attempt."""


class Action(NamedTuple):
    """What to do with one id: the document as JSON lines to index, or None to delete."""

    id: str
    source: bytes | None

    @property
    def lines(self) -> bytes:
        """The lines of a bulk request."""
        if self.source is None:
            return orjson.dumps({"delete": {"_id": self.id}}) + b"\n"
        return orjson.dumps({"index": {"_id": self.id}}) + b"\n" + self.source + b"\n"


class Loader:
    """Collects actions and sends them in batches to one index."""

    def __init__(self, cluster: Cluster, index: str) -> None:
        self._cluster = cluster
        self.index = index
        self.sent = 0
        self._batch: dict[str, Action] = {}
        self._bytes = 0

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._batch

    def add(self, action: Action) -> None:
        """Take an action; a later one for the same id replaces an earlier one that is not sent yet."""
        self._batch[action.id] = action
        self._bytes += len(action.source or b"")
        if len(self._batch) >= BATCH_ACTIONS or self._bytes >= BATCH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Send what is left.

        Raises:
            InputError: the cluster refuses a document.
            EngineUnavailable: it stayed busy or out of reach.
        """
        waiting = list(self._batch.values())
        self._batch, self._bytes = {}, 0
        total = len(waiting)
        for attempt in range(ATTEMPTS):
            if not waiting:
                break
            if attempt:
                time.sleep(pause(attempt))
            waiting = self._send(waiting)
        if waiting:
            raise Passing(
                f"{self._cluster.location} took {self.sent} documents and stayed too busy for {len(waiting)} more",
                "try again in a while, or with fewer writers at once",
            )
        self.sent += total

    def _send(self, actions: list[Action]) -> list[Action]:
        """Send a batch; returns what has to be sent again."""
        content = b"".join(action.lines for action in actions).decode("utf-8")
        # the client takes "timeout" for its own unless it has been told one
        params = {"timeout": PATIENCE, "request_timeout": self._cluster.settings.cluster_timeout_s}
        # a batch without an answer is sent again as a whole
        answer = self._cluster.call(lambda client: client.bulk(body=content, index=self.index, params=params))
        again: list[Action] = []
        if not answer["errors"]:
            return again
        for action, item in zip(actions, answer["items"], strict=True):
            result = next(iter(item.values()))
            status, error = result["status"], result.get("error")
            if status in BUSY:
                again.append(action)
            elif error and "cluster_block" in str(error.get("type")):
                raise EngineUnavailable(
                    f"{self._cluster.location} does not take writes: {error.get('reason')}",
                    "free disk space on the nodes (the flood-stage watermark blocks writes), then try again",
                )
            elif error:
                raise InputError(f"article {action.id!r} is refused: {error.get('reason')}", "mend its fields")
        return again
