"""The folder in which corpora and indexes are made, and kept if so wished.

In: sources, sizes, engines. Out: corpora and built indexes, each made only where it is not there already. Must not know
how anything is measured. Layout: `WORK/SIZE/articles.jsonl`, `WORK/SIZE/ENGINE/` and `WORK/SIZE/ENGINE.json`, which
says that the index is whole, of which corpus and version, and what building it cost.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from search.bench import child
from search.bench.corpus import SOME, Corpus, key, opened, read, replaced, samples, written
from search.bench.peers.base import Peer
from search.errors import InputError
from search.model import Article

Tell = Callable[[str], None]

LINE_BYTES: Final = 2.1
"""Bytes of `articles.jsonl` for each byte of text: the text, its terms and the rest of a record."""
INDEX_BYTES: Final = 2.0
"""The same for one engine's index at its largest, while it is being merged."""


class Workplace:
    """A folder of corpora and indexes."""

    def __init__(self, folder: Path, tell: Tell) -> None:
        self.folder = folder
        self._tell = tell
        self._read: list[Article] | None = None

    def kept(self) -> list[Corpus]:
        """The corpora that are here already, smallest first."""
        found = [opened(path) for path in self.folder.iterdir()] if self.folder.is_dir() else []
        return sorted((corpus for corpus in found if corpus), key=lambda corpus: corpus.articles)

    def corpora(self, sources: Sequence[str | Path], sizes: Sequence[int], seed: int, peers: int) -> list[Corpus]:
        """The corpora asked for, made where they are not here.

        Args:
            sources: files and folders; none takes what is here, else the sample articles of the project.
            sizes: numbers of articles; none means as many as the source has.
            seed: of everything drawn.
            peers: how many indexes each corpus will get; for the disk space it takes.
        """
        if not sources:
            kept = [corpus for corpus in self.kept() if not sizes or corpus.articles in sizes]
            if kept and len(kept) == len(set(sizes) or kept):
                return kept
            sources, sizes = [samples()], sizes or [SOME]
        return [self._corpus(sources, size, seed, peers) for size in (sizes or [0])]

    def _corpus(self, sources: Sequence[str | Path], size: int, seed: int, peers: int) -> Corpus:
        wanted = key(sources, size, seed)
        for corpus in self.kept():
            if corpus.key == wanted:
                return corpus
        if self._read is None:
            self._tell("đọc bài / reading articles")
            self._read = read(sources)
        articles = self._read
        size = size or len(articles)
        self._room(articles, size, peers)
        from search.bench.making import items

        self._tell(f"chuẩn bị {size:,} bài / preparing {size:,} articles")
        made, is_made = items(articles, size, seed)
        folder = self.folder / f"{size}"
        if folder.exists():
            shutil.rmtree(folder)
        return written(made, folder, read=len(articles), made=is_made, key=wanted, seed=seed)

    def _room(self, articles: Sequence[Article], size: int, peers: int) -> None:
        """Raise InputError where the disk has too little room for all that will be made."""
        sample = articles[:: max(1, len(articles) // 500)]
        each = sum(len(a.title.encode()) + len(a.body.encode()) for a in sample) / len(sample)
        needed = int(each * size * (LINE_BYTES + peers * INDEX_BYTES))
        self.folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.folder).free
        self._tell(f"cần tới {needed / 1e9:.1f} GB đĩa / needs up to {needed / 1e9:.1f} GB of disk")
        if needed > free:
            what = f"{size:,} articles and their indexes need up to {needed / 1e9:.1f} GB"
            raise InputError(
                f"{what}, {self.folder} has {free / 1e9:.1f} GB",
                "choose fewer --articles or --peers, or another --work",
            )

    def built(self, corpus: Corpus, peer: Peer, url: str | None, memory_bytes: int) -> dict[str, Any]:
        """What building the engine's index of a corpus cost; built now where it is not here, in one process."""
        place, marker = corpus.folder / peer.name, corpus.folder / f"{peer.name}.json"
        identity = [corpus.key, peer.version, url]
        try:
            found: dict[str, Any] = orjson.loads(marker.read_bytes())
            if found["identity"] == identity and peer.exists(place):
                return found
        except (OSError, ValueError, KeyError):
            pass
        self._tell(f"lập chỉ mục {corpus.articles:,} bài / indexing {corpus.articles:,} articles: {peer.label}")
        marker.unlink(missing_ok=True)
        shutil.rmtree(place, ignore_errors=True)
        found = child.run(self.task(corpus, peer, url, memory_bytes, place, 1, None)) | {"identity": identity}
        replaced(marker, orjson.dumps(found, option=orjson.OPT_INDENT_2))
        return found

    def tried(
        self, corpus: Corpus, peer: Peer, url: str | None, memory_bytes: int, processes: int, most: int
    ) -> dict[str, Any]:
        """What indexing the first `most` articles costs with so many processes; the index is not kept."""
        place = corpus.folder / f"trial-{peer.name}"
        shutil.rmtree(place, ignore_errors=True)
        try:
            return child.run(self.task(corpus, peer, url and f"{url}-trial", memory_bytes, place, processes, most))
        finally:
            shutil.rmtree(place, ignore_errors=True)

    @staticmethod
    def task(
        corpus: Corpus, peer: Peer, url: str | None, memory_bytes: int, place: Path, processes: int, most: int | None
    ) -> dict[str, Any]:
        """A build as `search.bench.child` takes it."""
        return {
            "do": "build",
            "peer": peer.name,
            "url": url,
            "corpus": str(corpus.folder),
            "folder": str(place),
            "processes": processes,
            "memory_bytes": memory_bytes,
            "most": most,
        }
