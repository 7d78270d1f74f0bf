"""The engines by name: where an index lives decides nothing about what a plan means.

In: an engine's name and a location (a folder, or the address of a cluster and alias). Out: an `Engine`. Must not import
an engine before it is asked for: the embedded one brings Whoosh along, the cluster's one its client.

>>> engine("whoosh", "index/").name
'whoosh'
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from search.engines.base import Engine
from search.errors import SettingError

Share = tuple[int, int]


def _whoosh(location: str, share: Share | None, memory_bytes: int, keep: int | None) -> Engine:
    from search.engines.whoosh import WhooshEngine

    if keep is not None:
        raise SettingError(
            "an index in a folder keeps no earlier ones beside it",
            "leave --keep out, or name a cluster with --engine opensearch",
        )
    return WhooshEngine(location, memory_bytes=memory_bytes)


def _opensearch(location: str, share: Share | None, memory_bytes: int, keep: int | None) -> Engine:
    from search.engines.opensearch import OpenSearchEngine

    return OpenSearchEngine(location, share=share, keep=keep)


Make = Callable[[str, Share | None, int, int | None], Engine]
ENGINES: Final[dict[str, Make]] = {"whoosh": _whoosh, "opensearch": _opensearch}


def engine(
    name: str, location: str, *, share: Share | None = None, memory_bytes: int = 1 << 30, keep: int | None = None
) -> Engine:
    """The engine called `name` with its index at `location`.

    Args:
        name: "whoosh" or "opensearch".
        location: a folder, or the address of a cluster and alias.
        share: (I, N) when N runs fill one new index on a cluster together; an index in a folder is one run's own.
        memory_bytes: what a writer may hold before it spills to disk; a cluster's writer streams and holds a batch.

        keep: earlier indexes that stay on a cluster after a rebuild; None as the settings say.

    Raises:
        SettingError: there is no engine of that name, or it keeps none.
    """
    make = ENGINES.get(name)
    if make is None:
        raise SettingError(f'there is no engine "{name}"', f"choose one of: {', '.join(sorted(ENGINES))}")
    return make(location, share, memory_bytes, keep)


def prepare(name: str, progress: Callable[[str], None] | None = None) -> None:
    """Do what an engine needs once on a machine: the embedded one compiles its loops, half a minute or more.

    `progress` is told the name of each part before it is made; a second time costs a fraction of a second.
    """
    if name == "whoosh":
        from search.codec.kernels import load

        load(progress)
