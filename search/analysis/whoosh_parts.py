"""The analysis as Whoosh tokenizers and filters, to put together with `|` in anybody's schema.

In: the text of a field. Out: Whoosh tokens. Must not know this project's index or queries; the only module of the
analysis that imports Whoosh.

Each token is a fresh value, so that tokens may be kept. Offsets are code points of the text given, whatever its Unicode
form. Every part may be left out or combined with Whoosh's own; all work on empty text.

>>> chain = SyllableTokenizer() | ExactFilter() | FoldFilter() | PairFilter()
>>> [(token.text, token.pos) for token in chain("Tham nhũng vặt", positions=True)]
[('tham_nhung', 0), ('nhung_vat', 1)]
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from whoosh.analysis import Filter, Token, Tokenizer

from search.analysis.chain import analyze
from search.analysis.forms import exact_form, fold, normalize


class _Places:
    """From code points of the NFC text back to those of the text given."""

    def __init__(self, given: str, stored: str) -> None:
        self._same = given == stored or len(given) == len(stored) == len(normalize(given))
        self._first: list[int] = []
        self._last: list[int] = []
        if not self._same:
            self._align(given)

    def _align(self, given: str) -> None:
        start = 0
        while start < len(given):
            end = start + 1
            while end < len(given) and _goes_on(given[end]):
                end += 1
            size = len(normalize(given[start:end]))
            self._first += [start] * size
            self._last += [end] * size
            start = end

    def span(self, start: int, end: int) -> tuple[int, int]:
        """`[start, end)` in the text given."""
        if self._same:
            return start, end
        return self._first[start], self._last[end - 1]


def _goes_on(letter: str) -> bool:
    """Whether normalization may join the letter to the one before it."""
    return unicodedata.combining(letter) != 0 or not unicodedata.is_normalized("NFC", "\u1112" + letter)


class _ChainTokenizer(Tokenizer):  # type: ignore[misc]
    """What both tokenizers share: offsets, positions and the options of Whoosh."""

    def _rows(self, text: str) -> Iterator[tuple[str, int, int, int, str]]:
        """Text, position, start, end and kind of each token, in order of position."""
        raise NotImplementedError

    def __call__(
        self,
        value: str,
        positions: bool = False,
        chars: bool = False,
        keeporiginal: bool = False,
        removestops: bool = True,
        start_pos: int = 0,
        start_char: int = 0,
        tokenize: bool = True,
        mode: str = "",
        **options: Any,
    ) -> Iterator[Any]:
        """The tokens of a text; the arguments are those of Whoosh's own tokenizers."""
        stored = normalize(value)
        places = _Places(value, stored)
        rows = self._rows(stored) if tokenize else iter([(value, 0, 0, len(stored), "whole")] if stored else [])
        for text, position, start, end, kind in rows:
            token = Token(positions, chars, removestops=removestops, mode=mode, **options)
            start, end = places.span(start, end)
            token.text, token.kind = text, kind
            if keeporiginal:
                token.original = value[start:end]
            if positions:
                token.pos = start_pos + position
            if chars:
                token.startchar, token.endchar = start_char + start, start_char + end
            yield token


class SyllableTokenizer(_ChainTokenizer):
    """Syllables, other runs of letters, and numbers, as written; with `codes`, codes such as `17-KH/TU` as well.

    A code stands at the position of its first part, after it. `token.kind` is "token" or "code".
    """

    def __init__(self, codes: bool = False) -> None:
        self.codes = codes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SyllableTokenizer) and self.codes == other.codes

    __hash__ = None  # type: ignore[assignment]

    def _rows(self, text: str) -> Iterator[tuple[str, int, int, int, str]]:
        found = analyze(text)
        starts, ends, terms = found.starts.tolist(), found.ends.tolist(), found.exact_terms()
        codes: dict[int, list[tuple[str, int]]] = {}
        for code in found.codes if self.codes else ():
            codes.setdefault(code.position, []).append((code.exact, code.length))
        for i, term in enumerate(terms):
            start, end = starts[i], ends[i]
            shared = (i and starts[i - 1] == start) or (i + 1 < len(terms) and starts[i + 1] == start)
            yield (term if shared else found.text[start:end]), i, start, end, "token"
            for exact, length in codes.get(i, ()):
                yield exact, i, start, ends[i + length - 1], "code"


class WordTokenizer(_ChainTokenizer):
    """pyvi's words, syllables in their exact form joined by "_", each at the position of its first syllable."""

    def _rows(self, text: str) -> Iterator[tuple[str, int, int, int, str]]:
        found = analyze(text)
        starts, ends = found.starts.tolist(), found.ends.tolist()
        for i, length, word in found.words():
            yield word, i, starts[i], ends[i + length - 1], "word"


class _FormFilter(Filter):  # type: ignore[misc]
    """Puts another form in place of each token's text."""

    def _form(self, text: str) -> str:
        raise NotImplementedError

    def __call__(self, tokens: Iterator[Any]) -> Iterator[Any]:
        """The same tokens, as fresh values with the other text."""
        for token in tokens:
            made = token.copy()
            made.text = self._form(token.text)
            yield made


class ExactFilter(_FormFilter):
    """The exact form: lower case, NFC, one spelling for tone placement and i/y."""

    def _form(self, text: str) -> str:
        return exact_form(text)


class FoldFilter(_FormFilter):
    """The folded form: the exact form without diacritics, in ASCII."""

    def _form(self, text: str) -> str:
        return fold(text)


class PairFilter(Filter):  # type: ignore[misc]
    """Neighbors joined by "_", at the position of the first; tokens of other kinds (codes) are left out.

    Where tokens have positions, only those at consecutive positions are neighbors: a stop word removed before leaves a
    gap, not a false pair.
    """

    def __call__(self, tokens: Iterator[Any]) -> Iterator[Any]:
        """One token less than came in."""
        before: Any = None
        for token in tokens:
            if getattr(token, "kind", "token") == "code" or token.stopped:
                continue
            here = token.copy()
            if before is not None and (not here.positions or here.pos == before.pos + 1):
                pair = before.copy()
                pair.text = f"{before.text}_{here.text}"
                if here.chars:
                    pair.endchar = here.endchar
                yield pair
            before = here


class ModeFilter(Filter):  # type: ignore[misc]
    """One filter for each mode ("index", "query"); like Whoosh's MultiFilter, but it works on empty text too."""

    def __init__(self, **filters: Any) -> None:
        self.filters = filters

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModeFilter) and self.filters == other.filters

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, tokens: Iterator[Any]) -> Iterator[Any]:
        """The tokens through the filter of their mode, unchanged where it has none."""
        stream = iter(tokens)
        first = next(stream, None)
        if first is None:
            return
        first = first.copy()

        def all_tokens() -> Iterator[Any]:
            yield first
            yield from stream

        chosen = self.filters.get(first.mode)
        yield from chosen(all_tokens()) if chosen is not None else all_tokens()


def exact_analyzer(codes: bool = True) -> Any:
    """The exact space: `SyllableTokenizer | ExactFilter`."""
    return SyllableTokenizer(codes) | ExactFilter()


def folded_analyzer(codes: bool = True) -> Any:
    """The folded space: `SyllableTokenizer | ExactFilter | FoldFilter`."""
    return SyllableTokenizer(codes) | ExactFilter() | FoldFilter()


def pair_analyzer() -> Any:
    """The pair space: `SyllableTokenizer | ExactFilter | FoldFilter | PairFilter`."""
    return SyllableTokenizer() | ExactFilter() | FoldFilter() | PairFilter()


def word_analyzer() -> Any:
    """The word space: `WordTokenizer` alone."""
    return WordTokenizer()
