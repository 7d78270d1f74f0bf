"""Spelling: one exact term for every accepted writing of a syllable, and different terms for different syllables."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import exact_form, fold, has_marks, is_syllable, normalize
from search.analysis.syllables import _onset_rimes, canonical, newer_placement, take_apart

TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
ALL_SYLLABLES = sorted({onset + rime for onset, rime in _onset_rimes()})


def toned(bare: str, place: int, tone: str) -> str:
    return unicodedata.normalize("NFC", bare[: place + 1] + tone + bare[place + 1 :])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hoà", "hòa"),
        ("hoạ", "họa"),
        ("nguyễn", "nguyêñ"),
        ("được", "đươc\u0323"),
        ("TOÁN", "TOAŃ"),
        ("học", "hoc\u0323"),
        ("khoẻ", "khỏe"),
        ("loè", "lòe"),
        ("thuỷ", "thủy"),
        ("uỷ", "ủy"),
        ("tuỳ", "tùy"),
        ("quý", "qúy"),
        ("quỳ", "qùy"),
        ("quả", "qủa"),
        ("già", "gìa"),
        ("giũ", "gĩu"),
        ("giếng", "gíêng"),
        ("tuỵnh", "tụynh"),
        ("huỳnh", "hùynh"),
        ("toán", "tóan"),
        ("ngoài", "ngòai"),
        ("điều", "điêù"),
        ("cuối", "cuôí"),
        ("người", "ngừơi"),
        ("nước", "nứơc"),
        ("khuỷu", "khủyu"),
        ("đầu", "đâù"),
        ("kỹ", "kĩ"),
        ("kỷ", "kỉ"),
        ("ký", "kí"),
        ("kỳ", "kì"),
        ("lý", "lí"),
        ("mỹ", "mĩ"),
        ("tỷ", "tỉ"),
        ("hy", "hi"),
        ("sĩ", "sỹ"),
        ("quý", "quí"),
        ("quy", "qui"),
        ("quýt", "quít"),
        ("đà", "ðà"),
        ("Đà", "Ðà"),
        ("đắk", "ɖắk"),
        ("năm", "nǎm"),
        ("tham", "th\u00adam"),
        ("tham", "th\u200bam"),
        ("tham", "ｔｈａｍ"),
        ("2023", "２０２３"),
        ("xvi", "ⅩⅥ"),
        ("ấ", "a\u0301\u0302"),
        ("ự", "u\u0323\u031b"),
        ("37-qđ/tw", "37–QĐ/TW"),
        ("THUỶ", "thủy"),
    ],
)
def test_accepted_spellings_are_one_term(one: str, other: str) -> None:
    assert exact_form(one) == exact_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tay", "tai"),
        ("thúy", "thúi"),
        ("hay", "hai"),
        ("cày", "cài"),
        ("thủy", "thùy"),
        ("múa", "mùa"),
        ("quốc", "cuốc"),
        ("ý", "í"),
        ("vy", "vi"),
        ("đăng", "đảng"),
        ("bán", "bàn"),
        ("năm", "nam"),
        ("mùi", "muì\u0301"),
        ("ước", "ứoc\u0301"),
    ],
)
def test_different_syllables_stay_different(one: str, other: str) -> None:
    assert exact_form(one) != exact_form(other)


@pytest.mark.parametrize(
    "word",
    ["señor", "niño", "español", "restaurant", "tuyển", "Quảng", "giữ", "gìn", "gì", "qua", "của", "mía", "ở", "khuya"],
)
def test_right_spellings_are_left_alone(word: str) -> None:
    assert exact_form(word) == word.lower()


def test_a_tone_on_any_vowel_of_any_syllable_goes_to_its_place() -> None:
    """Wherever a tone mark is put on the letters of a rime, the exact form is the same, and canonical."""
    wrong = []
    for bare in ALL_SYLLABLES:
        vowels = [i for i, letter in enumerate(bare) if letter in "aăâeêioôơuưy"]
        if bare.startswith(("qu", "gi")) and len(vowels) > 1:
            vowels = vowels[1:]
        for tone in TONES[1:]:
            forms = {canonical(toned(bare, place, tone)) for place in vowels}
            if len(forms) != 1 or {canonical(form) for form in forms} != forms:
                wrong.append((bare, sorted(forms)))
            if {take_apart(form).tone for form in forms} != {tone}:
                wrong.append((bare, tone))
    assert not wrong, "the rime table of search/analysis/syllables.py lacks or misplaces these"


@pytest.mark.parametrize(
    ("canonical_form", "newer"),
    [
        ("hòa", "hoà"),
        ("khỏe", "khoẻ"),
        ("thủy", "thuỷ"),
        ("ủy", "uỷ"),
        ("quý", "quý"),
        ("quỳ", "quỳ"),
        ("hoàn", "hoàn"),
        ("mùa", "mùa"),
        ("hoa", "hoa"),
        ("á", "á"),
        ("", ""),
    ],
)
def test_the_newer_placement(canonical_form: str, newer: str) -> None:
    assert newer_placement(canonical_form) == newer
    assert exact_form(newer) == canonical_form


@pytest.mark.parametrize(
    ("term", "folded"),
    [
        ("nhũng", "nhung"),
        ("Đà", "da"),
        ("Ðà", "da"),
        ("đường", "duong"),
        ("kĩ", "ky"),
        ("ki", "ky"),
        ("ky", "ky"),
        ("37-QĐ/TW", "37-qd/tw"),
        ("29/12/2021", "29/12/2021"),
        ("TP.HCM", "tp.hcm"),
        ("北京", "beijing"),
        ("Москва", "moskva"),
        ("straße", "strasse"),
        ("", ""),
    ],
)
def test_folding(term: str, folded: str) -> None:
    assert fold(term) == folded


def test_a_syllable_in_any_tone_folds_as_without_its_tone() -> None:
    for bare in ALL_SYLLABLES:
        place = max(i for i, letter in enumerate(bare) if letter in "aăâeêioôơuưy")
        assert {fold(toned(bare, place, tone)) for tone in TONES} == {fold(bare)}
        assert fold(bare).isascii()


@given(st.text(max_size=20))
def test_forms_are_idempotent_for_any_token(token: str) -> None:
    exact = exact_form(token)
    assert exact_form(exact) == exact
    assert fold(exact) == fold(token)
    assert fold(fold(token)) == fold(token)
    assert exact_form(unicodedata.normalize("NFD", token)) == exact


@given(st.text(max_size=60))
def test_stored_text_is_nfc_and_can_be_encoded(text: str) -> None:
    stored = normalize(text)
    assert unicodedata.is_normalized("NFC", stored)
    assert normalize(stored) == stored
    stored.encode()


@pytest.mark.parametrize("token", ["hoà", "kĩ thuật", "Ðà", "ﬁ", "²", "“”", "\u200b"])
def test_stored_text_keeps_its_spelling(token: str) -> None:
    assert normalize(token) == token


SYLLABLES = (
    "nghiêng quyết giếng khuya ở ý tuỵnh huỳnh oăm yêu chuyện thuở quốc nghĩa ngoằn khoeo vặt nhung vat duong gi yen"
)
NOT_SYLLABLES = "test www chair đât vắń ngé kỉnhh strong văt cạṕ nhx vawtj d9a3ng TP hđnd ngi\u0301\u0309 123 a-b"


@pytest.mark.parametrize("token", SYLLABLES.split())
def test_possible_syllables(token: str) -> None:
    assert is_syllable(token)
    assert is_syllable(token.upper())
    assert is_syllable(fold(token))


@pytest.mark.parametrize("token", ["", *NOT_SYLLABLES.split()])
def test_impossible_syllables(token: str) -> None:
    assert not is_syllable(token)


def test_a_stop_takes_only_two_tones() -> None:
    assert [is_syllable(t) for t in ("cát", "cạt", "càt", "cảt", "cãt")] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("token", "marked"),
    [
        ("nam", False),
        ("năm", True),
        ("Đ", True),
        ("ð", True),
        ("na\u0306m", True),
        ("", False),
        ("café", True),
        ("ü", False),
    ],
)
def test_marks(token: str, marked: bool) -> None:
    assert has_marks(token) is marked
