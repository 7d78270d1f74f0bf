"""What interpreting a query asks of an index, and a memory of the answers for the time of one query.

In: an index's vocabulary (`search.engines.base.Reader` satisfies `Lexicon`). Out: the same, each question asked once.
Must not know engines, nor what the answers are used for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol, runtime_checkable

from search.model import Article
from search.query.found import SEPARATOR
from search.query.tree import EVERYTHING, Any, FacetField, Fuzzy, Node, Plan, Prefix, Sequence, Space, Term, Zone

Foreseen = Term | Sequence | Prefix | Fuzzy
"""What can be asked for before it is needed: frequencies, terms that begin so, similar terms."""


class Lexicon(Protocol):
    """The vocabulary of an index with its document frequencies."""

    def frequency(self, term: Term | Sequence) -> int:
        """Number of articles that hold the term."""

    def terms(self, space: Space, prefix: str = "", zone: Zone = "any") -> Iterator[tuple[str, int]]:
        """Terms of a space beginning with `prefix`, each with its document frequency."""

    def similar_terms(self, space: Space, text: str, distance: int = 1) -> list[tuple[str, int]]:
        """Terms within `distance` edits, with document frequencies."""

    def __len__(self) -> int: ...


class Distant(Protocol):
    """A lexicon on another machine, where every question is a journey."""

    def foresee(self, terms: Iterable[Foreseen]) -> None:
        """Fetch and remember at once the frequencies that will be asked for, the terms that begin with prefixes, and
        similar terms.
        """


class Listing(Protocol):
    """A lexicon that knows what articles abbreviate without looking it up."""

    def openings(self, space: Space) -> frozenset[str]:
        """The first two words, joined by a blank, of all terms of a space that hold a blank."""


def foresee(lexicon: object, terms: Iterable[Foreseen]) -> None:
    """Tell a distant lexicon what will be asked, to be fetched at once; for others the terms are not even made."""
    fetch = _fetcher(lexicon)
    if fetch is not None:
        fetch(terms)


def _fetcher(lexicon: object) -> Callable[[Iterable[Foreseen]], None] | None:
    """How to tell a distant lexicon; by name, for asking whether it has the protocol takes 30 µs."""
    fetch: Callable[[Iterable[Foreseen]], None] | None = getattr(lexicon, "foresee", None)
    return fetch


class Identified(Protocol):
    """A matching article."""

    @property
    def id(self) -> str:
        """Its id."""


class Answered(Protocol):
    """An answer: the articles of the page asked for, and counts of values by field."""

    @property
    def matches(self) -> tuple[Identified, ...]:
        """The best matches."""

    @property
    def facets(self) -> Mapping[str, Mapping[str, int]]:
        """Field → value → number of articles."""


@runtime_checkable
class Searchable(Protocol):
    """A lexicon that can also be searched: it tells the values of a field, and shows its articles."""

    def search(self, plan: Plan) -> Answered:
        """Answer a plan."""

    def articles(self, ids: Iterable[str]) -> list[Article]:
        """The stored articles."""


class Known:
    """A lexicon that remembers what it was asked; made anew for every query, so it never outlives its index."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._frequencies: dict[Term | Sequence, int] = {}
        self._values: dict[FacetField, tuple[str, ...]] = {}
        self._fetch = _fetcher(lexicon)
        self._openings: Callable[[Space], frozenset[str]] | None = getattr(lexicon, "openings", None)

    def __len__(self) -> int:
        return len(self.lexicon)

    def frequency(self, term: Term | Sequence) -> int:
        """Number of articles that hold the term."""
        known = self._frequencies.get(term)
        if known is None:
            known = self._frequencies[term] = self.lexicon.frequency(term)
        return known

    def foresee(self, terms: Iterable[Foreseen]) -> None:
        """Tell what will be asked for; saves journeys where the index is far away."""
        if self._fetch is not None:
            self._fetch(terms)

    def holds(self, term: Term | Sequence) -> bool:
        """Whether any article holds the term."""
        return self.frequency(term) > 0

    def frequency_of(self, node: Node) -> int:
        """Number of articles that hold a term or a sequence; 0 of conditions that are neither."""
        return self.frequency(node) if isinstance(node, Term | Sequence) else 0

    def holds_any(self, node: Node) -> bool:
        """Whether any article holds a term, a sequence, or one of several."""
        if isinstance(node, Any):
            return any(self.holds_any(part) for part in node.parts)
        return isinstance(node, Term | Sequence) and self.holds(node)

    def at_most(self, node: Node) -> int:
        """An upper bound of the number of articles that hold a term or one of several terms."""
        if isinstance(node, Any):
            return sum(self.at_most(part) for part in node.parts)
        return self.frequency(node) if isinstance(node, Term) else 0

    def terms(self, space: Space, prefix: str, zone: Zone = "any") -> Iterator[str]:
        """Terms beginning with `prefix`, in order."""
        return (text for text, _ in self.lexicon.terms(space, prefix, zone))

    def stated(self, words: str, *, marked: bool) -> list[tuple[str, int]]:
        """What articles say that an abbreviation stands for, or how they abbreviate words: the partner (exact where
        `marked`, else folded) and the number of articles that state the pair, most first."""
        begins = stating(words, marked=marked)
        held = [(term[len(begins.text) :], count) for term, count in self.lexicon.terms(begins.space, begins.text)]
        return sorted(held, key=lambda pair: (-pair[1], pair[0]))

    def states(self, space: Space, words: str) -> bool:
        """Whether an article abbreviates words that begin with these two: only terms of stated pairs hold blanks."""
        if self._openings is not None:
            return words in self._openings(space)
        return next(iter(self.lexicon.terms(space, words)), None) is not None

    def similar(self, space: Space, text: str, distance: int = 1) -> list[tuple[str, int]]:
        """Terms within `distance` edits, with document frequencies."""
        return self.lexicon.similar_terms(space, text, distance)

    def values(self, field: FacetField) -> tuple[str, ...]:
        """The values that articles have in a field; none where the index cannot tell."""
        known = self._values.get(field)
        if known is None:
            found: tuple[str, ...] = ()
            if isinstance(self.lexicon, Searchable):
                counts = self.lexicon.search(Plan(EVERYTHING, facets=(field,), limit=0)).facets
                found = tuple(value for value in counts.get(field, {}) if value)
            known = self._values[field] = found
        return known

    def texts(self, node: Node, articles: int = 1) -> list[str]:
        """Titles and bodies of articles that meet a condition; nothing where the index cannot be searched."""
        if not isinstance(self.lexicon, Searchable):
            return []
        matches = self.lexicon.search(Plan(node, limit=articles)).matches
        found = self.lexicon.articles([match.id for match in matches])
        return [text for article in found for text in (article.title, article.body)]


def stating(words: str, *, marked: bool) -> Prefix:
    """What the terms begin with by which articles state an abbreviation of words, or the words of an abbreviation."""
    return Prefix("exact" if marked else "folded", words + SEPARATOR)
