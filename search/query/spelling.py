"""Did you mean: for words that the index does not hold, or not beside each other, the nearest that it does.

In: pieces of a query's text with their tokens, and the lexicon. Out: `Correction`s; whether they are offered is the
caller's business, and nothing here is ever applied. Must not know operators, notes or engines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from search.model import Marks
from search.query.fallback import as_written, other_spellings, sequence_of, written_forms
from search.query.lexicon import Known
from search.query.matching import forms, linkable, sequence
from search.query.tokens import Token
from search.query.tree import Fuzzy, Term
from search.query.tree import Sequence as Adjacent

MAX_WORDS = 4
"""Words of one query that are corrected; a query with more mistakes is no misspelling."""
MAX_SIMILAR = 24
"""Similar terms looked at for one word."""
RARE = 3
"""A word that so few articles hold may be a slip that others made too …"""
LIKELIER = 10
"""… when a similar word is held this many times as often, beside the same neighbor if there is one."""

OTHER_MARKS = 50
"""The same letters with other diacritics are offered when so many times as many articles write them."""

_SOUNDS = {"f": ("ph",), "j": ("gi", "d", "ch"), "z": ("d", "gi"), "w": ("qu", "u")}
"""Letters that Vietnamese has no word with, by the letters that their sound is written with."""


@dataclass(frozen=True, slots=True)
class Correction:
    """`[start, end)` of the piece of query `text`, and what some article writes instead."""

    text: str
    start: int
    end: int
    new: str


def corrections(runs: Sequence[tuple[str, Sequence[Token]]], marks: Marks, lexicon: Known) -> list[Correction]:
    """What to change so that the index holds every word, and holds it beside its neighbor; empty when it cannot be."""
    found: list[Correction] = []
    for text, tokens in runs:
        missing = [
            i for i, t in enumerate(tokens) if not t.parts and not any(lexicon.holds(term) for term in forms(t, marks))
        ]
        _foresee_similar(tokens, missing[:MAX_WORDS], lexicon)
        for i in missing:
            token = tokens[i]
            if len(token.folded) < 2 or token.folded.isdigit():
                return []
            best = _nearest(tokens, i, lexicon)
            if best is None or len(found) == MAX_WORDS:
                return []
            found.append(Correction(text, token.start, token.end, _spelled(tokens, i, best, lexicon)))
        if not found:
            found += _beside(text, tokens, lexicon)
    return found


def likelier(runs: Sequence[tuple[str, Sequence[Token]]], lexicon: Known) -> list[Correction]:
    """The one word to change of a query that hardly anything meets: a rare one that reads like a frequent one.

    An unusual diacritic is more often meant than an unusual letter, so much more must speak against it.
    """
    found: list[tuple[int, Correction]] = []
    for text, tokens in runs:
        alone = len(tokens) == 1
        rare = [i for i in range(len(tokens)) if _is_rare(tokens, i, lexicon)]
        _foresee_similar(tokens, rare, lexicon)
        for i in rare:
            token = tokens[i]
            own = (
                lexicon.frequency(Term("folded", token.folded)) if alone else _company(tokens, i, token.folded, lexicon)
            )
            for term, frequency in _similar(tokens, i, lexicon)[:MAX_SIMILAR]:
                count = frequency if alone else _company(tokens, i, term, lexicon)
                if term != token.folded and term.isalpha() and count >= LIKELIER * max(own, 1):
                    new = _spelled(tokens, i, term, lexicon)
                    found.append((count, Correction(text, token.start, token.end, new)))
        found += _other_marks(text, tokens, lexicon)
    return [max(found, key=lambda offer: offer[0])[1]] if found else []


def _is_rare(tokens: Sequence[Token], i: int, lexicon: Known) -> bool:
    """Whether token i is a word that few articles hold, or hold where it stands."""
    token, alone = tokens[i], len(tokens) == 1
    if token.parts or len(token.folded) < 3 or not token.folded.isalpha():
        return False
    if lexicon.frequency(Term("folded", token.folded)) <= RARE:
        return True
    return not alone and _company(tokens, i, token.folded, lexicon) <= RARE and _among_words(tokens, i)


def _among_words(tokens: Sequence[Token], i: int) -> bool:
    """Whether a neighbor of token i tells anything of its spelling: a letter or number does not."""
    return any(tokens[j].syllable and len(tokens[j].folded) > 1 for j in (i - 1, i + 1) if 0 <= j < len(tokens))


def _other_marks(text: str, tokens: Sequence[Token], lexicon: Known) -> list[tuple[int, Correction]]:
    """Two words typed with diacritics that hardly any article holds so, and very many with others."""
    found: list[tuple[int, Correction]] = []
    for i, (first, second) in enumerate(pairwise(tokens)):
        if not ((first.marked or second.marked) and linkable(first, second)):
            continue
        own = lexicon.frequency_of(sequence((first, second), "auto"))
        pair = Term("pair", f"{first.folded}_{second.folded}")
        if own > RARE or lexicon.frequency(pair) < OTHER_MARKS * max(own, 1):
            continue
        counted = [
            (lexicon.frequency(sequence_of(terms)), terms)
            for terms in other_spellings((first, second), lexicon)
            if _keeps(tokens, i - 1, i, terms[0], lexicon) and _keeps(tokens, i + 2, i + 1, terms[1], lexicon)
        ]
        count, terms = max(counted, default=(0, ()))
        if count >= OTHER_MARKS * max(own, 1):
            found.append((count, Correction(text, first.start, second.end, " ".join(terms))))
    return found


def _keeps(tokens: Sequence[Token], neighbor: int, at: int, exact: str, lexicon: Known) -> bool:
    """Whether another spelling of token `at` is held beside a further neighbor at least as often as the one typed."""
    if exact == tokens[at].exact or not 0 <= neighbor < len(tokens) or not linkable(tokens[neighbor], tokens[at]):
        return True
    other = tokens[neighbor].exact

    def held(term: str) -> int:
        return lexicon.frequency(sequence_of((other, term) if neighbor < at else (term, other)))

    return held(exact) >= held(tokens[at].exact)


def _nearest(tokens: Sequence[Token], i: int, lexicon: Known) -> str | None:
    """The folded term most like token i: nearest, then held most often beside its neighbors, then most frequent."""
    folded = tokens[i].folded
    sounding = [term for term in _sounding(folded) if lexicon.holds(Term("folded", term))]
    for distance in (1, 2) if len(folded) > 4 else (1,):
        similar = (
            sounding + [term for term, _ in _similar(tokens, i, lexicon, distance) if term.isalnum()][:MAX_SIMILAR]
        )
        # one that keeps the typed diacritics and is held so beside a neighbor goes before all others
        kept = max(((_kept(tokens, i, t, lexicon)[0], t) for t in similar if tokens[i].marked), default=(0, ""))
        company = _company(tokens, i, folded, lexicon)
        if kept[0] >= LIKELIER * max(company, 0.1):
            return kept[1]
        if lexicon.holds(Term("folded", folded)):  # the letters are right, a diacritic is not
            if len(tokens) == 1 or company:
                return folded
            similar.insert(0, folded)
        ranked = [(_company(tokens, i, t, lexicon), lexicon.frequency(Term("folded", t)), t) for t in similar]
        if ranked:
            return max(ranked)[2]
    return None


def _kept(tokens: Sequence[Token], i: int, folded: str, lexicon: Known) -> tuple[int, str]:
    """The spelling of a term that keeps the diacritics typed for token i, and how many articles have it beside a
    neighbor: "đảg" is "đảng" rather than "đầu"; 0 and "" without one.
    """
    best = 0, ""
    for form in written_forms(folded, lexicon):
        if _one_edit(tokens[i].exact, form):
            slots = [forms(token, "auto") for token in tokens]
            slots[i] = (Term("exact", form),)
            sides = [slots[j : j + 2] for j in (i - 1, i) if 0 <= j < len(tokens) - 1]
            best = max(best, (sum(lexicon.frequency(Adjacent(tuple(side))) for side in sides), form))
    return best


def _one_edit(a: str, b: str) -> bool:
    """Whether one letter more, less or other, or two letters swapped, make b of a."""
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[start:], b[start:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _sounding(folded: str) -> list[str]:
    """A word with the letters that its beginning is written with in Vietnamese: "fuc" is "phuc", "zau" is "dau"."""
    return [letters + folded[1:] for letters in _SOUNDS.get(folded[:1], ())]


def _company(tokens: Sequence[Token], i: int, folded: str, lexicon: Known) -> int:
    """Number of articles that hold a term beside a neighbor of token i, in token i's place."""
    return sum(map(lexicon.frequency, _neighbors(tokens, i, folded)))


def _neighbors(tokens: Sequence[Token], i: int, folded: str) -> list[Term]:
    """A term in token i's place with each neighbor it may stand beside."""
    pairs = []
    if i and linkable(tokens[i - 1], tokens[i]):
        pairs.append(f"{tokens[i - 1].folded}_{folded}")
    if i + 1 < len(tokens) and linkable(tokens[i], tokens[i + 1]):
        pairs.append(f"{folded}_{tokens[i + 1].folded}")
    return [Term("pair", pair) for pair in pairs]


def _similar(tokens: Sequence[Token], i: int, lexicon: Known, distance: int = 1) -> list[tuple[str, int]]:
    """Terms like token i with their frequencies; how often they stand beside its neighbors will be asked next."""
    found = lexicon.similar("folded", tokens[i].folded, distance)
    lexicon.foresee(pair for term, _ in found[:MAX_SIMILAR] for pair in _neighbors(tokens, i, term))
    return found


def _foresee_similar(tokens: Sequence[Token], places: Sequence[int], lexicon: Known) -> None:
    """Tell what `_similar` will ask for some tokens, so that all of them take two journeys."""
    lexicon.foresee(Fuzzy("folded", tokens[i].folded) for i in places)
    lexicon.foresee(
        pair
        for i in places
        for term, _ in lexicon.similar("folded", tokens[i].folded)[:MAX_SIMILAR]
        for pair in _neighbors(tokens, i, term)
    )


def _beside(text: str, tokens: Sequence[Token], lexicon: Known) -> list[Correction]:
    """One word changed where two that the index holds never stand side by side, and a similar one does."""
    if not 2 <= len(tokens) <= MAX_WORDS * 2:
        return []
    candidates = []
    lonely = [
        i
        for i, token in enumerate(tokens)
        if not token.parts
        and token.syllable
        and len(token.folded) >= 3
        and not _company(tokens, i, token.folded, lexicon)
    ]
    _foresee_similar(tokens, lonely, lexicon)
    for i in lonely:
        for term, _ in _similar(tokens, i, lexicon)[:MAX_SIMILAR]:
            if company := _company(tokens, i, term, lexicon):
                candidates.append((company, i, term))
    if not candidates:
        return []
    _, i, best = max(candidates)
    return [Correction(text, tokens[i].start, tokens[i].end, _spelled(tokens, i, best, lexicon))]


def _spelled(tokens: Sequence[Token], i: int, folded: str, lexicon: Known) -> str:
    """The folded term with its diacritics when the query has any, as articles write it beside the neighbors it has."""
    if not any(token.marked for token in tokens):
        return folded
    if tokens[i].marked and folded != tokens[i].folded and (kept := _kept(tokens, i, folded, lexicon))[0]:
        return kept[1]
    token = Token(folded, folded, folded, False, True, False, 0, 0)
    for j in (i - 1, i + 1):
        if 0 <= j < len(tokens) and linkable(tokens[j], token):
            pair = (tokens[j], token) if j < i else (token, tokens[j])
            at = 1 if j < i else 0
            fitting = [
                terms
                for terms in other_spellings(pair, lexicon)
                if not tokens[j].marked or terms[1 - at] == tokens[j].exact
            ]
            if fitting:
                return max(fitting, key=lambda terms: lexicon.frequency(sequence_of(terms)))[at]
    alone = other_spellings((token,), lexicon)
    return alone[0][0] if alone else as_written((folded,), lexicon)
