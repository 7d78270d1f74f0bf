"""The article of a saved page: the lines of the element that holds it, its heading and what stands between them.

In: a tree of lxml. Out: lines of text. Must not know what lines mean (`search.ingest.layout`) nor metadata.

The article is the part of the page whose paragraphs hold the most text outside links (after Readability, Arc90 2009).
A page is walked once for its scores and once for its lines; blanks are only counted, never rewritten, until then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

_DROPPED = """script style noscript iframe svg button select option template object nav footer aside form input
    textarea canvas video audio"""
_BLOCKS = """p div section article header h1 h2 h3 h4 h5 h6 li ul ol table tr td th blockquote pre figure figcaption
    main dl dt dd center address hr body"""
_DROPPED_TAGS = tuple(_DROPPED.split())
BLOCK_TAGS = frozenset(_BLOCKS.split())
_HOLDERS = frozenset(["div", "td", "section", "article"])
_INLINE_LINES = frozenset(["time", "span", "em", "b", "strong"])
_AROUND = re.compile(
    r"(?:^|[\s_-])(?:related|relate|tin-?lien-?quan|lienquan|doc-?them|xem-?them|most-?read|comments?|binh-?luan|share|social|tags?"
    r"|breadcrumb|menu|sidebar|ads?|advert\w*|banner|popup|newsletter|recommend\w*|rating|toolbar|pagination)(?:$|[\s_-])",
    re.IGNORECASE,
)
_SPACES = re.compile(r"[ \t\r\n\f]{2,}|[\t\r\n\f]")
"""Blanks that are not one blank already; U+00A0 is a letter of the text."""
_string = etree.XPath("string()", smart_strings=False)
MAX_DEPTH = 200
MIN_TEXT_CHARS = 25
MIN_PARAGRAPHS = 2
MAX_BETWEEN = 12
MAX_ABOVE = 8
"""How many short blocks above an article without a heading may hold its headline, date and author."""


def article_text(tree: Any, title: str | None) -> str:
    """The lines of the article, its heading first: one line a block, inline markup joined."""
    for form in tree.iter("form"):
        if _holds_page(form):
            form.tag = "div"
    etree.strip_elements(tree, *_DROPPED_TAGS, with_tail=False)
    body = tree.find("body")
    if body is None:
        body = tree
    main = _main(body)
    heading = _heading(body, title)
    lines = block_lines(main)
    if heading is None:
        lines = [*_above(body, main), *lines]
    elif not any(ancestor is main for ancestor in heading.iterancestors()):
        named = _joined(heading)
        lines = [named, *_between(heading, main), *(line for line in lines if line != named)]
    return "\n".join([*lines, *_signature(main)])


def _holds_page(form: Any) -> bool:
    """Whether a form is no form to fill in but the whole page, as servers of one kind wrap it."""
    paragraphs = sum(1 for element in form.iter("p", "br") if element.tail or element.text)
    return paragraphs >= MIN_PARAGRAPHS or next(form.iter("h1", "article"), None) is not None


def block_lines(root: Any) -> list[str]:
    """The text of an element as lines: a new one at each block and each <br>; boxes of links are left out."""
    lines: list[str] = []
    held: list[str] = []

    def flush() -> None:
        text = _SPACES.sub(" ", "".join(held)).strip()
        held.clear()
        if text:
            lines.append(text)

    def walk(element: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            held.append(_joined(element))
            return
        is_block = element.tag in BLOCK_TAGS
        if depth and is_block and _is_box(element):
            flush()
            return
        if is_block or element.tag == "br":
            flush()
        if element.text:
            held.append(element.text)
        for child in element:
            if isinstance(child.tag, str):
                walk(child, depth + 1)
            if child.tail:
                held.append(child.tail)
        if is_block:
            flush()

    walk(root, 0)
    flush()
    return lines


def _main(body: Any) -> Any:
    """The element whose own paragraphs hold the most text outside links."""
    scores: dict[Any, float] = {}
    for element in body.iter("p", "div", "td", "section", "article", "li", "blockquote", "h2", "h3", "pre"):
        tag = element.tag
        own = _length(element) if tag == "p" else _own_text(element)
        if own < MIN_TEXT_CHARS:
            continue
        worth = own - (3.0 * sum(map(_length, element.iter("a"))) if tag in ("p", "li", "td") else 0.0)
        if worth <= 0:
            continue
        parent = element if tag in _HOLDERS else element.getparent()
        for _ in range(3):
            if parent is None or parent.tag == "html":
                break
            scores[parent] = scores.get(parent, 0.0) + worth
            worth *= 0.6
            parent = parent.getparent()
    if not scores:
        return body
    return max(scores, key=lambda element: scores[element] * _class_weight(element))


def _class_weight(element: Any) -> float:
    if _is_around(element):
        return 0.3
    return 1.3 if element.tag == "article" or element.get("itemprop") == "articleBody" else 1.0


def _own_text(element: Any) -> int:
    """Characters of text directly inside an element and its inline children, not in blocks below it."""
    text = element.text
    length = len(text.strip()) if text else 0
    for child in element:
        if child.tag not in BLOCK_TAGS and child.tag not in ("a", "br"):
            length += _length(child)
        if tail := child.tail:
            length += len(tail.strip())
    return length


def _length(element: Any) -> int:
    """Characters of all text inside an element, blanks at its ends aside."""
    return len(_string(element).strip())


def _heading(body: Any, title: str | None) -> Any:
    """The heading of the article: the h1 that is its title, or the only one."""
    found = [element for element in body.iter("h1") if _length(element)]
    if title:
        for element in found:
            if _joined(element) == title:
                return element
    return found[0] if len(found) == 1 else None


def _between(heading: Any, main: Any) -> list[str]:
    """The lines from below the heading to the article: its date, its author, its summary."""
    lines: list[str] = []
    for element in _following(heading):
        if element is main:
            return lines
        if element.tag in BLOCK_TAGS or element.tag in _INLINE_LINES:
            text = _joined(element) if not _has_blocks(element) else ""
            if text and not (lines and text in lines[-1]) and not _is_around(element):
                lines.append(text)
        if len(lines) >= MAX_BETWEEN:
            break
    return []


def _above(body: Any, main: Any) -> list[str]:
    """The last short blocks above an article that no heading names: a headline in bold, its date."""
    if main is body:
        return []
    lines: list[str] = []
    for element in body.iter(*BLOCK_TAGS):
        if element is main:
            break
        if not _has_blocks(element) and not _is_around(element):
            lines += block_lines(element)
    else:
        return []
    return lines[-MAX_ABOVE:]


def _following(element: Any) -> Iterator[Any]:
    """The elements after one in the order of the page, those inside it aside."""
    while element is not None:
        for sibling in element.itersiblings():
            yield from sibling.iter()
        element = element.getparent()


def _has_blocks(element: Any) -> bool:
    return next(element.iterdescendants(*BLOCK_TAGS), None) is not None


def _is_around(element: Any) -> bool:
    """Whether its class or id says that an element is a box around articles."""
    names = element.get("class"), element.get("id")
    return any(name and _AROUND.search(name) for name in names)


def _signature(main: Any) -> list[str]:
    """Up to two short blocks right after the article, where papers put the author."""
    found: list[str] = []
    following = main.getnext() if main.getparent() is not None else None
    while following is not None and len(found) < 2:
        text = _joined(following)
        if text:
            if len(text) > 60 or _is_around(following) or following.find(".//a") is not None:
                break
            found.append(text)
        following = following.getnext()
    return found


def _is_box(element: Any) -> bool:
    """Whether a block inside the article is a box of links: related articles, shares, tags."""
    if not _is_around(element):
        return False
    text = _length(element)
    return text == 0 or text < 200 or sum(map(_length, element.iter("a"))) >= 0.5 * text


def _joined(element: Any) -> str:
    return _SPACES.sub(" ", _string(element)).strip()
