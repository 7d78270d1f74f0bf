"""Which words of a query belong together so that they must stand side by side in an article.

In: tokens of a run, how diacritics are read, the index's lexicon. Out: one truth value a token. Must not know terms'
matching, operators or engines.

A syllable is rarely a word: "tham" alone is "greedy", "tham nhũng" is corruption. With diacritics typed, pyvi tells
which syllables make one word, and the index which words go together; without them only neighbors can tell the words
apart, so every syllable is bound unless the index holds it beside neither neighbor. An abbreviation or a foreign word
makes no word with a syllable; a short number alone behind or before one does.
"""

from __future__ import annotations

from collections.abc import Sequence

from search.model import Marks
from search.query.lexicon import Known
from search.query.tokens import Token
from search.query.tree import Term

LIFT = 0.2
"""Two words go together when articles hold them side by side at least this often, measured against chance: df(ab) · N /
(df(a) · df(b)), which is 1 when as many hold the pair as would hold both words were they strewn at random."""


def bound(tokens: Sequence[Token], marks: Marks, lexicon: Known) -> list[bool]:
    """Of each token of a run, whether it must stand beside one of its neighbors."""
    if len(tokens) < 2:
        return [False] * len(tokens)
    if len(tokens) == 2 and any(token.syllable for token in tokens) and all(map(_closely, tokens)):
        return [True, True]
    spelled = marks != "ignore" and any(token.marked for token in tokens)
    known: dict[int, bool] = {}

    def together(j: int) -> bool:
        """Whether tokens j and j + 1 go together in the index: with diacritics often enough, without at all."""
        if not 0 <= j < len(tokens) - 1:
            return False
        found = known.get(j)
        if found is None:
            pair = Term("pair", f"{tokens[j].folded}_{tokens[j + 1].folded}")
            # beside an abbreviation the index tells: "TPHCM ngập" is about both, wherever they stand
            chance = spelled or not (tokens[j].syllable and tokens[j + 1].syllable)
            held = lexicon.holds(pair)
            found = known[j] = held and (not chance or _lift(pair, tokens[j], tokens[j + 1], lexicon) >= LIFT)
        return found

    def bind(i: int, token: Token) -> bool:
        if not token.syllable:
            return False
        # part of a word for pyvi
        if spelled and (token.joined or (i + 1 < len(tokens) and tokens[i + 1].joined)):
            return True
        return together(i - 1) or together(i)

    return [bind(i, token) for i, token in enumerate(tokens)]


def _closely(token: Token) -> bool:
    """Whether of two words this one belongs to the other: a syllable, or a number that counts or names (quận 1); but
    a year may stand anywhere (Tết 2021)."""
    return token.syllable or (token.exact.isdigit() and len(token.exact) <= 2)


def _lift(pair: Term, first: Token, second: Token, lexicon: Known) -> float:
    apart = lexicon.frequency(Term("folded", first.folded)) * lexicon.frequency(Term("folded", second.folded))
    return lexicon.frequency(pair) * len(lexicon) / apart if apart else 0.0
