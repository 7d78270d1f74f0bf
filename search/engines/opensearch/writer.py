"""One writing run on a cluster: a new index beside the live one, or an update of the live one sent at commit.

In: `Prepared` articles and ids. Out: a new generation. Must not know queries.

A rebuild fills a new index that no alias names; commit refreshes it once, makes its copies, moves the alias in one
step and removes indexes that are not to be kept. An update is collected in a file on this machine and sent at commit;
readers see it after the one refresh at its end. A run that dies while sending an update leaves some articles new and
some old: `check` says so, and running the update again completes it, since every action can be repeated.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import IO, Any, Final, Self

import orjson

from search.engines.base import Prepared
from search.engines.opensearch.cluster import Cluster
from search.engines.opensearch.grouping import Group, groups, signature
from search.engines.opensearch.loading import Action, Loader
from search.engines.opensearch.lock import Lock
from search.engines.opensearch.mapping import document, index_body, membership
from search.engines.opensearch.reader import OpenSearchReader
from search.engines.opensearch.versions import Versions
from search.errors import EngineUnavailable, InputError, TimBaoError

FEW: Final = 100
"""Digests looked up one by one before all are read at once."""

TOGETHER: Final = 500
"""Articles read at once to be written anew."""

MANY: Final = 2_000_000
"""Articles whose digests are held in memory, about 150 bytes each."""


class OpenSearchWriter:
    """A writing run; the lock is held until commit or abort.

    Args:
        cluster: where the index lives.
        rebuild: fill a new index instead of updating the live one.
        share: (I, N): this run brings share I of the N that fill one new index; the last to commit makes it live. A
            share that fails leaves what was sent, and brings the rest when it is run again.
    """

    def __init__(self, cluster: Cluster, *, rebuild: bool, share: tuple[int, int] | None = None) -> None:
        self._cluster = cluster
        self._versions = Versions(cluster)
        self._live = self._versions.live(missing_ok=True)
        rebuild = rebuild or not self._live
        self._share = share if rebuild else None
        self._lock = Lock(cluster, self._versions.next_name() if rebuild else "", self._share)
        self._beside = ""
        self._loader: Loader | None = None
        self._spool: IO[bytes] | None = None
        self._present: dict[str, bytes | None] = {}
        """What an update does: signatures of articles to write, None for those to delete."""
        self._digests: dict[str, str | None] = {}
        self._all_digests = False
        try:
            if not self._lock.joined:
                self._versions.remove_unfinished()
            if rebuild:
                self._beside = self._lock.filling
                if self._lock.joined:
                    self._versions.wait_for(self._beside)
                else:
                    body = index_body(cluster.settings.cluster_shards, cluster.settings.cluster_replicas)
                    cluster.call(lambda client: client.indices.create(index=self._beside, body=body), repeat=False)
                self._loader = Loader(cluster, self._beside)
            else:
                self._spool = tempfile.TemporaryFile(prefix="timbao-update-")  # noqa: SIM115 - closed by abort
        except BaseException:
            self.abort()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    def digest(self, id: str) -> str | None:
        """The digest of the article as committed before this run.

        None on a rebuild, but for what an earlier attempt at the same share has sent.
        """
        if self._beside:
            return self._stored_digest(self._beside, id, realtime=True) if self._lock.joined else None
        if id not in self._digests and not self._all_digests:
            if len(self._digests) < FEW:
                self._digests[id] = self._stored_digest(self._live, id, realtime=False)
            else:
                self._read_digests(id)
        return self._digests.get(id)

    def add(self, prepared: Prepared) -> None:
        """Add an article, replacing the one with the same id.

        Raises:
            InputError: the article cannot be stored; the run goes on.
            EngineUnavailable: the cluster is out of reach; the live index is as it was.
        """
        identifier = prepared.article.id
        if not identifier:
            raise InputError("an article has an empty id", "give every article an id of its own")
        signed = signature(prepared)
        try:
            source = orjson.dumps(document(prepared, signed))
        except (TypeError, ValueError) as error:
            raise InputError(f"article {identifier!a} cannot be stored: {error}", "mend its fields") from error
        self._take(Action(identifier, source), signed)

    def delete(self, id: str) -> bool:
        """Remove an article; False when it is not there."""
        if not self._holds(id):
            return False
        self._take(Action(id, None), None)
        return True

    def commit(self) -> None:
        """Make everything durable and visible at once.

        Raises:
            IndexLocked: another run took over meanwhile.
            EngineUnavailable: the cluster failed; a rebuild leaves the live index as it was.
        """
        self._lock.verify()
        if self._beside:
            finished = self._commit_rebuild()
            self._beside = ""
            self._lock.release(finished=finished)
        elif self._present or self._versions.meta(self._live).get("unfinished"):
            self._commit_update()
        self.abort()

    def abort(self) -> None:
        """Leave the index as it was; after a commit this only lets go of the lock."""
        try:
            if self._loader is not None:
                # before the index goes, which a batch on its way would make again
                self._loader.close()
                self._loader = None
            if self._beside:
                if self._share is None:
                    with contextlib.suppress(TimBaoError):
                        self._versions.remove(self._beside)
                self._beside = ""
            if self._spool is not None:
                self._spool.close()
                self._spool = None
        finally:
            self._lock.release()

    def _read_digests(self, id: str) -> None:
        """Read every digest at once, for a run over many articles; only that of `id` where there are too many."""
        with OpenSearchReader(self._cluster) as reader:
            if len(reader) <= MANY:
                self._digests |= reader.digests()
                self._all_digests = True
            else:
                self._digests = {id: self._stored_digest(self._live, id, realtime=False)}

    def _take(self, action: Action, signed: bytes | None) -> None:
        if self._loader is not None:
            self._loader.add(action)
            return
        assert self._spool is not None
        self._present[action.id] = signed
        self._spool.write(orjson.dumps([action.id, None if action.source is None else action.source.decode()]) + b"\n")

    def _holds(self, identifier: str) -> bool:
        if not identifier:
            return False
        if self._loader is not None:
            self._loader.flush()
            return self._stored_digest(self._beside, identifier, realtime=True) is not None
        if identifier in self._present:
            return self._present[identifier] is not None
        return self.digest(identifier) is not None

    def _stored_digest(self, index: str, identifier: str, *, realtime: bool) -> str | None:
        params = {"_source_includes": "digest", "realtime": str(realtime).lower()}
        found: dict[str, Any] = self._cluster.call(
            lambda client: client.mget(index=index, body={"ids": [identifier]}, params=params)
        )["docs"][0]
        return found["_source"]["digest"] if found.get("found") else None

    def _commit_rebuild(self) -> bool:
        """Send the rest and go live; False when other shares are still to come."""
        assert self._loader is not None
        self._loader.flush()
        if not self._lock.finish_share():
            return False
        built = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        self._refresh(self._beside)
        with OpenSearchReader(self._cluster, self._beside) as reader:
            self._regroup(reader, self._loader)
        self._versions.merge(self._beside)
        self._refresh(self._beside)
        self._versions.settle(self._beside)
        self._lock.verify()
        self._versions.mark(self._beside, {"commit": 1, "built": built, "committed": True})
        self._versions.swap(self._beside)
        return True

    def _commit_update(self) -> None:
        assert self._spool is not None
        meta = self._versions.meta(self._live)
        # until the refresh at the end, readers opened now or earlier see nothing of this
        self._versions.mark(self._live, {"unfinished": True})
        self._loader = loader = Loader(self._cluster, self._live)
        with OpenSearchReader(self._cluster) as reader:
            own = self._regroup(reader, loader)
        self._spool.seek(0)
        for line in self._spool:
            identifier, source = orjson.loads(line)
            loader.add(Action(identifier, None if source is None else _joining(source.encode(), own.get(identifier))))
        loader.flush()
        self._lock.verify()
        self._refresh(self._live)
        built = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        self._versions.mark(self._live, {"commit": meta["commit"] + 1, "built": built, "unfinished": False})

    def _regroup(self, reader: OpenSearchReader, loader: Loader) -> dict[str, Group]:
        """Write anew the articles whose group is not what it was; returns the groups of those this update brings."""
        own: dict[str, Group] = {}
        changed: dict[str, Group | None] = {}
        for identifier, group, new in groups(reader.signed(), self._present):
            if identifier in self._present:
                if group is not None:
                    own[identifier] = group
            elif new:
                changed[identifier] = group
        for some in _batched(changed, TOGETHER):
            for prepared in reader.prepared(some):
                identifier = prepared.article.id
                content = document(prepared, signature(prepared), changed[identifier])
                loader.add(Action(identifier, orjson.dumps(content)))
        loader.flush()
        return own

    def _refresh(self, index: str) -> None:
        answer = self._cluster.call(lambda client: client.indices.refresh(index=index))
        if answer["_shards"]["failed"]:
            raise EngineUnavailable(f"not every shard of {index} could be refreshed", "run the same command again")


def _joining(source: bytes, group: Group | None) -> bytes:
    """A document that says where it belongs."""
    return source if group is None else source[:-1] + b"," + orjson.dumps(membership(group))[1:]


def _batched(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    """Parts of a sequence; `itertools.batched` is younger than the oldest Python this runs on."""
    remaining = iter(ids)
    while some := list(islice(remaining, size)):
        yield some
