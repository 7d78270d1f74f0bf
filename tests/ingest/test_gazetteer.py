"""The gazetteer: every unit under every spelling, districts, labels, what the units became."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from search import gazetteer


def test_there_are_63_units_that_became_34() -> None:
    assert len(gazetteer.units()) == 63
    assert len(gazetteer.units_today()) == 34
    assert sum(len(gazetteer.before(name)) for name in gazetteer.units_today()) == 63


@pytest.mark.parametrize("name", gazetteer.units())
def test_a_unit_is_found_by_all_its_names(name: str) -> None:
    unit = gazetteer.unit(name)
    plain = "".join(gazetteer.key(part) + " " for part in name.replace("-", " ").split()).strip()
    for spelling in (name, name.upper(), plain, plain.replace(" ", ""), unit.formal, f"tỉnh {name}", f"TP. {name}",
                     f"TP {name}", f"T.P. {name}", f"thanh pho {plain}", f"{plain.title()} City",
                     f"{plain.title()} province", *unit.spellings, *unit.nicknames, *unit.codes):  # fmt: skip
        assert gazetteer.canonical(spelling) == name, spelling


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("TP.HCM", "Hồ Chí Minh"),
        ("TPHCM", "Hồ Chí Minh"),
        ("tp hcm", "Hồ Chí Minh"),
        ("Thành phố Hồ Chí Minh", "Hồ Chí Minh"),
        ("Sài Gòn", "Hồ Chí Minh"),
        ("saigon", "Hồ Chí Minh"),
        ("HCM City", "Hồ Chí Minh"),
        ("Haiphong", "Hải Phòng"),
        ("Hai Phong", "Hải Phòng"),
        ("Ha\u0309i Pho\u0300ng", "Hải Phòng"),
        ("Hanoi", "Hà Nội"),
        ("thủ đô", "Hà Nội"),
        ("Thừa Thiên - Huế", "Huế"),
        ("Thành phố Hoa phượng đỏ", "Hải Phòng"),
        ("Ðà Nẵng", "Đà Nẵng"),
        ("Hoà Bình", "Hòa Bình"),
        ("Đắc Lắc", "Đắk Lắk"),
        ("BR-VT", "Bà Rịa - Vũng Tàu"),
    ],
)
def test_spellings(spelling: str, name: str) -> None:
    assert gazetteer.canonical(spelling) == name


@pytest.mark.parametrize(
    "text", ["", "  ", "tỉnh", "thành phố", "Paris", "Hà", "Nội", "Cầu Giấy", "tham nhũng", "\0", "\ud800"]
)
def test_what_is_not_a_unit_is_none(text: str) -> None:
    assert gazetteer.canonical(text) is None


def test_merged_units_keep_their_own_name_and_know_what_they_became() -> None:
    assert gazetteer.canonical("Hải Dương") == "Hải Dương"
    assert gazetteer.today("Hải Dương") == "Hải Phòng"
    assert gazetteer.today("Bình Dương") == "Hồ Chí Minh"
    assert gazetteer.today("Đồng Nai") == "Đồng Nai"
    assert gazetteer.before("Cần Thơ") == ("Cần Thơ", "Hậu Giang", "Sóc Trăng")
    assert gazetteer.today("không rõ") == "không rõ"


def test_units_became_what_the_published_list_says(shared: Path) -> None:
    rows = json.loads((shared / "gazetteer" / "provinces_63_to_34.json").read_text("utf-8"))
    listed = {gazetteer.canonical(row["old_short"]): gazetteer.canonical(row["new_short"]) for row in rows}
    assert None not in listed
    assert {name: gazetteer.today(name) for name in gazetteer.units()} == listed
    for name in gazetteer.units_today():
        assert set(gazetteer.before(name)) == {old for old, new in listed.items() if new == name}


@pytest.mark.parametrize("name", gazetteer.units())
def test_today_and_before_are_each_others_reverse(name: str) -> None:
    assert gazetteer.today(name) in gazetteer.units_today()
    assert name in gazetteer.before(gazetteer.today(name))
    assert gazetteer.today(gazetteer.today(name)) == gazetteer.today(name), "a unit of today stays what it is"


def test_labels() -> None:
    assert gazetteer.label("Hồ Chí Minh") == "TP. Hồ Chí Minh"
    assert gazetteer.label("Nghệ An") == "Nghệ An"
    assert gazetteer.label("?") == "?"


@pytest.mark.parametrize(
    ("place", "units"),
    [
        ("Quận Cầu Giấy", ("Hà Nội",)),
        ("quan cau giay", ("Hà Nội",)),
        ("H. Thủy Nguyên", ("Hải Phòng",)),
        ("TX Ba Đồn", ("Quảng Bình",)),
        ("Sơn Tây", ("Hà Nội", "Quảng Ngãi")),
        ("TP Đà Lạt", ("Lâm Đồng",)),
        ("Pleiku", ("Gia Lai",)),
        ("Huyện Phú Tân", ("An Giang", "Cà Mau")),
        ("Thu Duc City", ("Hồ Chí Minh",)),
        ("Paris", ()),
        ("", ()),
    ],
)
def test_districts_lead_to_their_units(place: str, units: tuple[str, ...]) -> None:
    assert gazetteer.units_of(place) == units


def test_every_district_lies_in_a_unit() -> None:
    assert {place.unit for place in gazetteer.districts()} <= set(gazetteer.units())
    assert len(gazetteer.districts()) > 690


def test_the_person_is_not_an_alias_of_the_city() -> None:
    assert "Hồ Chí Minh" not in gazetteer.aliases("Hồ Chí Minh")
    assert "Sài Gòn" in gazetteer.aliases("Hồ Chí Minh")
    assert gazetteer.aliases("Hải Phòng")[0] == "Hải Phòng"
    assert gazetteer.aliases("Paris") == ()


def test_no_spelling_means_two_units() -> None:
    seen: dict[str, str] = {}
    for name in gazetteer.units():
        unit = gazetteer.unit(name)
        for spelling in (name, *unit.spellings, *unit.codes, *unit.nicknames):
            assert seen.setdefault(gazetteer.key(spelling), name) == name, spelling


def test_importing_it_reads_no_data() -> None:
    code = (
        "import sys, json, search.gazetteer as g; "
        "print(json.dumps([g._units.cache_info().currsize, 'numpy' in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [0, False]
