"""The columns of a segment that articles are filtered, counted and found by: ids, categories, days.

In: values of all articles in their order. Out: sections of a container. Must not know where the values come from.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from search.codec.container import ContainerWriter
from search.codec.tables import write_table

Ints = NDArray[np.int32]


def write_ids(out: ContainerWriter, ids: list[bytes]) -> None:
    """Write the ids in their order, with the article of each and the rank of each article."""
    order = sorted(range(len(ids)), key=ids.__getitem__)
    ranks = np.empty(len(ids), np.int32)
    ranks[order] = np.arange(len(ids), dtype=np.int32)
    write_table(out, "ids", (ids[i] for i in order))
    out.array("ids.docs", np.array(order, np.int32))
    out.array("ids.ranks", ranks)


def write_category(out: ContainerWriter, name: str, values: list[bytes], codes: Ints) -> None:
    """Write a facet column, given as codes into distinct values in any order.

    What is written are codes into the sorted values; code 0 is always the empty one.
    """
    used = np.flatnonzero(np.bincount(codes, minlength=len(values))).tolist()
    distinct = sorted({b"", *(values[i] for i in used)})
    place = {value: i for i, value in enumerate(distinct)}
    write_table(out, f"{name}.values", distinct)
    new = np.array([place.get(value, 0) for value in values] or [0], np.int32)
    out.array(name, new[codes])


def write_days(out: ContainerWriter, days: Ints) -> None:
    """Write the column of days: code of each article and the sorted ordinals; code 0 is always ordinal 0, undated."""
    distinct = np.unique(np.concatenate([[0], days])).astype(np.int32)
    out.array("day.values", distinct)
    out.array("day", np.searchsorted(distinct, days).astype(np.int32))


def write_code_lengths(out: ContainerWriter, lengths: Ints) -> None:
    """Write the number of tokens of each code: a byte each, unless one has more than a byte tells."""
    long = len(lengths) and int(lengths.max()) > 255
    out.array("codes.lengths", lengths if long else lengths.astype(np.uint8))
