"""Edits between two terms: insert, delete, replace, and swap of neighbors (optimal string alignment).

In: two terms and the most edits of interest. Out: their distance, or None beyond it. Must not know an index.

>>> edits("nghi", "ngih", 1), edits("an", "ban", 1), edits("an", "banh", 1)
(1, 1, None)
"""

from __future__ import annotations


def edits(first: str, second: str, most: int) -> int | None:
    """Number of edits that turn `first` into `second`; None when it is more than `most`.

    Each stretch is edited at most once (Boytsov 2011, optimal string alignment), as Lucene's automata do.
    """
    if abs(len(first) - len(second)) > most:
        return None
    if first == second:
        return 0
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most and min(before) > most:
            return None
    return row[-1] if row[-1] <= most else None
