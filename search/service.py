"""The one door for web, command line and programs: open an index, ask it, get frozen answers.

In: what a person typed and chose. Out: `search.model.Result` and its like. Raises only `search.errors`. Must not know
Flask or click. An `Index` is safe to share between threads and follows new generations by itself.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, get_args

from search import cursors, facets
from search.engines.base import Capabilities, Engine, IndexStats, Matches, Problem, Reader
from search.errors import IndexMissing, QueryError
from search.model import Article, Counting, Hit, Marks, Result, Snippet, Sort, Suggestion, Units
from search.query.interpret import Attempt, Interpretation, interpret
from search.query.tree import EVERYTHING, Filters, Plan
from search.readers import CurrentReader
from search.reranking import Ranked, ranked
from search.state import span

if TYPE_CHECKING:
    from search.snippets import Marked
    from search.suggest import Completion

MAX_LIMIT = 100
MAX_QUERY_CHARS = 2000
FEW = 3
"""With no more hits than these another spelling is offered, if there is one that much more is written with."""


class Index:
    """An open index. `engine` tells what it is held by; close it, or use it in a `with` block."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reader = CurrentReader(engine, _moved)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def refresh(self) -> None:
        """Move to a newer generation now rather than with the next question."""
        self._reader.refresh()

    def warm(self, seconds: float) -> None:
        """Read what searches will read, as far as it can be done in so many seconds: nobody waits for it then."""
        from search.completions import completions

        with self._reader() as reader:
            reader.warm(completions(reader).prepare(seconds) if self.capabilities.embedded else seconds)

    def close(self) -> None:
        """Release the files; answers already given stay valid."""
        self._reader.close()

    @property
    def capabilities(self) -> Capabilities:
        """What this index's engine can do."""
        return self.engine.capabilities

    @property
    def generation(self) -> str:
        """Name of the generation that answers now; a new one means new answers."""
        with self._reader() as reader:
            return reader.generation

    def search(
        self,
        query: str = "",
        *,
        cities: Iterable[str] = (),
        sources: Iterable[str] = (),
        bylines: Iterable[str] = (),
        start: str | dt.date | None = None,
        end: str | dt.date | None = None,
        sort: Sort = "relevance",
        marks: Marks = "auto",
        copies: Counting = "once",
        units: Units = "publication",
        limit: int = 10,
        cursor: str | None = None,
        explain: bool = False,
        snippets: int = 2,
        related: int = 0,
    ) -> Result:
        """Ranked articles for a query, with highlights, counts by facet and a cursor for the next page.

        Args:
            query: what the reader typed; empty lists everything, newest first, as do fields or exclusions alone.
            cities: keep articles of any of these places, in any spelling ("TP.HCM"); "không rõ" for those without.
            sources: keep articles of any of these sources.
            bylines: keep articles of any of these authors.
            start: first day, "2019", "2019-03" or "2019-03-13".
            end: last day, likewise; a year or month means its last day.
            sort: "relevance", "newest" or "oldest".
            marks: "auto" (typed diacritics are meant, missing ones open), "strict" or "ignore".
            copies: "once" counts and shows the same article republished as one, "all" each; an engine that does not
                recognize copies counts all, as `Result.copies` says.
            units: places as of "publication" or of "today"; with today's, a city means every unit that became part of
                it, and the facet counts by today's.
            limit: hits of one page, 0 to 100.
            cursor: `Result.next` of the previous page of the same search.
            explain: say for each hit why it is there.
            snippets: fragments of text for each hit.
            related: searches to offer beside the first page, from words that its hits share.

        Raises:
            QueryError: a parameter is outside its range; the text of a query never is, but for its length.
        """
        began = time.perf_counter()
        choice = _choice(cities, sources, bylines, start, end)
        _check(query, sort, marks, limit)
        _one_of("copies", copies, get_args(Counting))
        _one_of("units", units, get_args(Units))
        choice = facets.placed(choice, units)
        copies = copies if self.capabilities.copies else "all"
        with self._reader() as reader:
            understood = interpret(query, reader, marks=marks)
            if sort == "relevance" and not understood.attempts[0].score:
                sort = "newest"  # nothing to rank by: no words, or fields and exclusions alone
            key = repr((query, choice, sort, marks, copies, units))
            place = cursors.decode(cursor, key) if cursor else None
            number, attempt, ranking = _answer(
                reader, understood, choice, sort, limit, place, copies=copies, units=units
            )
            matches = ranking.matches
            hits = _hits(reader, attempt, matches, snippets) if matches.matches else ()
            if explain:
                from search.explain import explained

                hits = explained(reader, attempt, hits, ranking, dated=sort != "relevance")
            near: tuple[Completion, ...] = ()
            if related > 0 and place is None and query.strip() and hits:
                from search.suggest import related as nearby

                near = nearby(reader, hits, query, related)
            few = matches.total <= FEW and choice == facets.Choice()
            offered = understood.suggestions if not matches.total or few or attempt.label != "strict" else ()
            if few and (named := facets.as_place(query, units)):
                of_place = reader.search(Plan(EVERYTHING, (), Filters(named[0]), limit=0)).total
                offered = (Suggestion(named[1], "place"),) if of_place > matches.total else offered
        after = None
        if matches.after is not None and limit:
            rank = (place.rank if place else 0) + len(matches.matches)
            after = cursors.encode(cursors.Place(number, rank, matches.after), key)
        return Result(
            raw=query,
            normalized=understood.normalized,
            total=matches.total,
            took_ms=(time.perf_counter() - began) * 1000,
            hits=hits,
            facets=facets.buckets(matches.facets, choice),
            notes=(*understood.notes, *attempt.notes),
            next=after,
            suggestions=offered,
            related=tuple(Suggestion(completion.text, "related") for completion in near),
            copies=copies,
        )

    def article(self, id: str) -> Article | None:
        """The stored article, or None."""
        with self._reader() as reader:
            found = reader.articles((id,))
        return found[0] if found else None

    def marked(self, id: str, query: str, *, marks: Marks = "auto") -> tuple[_Ranges, _Ranges]:
        """Ranges of title and body that a query matches in one article, `[start, end)` in code points."""
        from search.snippets import marks as marked

        _check(query, "relevance", marks, 1)
        with self._reader() as reader:
            prepared = reader.prepared((id,))
            if not prepared or not query.strip():
                return (), ()
            understood = interpret(query, reader, marks=marks)
            _, attempt, _ = _answer(reader, understood, facets.Choice(), "relevance", 0, None)
        return marked(prepared[0], attempt.highlights)

    def suggest(self, prefix: str, limit: int = 8) -> tuple[Completion, ...]:
        """Completions of what has been typed so far, the most used first."""
        from search.suggest import suggest

        _check(prefix, "relevance", "auto", limit)
        with self._reader() as reader:
            return suggest(prefix, reader, limit)

    def similar(self, id: str, limit: int = 5) -> tuple[Hit, ...]:
        """Articles on the same matter as one article, best first, without itself."""
        from search.similar import resembling

        with self._reader() as reader:
            prepared = reader.prepared((id,))
            if not prepared:
                return ()
            plan = replace(resembling(prepared[0], reader, limit=limit + 1), copies="once")
            own = {id, *reader.copies(id)}
            found = [match for match in reader.search(plan).matches if match.id not in own][:limit]
            articles = {article.id: article for article in reader.articles(match.id for match in found)}
        return tuple(_hit(articles[match.id], match.value) for match in found)

    def copies(self, id: str, limit: int = 100) -> tuple[Hit, ...]:
        """The other articles with the text of one article, earliest first, those without a date last."""
        with self._reader() as reader:
            found = reader.articles(reader.copies(id)[: max(limit, 0)])
        dated = sorted(found, key=lambda article: (article.published is None, article.published or "", article.id))
        return tuple(_hit(article, 0.0) for article in dated)

    def stats(self) -> IndexStats:
        """Figures of the generation that answers now."""
        with self._reader() as reader:
            return reader.stats()

    def check(self) -> list[Problem]:
        """Everything wrong with the index as it lies on disk; empty when whole."""
        return self.engine.check()


def _moved(old: Reader, new: Reader) -> None:
    """Take over what completes what is typed, if anybody asked for that."""
    if "search.completions" in sys.modules:
        from search.completions import follow

        follow(old, new)


_Ranges = tuple[tuple[int, int], ...]


def open_index(location: str | Path | None = None, *, engine: str | None = None) -> Index:
    """Open an index for searching; the defaults are the settings TIMBAO_INDEX, TIMBAO_ENGINE and TIMBAO_URL.

    Raises:
        IndexMissing: there is none; the message says how to build one.
        IndexBroken: its files do not verify.
    """
    from search.engines import engine as find

    if location is None or engine is None:
        from search.settings import settings

        engine = engine or settings().engine
        location = location or (settings().index if engine == "whoosh" else settings().url)
    held = find(engine, str(location))
    if not held.exists():
        raise IndexMissing(f"there is no index at {location}", f"build one: timbao index SOURCE --index {location}")
    return Index(held)


def check_index(location: str | Path, *, engine: str = "whoosh") -> list[Problem]:
    """Everything wrong with an index, also with one that cannot be opened; empty when whole.

    Raises:
        IndexMissing: there is none.
    """
    from search.engines import engine as find

    held = find(engine, str(location))
    if not held.exists():
        raise IndexMissing(f"there is no index at {location}", f"build one: timbao index SOURCE --index {location}")
    return held.check()


def _check(query: str, sort: str, marks: str, limit: int) -> None:
    if len(query) > MAX_QUERY_CHARS:
        raise QueryError(
            f"the query has {len(query)} characters", f"shorten it to {MAX_QUERY_CHARS} or fewer", parameter="q"
        )
    _one_of("sort", sort, get_args(Sort))
    _one_of("marks", marks, get_args(Marks))
    if not 0 <= limit <= MAX_LIMIT:
        raise QueryError(f"limit is {limit}", f"choose a number from 0 to {MAX_LIMIT}", parameter="limit")


def _one_of(parameter: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise QueryError(f"{parameter} is {value!r}", f"choose one of {', '.join(allowed)}", parameter=parameter)


def _choice(
    cities: Iterable[str],
    sources: Iterable[str],
    bylines: Iterable[str],
    start: str | dt.date | None,
    end: str | dt.date | None,
) -> facets.Choice:
    """The user's choice with places by their canonical names and ranges as days."""
    from search import gazetteer

    first, last = _day(start, "from", 0), _day(end, "to", 1)
    if first and last and first > last:
        raise QueryError(f"from ({first}) lies after to ({last})", "swap the two dates", parameter="from")

    def named(values: Iterable[str], *, places: bool = False) -> tuple[str, ...]:
        kept = []
        for value in values:
            text = value.strip()
            if text.lower() in {"", facets.UNKNOWN_LABEL, "unknown"}:
                kept.append("")
            else:
                kept.append((gazetteer.canonical(text) or text) if places else text)
        return tuple(dict.fromkeys(kept))

    return facets.Choice(named(cities, places=True), named(sources), named(bylines), first, last)


def _day(value: str | dt.date | None, parameter: str, side: int) -> dt.date | None:
    if value is None or isinstance(value, dt.date):
        return value
    if not value.strip():
        return None
    try:
        return span(value)[side]
    except ValueError:
        raise QueryError(
            f"{parameter} is not a date: {value[:40]!r}", "use YYYY, YYYY-MM or YYYY-MM-DD", parameter=parameter
        ) from None


def _answer(
    reader: Reader,
    understood: Interpretation,
    choice: facets.Choice,
    sort: Sort,
    limit: int,
    place: cursors.Place | None,
    *,
    copies: Counting = "all",
    units: Units = "publication",
) -> tuple[int, Attempt, Ranked]:
    """The first attempt that any article answers; filters that leave none do not make the next attempt fairer."""
    filters = Filters(facets.members(choice.cities, units), choice.sources, choice.bylines, choice.start, choice.end)
    wanted = facets.requests(choice)
    first: tuple[int, Attempt, Ranked] | None = None
    for number, attempt in enumerate(understood.attempts):
        if place is not None and number < place.attempt:
            continue
        after = place.after if place else None
        plan = Plan(attempt.match, attempt.score, filters, wanted, sort, limit, after, copies, facets.regrouped(units))
        answer = number, attempt, ranked(reader, plan, understood.tokens, rank=place.rank if place else 0)
        found = answer[2].matches.total
        if place is not None or found or (filters != Filters() and reader.search(Plan(attempt.match, limit=0)).total):
            return answer
        first = first or answer
    if first is None:
        raise QueryError("cursor belongs to an older state of the index", "start again without it", "cursor")
    return first


def _hits(reader: Reader, attempt: Attempt, matches: Matches, count: int) -> tuple[Hit, ...]:
    from search.occurrences import Matcher
    from search.snippets import highlights

    matcher = Matcher(attempt.highlights)
    shown: dict[str, tuple[Article, Marked]] = {}
    for texts in reader.texts(match.id for match in matches.matches):
        marked = highlights(texts, matcher, count=count)
        shown |= {article.id: (article, each) for article, each in zip(texts.articles, marked, strict=True)}
    hits = []
    for match in matches.matches:
        article, each = shown[match.id]
        hits.append(_hit(article, match.value, each.title_highlights, each.snippets, match.copies))
    return tuple(hits)


def _hit(
    article: Article,
    score: float,
    title_highlights: _Ranges = (),
    snippets: Sequence[Snippet] = (),
    copies: int = 0,
) -> Hit:
    return Hit(
        id=article.id,
        title=article.title,
        title_highlights=title_highlights,
        score=score,
        snippets=tuple(snippets),
        url=article.url,
        city=article.city,
        published=article.published,
        byline=article.byline,
        source=article.source,
        evidence=article.evidence,
        confidence=article.confidence,
        copies=copies,
    )
