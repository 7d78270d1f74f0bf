"""The whole chain: text → pieces → tokens and words → `Analysis`, one text or many.

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
from numpy.typing import NDArray

from search.analysis import codes
from search.analysis.columns import spread
from search.analysis.forms import grouped, normalize
from search.analysis.piece_index import BETWEEN, cut
from search.analysis.piece_table import PieceTable, Row
from search.analysis.segmenter.types import LINE_BREAK
from search.analysis.segmenter.words import SHORT_TOKENS, batches, segmenter
from search.analysis.streams import Analysis, Code, Plainness
from search.analysis.vocabulary import LETTERS, LINK, MARKED, ORDINAL_CUE, SYLLABLE, TermTable

VOCABULARY = TermTable()
"""The terms of every analysis of this process."""
SHORT_CHARS = 4 * SHORT_TOKENS
"""Shorter texts are put together in plain Python, which is faster than starting array operations."""

BATCH_CHARS, YOUNG_CHARS = 200_000, 12_000
"""Texts are read in groups of so many characters, smaller ones while the tables are young: what is new costs by how
often it stands in a group, so that the first should not hold everything many times."""

_PIECE = re.compile(r"\n|\S+")


def analyze(text: str) -> Analysis:
    """One text, analyzed; `text` of the answer is the NFC text that its offsets count in."""
    stored = normalize(text)
    if len(stored) <= SHORT_CHARS:
        return _short(stored, _table())
    return _batch([stored], _table())[0]


def analyze_batch(texts: Iterable[str]) -> list[Analysis]:
    """Each text analyzed, in order; some times faster than one by one."""
    found: list[Analysis] = []
    for batch in batches(map(normalize, texts), lambda: YOUNG_CHARS if _table().young else BATCH_CHARS):
        found += _batch(batch, _table())
    return found


def segment(text: str) -> list[str]:
    """pyvi's words, in order, syllables joined by a blank; line breaks, which pyvi lists as tokens, are left out."""
    return segmenter().words(text)


def segment_batch(texts: Iterable[str]) -> list[list[str]]:
    """The words of each text, as `segment` gives them; some times faster than one by one."""
    return segmenter().words_batch(texts)


class _Current:
    """The table in use; replaced by a new one when it is full."""

    table: PieceTable | None = None


def _table() -> PieceTable:
    table = _Current.table
    if table is not None and table.full:
        table = table.begun_anew()
        _Current.table = table = None if table.full else table
    if table is None:
        table = _Current.table = PieceTable(VOCABULARY, segmenter())
    return table


def _short(text: str, table: PieceTable) -> Analysis:
    terms: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    tokens: list[int] = []
    types: list[int] = []
    extras: list[tuple[int, Row]] = []
    for match in _PIECE.finditer(grouped(text)):
        piece = match[0]
        if piece == "\n":
            types.append(LINE_BREAK)
            continue
        row, place, first = table.row(piece), match.start(), len(types)
        if row.extra:
            extras.append((len(terms), row))
        types += row.types
        if len(row.terms) == 1:
            terms.append(row.terms[0])
            starts.append(place + row.starts[0])
            ends.append(place + row.ends[0])
            tokens.append(first + row.tokens[0])
        else:
            terms += row.terms
            starts += [place + a for a in row.starts]
            ends += [place + b for b in row.ends]
            tokens += [first + t for t in row.tokens]
    joins = table.segmentation.short.joins(types) if types else []
    word, words = 0, []
    for join in joins:
        word += not join
        words.append(word)
    joined = [i > 0 and words[t] == words[tokens[i - 1]] for i, t in enumerate(tokens)]
    found: list[Code] = []
    kind = VOCABULARY.kind
    for position, row in extras:
        found += [code._replace(position=code.position + position) for code in row.codes]
    kinds = [kind(term) for term in terms]
    if extras:
        numerals = dict.fromkeys(range(len(terms)), 0)
        for position, row in extras:
            numerals.update(enumerate(row.numerals, position))
        for position, row in extras:
            for i, value in enumerate(row.numerals, position):
                if value and i and kinds[i - 1] & ORDINAL_CUE:
                    found += _ordinals(i, len(terms), numerals, kinds)
    found.sort()
    letters = marked = syllables = 0
    for flags in kinds:
        letters += flags & LETTERS
        marked += flags & MARKED
        syllables += flags & SYLLABLE
    plainness = Plainness(letters, marked // MARKED, syllables // SYLLABLE)
    return Analysis(
        text,
        VOCABULARY,
        np.array(terms, np.int32),
        np.array(starts, np.int32),
        np.array(ends, np.int32),
        np.array(joined, np.bool_),
        tuple(found),
        plainness,
    )


def _batch(texts: list[str], table: PieceTable) -> list[Analysis]:
    pieces = cut(list(map(grouped, texts)))
    rows = table.index.rows(pieces)
    columns = table.columns()
    # pyvi's tokens, and which word each belongs to
    index, counts = spread(rows, columns.first_type)
    first_type = np.cumsum(counts) - counts
    borders = (rows == BETWEEN).nonzero()[0]
    pads = first_type.take(borders)
    joins = table.segmentation.joins(columns.types.take(index), pads, over_breaks=True)
    words = np.cumsum(~joins)
    # our tokens
    index, counts = spread(rows, columns.first_token)
    exact = columns.terms.take(index)
    shift = pieces.starts_in_texts(rows).astype(np.int32).repeat(counts)
    starts = columns.starts.take(index)
    starts += shift
    ends = columns.ends.take(index)
    ends += shift
    word = words.take(columns.tokens.take(index) + np.repeat(first_type, counts))
    joined = np.zeros(len(index), np.bool_)
    joined[1:] = word[1:] == word[:-1]
    first_token = np.cumsum(counts) - counts
    bounds = first_token[borders]
    kinds = VOCABULARY.flags().take(exact)
    found = _codes(
        rows, first_token, bounds, exact, kinds, columns.numerals.take(index), columns.extra.take(rows), table
    )
    counted = [np.concatenate([[0], np.cumsum((kinds & bit) != 0)])[bounds] for bit in (LETTERS, MARKED, SYLLABLE)]
    letters, marked, syllables = (np.diff(column).tolist() for column in counted)
    edges = bounds.tolist()
    return [
        Analysis(
            text,
            VOCABULARY,
            exact[a:b].copy(),
            starts[a:b].copy(),
            ends[a:b].copy(),
            joined[a:b].copy(),
            tuple(sorted(found.get(k, ()))),
            Plainness(letters[k], marked[k], syllables[k]),
        )
        for k, (text, a, b) in enumerate(zip(texts, edges[:-1], edges[1:], strict=True))
    ]


def _codes(
    rows: NDArray[np.intp],
    first_token: NDArray[np.int64],
    bounds: NDArray[np.int64],
    exact: NDArray[np.int32],
    kinds: NDArray[np.uint8],
    numerals: NDArray[np.int32],
    extras: NDArray[np.int32],
    table: PieceTable,
) -> dict[int, list[Code]]:
    """Codes and ordinals by text; positions count in each text."""
    found: dict[int, list[Code]] = {}
    held = table.codes
    extra = np.flatnonzero(extras)
    begins = first_token[extra]
    owners = np.searchsorted(bounds, begins, side="right") - 1
    shifts = begins - bounds[owners]
    for row, owner, shift in zip(rows[extra].tolist(), owners.tolist(), shifts.tolist(), strict=True):
        for position, length, whole, folded in held.get(row, ()):
            found.setdefault(owner, []).append(Code(position + shift, length, whole, folded))
    ordinals = np.flatnonzero((numerals[1:] != 0) & ((kinds[:-1] & ORDINAL_CUE) != 0)) + 1
    owners = np.searchsorted(bounds, ordinals, side="right") - 1
    shifts = ordinals - bounds[owners]
    for place, owner, shift in zip(ordinals.tolist(), owners.tolist(), shifts.tolist(), strict=True):
        if shift:
            begin, end = int(bounds[owner]), int(bounds[owner + 1])
            ordinary = _ordinals(place, end, numerals, kinds)
            found.setdefault(owner, []).extend([code._replace(position=code.position - begin) for code in ordinary])
    return found


def _ordinals(
    place: int, end: int, numerals: dict[int, int] | NDArray[np.int32], kinds: list[int] | NDArray[np.uint8]
) -> list[Code]:
    """The other writing of the numeral at a place, and of those that go on with it: khóa XII, XIII và XIV."""
    found: list[Code] = []
    value = int(numerals[place])
    while True:
        other = codes.equivalent(value)
        found.append(Code(place, 1, other, other))
        place += 1
        if place < end and kinds[place] & LINK:
            place += 1
        after = int(numerals[place]) if place < end else 0
        if not (after < value < 0 or 0 < value == after - 1):  # Roman: any that is greater; Arabic: the next one
            return found
        value = after
