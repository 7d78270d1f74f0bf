"""What the markup of a page states about its article: JSON-LD, OpenGraph, meta tags, in this order.

In: an element tree. Out: readings by field, each with its tag as evidence. Must not know the page's text.
Dates of change ("dateModified", "og:updated_time") are never taken for the publication.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import orjson
from lxml import etree

from search.ingest.cleaning import clean_line
from search.ingest.content import BLOCK_TAGS
from search.ingest.fields import FieldError, date_value
from search.model import Candidate, Confidence, Evidence, Reading

_ARTICLE_TYPES = re.compile(r"(?:article|blogposting|report|newsarticle)$", re.IGNORECASE)
_PUBLISHED = (
    "article:published_time", "article:published", "og:published_time", "datepublished", "pubdate", "publishdate",
    "publish_date", "publish-date", "published_date", "dc.date.issued", "dc.date", "dcterms.created", "dc.date.created",
    "sailthru.date", "parsely-pub-date", "date", "creation_date",
)  # fmt: skip
_TITLES = ("og:title", "twitter:title", "dc.title", "headline", "title")
_AUTHORS = ("article:author", "author", "dc.creator", "parsely-author", "sailthru.author")
_SITES = ("og:site_name", "application-name", "dc.publisher", "publisher")
_LOOSE_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*([+-]\d{2}:?\d{2}|Z|GMT\+7)?")
_DAY = re.compile(r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b")
_SITE_SUFFIX = re.compile(r"\s+[|–—·-]\s+[^|–—·-]{2,40}$")
MAX_OBJECTS = 200
HEADING_LINES = 8
"""Lines of one heading that are looked at; a page whose heading is left open has thousands."""
FIRST_DAY = "1995"
"""Earlier than any page of the web: dates before it are a system's zero (1970-01-01, 0001-01-01)."""


def metadata(tree: Any, url: str | None = None) -> dict[str, Reading]:
    """The readings that a page's markup states; fields it does not state are absent."""
    tags = _meta_tags(tree)
    found: dict[str, Reading] = {}
    for place in _objects(tree):
        _put(found, "title", place.get("headline") or place.get("name"), "JSON-LD headline")
        _put_date(found, place.get("datePublished") or place.get("dateCreated"), "JSON-LD datePublished")
        publisher = _names(place.get("publisher"))
        author = _names(_people(place.get("author")))
        _put(found, "byline", author if author != publisher else None, "JSON-LD author")
        _put(found, "source", publisher, "JSON-LD publisher")
        _put(found, "url", _address(place), "JSON-LD url")
        _put(found, "language", _language(place.get("inLanguage")), "JSON-LD inLanguage")
    for name in _PUBLISHED:
        for value in tags.get(name, ()):
            _put_date(found, value, f"meta {name}")
    for element in tree.iter("time"):
        if element.get("pubdate") is not None or element.get("itemprop") == "datePublished":
            _put_date(found, element.get("datetime"), "time datePublished")
    if "published" not in found:
        _put_time(found, tree)
    site = next((value for name in _SITES for value in tags.get(name, ())), None)
    _put(found, "source", site, "site name")
    _put_title(found, tree, tags, site)
    for name in _AUTHORS:
        for value in tags.get(name, ()):
            if not value.startswith("http") and value != site:
                _put(found, "byline", value, f"meta {name}", "medium")
    canonical = [link.get("href") for link in tree.iter("link") if (link.get("rel") or "").lower() == "canonical"]
    addresses = [(one, "canonical link") for one in canonical] + [
        (one, "meta og:url") for one in tags.get("og:url", ())
    ]
    for address, rule in (*addresses, (url, "address")):
        if address and address.startswith("http"):
            _put(found, "url", address, rule)
    _put(
        found,
        "language",
        _language(tree.get("lang") or next(iter(tags.get("og:locale", ())), None)),
        "html lang",
        "medium",
    )
    return found


def _put_time(found: dict[str, Reading], tree: Any) -> None:
    """The day of the first `time` below the headline and above its second paragraph; those of lists stand elsewhere."""
    headings = paragraphs = 0
    for element in tree.iter("h1", "time", "p"):
        if element.tag == "h1":
            headings += 1
        elif element.tag == "p":
            paragraphs += headings
        elif headings == 1 and element.get("datetime"):
            _put_date(found, element.get("datetime"), "time below the headline")
            return
        if headings > 1 or paragraphs > 1:
            return


def _put(found: dict[str, Reading], name: str, value: Any, rule: str, confidence: Confidence = "high") -> None:
    if name not in found and isinstance(value, str) and (text := clean_line(value)):
        found[name] = Reading(text, confidence, (Evidence(rule, text[:120]),))


def _put_date(found: dict[str, Reading], value: Any, rule: str) -> None:
    if not isinstance(value, str) or not (text := clean_line(value)):
        return
    try:
        date = date_value(_iso(text))
    except FieldError:
        return
    evidence = Evidence(rule, text)
    if date < FIRST_DAY:
        return
    held = found.get("published")
    if held is None:
        found["published"] = Reading(date, "high", (evidence,))
    elif (held.value or "")[:10] != date[:10]:
        other = Candidate(date, evidence, "another tag, which comes first, states another day")
        found["published"] = Reading(held.value, held.confidence, held.evidence, (*held.rejected, other))


def _iso(text: str) -> str:
    match = _LOOSE_DATE.search(text)
    if match is None:
        return text
    zone = match[3] or ""
    return f"{match[1]}T{match[2]}{'+07:00' if zone == 'GMT+7' else zone}"


def _put_title(found: dict[str, Reading], tree: Any, tags: dict[str, list[str]], site: str | None) -> None:
    named = [(f"meta {name}", value) for name in _TITLES for value in tags.get(name, ())]
    window = next((clean_line("".join(element.itertext())) for element in tree.iter("title")), "")
    if window:
        named.append(("window title", window))
    headings = [text for element in tree.iter("h1") if (text := _heading(element, [value for _, value in named]))]
    held = found.get("title")
    for heading in headings:
        # the heading is the title as readers see it; other tags often carry the site's name after it
        is_named = any(value.startswith(heading) for _, value in named)
        if is_named or (len(headings) == 1 and (held is None or held.value == heading)):
            found["title"] = Reading(heading, "high", (Evidence("h1", heading[:120]),))
            return
    if held is None:
        for rule, value in named:
            if site and value.endswith(site):
                value = value[: -len(site)].rstrip(" |–—·-")
            elif rule == "window title":
                value = _SITE_SUFFIX.sub("", value)
            _put(found, "title", value, rule, "high" if rule != "window title" else "medium")


def _heading(element: Any, named: list[str]) -> str:
    """The text of a heading, a blank for each line break. One left open in the markup holds what stands below it, too:
    then the lines that other tags name are the heading, else all up to the first with a date."""
    pieces = []
    for event, part in etree.iterwalk(element, events=("start", "end")):
        if part.tag in BLOCK_TAGS and part is not element:
            pieces.append("\n")
        if event == "start":
            pieces += (" " if part.tag == "br" else "", (part.text or "").replace("\n", " "))
        elif part is not element:
            pieces.append((part.tail or "").replace("\n", " "))
    lines = [line for piece in "".join(pieces).split("\n") if (line := clean_line(piece))][:HEADING_LINES]
    if len(lines) > 1:
        for held in (*(" ".join(lines[:count]) for count in range(len(lines), 0, -1)), *lines):
            if any(value.startswith(held) for value in named):
                return held
    before = list(takewhile(lambda line: not _DAY.search(line), lines))
    return " ".join(before or lines)


def _meta_tags(tree: Any) -> dict[str, list[str]]:
    tags: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = element.get("content")
        if name and content and (text := clean_line(content)):
            tags.setdefault(name.lower().strip(), []).append(text)
    return tags


def _objects(tree: Any) -> Iterator[dict[str, Any]]:
    """The JSON-LD objects that describe an article."""
    count = 0
    for element in tree.iter("script"):
        if (element.get("type") or "").lower() != "application/ld+json" or not element.text:
            continue
        try:
            held = [orjson.loads(element.text.strip().rstrip(";"))]
        except ValueError:
            continue
        while held and count < MAX_OBJECTS:
            count += 1
            item = held.pop(0)
            if isinstance(item, list):
                held[:0] = item[:MAX_OBJECTS]
            elif isinstance(item, dict):
                kinds = item.get("@type")
                kinds = kinds if isinstance(kinds, list) else [kinds]
                if any(isinstance(kind, str) and _ARTICLE_TYPES.search(kind) for kind in kinds):
                    yield item
                held += [item[name] for name in ("@graph", "mainEntity") if name in item]


def _names(value: Any) -> str | None:
    if isinstance(value, str):
        return None if value.startswith("http") else value
    if isinstance(value, dict):
        return _names(value.get("name"))
    if isinstance(value, list):
        names = [name for item in value[:6] if (name := _names(item))]
        return ", ".join(names) or None
    return None


def _people(value: Any) -> Any:
    """Authors without the organizations among them: a paper is a source, not an author."""
    if isinstance(value, list):
        return [item for item in value if _people(item) is not None]
    if isinstance(value, dict) and "organization" in str(value.get("@type")).lower():
        return None
    return value


def _address(item: dict[str, Any]) -> str | None:
    for value in (item.get("url"), item.get("mainEntityOfPage"), item.get("@id")):
        found = value.get("@id") if isinstance(value, dict) else value
        if isinstance(found, str) and found.startswith("http"):
            return found
    return None


def _language(value: Any) -> str | None:
    return value[:2].lower() if isinstance(value, str) and re.match(r"[A-Za-z]{2}(?:$|[-_])", value) else None
