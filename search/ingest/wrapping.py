"""Paragraphs broken at a fixed width, as text browsers and mails have them → one line a paragraph again.

In: numbered lines that hold something; a gap in the numbers is a blank line. Out: the same, paragraphs joined under the
number of their first line. Must not know what lines say.

>>> page = [(1, "Trạm sửa xe của lớp học đêm mở cửa mỗi tối từ tám giờ cho"),
...         (2, "người đi ca, sau tiết học cuối cùng của lớp, vá săm không"),
...         (3, "lấy tiền, còn căn vành thì mỗi chiếc đổi một bài hát thật"),
...         (4, "hay là một câu đố."), (6, "Hết.")]
>>> [(number, text[-18:]) for number, text in unwrapped(page)]
[(1, 'hay là một câu đố.'), (6, 'Hết.')]
"""

from __future__ import annotations

from itertools import pairwise

Row = tuple[int, str]
"""Number and words of a line."""

MIN_WIDTH, MAX_WIDTH = 50, 120
LEAST_BREAKS = 3
LEAST_SHARE = 0.9


def unwrapped(rows: list[Row]) -> list[Row]:
    """The rows with wrapped paragraphs joined; a page whose lines were not broken at one width comes back as it is."""
    width = max((len(text) for _, text in rows), default=0)
    if not MIN_WIDTH <= width <= MAX_WIDTH:
        return rows
    blocks = _blocks(rows)
    wrapped = [block for block in blocks if _is_full(block, width)]
    # the width must be that of the page: titles and menus break where they like
    breaks = sum(len(block) - 1 for block in wrapped)
    if breaks < LEAST_BREAKS:
        return rows
    found: list[Row] = []
    for block in blocks:
        if _is_full(block, width):
            found.append((block[0][0], " ".join(text for _, text in block)))
        else:
            found += block
    return found


def _blocks(rows: list[Row]) -> list[list[Row]]:
    """Runs of rows without a blank line between them."""
    blocks: list[list[Row]] = []
    for row in rows:
        if blocks and row[0] == blocks[-1][-1][0] + 1:
            blocks[-1].append(row)
        else:
            blocks.append([row])
    return blocks


def _is_full(block: list[Row], width: int) -> bool:
    """Whether nearly every line but the last was broken because its next word had no room."""
    if len(block) < 2:
        return False
    full = sum(len(text) + 1 + len(after.split(maxsplit=1)[0]) > width for (_, text), (_, after) in pairwise(block))
    return full >= LEAST_SHARE * (len(block) - 1)
