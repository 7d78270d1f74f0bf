"""The second phase: the best few articles of the first, put in order once more by what their tokens show.

In: a reader, a plan, the query's tokens, how many hits were shown before. Out: the page of matches that follows, and
for each article what it gained. Must not know how an engine scores.

The first `DEPTH` articles by score gain a bonus and are put in order by the sum:

- *spelling*, for a query of three words or more typed without any diacritic: the best articles show how its words are
  spelled (98 of 100 syllables of headlines as their authors spelled them), and all are scored by that spelling and by
  the words that pyvi finds in it;
- *lead*: terms count the more the nearer to the beginning of a long text they first stand, where news says what it is
  about; a passage has no lead;
- *recency*, if wished.

All others keep their order behind them, so the rest of an answer is paged as the first phase has it, and a page within
the first `DEPTH` is cut from the same new order every time. What each is worth: docs/decisions/0032-second-phase.md.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search import ranking
from search.analysis import analyze, fold
from search.engines.base import Match, Matches, Reader
from search.heads import Head
from search.query import questions
from search.query.compiler import PART
from search.query.lexicon import foresee
from search.query.tokens import Token
from search.query.tree import After, Plan, Term, Weighted
from search.ranking import DEFAULT, SPELLED, Weights

DEPTH = 30
"""So many articles are put in order again: three pages of ten."""
SHOWING, FURTHER = 10, 0.3
"""So many of them show how the query is spelled; the others count this much of it."""
REACH = 120.0
"""Positions from the beginning after which a term's first place is worth e times less."""
PASSAGE, ARTICLE = 100, 400
"""Mean lengths of the best articles at which the lead begins to count, and counts in full."""
HALF_LIFE = 365.0
"""Days after which being recent is worth half as much."""
_fold = lru_cache(maxsize=4096)(fold)
K1, B = 1.2, 0.85
"""Of BM25 (`search.query.tree`), with the mean length of the best articles for that of all."""


class Bonus(NamedTuple):
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

    `spelled`: the spelling that a query without diacritics was read as, empty where none was.
    """

    matches: Matches
    spelled: tuple[str, ...] = ()
    _gained: Callable[[], Mapping[str, Bonus]] = field(default=dict, repr=False)

    @property
    def bonuses(self) -> Mapping[str, Bonus]:
        """By id, what the articles of the page gained; worked out when somebody asks why they are there."""
        return self._gained()


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
    whole = Plan(
        plan.match, plan.score, plan.filters, plan.facets, plan.sort, max(DEPTH, end), None, plan.copies, plan.regrouped
    )  # `replace` takes thrice as long
    first = reader.search(whole)
    head, rest = first.matches[:DEPTH], first.matches[DEPTH:]
    second = _Second(reader, head, plan.score, tokens, weights, today or dt.date.today())
    totals = second.totals()
    order = sorted(
        (-match.value - total, match.id, i) for i, (match, total) in enumerate(zip(head, totals, strict=True))
    )
    shown = [(head[i], -value) for value, _, i in order[rank:end]]
    page = [Match(match.id, value, match.copies) for match, value in shown]
    page += rest[max(rank - len(head), 0) : max(end - len(head), 0)]
    last = first.matches[-1] if first.matches else None
    # the search above ends where this page does, or with the articles put in order
    after = None if last is None or (end >= len(first.matches) and first.after is None) else After(last.value, last.id)
    return Ranked(
        Matches(first.total, tuple(page), first.facets, after),
        second.spelled,
        lambda: {head[i].id: second.bonus(i) for _, _, i in order[rank:end]},
    )


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
        self.spelling = self.lead = np.zeros(len(head))
        self.recency = self._recency(head, today) if weights.recency and head else np.zeros(len(head))
        scored = {w.term: w.weight for w in score if isinstance(w.term, Term) and _read(w.term)}
        bare = len(tokens) >= SPELLED and not any(token.marked for token in tokens)
        wanted = bool(weights.lead) or bare
        read = reader.tokens([m.id for m in head], joined=bare) if wanted and scored and len(head) > 1 else []
        if read:
            folded = [part for term in scored for part in _syllables(term)]
            self.head = Head(read, [*folded, *(token.folded for token in tokens)])
            self.mean = float(self.head.lengths.mean())
            extra = self._spelled(scored, tokens, head) if bare else {}
            self._add(scored, extra)
            if len(read) > 1:  # groups of one vocabulary each are not in the order of the hits
                row = {id: i for i, id in enumerate(self.head.ids)}
                order = np.array([row[match.id] for match in head])
                self.spelling, self.lead = self.spelling[order], self.lead[order]

    def totals(self) -> list[float]:
        """What each article gains."""
        found: list[float] = (self.spelling + self.lead + self.recency).tolist()
        return found

    def bonus(self, i: int) -> Bonus:
        """What one article gains, by reason."""
        return Bonus(float(self.spelling[i]), float(self.lead[i]), float(self.recency[i]))

    def _recency(self, head: Sequence[Match], today: dt.date) -> NDArray[np.float64]:
        best = max(match.value for match in head)
        days = {article.id: article.day for article in self.reader.articles([match.id for match in head])}
        ages = [max((today - day).days, 0) if (day := days.get(match.id)) else math.inf for match in head]
        return self.weights.recency * best * 0.5 ** (np.array(ages) / HALF_LIFE)

    def _spelled(
        self, scored: Mapping[Term, float], tokens: Sequence[Token], head: Sequence[Match]
    ) -> dict[Term, float]:
        """What the spelling of the query's words adds: weighted terms beside those scored already."""
        best = max(head[0].value, 1e-9)
        votes = {m.id: m.value / best * (1.0 if i < SHOWING else FURTHER) for i, m in enumerate(head)}
        forms = self.head.spelling([token.folded for token in tokens], [votes[id] for id in self.head.ids])
        for i, word in questions.spelled(tokens).items():
            forms[i] = word  # answers do not ask, so they would read "bao nhieu" as something else
        spelled = [form or token.exact for form, token in zip(forms, tokens, strict=True)]
        if all(form == token.exact for form, token in zip(spelled, tokens, strict=True)):
            return {}
        self.spelled = tuple(spelled)
        asked = [Term("exact", form) for form in (*spelled, *(token.exact for token in tokens))]
        foresee(self.reader, [*scored, *asked, *(Term("folded", token.folded) for token in tokens)])
        written = _written(tokens, spelled)
        weights = self.weights
        weights = replace(
            weights,
            exact=weights.spelled_exact,
            folded=0.0,
            pair=weights.spelled_pair,
            word=weights.spelled_word,
            title=0.0,
        )
        # what no article shows is spelled as typed as surely as it mostly is
        sure = {t.exact: self._share(t.exact, t.folded) for form, t in zip(forms, tokens, strict=True) if form is None}
        extra = {}
        for weighted in ranking.scored_terms(written, weights):
            term, weight = weighted.term, weighted.weight
            assert isinstance(term, Term)
            if term.space != "pair":
                weight *= math.prod(sure.get(part, 1.0) for part in term.text.split("_"))
            # a form that was typed so has a part of its weight already
            known = scored.get(term, 0.0) if term.space == "exact" else 0.0
            if weight > known and (term.space != "pair" or term in scored):
                extra[term] = weight - known
        times = Counter(token.folded for token in tokens)
        for form, token in zip(forms, tokens, strict=True):
            bare = Term("folded", token.folded)
            if form and form != token.exact and bare in scored and self._share(form, token.folded) < ranking.OTHERS:
                # mostly another word, which does not count where diacritics are typed; "ngo" may be one word here and
                # another there, each with its part of the weight
                extra[bare] = extra.get(bare, 0.0) - scored[bare] / times[token.folded]
            typed = Term("exact", token.exact)
            if form and token.exact not in spelled and typed in scored:
                extra[typed] = -scored[typed]  # rare as bare spellings are, it would weigh much, and it is not meant
        return extra

    def _share(self, exact: str, folded: str) -> float:
        """Of the articles that hold a word in any spelling, the part that has one of them."""
        spelled = self.reader.frequency(Term("exact", exact))
        return spelled / max(self.reader.frequency(Term("folded", folded)), 1)

    def _add(self, scored: Mapping[Term, float], extra: Mapping[Term, float]) -> None:
        """Work out what spelling and lead add."""
        share = min(max((self.mean - PASSAGE) / (ARTICLE - PASSAGE), 0.0), 1.0) * self.weights.lead
        terms = list(dict.fromkeys([*scored, *extra]) if share else extra)
        if not terms:
            self.spelling = self.lead = np.zeros(len(self.head.ids))
            return
        found = self.head.find(terms)
        foresee(self.reader, terms)
        articles = len(self.reader)
        held = np.array([self.reader.frequency(term) for term in terms], float)
        idf = np.log(1 + (articles - held + 0.5) / (held + 0.5))
        first = np.array([scored.get(term, 0.0) for term in terms])
        again = np.array([extra.get(term, 0.0) for term in terms] if extra else 0.0)
        if extra:
            norm = K1 * (1 - B + B * self.head.lengths / max(self.mean, 1.0))
            self.spelling = (found.times / (found.times + norm[:, None])) @ (idf * again)
            self.spelling -= min(float(self.spelling.min(initial=0.0)), 0.0)  # the others stay behind
        if share:
            read = np.array([term.space != "word" for term in terms])
            self.lead = share * (np.exp(-found.first / REACH) @ (idf * (first + again * read)))


def _written(tokens: Sequence[Token], spelled: Sequence[str]) -> list[ranking.Token]:
    """What a query typed so would be scored by: its words, the parts of its codes and their other writings."""
    written: list[ranking.Token] = []
    for form, token, join in zip(spelled, tokens, joined(tokens, spelled), strict=True):
        written.append(ranking.Token(form, token.folded, True, 1.0, not token.parts, join))
        written += [ranking.Token(part.exact, part.folded, True, PART, i > 0) for i, part in enumerate(token.parts)]
        written += [ranking.Token(other, _fold(other), True, PART, False) for other in token.others]
    return written


def joined(tokens: Sequence[Token], spelled: Sequence[str]) -> list[bool]:
    """Of each token in its new spelling, whether pyvi makes it one word with the token before.

    Capitals and what stands between the words are left as typed, for pyvi tells names by them, and "U20" is one word.
    """
    text, before = "", None
    for token, form in zip(tokens, spelled, strict=True):
        if before is not None and token.start != before.end:
            text += " " if token.start - before.end == 1 else ", "  # more than a blank is punctuation
        text += token.text if token.parts else _cased(form, token.text)
        before = token
    continues = analyze(text).joined.tolist()
    starts = [0, *accumulate(token.positions for token in tokens)]
    if starts[-1] != len(continues):
        return [False] * len(tokens)
    return [continues[start] for start in starts[:-1]]


def _cased(form: str, typed: str) -> str:
    """A spelling with the capitals of what was typed.

    >>> _cased("hằng", "Hang"), _cased("ubnd", "UBND")
    ('Hằng', 'UBND')
    """
    if len(form) != len(typed):
        return form
    return "".join([letter.upper() if key.isupper() else letter for letter, key in zip(form, typed, strict=True)])


def _syllables(term: Term) -> list[str]:
    """The folded syllables of a term."""
    if term.space == "exact":
        return [_fold(term.text)]
    return term.text.split("_") if term.space == "pair" else [term.text]


def _read(term: Term) -> bool:
    """Whether a term can be seen in an article's tokens: words are not read, they say little beyond their syllables."""
    return term.zone == "any" and term.space != "word"
