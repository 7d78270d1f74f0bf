"""The whole chain: text → tokens → words → `Analysis`, one text or many.

In: text as written. Out: `Analysis` values over one shared `TermTable`. Must not know queries, engines or the web. The
same code reads documents and queries.

>>> found = analyze("Phòng, chống tham nhũng: 17-KH/TU")
>>> found.exact_terms()
['phòng', 'chống', 'tham', 'nhũng', '17', 'kh', 'tu']
>>> found.codes
(Code(position=4, length=3, exact='17-kh/tu', folded='17-kh/tu'),)
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from search.analysis import codes, pieces, pyvi_reference
from search.analysis.forms import normalize
from search.analysis.streams import Analysis, Code, Plainness
from search.analysis.vocabulary import LETTERS, MARKED, ORDINAL_CUE, SYLLABLE, TermTable

VOCABULARY = TermTable()
"""The terms of every analysis of this process."""

_PIECE = re.compile(r"\S+")


def analyze(text: str) -> Analysis:
    """One text, analysed; `text` of the answer is the NFC text that its offsets count in."""
    return analyze_batch([text])[0]


def analyze_batch(texts: Iterable[str]) -> list[Analysis]:
    """Each text analysed, in order; far faster than one by one."""
    return [_analyze(normalize(text)) for text in texts]


def segment(text: str) -> list[str]:
    """pyvi's words, in order, syllables joined by a blank; line breaks, which pyvi lists as tokens, are left out."""
    return [token.replace("_", " ") for token in pyvi_reference.tokenize(text).split()]


def _analyze(text: str) -> Analysis:
    ids: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    anchors: list[int] = []
    found: list[Code] = []
    spelled: list[str] = []
    visible = before = 0
    flags = VOCABULARY.flags
    for match in _PIECE.finditer(text):
        newlines = text.count("\n", before, match.start())
        spelled.append("\n" * newlines or " ")
        visible += newlines
        before = match.end()
        piece = pieces.read(match[0], VOCABULARY.id)
        place, position = match.start(), len(ids)
        for code in piece.codes:
            found.append(code._replace(position=code.position + position))
        for i, value in enumerate(piece.numerals):
            if value and ids and flags()[(ids + list(piece.terms))[position + i - 1]] & ORDINAL_CUE:
                other = codes.equivalent(value)
                found.append(Code(position + i, 1, other, other))
        ids += piece.terms  # type: ignore[arg-type]
        starts += [place + a for a in piece.starts]
        ends += [place + b for b in piece.ends]
        anchors += [visible + a - piece.spelled.count(" ", 0, a) for a in piece.anchors]
        spelled.append(piece.spelled)
        visible += len(piece.spelled) - piece.spelled.count(" ")
    firsts = np.array([a for a, _ in pyvi_reference.spans("".join(spelled))] or [0], np.int64)
    words = np.searchsorted(firsts, np.array(anchors, np.int64), side="right")
    joined = np.zeros(len(ids), np.bool_)
    joined[1:] = words[1:] == words[:-1]
    exact = np.array(ids, np.int32)
    kinds = flags()[exact]
    plainness = Plainness(
        int(np.count_nonzero(kinds & LETTERS)),
        int(np.count_nonzero(kinds & MARKED)),
        int(np.count_nonzero(kinds & SYLLABLE)),
    )
    return Analysis(
        text,
        VOCABULARY,
        exact,
        np.array(starts, np.int32),
        np.array(ends, np.int32),
        joined,
        tuple(sorted(found)),
        plainness,
    )
