"""Documents to a cluster in bulk: repeated while the cluster is busy, in order for each id, nothing dropped silently.

In: (action, id, document) one by one. Out: requests. Must not know articles. Every action can be sent twice to the same
effect, so whatever had no answer is sent again.
"""

from __future__ import annotations

import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, NamedTuple

import orjson

from search.engines.opensearch.cluster import ATTEMPTS, BUSY, LONGER, Cluster, Passing, rest
from search.errors import EngineUnavailable, InputError

BATCH_ACTIONS: Final = 500
BATCH_BYTES: Final = 8 * 1024 * 1024

UNDER_WAY: Final = 2
"""Batches that may be on their way at once."""

GZIP: Final = 31
"""What tells zlib to write gzip's header."""

PATIENCE: Final = "10s"
"""How long the cluster waits for a shard that has just lost its node, in each attempt."""


SAID: Final = {"filter_path": "errors,items.*.status,items.*.error"}
"""What is read of an answer."""


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
    """Collects actions and sends them in batches to one index, some of them while the next are made.

    Actions on one id arrive in the order in which they were added.
    """

    def __init__(self, cluster: Cluster, index: str) -> None:
        self._cluster = cluster
        self.index = index
        self.sent = 0
        self._batch: dict[str, Action] = {}
        self._bytes = 0
        self._senders: ThreadPoolExecutor | None = None
        self._under_way: deque[tuple[Future[None], dict[str, Action]]] = deque()

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._batch

    def add(self, action: Action) -> None:
        """Take an action; a later one for the same id replaces an earlier one that is not sent yet.

        Raises:
            InputError, EngineUnavailable: as `flush`, of a batch sent before.
        """
        self._batch[action.id] = action
        self._bytes += len(action.source or b"")
        if len(self._batch) >= BATCH_ACTIONS or self._bytes >= BATCH_BYTES:
            self._start()

    def flush(self) -> None:
        """Send what is left, and wait until the cluster has taken all.

        Raises:
            InputError: the cluster refuses a document.
            EngineUnavailable: it stayed busy or out of reach.
        """
        if self._batch:
            self._start()
        while self._under_way:
            self._finish()

    def close(self) -> None:
        """Let go of the threads; what is not sent yet is dropped."""
        if self._senders is not None:
            self._senders.shutdown(cancel_futures=True)
            self._senders = None

    def _start(self) -> None:
        """Send the batch, once those are through that would make too many, or hold its ids."""
        while self._under_way and (
            len(self._under_way) >= UNDER_WAY
            or any(not self._batch.keys().isdisjoint(held) for _, held in self._under_way)
        ):
            self._finish()
        if self._senders is None:
            self._senders = ThreadPoolExecutor(UNDER_WAY, thread_name_prefix="bulk")
        batch, self._batch, self._bytes = self._batch, {}, 0
        self._under_way.append((self._senders.submit(self._deliver, list(batch.values())), batch))

    def _finish(self) -> None:
        future, batch = self._under_way.popleft()
        future.result()
        self.sent += len(batch)

    def _deliver(self, waiting: list[Action]) -> None:
        for attempt in range(ATTEMPTS):
            rest(attempt)
            waiting = self._send(waiting)
            if not waiting:
                return
        raise Passing(
            f"{self._cluster.location} took {self.sent} documents and stayed too busy for {len(waiting)} more",
            "try again in a while, or with fewer writers at once",
        )

    def _send(self, actions: list[Action]) -> list[Action]:
        """Send a batch; returns what has to be sent again."""
        content = b"".join([action.lines for action in actions])
        headers = {"content-type": "application/x-ndjson"}
        if not self._cluster.near:
            # the client's own compression takes eight times the processor time for a quarter less to send
            content = zlib.compress(content, 1, wbits=GZIP)
            headers["content-encoding"] = "gzip"

        def post(client: Any) -> Any:
            # the client takes "timeout" for its own unless it has been told one, and takes what it uses out of these
            waits = LONGER * self._cluster.settings.cluster_timeout_s
            params = {"timeout": PATIENCE, "request_timeout": waits, **SAID}
            path = f"/{self.index}/_bulk"
            return client.transport.perform_request("POST", path, params=params, headers=headers, body=content)

        # a batch without an answer is sent again as a whole
        answer = self._cluster.call(post)
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
