"""Days as people write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query.dates import read

D = dt.date
TODAY = D(2024, 3, 13)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2021", D(2021, 1, 1), D(2021, 12, 31)),
        ("năm 2021", D(2021, 1, 1), D(2021, 12, 31)),
        ("2021-03", D(2021, 3, 1), D(2021, 3, 31)),
        ("2024-02", D(2024, 2, 1), D(2024, 2, 29)),
        ("12/2021", D(2021, 12, 1), D(2021, 12, 31)),
        ("2021-03-09", D(2021, 3, 9), D(2021, 3, 9)),
        ("29/12/2021", D(2021, 12, 29), D(2021, 12, 29)),
        ("1-2-2021", D(2021, 2, 1), D(2021, 2, 1)),
        ("1.2.2021", D(2021, 2, 1), D(2021, 2, 1)),
        ("tháng 3/2021", D(2021, 3, 1), D(2021, 3, 31)),
        ("tháng 3 năm 2021", D(2021, 3, 1), D(2021, 3, 31)),
        ("thang 3 nam 2021", D(2021, 3, 1), D(2021, 3, 31)),
        ("ngày 9/3/2021", D(2021, 3, 9), D(2021, 3, 9)),
        ("ngày 9 tháng 3 năm 2021", D(2021, 3, 9), D(2021, 3, 9)),
        ("quý 1/2021", D(2021, 1, 1), D(2021, 3, 31)),
        ("quý IV năm 2021", D(2021, 10, 1), D(2021, 12, 31)),
        ("từ ngày 1/3/2021 đến ngày 5/3/2021", D(2021, 3, 1), D(2021, 3, 5)),
        ("từ tháng 3/2021 đến tháng 5/2021", D(2021, 3, 1), D(2021, 5, 31)),
        ("tháng 3/2021 đến tháng 5/2021", D(2021, 3, 1), D(2021, 5, 31)),
        ("đến tháng 5/2021", None, D(2021, 5, 31)),
        ("2019..2021", D(2019, 1, 1), D(2021, 12, 31)),
        ("2019-2021", D(2019, 1, 1), D(2021, 12, 31)),
        ("2019–2021", D(2019, 1, 1), D(2021, 12, 31)),
        ("2021..2019", D(2019, 1, 1), D(2021, 12, 31)),
        ("1/2021..15/3/2021", D(2021, 1, 1), D(2021, 3, 15)),
        ("từ 2019 đến 2021", D(2019, 1, 1), D(2021, 12, 31)),
        ("từ 1/3/2021 đến 5/3/2021", D(2021, 3, 1), D(2021, 3, 5)),
        ("tu 2019 den 2021", D(2019, 1, 1), D(2021, 12, 31)),
        ("từ 2019", D(2019, 1, 1), None),
        ("2019..", D(2019, 1, 1), None),
        (">=2019", D(2019, 1, 1), None),
        ("..2021", None, D(2021, 12, 31)),
        ("đến 3/2021", None, D(2021, 3, 31)),
        ("<=2021-03-09", None, D(2021, 3, 9)),
        ("hôm nay", TODAY, TODAY),
        ("hom qua", D(2024, 3, 12), D(2024, 3, 12)),
        ("tuần này", D(2024, 3, 11), D(2024, 3, 17)),
        ("last week", D(2024, 3, 4), D(2024, 3, 10)),
        ("tháng này", D(2024, 3, 1), D(2024, 3, 31)),
        ("tháng trước", D(2024, 2, 1), D(2024, 2, 29)),
        ("năm ngoái", D(2023, 1, 1), D(2023, 12, 31)),
    ],
)
def test_ranges(text: str, start: dt.date | None, end: dt.date | None) -> None:
    days = read(text, TODAY)
    assert days is not None
    assert (days.start, days.end, days.length) == (start, end, len(text))


@pytest.mark.parametrize("text", ["", "31/02/2020", "2021-13", "0/2021", "hội lớn", "20211", "12345", "17-KH", "0000"])
def test_what_is_no_date(text: str) -> None:
    assert read(text, TODAY) is None


def test_what_follows_is_left() -> None:
    days = read("2021 tham nhũng", TODAY)
    assert days is not None
    assert days.length == 4


def test_january_and_the_first_week_look_back() -> None:
    days = read("tháng trước", D(2024, 1, 31))
    assert days is not None
    assert (days.start, days.end) == (D(2023, 12, 1), D(2023, 12, 31))


@given(st.dates(D(1, 1, 1), D(9999, 12, 31)))
def test_any_day_reads_back(day: dt.date) -> None:
    for text in (f"{day.day}/{day.month}/{day.year:04}", day.isoformat()):
        days = read(text, TODAY)
        assert days is not None
        assert days.start == days.end == day


@given(st.text(max_size=12))
def test_any_text_is_a_range_or_none(text: str) -> None:
    days = read(text, TODAY)
    assert days is None or days.length <= len(text)
