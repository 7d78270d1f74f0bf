"""Every page in tests/pages is read as tests/pages.truth.json says; docs/page-truth.md tells what a truth holds."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from search import gazetteer
from search.ingest import read_file, record_json

PAGES = Path(__file__).parent / "pages"
TRUTH: dict[str, dict[str, Any]] = json.loads((PAGES.parent / "pages.truth.json").read_text("utf-8"))
FAILING: dict[str, dict[str, str]] = json.loads((PAGES.parent / "pages.failing.json").read_text("utf-8"))
VALUES = ("title", "published", "event_date", "city", "byline", "source")
FIELDS = (*VALUES, "keeps", "strips", "paragraphs")
REQUIRED = {"title", "published", "city", "byline", "keeps", "strips", "rule"}


def has_truth(truth: dict[str, Any], field: str) -> bool:
    """Whether a page can be asked for a field: "paragraphs" follow from the page itself, the rest is in its truth."""
    return field == "paragraphs" or (field in truth and truth[field] != [])


def cases() -> list[Any]:
    """Each (page, field) that has a truth; those known to fail carry their reason as a strict xfail."""
    found = []
    for name, truth in TRUTH.items():
        for field in FIELDS:
            if not has_truth(truth, field):
                continue
            reason = FAILING.get(name, {}).get(field)
            marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
            found.append(pytest.param(name, field, id=f"{name}-{field}", marks=marks))
    return found


def squeezed(text: str) -> str:
    """The text in NFC with every run of white space, U+00A0 too, as one blank."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def paragraphs(name: str) -> list[str]:
    """The ends of the paragraphs: lines of 15 words or more that close like a sentence and hold none of the `strips`.

    Only the last eight words, because a dateline or a time may be cut from the first.
    """
    text = (PAGES / name).read_bytes().decode("utf-8-sig")
    lines = [squeezed(re.sub(r"<[^>]+>", " ", line)) for line in text.splitlines()]
    strips = [squeezed(phrase) for phrase in TRUTH[name]["strips"]]
    return [
        " ".join(line.split()[-8:])
        for line in lines
        if len(line.split()) >= 15 and line[-1] in ".!?”…:" and not any(phrase in line for phrase in strips)
    ]


@pytest.fixture(scope="module")
def readings() -> dict[str, dict[str, Any]]:
    """Records by page name; filled as the tests ask."""
    return {}


def reading_of(name: str, readings: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if name not in readings:
        items = list(read_file(PAGES / name))
        assert len(items) == 1, f"{name}: one page is one record, not {len(items)}"
        item = items[0]
        assert hasattr(item, "body"), f"{name} was not read: {item}"
        readings[name] = record_json(item)
    return readings[name]


@pytest.mark.parametrize(("name", "field"), cases())
def test_a_page_is_read_as_its_truth_says(name: str, field: str, readings: dict[str, dict[str, Any]]) -> None:
    truth = TRUTH[name]
    record = reading_of(name, readings)
    if field == "keeps":
        body = squeezed(record["body"])
        assert [phrase for phrase in truth["keeps"] if squeezed(phrase) not in body] == [], "lost from the body"
    elif field == "strips":
        body = squeezed(record["body"])
        assert [phrase for phrase in truth["strips"] if squeezed(phrase) in body] == [], "left in the body"
    elif field == "paragraphs":
        body = squeezed(record["body"])
        assert [end for end in paragraphs(name) if end.removesuffix("./.") not in body] == [], "lost from the body"
    elif field == "title" and truth["title"] is None:
        assert record["title"]["confidence"] in {"low", "none"}, "a title that is not in the page must be flagged"
        taken = squeezed(record["title"]["value"] or "").rstrip("…. ")
        assert squeezed(record["body"]).startswith(taken), "and taken from the lead"
    elif field == "byline" and truth["byline"]:
        assert authors(record["byline"]["value"]) == authors(truth["byline"]), why(record["byline"])
    else:
        value = record[field]["value"]
        assert (squeezed(value) if isinstance(value, str) else value) == truth[field], why(record[field])


def authors(byline: str | None) -> list[str]:
    """The names of a byline, whatever joins them."""
    return re.split(r"\s*[,;–]\s*|\s+-\s+|\s+và\s+", squeezed(byline or ""))


def why(reading: dict[str, Any]) -> str:
    """The evidence a value rests on, for the message of a failure."""
    rules = "; ".join(f"{one['rule']}: “{one['text']}” (line {one['line']})" for one in reading["evidence"])
    return f"{reading['confidence']} confidence from {rules or 'nothing'}"


def test_every_page_has_a_truth_and_every_truth_a_page() -> None:
    assert sorted(TRUTH) == sorted(page.name for page in PAGES.iterdir())


def test_there_are_at_least_84_pages_and_10_of_them_saved_html() -> None:
    assert len(TRUTH) >= 84
    assert sum(name.endswith(".html") for name in TRUTH) >= 10


@pytest.mark.parametrize("name", sorted(TRUTH))
def test_a_truth_is_whole_and_fits_its_page(name: str) -> None:
    truth = TRUTH[name]
    assert REQUIRED <= truth.keys() <= REQUIRED | set(VALUES)
    assert truth["keeps"], "say what must stay"
    assert truth["rule"]
    assert paragraphs(name), "a page needs a text"
    city = truth["city"]
    assert city is None or gazetteer.canonical(city) == city, f"{city} is not a canonical name"
    if name.endswith(".txt"):
        text = squeezed((PAGES / name).read_bytes().decode("utf-8-sig"))
        phrases = [*truth["keeps"], *truth["strips"], *([truth["title"]] if truth["title"] else [])]
        assert [phrase for phrase in phrases if squeezed(phrase) not in text] == []


def test_known_failures_name_a_truth_and_a_reason() -> None:
    for name, fields in FAILING.items():
        for field, reason in fields.items():
            assert has_truth(TRUTH[name], field), f"{name}: {field} has no truth"
            assert len(reason) > 10, f"{name}: {field}: say why it fails"
