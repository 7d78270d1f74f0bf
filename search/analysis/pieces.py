"""One blank-free piece of text → its tokens, codes and the spelling that words are segmented from.

In: a piece of NFC text without white space. Out: a frozen `Piece`, the same for the same string always, so that callers
may keep it. Must not know the text around the piece, pyvi or engines.

>>> piece = Reader(["17", "kh", "tu"].index).read("(17-KH/TU),")
>>> piece.terms, piece.starts, piece.ends, [code.exact for code in piece.codes]
((0, 1, 2), (1, 4, 7), (3, 6, 9), ['17-kh/tu'])
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from search.analysis import codes
from search.analysis.forms import INVISIBLE, exact_form, fold, plain_letters
from search.analysis.letters import USUAL
from search.analysis.streams import Code
from search.analysis.syllables import is_syllable, newer_placement

MAX_RUN = 64
"""Longer runs are cut into pieces of this many code points, so that no text makes an unbounded term."""

MAX_WORDS = 30_000
"""So many distinct runs are kept."""

EDGES = string.punctuation + "“”‘’„…«»–—•"
"""Marks that may stand around a word; in plain letters each is one mark, too."""
_RUN = re.compile(r"[^\W\d_]+|\d+")
_INVISIBLE = frozenset(INVISIBLE)
_PLAIN = frozenset(letter for letter in USUAL if plain_letters(letter) == letter)
"""Usual characters that are plain already, none of them a combining mark."""


class Piece(NamedTuple):
    """Tokens of one piece; all offsets are relative to its start.

    `terms` are the ids of the exact terms; `anchors[i]` is where token i begins in `spelled`, which is the piece with
    its spelling normalized and its letter case kept; `numerals` are the values of `codes.numeral`. Codes count
    positions from the piece's first token.
    """

    spelled: str
    terms: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    anchors: tuple[int, ...]
    numerals: tuple[int, ...]
    codes: tuple[Code, ...]


def _plain(piece: str) -> tuple[str, list[int] | None]:
    """The piece in plain letters, and for each of its letters the index in the piece (None: the same index)."""
    if _PLAIN.issuperset(piece):
        return piece, None
    plain = plain_letters(piece)
    if plain == piece or (len(plain) == len(piece) and _INVISIBLE.isdisjoint(piece)):
        return plain, None
    letters: list[str] = []
    origin: list[int] = []
    for i, letter in enumerate(piece):
        made = plain_letters(letter)
        if not made and letter in _INVISIBLE and _parts_words(piece, i):
            made = " "
        letters += made
        origin += [i] * len(made)
    return "".join(letters), origin


def _parts_words(piece: str, i: int) -> bool:
    """Whether an invisible mark stands for a blank: both sides are syllables and together they are none."""
    left, right = i, i + 1
    while left and i - left < 8 and piece[left - 1].isalpha():
        left -= 1
    while right < len(piece) and right - i < 9 and piece[right].isalpha():
        right += 1
    before, after = piece[left:i], piece[i + 1 : right]
    return is_syllable(before) and is_syllable(after) and not is_syllable(before + after)


def _runs(plain: str) -> list[tuple[int, int]]:
    """Start and end of each run of letters (with their combining marks) or of digits, cut at `MAX_RUN`."""
    if len(plain) <= MAX_RUN and _PLAIN.issuperset(plain):
        return [found.span() for found in _RUN.finditer(plain)]
    shadow = plain
    if not _PLAIN.issuperset(plain) and any(unicodedata.category(letter)[0] == "M" for letter in plain):
        shadow = "".join("a" if unicodedata.category(letter)[0] == "M" else letter for letter in plain)
    runs: list[tuple[int, int]] = []
    for found in _RUN.finditer(shadow):
        start, end = found.span()
        runs += [(cut, min(cut + MAX_RUN, end)) for cut in range(start, end, MAX_RUN)]
    if shadow is not plain:
        runs = [(a, b) for a, b in runs if any(letter.isalnum() for letter in plain[a:b])]
    return runs


def _respelled(run: str, spelling: str) -> str:
    """The lower-case spelling with the letter case of the run."""
    if run.lower() == spelling or run[0].isdigit():
        return run
    if len(run) > 1 and run.isupper():
        return spelling.upper()
    return spelling[:1].upper() + spelling[1:] if run[:1].isupper() else spelling


class Word(NamedTuple):
    """A run as a term: its id, the exact term, and the spelling of pyvi's dictionary in the run's letter case."""

    term: int
    exact: str
    spelled: str


def _all_codes(plain: str, runs: list[tuple[int, int]], texts: list[str], words: list[Word]) -> tuple[Code, ...]:
    chains = codes.chains(plain, runs, texts)
    if not chains:
        return ()
    exact = [word.exact for word in words]
    return tuple([code for chain in chains for code in _codes(plain, runs, texts, exact, chain)])


def _codes(
    plain: str, runs: list[tuple[int, int]], texts: list[str], exact: list[str], chain: tuple[int, int]
) -> list[Code]:
    """A code as written, the numbers inside it, and its writing without marks where one is usual."""
    found: list[Code] = []
    within = codes.numbers_within(plain, runs, *chain) if chain[1] - chain[0] > 2 else []
    for first, last in (chain, *within):
        marks = [plain[runs[i - 1][1] : runs[i][0]] for i in range(first + 1, last)]
        whole = exact[first] + "".join([mark + exact[i] for i, mark in enumerate(marks, first + 1)])
        folded = whole if whole.isascii() else fold(whole)
        found.append(Code(first, last - first, whole, folded))
        closed = codes.closed(texts[first:last], marks)
        if closed:
            whole = exact_form(closed)
            found.append(Code(first, last - first, whole, fold(whole)))
    return found


class _Words(dict[str, Word]):
    """Runs met before → what they are; begun anew when `MAX_WORDS` are held."""

    def __init__(self, term_id: Callable[[str], int]) -> None:
        super().__init__()
        self._term_id = term_id

    def __missing__(self, run: str) -> Word:
        exact = run if run.isascii() and run.isdigit() else exact_form(run)
        word = Word(self._term_id(exact), exact, _respelled(run, newer_placement(exact)))
        if len(self) >= MAX_WORDS:
            self.clear()
        self[run] = word
        return word


class Reader:
    """Reads pieces; safe to share between threads.

    Args:
        term_id: What gives each exact term its number, usually `TermTable.id`.
    """

    def __init__(self, term_id: Callable[[str], int]) -> None:
        self._words = _Words(term_id)

    def read(self, piece: str) -> Piece:
        """The tokens of a piece of NFC text without white space."""
        core = piece.strip(EDGES)
        if core.isalpha() and len(core) <= MAX_RUN:
            return self._one_word(piece, core)
        plain, origin = _plain(piece)
        runs = _runs(plain)
        if not runs:
            return Piece(plain, (), (), (), (), (), ())
        texts = [plain[a:b] for a, b in runs]
        words = [self._words[text] for text in texts]
        spelled: list[str] = []
        anchors: list[int] = []
        length = before = 0
        for (start, end), word in zip(runs, words, strict=True):
            length += start - before
            spelled += (plain[before:start], word.spelled)
            anchors.append(length)
            length += len(word.spelled)
            before = end
        spelled.append(plain[before:])
        starts, ends = [a for a, _ in runs], [b for _, b in runs]
        if origin is not None:
            starts, ends = [origin[a] for a in starts], [origin[b - 1] + 1 for b in ends]
        return Piece(
            "".join(spelled),
            tuple([word.term for word in words]),
            tuple(starts),
            tuple(ends),
            tuple(anchors),
            tuple(map(codes.numeral, texts)),
            _all_codes(plain, runs, texts, words) if len(runs) > 1 else (),
        )

    def word(self, run: str) -> tuple[Word, int]:
        """What a run of letters is, and its value as a Roman numeral."""
        word = self._words[run]
        # what is a numeral in plain letters has an exact form in ASCII
        return word, codes.numeral(plain_letters(run)) if word.exact.isascii() else 0

    def _one_word(self, piece: str, core: str) -> Piece:
        """The commonest piece: one run of letters between marks."""
        word, value = self.word(core)
        numeral = (value,)
        if len(core) == len(piece):
            return Piece(word.spelled, (word.term,), (0,), (len(core),), (0,), numeral, ())
        start = len(piece) - len(piece.lstrip(EDGES)) if piece[0] != core[0] else 0
        end = start + len(core)
        before, after = plain_letters(piece[:start]), plain_letters(piece[end:])
        return Piece(before + word.spelled + after, (word.term,), (start,), (end,), (len(before),), numeral, ())
