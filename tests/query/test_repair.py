"""When words are repaired and names widened, and above all when they are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query.glued import split
from search.query.interpret import interpret
from search.query.lexicon import Known
from search.query.repair import kept, possible, repaired, repairs
from search.query.tree import Plan
from tests.query.library import Library, ask, named

LIBRARY = Library(
    named(
        "nạn tham nhũng vặt ở phường",
        "tháng 3 năm nay, thảng hoặc có mưa",
        "thiết bị vawtj nhập khẩu, đời d9a3",
        "người dân Đà Nẵng; hoàng anh và hoa an",
        "bánh tét",
    )
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("tham nhungx", "tham nhũng"),
        ("nguowif daan", "người dân"),
        ("(nguowif), daan!", "(người), dân!"),
        ("NGUOWIF DAAN", "người dân"),
        ("d9a2 na8ng4", "đà nẵng"),
        ("danang", "da nang"),
        ("thamnhungvat", "tham nhung vat"),
        ("thamnhũngvặt", "tham nhũng vặt"),
        ("thamnhungxvawtj", "tham nhũng vặt"),
        ("thamnhungvawtj", "tham nhung vặt"),
        ("nguowifdaan", "người dân"),
        ("NGUOIDAAN", "nguoi dân"),
        ("nguoi72da6n", "người dân"),
    ],
)
def test_repaired(text: str, meant: str) -> None:
    found = repairs(text, Known(LIBRARY))
    assert repaired(text, found) == meant
    assert repairs(kept(text, found), Known(LIBRARY)) == []


@pytest.mark.parametrize(
    "text",
    [
        "vawtj",
        "hoanganhs",
        "nhungxtham",
        "thang3nam5",
        "thang3",
        "test",
        "tham nhung",
        "USA",
        "SOS VIP",
        "a1",
        "QH14",
        "nhungx-a",
        "x/nhungx",
        "a@nhungx.vn",
        "zzzzzx",
    ],
)
def test_left_alone(text: str) -> None:
    assert repairs(text, Known(LIBRARY)) == []


def test_a_word_that_an_article_writes_is_meant() -> None:
    answer = ask(LIBRARY, "vawtj")
    assert answer.ids == ["a2"]
    assert "repair" not in answer.kinds


def test_of_several_ways_the_fewest_and_most_frequent_syllables() -> None:
    assert split("hoanganh", Known(LIBRARY)) == ["hoang", "anh"]
    assert split("hoaan", Known(LIBRARY)) == ["hoa", "an"]
    assert split("khongco", Known(LIBRARY)) is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ủy ban nhân dân", {"a0", "a1"}),
        ("ủy bàn nhân dân", set()),
        ("trung ương", {"a2", "a3"}),
        ("trúng ương", set()),
        ("hài phòng", set()),
        ("Hải Phòng", {"a4"}),
    ],
)
def test_a_name_with_other_marks_is_another_word(query: str, found: set[str]) -> None:
    library = Library(named("UBND tỉnh", "ủy ban nhân dân xã", "Ủy viên TW", "cấp trung ương", "cảng Haiphong"))
    strict = interpret(query, library).attempts[0]
    assert {match.id for match in library.search(Plan(strict.match, limit=9)).matches} == found


SCHOOL = Library(
    named(
        *["giáo dục đại học, giá xăng, không khí"] * 12,
        *["tháng 3 năm nay ở quận 3", "thảng hoặc quản lý", "giao 1 đơn, học 5 bài, hạng xăng 8"] * 2,
        "cơn khoong, lois",
    )
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("giao1 duc5", "giáo dục"),  # "giao 1" and "học 5" are held, but not so
        ("giao1 duc", "giáo duc"),
        ("d9ai5 hoc5", "đại học"),
        ("GIA1 XANG8", "giá xăng"),
        ("khoong khis", "không khí"),  # once one word is keys, so is another that hardly any article holds
    ],
)
def test_neighbors_tell_keys_from_numbers_and_slips(text: str, meant: str) -> None:
    assert repaired(text, repairs(text, Known(SCHOOL))) == meant


@pytest.mark.parametrize("text", ["thang3", "thang3 nam nay", "quan3", "o quan3", "hoc5 bai", "khoong", "lois khi"])
def test_what_articles_write_is_no_keys(text: str) -> None:
    assert repairs(text, Known(SCHOOL)) == []


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("thanhf phoos hoof chis minh", "thành phố hồ chí minh"),
        ("hoof", "hoof"),  # alone it is the English word
        ("test nguowif daan", "test người dân"),  # articles write it
    ],
)
def test_an_english_word_among_keys_is_keys_where_no_article_writes_it(text: str, meant: str) -> None:
    lexicon = Known(
        Library(named("thành phố Hồ Chí Minh", "người dân đi test nhanh", "test lại", "test test", "đợt test"))
    )
    assert repaired(text, repairs(text, lexicon)) == meant


def test_letters_of_no_vietnamese_word_are_read_by_their_sound() -> None:
    library = Library(named("ông Phúc đi họp", "fc Hà Nội", "dầu cao su", "fc fc", "fc nhà"))
    for query, offered in [("ông fuc", "ông phúc"), ("zầu cao su", "dầu cao su")]:
        assert [suggestion.query for suggestion in interpret(query, library).suggestions] == [offered]


def test_a_query_of_names_is_not_long() -> None:
    both = "Ủy ban nhân dân tỉnh Lạng Sơn họp"
    library = Library(named(both, "Ủy ban nhân dân tỉnh Hà Nam: ủy ban nhân dân tỉnh họp", "Lạng Sơn có ủy ban"))
    for query in ("ủy ban nhân dân tỉnh Lạng Sơn", "uy ban nhan dan tinh lang son"):
        assert ask(library, query).found == {"a0"}


def test_what_is_offered_keeps_the_neighbors_on_both_sides() -> None:
    library = Library(named(*["nạn tham nhũng"] * 20, *["những vật nuôi"] * 60, "tham nhũng vặt"))
    assert not interpret("tham nhũng vặt", library).suggestions
    assert [s.query for s in interpret("nhũng vật nuôi", library).suggestions] == ["những vật nuôi"]


@given(st.lists(st.sampled_from(["tham", "nhũng", "khoong", "Hà", "NỘI", "xoong", "ddeef", "test", "a1", "-", "đê,"])))
def test_nothing_is_repaired_where_no_repair_is_possible(words: list[str]) -> None:
    text = " ".join(words)
    if not possible(text):
        assert repairs(text, Known(Library(()))) == []
    assert [possible(word) for word in ("khoong", "test", "Hà NỘI nhũng")] == [True, True, False]


def test_what_is_offered_keeps_the_diacritics_typed() -> None:
    texts = ["xây dựng Đảng trong sạch"] * 2 + ["xây dựng đầu tiên"] * 5 + ["xây dựng đã lâu"] * 5
    offered = [suggestion.query for suggestion in interpret("xây dựng đảg", Library(named(*texts))).suggestions]
    assert offered == ["xây dựng đảng"]
    assert [s.query for s in interpret("xay dung dag", Library(named(*texts))).suggestions] != offered
