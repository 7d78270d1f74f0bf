"""The table of office-holders: whole, sourced, and used only for the years it states."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from search import gazetteer
from search.ingest.city import city
from search.ingest.officers import _OFFICE_NEAR, OPEN, _may_name_an_office, officers, officers_in


def day(value: str) -> dt.date:
    year, month, number = (int(part) for part in [*value.split("-"), "1", "1"][:3])
    return dt.date(year, month, number)


def test_every_line_is_a_term_in_a_unit_with_its_source() -> None:
    assert len(officers()) > 400
    assert sum(officer.basis == "seen" for officer in officers()) > 0.8 * len(officers())
    for officer in officers():
        assert officer.unit in gazetteer.units(), officer
        assert officer.office in ("Bí thư Thành ủy", "Bí thư Tỉnh ủy", "Chủ tịch UBND"), officer
        assert officer.end == OPEN or day(officer.start) < day(officer.end), officer
        assert day(officer.start) >= dt.date(2010, 1, 1)
        assert len(officer.source) > 15, officer
        assert officer.basis in ("seen", "general knowledge"), officer


def test_all_units_have_somebody() -> None:
    assert {officer.unit for officer in officers()} == set(gazetteer.units())


def test_nobody_holds_one_office_while_another_does() -> None:
    held: dict[tuple[str, str], list[tuple[dt.date, dt.date, str]]] = {}
    for officer in officers():
        held.setdefault((officer.unit, officer.office), []).append((day(officer.start), day(officer.end), officer.name))
    for terms in held.values():
        terms.sort()
        for (_, end, first), (start, _, second) in pairwise(terms):
            assert end <= start or first == second, (first, second)


@pytest.mark.parametrize(
    ("words", "published", "unit"),
    [
        ("Bí thư Thành ủy Trương Quang Nghĩa chủ trì.", "2019-03-13", "Đà Nẵng"),
        ("Bí thư Thành uỷ Trương Quang Nghĩa chủ trì.", "2019-03", "Đà Nẵng"),
        ("Đồng chí Trương Quang Nghĩa, Ủy viên Trung ương Đảng, Bí thư Thành ủy chủ trì.", "2019", "Đà Nẵng"),
        ("Bí thư Thành ủy Trương Quang Nghĩa chủ trì.", "2021-03-13", None),
        ("Bí thư Thành ủy Trương Quang Nghĩa chủ trì.", None, "Đà Nẵng"),
        ("Bí thư Tỉnh ủy Trương Quang Nghĩa chủ trì.", None, "Sơn La"),
        ("Bí thư Thành ủy Trương Quang Nghĩa chủ trì.", "2014-03-13", None),
        ("Bí thư Thành ủy Lê Trường Lưu dự.", "2024-03-13", "Huế"),
        ("Chủ tịch UBND thành phố Nguyễn Văn Tùng dự.", "2017-03-13", "Hải Phòng"),
        ("Chủ tịch UBND tỉnh Nguyễn Hữu Hoài dự.", "2019-06-13", None),
        ("Nguyên Bí thư Thành ủy Trương Quang Nghĩa dự.", "2019-03-13", None),
        ("Ông Trương Quang Nghĩa dự.", "2019-03-13", None),
        ("Bí thư Tỉnh ủy Trần Lưu Quang dự.", "2017-03-13", "Tây Ninh"),
        ("Bí thư Thành ủy Trần Lưu Quang dự.", "2021-12-29T09:43:00+07:00", "Hải Phòng"),
        ("Bí thư Thành ủy Trần Lưu Quang dự.", "2025-12-29", "Hồ Chí Minh"),
        ("Bí thư Thành ủy Trần Lưu Quang dự.", None, None),
        ("Chủ tịch UBND tỉnh Phan Huy Ngọc dự.", "2025-09-01", "Tuyên Quang"),
        ("Chủ tịch UBND huyện Phan Huy Ngọc dự.", "2025-09-01", None),
        ("Ông Phan Huy Ngọc, Chủ tịch UBND xã, dự.", "2025-09-01", None),
    ],
)
def test_an_office_holder_speaks_for_the_unit_while_in_office(
    words: str, published: str | None, unit: str | None
) -> None:
    found = [officer.unit for officer, _, _ in officers_in([(1, words)], published)]
    assert found == ([] if unit is None else [unit])
    assert city("", [(1, words)], published).value == unit


def test_every_writing_of_an_office_is_looked_for() -> None:
    ends = ["Thành ủy", "Tỉnh ủy", "thành uỷ", "tỉnh uỷ"]
    chairs = ["UBND", "Ủy ban nhân dân", "uỷ ban nhân dân", "HĐND", "Hội đồng nhân dân"]
    offices = [f"Bí thư {end}" for end in ends] + [f"Chủ tịch {chair}" for chair in chairs]
    offices += ["Trưởng đoàn đại biểu Quốc hội", "trưởng đoàn ĐBQH"]
    for office in offices:
        for written in (office, office.lower(), office.upper(), office.title()):
            assert _OFFICE_NEAR.search(written), written
            assert _may_name_an_office(f"Ông {written} dự."), written
