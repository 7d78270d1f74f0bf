"""Did you mean: what a query that meets nothing, or next to nothing, was likely meant to be.

In: pieces of a query's text with their tokens, and the lexicon. Out: `Correction`s; whether they are offered is the
caller's business, and nothing here is ever applied. Must not know operators, notes or engines.

A noisy channel (Kernighan, Church and Gale 1990): each word may be a slip for another (`search.query.slips`), and what
was meant is what the index holds side by side. All words of a run are weighed together, so that the words beside a
wrong one tell which was meant, not how frequent it is. First the letters are decided, by pairs of neighbors, then the
diacritics, by sequences of words as they are spelled.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from search.analysis import fold
from search.model import Marks
from search.query.binding import LIFT
from search.query.expansion import spans
from search.query.fallback import as_written, spellings, written_forms
from search.query.lexicon import Known
from search.query.slips import OTHER, TWICE, marks_apart, slips
from search.query.tokens import Token
from search.query.tree import Fuzzy, Term
from search.query.tree import Sequence as Adjacent

MAX_WORDS = 12
"""Words of one run that are weighed; a longer text meets something."""
MAX_SIMILAR = 24
"""Similar terms looked at for a word that is no syllable."""
BESIDE, FREQUENT = 6, 3
"""Words that may be meant by one, of those held beside a neighbor as typed and of the others, that are weighed."""
BEAM, KEPT, FURTHER = 12, 4, 8.0
"""Readings of the letters that are kept while a run is read; of these as many are spelled, if so near the best."""
NAME = 3
"""Words of what may be a name."""
FORMS = 4
"""Spellings of one word that are weighed."""
USUAL = 0.1
"""Part of the articles with two words in any spelling that makes one of their spellings a usual one."""
RARE = 3
"""Articles that may all have the same slip."""
UNSEEN, GAP = 1.0, 4.0
"""Articles that every pair of words is taken to stand in besides those that hold it; what speaks against one that none
holds besides, for a query that met something would not be asked about."""
LIKELIER = 2.0
"""What must speak for something else where articles hold the words as typed."""


@dataclass(frozen=True, slots=True)
class Correction:
    """`[start, end)` of the piece of query `text`, and what some article writes instead."""

    text: str
    start: int
    end: int
    new: str


class _Reading(NamedTuple):
    """One way to read a stretch: what speaks against it (a logarithm), the words or pairs of it that no article holds,
    and its terms: exact ones, or folded ones where a word may be spelled in any way."""

    cost: float
    gaps: int
    terms: tuple[Term, ...]


def corrections(runs: Sequence[tuple[str, Sequence[Token]]], marks: Marks, lexicon: Known) -> list[Correction]:
    """What to change so that the index holds the words, and holds them beside each other; empty when nothing is better.

    Args:
        runs: Pieces of the query's text with their tokens.
        marks: How diacritics are read.
        lexicon: The index.
    """
    spelled = any(token.marked for _, tokens in runs for token in tokens)
    found: list[Correction] = []
    for text, tokens in runs:
        for stretch, fixed in _stretches(tokens, lexicon):
            weighed = _Weighed(stretch, fixed, marks, lexicon, spelled=spelled and marks != "ignore")
            new = weighed.meant()
            if new is None:
                return []  # a word that nothing is known of
            found += _changes(text, stretch, new, lexicon)
    return found


def _stretches(tokens: Sequence[Token], lexicon: Known) -> Iterator[tuple[Sequence[Token], frozenset[int]]]:
    """The expressions of a run, each with the words that are not to be changed: names of the tables, numbers."""
    named = {i for span in spans(tokens) if span.kind != "number" for i in range(span.start, span.end)}
    ends = _ends(tokens, lexicon)
    start = 0
    for end, skipped in ends:
        if 0 < end - start <= MAX_WORDS:
            stretch = tokens[start:end]
            kept = {i for i, t in enumerate(stretch) if start + i in named or not t.folded.isalpha()}
            if any(token.folded.isalpha() for token in stretch):
                yield stretch, frozenset(kept)
        start = end + skipped


def _ends(tokens: Sequence[Token], lexicon: Known) -> list[tuple[int, int]]:
    """Where the expressions of a run end, and how many tokens come before the next one: at codes, and between two words
    that no article holds side by side, each held beside its other neighbor ("giá vàng | chủ tịch").
    """
    pairs = [Term("pair", f"{a.folded}_{b.folded}") for a, b in pairwise(tokens)]
    lexicon.foresee(pairs)
    held = [lexicon.holds(pair) for pair in pairs]
    ends = []
    for i, token in enumerate(tokens):
        if token.parts:
            ends.append((i, 1))
        elif 1 < i < len(tokens) - 1 and held[i - 2] and held[i] and not held[i - 1]:
            ends.append((i, 0))
    return [*ends, (len(tokens), 0)]


class _Weighed:
    """The words of one stretch, and what may have been meant by them."""

    def __init__(
        self, tokens: Sequence[Token], fixed: frozenset[int], marks: Marks, lexicon: Known, *, spelled: bool
    ) -> None:
        self.tokens, self.fixed, self.lexicon, self.spelled = tokens, fixed, lexicon, spelled
        self.open = [(not token.marked and marks != "strict") or marks == "ignore" for token in tokens]
        self.articles = max(len(lexicon), 1)
        self.typed = [
            Term("folded", token.folded) if self.open[i] or not spelled else Term("exact", token.exact)
            for i, token in enumerate(tokens)
        ]
        self.settled, self.right = self._settle()
        self.choices = self._choices()

    def meant(self) -> tuple[Term, ...] | None:
        """The terms that were likely meant: those typed where nothing is better; None where a word is nowhere."""
        as_typed = self._best([[(term, 0.0)] for term in self.typed])
        other: _Reading | None = None
        for cost, words in self._letters():
            # spelled out, a reading is hardly ever likelier than by its letters
            if other is not None and cost >= other.cost:
                break
            reading = self._spelled(words)
            if reading is not None and reading.terms != as_typed.terms and (other is None or reading < other):
                other = reading
        doubtful = as_typed.gaps or any(map(self._strange, range(len(self.tokens))))
        if other is not None and other.cost < as_typed.cost - (0.0 if doubtful else LIKELIER):
            return other.terms
        lost = any(not self.lexicon.holds(Term("folded", token.folded)) for token in self.tokens)
        return None if lost else as_typed.terms

    def _choices(self) -> list[dict[str, float]]:
        """What each word may stand for, folded, with the cost of the slip; itself first, then the likeliest."""
        found = [
            {} if i in self.fixed or self.right[i] else dict(slips(token.folded)) for i, token in enumerate(self.tokens)
        ]
        lexicon = self.lexicon
        lexicon.foresee(Term("folded", word) for token in self.tokens for word in (token.folded, *slips(token.folded)))
        strange = [
            i
            for i, token in enumerate(self.tokens)
            if i not in self.fixed and (not token.syllable or not lexicon.holds(Term("folded", token.folded)))
        ]
        lexicon.foresee(Fuzzy("folded", self.tokens[i].folded) for i in strange)
        for i in strange:
            folded = self.tokens[i].folded
            for distance, cost in ((1, OTHER), (2, TWICE))[: 2 if len(folded) > 4 else 1]:
                if distance == 1 or not any(lexicon.holds(Term("folded", word)) for word in found[i]):
                    for word, _ in lexicon.similar("folded", folded, distance)[:MAX_SIMILAR]:
                        if word.isalpha() and word != folded:
                            found[i].setdefault(word, cost)
        held = [{word: cost for word, cost in words.items() if lexicon.holds(Term("folded", word))} for words in found]
        lexicon.foresee(pair for i, words in enumerate(held) for word in words for pair in self._pairs(i, word))
        return [{token.folded: 0.0} | self._likeliest(i, held[i]) for i, token in enumerate(self.tokens)]

    def _likeliest(self, i: int, words: dict[str, float]) -> dict[str, float]:
        """Of the words that token i may stand for those to be weighed, the likeliest first."""
        company = {word: sum(map(self.lexicon.frequency, self._pairs(i, word))) for word in words}

        def against(word: str) -> float:
            return words[word] - math.log(company[word] or self.lexicon.frequency(Term("folded", word)))

        beside = sorted((word for word in words if company[word]), key=against)[:BESIDE]
        alone = sorted((word for word in words if not company[word]), key=against)[:FREQUENT]
        return {word: words[word] for word in (*beside, *alone)}

    def _pairs(self, i: int, word: str) -> list[Term]:
        """A word in token i's place with each neighbor as typed."""
        before = [f"{self.tokens[i - 1].folded}_{word}"] if i else []
        after = [f"{word}_{self.tokens[i + 1].folded}"] if i + 1 < len(self.tokens) else []
        return [Term("pair", pair) for pair in (*before, *after)]

    def _letters(self) -> list[tuple[float, tuple[str, ...]]]:
        """The likeliest readings of the letters, folded, each with what speaks against it, best first."""
        self.lexicon.foresee(
            Term("pair", f"{a}_{b}") for first, second in pairwise(self.choices) for a in first for b in second
        )
        beam: list[tuple[float, tuple[str, ...]]] = [(0.0, ())]
        for choices in self.choices:
            longer = [
                (cost + slip + self._against(words[-1:], word), (*words, word))
                for cost, words in beam
                for word, slip in choices.items()
            ]
            beam = sorted(longer)[:BEAM]
        kept = beam[:KEPT]
        typed = tuple(token.folded for token in self.tokens)
        if self.spelled and typed not in [words for _, words in kept]:
            kept += [(cost, words) for cost, words in beam if words == typed]
        return kept

    def _against(self, before: tuple[str, ...], word: str) -> float:
        """What speaks against a word behind another, by their letters."""
        own = self.lexicon.frequency(Term("folded", word))
        if not before:
            return -math.log((own + 0.5) / self.articles)
        pair = self.lexicon.frequency(Term("pair", f"{before[0]}_{word}"))
        return _unlikely(pair, own, self.lexicon.frequency(Term("folded", before[0])), self.articles)

    def _settle(self) -> tuple[list[bool], list[bool]]:
        """Of each word whether its diacritics are right, and whether its letters are: beside a neighbor it is often
        enough written as typed, and the two go together.
        """
        lexicon = self.lexicon
        pairs = [Term("pair", f"{a.folded}_{b.folded}") for a, b in pairwise(self.tokens)]
        lexicon.foresee([*pairs, *self.typed, *(_beside(a, b) for a, b in pairwise(self.typed))])
        spelled, right = [not self.spelled] * len(self.tokens), [False] * len(self.tokens)
        for i, (first, second) in enumerate(pairwise(self.typed)):
            pair = lexicon.frequency(pairs[i])
            held = lexicon.frequency(_beside(first, second)) if pair else 0
            if not held or held < USUAL * pair:
                continue
            spelled[i] = spelled[i + 1] = True
            if held * self.articles >= LIFT * lexicon.frequency(first) * lexicon.frequency(second):
                right[i] = right[i + 1] = True
        return spelled, [sure and not self._strange(i) for i, sure in enumerate(right)]

    def _strange(self, i: int) -> bool:
        """Whether a word is no syllable and hardly any article holds it."""
        return not self.tokens[i].syllable and self.lexicon.frequency(self.typed[i]) <= RARE

    def _spelled(self, words: Sequence[str]) -> _Reading | None:
        """The best spelling of letters, where the query has diacritics; None where the index holds a word nowhere."""
        options: list[list[tuple[Term, float]]] = []
        for i, (token, word) in enumerate(zip(self.tokens, words, strict=True)):
            slip = self.choices[i].get(word, 0.0)
            if not self.spelled or (self.open[i] and word == token.folded):
                options.append([(Term("folded", word), slip)])
            elif not word.isalpha() or (self.settled[i] and word == token.folded):
                options.append([(self.typed[i], 0.0)])
            else:
                self.lexicon.foresee(Term("exact", form) for form in spellings(word))
                forms = self._forms(i, word)
                apart = [0.0 if self.open[i] else marks_apart(token.exact, form) for form in forms]
                spelled = [(Term("exact", form), slip + cost) for form, cost in zip(forms, apart, strict=True)]
                options.append(spelled or [(Term("folded", word), slip)])
            if not any(self.lexicon.holds(term) for term, _ in options[-1]) and i not in self.fixed:
                return None
        return self._best(options)

    def _forms(self, i: int, word: str) -> list[str]:
        """The spellings of a word that token i may stand for."""
        typed, open_ = self.tokens[i].exact, self.open[i]

        def against(form: str) -> float:
            apart = 0.0 if open_ else marks_apart(typed, form)
            return apart - math.log(self.lexicon.frequency(Term("exact", form)))

        costs = {form: against(form) for form in written_forms(word, self.lexicon)}
        least = min(costs.values(), default=0.0)
        return sorted((form for form in costs if costs[form] <= least + FURTHER), key=costs.__getitem__)[:FORMS]

    def _best(self, options: Sequence[Sequence[tuple[Term, float]]]) -> _Reading:
        """Of the spellings of each word those that go together best."""
        if len(options) > 1:
            self.lexicon.foresee(
                _beside(a, b) for first, second in pairwise(options) for a, _ in first for b, _ in second
            )
        best = []
        for term, slip in options[0]:
            held = self.lexicon.frequency(term)
            cost = slip - math.log((held + 0.5) / self.articles) + (0.0 if held else GAP)
            best.append(_Reading(cost, int(not held), (term,)))
        for second in options[1:]:
            best = [min(self._behind(way, term, slip) for way in best) for term, slip in second]
        return min(best)

    def _behind(self, way: _Reading, term: Term, slip: float) -> _Reading:
        """A reading with one more word."""
        before, own = way.terms[-1], self.lexicon.frequency(term)
        held = 0
        if self.lexicon.holds(Term("pair", f"{_folded(before)}_{_folded(term)}")):
            held = self.lexicon.frequency(_beside(before, term))
        cost = way.cost + slip + _unlikely(held, own, self.lexicon.frequency(before), self.articles)
        return _Reading(cost, way.gaps + (not held) + (not own), (*way.terms, term))


def _unlikely(pair: int, own: int, before: int, articles: int) -> float:
    """What speaks against a word behind another that so many articles hold, of which so many hold the two together."""
    seen = -math.log((pair + UNSEEN * max(own, 0.5) / articles) / (before + UNSEEN))
    return seen + GAP * ((not pair) + (not own))


def _folded(term: Term) -> str:
    return term.text if term.space == "folded" else fold(term.text)


def _beside(first: Term, second: Term) -> Term | Adjacent:
    """Two terms side by side."""
    if first.space == second.space == "folded":
        return Term("pair", f"{first.text}_{second.text}")
    return Adjacent(((first,), (second,)))


def _changes(text: str, tokens: Sequence[Token], new: Sequence[Term], lexicon: Known) -> list[Correction]:
    """Corrections of the words that differ from what was typed; those that stand together are one."""
    changed = [_differs(token, term) for token, term in zip(tokens, new, strict=True)]
    spelled = list(new)
    for i, term in enumerate(new):
        for j in (i - 1, i + 1):
            if changed[i] and term.space == "exact" and 0 <= j < len(new) and new[j].space == "folded":
                # a word typed without diacritics is told with those it has beside the corrected one
                spelled[j] = _as_beside(term, new[j], lexicon, before=j < i)
    changed = [_differs(token, term) for token, term in zip(tokens, spelled, strict=True)]
    if any(changed) and _as_articles(tokens, spelled):
        terms = [term.text for term in spelled]
        return [Correction(text, tokens[0].start, tokens[-1].end, as_written(terms, lexicon))]
    found: list[Correction] = []
    start = 0
    for end in range(1, len(tokens) + 1):
        if end < len(tokens) and changed[end] == changed[start]:
            continue
        if changed[start]:
            found.append(_correction(text, tokens[start:end], spelled[start:end]))
        start = end
    return found


def _as_articles(tokens: Sequence[Token], new: Sequence[Term]) -> bool:
    """Whether articles tell the capitals of a corrected expression: of one typed without, its letters right."""
    return len(tokens) <= NAME and all(
        term.space == "exact" and _folded(term) == token.folded and token.text.islower()
        for token, term in zip(tokens, new, strict=True)
    )


def _differs(token: Token, term: Term) -> bool:
    return term.text != (token.folded if term.space == "folded" else token.exact)


def _as_beside(term: Term, open_: Term, lexicon: Known, *, before: bool) -> Term:
    """A word without diacritics as it is spelled beside another, before it or behind; itself where it is not."""
    counted = []
    for form in (open_.text, *written_forms(open_.text, lexicon)[:FORMS]):
        own = Term("exact", form)
        held = lexicon.frequency(_beside(own, term) if before else _beside(term, own))
        if held and form == open_.text:
            return own  # right as typed
        counted.append((held, own))
    held, best = max(counted, default=(0, open_), key=lambda count: count[0])
    return best if held else open_


def _correction(text: str, tokens: Sequence[Token], new: Sequence[Term]) -> Correction:
    """Words corrected, with the capitals that were typed."""
    shown = " ".join([_cased(term.text, token.text) for term, token in zip(new, tokens, strict=True)])
    return Correction(text, tokens[0].start, tokens[-1].end, shown)


def _cased(term: str, typed: str) -> str:
    """A term with the capitals of a word that was typed for it.

    >>> _cased("nẵng", "Nãngg"), _cased("ninh", "NIH"), _cased("lậy", "lậi")
    ('Nẵng', 'NINH', 'lậy')
    """
    if len(typed) > 1 and typed.isupper():
        return term.upper()
    return term[:1].upper() + term[1:] if typed[:1].isupper() else term
