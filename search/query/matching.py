"""What a word of a query matches, and what a run of words asks of an article: the policy of diacritics and adjacency.

In: tokens and the reading in force (marks, how near). Out: conditions over terms, and the nodes to mark in texts. Must
not know operators or the index.

- A token typed with diacritics matches its exact form, and the bare form of articles typed without any ("~nhung").
- A token typed without matches every form that folds to it.
- In a run of words each syllable must stand beside one of its neighbors in the query ("cover"): `tham nhung vat` asks
  for "tham nhũng" and "nhũng vặt", not for articles that hold "thăm", "những" and "vật" somewhere.

>>> from search.query.tokens import tokenize
>>> token_node(tokenize("nhũng")[0], "auto")
Any(parts=(Term(space='exact', text='nhũng', zone='any'), Term(space='exact', text='~nhung', zone='any')), minimum=1)
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from search.analysis import fold, is_syllable
from search.analysis.codes import numeral
from search.model import Marks
from search.query import writings
from search.query.tokens import Token, tokenize
from search.query.tree import All, Any, Node, Term, Zone
from search.query.tree import Sequence as Adjacent

UNMARKED: Final = "~"
"""What the exact terms of articles typed without diacritics begin with."""
SHORT_WORD: Final = 2
"""Letters before or behind digits that are read as typed, though they would be a word with other marks."""


def forms(token: Token, marks: Marks, zone: Zone = "any") -> tuple[Term, ...]:
    """The terms a token matches; any one will do."""
    return _forms(token.exact, token.folded, token.marked, token.others, marks, zone)


@lru_cache(maxsize=4096)  # a query asks for those of each of its tokens some five times
def _forms(
    exact: str, folded: str, marked: bool, writings: tuple[str, ...], marks: Marks, zone: Zone
) -> tuple[Term, ...]:
    if marks == "ignore" or (marks == "auto" and not marked):
        return (Term("folded", folded, zone), *(Term("folded", fold(other), zone) for other in writings))
    others = tuple(Term("exact", other, zone) for other in writings)
    if marks == "strict" and marked:
        return (Term("exact", exact, zone), *others)
    return (Term("exact", exact, zone), Term("exact", UNMARKED + folded, zone), *others)


def token_node(token: Token, marks: Marks, zone: Zone = "any") -> Node:
    """The condition that an article holds a token.

    A code with letters may also stand in its parts, in order ("17 KH/TU"); one of digits alone only as typed, or in
    its other writings.
    """
    nodes: tuple[Node, ...] = forms(token, marks, zone)
    if token.parts and any(letter.isalpha() for letter in token.exact):
        nodes += (_side_by_side(token.parts, marks, zone),)
    if token.exact[:1].isnumeric():
        nodes += _laid_out(token.parts or (token,), marks, zone)
        if fraction := writings.fraction(token.exact):
            nodes += (Term("exact", fraction, zone),)
    return any_of(nodes)


def _laid_out(parts: Sequence[Token], marks: Marks, zone: Zone) -> tuple[Node, ...]:
    """The conditions that a code stands where its marks are put otherwise."""
    layouts = writings.layouts([part.exact for part in parts])
    return tuple([_side_by_side(tokenize(" ".join(layout)), marks, zone) for layout in layouts])


def sequence(tokens: Sequence[Token], marks: Marks, zone: Zone = "any", slop: int = 0) -> Node:
    """The condition that tokens stand next to each other in order; codes by their parts, numbers in either writing."""
    flat = [part for token in tokens for part in (token.parts or (token,))]
    made = _side_by_side(flat, marks, zone, slop)
    other = _rewritten(tokens, marks, zone) if len(tokens) > 1 else None
    return made if other is None else any_of((made, Adjacent(other, slop, zone)))


def _rewritten(tokens: Sequence[Token], marks: Marks, zone: Zone) -> tuple[tuple[Term, ...], ...] | None:
    """The slots of a run whose numbers are written otherwise: in groups of three, or closed up. None without such."""
    if not any(token.others or token.exact[:1].isnumeric() for token in tokens):
        return None
    slots: list[tuple[Term, ...]] = []
    changed = False
    for token in tokens:
        grouped = () if token.parts else writings.groups(token.exact)
        closed = tuple(other for other in token.others if other.isalnum())
        fraction = writings.fraction(token.exact)
        changed = changed or bool(grouped or closed or fraction)
        if fraction:
            slots += [(Term("exact", part, zone),) for part in fraction.split("/")]
        elif grouped:
            slots += [(Term("exact", group, zone),) for group in grouped]
        elif closed:
            slots.append(tuple(Term("folded", fold(other), zone) for other in closed))
        else:
            slots += [forms(part, marks, zone) for part in token.parts or (token,)]
    return tuple(slots) if changed else None


def _side_by_side(flat: Sequence[Token], marks: Marks, zone: Zone, slop: int = 0) -> Node:
    if len(flat) == 1:
        return any_of(forms(flat[0], marks, zone))
    slots = tuple([forms(token, marks, zone) for token in flat])
    folded = len(flat) == 2 and slots[0][0].space == slots[1][0].space == "folded"
    if folded and slop == 0 and not numeral(flat[1].text.upper()):  # khoa 16: no pair of its other writing
        return Term("pair", f"{flat[0].folded}_{flat[1].folded}", zone)
    return Adjacent(slots, slop, zone)


def glued(tokens: Sequence[Token], marks: Marks, zone: Zone = "any") -> Node:
    """The condition that letters and digits typed as one word stand together: CO2 is not "có 2"."""
    short = marks == "auto" and any(token.syllable and len(token.text) == SHORT_WORD for token in tokens)
    marks = "strict" if short else marks
    return any_of((sequence(tokens, marks, zone), *_laid_out(tokens, marks, zone)))


def together(tokens: Sequence[Token], marks: Marks, zone: Zone = "any") -> Node:
    """The condition that a fixed expression, or a single token, stands in an article."""
    return token_node(tokens[0], marks, zone) if len(tokens) == 1 else sequence(tokens, marks, zone)


def near(first: Token, second: Token, marks: Marks, zone: Zone, slop: int) -> Node:
    """The condition that two tokens stand within `slop` words of each other, in either order."""
    ends = forms(first, marks, zone), forms(second, marks, zone)
    return Any((Adjacent(ends, slop, zone), Adjacent(ends[::-1], slop, zone)))


def cover(
    tokens: Sequence[Token],
    bound: Sequence[bool],
    marks: Marks,
    zone: Zone = "any",
    skip: Collection[int] = (),
    links: Links | None = None,
) -> list[Node]:
    """Conditions that each bound token stands beside a neighbor, and that each other token stands anywhere.

    Args:
        tokens: A run of the query, in order.
        bound: Of each token, whether it must stand beside a neighbor; neighbors themselves need not be bound.
        marks: How diacritics are read.
        zone: Where to look.
        skip: Tokens that other conditions settle: they add none, but may be neighbors.
        links: Those of the run, where they are known.

    Returns:
        Conditions that must all hold, each once; a token that another condition implies adds none.
    """
    links = links or Links(tokens, marks, zone)
    choices = [links.sides(i) if bound[i] and i not in skip else () for i in range(len(tokens))]
    required = {sides[0] for sides in choices if len(sides) == 1}
    nodes = [links[i] for i in sorted(required)]
    for i, token in enumerate(tokens):
        if i in skip or required & {i - 1, i}:  # settled, or part of a link that is required already
            continue
        nodes.append(any_of([links[j] for j in choices[i]]) if choices[i] else token_node(token, marks, zone))
    return list(dict.fromkeys(nodes))


def each(tokens: Sequence[Token], bound: Sequence[bool], marks: Marks, zone: Zone = "any") -> list[Node]:
    """The same conditions as `cover`, one for each token, so that they can be counted."""
    links = Links(tokens, marks, zone)
    choices = [links.sides(i) if bound[i] else () for i in range(len(tokens))]
    return [
        any_of([links[j] for j in sides]) if sides else token_node(token, marks, zone)
        for sides, token in zip(choices, tokens, strict=True)
    ]


def links(tokens: Sequence[Token], marks: Marks, zone: Zone = "any") -> list[Node]:
    """Conditions that two neighbors of a run stand side by side, one for each two syllables that can."""
    made = Links(tokens, marks, zone)
    return [made[i] for i, (a, b) in enumerate(pairwise(tokens)) if a.syllable and b.syllable]


class Links:
    """Links between neighbors of a run: link i holds tokens i and i + 1 side by side."""

    def __init__(self, tokens: Sequence[Token], marks: Marks, zone: Zone) -> None:
        self.tokens, self.marks, self.zone = tokens, marks, zone
        self._made: dict[int, Node] = {}
        self._beside = [linkable(first, second) for first, second in pairwise(tokens)]

    def __getitem__(self, i: int) -> Node:
        made = self._made.get(i)
        if made is None:
            made = self._made[i] = sequence(self.tokens[i : i + 2], self.marks, self.zone)
        return made

    def sides(self, i: int) -> tuple[int, ...]:
        """The links that token i can be part of."""
        beside = self._beside
        before = (i - 1,) if i and beside[i - 1] else ()
        return (*before, i) if i < len(beside) and beside[i] else before


def linkable(first: Token, second: Token) -> bool:
    """Whether two tokens can stand side by side as one expression: codes stand by themselves."""
    return not first.parts and not second.parts


def highlights(
    tokens: Sequence[Token], bound: Sequence[bool], marks: Marks, zone: Zone = "any", links: Links | None = None
) -> list[Node]:
    """What to mark in texts: bound tokens where they stand beside a neighbor, the others wherever they stand."""
    links = links or Links(tokens, marks, zone)
    nodes: list[Node] = []
    for i, token in enumerate(tokens):
        sides = links.sides(i) if bound[i] else ()
        nodes += [links[j] for j in sides] if sides else [token_node(token, marks, zone)]
    return list(dict.fromkeys(nodes))


def name(terms: Sequence[str], zone: Zone = "any") -> Term | Adjacent:
    """Another name of something, given as exact terms: as it is written, abbreviations with or without their marks."""
    slots = tuple(_name_slot(term, zone) for term in terms)
    return slots[0][0] if len(slots) == 1 else Adjacent(slots, 0, zone)


def _name_slot(term: str, zone: Zone) -> tuple[Term, ...]:
    folded = fold(term)
    if not is_syllable(term):
        return (Term("folded", folded, zone),)
    return Term("exact", term, zone), Term("exact", UNMARKED + folded, zone)


def any_of(nodes: Sequence[Node]) -> Node:
    """One condition that holds when any does."""
    return nodes[0] if len(nodes) == 1 else Any(tuple(nodes))


def all_of(nodes: Sequence[Node]) -> Node:
    """One condition that holds when all do."""
    return nodes[0] if len(nodes) == 1 else All(tuple(nodes))
