"""What every engine can do, and what it says it cannot: the protocol between the query tree and an index.

In: analysed articles (writing) and a `Plan` (reading). Out: `Matches`, stored articles, lexicon look-ups. One
conformance suite (tests/test_engines.py) runs over every engine; an ability that is missing is a flag in
`Capabilities`, never a silent difference. Must not know Flask, click, or how users type queries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Sequence as Items
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from search.analysis.streams import Analysis, Code, Vocabulary
from search.model import Article
from search.query.tree import After, Plan, Sequence, Space, Term, Zone


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do; a False is shown to users where the feature would be."""

    phrases: bool = True
    prefix: bool = True
    fuzzy: bool = True
    explain: bool = True
    suggest: bool = True
    embedded: bool = True
    copies: bool = True
    """Whether republished articles are recognized; without, `Plan.copies` changes nothing."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article with its analysed title and body: what a writer takes."""

    article: Article
    title: Analysis
    body: Analysis

    @property
    def plain(self) -> bool:
        """Whether the whole article is Vietnamese typed without diacritics (`search.analysis.plain`)."""
        return self.title.plainness.merge(self.body.plainness).plain


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """The tokens of articles that share a vocabulary, one article after the other, each with its title first.

    `exact` are ids of `vocabulary`, int32; those of the article `ids[i]` are `exact[starts[i]:starts[i + 1]]`, the
    first `titles[i]` of them the title's. `plain[i]`: the article is typed without diacritics. `joined`: the token
    continues pyvi's word of the token before; as long as `exact`, or empty where it was not asked for.
    """

    ids: tuple[str, ...]
    vocabulary: Vocabulary
    exact: NDArray[np.int32]
    starts: NDArray[np.int64]
    titles: NDArray[np.int64]
    plain: NDArray[np.bool_]
    joined: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Titles and bodies of articles that share a vocabulary, in columns: what is shown of a page of hits.

    `articles` come without their bodies. Texts alternate: text `2 * i` is the title of the article i, the next one its
    body. Tokens and code points of all texts stand end to end; those of text t begin at `bounds[t]` and
    `point_bounds[t]`.

    Shapes and dtypes: `exact` (ids of `vocabulary`), `starts`, `ends` (code points within the text) (tokens,) int32;
    `bounds`, `point_bounds` (2 * articles + 1,) int32; `points` (code points,) uint32; `plain` (articles,) uint8, 1
    where the article is typed without diacritics.
    """

    articles: tuple[Article, ...]
    vocabulary: Vocabulary
    exact: NDArray[np.int32]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    bounds: NDArray[np.int32]
    points: NDArray[np.uint32]
    point_bounds: NDArray[np.int32]
    plain: NDArray[np.uint8]
    codes: Items[Items[Code]]
    """The codes of each text, positions counted within it."""

    def codes_among(self, text: int, terms: frozenset[str]) -> Items[Code]:
        """The codes of a text that are spelled, exactly or folded, as one of some terms; others may be among them.

        Spelling all codes of a page of hits takes longer than finding everything else in it.
        """
        among: Callable[[int, frozenset[str]], Items[Code]] | None = getattr(self.codes, "among", None)
        return self.codes[text] if among is None else among(text, terms)


def texts(prepared: Iterable[Prepared]) -> list[Texts]:
    """Analysed articles as columns, in groups of one vocabulary."""
    groups: dict[int, list[Prepared]] = {}
    for item in prepared:
        groups.setdefault(id(item.title.vocabulary), []).append(item)
    return [_texts(group) for group in groups.values()]


def _texts(group: list[Prepared]) -> Texts:
    analyses = [analysis for item in group for analysis in (item.title, item.body)]
    spelled = [analysis.text.encode("utf-32-le", "surrogatepass") for analysis in analyses]
    return Texts(
        tuple(replace(item.article, body="") for item in group),
        analyses[0].vocabulary,
        np.concatenate([analysis.exact for analysis in analyses]),
        np.concatenate([analysis.starts for analysis in analyses]),
        np.concatenate([analysis.ends for analysis in analyses]),
        np.cumsum([0, *map(len, analyses)]).astype(np.int32),
        np.frombuffer(b"".join(spelled), np.uint32),
        np.cumsum([0, *(len(points) // 4 for points in spelled)]).astype(np.int32),
        np.array([item.plain for item in group], np.uint8),
        tuple(analysis.codes for analysis in analyses),
    )


class Match(NamedTuple):
    """One matching article: its id, sort value (score, or ordinal of the day) and how many others have its text.

    A tuple, as every search makes a page of them: frozen dataclasses take three times as long.
    """

    id: str
    value: float
    copies: int = 0


@dataclass(frozen=True, slots=True)
class Matches:
    """An engine's answer: exact total, the page of matches, facet counts (field → value → count) and where to go on.

    Values of date facets are "2019", "2019-03" or "2019-03-13"; the empty string counts articles without a value.
    """

    total: int
    matches: tuple[Match, ...]
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    after: After | None = None


def regrouped(counts: Mapping[str, int], names: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Counts with some values under other names: what `Plan.regrouped` means where articles count singly.

    >>> regrouped({"Hải Dương": 2, "Hải Phòng": 3, "Huế": 1}, [("Hải Dương", "Hải Phòng")])
    {'Hải Phòng': 5, 'Huế': 1}
    """
    known, found = dict(names), dict[str, int]()
    for value, count in counts.items():
        name = known.get(value, value)
        found[name] = found.get(name, 0) + count
    return found


@dataclass(frozen=True, slots=True)
class IndexStats:
    """Figures of one generation; sizes in bytes."""

    engine: str
    location: str
    generation: str
    articles: int
    segments: int
    size_bytes: int
    terms: Mapping[str, int]
    cities: Mapping[str, int]
    years: Mapping[str, int]
    built: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an index: the file or part, what is wrong, what to do."""

    where: str
    what: str
    next_step: str


class Reader(Protocol):
    """One generation of an index, from first to last hit; shareable between threads; close it when done."""

    generation: str

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def close(self) -> None:
        """Let go of files and connections; more than once does no harm."""

    def warm(self, seconds: float) -> None:
        """Bring in, and verify, what searches will read, as far as it can be done in so many seconds."""

    def search(self, plan: Plan) -> Matches:
        """Answer a plan exactly as `search.query.tree` defines it."""

    def scores(self, term: Term | Sequence, ids: tuple[str, ...]) -> dict[str, float]:
        """BM25 of one term in each of `ids` (0 where absent): the parts of an explanation."""

    def articles(self, ids: Iterable[str]) -> list[Article]:
        """The stored articles, in the order asked; unknown ids are left out."""

    def prepared(self, ids: Iterable[str]) -> list[Prepared]:
        """Stored articles with their analyses, for snippets and second-phase ranking; analysed anew if not kept."""

    def texts(self, ids: Iterable[str]) -> list[Texts]:
        """Titles and bodies of stored articles with their tokens, in groups of one vocabulary, in no order.

        Unknown ids are left out.
        """

    def copies(self, id: str) -> tuple[str, ...]:
        """Ids of the other articles with the text of this one, in order; empty for an unknown id."""

    def tokens(self, ids: Iterable[str], *, joined: bool = False) -> list[Tokens]:
        """The tokens of stored articles, in groups of one vocabulary; `joined` if wished; unknown ids are left out.

        None at all where reading them back would mean analyzing the articles anew.
        """

    def ids(self) -> Iterator[str]:
        """All article ids, in no order."""

    def __len__(self) -> int: ...

    def frequency(self, term: Term | Sequence) -> int:
        """Number of articles that hold the term (exact for terms; sequences by search)."""

    def terms(self, space: Space, prefix: str = "", zone: Zone = "any") -> Iterator[tuple[str, int]]:
        """Terms of a space beginning with `prefix`, in order of code points, each with its document frequency."""

    def similar_terms(self, space: Space, text: str, distance: int = 1) -> list[tuple[str, int]]:
        """Terms within `distance` edits with document frequencies, nearest and most frequent first.

        The first letter is kept, as in `Fuzzy`.
        """

    def stats(self) -> IndexStats:
        """Figures of this generation."""


class Writer(Protocol):
    """One writing run. Nothing is visible before `commit`; `abort` (or an exception) leaves the old generation."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def digest(self, id: str) -> str | None:
        """The digest of the article as stored before this run; None when it is not there (always None on a rebuild)."""

    def add(self, prepared: Prepared) -> None:
        """Add an article, replacing the one with the same id."""

    def delete(self, id: str) -> bool:
        """Remove an article; False when it is not there."""

    def commit(self) -> None:
        """Make everything durable and visible at once."""

    def abort(self) -> None:
        """Leave the index as it was and let the next writer in; does nothing after a commit."""


class Engine(Protocol):
    """A place where an index lives: a folder, or an alias on a cluster."""

    name: str
    capabilities: Capabilities
    location: str

    def exists(self) -> bool:
        """Whether an index was ever committed here."""

    def reader(self) -> Reader:
        """Open the newest generation. Raises IndexMissing, IndexBroken or EngineUnavailable."""

    def generation(self) -> str:
        """Name of the newest committed generation, cheaply: readers with another name are out of date."""

    def writer(self, *, rebuild: bool) -> Writer:
        """Start writing: `rebuild` builds beside the live index and swaps at commit, else the live index is updated.

        Raises IndexLocked when another writer is at work.
        """

    def check(self) -> list[Problem]:
        """Everything wrong with the index; empty when whole."""
