"""The second phase: the best few articles of the first, put in order once more by what their analyses show.

In: a reader, a plan, how many hits were shown before. Out: the page of matches that follows. Must not know queries as
typed, nor how an engine scores.

The first `DEPTH` articles by score gain a bonus for scored terms that stand in the lead (the title and the first words
of the body, where news says what it is about) and, if wished, for being recent; they are put in order by the sum. All
others keep their order behind them, so the rest of an answer is paged as the first phase has it, and a page within the
first `DEPTH` is cut from the same new order every time. Both bonuses are off by default, and then a plan goes to the
reader as it is; what they are worth is in docs/decisions/0030-ranking.md.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from search.analysis.streams import Analysis
from search.engines.base import Match, Matches, Prepared, Reader
from search.query.tree import After, Plan, Term, Weighted
from search.query.tree import Sequence as Phrase
from search.ranking import DEFAULT, Weights

DEPTH = 20
"""So many articles are put in order again: two pages of ten."""
LEAD = 40
"""So many positions at the beginning of an article, title included, are its lead."""
HALF_LIFE = 365.0
"""Days after which being recent is worth half as much."""


def ranked(
    reader: Reader, plan: Plan, *, rank: int = 0, weights: Weights = DEFAULT, today: dt.date | None = None
) -> Matches:
    """The page of a plan's answer that follows `rank` hits.

    Args:
        reader: The open index.
        plan: What is asked; its `after` is the one of the page before.
        rank: Number of hits on the pages before.
        weights: The numbers of ranking.
        today: What "recent" is counted from.

    Returns:
        As `Reader.search` does; `after` leads to the next page together with the rank reached.
    """
    idle = weights.lead == 0.0 and weights.recency == 0.0
    if idle or plan.sort != "relevance" or not plan.score or plan.limit == 0 or rank >= DEPTH:
        return reader.search(plan)
    end = rank + plan.limit
    first = reader.search(replace(plan, after=None, limit=max(DEPTH, end)))
    head, rest = first.matches[:DEPTH], first.matches[DEPTH:]
    order = [*_reordered(reader, head, plan.score, weights, today or dt.date.today()), *rest]
    if end >= first.total:
        return replace(first, matches=tuple(order[rank:end]), after=None)
    last = first.matches[-1]  # the search above ends where this page does, or with the articles put in order
    return replace(first, matches=tuple(order[rank:end]), after=After(last.value, last.id))


def _reordered(
    reader: Reader, head: Sequence[Match], score: Sequence[Weighted], weights: Weights, today: dt.date
) -> list[Match]:
    prepared = {item.article.id: item for item in reader.prepared([match.id for match in head])}
    rarity = _rarity(reader, score) if weights.lead else {}
    best = max((match.value for match in head), default=0.0)
    found = []
    for match in head:
        bonus = 0.0
        item = prepared.get(match.id)
        if item is not None:
            if rarity:
                bonus += weights.lead * sum(rarity[term] for term in lead_terms(item) if term in rarity)
            if weights.recency and item.article.day is not None:
                age = max((today - item.article.day).days, 0)
                bonus += weights.recency * best * 0.5 ** (age / HALF_LIFE)
        found.append(replace(match, value=match.value + bonus))
    return sorted(found, key=lambda match: (-match.value, match.id))


def _rarity(reader: Reader, score: Sequence[Weighted]) -> Mapping[Term, float]:
    """Weight times idf of the scored terms that a lead can hold."""
    articles = len(reader)
    found: dict[Term, float] = {}
    for weighted in score:
        term = weighted.term
        if not isinstance(term, Phrase) and term.zone == "any" and term.space in ("exact", "folded", "pair"):
            held = reader.frequency(term)
            found[term] = weighted.weight * math.log(1 + (articles - held + 0.5) / (held + 0.5))
    return found


def lead_terms(article: Prepared) -> set[Term]:
    """The exact, folded and pair terms of an article's lead."""
    title = _terms(article.title, LEAD)
    return title | _terms(article.body, max(LEAD - len(article.title), 0))


def _terms(text: Analysis, positions: int) -> set[Term]:
    ids = text.exact[:positions].tolist()
    folded = [text.vocabulary.folded(id) for id in ids]
    found = {Term("exact", text.vocabulary.exact(id)) for id in ids}
    found |= {Term("folded", term) for term in folded}
    return found | {Term("pair", f"{a}_{b}") for a, b in pairwise(folded)}
