"""The engine for more than one machine: an index on an OpenSearch cluster, version 2.19 or newer, no plugin needed.

In: an address such as "http://127.0.0.1:9200/timbao". Out: `OpenSearchEngine`. Analysis, snippets and the second phase
of ranking stay on our side; the cluster holds finished terms. Must not know the embedded engine, Flask or click.
"""

from __future__ import annotations

from search.engines.base import Capabilities, Problem
from search.engines.opensearch.cluster import Cluster
from search.engines.opensearch.reader import OpenSearchReader
from search.engines.opensearch.versions import REINDEX, Versions
from search.engines.opensearch.writer import OpenSearchWriter
from search.engines.stored import restored
from search.errors import TimBaoError
from search.settings import Settings
from search.settings import settings as current_settings


class OpenSearchEngine:
    """An index behind an alias of a cluster.

    `share` is (I, N) when N runs, on any machines, fill one new index together: each brings the articles of its share,
    and the last to commit makes the index live. `keep` is how many earlier indexes stay, None as the settings say.
    """

    name = "opensearch"
    capabilities = Capabilities(embedded=False)

    def __init__(
        self,
        location: str,
        settings: Settings | None = None,
        share: tuple[int, int] | None = None,
        keep: int | None = None,
    ) -> None:
        self.location = location
        self._share = share
        if keep is not None:
            settings = (settings or current_settings()).model_copy(update={"cluster_keep": keep})
        self._cluster = Cluster(location, settings)
        self._versions = Versions(self._cluster)

    def exists(self) -> bool:
        """Whether an index was committed here.

        Raises:
            EngineUnavailable: the cluster cannot be asked.
        """
        return bool(self._versions.live(missing_ok=True))

    def generation(self) -> str:
        """Name of the newest committed generation."""
        index, noted = self._versions.current()
        return f"{index}.{noted['commit']}"

    def reader(self) -> OpenSearchReader:
        """Open the newest generation.

        Raises:
            IndexMissing: there is none.
            IndexBroken: it is of another make or format.
            EngineUnavailable: the cluster cannot be reached, refuses, or has lost shards.
        """
        return OpenSearchReader(self._cluster)

    def writer(self, *, rebuild: bool) -> OpenSearchWriter:
        """Start writing; `rebuild` (or nothing here yet) fills a new index beside the live one.

        Raises:
            IndexLocked: another writer is at work, on this machine or another.
            EngineUnavailable: the cluster cannot be reached or refuses.
        """
        return OpenSearchWriter(self._cluster, rebuild=rebuild, share=self._share)

    def remove(self) -> None:
        """Take everything of this alias off the cluster: versions, the live one among them, and the writer's lock.

        Raises:
            EngineUnavailable: the cluster cannot be reached or refuses.
        """
        self._versions.remove_all()

    def check(self) -> list[Problem]:
        """Everything wrong: lost shards, an update cut short, articles that do not read back as they were stored."""
        try:
            index = self._versions.live()
            if self._versions.meta(index).get("unfinished"):
                return [Problem(index, "an update was cut short", "run the same update again to complete it")]
            with self.reader() as reader:
                return [
                    Problem(f"article {identifier!r}", "it does not read back as it was stored", REINDEX)
                    for identifier, source in reader.records(source=True)
                    if restored(source["record"]).digest != source["digest"]
                ]
        except TimBaoError as error:
            return [Problem(self.location, error.what, error.next_step)]
