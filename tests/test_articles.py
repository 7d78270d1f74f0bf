"""What docs/sample-articles.md promises about the sample corpus in tests/articles."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ARTICLES = Path(__file__).parent / "articles"
PAGES = sorted((ARTICLES / "pages").glob("*.txt"))
TRUTH_FILE = ARTICLES.parent / "sample-pages.truth.json"
FIELDS = {"id", "title", "body", "city", "published", "url", "source", "byline"}


@dataclass(frozen=True, slots=True)
class Entry:
    """What the promises are about, for a record and a page alike."""

    id: str
    text: str
    city: str
    published: str

    @property
    def words(self) -> int:
        return len(self.text.split())


def page_id(page: Path) -> str:
    return page.relative_to(ARTICLES).with_suffix("").as_posix()


def unmarked(text: str) -> bool:
    return all(ord(char) < 128 for char in text)


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for file in sorted(ARTICLES.glob("*.jsonl")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError as error:
                pytest.fail(f"{file.name}:{number}: not JSON: {error}; one record a line, line breaks written as \\n")
    return found


@pytest.fixture(scope="module")
def truth() -> dict[str, dict[str, str | None]]:
    loaded: dict[str, dict[str, str | None]] = json.loads(TRUTH_FILE.read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def entries(records: list[dict[str, Any]], truth: dict[str, dict[str, str | None]]) -> list[Entry]:
    listed = [Entry(r["id"], r["body"], r["city"], r["published"]) for r in records]
    for page in PAGES:
        known = truth[page_id(page)]
        listed.append(Entry(page_id(page), page.read_text("utf-8"), str(known["city"]), str(known["published"])))
    return listed


def test_the_corpus_is_as_large_and_as_wide_as_promised(entries: list[Entry]) -> None:
    assert len(entries) >= 72
    assert len({entry.city for entry in entries}) >= 16
    assert {entry.published[:4] for entry in entries} == {str(year) for year in range(2016, 2026)}


def test_ids_are_unique(entries: list[Entry]) -> None:
    assert [id_ for id_, count in Counter(entry.id for entry in entries).items() if count > 1] == []


def test_nine_in_ten_articles_have_the_length_of_a_real_one(entries: list[Entry]) -> None:
    short = [entry.id for entry in entries if entry.words < 200]
    assert len(short) <= len(entries) // 10, short


def test_every_record_has_every_field_and_a_real_date(records: list[dict[str, Any]]) -> None:
    for record in records:
        assert set(record) == FIELDS, record["id"]
        assert all(isinstance(value, str) and value.strip() for value in record.values()), record["id"]
        dt.datetime.fromisoformat(record["published"])


def test_addresses_stand_in_the_reserved_domain_and_differ(records: list[dict[str, Any]]) -> None:
    addresses = [record["url"] for record in records]
    assert all(address.startswith("https://vidu.example/") for address in addresses)
    assert len(set(addresses)) == len(addresses)


def test_no_paragraph_is_used_twice(records: list[dict[str, Any]]) -> None:
    paragraphs = Counter(paragraph for record in records for paragraph in record["body"].split("\n"))
    assert [paragraph for paragraph, count in paragraphs.items() if count > 1] == []


def test_one_article_is_stored_decomposed_and_all_others_composed(records: list[dict[str, Any]]) -> None:
    decomposed = [r["id"] for r in records if not unicodedata.is_normalized("NFC", r["title"] + r["body"])]
    assert len(decomposed) == 1
    assert all(unicodedata.is_normalized("NFC", page.read_text("utf-8")) for page in PAGES)


def test_two_newsletters_are_written_wholly_without_diacritics(records: list[dict[str, Any]]) -> None:
    assert len([r["id"] for r in records if unmarked(r["title"] + r["body"])]) == 2


def test_the_words_of_the_first_example_stand_in_many_articles(entries: list[Entry]) -> None:
    found = [entry for entry in entries if "tham nhũng vặt" in unicodedata.normalize("NFC", entry.text).lower()]
    assert len(found) >= 10
    assert len({entry.city for entry in found}) >= 5
    assert len(found) < len(entries) / 2, "a word of most articles would show nothing about ranking"


def test_every_page_has_its_truth_and_every_truth_its_page(truth: dict[str, dict[str, str | None]]) -> None:
    assert len(PAGES) >= 12
    assert sorted(truth) == sorted(page_id(page) for page in PAGES)
    for name, known in truth.items():
        assert set(known) == {"title", "published", "city", "byline"}, name
        dt.datetime.fromisoformat(str(known["published"]))


def test_pages_hold_the_title_and_byline_that_their_truth_names(truth: dict[str, dict[str, str | None]]) -> None:
    for page in PAGES:
        if page.with_suffix(".meta.json").exists():
            continue  # the sidecar, not the page, is where these values come from
        text = page.read_text("utf-8")
        known = truth[page_id(page)]
        assert str(known["title"]) in text.splitlines(), page.name
        assert (known["byline"] or "").lower() in text.lower(), page.name


def test_one_page_has_a_sidecar_that_says_what_the_truth_says(truth: dict[str, dict[str, str | None]]) -> None:
    (sidecar,) = (ARTICLES / "pages").glob("*.meta.json")
    said = json.loads(sidecar.read_text("utf-8"))
    known = truth[f"pages/{sidecar.name.removesuffix('.meta.json')}"]
    assert {field: said[field] for field in known} == known
