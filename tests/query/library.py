"""A few articles in memory that can be asked like an index: the reference evaluator with a vocabulary."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Protocol

from search.analysis import analyze
from search.engines.base import Matches, Prepared
from search.model import Article, Marks
from search.query.interpret import Attempt, Interpretation, interpret
from search.query.tree import Plan, Sequence, Space, Term, Zone
from tests.reference import Reference, distance


class Library:
    """Articles by id, answering the questions of `search.query.lexicon.Lexicon` by counting."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._articles = {article.id: article for article in articles}
        self._reference = Reference(prepared(self._articles.values()))
        self._columns: dict[tuple[Space, Zone], tuple[list[str], Counter[str]]] = {}
        self.asked: list[object] = []

    def _column(self, space: Space, zone: Zone) -> tuple[list[str], Counter[str]]:
        if (space, zone) not in self._columns:
            counts = Counter(t for d in self._reference.documents for t in d.vocabulary(space, zone))
            self._columns[space, zone] = sorted(counts), counts
        return self._columns[space, zone]

    def __len__(self) -> int:
        return len(self._articles)

    def frequency(self, term: Term | Sequence) -> int:
        self.asked.append(term)
        if isinstance(term, Term):
            return self._column(term.space, term.zone)[1][term.text]
        return sum(self._reference.holds(term, document) for document in self._reference.documents)

    def terms(self, space: Space, prefix: str = "", zone: Zone = "any") -> Iterator[tuple[str, int]]:
        ordered, counts = self._column(space, zone)
        for term in ordered[bisect.bisect_left(ordered, prefix) :]:
            if not term.startswith(prefix):
                break
            yield term, counts[term]

    def similar_terms(self, space: Space, text: str, distance: int = 1) -> list[tuple[str, int]]:
        found = []
        for term, count in self._column(space, "any")[1].items():
            if term[:1] == text[:1] and (edits := _distance(text, term)) <= distance:
                found.append((edits, -count, term))
        return [(term, -count) for _, count, term in sorted(found)]

    def search(self, plan: Plan) -> Matches:
        self.asked.append(plan)
        return self._reference.search(plan)

    def articles(self, ids: Iterable[str]) -> list[Article]:
        return [self._articles[id] for id in ids if id in self._articles]


class Answer:
    """Ids in rank order with scores, the attempt that found them and what the reader is told."""

    def __init__(self, understood: Interpretation, attempt: Attempt, scores: Mapping[str, float]) -> None:
        self.understood, self.attempt, self.scores = understood, attempt, scores
        self.ids = list(scores)
        self.found = set(scores)
        self.label = attempt.label if scores else "none"
        self.notes = (*understood.notes, *attempt.notes) if scores else understood.notes
        self.kinds = {note.kind for note in self.notes}
        self.suggestions = [suggestion.query for suggestion in understood.suggestions] if self.label != "strict" else []

    def __repr__(self) -> str:
        return f"<{self.label}: {self.ids} {sorted(self.kinds)} {self.suggestions}>"


class Asked(Protocol):
    """What can be asked: an engine's reader, or a `Library`."""

    def frequency(self, term: Term | Sequence) -> int: ...
    def terms(self, space: Space, prefix: str = "", zone: Zone = "any") -> Iterator[tuple[str, int]]: ...
    def similar_terms(self, space: Space, text: str, distance: int = 1) -> list[tuple[str, int]]: ...
    def search(self, plan: Plan) -> Matches: ...
    def articles(self, ids: Iterable[str]) -> list[Article]: ...
    def __len__(self) -> int: ...


def ask(reader: Asked, query: str, marks: Marks = "auto") -> Answer:
    """What the service would answer: the first attempt that has hits."""
    understood = interpret(query, reader, marks=marks)
    for attempt in understood.attempts:
        matches = reader.search(Plan(attempt.match, attempt.score, limit=1000))
        if matches.total:
            break
    return Answer(understood, attempt, {match.id: match.value for match in matches.matches})


def named(*bodies: str, **by_id: str) -> list[Article]:
    """Bodies without titles as articles; positional ones are called "a0", "a1", …."""
    texts = {f"a{i}": body for i, body in enumerate(bodies)} | by_id
    return [Article(id=id, title="", body=body) for id, body in texts.items()]


def prepared(articles: Iterable[Article]) -> list[Prepared]:
    """Articles analyzed as they are for an index."""
    return [Prepared(a, analyze(a.title), analyze(a.body)) for a in articles]


@lru_cache(maxsize=100_000)
def _distance(a: str, b: str) -> int:
    return 9 if abs(len(a) - len(b)) > 2 else distance(a, b)
