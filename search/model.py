"""The frozen values that rooms hand to each other.

In: nothing. Out: `Article` (what is indexed), `Reading` and `Record` (what a page yields, with evidence), and the
answer types `Hit`, `Snippet`, `Bucket`, `Note`, `Result`. This module imports the standard library only and must not
know how any of them is made.

Offsets everywhere are half-open `[start, end)` in code points of the stored NFC text. Dates are ISO 8601 strings whose
length is their precision: "2019", "2019-03", "2019-03-13", "2021-12-29T09:43:00+07:00".

>>> Article(id="a", title="Tin", body="Hải Phòng …", city="Hải Phòng", published="2019-03-13").day
datetime.date(2019, 3, 13)
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Confidence = Literal["high", "medium", "low", "none"]
Marks = Literal["auto", "strict", "ignore"]
Sort = Literal["relevance", "newest", "oldest"]
Counting = Literal["once", "all"]
"""How republished articles count: all of one text as one, or each."""
Units = Literal["publication", "today"]
"""Which places a facet counts by: the units an article's time knew (63 before July 2025), or those of today (34)."""

UNKNOWN = ""
"""The facet value of articles whose city or date is not known; shown to people as "không rõ"."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a value was chosen (or rejected): the rule's name, the words it read and the 1-based line they stand on."""

    rule: str
    text: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that was considered and not chosen, with the reason."""

    value: str
    evidence: Evidence
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One field as read from a page: value (None is "không rõ"), confidence, evidence and what was rejected."""

    value: str | None
    confidence: Confidence = "none"
    evidence: tuple[Evidence, ...] = ()
    rejected: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """A line taken out of the text as boilerplate: its 1-based number, its words and the reason."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Article:
    """One article as indexed and stored.

    `id` is unique in an index; `title` and `body` are NFC; `city` is a unit's canonical name as of publication;
    `published` an ISO 8601 date or date-time. `evidence` holds, for inferred fields only, why the value was chosen
    (field name → Evidence) and `confidence` how sure the reader was of it.
    """

    id: str
    title: str
    body: str
    city: str | None = None
    published: str | None = None
    url: str | None = None
    source: str | None = None
    byline: str | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    confidence: Mapping[str, Confidence] = field(default_factory=dict)

    @property
    def day(self) -> dt.date | None:
        """The day of publication; the first day of the month or year when no more is known; None when unknown."""
        if not self.published:
            return None
        parts = [*self.published[:10].split("-"), "1", "1"]
        return dt.date(int(parts[0]), int(parts[1]), int(parts[2]))

    @property
    def digest(self) -> str:
        """Hash of everything stored, in 32 hexadecimal digits: equal digests need no re-indexing."""
        parts: list[str] = [self.id, self.title, self.body]
        parts += [value or "" for value in (self.city, self.published, self.url, self.source, self.byline)]
        parts += [f"{name}={e.rule}:{e.text}:{e.line}" for name, e in sorted(self.evidence.items())]
        parts += [f"{name}={value}" for name, value in sorted(self.confidence.items())]
        # part by part: a text that was written as UTF-8 before keeps it
        whole = b"\x1f".join([part.encode("utf-8", "surrogatepass") for part in parts])
        return hashlib.blake2b(whole, digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Record:
    """What one page yields before it becomes an `Article`: each field a `Reading`, each removed line and why."""

    file: str
    id: str
    title: Reading
    body: str
    published: Reading = Reading(None)
    event_date: Reading = Reading(None)
    city: Reading = Reading(None)
    byline: Reading = Reading(None)
    source: Reading = Reading(None)
    url: Reading = Reading(None)
    language: Reading = Reading(None)
    lead: Reading = Reading(None)
    removed: tuple[Removed, ...] = ()
    headings: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    line: int | None = None
    id_evidence: Evidence | None = None
    """Why the id is what it is, when no record gave it."""

    @property
    def article(self) -> Article:
        """The record as an indexable article; evidence is kept for every field not given by a record or sidecar."""
        fields = {"title": self.title, "published": self.published, "city": self.city, "byline": self.byline}
        inferred = {n: r for n, r in fields.items() if r.value and r.evidence and r.evidence[0].rule != "record"}
        return Article(
            id=self.id,
            title=self.title.value or "",
            body=self.body,
            city=self.city.value,
            published=self.published.value,
            url=self.url.value,
            source=self.source.value,
            byline=self.byline.value,
            evidence={name: reading.evidence[0] for name, reading in inferred.items()},
            confidence={name: reading.confidence for name, reading in inferred.items()},
        )


@dataclass(frozen=True, slots=True)
class Skipped:
    """Input that could not be read: where (`file`, 1-based `line` if any) and a reason that says what to do."""

    file: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reader of an answer should know: a repair, a fallback, an expansion, an ignored operator.

    `kind` is stable for programs ("fallback", "repair", "expansion", "literal", "relaxed", …); `message` and
    `message_en` are for people; `query` is the query that undoes (or applies) it, when there is one.
    """

    kind: str
    message: str
    message_en: str
    query: str | None = None


class Snippet(NamedTuple):
    """A fragment of the stored text as written, with the matched stretches as `[start, end)` in `text`."""

    text: str
    highlights: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One article of an answer. `score` compares only within one query and one engine."""

    id: str
    title: str
    title_highlights: tuple[tuple[int, int], ...]
    score: float
    snippets: tuple[Snippet, ...] = ()
    url: str | None = None
    city: str | None = None
    published: str | None = None
    byline: str | None = None
    source: str | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    confidence: Mapping[str, Confidence] = field(default_factory=dict)
    explanation: str | None = None
    copies: int = 0
    """How many other articles of the index have its text."""


class Bucket(NamedTuple):
    """One value of a facet: `value` is what a filter takes, `label` is for people.

    `count` ignores the facet's own selection.
    """

    value: str
    label: str
    count: int  # type: ignore[assignment]  # in place of a tuple's own method of this name
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A query to offer and why: another "spelling" of the one asked ("did you mean"), the articles of the "place"
    that it names, or a "related" one."""

    query: str
    reason: str = "spelling"


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one search. `next` continues it (None at the end); `normalized` is the query as understood.

    `suggestions` are other spellings of the query, `related` searches near it (only where asked for).
    `copies` says how republished articles were counted, which is "all" where the engine does not recognize them.
    """

    raw: str
    normalized: str
    total: int
    took_ms: float
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[Bucket, ...]]
    notes: tuple[Note, ...] = ()
    next: str | None = None
    suggestions: tuple[Suggestion, ...] = ()
    related: tuple[Suggestion, ...] = ()
    copies: Counting = "all"
