"""The tables of spelling, by heart: which syllables there are, and how numbers are written in Roman."""

from __future__ import annotations

import pytest

from search.analysis.codes import ROMAN, numeral
from search.analysis.syllables import is_syllable

THERE = """
ghế ghi ghềnh nghỉ nghề nghiêng ngà ngõ gà gỗ kể kì kỹ ký lý lỳ hý mỹ sỹ tỷ tý vỹ thy thuỷ quý quyết quốc giếng giết
giặc gì gỉ giêng khuya khuỷu khoẻ loạn xoong oẹ ưu yêu yếu yết uỷ uống ướt ương ăn ấp ắc ích oách tát tạt tách tạch
học hóc tóc túp túc tiếp chiếc phước huých xuýt quýt ngoéo trạng đường ở à ơi
""".split()  # noqa: SIM905
NOT_THERE = "tàt tảt tãc hòc hỏp ích̀ kà kở cí ghà nghà ngí gển xx bct ăé áấ ưqê fô jạ wá zì văt".split()  # noqa: SIM905


@pytest.mark.parametrize("syllable", THERE)
def test_a_syllable_there_is(syllable: str) -> None:
    assert is_syllable(syllable)
    assert is_syllable(syllable.upper())


@pytest.mark.parametrize("text", NOT_THERE)
def test_a_syllable_there_is_not(text: str) -> None:
    assert not is_syllable(text)


def test_roman_numerals_are_those_of_the_books() -> None:
    written = "I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX XXI XXIX XXX XXXIV XL XLI XLIX"
    numbers = [*range(1, 22), 29, 30, 34, 40, 41, 49]
    assert [ROMAN[number] for number in numbers] == written.split()
    assert sorted(ROMAN) == list(range(1, 50))
    assert {-numeral(text): text for text in ROMAN.values()} == ROMAN
