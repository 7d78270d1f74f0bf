"""The pieces of a query's text: words, quoted phrases, parentheses, operators and field names, with their places.

In: NFC text. Out: `Lexeme`s in order, and what looked like an operator but is plain text (unbalanced quotes). Must not
know grammar or terms.

>>> [(piece.kind, piece.text) for piece in lex('title:"a b" -c HOẶC d')[0]]
[('field', 'title'), ('phrase', 'a b'), ('minus', '-'), ('word', 'c'), ('or', 'HOẶC'), ('word', 'd')]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from search.analysis import is_syllable
from search.model import Note

Kind = Literal["word", "phrase", "(", ")", "or", "and", "minus", "plus", "field"]


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One piece: `[start, end)` in the text. Of a field, `text` is its canonical name and `spaced` says that a blank
    follows the colon; of a phrase, `text` is what the quotation marks hold and `slop` the number after "~"."""

    kind: Kind
    text: str
    start: int
    end: int
    slop: int = 0
    spaced: bool = False


FIELDS: dict[str, tuple[str, ...]] = {
    "title": ("title", "intitle", "tiêu đề", "tieu de"),
    "city": ("city", "thành phố", "thanh pho", "tỉnh", "tinh"),
    "source": ("source", "nguồn", "nguon"),
    "byline": ("byline", "author", "tác giả", "tac gia"),
    "date": ("date", "ngày", "ngay"),
    "from": ("from", "since", "từ", "tu"),
    "to": ("until", "to", "đến", "den"),
}
"""Field names of the query language, Vietnamese ones with and without diacritics."""

_DATED = frozenset({"date", "from", "to"})
_NAMES = {name: field for field, names in FIELDS.items() for name in names}
_FIELD = re.compile(
    r"("
    + "|".join(re.escape(n).replace(r"\ ", r"\s+") for n in sorted(_NAMES, key=len, reverse=True))
    + r")\s?:(?!//)",
    re.IGNORECASE,
)
_QUOTES = {'"': '"”“', "“": '”"“', "„": '“”"', "”": '”"', "«": "»", "»": "«»"}
_SLOP = re.compile(r"~(\d{1,4})(?=[\s)]|$)")
_BLANKS = re.compile(r"\s+")
_WORD = re.compile(r'[^\s()"“”„«»]+')
_MARK = re.compile(r'[()"“”„«»:*~]|(?:^|\s)(?:[-+]|(?:OR|HOẶC|AND|NOT)(?!\S))')
"""What any operator has."""
_OPERATORS: dict[str, Kind] = {"OR": "or", "HOẶC": "or", "AND": "and", "NOT": "minus"}


def is_plain(text: str) -> bool:
    """Whether a text holds nothing that could be an operator, as most queries do: it is one run of words.

    >>> is_plain("cúm A/H5N1 covid-19"), is_plain("cúm -gà"), is_plain("gà HOẶC vịt")
    (True, False, False)
    """
    return _MARK.search(text) is None


def lex(text: str) -> tuple[list[Lexeme], set[str]]:
    """The pieces of a text, and the marks in it that were read as plain text."""
    pieces: list[Lexeme] = []
    literal: set[str] = set()
    headline = _headline(text)
    at, n = 0, len(text)
    while at < n:
        if blank := _BLANKS.match(text, at):
            at = blank.end()
            continue
        letter = text[at]
        opens = at == 0 or text[at - 1].isspace() or text[at - 1] == "(" or _follows(pieces, at)
        if letter in "()":
            pieces.append(Lexeme("(" if letter == "(" else ")", letter, at, at + 1))
            at += 1
        elif letter in _QUOTES:
            end = _closing(text, at)
            if end is None:
                literal.add(letter)
                at += 1
                continue
            slop = _SLOP.match(text, end + 1)
            finish = slop.end() if slop else end + 1
            pieces.append(Lexeme("phrase", text[at + 1 : end], at, finish, int(slop[1]) if slop else 0))
            at = finish
        elif letter in "+-" and opens and at + 1 < n and _operand(text, at + 1):
            pieces.append(Lexeme("minus" if letter == "-" else "plus", letter, at, at + 1))
            at += 1
        elif opens and (name := _FIELD.match(text, at)):
            field = _NAMES[" ".join(name[1].lower().split())]
            spaced = text[name.end() : name.end() + 1].isspace()
            pieces.append(Lexeme("field", field, at, name.end(), spaced=spaced))
            at = name.end()
        else:
            word = _WORD.match(text, at)
            if word is None:  # every other character begins a word
                raise AssertionError(f"no piece at {at}")
            kind = _OPERATORS.get(word[0], "word")
            if word[0] == "HOẶC" and headline:
                kind = "word"
            pieces.append(Lexeme(kind, word[0], at, word.end()))
            at = word.end()
    return pieces, literal


def _operand(text: str, at: int) -> bool:
    """Whether something to exclude or to take literally begins here."""
    if text[at] == "+" and text[at - 1] == "-":  # -+word
        return at + 1 < len(text) and text[at + 1].isalnum()
    return text[at].isalnum() or text[at] in _QUOTES or text[at] == "("


def _follows(pieces: list[Lexeme], at: int) -> bool:
    """Whether "-" or a field stands directly before."""
    return bool(pieces) and pieces[-1].kind in ("minus", "field") and pieces[-1].end == at


def _closing(text: str, at: int) -> int | None:
    """The place of the quotation mark that closes the one at `at`."""
    places = [text.find(mark, at + 1) for mark in _QUOTES[text[at]]]
    return min((place for place in places if place > 0), default=None)


def _headline(text: str) -> bool:
    """Whether the text is Vietnamese in capitals throughout, where "HOẶC" is a word and no operator."""
    if "HOẶC" not in text or not text.isupper():
        return False
    return any(is_syllable(word) for word in _WORD.findall(text) if word not in _OPERATORS)


def read_as_text(mark: str) -> Note:
    """What is told of an operator that makes no sense where it stands, or of a field of days that no day follows."""
    name = _BLANKS.sub(" ", mark.rstrip(": ").lower())
    if mark.endswith(":") and _NAMES.get(name) in _DATED:
        told = (
            f"Sau “{mark}” không có ngày nào đọc được nên nó được hiểu như chữ thường; viết 2021, 3/2021 hay 9/3/2021."
        )
        return Note(
            "literal", told, f"No day follows “{mark}”, so it was read as plain text; write 2021, 3/2021 or 9/3/2021."
        )
    return Note(
        "literal",
        f"Dấu hoặc toán tử “{mark}” không có nghĩa ở chỗ này nên được hiểu như chữ thường.",
        f"“{mark}” has no meaning as an operator there and was read as plain text.",
    )
