"""Pages written for the tests, each for a rule or its counter-example, against what a good reader takes from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.ingest import read_sources
from search.ingest.cleaning import clean_lines
from search.model import Record
from tests.ingest import page_cities, page_dates, page_layouts
from tests.ingest.page_texts import Case

CASES = {
    f"{kind}: {case.name}": case
    for kind, cases in (("date", page_dates.CASES), ("layout", page_layouts.CASES), ("city", page_cities.CASES))
    for case in cases
}


def read(case: Case, folder: Path) -> Record:
    path = folder / "trang.txt"
    path.write_text(case.page, encoding="utf-8", newline="")
    (record,) = read_sources([path])
    assert isinstance(record, Record), record
    return record


@pytest.mark.parametrize("name", CASES)
def test_a_page_is_read_as_a_person_reads_it(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    record = read(case, tmp_path)
    asked = {
        "title": (case.title, record.title.value),
        "published": (case.published, record.published.value),
        "confidence": (case.confidence, record.published.confidence),
        "event": (case.event, record.event_date.value),
        "city": (case.city, record.city.value),
        "byline": (case.byline, record.byline.value),
        "source": (case.source, record.source.value),
    }
    wrong = {field: found for field, (truth, found) in asked.items() if truth is not ... and truth != found}
    assert not wrong, record
    assert set(case.rejects) <= {candidate.value for candidate in record.published.rejected}
    for words in case.body_has:
        assert words in record.body
    for words in case.body_lacks:
        assert words not in record.body


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_lost_without_a_reason(name: str, tmp_path: Path) -> None:
    """Every line of a page is the title, in the article, or among what was removed."""
    case = CASES[name]
    record = read(case, tmp_path)
    kept = "\n".join((record.title.value or "", record.body, *(removed.text for removed in record.removed)))
    for line in clean_lines(case.page).split("\n"):
        if line.strip():
            assert all(word.strip("./") in kept for word in line.split()), line


def test_there_are_enough_pages() -> None:
    assert len(CASES) >= 80
    names = [case.name for case in CASES.values()]
    assert len(set(names)) >= len(names) - 3
