"""The same article republished: signatures of texts, and groups of articles whose texts are nearly the same.

In: texts. Out: signatures, groups of numbers. Must not know engines; which article of a group is shown is theirs.

A signature is MinHash (Broder 1997) over runs of five syllables without diacritics: the share of equal values estimates
the Jaccard similarity of two texts. Candidates are found by banding (LSH, Indyk and Motwani 1998), then compared.

>>> first = signature("Thành phố họp bàn về đê điều, kè biển và việc di dời dân trước mùa mưa bão năm nay.")
>>> again = signature("THÀNH PHỐ họp bàn về đê điều, kè biển và việc di dời dân trước mùa mưa bão năm nay!")
>>> similarity(first, again)
1.0
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Signature = NDArray[np.uint32]
"""Shape (SIZE,), uint32."""

SIZE = 64
RUN = 5
BANDS = 16
ROWS = SIZE // BANDS
THRESHOLD = 0.8
"""Articles at least this similar are one: an added line or another dateline stays above it."""
_WORD = re.compile(r"[^\W_]+")
_STROKES = str.maketrans({"đ": "d", "Đ": "d"})
_RANDOM = np.random.default_rng(20260)
_PLACES = _RANDOM.integers(1, 1 << 63, size=RUN, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_FACTORS = _RANDOM.integers(1, 1 << 63, size=SIZE, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_SHIFTS = _RANDOM.integers(0, 1 << 63, size=SIZE, dtype=np.uint64)


def signature(text: str) -> Signature:
    """The signature of a text; texts under five syllables are compared as a whole."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    words = _WORD.findall(bare.translate(_STROKES))
    hashes = np.fromiter((zlib.crc32(word.encode("utf-8", "replace")) for word in words), np.uint64, len(words))
    if len(hashes) < RUN:
        hashes = np.concatenate([hashes, np.zeros(RUN - len(hashes), np.uint64)])
    count = len(hashes) - RUN + 1
    runs = sum((hashes[i : i + count] * _PLACES[i] for i in range(RUN)), np.zeros(count, np.uint64))
    runs ^= runs >> np.uint64(29)
    # multiply-shift (Dietzfelbinger et al. 1997): arithmetic modulo 2 to the 64th, of which the high half is taken
    mixed = (runs[:, None] * _FACTORS + _SHIFTS) >> np.uint64(32)
    values: Signature = mixed.min(axis=0).astype(np.uint32)
    return values


def similarity(first: Signature, second: Signature) -> float:
    """The estimated Jaccard similarity of two texts, from 0 to 1 in steps of 1/64."""
    return float(np.count_nonzero(first == second)) / SIZE


def groups(signatures: Iterable[Signature], threshold: float = THRESHOLD) -> list[tuple[int, ...]]:
    """Groups of two or more texts that are nearly the same, as their numbers in order of the input.

    Each member is at least `threshold` similar to the first of its group: chains of ever different texts do not form.
    """
    firsts: list[tuple[int, Signature]] = []
    buckets: dict[tuple[int, bytes], list[int]] = {}
    members: dict[int, list[int]] = {}
    for number, values in enumerate(signatures):
        keys = [(band, values[band * ROWS : (band + 1) * ROWS].tobytes()) for band in range(BANDS)]
        near = sorted({place for key in keys for place in buckets.get(key, ())})
        best = _best(firsts, near, values, threshold)
        if best is None:
            for key in keys:
                buckets.setdefault(key, []).append(len(firsts))
            firsts.append((number, values))
        else:
            members.setdefault(firsts[best][0], []).append(number)
    return [(first, *rest) for first, rest in sorted(members.items())]


def _best(
    firsts: Sequence[tuple[int, Signature]], near: Sequence[int], values: Signature, threshold: float
) -> int | None:
    best = max(near, key=lambda place: similarity(firsts[place][1], values), default=None)
    return best if best is not None and similarity(firsts[best][1], values) >= threshold else None
