"""The versions of an index on a cluster: one numbered index each, an alias on the live one.

In: a `Cluster`. Out: names, and moves of the alias. Must not know documents. What was never committed, or is older than
what the settings keep, is removed by the next writer; indexes of other names are never touched.
"""

from __future__ import annotations

import contextlib
import re
import time
from typing import Any, Final

from search.engines.analyzed import tell_of_older_terms
from search.engines.opensearch.cluster import Cluster, Passing
from search.engines.opensearch.mapping import FORMAT, LAZY_MERGES
from search.errors import EngineUnavailable, IndexBroken, IndexMissing

SETTLE_S: Final = 600
"""How long commit waits for the copies of a new index; the swap happens all the same when primaries are whole."""

SEGMENT_BYTES: Final = 5 * 1024**3
"""Largest segment that a cluster makes by itself; larger ones would never be merged with the updates that follow."""

WAITS: Final = 60
"""How often half a second is waited for an index that another run is making."""

REINDEX: Final = "build it again with `timbao index SOURCE`"


class Versions:
    """The indexes of one alias."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._alias = cluster.alias
        self._name = re.compile(re.escape(cluster.alias) + r"-v(\d{6,})")

    def live(self, *, missing_ok: bool = False) -> str:
        """Name of the index that the alias names.

        Raises:
            IndexMissing: there is none, unless `missing_ok`, which answers "".
            IndexBroken: the alias names several, or one of another make.
        """
        found = self._cluster.call(lambda client: client.indices.get_alias(name=self._alias, params={"ignore": 404}))
        names = [name for name, about in found.items() if isinstance(about, dict) and "aliases" in about]
        if not names:
            if missing_ok:
                return ""
            raise IndexMissing(
                f"there is no index at {self._cluster.location}",
                f"build one: timbao index SOURCE --engine opensearch --url {self._cluster.location}",
            )
        if len(names) > 1 or not self._name.fullmatch(names[0]):
            raise IndexBroken(
                f"the alias {self._alias} names {', '.join(sorted(names))}",
                "remove the alias, or choose another in TIMBAO_URL",
            )
        return str(names[0])

    def current(self) -> tuple[str, dict[str, Any]]:
        """Name of the live index and what is noted about it, in one request.

        Raises:
            IndexMissing, IndexBroken: as `live` and `meta` say.
        """
        path = {"filter_path": "*.mappings._meta"}
        answer = self._cluster.call(
            lambda client: client.indices.get_mapping(index=self._alias, params={**path, "ignore": 404})
        )
        if len(answer) == 1:
            [(name, about)] = answer.items()
            noted = about.get("mappings", {}).get("_meta", {}).get("timbao") if isinstance(about, dict) else None
            if isinstance(noted, dict) and noted.get("format") == FORMAT and self._name.fullmatch(name):
                tell_of_older_terms(self._cluster.location, noted.get("analysis", 1))
                return name, noted
        # something is wrong: these say what
        name = self.live()
        return name, self.meta(name)

    def meta(self, index: str) -> dict[str, Any]:
        """What is noted about a version: format, analysis, commit, built, committed, unfinished.

        Raises:
            IndexBroken: nothing is noted, or it has another format.
        """
        path = "*.mappings._meta"
        answer = self._cluster.call(
            lambda client: client.indices.get_mapping(index=index, params={"filter_path": path})
        )
        noted = answer.get(index, {}).get("mappings", {}).get("_meta", {}).get("timbao")
        if not isinstance(noted, dict):
            raise IndexBroken(f"{index} was not made by timbao", REINDEX)
        if noted.get("format") != FORMAT:
            raise IndexBroken(f"{index} has format {noted.get('format')}; this version reads format {FORMAT}", REINDEX)
        return noted

    def mark(self, index: str, changes: dict[str, Any]) -> None:
        """Note something about a version."""
        noted = {"_meta": {"timbao": self.meta(index) | changes}}
        self._cluster.call(lambda client: client.indices.put_mapping(index=index, body=noted))

    def next_name(self) -> str:
        """A name after all others."""
        return f"{self._alias}-v{max(self._numbers(), default=0) + 1:06d}"

    def wait_for(self, index: str) -> None:
        """Wait until the run that came first has made a version.

        Raises:
            EngineUnavailable: it has not, for too long.
        """
        for attempt in range(WAITS):
            if attempt:
                time.sleep(0.5)
            if self._cluster.call(lambda client: client.indices.exists(index=index)):
                return
        raise EngineUnavailable(f"{index} was begun by another share and is not there", "run that share again")

    def merge(self, index: str) -> None:
        """Merge the segments of a new index into few, which drops all that was only kept in case a node is lost.

        Half of what an index takes on disk before; a twentieth of the work of filling it.
        """
        measured = self._cluster.call(lambda client: client.indices.stats(index=index, metric="store,segments"))
        primaries, shards = measured["_all"]["primaries"], self._cluster.settings.cluster_shards
        few = 1 + primaries["store"]["size_in_bytes"] // (SEGMENT_BYTES * shards)
        if primaries["segments"]["count"] <= few * shards:
            return
        self._cluster.call(lambda client: client.indices.flush(index=index))
        # what outlasts this goes on by itself, and the index is right without it
        with contextlib.suppress(Passing):
            self._cluster.call(
                lambda client: client.indices.forcemerge(
                    index=index, params={"max_num_segments": few}, request_timeout=SETTLE_S
                ),
                repeat=False,
            )

    def settle(self, index: str) -> None:
        """Let it merge as it will; make the copies asked for, and wait until they are there or cannot be made.

        Raises:
            EngineUnavailable: not even the primaries are whole.
        """
        usual: dict[str, Any] = {f"merge.policy.{name}": None for name in LAZY_MERGES}
        usual["number_of_replicas"] = self._cluster.settings.cluster_replicas
        self._cluster.call(lambda client: client.indices.put_settings(index=index, body={"index": usual}))
        params = {"wait_for_no_initializing_shards": "true", "timeout": f"{SETTLE_S}s", "level": "indices"}
        health = self._cluster.call(
            lambda client: client.cluster.health(index=index, params=params, request_timeout=SETTLE_S + 10)
        )
        if health["status"] == "red":
            raise EngineUnavailable(f"shards of {index} are lost", "mend the cluster, then run the same command again")

    def swap(self, index: str) -> None:
        """Point the alias to a version in one step, then remove versions that are not to be kept."""
        actions: list[dict[str, Any]] = [{"add": {"index": index, "alias": self._alias}}]
        before = self.live(missing_ok=True)
        if before:
            actions.append({"remove": {"index": before, "alias": self._alias}})
        self._cluster.call(lambda client: client.indices.update_aliases(body={"actions": actions}))
        numbers = sorted(n for n in self._numbers() if self._numbered(n) != index)
        keep = self._cluster.settings.cluster_keep
        for number in numbers[: len(numbers) - keep]:
            self.remove(self._numbered(number))

    def remove(self, index: str) -> None:
        """Remove a version; one that is gone already does no harm."""
        self._cluster.call(lambda client: client.indices.delete(index=index, params={"ignore_unavailable": "true"}))

    def remove_all(self) -> None:
        """Remove every version, and the index of the writer's lock."""
        for number in self._numbers():
            self.remove(self._numbered(number))
        self.remove(f"{self._alias}-lock")

    def remove_unfinished(self) -> None:
        """Remove versions that a run left before it committed; the caller holds the lock."""
        for number, noted in self._numbers().items():
            if not noted.get("committed"):
                self.remove(self._numbered(number))

    def _numbered(self, number: int) -> str:
        return f"{self._alias}-v{number:06d}"

    def _numbers(self) -> dict[int, dict[str, Any]]:
        path = "*.mappings._meta"
        answer = self._cluster.call(
            lambda client: client.indices.get_mapping(
                index=f"{self._alias}-v*", params={"filter_path": path, "allow_no_indices": "true"}
            )
        )
        found = {}
        for name, about in answer.items():
            match = self._name.fullmatch(name)
            noted = about.get("mappings", {}).get("_meta", {}).get("timbao")
            if match and isinstance(noted, dict):
                found[int(match[1])] = noted
        return found
