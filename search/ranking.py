"""How much each piece of evidence counts: the numbers of ranking, in one place, and what is made of them.

In: the tokens of a query. Out: weighted terms for `Plan.score`, summed by an engine. Must not know how a query was
typed, any engine, or the web. Why these numbers: docs/decisions/0030-ranking.md; how to measure: docs/relevance.md.

>>> tokens = [Token("tham", "tham"), Token("nhũng", "nhung", marked=True, joined=True)]
>>> for scored in scored_terms(tokens, Weights(title=0.0)):
...     print(scored.term.space, scored.term.text, scored.weight)
exact tham 0.5
folded tham 0.5
exact nhũng 0.5
folded nhung 0.5
pair tham_nhung 0.5
word tham_nhũng 0.5
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from search.query.tree import Space, Term, Weighted, Zone


@dataclass(frozen=True, slots=True)
class Weights:
    """The numbers of ranking: factors on BM25 scores.

    exact, folded, pair, word: of the four term spaces over title and body, for a query that carries any diacritic.
    exact_open, pair_open, word_open: the same for a query that carries none. Its bare spellings still put "Nam" before
        "năm"; pyvi finds few words in it.
    exact_unsure: in place of `exact_open` where a query without diacritics has `SPELLED` tokens or more: its spelling
        can be read off the articles it finds, and what was typed is hardly it.
    title: factor on a space's weight for the title alone, on top of title and body.
    question: factor on the weights of question words ("bao nhiêu", "ở đâu"), which answers do not repeat.
    spelled_exact, spelled_pair, spelled_word: of the second phase (`search.reranking`): added for a query without
        diacritics once its spelling is read off the articles it finds; then its terms weigh as if typed with them.
    lead: of the second phase: factor on weight times idf of each term, the more the nearer to the beginning it stands.
    recency: of the second phase: share of the best score that an article of today gains.
    """

    exact: float = 0.5
    folded: float = 0.5
    pair: float = 0.5
    word: float = 0.5
    exact_open: float = 0.25
    exact_unsure: float = 0.1
    pair_open: float = 0.35
    word_open: float = 0.0
    title: float = 0.2
    question: float = 0.6
    spelled_exact: float = 0.5
    spelled_pair: float = 0.15
    spelled_word: float = 0.5
    lead: float = 0.3
    recency: float = 0.0


DEFAULT = Weights()
OTHERS, SAME = 0.3, 0.9
"""Parts of the articles with a folded syllable that spell it as typed: with fewer it is mostly another word, with more
hardly ever."""
SPELLED = 3
"""Tokens from which on a query without diacritics tells how it would be spelled."""


class Token(NamedTuple):
    """One token of a query as ranking sees it.

    `marked` says that it was typed with a diacritic; `importance` multiplies its weights (expansions and parts of codes
    count less); `follows` is False where it does not stand directly after the token before it (an operator between);
    `joined` that pyvi made it one word with the token before.
    """

    exact: str
    folded: str
    marked: bool = False
    importance: float = 1.0
    follows: bool = True
    joined: bool = False


QUESTIONS = tuple(
    tuple(words.split())
    for words in (
        "bao nhiêu",
        "như thế nào",
        "thế nào",
        "ra sao",
        "tại sao",
        "vì sao",
        "làm sao",
        "khi nào",
        "lúc nào",
        "bao giờ",
        "bao lâu",
        "bao xa",
        "ở đâu",
        "là gì",
        "là ai",
        "gì",
        "nào",
        "mấy",
    )
)
"""Question words of Vietnamese, longest first within a beginning."""
_BARE_QUESTIONS = (("gi",), ("nao",))  # the single ones whose bare spelling is hardly ever another word


def scored_terms(
    tokens: Sequence[Token],
    weights: Weights = DEFAULT,
    *,
    zone: Zone = "any",
    share: Callable[[Token], float] | None = None,
) -> tuple[Weighted, ...]:
    """What each token, each adjacent pair and each word of a query adds to the score of an article.

    Args:
        tokens: The query's tokens in order; a repeated token adds its weight again.
        weights: The numbers to use.
        zone: "title" scores the title alone, for a query part written `title:…`.
        share: Of the articles that hold a token's folded form, the part that spells it as typed. Where it is small
            (`OTHERS`), a folded form typed with diacritics is mostly another word and does not count; where it is
            nearly all (`SAME`), the two are one list, which is read once with both weights.

    Returns:
        Terms in a fixed order, each once, with positive weights.
    """
    opened = not any(token.marked for token in tokens)
    exact, pair, word = weights.exact, weights.pair, weights.word
    if opened:
        exact = weights.exact_open if len(tokens) < SPELLED else weights.exact_unsure
        pair, word = weights.pair_open, weights.word_open
    total: dict[tuple[Space, str], float] = {}
    tokens = _questions_dimmed(tokens, weights.question, opened)
    for token in tokens:
        typed, bare = exact * token.importance, weights.folded * token.importance
        known = share(token) if share is not None else 0.5
        if known > SAME and opened:
            typed, bare = 0.0, typed + bare
        elif known > SAME or (known < OTHERS and token.marked):
            typed, bare = typed + bare if known > SAME else typed, 0.0
        if typed > 0:
            total["exact", token.exact] = total.get(("exact", token.exact), 0.0) + typed
        if bare > 0:
            total["folded", token.folded] = total.get(("folded", token.folded), 0.0) + bare
    if pair > 0:
        for before, token in pairwise(tokens):
            if token.follows:
                text = f"{before.folded}_{token.folded}"
                weight = pair * min(before.importance, token.importance)
                total["pair", text] = total.get(("pair", text), 0.0) + weight
    if word > 0:
        for parts in _words(tokens):
            text = "_".join([token.exact for token in parts])
            weight = word * min([token.importance for token in parts])
            total["word", text] = total.get(("word", text), 0.0) + weight
    scored: list[Weighted] = []
    new = tuple.__new__  # half the time of calling the class, some forty times a query
    for (space, text), weight in total.items():
        if weight > 0:
            scored.append(new(Weighted, (new(Term, (space, text, zone)), weight)))
        if zone == "any" and (again := weight * weights.title) > 0:
            scored.append(new(Weighted, (new(Term, (space, text, "title")), again)))
    return tuple(scored)


def _words(tokens: Sequence[Token]) -> list[list[Token]]:
    words: list[list[Token]] = []
    for token in tokens:
        if words and token.joined and token.follows:
            words[-1].append(token)
        else:
            words.append([token])
    return words


def _questions_dimmed(tokens: Sequence[Token], factor: float, opened: bool) -> list[Token]:
    """The tokens, question words weighing less; a query of nothing else keeps its weights."""
    dimmed = list(tokens)
    if factor == 1.0 or len(tokens) < 3:
        return dimmed
    spelled = [token.folded if opened else token.exact for token in tokens]
    asked: set[int] = set()
    table = _questions(opened)
    for at, word in enumerate(spelled):
        for wanted in table.get(word, ()):
            if spelled[at : at + len(wanted)] == wanted:
                asked.update(range(at, at + len(wanted)))
    if len(asked) < len(tokens):
        for at in asked:
            dimmed[at] = dimmed[at]._replace(importance=dimmed[at].importance * factor)
    return dimmed


@lru_cache(maxsize=2)
def _questions(opened: bool) -> dict[str, list[list[str]]]:
    """Question words by their first; typed without diacritics, of single ones those that are hardly another word."""
    from search.analysis.forms import fold

    table: dict[str, list[list[str]]] = {}
    for words in QUESTIONS:
        wanted = [fold(word) for word in words] if opened else list(words)
        if len(words) > 1 or not opened or tuple(wanted) in _BARE_QUESTIONS:
            table.setdefault(wanted[0], []).append(wanted)
    return table
