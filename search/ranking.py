"""How much each piece of evidence counts: the numbers of ranking, in one place, and the two phases that use them.

In: the tokens of a query; in the second phase also the best articles of the first, analysed. Out: weighted terms for
`Plan.score` (first phase, summed by an engine), then a new order of the best few (second phase). Must not know how a
query was typed, any engine, or the web. Why these numbers: docs/decisions/0030-ranking.md, docs/relevance.md.

>>> tokens = [Token("tham", "tham"), Token("nhũng", "nhung", marked=True)]
>>> for scored in scored_terms(tokens, Weights(title=0.0, word=0.0)):
...     print(scored.term.space, scored.term.text, scored.weight)
exact tham 0.5
folded tham 0.5
exact nhũng 0.5
folded nhung 0.5
pair tham_nhung 0.5
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from search.query.tree import Space, Term, Weighted, Zone


@dataclass(frozen=True, slots=True)
class Weights:
    """The numbers of ranking: factors on BM25 scores unless said otherwise.

    exact, folded, pair, word: of the four term spaces, over title and body together.
    exact_open: of the exact space when no token of the query carries a mark, so that "nam" puts "Nam" before "năm"
        without letting rare bare spellings rule a long query.
    title: factor on each space's weight for the title alone, on top.
    """

    exact: float = 0.5
    exact_open: float = 0.1
    folded: float = 0.5
    pair: float = 0.5
    word: float = 0.0
    title: float = 0.2


DEFAULT = Weights()


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a query as ranking sees it.

    `marked` says that it was typed with a diacritic; `importance` multiplies its weights (expansions and question words
    count less); `follows` is False where it does not stand directly after the token before it (an operator between).
    """

    exact: str
    folded: str
    marked: bool = False
    importance: float = 1.0
    follows: bool = True


def scored_terms(
    tokens: Sequence[Token], weights: Weights = DEFAULT, *, words: Iterable[str] = (), zone: Zone = "any"
) -> tuple[Weighted, ...]:
    """The first phase: what each token, each adjacent pair and each word adds to the score.

    Args:
        tokens: The query's tokens in order; a repeated token adds its weight again.
        weights: The numbers to use.
        words: The query's pyvi words of two or more syllables, as the word space holds them ("tham_nhũng").
        zone: "title" scores the title alone, for a query part written `title:…`.

    Returns:
        Terms in a fixed order, each once, with positive weights.
    """
    total: dict[Term, float] = {}
    exact = weights.exact if any(token.marked for token in tokens) else weights.exact_open

    def add(space: Space, text: str, weight: float) -> None:
        for place, factor in ((zone, 1.0), ("title", weights.title)):
            if weight * factor > 0 and not (factor != 1.0 and zone == "title"):
                term = Term(space, text, place)
                total[term] = total.get(term, 0.0) + weight * factor

    for token in tokens:
        add("exact", token.exact, exact * token.importance)
        add("folded", token.folded, weights.folded * token.importance)
    for before, token in pairwise(tokens):
        if token.follows:
            shared = min(before.importance, token.importance)
            add("pair", f"{before.folded}_{token.folded}", weights.pair * shared)
    for word in words:
        add("word", word, weights.word)
    return tuple(Weighted(term, weight) for term, weight in total.items())
