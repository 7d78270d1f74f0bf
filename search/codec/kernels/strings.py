# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Look-ups in sorted tables of strings that lie end to end."""

from __future__ import annotations

from typing import Any

import numba as nb

from search.codec.kernels.compiling import compiled
from search.codec.kernels.types import I64, U8, U32


@compiled(nb.int64(U8, U32, U8), nb.int64(U8, I64, U8))
def place(text: Any, ends: Any, key: Any) -> int:
    """Number of the first entry that is not before `key`; entry i lies in `text[ends[i - 1]:ends[i]]`."""
    low = nb.int64(0)
    high = nb.int64(ends.size)
    while low < high:
        middle = (low + high) >> 1
        start = nb.int64(ends[middle - 1]) if middle > 0 else nb.int64(0)
        start = min(max(start, 0), text.size)  # damaged ends must not lead outside
        size = min(max(nb.int64(ends[middle]) - start, 0), text.size - start)
        shared = min(size, key.size)
        i = 0
        while i < shared and text[start + i] == key[i]:
            i += 1
        before = size < key.size if i == shared else text[start + i] < key[i]
        if before:
            low = middle + 1
        else:
            high = middle
    return low


@compiled(nb.int64(U8, U32, U8), nb.int64(U8, I64, U8))
def find(text: Any, ends: Any, key: Any) -> int:
    """Number of the entry `key`, −1 where there is none; arguments as of `place`."""
    number = place(text, ends, key)
    if number == ends.size:
        return -1
    start = nb.int64(ends[number - 1]) if number > 0 else nb.int64(0)
    if start < 0 or nb.int64(ends[number]) - start != key.size or start + key.size > text.size:
        return -1
    for i in range(key.size):
        if text[start + i] != key[i]:
            return -1
    return number
