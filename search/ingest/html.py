"""Saved web pages → one record each: the article's text by its layout, what the markup states by its metadata.

In: HTML. Out: `Page` for `search.ingest.page`, or `Record`. Must not know rules of dates or cities.

The article is the part of the page whose paragraphs hold the most text outside links (after Readability, Arc90 2009);
its lines, with those between the heading and it, are then read by the same rules as a text page. What JSON-LD,
OpenGraph or meta tags state (`search.ingest.metadata`) wins over what the text says; both are kept as evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from search.analysis.legacy import decode
from search.ingest.fields import Fields
from search.ingest.metadata import metadata
from search.ingest.page import Page, read_page
from search.ingest.sidecars import sidecar
from search.ingest.sources import Source
from search.model import Record, Skipped

MAX_BYTES = 16 << 20
_CHARSET = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{3,20})|<\?xml[^>]{0,100}encoding=[\"']([\w-]{3,20})", re.I
)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DROPPED = """script style noscript iframe svg button select option template object nav footer aside form input
    textarea canvas video audio"""
_BLOCKS = """p div section article header h1 h2 h3 h4 h5 h6 li ul ol table tr td th blockquote pre figure figcaption
    main dl dt dd center address hr body"""
_DROPPED_TAGS = tuple(_DROPPED.split())
_BLOCK_TAGS = frozenset(_BLOCKS.split())
_AROUND = re.compile(
    r"(?:^|[\s_-])(?:related|relate|tin-?lien-?quan|lienquan|doc-?them|xem-?them|most-?read|comments?|binh-?luan|share|social|tags?"
    r"|breadcrumb|menu|sidebar|ads?|advert\w*|banner|popup|newsletter|recommend\w*|rating|toolbar|pagination)(?:$|[\s_-])",
    re.IGNORECASE,
)
_SPACES = re.compile(r"[ \t\r\n\f]+")
MAX_DEPTH = 200


def read(source: Source, stream: BinaryIO) -> Iterator[Record | Skipped]:
    """Read one saved page."""
    fields = sidecar(source)
    if isinstance(fields, Skipped):
        yield fields
        return
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        yield Skipped(source.file, None, f"longer than {MAX_BYTES >> 20} MB; save the article without its pictures")
        return
    yield read_html(source.file, source.id, data, fields)


def read_html(
    file: str,
    identifier: str,
    data: bytes,
    fields: Fields | None = None,
    charset: str | None = None,
    url: str | None = None,
    line: int | None = None,
) -> Record | Skipped:
    """The record of a page's bytes; `charset` and `url` as the transport states them, if it does."""
    tree = parse(text_of(data, charset))
    if tree is None:
        return Skipped(file, line, "holds no HTML that can be read; save the page again")
    stated = metadata(tree, url)
    title = stated["title"].value if "title" in stated else None
    text = article_text(tree, title)
    return read_page(Page(file, identifier, text, stated, fields or Fields(), line))


def text_of(data: bytes, charset: str | None = None) -> str:
    """The markup as text: UTF-8 where it is valid, else as declared, else as the letters tell."""
    if data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
        match = _CHARSET.search(data[:4096])
        declared = charset or (next(group for group in match.groups() if group).decode("ascii") if match else None)
        if declared and declared.lower() not in ("utf-8", "utf8", "iso-8859-1", "windows-1252", "us-ascii"):
            try:
                return data.decode(declared)
            except (UnicodeDecodeError, LookupError):
                pass
    return decode(data).text


def parse(markup: str) -> Any:
    """The element tree of a page; None where there is none."""
    from lxml import etree, html

    markup = _DECLARATION.sub("", markup.replace("\0", ""))
    if not markup.strip():
        return None
    try:
        tree = html.document_fromstring(
            markup, parser=html.HTMLParser(recover=True, remove_comments=True, remove_pis=True)
        )
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    return tree


def article_text(tree: Any, title: str | None) -> str:
    """The lines of the article, its heading first: one line a block, inline markup joined."""
    from lxml import etree

    etree.strip_elements(tree, *_DROPPED_TAGS, with_tail=False)
    body = tree.find("body")
    if body is None:
        body = tree
    main = _main(body)
    heading = _heading(body, main, title)
    lines = block_lines(main)
    if heading is not None and not any(ancestor is main for ancestor in heading.iterancestors()):
        named = _joined(heading)
        lines = [named, *_between(heading, main), *(line for line in lines if line != named)]
    return "\n".join([*lines, *_signature(main)])


def _main(body: Any) -> Any:
    """The element whose own paragraphs hold the most text outside links."""
    scores: dict[Any, float] = {}
    for element in body.iter("p", "div", "td", "section", "article", "li", "blockquote", "h2", "h3", "pre"):
        own = _own_text(element) if element.tag != "p" else len(_joined(element))
        if own < 25:
            continue
        links = sum(len(_joined(link)) for link in element.iter("a")) if element.tag in ("p", "li", "td") else 0
        worth = own - 3.0 * links
        if worth <= 0:
            continue
        parent = element if element.tag in ("div", "td", "section", "article") else element.getparent()
        share = worth
        for _ in range(3):
            if parent is None or parent.tag in ("html",):
                break
            scores[parent] = scores.get(parent, 0.0) + share
            share *= 0.6
            parent = parent.getparent()
    if not scores:
        return body
    return max(scores, key=lambda element: scores[element] * _class_weight(element))


def _class_weight(element: Any) -> float:
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    if _AROUND.search(names):
        return 0.3
    return 1.3 if element.tag == "article" or element.get("itemprop") == "articleBody" else 1.0


def _own_text(element: Any) -> int:
    """Characters of text directly inside an element and its inline children, not in blocks below it."""
    length = len((element.text or "").strip())
    for child in element:
        if child.tag not in _BLOCK_TAGS and child.tag not in ("a", "br"):
            length += len(_joined(child))
        length += len((child.tail or "").strip())
    return length


def _heading(body: Any, main: Any, title: str | None) -> Any:
    """The heading of the article: the h1 that is its title, or the only one."""
    found = [element for element in body.iter("h1") if _joined(element)]
    for element in found:
        if title and _joined(element) == title:
            return element
    return found[0] if len(found) == 1 else None


def _between(heading: Any, main: Any) -> list[str]:
    """The lines from below the heading to the article: its date, its author, its summary."""
    inside = set(main.iter())
    lines: list[str] = []
    for element in heading.xpath("following::*"):
        if element in inside:
            return lines
        if element.tag in _BLOCK_TAGS or element.tag in ("time", "span", "em", "b", "strong"):
            has_blocks = any(child.tag in _BLOCK_TAGS for child in element.iter() if child is not element)
            text = _joined(element) if not has_blocks else ""
            if text and not (lines and text in lines[-1]) and not _is_around(element):
                lines.append(text)
        if len(lines) >= 12:
            break
    return []


def _is_around(element: Any) -> bool:
    return bool(_AROUND.search(f"{element.get('class') or ''} {element.get('id') or ''}"))


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
        is_block = element.tag in _BLOCK_TAGS
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


def _is_box(element: Any) -> bool:
    """Whether a block inside the article is a box of links: related articles, shares, tags."""
    if not _is_around(element):
        return False
    text = len(_joined(element))
    links = sum(len(_joined(link)) for link in element.iter("a"))
    return text == 0 or links >= 0.5 * text or text < 200


def _joined(element: Any) -> str:
    return _SPACES.sub(" ", "".join(element.itertext())).strip()
