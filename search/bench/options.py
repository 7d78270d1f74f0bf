"""Lists as they are typed after an option.

In: the text of an option. Out: names and numbers. Must not know what they are for; light to import.
"""

from __future__ import annotations


def names(text: str) -> tuple[str, ...]:
    """The peers of an option: names between commas; "none" is no peer.

    >>> names("tantivy, fts5"), names("none")
    (('tantivy', 'fts5'), ())
    """
    found = [part.strip() for part in text.split(",") if part.strip()]
    return () if found == ["none"] else tuple(dict.fromkeys(found))


def numbers(text: str) -> tuple[int, ...]:
    """Whole numbers of 1 and more between commas. Raises ValueError for anything else.

    >>> numbers("1,2,8")
    (1, 2, 8)
    """
    found = tuple(int(part.replace("_", "")) for part in text.split(","))
    if not all(number >= 1 for number in found):
        raise ValueError(text)
    return found
