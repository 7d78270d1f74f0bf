"""Reading an index before anybody waits for it: what it spares later searches; damage stays a search's matter."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from search.errors import IndexBroken
from search.service import open_index


def verified(index: object) -> int:
    """Blocks that were read and found whole so far."""
    with index._reader() as reader:  # type: ignore[attr-defined]
        return sum(int(v.seen.sum()) for segment in reader.segments for v in segment.container._opened.values())


def test_a_warm_index_has_verified_everything_and_a_hurried_one_almost_nothing(sample_index: Path) -> None:
    with open_index(sample_index, engine="whoosh") as index:
        before = verified(index)
        index.warm(0.0)
        assert verified(index) == before
        index.warm(60.0)
        whole = verified(index)
        assert whole > before
        index.search("tham nhũng vặt")
        index.search("hải phòng", sort="newest")
        assert verified(index) == whole


def test_damage_is_told_by_the_search_that_meets_it_not_by_warming(sample_index: Path, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    shutil.copytree(sample_index, folder)
    with open_index(folder, engine="whoosh") as index, index._reader() as reader:
        container = reader.segments[0].container  # type: ignore[attr-defined]
        path, at = container.path, container.begin("records")
    content = bytearray(path.read_bytes())
    content[at + 20] ^= 1
    path.write_bytes(content)
    with open_index(folder, engine="whoosh") as index:
        index.warm(60.0)
        assert index.search("", limit=0).total
        with index._reader() as reader:
            ids = list(reader.ids())
        with pytest.raises(IndexBroken, match="records"):
            list(map(index.article, ids))
