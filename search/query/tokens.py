"""The words of a piece of query text as matching sees them.

In: text between operators. Out: `Token`s in order, each with the forms it may match. The same analysis as for articles
makes them, so that a query meets the terms that an article left in the index. Must not know operators or engines.

>>> [(token.exact, token.folded, token.marked) for token in tokenize("Tham nhũng")]
[('tham', 'tham', False), ('nhũng', 'nhung', True)]
>>> [token.exact for token in tokenize("17-KH/TU")[0].parts]
['17', 'kh', 'tu']
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from search.analysis import Code, analyze, has_marks, is_syllable
from search.query import writings


class Token(NamedTuple):
    """One word of a query.

    `text` is as written; `marked` says it was typed with a diacritic; `syllable` that it can be Vietnamese (false for
    numbers, codes, abbreviations and most foreign words); `joined` that pyvi made it one word with the token before.
    A code ("17-KH/TU") is one token with `parts`; `others` are other writings of it as exact terms ("102614" of
    "102.614"). `[start, end)` are code points of the text that was analysed.
    """

    text: str
    exact: str
    folded: str
    marked: bool
    syllable: bool
    joined: bool
    start: int
    end: int
    parts: tuple[Token, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def positions(self) -> int:
        """How many positions the token takes in a text."""
        return len(self.parts) or 1


@lru_cache(maxsize=16_384)
def _kind(exact: str) -> tuple[bool, bool]:
    """Whether an exact term was typed with a diacritic, and whether it can be Vietnamese."""
    return has_marks(exact), is_syllable(exact)


def _behind(stored: str, end: int, after: list[Token]) -> str:
    """The mark or the folded word that comes after a place, its first blank left out."""
    mark = stored[end : end + 2].lstrip()[:1]
    return mark if not mark.isalnum() else after[0].folded if after else ""


def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of a text; a code and its parts are one. Numerals' other writings are left to the index."""
    analysis = analyze(text)
    stored = analysis.text
    starts, ends, joined = analysis.starts.tolist(), analysis.ends.tolist(), analysis.joined.tolist()
    plain = [
        Token(stored[start:end], exact, folded, *_kind(exact), join, start, end)
        for exact, folded, join, start, end in zip(
            analysis.exact_terms(), analysis.folded_terms(), joined, starts, ends, strict=True
        )
    ]
    if not analysis.codes:
        return tuple(plain)
    spans: dict[int, Code] = {}
    for code in analysis.codes:  # of several at one place the longest, as it is written
        if code.length > max(1, spans[code.position].length if code.position in spans else 0):
            spans[code.position] = code
    if not spans:
        return tuple(plain)
    others: dict[int, list[str]] = {}
    for code in analysis.codes:
        whole = spans.get(code.position)
        if whole is None or code.length != whole.length or code.exact == whole.exact:
            continue
        if not writings.is_year(code.exact):  # "2.021" asks for no year
            others.setdefault(code.position, []).append(code.exact)
    tokens: list[Token] = []
    position = 0
    while position < len(plain):
        whole = spans.get(position)
        if whole is None:
            tokens.append(plain[position])
            position += 1
            continue
        parts = tuple(plain[position : position + whole.length])
        tokens.append(
            Token(
                text=stored[parts[0].start : parts[-1].end],
                exact=whole.exact,
                folded=whole.folded,
                marked=has_marks(whole.exact),
                syllable=False,
                joined=False,
                start=parts[0].start,
                end=parts[-1].end,
                parts=parts,
                others=(
                    *others.get(position, ()),
                    *writings.days(whole.exact),
                    *writings.short_days(whole.exact, plain[position - 1].folded if position else ""),
                    *writings.decimals(whole.exact, _behind(stored, parts[-1].end, plain[position + whole.length :])),
                ),
            )
        )
        position += whole.length
    return tuple(tokens)
