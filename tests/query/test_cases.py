"""The rules of matching as a reader would test them: numbered cases over small texts and real pages, per engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from search.analysis import analyze
from search.engines.base import Prepared
from search.snippets import highlight
from tests.query.library import Answer, Asked, ask

Index = Callable[..., Asked]
Pages = Callable[..., Answer]
ALL = {"S0", "S1", "S2", "S3", "S4"}


def marked(reader: Asked, answer: Answer, id: str) -> set[str]:
    """What is marked in the fragments of an article, as written."""
    article = reader.articles([id])[0]
    item = Prepared(article, analyze(article.title), analyze(article.body))
    shown = highlight(item, answer.attempt.highlights, count=3)
    return {snippet.text[a:b] for snippet in shown.snippets for a, b in snippet.highlights}


# Two syllables do not claim half the corpus, and typed diacritics are meant.


@pytest.mark.parametrize("query", ["tham nhung vat", "tham nhũng vặt", "tham nhung vặt", "THAM NHŨNG VẶT"])
def test_1_words_without_diacritics_find_the_words_with_them(pages: Pages, query: str) -> None:
    assert pages(query).found == {"S0", "S2"}


def test_1_and_are_marked_as_written(index: Index) -> None:
    reader = index("Vẫn còn tình trạng tham nhũng vặt ở cơ sở.", "Thăm những người quen, xem vật cũ, chống tham nhũng.")
    answer = ask(reader, "tham nhung vat")
    assert answer.ids == ["a0"]
    assert marked(reader, answer, "a0") == {"tham nhũng vặt"}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("toi duoc di hoc", "Sáng nay tôi được đi học sớm."),
        ("nguoi dung dau", "Trách nhiệm của người đứng đầu."),
        ("xit chong nang", "XỊT CHỐNG NẮNG"),
        ("đà nẵng", "Ðà Nẵng mưa lớn"),
        ("da nang", "Ðà Nẵng mưa lớn"),
        ("Lệ Thuỷ", "Huyện Lệ Thủy"),
        ("kĩ thuật", "Trường kỹ thuật"),
        ("đảng bộ", "Đảng bộ thành phố".encode().decode()),
        ("đảng bộ", "\u0110a\u0309ng b\u00f4\u0323 tha\u0300nh ph\u00f4\u0301"),
        ('"năm 2023"', "Trong năm\u00a02023, thành phố"),
        ("mua lon", "Mưa lớn kéo dài"),
    ],
)
def test_2_4_6_7_20_23_25_27_the_same_words_in_another_spelling(index: Index, query: str, text: str) -> None:
    assert ask(index(text, "Một bài viết khác hẳn."), query).ids == ["a0"]


def test_3_a_name_of_two_syllables(pages: Pages) -> None:
    assert pages("ha noi").found == {"S3"}


@pytest.mark.parametrize("query", ["a", "e", "o", "u", "a a e o o u"])
def test_5_letters_with_two_marks(index: Index, query: str) -> None:
    assert ask(index("Ắ Ấ Ế Ố Ớ Ứ", "xyz"), query).ids == ["a0"]


def test_8_a_bar_is_a_mark(pages: Pages) -> None:
    assert pages("đăng").found == {"S4"}


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("bán", ["ban hành quy định", "bản đồ quy hoạch", "bàn bạc dân chủ"]),
        ("cấm", ["cảm ơn bà con", "cầm tay nhau", "cam sành vườn nhà"]),
        ("má phanh", ["cái ma phanh của xe", "mà phanh lại ở đó"]),
    ],
)
def test_9_several_other_spellings_are_shown_and_labelled(index: Index, query: str, texts: list[str]) -> None:
    answer = ask(index(*texts), query)
    assert answer.understood.attempts[0].label == "strict"
    assert answer.found == {f"a{i}" for i in range(len(texts))}
    assert answer.label == "folded"
    assert "fallback" in answer.kinds


def test_10_an_open_word_finds_all_and_the_same_spelling_first(pages: Pages) -> None:
    answer = pages("nam")
    assert answer.found == ALL
    assert answer.ids[0] == "S4"


@pytest.mark.parametrize(
    ("query", "text", "suggested"),
    [
        ("năm", "Con sông Nam chảy qua", "Nam"),
        ("thủy dương", "Phóng viên Thùy Dương", "Thùy Dương"),
        ("hà nam", "Anh Hạ Năm về quê", "Hạ Năm"),
    ],
)
def test_11_21_one_other_spelling_is_suggested_not_shown(index: Index, query: str, text: str, suggested: str) -> None:
    answer = ask(index(text, "một bài khác"), query)
    assert not answer.ids
    assert answer.suggestions == [suggested]


def test_12_an_open_word_takes_every_letter(index: Index) -> None:
    assert ask(index("dương", "đương", "đường", "dong"), "duong").found == {"a0", "a1", "a2"}


def test_13_a_tone_is_meant(index: Index) -> None:
    assert ask(index("ma", "má", "mà", "mả", "mã", "mạ"), "mã").ids == ["a4"]


def test_14_a_name_with_a_mark(pages: Pages) -> None:
    assert pages("Lê").found == {"S0", "S1", "S4"}


def test_15_the_spelling_as_typed_comes_first(pages: Pages) -> None:
    answer = pages("phong")
    assert answer.found == ALL
    assert answer.ids[0] == "S3"


def test_16_one_mark_among_open_words(index: Index) -> None:
    reader = index("nạn tham nhũng vặt ở phường", "kẻ tham nhũng vật chất")
    assert ask(reader, "tham nhung vặt").ids == ["a0"]
    assert ask(reader, "tham nhung vat").found == {"a0", "a1"}


def test_17_accented_words_reach_text_without_accents(index: Index) -> None:
    reader = index("Nan tham nhung vat o phuong xa con nhieu", "Nạn tham nhũng vặt ở phường xã còn nhiều")
    assert ask(reader, "tham nhũng vặt").ids == ["a1", "a0"]


def test_17_one_bare_word_does_not_make_a_text_unaccented(index: Index) -> None:
    assert ask(index("ông ban hành nghị quyết"), "bản").ids == []


@pytest.mark.parametrize("pair", ["hòa bình/hoà bình", "thúy/thuý", "khỏe/khoẻ", "quý/qúy", "lũy/luỹ"])
def test_18_tone_placement_makes_no_difference(index: Index, pair: str) -> None:
    one, other = pair.split("/")
    reader = index(f"Nói về {one} ở đây", f"Nói về {other} ở đây", "Nói về chuyện khác")
    first, second = ask(reader, one), ask(reader, other)
    assert first.found == second.found == {"a0", "a1"}
    assert first.scores == second.scores
    assert len(set(first.scores.values())) == 1


def test_19_both_placements_are_the_same_set_and_marked(pages: Pages, index: Index) -> None:
    assert pages("thành uỷ").found == pages("thành ủy").found >= {"S4"}
    reader = index("Thành ủy họp. Ban Thường vụ Thành uỷ kết luận.")
    assert marked(reader, ask(reader, "thành uỷ"), "a0") == {"Thành ủy", "Thành uỷ"}


def test_22_i_and_y(pages: Pages, index: Index) -> None:
    assert "S0" in pages("tỷ lệ thu hồi").found
    assert pages("tỷ lệ thu hồi").found == pages("tỉ lệ thu hồi").found
    assert ask(index("tỉ lệ cao", "tỷ lệ thấp"), "tỷ lệ").found == {"a0", "a1"}


@pytest.mark.parametrize(("query", "text"), [("tai", "cánh tay"), ("thúi", "chị Thúy"), ("cày", "cái cài áo")])
def test_24_i_is_not_y_where_orthography_forbids(index: Index, query: str, text: str) -> None:
    assert ask(index(text), query).ids == []


# Keys of an input method that was off.


@pytest.mark.parametrize("query", ["tham nhungx vawtj", "tham nhuxng vajwt", "thamnhungvat"])
def test_29_telex_and_glued_words_with_a_notice(pages: Pages, query: str) -> None:
    answer = pages(query)
    assert answer.found == {"S0", "S2"}
    note = next(note for note in answer.notes if note.kind == "repair")
    assert note.query is not None
    literal = pages(note.query)
    assert literal.ids == []
    assert "repair" not in literal.kinds


@pytest.mark.parametrize("query", ["d9a3ng", "da3ng9", "DA9NG3"])
def test_30_vni(index: Index, query: str) -> None:
    answer = ask(index("Đảng bộ tỉnh", "bài khác"), query)
    assert answer.ids == ["a0"]
    assert "repair" in answer.kinds


def test_31_a_word_of_the_world_is_no_keystroke(index: Index) -> None:
    reader = index("bánh tét ngày Tết", "kit test nhanh")
    assert ask(reader, "test").ids == ["a1"]
    assert ask(index("bánh tét ngày Tết"), "test").ids == []


# Other names.


def test_32_a_name_and_its_abbreviation(pages: Pages) -> None:
    answer = pages("ủy ban nhân dân")
    assert answer.found == {"S0", "S2", "S4"}
    assert "expansion" in answer.kinds


@pytest.mark.parametrize("query", ["hội đồng nhân dân", "HDND", "HĐND", "hoi dong nhan dan"])
def test_33_in_any_spelling(pages: Pages, query: str) -> None:
    assert pages(query).found == {"S0", "S4"}


def test_34_the_literal_comes_first(pages: Pages) -> None:
    answer = pages("PCTN")
    assert answer.ids[0] == "S0"
    assert answer.found >= {"S0", "S2", "S3"}


def test_35_what_was_stripped_is_not_found(pages: Pages) -> None:
    assert pages("mặt trận tổ quốc").found == {"S4"}


@pytest.mark.parametrize("query", ['"phòng chống tham nhũng"', '"phòng, chống tham nhũng"'])
def test_36_punctuation_takes_no_position(pages: Pages, query: str) -> None:
    assert pages(query).found == {"S0", "S2", "S3"}


@pytest.mark.parametrize("query", ["17-kh/tu", "17 KH TU", "17-KH/TU"])
def test_37_a_code_whole_and_in_parts(pages: Pages, index: Index, query: str) -> None:
    assert pages(query).found == {"S2"}
    reader = index("Kế hoạch 17-KH/TU", "Kế hoạch 17-KH/TW", "17 thôn, KH và TU", "Kế hoạch 117-KH/TU")
    assert ask(reader, query).ids == ["a0"]


def test_38_a_code_without_its_marks(pages: Pages) -> None:
    assert "S3" in pages("37-QD/TW").found
    assert pages("37-QD/TW").found == pages("37-QĐ/TW").found


@pytest.mark.parametrize("query", ["Sài Gòn", "sai gon", "Saigon", "TP.HCM", "TPHCM"])
def test_39_a_person_is_not_a_city(pages: Pages, index: Index, query: str) -> None:
    assert "S4" not in pages(query).found
    reader = index("tư tưởng Hồ Chí Minh", "thành phố Hồ Chí Minh", "TP.HCM", "Sài Gòn xưa", "TP Hồ Chí Minh")
    assert ask(reader, query).found == {"a1", "a2", "a3", "a4"}


@pytest.mark.parametrize("query", ["Haiphong", "Hai Phong", "hải phòng", "haiphong"])
def test_40_a_city_in_any_spelling(pages: Pages, query: str) -> None:
    assert pages(query).found >= {"S0", "S1", "S4"}
    assert "S3" not in pages(query).found


def test_syllables_far_apart_are_no_name(index: Index) -> None:
    reader = index("Thành phố Hải Phòng", "Hải quân diễn tập phòng thủ", "phòng họp của vùng biển đông hải")
    for query in ("Hải Phòng", "hải phòng", "hai phong", "HẢI PHÒNG"):
        assert ask(reader, query).ids == ["a0"], query
