"""Words that have only begun: "phườ*", and the last of a phrase, "phòng chống tham*".

In: tokens and the index's lexicon. Out: the words of the index that begin so, and the condition of such a phrase. Must
not know operators or engines.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from search.analysis import fold
from search.errors import QueryError
from search.model import Marks
from search.query.lexicon import Known
from search.query.limits import MAX_EXPANSION
from search.query.matching import UNMARKED, forms
from search.query.tokens import Token
from search.query.tree import Sequence as Adjacent
from search.query.tree import Term, Zone


def words(begun: Term, typed: str, lexicon: Known) -> list[str]:
    """The terms of the index that begin as `begun` does.

    Raises:
        QueryError: There are more than `MAX_EXPANSION`; the message says `typed`.
    """
    found = list(islice(lexicon.terms(begun.space, begun.text, begun.zone), MAX_EXPANSION + 1))
    if len(found) > MAX_EXPANSION:
        raise QueryError(f"“{typed}*” stands for more than {MAX_EXPANSION} words", "type at least one more letter", "q")
    return found


def phrase(before: Sequence[Token], last: Token, slop: int, marks: Marks, zone: Zone, lexicon: Known) -> Adjacent:
    """The condition that words stand side by side, the last of them going on in any way.

    Raises:
        QueryError: More than `MAX_EXPANSION` words begin as the last one does.
    """
    flat = [part for token in before for part in (token.parts or (token,))]
    slots = [forms(token, marks, zone) for token in flat]
    begun = forms(last, marks, zone)[:2]  # other writings of a number do not begin so
    if slop:
        held = [Term(term.space, text, zone) for term in begun for text in words(term, last.text, lexicon)]
    else:  # of all that begin so, those that an article has behind the word before
        bare = f"{flat[-1].folded}_"
        pairs = words(Term("pair", bare + last.folded, zone), last.text, lexicon)
        following = {pair.removeprefix(bare) for pair in pairs}
        if begun[0].space == "folded":
            held = [Term("folded", text, zone) for text in sorted(following)]
        else:
            held = [Term(term.space, text, zone) for term in begun for text in words(term, last.text, lexicon)]
            held = [term for term in held if fold(term.text.removeprefix(UNMARKED)) in following]
    return Adjacent((*slots, tuple(held) or begun[:1]), slop, zone)
