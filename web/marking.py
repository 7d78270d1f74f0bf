"""Text with ranges as safe HTML: everything escaped, the ranges inside `<mark>`.

In: any text and `[start, end)` ranges in its code points. Out: `Markup`. Must not know where the ranges come from:
ranges out of order, overlapping or out of bounds are put right, never trusted.

>>> str(mark("a <b> c", [(2, 5)]))
'a <mark>&lt;b&gt;</mark> c'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from markupsafe import Markup, escape

Ranges = Sequence[Sequence[int]]
_LINE = re.compile(r"[^\n\r\u2028\u2029]+")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def tidy(ranges: Ranges, length: int) -> list[tuple[int, int]]:
    """The ranges in order, merged where they touch, cut to `[0, length)`, without empty ones."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted((max(0, a), min(length, b)) for a, b in ranges):
        if start >= end:
            continue
        if kept and start <= kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return kept


def mark(text: str, ranges: Ranges, first_id: int | None = None) -> Markup:
    """`text` escaped, the ranges marked; with `first_id`, marks get the ids `m{first_id}`, `m{first_id + 1}`, …"""
    parts: list[str] = []
    at = 0
    for number, (start, end) in enumerate(tidy(ranges, len(text)), first_id or 0):
        id = "" if first_id is None else f' id="m{number}"'
        parts += (shown(text[at:start]), f"<mark{id}>", shown(text[start:end]), "</mark>")
        at = end
    parts.append(shown(text[at:]))
    return Markup("".join(parts))


def shown(text: str) -> Markup:
    """`text` escaped, each control character that HTML cannot hold as U+FFFD."""
    return escape(_CONTROL.sub("\ufffd", text) if _CONTROL.search(text) else text)


def paragraphs(text: str, ranges: Ranges) -> Iterator[Markup]:
    """Each line of `text` that is not blank, escaped and marked; marks are numbered from 1 through the whole text."""
    tidied = tidy(ranges, len(text))
    number = 1
    for line in _LINE.finditer(text):
        start, end = line.span()
        if not line.group().strip():
            continue
        inside = [(max(a, start) - start, min(b, end) - start) for a, b in tidied if a < end and b > start]
        yield mark(line.group(), inside, number)
        number += len(inside)


def web_address(url: str | None) -> str | None:
    """`url` where it is one that a link may lead to (http or https), else None: pages may hold `javascript:`.

    >>> web_address("javascript:alert(1)"), web_address(" https://a.vn/x ")
    (None, 'https://a.vn/x')
    """
    text = _CONTROL.sub("", url or "").strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme.lower() in {"http", "https"} and parts.netloc else None


def host(url: str) -> str:
    """The host of an address, without "www."."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def excerpt(body: str, longest: int = 200) -> str:
    """The first words of a body, at most `longest` characters, for feeds and share cards."""
    flat = " ".join(body[: longest * 4].split())
    if len(flat) <= longest:
        return flat
    return flat[:longest].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"


def joined(values: Iterable[str | None], between: str = " · ") -> str:
    """The values that are there, with something between them."""
    return between.join(value for value in values if value)
