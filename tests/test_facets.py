"""Counts become buckets that people can read, and a choice never hides its neighbors."""

from __future__ import annotations

import datetime as dt

from search.facets import Choice, buckets, requests

COUNTS = {
    "city": {"Hải Phòng": 2, "Đà Nẵng": 5, "": 7},
    "year": {"2019": 3, "2021": 1, "": 1},
    "month": {"2019-01": 1, "2019-12": 2, "2021-05": 1},
    "day": {"2019-12-01": 2, "2019-01-01": 1},
}
YEAR = Choice(start=dt.date(2019, 1, 1), end=dt.date(2019, 12, 31))
MONTH = Choice(start=dt.date(2019, 12, 1), end=dt.date(2019, 12, 31))


def test_places_come_by_count_and_the_unknown_last() -> None:
    assert [(b.label, b.count) for b in buckets(COUNTS, Choice())["city"]] == [
        ("Đà Nẵng", 5),
        ("Hải Phòng", 2),
        ("không rõ", 7),
    ]


def test_a_chosen_value_stays_even_at_zero() -> None:
    chosen = [b for b in buckets(COUNTS, Choice(cities=("Cà Mau",)))["city"] if b.selected]
    assert [(b.value, b.count) for b in chosen] == [("Cà Mau", 0)]


def test_years_then_months_then_days() -> None:
    assert requests(Choice()) == ("city", "year", "source", "byline")
    assert "month" in requests(YEAR)
    assert "day" in requests(MONTH)
    assert "day" not in requests(YEAR)


def test_a_chosen_year_shows_its_months_and_keeps_the_other_years() -> None:
    shown = buckets(COUNTS, YEAR)
    assert [(b.value, b.selected) for b in shown["published"]] == [("2021", False), ("2019", True), ("", False)]
    assert [b.label for b in shown["month"]] == ["12/2019", "01/2019"]


def test_a_chosen_month_marks_its_year_too() -> None:
    shown = buckets(COUNTS, MONTH)
    assert [b.value for b in shown["published"] if b.selected] == ["2019"]
    assert [b.value for b in shown["month"] if b.selected] == ["2019-12"]
    assert [b.value for b in shown["day"]] == ["2019-12-01"]


def test_a_free_range_is_no_period() -> None:
    assert Choice(start=dt.date(2019, 1, 1), end=dt.date(2020, 6, 1)).period is None
