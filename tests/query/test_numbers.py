"""Codes, numbers and ordinals: found whole and in parts, with and without marks and diacritics; others are not."""

from __future__ import annotations

import pytest

from tests.query.library import Library, ask, named

LIBRARY = Library(
    named(
        roman="Đại hội khóa XVI đã họp xong",
        arabic="Đại hội khóa 16 đã họp xong",
        listed="các khóa XV, XVI và XVIII đều bàn việc này",
        figure="vốn 102.614 tỷ đồng được giải ngân",
        bare="vốn 102614 đồng được giải ngân",
        date="sáng 29/12/2021 trời mưa to",
        other_date="sáng 29/1/2022 trời mưa to",
        decree="Nghị định số 84/2021/NĐ-CP vừa ban hành",
        plan="Kế hoạch 17-KH/TU vừa ban hành",
        rule="Quy định 37-QĐ/TW vừa ban hành",
        share="đạt 58,42 % kế hoạch năm",
        disease="dịch Covid-19 lan rộng",
        school="Sở GD&ĐT họp sáng nay",
        office="Sở GD-ĐT họp chiều nay",
        bureau="Sở GDĐT họp tối nay",
        gas="lượng CO2 tăng nhanh",
        people="ở đó có 2 người",
    )
)


@pytest.mark.parametrize(
    ("query", "articles"),
    [
        ("khóa XVI", "roman arabic"),
        ("khoa xvi", "roman arabic"),
        ("khoa 16", "roman arabic"),
        ("18", "listed"),
        ("khóa 15", "listed"),
        ('"khóa 16"', "roman arabic"),
        ('"khoa XVI"', "roman arabic"),
        ("102.614", "figure bare"),
        ("102,614", "figure bare"),
        ("102\u00a0614", "figure bare"),
        ("102614 đồng", "bare"),
        ('"vốn 102614 tỷ"', "figure"),
        ('"vốn 102.614 đồng"', "bare"),
        ("29-12-2021", "date"),
        ("29.12.2021", "date"),
        ("sở gdđt", "school office bureau"),
        ("GD&ĐT", "school office bureau"),
        ("gd&dt", "school office bureau"),
        ("GD-ĐT", "school office bureau"),
        ("CO2", "gas"),
        ("102614", "figure bare"),
        ("29/12", "date"),
        ("29/12/2021", "date"),
        ("12/2021", "date"),
        ("84/2021", "decree"),
        ("84/2021/NĐ-CP", "decree"),
        ("nd-cp", "decree"),
        ("17-KH/TU", "plan"),
        ("17 KH TU", "plan"),
        ("kh/tu", "plan"),
        ("37-QD/TW", "rule"),
        ("37-QĐ/TW", "rule"),
        ("58,42", "share"),
        ("58,42%", "share"),
        ("covid 19", "disease"),
        ("Covid19", "disease"),
    ],
)
def test_numbers_are_found(query: str, articles: str) -> None:
    assert ask(LIBRARY, query).found == set(articles.split())


@pytest.mark.parametrize(
    "query", ["+17-KH/TW", "+2/2021", '"khóa XVII"', "+614.102", "+84/2022", "+58.42", "+5842", "+2.021"]
)
def test_other_numbers_are_not(query: str) -> None:
    assert not ask(LIBRARY, query).found
