"""What a plan means, computed the slow way: every article is looked at, nothing is indexed.

Written from the definitions in `search/query/tree.py` and `search/engines/fields.py` alone and sharing no code with any
engine, so that agreement between the two says something.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from search.engines.base import Match, Matches, Prepared
from search.query import tree
from search.query.tree import After, Filters, Node, Plan, Term

Placed = list[tuple[int, str]]


@dataclass(frozen=True)
class Text:
    """Title or body: (position, term) of the exact, folded, pair and word spaces, and how many tokens there are."""

    spaces: dict[str, Placed]
    tokens: int


class Document:
    """One article as a reader of the definitions would write it out by hand."""

    def __init__(self, prepared: Prepared) -> None:
        self.article = prepared.article
        evidence = [prepared.title.plainness, prepared.body.plainness]
        tokens, marked, syllables = (sum(getattr(e, n) for e in evidence) for n in ("tokens", "marked", "syllables"))
        self.unmarked = tokens >= 2 and marked == 0 and syllables / tokens >= 2 / 3
        self.title = self._text(prepared.title)
        self.body = self._text(prepared.body)

    def _text(self, analysis) -> Text:
        vocabulary = analysis.vocabulary
        exact = [vocabulary.exact(int(i)) for i in analysis.exact]
        folded = [vocabulary.folded(int(i)) for i in analysis.exact]
        groups: list[list[int]] = []
        for i in range(len(exact)):
            if i and analysis.joined[i]:
                groups[-1].append(i)
            else:
                groups.append([i])
        spelled = ["~" + f for f in folded] if self.unmarked else exact
        spaces: dict[str, Placed] = {
            "exact": list(enumerate(spelled)),
            "folded": list(enumerate(folded)),
            "pair": [(i, folded[i] + "_" + folded[i + 1]) for i in range(len(folded) - 1)],
            "word": [
                (g[0], "~" + "_".join(folded[i] for i in g) if self.unmarked else "_".join(exact[i] for i in g))
                for g in groups
            ],
        }
        for code in analysis.codes:
            spaces["exact"].append((code.position, "~" + code.folded if self.unmarked else code.exact))
            spaces["folded"].append((code.position, code.folded))
        return Text(spaces, len(exact))

    def texts(self, zone: str) -> list[Text]:
        return [self.title] if zone == "title" else [self.title, self.body]

    def count(self, term: Term) -> int:
        return sum(t == term.text for text in self.texts(term.zone) for _, t in text.spaces[term.space])

    def vocabulary(self, space: str, zone: str) -> set[str]:
        return {t for text in self.texts(zone) for _, t in text.spaces[space]}

    def occurrences(self, sequence: tree.Sequence) -> int:
        """Places where the sequence begins: some choice of later and later places keeps within the slop."""
        begins = 0
        for text in self.texts(sequence.zone):
            slots = [
                {p for term in slot for p, t in text.spaces[term.space] if t == term.text} for slot in sequence.slots
            ]
            if not slots:
                continue
            for begin in slots[0]:
                reach = {begin}
                for slot in slots[1:]:
                    reach = {p for p in slot for q in reach if p > q and p - begin <= len(slots) - 1 + sequence.slop}
                begins += any(p - begin - (len(slots) - 1) <= sequence.slop for p in reach)
        return begins

    def length(self, space: str, zone: str) -> int:
        texts = self.texts(zone)
        if space in ("exact", "folded"):
            return sum(text.tokens for text in texts)
        return sum(len(text.spaces[space]) for text in texts)

    @property
    def day(self) -> dt.date | None:
        return self.article.day

    @cached_property
    def compared(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The syllables of title and body, without diacritics, that are compared to find copies."""
        title, body = (tuple(t for _, t in text.spaces["folded"] if "-" not in t) for text in (self.title, self.body))
        return ((), body) if len(body) >= 40 else (title, body)

    @cached_property
    def runs(self) -> set[tuple[str, ...]]:
        """All five syllables in a row of what is compared."""
        title, body = self.compared
        return set(zip(*((title + body)[i:] for i in range(5)), strict=False))

    @cached_property
    def numbers(self) -> Counter[str]:
        """The first numbers of what is compared."""
        title, body = self.compared
        return Counter([t for t in title + body if t[:1].isdigit()][:64])

    def like(self, other: Document) -> bool:
        """Whether two articles say the same: most of their runs are in both, and not each has numbers of its own.

        Texts too short for that are alike where they are the same.
        """
        if min(sum(map(len, d.compared)) for d in (self, other)) < 14:
            return self.compared == other.compared != ((), ())
        if len(self.runs & other.runs) <= 0.75 * len(self.runs | other.runs):
            return False
        return not (self.numbers - other.numbers and other.numbers - self.numbers)


class Reference:
    """Answers plans over a list of articles (no two with the same id)."""

    def __init__(self, articles: list[Prepared]) -> None:
        self.documents = [Document(prepared) for prepared in articles]
        self._figures: dict[Term | tree.Sequence, tuple[int, float]] = {}

    @cached_property
    def groups(self) -> dict[str, str]:
        """For each article the first one, by id, that it is a copy of; itself where it is none."""
        first: dict[str, Document] = {}
        found = {}
        for document in sorted(self.documents, key=lambda d: d.article.id.encode()):
            leader = next((d for d in first.values() if d.like(document)), document)
            first.setdefault(leader.article.id, document)
            found[document.article.id] = leader.article.id
        return found

    def copies(self, id: str) -> tuple[str, ...]:
        """The other articles of an article's group, in order."""
        group = self.groups.get(id)
        return tuple(sorted(other for other, g in self.groups.items() if g == group and other != id))

    def holds(self, node: Node, document: Document) -> bool:
        """Whether a condition holds for one article."""
        if isinstance(node, tree.Term):
            return document.count(node) > 0
        if isinstance(node, tree.Sequence):
            return document.occurrences(node) > 0
        if isinstance(node, tree.Prefix):
            return any(t.startswith(node.text) for t in document.vocabulary(node.space, node.zone))
        if isinstance(node, tree.Fuzzy):
            return any(
                t[:1] == node.text[:1] and t and distance(t, node.text) <= node.distance
                for t in document.vocabulary(node.space, node.zone)
            )
        if isinstance(node, tree.Attribute):
            return (getattr(document.article, node.field) or "") in node.values
        if isinstance(node, tree.Published):
            return within(document, node.start, node.end)
        if isinstance(node, tree.All):
            return all(self.holds(part, document) for part in node.parts)
        if isinstance(node, tree.Any):
            return bool(node.parts) and sum(self.holds(p, document) for p in node.parts) >= node.minimum
        assert isinstance(node, tree.Not)
        return not self.holds(node.part, document)

    def bm25(self, term: Term | tree.Sequence, document: Document) -> float:
        """One term's score in one article."""
        counted = Document.count if isinstance(term, tree.Term) else Document.occurrences
        space = term.space if isinstance(term, tree.Term) else "exact"
        tf = counted(document, term)
        if not tf:
            return 0.0
        n = len(self.documents)
        if term not in self._figures:
            df = sum(counted(d, term) > 0 for d in self.documents)
            self._figures[term] = df, sum(d.length(space, term.zone) for d in self.documents) / n
        df, average = self._figures[term]
        idf = math.log(1 + (n - df + 0.5) / (df + 0.5))
        ratio = document.length(space, term.zone) / average if average else 0.0
        norm = 1.2 * (0.15 + 0.85 * ratio) if average else 1.2
        return idf * tf / (tf + norm)

    def score(self, plan: Plan, document: Document) -> float:
        return sum(w.weight * self.bm25(w.term, document) for w in plan.score)

    def value(self, plan: Plan, document: Document) -> float:
        if plan.sort == "relevance":
            return self.score(plan, document)
        return float(document.day.toordinal() if document.day else 0)

    def matching(self, plan: Plan, without: str = "") -> list[Document]:
        """Articles that match and pass the filters, but for the filter of one facet."""
        return [d for d in self.documents if self.holds(plan.match, d) and passes(plan.filters, d, without)]

    def ranked(self, plan: Plan) -> list[Match]:
        """Every match in order; `limit` and `after` are not looked at."""
        matches = [
            Match(d.article.id, self.value(plan, d), len(self.copies(d.article.id))) for d in self.matching(plan)
        ]
        ranked = sorted(matches, key=lambda m: (order(plan, m.value), m.id))
        if plan.copies == "all":
            return ranked
        best: dict[str, Match] = {}
        for match in ranked:
            best.setdefault(self.groups[match.id], match)
        return list(best.values())

    def search(self, plan: Plan) -> Matches:
        """The whole answer."""
        ranked = self.ranked(plan)
        later = ranked
        if plan.after is not None:
            last = (order(plan, plan.after.value), plan.after.id)
            later = [m for m in ranked if (order(plan, m.value), m.id) > last]
        page = tuple(later[: plan.limit])
        after = After(page[-1].value, page[-1].id) if page and len(later) > len(page) else None
        facets = {name: dict(self.facet(plan, name)) for name in plan.facets}
        return Matches(len(ranked), page, facets, after)

    def facet(self, plan: Plan, name: str) -> Counter[str]:
        own = "published" if name in ("year", "month", "day") else name
        names = dict(plan.regrouped) if name == "city" else {}
        found = [(d.article.id, facet_value(name, d)) for d in self.matching(plan, without=own)]
        pairs: Iterable[tuple[str, str]] = [(id, names.get(value, value)) for id, value in found]
        if plan.copies == "once":
            pairs = {(self.groups[id], value) for id, value in pairs}
        return Counter(value for _, value in pairs)


def facet_value(name: str, document: Document) -> str:
    if name in ("year", "month", "day"):
        if document.day is None:
            return ""
        day = document.day
        return {"year": f"{day:%Y}", "month": f"{day:%Y-%m}", "day": f"{day:%Y-%m-%d}"}[name]
    return getattr(document.article, name) or ""


def passes(filters: Filters, document: Document, without: str) -> bool:
    a = document.article
    return all(
        [
            without == "city" or not filters.cities or (a.city or "") in filters.cities,
            without == "source" or not filters.sources or (a.source or "") in filters.sources,
            without == "byline" or not filters.bylines or (a.byline or "") in filters.bylines,
            without == "published"
            or (filters.start is None and filters.end is None)
            or within(document, filters.start, filters.end),
        ]
    )


def within(document: Document, start: dt.date | None, end: dt.date | None) -> bool:
    day = document.day
    return day is not None and (start is None or start <= day) and (end is None or day <= end)


def order(plan: Plan, value: float) -> float:
    """What sorts ascending."""
    if plan.sort == "oldest":
        return value or math.inf
    return -value


def distance(a: str, b: str) -> int:
    """Optimal string alignment by its recurrence."""
    table: dict[tuple[int, int], int] = {}
    for i, j in itertools.product(range(len(a) + 1), range(len(b) + 1)):
        if min(i, j) == 0:
            table[i, j] = max(i, j)
            continue
        choices = [table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a[i - 1] != b[j - 1])]
        if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
            choices.append(table[i - 2, j - 2] + 1)
        table[i, j] = min(choices)
    return table[len(a), len(b)]
