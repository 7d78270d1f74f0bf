"""Telex and VNI: every syllable typed with its keys, in any order, is read back."""

from __future__ import annotations

import random
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import exact_form, is_syllable
from search.query import telex, vni

SYLLABLES = (
    "tham nhũng vặt đảng người đường nghiêng khuyến khuỷu quý giá giếng hòa thủy ưu ươm ăn ấm ốc ứng oẳn thuở ngoằn"
    " đặng đẫm đậu đổi xoay xoáy yếu ỷ ở ý của được những với một để năm phố thị ủy bộ hội nghị quyết chống lãng phí"
)
TELEX = {"ă": "aw", "â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "đ": "dd"} | dict(
    zip("\u0301\u0300\u0309\u0303\u0323", "sfrxj", strict=True)
)
VNI = {"ă": "a8", "â": "a6", "ê": "e6", "ô": "o6", "ơ": "o7", "ư": "u7", "đ": "d9"} | dict(
    zip("\u0301\u0300\u0309\u0303\u0323", "12345", strict=True)
)
TONES = frozenset("\u0301\u0300\u0309\u0303\u0323")


def keys(syllable: str, table: dict[str, str], *, last: bool) -> str:
    """The keys of a syllable, its tone key behind its vowel or at the very end; written from the rules alone."""
    typed, tone = "", ""
    for letter in syllable:
        marks = unicodedata.normalize("NFD", letter)
        key = "".join(table[mark] for mark in marks if mark in TONES)
        bare = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in TONES))
        typed += table.get(bare, bare) + ("" if last else key)
        tone += key
    return typed + (tone if last else "")


MARKED = [s for s in SYLLABLES.split() if unicodedata.normalize("NFD", s) != s]


@pytest.mark.parametrize("last", [True, False], ids=["tone last", "tone behind its vowel"])
@pytest.mark.parametrize("syllable", MARKED)
def test_every_syllable_reads_back(syllable: str, last: bool) -> None:
    assert exact_form(syllable) in telex.decode(keys(syllable, TELEX, last=last))
    assert exact_form(syllable) in vni.decode(keys(syllable, VNI, last=last))


@pytest.mark.parametrize(
    ("word", "syllable"),
    [
        ("nguoiwf", "người"),
        ("duocwdj", "được"),
        ("vietje", "việt"),
        ("duongfwd", "đường"),
        ("hoasn", "hoán"),
        ("tw", "tư"),
        ("NHUNGX", "nhũng"),
    ],
)
def test_telex_keys_in_any_order(word: str, syllable: str) -> None:
    assert telex.decode(word) == {syllable}


@pytest.mark.parametrize(("word", "syllable"), [("nguoi72", "người"), ("dang93", "đảng"), ("viet65", "việt")])
def test_vni_keys_at_the_end(word: str, syllable: str) -> None:
    assert vni.decode(word) == {syllable}


@pytest.mark.parametrize("word", ["tham", "nhung", "a", "", "qs", "123", "thàm", "internet", "tham nhungx", "www"])
def test_what_no_keys_write(word: str) -> None:
    assert telex.decode(word) == set()
    assert vni.decode(word) == set()


@given(st.text("aeiouydwsfrxjnghtcmp0123456789", max_size=14))
def test_whatever_comes_out_is_a_syllable_with_marks(word: str) -> None:
    for syllable in telex.decode(word) | vni.decode(word):
        assert is_syllable(syllable)
        assert exact_form(syllable) == syllable
        assert not syllable.isascii()


def test_mashed_keys_take_no_time() -> None:
    chance = random.Random(7)
    began = time.process_time()
    for _ in range(200):
        telex.decode("".join(chance.choices("aowdesfrxj", k=12)))
    assert time.process_time() - began < 2.0
