"""The same article republished: signatures of texts, and groups of articles whose texts are nearly the same.

In: tokens, and the segments of a generation. Out: a signature an article (a section of its segment) and the groups of
all live articles (one file a generation, named in its table of contents). Must not know queries or ranking; counting a
group once is `search.codec.once`.

What is compared is the body, without diacritics; with the title before it where it has fewer than `BODY` tokens. Texts
under `SHORTEST` tokens ("Xem video") are copies only of those with the same title and body. Where each of two has
numbers that the other has not, as the prices of two days have, neither is a copy. Groups depend on the live articles
alone, not on how they came into the index: the first of a group is the one whose id comes first, and every other
member is like it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.codec.container import REINDEX, Container, ContainerWriter
from search.codec.layout import RARE
from search.codec.segment import Segment
from search.errors import IndexBroken

BODY: Final = 40
SHORTEST: Final = 14
ALIKE: Final = 36
"""Equal bytes of the 48 for runs that make a copy: a similarity of about .75, so that an added line or another
dateline does not part an article from its copy, and a report that was half rewritten stands for itself."""

SECTION: Final = "signatures2"
"""An older section "signatures" tells no numbers; where there is that one only, signatures are made anew."""
KIND: Final = b"G"
_CHUNK: Final = 20_000
SIZE: Final = 64
"""Bytes of a signature."""

_BANDS: Final = 12
_NUMBER = np.uint64(1)

Signatures = NDArray[np.uint8]
"""Shape (64 · articles,)."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """Articles of one segment that are in groups: `docs` ascending, group and rank by id among all grouped articles.

    All int32, shape (n,).
    """

    docs: NDArray[np.int32]
    groups: NDArray[np.int32]
    ranks: NDArray[np.int32]


def hashes(terms: Iterable[bytes]) -> NDArray[np.uint64]:
    """The hash of each token, from its folded spelling: the same in every process and segment; odd for a number."""
    found, numbers = [], []
    for term in terms:
        found.append(zlib.crc32(term))
        numbers.append(term[:1].isdigit())
    whole = np.array(found, np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0xD1B54A32D192ED03)
    return (whole & ~_NUMBER) | np.array(numbers, np.uint64)


def sign(
    tokens: NDArray[np.int32],
    starts: NDArray[np.int64],
    titles: NDArray[np.int64],
    token_hashes: NDArray[np.uint64],
) -> Signatures:
    """Signatures of articles.

    Args:
        tokens: forms of all articles, title then body.
        starts: where each article begins, and where the last ends; shape (articles + 1,).
        titles: tokens of each title; shape (articles,).
        token_hashes: of each form.
    """
    from search.codec.kernels import copies

    ends = starts[1:]
    bodies = starts[:-1] + titles
    begins = np.where(ends - bodies >= BODY, bodies, starts[:-1])
    out = np.empty(SIZE * len(titles), np.uint8)
    edges = (np.ascontiguousarray(begins), np.ascontiguousarray(ends), np.ascontiguousarray(titles, np.int64))
    copies.sign(tokens, *edges, SHORTEST, token_hashes, out)
    return out


def signatures(segment: Segment) -> Signatures:
    """The signatures of a segment; made from its forward index where it was written without."""
    if SECTION in segment.container:
        return segment.container.array(SECTION)
    folded = segment.field("folded").terms
    assert folded is not None
    entries = folded.entries()
    token_hashes = hashes(entries[i] for i in segment.container.array("forms.folded").tolist())
    forms, starts, rare, rare_starts = segment.forward[:4]
    titles = segment.columns["title_positions"].astype(np.int64)
    made = [np.empty(0, np.uint8)]
    for low in range(0, segment.size, _CHUNK):
        high = min(low + _CHUNK, segment.size)
        tokens = forms[int(starts[low]) : int(starts[high])].astype(np.int32)
        tokens[tokens == RARE] = rare[int(rare_starts[low]) : int(rare_starts[high])]
        made.append(sign(tokens, starts[low : high + 1] - starts[low], titles[low:high], token_hashes))
    return np.concatenate(made)


def grouped(segments: list[Segment]) -> list[Grouped]:
    """The groups of all live articles, for each segment."""
    parts: list[tuple[int, NDArray[np.int64], Signatures]] = []
    for number, segment in enumerate(segments):
        docs = np.flatnonzero(segment.live) if len(segment.live) else np.arange(segment.size)
        held = signatures(segment).reshape(-1, SIZE)
        parts.append((number, docs, held if len(docs) == segment.size else held[docs]))
    whole = np.concatenate([held for _, _, held in parts]) if parts else np.empty((0, SIZE), np.uint8)
    places = np.flatnonzero(alike(whole))
    owners = np.repeat([n for n, _, _ in parts], [len(d) for _, d, _ in parts]).astype(np.int64)[places]
    docs = np.concatenate([np.empty(0, np.int64), *(d for _, d, _ in parts)])[places]
    # in the order of ids, so that the groups do not depend on which segment holds what
    order = _by_id(segments, owners, docs)
    owners, docs, held = owners[order], docs[order], whole[places[order]]
    firsts = leaders(held)
    kept = np.flatnonzero(np.bincount(firsts, minlength=len(firsts))[firsts] > 1)
    _, numbers = np.unique(firsts[kept], return_inverse=True)
    found = []
    for number in range(len(segments)):
        mine = np.flatnonzero(owners[kept] == number)
        mine = mine[np.argsort(docs[kept[mine]])]
        columns = (docs[kept[mine]], numbers[mine], mine)
        found.append(Grouped(*(column.astype(np.int32) for column in columns)))
    return found


def alike(held: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which articles share a whole band with another one, so that they may be its copy.

    Args:
        held: signatures; shape (articles, `SIZE`).
    """
    found = np.zeros(len(held), bool)
    signed = held.any(axis=1)
    bands = np.ascontiguousarray(held).view(np.uint32)
    for band in range(_BANDS):
        keys = bands[:, band]
        order = np.argsort(keys, kind="stable")
        same = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])
        found[order[same]] = True
        found[order[same + 1]] = True
    shared: NDArray[np.bool_] = found & signed
    return shared


def _by_id(segments: list[Segment], owners: NDArray[np.int64], docs: NDArray[np.int64]) -> NDArray[np.int64]:
    ids: list[bytes] = [b""] * len(docs)
    for number, segment in enumerate(segments):
        mine = np.flatnonzero(owners == number)
        ranks = segment.columns["ids.ranks"][docs[mine]]
        for at, rank in zip(mine.tolist(), ranks.tolist(), strict=True):
            ids[at] = segment.ids.entry(rank)
    return np.array(sorted(range(len(ids)), key=ids.__getitem__), np.int64)


def leaders(held: NDArray[np.uint8]) -> NDArray[np.int32]:
    """For each article the one it is a copy of, or itself, as a row of `held`; int32, shape (articles,).

    Args:
        held: signatures in the order of ids; shape (articles, `SIZE`). Articles that are not `alike` may be left out.
    """
    from search.codec.kernels import copies

    n = len(held)
    bands = np.ascontiguousarray(held).view(np.uint32)
    runs = np.full((_BANDS, n), -1, np.int32)
    keys = 0
    for band in range(_BANDS):
        _, numbers, counts = np.unique(bands[:, band], return_inverse=True, return_counts=True)
        several = counts > 1
        renumbered = np.where(several, np.cumsum(several) - 1 + keys, -1)
        runs[band] = renumbered[numbers]
        keys += int(several.sum())
    out = np.empty(n, np.int32)
    copies.lead(held.ravel(), runs.ravel(), keys, ALIKE, out)
    return out


def write_groups(path: Path, found: list[Grouped]) -> bool:
    """Write the groups of a generation; nothing where there is none. Returns whether a file was written."""
    if not any(len(each.docs) for each in found):
        return False
    with ContainerWriter(path, KIND) as out:
        for number, each in enumerate(found):
            out.array(f"{number}.docs", each.docs)
            out.array(f"{number}.groups", each.groups)
            out.array(f"{number}.ranks", each.ranks)
        groups = 1 + max(int(each.groups.max()) for each in found if len(each.docs))
        out.close({"segments": len(found), "groups": groups, "articles": sum(len(each.docs) for each in found)})
    return True


def read_groups(path: Path, segments: tuple[Segment, ...]) -> list[Grouped]:
    """The groups of a generation.

    Raises:
        IndexBroken: the file does not verify, or does not belong to these segments.
    """
    container = Container(path, KIND)
    found = []
    for number, segment in enumerate(segments):
        names = (f"{number}.docs", f"{number}.groups", f"{number}.ranks")
        each = Grouped(*(container.array(name) for name in names))
        lengths = {len(each.docs), len(each.groups), len(each.ranks)}
        inside = not len(each.docs) or (int(each.docs.min()) >= 0 and int(each.docs.max()) < segment.size)
        if len(lengths) != 1 or not inside:
            raise IndexBroken(f"{path} is not of these segments", REINDEX)
        found.append(each)
    return found
