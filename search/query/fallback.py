"""When a query typed with diacritics finds nothing: what else the index holds that reads the same without them.

In: the tokens of such a query and the lexicon. Out: `Found`: several other spellings (then the answer may show them
all, labelled), or exactly one (then it is only suggested), or none. Must not know operators or engines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from search.analysis import exact_form, fold, is_syllable
from search.query.binding import bound
from search.query.lexicon import Known
from search.query.matching import linkable, sequence
from search.query.tokens import Token, tokenize
from search.query.tree import Sequence as Adjacent
from search.query.tree import Term


@dataclass(frozen=True, slots=True)
class Unit:
    """Words that the index does not hold as typed: `[start, end)` of the piece of query `text`, their exact terms as
    typed, and their other spellings in the index as exact terms."""

    text: str
    start: int
    end: int
    typed: tuple[str, ...]
    others: tuple[tuple[str, ...], ...]


MAX_SPELLINGS = 400
"""Spellings tried for one word."""
MAX_CHECKS = 64
"""Combinations of spellings tried for words side by side."""

_LETTERS = {"a": "aăâ", "e": "eê", "o": "oôơ", "u": "uư", "d": "dđ"}
_TONED = {
    "a": "àáảãạ", "ă": "ằắẳẵặ", "â": "ầấẩẫậ", "e": "èéẻẽẹ", "ê": "ềếểễệ", "i": "ìíỉĩị",
    "o": "òóỏõọ", "ô": "ồốổỗộ", "ơ": "ờớởỡợ", "u": "ùúủũụ", "ư": "ừứửữự", "y": "ỳýỷỹỵ",
}  # fmt: skip


def spellings(folded: str) -> Iterator[str]:
    """Every exact term that folds to a folded term and can be Vietnamese; for what is no syllable, every đ and hat.

    >>> sorted(set(spellings("ma")))[:4]
    ['ma', 'mà', 'má', 'mã']
    """
    if len(folded) > 12 or not folded.isalpha():
        yield folded
        return
    tried = 0
    for letters in product(*(_LETTERS.get(letter, letter) for letter in folded)):
        bare = "".join(letters)
        for toned in _with_tones(bare) if is_syllable(folded) else (bare,):
            tried += 1
            if tried > MAX_SPELLINGS * 4:
                return
            if toned == folded or not is_syllable(folded) or is_syllable(toned):
                yield exact_form(toned)


def _with_tones(bare: str) -> Iterator[str]:
    """The syllable with each tone on each vowel letter; `exact_form` moves the mark where it belongs."""
    yield bare
    places = [i for i, letter in enumerate(bare) if letter in _TONED]
    if places:
        i = places[-1] if bare[-1] not in _TONED or len(places) == 1 else places[0]
        for letter in _TONED[bare[i]]:
            yield bare[:i] + letter + bare[i + 1 :]


def written_forms(folded: str, lexicon: Known) -> list[str]:
    """The exact terms of the index that fold to a term, the most frequent first."""
    found = {}
    for spelling in dict.fromkeys(spellings(folded)):
        if fold(spelling) == folded and (frequency := lexicon.frequency(Term("exact", spelling))):
            found[spelling] = frequency
    return sorted(found, key=lambda term: (-found[term], term))


def other_spellings(tokens: Sequence[Token], lexicon: Known) -> list[tuple[str, ...]]:
    """How the index spells tokens that stand side by side, other than as typed; marked tokens are opened.

    At most `MAX_CHECKS` combinations are looked up, the most frequent first.
    """
    typed = tuple(token.exact for token in tokens)
    lexicon.foresee(Term("exact", spelling) for token in tokens for spelling in spellings(token.folded))
    choices = [written_forms(token.folded, lexicon) for token in tokens]
    if not all(choices):
        return []
    if len(tokens) == 1:
        return [(form,) for form in choices[0] if (form,) != typed]
    pairs = [f"{a.folded}_{b.folded}" for a, b in pairwise(tokens)]
    if not all(lexicon.holds(Term("pair", pair)) for pair in pairs):
        return []
    found = []
    ranked = sorted(product(*(enumerate(forms) for forms in choices)), key=lambda c: sum(rank for rank, _ in c))
    tried = ranked[:MAX_CHECKS]
    lexicon.foresee(sequence_of([term for _, term in combination]) for combination in tried)
    for combination in tried:
        terms = tuple(term for _, term in combination)
        if terms != typed and lexicon.holds(sequence_of(terms)):
            found.append(terms)
    return found


def unmet(runs: Sequence[tuple[str, Sequence[Token], bool]], lexicon: Known) -> list[Unit]:
    """The parts of a query that hold a typed diacritic and that no article holds as typed.

    Args:
        runs: Pieces of the query's text with their tokens, and whether each is a phrase.
        lexicon: The index.
    """
    units: dict[tuple[str, int, int], Unit] = {}
    for text, tokens, phrase in runs:
        for group in _groups(tokens, phrase, lexicon):
            if not any(token.marked for token in group) or lexicon.holds_any(sequence(group, "auto")):
                continue
            units.setdefault(
                (text, group[0].start, group[-1].end),
                Unit(
                    text,
                    group[0].start,
                    group[-1].end,
                    tuple(token.exact for token in group),
                    tuple(other_spellings(group, lexicon)),
                ),
            )
    return list(units.values())


def _groups(tokens: Sequence[Token], phrase: bool, lexicon: Known) -> Iterator[Sequence[Token]]:
    """What must be held together: a phrase; a bound word with the neighbor it is met beside, if any; any other word."""
    if phrase:
        yield tokens
        return
    beside = (sequence(tokens[i : i + 2], "auto") for i in range(len(tokens) - 1))
    lexicon.foresee(node for node in beside if isinstance(node, Term | Adjacent))
    binds = bound(tokens, "auto", lexicon)
    for i, token in enumerate(tokens):
        sides = [
            tokens[j : j + 2] for j in (i - 1, i) if 0 <= j < len(tokens) - 1 and linkable(tokens[j], tokens[j + 1])
        ]
        if not binds[i] or not sides:
            yield (token,)
        elif not any(lexicon.holds_any(sequence(side, "auto")) for side in sides):
            yield max(sides, key=lambda side: lexicon.frequency(Term("pair", f"{side[0].folded}_{side[1].folded}")))


def as_written(terms: Sequence[str], lexicon: Known) -> str:
    """Exact terms as some article writes them ("Thùy Dương"); as terms where the index cannot show its articles."""
    for text in lexicon.texts(sequence_of(terms)):
        tokens = [part for token in tokenize(text) for part in (token.parts or (token,))]
        exact = [token.exact for token in tokens]
        for i in range(len(exact) - len(terms) + 1):
            if exact[i : i + len(terms)] == list(terms):
                return text[tokens[i].start : tokens[i + len(terms) - 1].end]
    return " ".join(terms)


def sequence_of(terms: Sequence[str]) -> Term | Adjacent:
    """Exact terms side by side."""
    if len(terms) == 1:
        return Term("exact", terms[0])
    return Adjacent(tuple((Term("exact", term),) for term in terms))
