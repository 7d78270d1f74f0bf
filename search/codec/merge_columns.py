"""The columns of several segments written as those of one: lengths, digests, signatures, ids, categories, days.

In: segments, their live articles and what these become. Out: sections of a container. Must not know postings.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.codec import copies
from search.codec.columns import write_category, write_days
from search.codec.container import ContainerWriter
from search.codec.layout import CATEGORIES, DIGEST_BYTES, LENGTHS
from search.codec.segment import Segment
from search.codec.tables import merge_tables
from search.errors import IndexBroken

Docs = NDArray[np.int32]


def merge_columns(
    out: ContainerWriter, segments: list[Segment], docs: list[Docs], renumbered: Docs, bases: NDArray[np.int64]
) -> None:
    """Write the columns of the live articles `docs` of each segment.

    Article d of segment s becomes article `renumbered[bases[s] + d]`.
    """
    pairs = list(zip(segments, docs, strict=True))
    for name in ("plain", *LENGTHS):
        out.array(name, np.concatenate([s.columns[name][d] for s, d in pairs]))
    _rows(out, "digests", [(s.container.array("digests").reshape(-1, DIGEST_BYTES), d) for s, d in pairs])
    _rows(out, copies.SECTION, [(copies.signatures(s).reshape(-1, copies.SIZE), d) for s, d in pairs])
    _ids(out, segments, renumbered, bases)
    for name in CATEGORIES:
        values: dict[bytes, int] = {}
        codes = []
        for segment, live in pairs:
            own = [values.setdefault(v.encode(), len(values)) for v in segment.values[name]]
            codes.append(np.array(own, np.int32)[segment.columns[name][live]])
        write_category(out, name, list(values), np.concatenate(codes))
    write_days(out, np.concatenate([s.days[s.columns["day"][d]] for s, d in pairs]))


def _rows(out: ContainerWriter, name: str, parts: list[tuple[NDArray[Any], Docs]]) -> None:
    out.begin(name)
    for rows, docs in parts:
        for at in range(0, len(docs), 1 << 16):
            out.append(rows[docs[at : at + (1 << 16)]])
    out.end()


def _ids(out: ContainerWriter, segments: list[Segment], renumbered: Docs, bases: NDArray[np.int64]) -> None:
    new = [renumbered[base + s.columns["ids.docs"]] for base, s in zip(bases.tolist(), segments, strict=True)]
    union, ranks = merge_tables([s.ids for s in segments], [np.flatnonzero(n >= 0) for n in new])
    size = sum(int((n >= 0).sum()) for n in new)
    if len(union) != size:
        raise IndexBroken("an id is in several segments that were to be merged", "build the index again")
    found, of = np.empty(size, np.int32), np.empty(size, np.int32)
    for docs, rank in zip(new, ranks, strict=True):
        live = docs >= 0
        found[rank[live]] = docs[live]
        of[docs[live]] = rank[live]
    union.write(out, "ids")
    out.array("ids.docs", found)
    out.array("ids.ranks", of)
