"""What the templates show: answers turned into views that hold finished text and finished addresses.

In: a `Result` or `Article`, the `State` that asked for it and a `Language`. Out: frozen views; templates decide
nothing. Must not know Flask or how answers are made.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from markupsafe import Markup

from search import gazetteer
from search.model import Bucket, Confidence, Counting, Evidence, Hit, Note, Result, Units
from search.state import Field, State, period, span
from search.wire import article_path, facet_urls
from web.histogram import Histogram, histogram
from web.language import Language
from web.marking import host, joined, mark, shown, web_address

SEARCH_PAGE = "/search"
SHOWN_BUCKETS = 8
"""Buckets of a facet that stand open; the rest are folded away."""
EXPORTS = ("csv", "jsonl", "ris", "bib")


@dataclass(frozen=True, slots=True)
class Link:
    """Something to click: its text, where it leads, whether it is the one in force, and what it is for."""

    text: str
    url: str
    current: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Inference:
    """A value that was read from the page rather than given: what, how sure, from which words."""

    field: str
    text: str
    confidence: str
    words: str


@dataclass(frozen=True, slots=True)
class HitView:
    """One result. `place`, `date` and the rest are empty where not known."""

    id: str
    url: str
    title: Markup
    snippets: tuple[Markup, ...]
    place: str
    date: str
    iso_date: str
    source: str
    byline: str
    original: Link | None
    inferences: tuple[Inference, ...]
    explanation: str | None
    copies: Link | None
    """How many other articles have its text, and where they are listed."""


@dataclass(frozen=True, slots=True)
class FacetLink:
    """One value of a facet and the address that chooses it or lets it go."""

    label: str
    count: str
    selected: bool
    url: str


@dataclass(frozen=True, slots=True)
class FacetView:
    """A facet as a list: the buckets that stand open and those folded away."""

    name: str
    heading: str
    open: tuple[FacetLink, ...]
    folded: tuple[FacetLink, ...]
    units: tuple[Link, ...] = ()
    """For places: as of publication or as of today."""


@dataclass(frozen=True, slots=True)
class NoteView:
    """A notice about the query and, where there is one, the search that undoes or applies it."""

    kind: str
    text: str
    undo: Link | None


@dataclass(frozen=True, slots=True)
class ResultsView:
    """A page of results."""

    state: State
    heading: str
    total: int
    total_text: str
    took_text: str
    hits: tuple[HitView, ...]
    notes: tuple[NoteView, ...]
    suggestions: tuple[Link, ...]
    related: tuple[Link, ...]
    rescues: tuple[Link, ...]
    chips: tuple[Link, ...]
    unfiltered: str
    facets: tuple[FacetView, ...]
    place_count: int
    histograms: tuple[Histogram, ...]
    periods: tuple[Link, ...]
    undated: str
    sorts: tuple[Link, ...]
    marks: tuple[Link, ...]
    copies: tuple[Link, ...]
    """How republished articles count; empty where the index does not recognize them."""
    next_url: str | None
    first_url: str | None
    feed_url: str
    exports: tuple[Link, ...]


def results_view(result: Result, state: State, language: Language) -> ResultsView:
    """A page of results, ready to show."""
    published = result.facets.get("published", ())
    levels = (result.facets.get(name, ()) for name in ("published", "month", "day"))
    drawn = (histogram(buckets, state, SEARCH_PAGE, language) for buckets in levels)
    undated = sum(bucket.count for bucket in published if not bucket.value)
    return ResultsView(
        state=state,
        heading=language("results_for", q=state.q) if state.q else language("all_articles"),
        total=result.total,
        total_text=language("total", n=result.total),
        took_text=language("took", ms=language.decimal(result.took_ms, 1 if result.took_ms < 10 else 0)),
        hits=tuple(hit_view(hit, language, state.q) for hit in result.hits),
        notes=tuple(_note(note, state, language) for note in result.notes),
        suggestions=tuple(Link(s.query, state.asking(s.query).url(SEARCH_PAGE)) for s in result.suggestions),
        related=tuple(Link(s.query, state.asking(s.query).url(SEARCH_PAGE)) for s in result.related),
        rescues=() if result.hits else tuple(_rescues(state, language)),
        chips=tuple(_chips(result, state, language)),
        unfiltered=state.unfiltered().url(SEARCH_PAGE),
        facets=tuple(
            facet_view(name, result.facets[name], state, language)
            for name in ("city", "source", "byline")
            if _worth_showing(result.facets.get(name, ()))
        ),
        place_count=sum(1 for bucket in result.facets.get("city", ()) if bucket.value),
        histograms=tuple(found for found in drawn if found),
        periods=tuple(_periods(state, language)),
        undated=language("undated", n=undated) if undated else "",
        sorts=tuple(
            Link(language(f"sort_{name}"), state.sorting(name).url(SEARCH_PAGE), state.sort == name)
            for name in ("relevance", "newest", "oldest")
        ),
        marks=tuple(
            Link(language(f"marks_{name}"), state.comparing(name).url(SEARCH_PAGE), state.marks == name)
            for name in ("auto", "strict", "ignore")
        ),
        copies=tuple(
            Link(language(f"copies_{name}"), state.counting(name).url(SEARCH_PAGE), state.copies == name)
            for name in get_args(Counting)
            if result.copies == state.copies
        ),
        next_url=state.at(result.next).url(SEARCH_PAGE) if result.next else None,
        first_url=state.at(None).url(SEARCH_PAGE) if state.cursor else None,
        feed_url=state.at(None).sorting("newest").url("/feed.atom"),
        exports=tuple(Link(kind.upper(), state.at(None).url(f"/export.{kind}")) for kind in EXPORTS),
    )


def hit_view(hit: Hit, language: Language, q: str = "") -> HitView:
    """One result, ready to show."""
    address = web_address(hit.url)
    return HitView(
        id=hit.id,
        url=article_path(hit.id, q),
        title=mark(hit.title, hit.title_highlights) if hit.title.strip() else shown(language("untitled")),
        snippets=tuple(mark(snippet.text, snippet.highlights) for snippet in hit.snippets),
        place=gazetteer.label(hit.city) if hit.city else "",
        date=language.date(hit.published) if hit.published else "",
        iso_date=hit.published or "",
        source=hit.source or "",
        byline=hit.byline or "",
        original=Link(host(address), address) if address else None,
        inferences=inferences(hit.evidence, hit.confidence, language),
        explanation=hit.explanation,
        copies=Link(language("same_text", n=hit.copies), f"{article_path(hit.id, q)}#copies") if hit.copies else None,
    )


def facet_view(name: str, buckets: Sequence[Bucket], state: State, language: Language) -> FacetView:
    """A facet as a list of links; chosen values come first and always stand open."""
    ordered = sorted(buckets, key=lambda bucket: not bucket.selected)
    links = [
        FacetLink(
            bucket.label if bucket.value else language("unknown"),
            language.number(bucket.count),
            bucket.selected,
            url or SEARCH_PAGE,
        )
        for bucket, url in zip(ordered, facet_urls(name, ordered, state, SEARCH_PAGE), strict=True)
    ]
    shown_count = max(SHOWN_BUCKETS, sum(link.selected for link in links))
    if len(links) <= shown_count + 2:
        shown_count = len(links)
    units = _units(buckets, state, language) if name == "city" else ()
    return FacetView(name, language(name), tuple(links[:shown_count]), tuple(links[shown_count:]), units)


def _units(buckets: Sequence[Bucket], state: State, language: Language) -> tuple[Link, ...]:
    """The same places as of publication and as of today; what is chosen stays chosen."""
    chosen = [bucket.value for bucket in buckets if bucket.selected]
    links = []
    for units in get_args(Units):
        there = state.placing(units, chosen if units == state.units else _placed(chosen, units))
        text, title = language(f"units_{units}"), language(f"units_{units}_title")
        links.append(Link(text, there.url(SEARCH_PAGE), units == state.units, title))
    return tuple(links)


def _placed(chosen: Iterable[str], units: Units) -> Iterable[str]:
    if units == "today":
        return (gazetteer.today(name) for name in chosen)
    return (member for name in chosen for member in (gazetteer.before(name) or (name,)))


def _worth_showing(buckets: Sequence[Bucket]) -> bool:
    """A facet of nothing, or only of "not known", tells nothing."""
    return any(bucket.value or bucket.selected for bucket in buckets)


def _note(note: Note, state: State, language: Language) -> NoteView:
    text = note.message if language.code == "vi" else note.message_en
    undo = None
    if note.query is not None and note.query != state.q:
        kind = note.kind if note.kind in ("repair", "expansion") else "other"
        undo = Link(language(f"undo_{kind}", q=note.query), state.asking(note.query).url(SEARCH_PAGE))
    return NoteView(note.kind, text, undo)


def _chips(result: Result, state: State, language: Language) -> list[Link]:
    """One link for each thing chosen, that lets it go."""
    chips = []
    fields: tuple[Field, ...] = ("city", "source", "byline")
    for field in fields:
        buckets = result.facets.get(field, ())
        chosen = tuple(bucket.value for bucket in buckets if bucket.selected) or state.chosen(field)
        labels = {bucket.value: bucket.label for bucket in buckets}
        if not state.chosen(field):
            continue
        for value in chosen:
            label = labels.get(value, value) if value else f"{language(field)}: {language('unknown')}"
            rest = state.choosing(field, (other for other in chosen if other != value))
            chips.append(Link(label, rest.url(SEARCH_PAGE), title=language("remove", label=label)))
    if state.start or state.end:
        label = _range(state, language)
        free = state.only_dates(None, None)
        chips.append(Link(label, free.url(SEARCH_PAGE), title=language("remove", label=label)))
    return chips


def _range(state: State, language: Language) -> str:
    whole = period(state.start, state.end)
    if whole:
        return language.date(whole)
    length = _precision(state.start, state.end)
    return joined(
        (
            language("since", day=language.date(state.start.isoformat()[:length])) if state.start else None,
            language("until", day=language.date(state.end.isoformat()[:length])) if state.end else None,
        ),
        " ",
    )


def _precision(start: dt.date | None, end: dt.date | None) -> int:
    """How much of its days a range needs to be told by: whole years by their years, whole months by their months."""
    after = end + dt.timedelta(days=1) if end and end < dt.date.max else None
    edges = [day for day in (start, after) if day]
    if any(day.day != 1 for day in edges):
        return len("2019-03-13")
    return len("2019" if all(day.month == 1 for day in edges) else "2019-03")


def _periods(state: State, language: Language) -> list[Link]:
    """The way from all time down to the chosen period: any time › 2019 › 3/2019."""
    whole = period(state.start, state.end)
    if whole is None:
        return []
    links = [Link(language("any_time"), state.only_dates(None, None).url(SEARCH_PAGE))]
    for length in (4, 7, 10):
        if len(whole) >= length:
            there = state.only_dates(*span(whole[:length]))
            links.append(Link(language.date(whole[:length]), there.url(SEARCH_PAGE), len(whole) == length))
    return links


def _rescues(state: State, language: Language) -> list[Link]:
    """What may help where nothing was found."""
    links = []
    if state.filtered:
        links.append(Link(language("try_unfiltered"), state.unfiltered().url(SEARCH_PAGE)))
    if state.q and state.marks != "ignore":
        links.append(Link(language("try_ignore"), state.comparing("ignore").url(SEARCH_PAGE)))
    links.append(Link(language("try_all"), SEARCH_PAGE))
    return links


def inferences(
    evidence: Mapping[str, Evidence], confidence: Mapping[str, Confidence], language: Language
) -> tuple[Inference, ...]:
    """What was read rather than given, field by field, with the words it was read from."""
    found = []
    for field in ("title", "published", "city", "byline"):
        if field not in evidence and field not in confidence:
            continue
        basis = evidence.get(field, Evidence(""))
        words = joined(
            (
                language("from_words", text=basis.text) if basis.text else None,
                language("from_line", line=str(basis.line)) if basis.line else None,
            ),
            ", ",
        )
        sure = language(f"confidence_{confidence.get(field, 'none')}") if field in confidence else ""
        found.append(Inference(field, language(f"inferred_{field}"), sure, words))
    return tuple(found)
