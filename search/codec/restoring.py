"""Stored articles with their analyses, read back from the forward index instead of being analysed again.

In: a segment and an article's number. Out: `Prepared`, its ids those of the segment's own forms. Two things are not
kept and come back reduced: the counts behind `Plainness` (only whether the article is plain) and, in articles without
diacritics, the exact form of codes (their folded form). Must not know snippets or ranking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from search.analysis.streams import Analysis, Code, Plainness
from search.codec.segment import Segment
from search.engines.base import Prepared, Texts, Tokens

_PLAIN: Final = Plainness(tokens=2, marked=0, syllables=2)
_NOT_PLAIN: Final = Plainness()
_NO_FLAGS: Final = np.empty(0, np.bool_)
_KEPT: Final = 20_000
"""Forms whose numbers are kept; beyond that the table starts anew."""


class Forms:
    """A segment's forms as a vocabulary: ids are form numbers, folded ids those of the segment's folded terms.

    Nothing is translated or copied; it holds what the segment holds, and remembers some of what it was asked for.
    """

    def __init__(self, segment: Segment) -> None:
        self._forms = segment.forms
        self._folded = segment.field("folded")
        self._folded_ids: NDArray[np.int32] = segment.container.array("forms.folded")
        self._segment = segment
        self._spelled: dict[int, str] = {}
        self._found: dict[str, int | None] = {}

    def __len__(self) -> int:
        return len(self._forms)

    def id(self, exact: str) -> int:
        """Number of a form. Raises KeyError for one that the segment does not hold."""
        found = self.find(exact)
        if found is None:
            raise KeyError(exact)
        return found

    def find(self, exact: str) -> int | None:
        """Number of a form, None where no article of the segment holds it."""
        try:
            return self._found[exact]
        except KeyError:
            found = self._look_up(exact)
        if len(self._found) >= _KEPT:
            self._found.clear()
        self._found[exact] = found
        return found

    def _look_up(self, exact: str) -> int | None:
        number = self._segment.field("exact").find(exact)
        if number >= 0 and (form := int(self._segment.form_of_exact[number])) >= 0:
            return form
        # one that only articles without diacritics hold
        folded = self.find_folded(exact)
        alike = np.flatnonzero(self._folded_ids == folded).tolist() if folded is not None else []
        return next((form for form in alike if self.exact(form) == exact), None)

    def find_folded(self, folded: str) -> int | None:
        """Number of a folded term, None where no article of the segment holds it."""
        number = self._segment.folded_number(folded)
        return None if number < 0 else number

    def exact(self, id: int) -> str:
        """The form with a number."""
        found = self._spelled.get(id)
        if found is None:
            found = self._spelled[id] = self._forms[id]
        return found

    def folded(self, id: int) -> str:
        """The folded term of a form."""
        return self._folded.term(int(self._folded_ids[id]))

    def folded_ids(self) -> NDArray[np.int32]:
        """Folded id of every form."""
        return self._folded_ids

    def folded_term(self, folded_id: int) -> str:
        """The folded term with a number."""
        return self._folded.term(folded_id)


class _Codes(Sequence[Code]):
    """Codes that are read when somebody looks at them: most queries hold nothing that could be one."""

    def __init__(self, size: int, read: Callable[[], list[Code]]) -> None:
        self._size, self._read = size, read
        self._codes: list[Code] | None = None

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Code]:
        return iter(self[:])

    @overload
    def __getitem__(self, index: int) -> Code: ...
    @overload
    def __getitem__(self, index: slice) -> list[Code]: ...
    def __getitem__(self, index: int | slice) -> Code | list[Code]:
        """Codes by their number."""
        if self._codes is None:
            self._codes = self._read()
        return self._codes[index]


class _CodesOfTexts(Sequence[Sequence[Code]]):
    """The codes of the titles and bodies of some articles, looked up when somebody asks."""

    def __init__(self, restorer: Restorer, numbers: Sequence[int]) -> None:
        self._restorer, self._numbers = restorer, numbers
        self._found: dict[int, tuple[Sequence[Code], Sequence[Code]]] = {}
        self._terms: frozenset[str] | None = None
        self._among: dict[int, list[Code]] = {}

    def __len__(self) -> int:
        return 2 * len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Sequence[Code]: ...
    @overload
    def __getitem__(self, index: slice) -> list[Sequence[Code]]: ...
    def __getitem__(self, index: int | slice) -> Sequence[Code] | list[Sequence[Code]]:
        """The codes of texts by their number."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        number = self._numbers[index // 2]
        found = self._found.get(number)
        if found is None:
            found = self._found[number] = self._restorer.codes(number)
        return found[index % 2]

    def among(self, index: int, terms: frozenset[str]) -> Sequence[Code]:
        """Of the codes of a text those that are spelled, exactly or folded, as one of some terms."""
        if self._terms != terms:
            self._terms = terms
            self._among = self._restorer.codes_among(self._numbers, terms)
        return self._among.get(index, ())


class Restorer:
    """Restores the articles of a segment; any number of threads may share it."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._forms = Forms(segment)
        get = segment.container.array
        # verified article by article
        self._joined: NDArray[np.uint8] = segment.container.unverified("forward.joined")
        self._places = get("forward.offset_starts")
        self._offsets: NDArray[np.uint8] = segment.container.unverified("forward.offsets")
        self._lengths = get("codes.lengths")
        self._titles = segment.columns["title_positions"]
        self._plain = segment.columns["plain"]
        self._widths = segment.form_widths

    def prepared(self, number: int) -> Prepared:
        """One article with the analyses of its title and body."""
        from search.codec.kernels import forward

        segment = self._segment
        article = segment.records.article(number)
        ids = segment.tokens(number)
        title, size = int(self._titles[number]), len(ids)
        start = int(segment.forward[1][number])
        segment.container.trust("forward.joined", start >> 3, (start + size + 7) >> 3)
        bits = np.unpackbits(self._joined[start >> 3 : (start + size + 7) >> 3])
        joined = bits[start & 7 : (start & 7) + size].view(np.bool_)
        begins, ends = np.empty(size, np.int32), np.empty(size, np.int32)
        widths = self._widths[ids]
        first, middle, stop = self._places[2 * number : 2 * number + 3].tolist()
        segment.container.trust("forward.offsets", first, stop)
        forward.get_offsets(self._offsets, first, middle, ids[:title], widths[:title], begins[:title], ends[:title])
        forward.get_offsets(self._offsets, middle, stop, ids[title:], widths[title:], begins[title:], ends[title:])
        in_title, in_body = self.codes(number)
        plain = _PLAIN if self._plain[number] else _NOT_PLAIN
        forms = self._forms
        return Prepared(
            article,
            Analysis(article.title, forms, ids[:title], begins[:title], ends[:title], joined[:title], in_title, plain),
            Analysis(article.body, forms, ids[title:], begins[title:], ends[title:], joined[title:], in_body),
        )

    def texts(self, numbers: Sequence[int]) -> Texts:
        """Titles and bodies of some articles with their tokens, read in one go; bodies are not decoded."""
        from search.codec.kernels import originals

        segment, chosen = self._segment, np.array(numbers, np.int32)
        articles, points, point_bounds = segment.records.texts(numbers)
        segment.trust_tokens(chosen)
        places = 2 * chosen.astype(np.int64)
        segment.container.trust_ranges("forward.offsets", self._places[places], self._places[places + 2])
        forms, starts, rare, rare_starts = segment.forward[:4]
        size = int((starts[chosen + 1] - starts[chosen]).sum())
        exact, begins, ends = np.empty((3, size), np.int32)
        bounds = np.empty(2 * len(chosen) + 1, np.int32)
        originals.read_tokens(
            chosen, forms, starts, rare, rare_starts, self._titles, self._widths, self._offsets, self._places,
            exact, begins, ends, bounds,
        )  # fmt: skip
        codes = _CodesOfTexts(self, numbers)
        plain = self._plain[chosen]
        return Texts(tuple(articles), self._forms, exact, begins, ends, bounds, points, point_bounds, plain, codes)

    def codes(self, number: int) -> tuple[Sequence[Code], Sequence[Code]]:
        """The codes of an article's title and those of its body."""
        first, stop = self._segment.forward[7][number : number + 2].tolist()
        if first == stop:
            return (), ()
        title = int(self._titles[number])
        at = first + int(self._segment.forward[8][first:stop].searchsorted(title))
        return self._codes(number, first, at, 0), self._codes(number, at, stop, title)

    def codes_among(self, numbers: Sequence[int], terms: frozenset[str]) -> dict[int, list[Code]]:
        """The codes of some articles that are spelled as one of some terms, by the number of their text.

        Text 2 i is the title of the article with `numbers[i]`, the next one its body.
        """
        segment = self._segment
        starts, _, exact, folded = segment.forward[7:]
        fields = segment.field("exact"), segment.field("folded")
        spelled, bare = ({number for term in terms if (number := field.find(term)) >= 0} for field in fields)
        found: dict[int, list[Code]] = {}
        for i, number in enumerate(numbers if spelled or bare else ()):
            first, stop = starts[number : number + 2].tolist()
            if first == stop or (
                bare.isdisjoint(folded[first:stop].tolist()) and spelled.isdisjoint(exact[first:stop].tolist())
            ):
                continue
            for text, codes in enumerate(self.codes(number), 2 * i):
                found[text] = [code for code in codes if code.exact in terms or code.folded in terms]
        return found

    def tokens(self, numbers: Mapping[str, int], *, joined: bool = False) -> Tokens:
        """The forms of some articles, given as numbers by id, and nothing else but, where asked, which are joined."""
        from search.codec.kernels import heads

        segment, chosen = self._segment, np.fromiter(numbers.values(), np.int32, len(numbers))
        segment.trust_tokens(chosen)
        forms, starts, rare, rare_starts = segment.forward[:4]
        first, stop = starts[chosen].astype(np.int64), starts[chosen + 1].astype(np.int64)
        exact, bounds = np.empty(int((stop - first).sum()), np.int32), np.empty(len(chosen) + 1, np.int64)
        flags = _NO_FLAGS
        if joined:
            segment.container.trust_ranges("forward.joined", first >> 3, (stop + 7) >> 3)
            flags = np.empty(len(exact), np.bool_)
        heads.read_forms(
            chosen, forms, starts, rare, rare_starts, self._joined, joined, exact, bounds, flags.view(np.uint8)
        )
        titles, plain = self._titles[chosen].astype(np.int64), self._plain[chosen].astype(np.bool_)
        return Tokens(tuple(numbers), self._forms, exact, bounds, titles, plain, flags)

    def _codes(self, number: int, first: int, stop: int, moved: int) -> Sequence[Code]:
        """The codes `[first, stop)`, all of one article, in order of position, which is counted from `moved`."""
        return _Codes(stop - first, lambda: self._read_codes(number, first, stop, moved)) if first < stop else ()

    def _read_codes(self, number: int, first: int, stop: int, moved: int) -> list[Code]:
        segment = self._segment
        _, _, places, exact, folded = segment.forward[6:]
        forms = segment.field("folded")
        spelled = forms if self._plain[number] else segment.field("exact")
        numbers = (folded if self._plain[number] else exact)[first:stop].tolist()
        columns = (places, self._lengths)
        at, lengths = (column[first:stop].tolist() for column in columns)
        return [
            Code(place - moved, length, spelled.term(number), forms.term(bare))
            for place, length, number, bare in zip(at, lengths, numbers, folded[first:stop].tolist(), strict=True)
        ]
