"""The second phase: the best few articles of the first, put in order once more by what their tokens show.

In: a reader, a plan, the query's tokens, how many hits were shown before. Out: the page of matches that follows, and
for each article what it gained. Must not know how an engine scores.

The first `DEPTH` articles by score gain a bonus and are put in order by the sum:

- *spelling*, for a query of three words or more typed without any diacritic: the best articles show how its words are
  spelled (98 of 100 syllables of headlines as their authors spelled them), and all are scored by that spelling;
- *lead*: terms count the more the nearer to the beginning of a long text they first stand, where news says what it is
  about; a passage has no lead;
- *recency*, if wished.

All others keep their order behind them, so the rest of an answer is paged as the first phase has it, and a page within
the first `DEPTH` is cut from the same new order every time. What each is worth: docs/decisions/0032-second-phase.md.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from search import ranking
from search.analysis import fold
from search.engines.base import Match, Matches, Reader
from search.heads import Head
from search.query.tokens import Token
from search.query.tree import After, Plan, Term, Weighted
from search.ranking import DEFAULT, SPELLED, Weights

DEPTH = 30
"""So many articles are put in order again: three pages of ten."""
SHOWING = 10
"""So many of them show how the query is spelled."""
REACH = 120.0
"""Positions from the beginning after which a term's first place is worth e times less."""
PASSAGE, ARTICLE = 100, 400
"""Mean lengths of the best articles at which the lead begins to count, and counts in full."""
HALF_LIFE = 365.0
"""Days after which being recent is worth half as much."""
K1, B = 1.2, 0.85
"""Of BM25 (`search.query.tree`), with the mean length of the best articles for that of all."""


@dataclass(frozen=True, slots=True)
class Bonus:
    """What an article gains in the second phase, by reason."""

    spelling: float = 0.0
    lead: float = 0.0
    recency: float = 0.0

    @property
    def total(self) -> float:
        """The sum."""
        return self.spelling + self.lead + self.recency


@dataclass(frozen=True, slots=True)
class Ranked:
    """A page of an answer.

    `bonuses`: by id, what articles gained; `spelled`: the spelling that a query without diacritics was read as, empty
    where none was.
    """

    matches: Matches
    bonuses: Mapping[str, Bonus] = field(default_factory=dict)
    spelled: tuple[str, ...] = ()


def ranked(
    reader: Reader,
    plan: Plan,
    tokens: Sequence[Token] = (),
    *,
    rank: int = 0,
    weights: Weights = DEFAULT,
    today: dt.date | None = None,
) -> Ranked:
    """The page of a plan's answer that follows `rank` hits.

    Args:
        reader: The open index.
        plan: What is asked; its `after` is the one of the page before.
        tokens: The words of the query in order; without them its spelling is not looked for.
        rank: Number of hits on the pages before.
        weights: The numbers of ranking.
        today: What "recent" is counted from.

    Returns:
        As `Reader.search` does; `after` leads to the next page together with the rank reached.
    """
    if plan.sort != "relevance" or not plan.score or plan.limit == 0 or rank >= DEPTH:
        return Ranked(reader.search(plan))
    end = rank + plan.limit
    first = reader.search(replace(plan, after=None, limit=max(DEPTH, end)))
    head, rest = first.matches[:DEPTH], first.matches[DEPTH:]
    second = _Second(reader, head, plan.score, tokens, weights, today or dt.date.today())
    order = [replace(match, value=match.value + second.bonuses[match.id].total) for match in head]
    order = [*sorted(order, key=lambda match: (-match.value, match.id)), *rest]
    last = first.matches[-1] if first.matches else None
    # the search above ends where this page does, or with the articles put in order
    after = None if last is None or (end >= len(order) and first.after is None) else After(last.value, last.id)
    return Ranked(replace(first, matches=tuple(order[rank:end]), after=after), second.bonuses, second.spelled)


class _Second:
    """The bonuses of the best articles of one answer."""

    def __init__(
        self,
        reader: Reader,
        head: Sequence[Match],
        score: Sequence[Weighted],
        tokens: Sequence[Token],
        weights: Weights,
        today: dt.date,
    ) -> None:
        self.reader, self.weights = reader, weights
        self.spelled: tuple[str, ...] = ()
        self.bonuses = dict.fromkeys((match.id for match in head), Bonus())
        scored = {w.term: w.weight for w in score if isinstance(w.term, Term) and _read(w.term)}
        bare = len(tokens) >= SPELLED and not any(token.marked for token in tokens)
        wanted = bool(weights.lead) or bare
        read = reader.tokens([match.id for match in head]) if wanted and scored and len(head) > 1 else []
        if read:
            folded = [fold(part) for term in scored for part in term.text.split("_")]
            self.head = Head(read, [*folded, *(token.folded for token in tokens)])
            self.mean = float(self.head.lengths.mean())
            extra = self._spelled(scored, tokens, head) if bare else {}
            early = self._lead(scored, extra)
            spelling = self._bm25(extra) if extra else np.zeros_like(early)
            for id, gained, lead in zip(self.head.ids, spelling.tolist(), early.tolist(), strict=True):
                self.bonuses[id] = Bonus(gained, lead)
        if weights.recency and head:
            best = max(match.value for match in head)
            for article in reader.articles([match.id for match in head]):
                if article.day is not None:
                    age = max((today - article.day).days, 0)
                    recent = weights.recency * best * 0.5 ** (age / HALF_LIFE)
                    self.bonuses[article.id] = replace(self.bonuses[article.id], recency=recent)

    def _spelled(
        self, scored: Mapping[Term, float], tokens: Sequence[Token], head: Sequence[Match]
    ) -> dict[Term, float]:
        """What the spelling of the query's words adds: weighted terms beside those scored already."""
        best = max(head[0].value, 1e-9)
        votes = {match.id: match.value / best for match in head[:SHOWING]}
        forms = self.head.spelling([token.folded for token in tokens], [votes.get(id, 0.0) for id in self.head.ids])
        spelled = [form or token.exact for form, token in zip(forms, tokens, strict=True)]
        if all(form == token.exact for form, token in zip(spelled, tokens, strict=True)):
            return {}
        self.spelled = tuple(spelled)
        written = [
            ranking.Token(form, token.folded, marked=True, follows=not token.parts)
            for form, token in zip(spelled, tokens, strict=True)
        ]
        exact, pair = self.weights.spelled_exact, self.weights.spelled_pair
        weights = replace(self.weights, exact=exact, folded=0.0, pair=pair, word=0.0, title=0.0)
        extra = {}
        for weighted in ranking.scored_terms(written, weights):
            term = weighted.term
            assert isinstance(term, Term)
            # a form that was typed so has a part of its weight already
            known = scored.get(term, 0.0) if term.space == "exact" else 0.0
            if weighted.weight > known and (term.space != "pair" or term in scored):
                extra[term] = weighted.weight - known
        return extra

    def _rarity(self, terms: Mapping[Term, float]) -> NDArray[np.float64]:
        """Weight times idf of each term."""
        articles = len(self.reader)
        held = [self.reader.frequency(term) for term in terms]
        return np.array(
            [w * math.log(1 + (articles - df + 0.5) / (df + 0.5)) for w, df in zip(terms.values(), held, strict=True)]
        )

    def _bm25(self, terms: Mapping[Term, float]) -> NDArray[np.float64]:
        times = self.head.find(list(terms)).times
        norm = K1 * (1 - B + B * self.head.lengths / max(self.mean, 1.0))
        found: NDArray[np.float64] = (times / (times + norm[:, None])) @ self._rarity(terms)
        return found

    def _lead(self, scored: Mapping[Term, float], extra: Mapping[Term, float]) -> NDArray[np.float64]:
        share = min(max((self.mean - PASSAGE) / (ARTICLE - PASSAGE), 0.0), 1.0) * self.weights.lead
        if not share:
            return np.zeros(len(self.head.lengths))
        terms = dict(scored)
        for term, weight in extra.items():
            terms[term] = terms.get(term, 0.0) + weight
        early = np.exp(-self.head.find(list(terms)).first / REACH)
        found: NDArray[np.float64] = share * (early @ self._rarity(terms))
        return found


def _read(term: Term) -> bool:
    """Whether a term can be seen in an article's tokens: words are not read, they say little beyond their syllables."""
    return term.zone == "any" and term.space != "word"
