"""Tokens found on arrays are those of pyvi's expression, and their rows those of the model, whatever was met before."""

from __future__ import annotations

import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.analysis.segmenter import known
from search.analysis.segmenter.known import KnownTokens
from search.analysis.segmenter.lexing import lex, readable
from search.analysis.segmenter.scanning import keys_of, scan
from search.analysis.segmenter.types import LINE_BREAK, PAD, ROW
from search.analysis.segmenter.words import segmenter
from tests.hostile import HOSTILE
from tests.test_segmenter import OURS, VARIANTS, noise


def lexed(texts: list[str]) -> list[str]:
    """The tokens of the expression, piece by piece, with a line break for every border."""
    found = ["\n"]
    for text in texts:
        for number, line in enumerate(text.split("\n")):
            found += ["\n"] * (number > 0)
            for piece in line.split():
                found += lex(readable(piece))
        found.append("\n")
    return found


def assert_scanned(texts: list[str]) -> None:
    found = scan(texts)
    assert found.tokens(0, len(found.starts)) == lexed(texts)


@pytest.mark.parametrize("variant", VARIANTS)
def test_tokens_are_those_of_the_expression(variant: str) -> None:
    texts = [VARIANTS[variant](text) for text in [*OURS, *map(noise, range(120))]]
    for text in texts:
        assert_scanned([text])
    assert_scanned(texts)


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_texts_are_cut_so_too(kind: str) -> None:
    assert_scanned([HOSTILE[kind](700), HOSTILE[kind](701)])


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet=st.sampled_from("aBĐđ19.,:/_@>-=TpMrsDhS \n\t²e\u0301…"), max_size=24))
def test_marks_digits_and_capitals_in_any_order(text: str) -> None:
    assert_scanned([text])


_NUMBERS = "1.2 1.2.3 a1.2 1.2a 1,2. 1.a 1..2 12.345,6% (1.2) 1.2-3,4 1.2TP. Q.1 A.5.3 5.3.A 1:2 1_2,3"
_SHORT = "TP. Tp. TTp. xTP. TPx. TP.. TP... Mr. Mrs. Ms. Dr. ThS. Ths. Đ. É. tạp. cMr. -TP.- UBND.TP."
_SIGNS = ".... a...b >> -> ==> => a_b x:// x://y a@b.c 1.2@b.c a:/b _ __a @ a@"


@pytest.mark.parametrize("text", [*_NUMBERS.split(), *_SHORT.split(), *_SIGNS.split()])
def test_borders(text: str) -> None:
    assert_scanned([text])
    assert_scanned([f"({text} {text}", f"{text}\n{text},"])


def rows_of(tokens: KnownTokens, text: str) -> tuple[list[str], list[bytes], list[int]]:
    found = scan([text])
    numbers = tokens.find(found)
    names = found.tokens(1, len(numbers) - 1)
    return names, [row.tobytes() for row in tokens.rows().take(numbers)[1:-1]], numbers[1:-1].tolist()


def test_every_row_is_what_the_model_says_of_the_token() -> None:
    lexicon = segmenter().lexicon
    tokens = KnownTokens(lexicon)
    odd = ["u23", "U23", "iPhone", "hÀ", "Hà", "HÀ", "h", "H", "Lukaku", "LUKAKU", "lukaku", "2016", "1", "99", "58,42"]
    odd += ["nghiêngx", "nghiêngxy", "ǅ", "²", "x²", "y²", "hà\0nội", "İ", "é", "É", *string.punctuation, "…", "“"]
    for _ in range(2):
        for text in [*OURS, *map(noise, range(200)), " ".join(odd)]:
            names, rows, numbers = rows_of(tokens, text)
            assert rows == [lexicon.describe(name) for name in names]
            held = [(name, number) for name, number in zip(names, numbers, strict=True) if number < tokens.fixed]
            assert all(tokens.names[number] == name for name, number in held if name != "\n")
            assert all(number == LINE_BREAK for name, number in held if name == "\n")


def test_every_known_form_is_found_in_its_place_or_elsewhere() -> None:
    tokens = KnownTokens(segmenter().lexicon)
    forms, rows = segmenter().lexicon.forms()
    assert len(set(forms)) == len(forms) == len(rows)
    keys = keys_of(forms)
    numbers = dict(tokens._cells[tokens._cells[:, 0] != 0].tolist())
    numbers.pop(2**64 - 1)
    assert len(numbers) > 0.9 * len(forms)
    assert not numbers.keys() & tokens._driven.keys()
    numbers |= tokens._driven
    expected = {int(key): number for number, key in enumerate(keys.tolist()) if key and number not in (PAD, LINE_BREAK)}
    assert {key: number for key, number in numbers.items() if number > LINE_BREAK} == expected
    for first in range(2, len(forms), 997):
        part = [form for form in forms[first : first + 997] if form.isalpha()]
        names, _, found = rows_of(tokens, " ".join(part))
        assert [tokens.names[number] for number in found] == names == part


def test_a_full_place_is_kept_by_the_first_and_place_0_by_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "_BITS", 4)
    monkeypatch.setattr(known, "_SHIFT", np.uint64(60))
    keys = keys_of([f"w{n}" for n in range(40)])
    cells, driven = known.laid_out(keys)
    assert len(cells) == 16
    places = known._slots(keys).tolist()
    first = {place: number for number, place in reversed(list(enumerate(places))) if place}
    assert {place: cell[1] for place, cell in enumerate(cells.tolist()) if place and cell[0]} == first
    assert driven == {key: n for n, key in enumerate(keys.tolist()) if first.get(places[n]) != n}
    assert 24 <= len(driven) < 40


def test_tokens_met_are_forgotten_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = KnownTokens(segmenter().lexicon)
    most = len(tokens._driven) + len(tokens._long) + 300
    monkeypatch.setattr(known, "MAX_MET", most)
    for n in range(2000):
        names, rows, _ = rows_of(tokens, f"x{n}y " + "z" * 9 + str(n))
        assert rows == [segmenter().lexicon.describe(name) for name in names]
        assert len(tokens._met) + len(tokens._elsewhere) <= most + 1
    assert tokens._elsewhere.items() >= tokens._driven.items()
    assert len(tokens._shared) < 50
    assert len(tokens.rows()) == tokens.fixed + 256


def test_rows_grow() -> None:
    """Capitals within words of the model make rows of their own."""
    lexicon = segmenter().lexicon
    tokens = KnownTokens(lexicon)
    mixed = [f"{form[0]}{form[1:].upper()}" for form in lexicon.forms()[0] if form.isalpha() and form.islower()][:900]
    names, rows, _ = rows_of(tokens, " ".join(mixed))
    assert rows == [np.frombuffer(lexicon.describe(name), ROW).tobytes() for name in names]
    assert len(tokens._shared) > 256


def test_odd_tokens_that_share_a_key_keep_their_own_rows() -> None:
    """Unusual letters share one code, so that their keys tell nothing; what was met must not stand for another."""
    lexicon = segmenter().lexicon
    tokens = KnownTokens(lexicon)
    odd = [
        "xñ",
        "xÑ",
        "Xñ",
        "x²",
        "ñx",
        "²",
        "Ñ",
        "иx",
        "Иx",
        "x\u0301",
        "iOS",
        "ioS",
        "U23",
        "u23",
        "H.",
        "TP.",
        "1,2",
        "1.2",
    ]
    for _ in range(2):
        names, rows, _ = rows_of(tokens, " ".join(odd))
        assert rows == [lexicon.describe(name) for name in names]
        names, rows, _ = rows_of(tokens, " ".join(reversed(odd)))
        assert rows == [lexicon.describe(name) for name in names]


@pytest.mark.parametrize(
    "dots", ["a...", "A...", "...a", "a...b", "p...", "a....", "a..", "5...6", "Tp...", "a......b", "..."]
)
def test_three_dots(dots: str) -> None:
    assert_scanned([dots])
    assert_scanned([f"({dots} {dots}", f"{dots}\n{dots},", f"x {dots}@y.vn {dots}://z"])


@pytest.mark.parametrize(
    "text", ["tham nhũng vặt", "tham  nhũng vặt", "tham\tnhũng vặt", "TP.HCM a", "a b\nc d", "(a) b"]
)
def test_a_phrase_is_its_tokens_with_a_blank_between(text: str) -> None:
    found = scan([text, text])
    size = len(found.starts)
    for first in range(size):
        for last in range(first + 1, size + 1):
            assert found.phrase(first, last) == " ".join(found.tokens(first, last))
