"""One text's term streams as plain rows, for people and for JSON.

In: text. Out: a dict of lists of dicts. Must not know how it is printed.

>>> described = describe("Tham nhũng vặt")
>>> [row["term"] for row in described["pair"]], described["word"][0]
(['tham_nhung', 'nhung_vat'], {'term': 'tham_nhũng', 'position': 0, 'start': 0, 'end': 10, 'length': 2})
"""

from __future__ import annotations

from typing import TypedDict

from search.analysis.chain import analyze


class TermRow(TypedDict):
    """A term, its position, and where it stands: code points `[start, end)` of the NFC text."""

    term: str
    position: int
    start: int
    end: int


class WordRow(TermRow):
    """A word; `length` is its number of positions."""

    length: int


class CodeRow(TermRow):
    """A code (`term` as in the exact space), its folded form, and how many positions it covers.

    A code of length 1 is the other writing of an ordinal: "17" where the text has XVII.
    """

    folded: str
    length: int


class Description(TypedDict):
    """The text as stored and its streams."""

    text: str
    exact: list[TermRow]
    folded: list[TermRow]
    pair: list[TermRow]
    word: list[WordRow]
    codes: list[CodeRow]


def describe(text: str) -> Description:
    """The four streams of a text, and its codes, each row with position and offsets."""
    found = analyze(text)
    starts, ends = found.starts.tolist(), found.ends.tolist()

    def rows(terms: list[str], width: int = 1) -> list[TermRow]:
        return [
            {"term": term, "position": i, "start": starts[i], "end": ends[i + width - 1]}
            for i, term in enumerate(terms)
        ]

    return {
        "text": found.text,
        "exact": rows(found.exact_terms()),
        "folded": rows(found.folded_terms()),
        "pair": rows(found.pair_terms(), 2),
        "word": [
            {"term": term, "position": i, "start": starts[i], "end": ends[i + length - 1], "length": length}
            for i, length, term in found.words()
        ],
        "codes": [
            {
                "term": exact,
                "position": i,
                "start": starts[i],
                "end": ends[i + length - 1],
                "folded": folded,
                "length": length,
            }
            for i, length, exact, folded in found.codes
        ],
    }
