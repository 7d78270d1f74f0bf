"""What a query means: the conditions to try in turn, what to score and mark, and what to tell the reader.

In: a typed string and a lexicon (an open index). Out: an `Interpretation`, whose `attempts` are asked of the index in
turn until one has hits. Later attempts and suggestions are worked out only when somebody looks at them. Must not know
engines, filters chosen beside the query, or the web.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import overload

from search import ranking
from search.analysis import normalize
from search.errors import QueryError
from search.model import Marks, Note, Suggestion
from search.query import clauses, expansion, fallback, matching, repair, spelling, syntax
from search.query.clauses import Clause
from search.query.compiler import Compiled, Compiler, Reading
from search.query.fallback import Unit
from search.query.fields import Fields
from search.query.lexicon import Known, Lexicon
from search.query.limits import MAX_CHARS
from search.query.tokens import Token, tokenize
from search.query.tree import EVERYTHING, NOTHING, Node, Prefix, Term, Weighted
from search.query.tree import Sequence as Adjacent

_EMPTY = Note(
    "literal",
    "Truy vấn không có chữ hay số nào để tìm.",
    "The query holds no letter or digit to look for.",
)
FEW = 4
"""A query of fewer words is about all of them."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One reading of a query: what must match, what scores, what to mark in titles and texts, and notes to show with
    its answer. `label` is stable for programs: "strict", "relaxed" or "folded"."""

    label: str
    match: Node
    score: tuple[Weighted, ...]
    highlights: tuple[Node, ...]
    notes: tuple[Note, ...] = ()


class Attempts(Sequence[Attempt]):
    """Attempts in order, each made when it is first looked at; a maker returns None when its reading adds nothing."""

    def __init__(self, first: Attempt, makers: Sequence[Callable[[], Attempt | None]] = ()) -> None:
        self._made = [first]
        self._makers = list(makers)

    def _make(self, count: int | None) -> None:
        while self._makers and (count is None or len(self._made) < count):
            attempt = self._makers.pop(0)()
            if attempt is not None and all(attempt.match != made.match for made in self._made):
                self._made.append(attempt)

    def __len__(self) -> int:
        self._make(None)
        return len(self._made)

    def __iter__(self) -> Iterator[Attempt]:
        at = 0
        while True:
            self._make(at + 1)
            if at >= len(self._made):
                return
            yield self._made[at]
            at += 1

    @overload
    def __getitem__(self, index: int) -> Attempt: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Attempt, ...]: ...
    def __getitem__(self, index: int | slice) -> Attempt | tuple[Attempt, ...]:
        """The attempt at a place, making those before it."""
        if isinstance(index, slice):
            self._make(None)
            return tuple(self._made[index])
        self._make(index + 1 if index >= 0 else None)
        return self._made[index]


@dataclass(frozen=True, slots=True, eq=False)
class Interpretation:
    """A query as understood.

    `normalized` is the query a person could type to say the same; `tokens` are its words in order, those excluded
    left out. `suggestions` ("did you mean") are worked out when looked at: look when there are few hits or none.
    """

    raw: str
    normalized: str
    attempts: Sequence[Attempt]
    notes: tuple[Note, ...] = ()
    tokens: tuple[Token, ...] = ()
    _suggest: Callable[[], tuple[Suggestion, ...]] = field(default=tuple, repr=False)

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """Queries to offer instead, best first; never applied by themselves."""
        return self._suggest()


def interpret(
    raw: str,
    lexicon: Lexicon,
    *,
    marks: Marks = "auto",
    today: dt.date | None = None,
    max_chars: int = MAX_CHARS,
    weights: ranking.Weights = ranking.DEFAULT,
) -> Interpretation:
    """What a query means for an index.

    Args:
        raw: What was typed; anything is a query.
        lexicon: The vocabulary of the index to be asked; consulted only as far as the answer needs.
        marks: "auto" (typed diacritics are meant, missing ones open), "strict" (only as typed), "ignore" (all open).
        today: What "ngày:hôm nay" is counted from.
        max_chars: Longest query.
        weights: The numbers of ranking.

    Raises:
        QueryError: The query is larger than the limits (`search.query.limits`) allow; never for what it says.
    """
    if len(raw) > max_chars:
        raise QueryError(f"the query has {len(raw)} characters, more than {max_chars}", "shorten it", "q")
    text = _CONTROLS.sub(" ", normalize(raw)).strip()
    known = Known(lexicon)
    fields = Fields(known)
    parsed = syntax.parse(text, today=today, known=fields.known)
    if parsed.clause is None:
        return Interpretation(raw, "", Attempts(Attempt("strict", EVERYTHING, (), ())), parsed.notes)
    clause, notes = parsed.clause, parsed.notes
    known.foresee(_looked_up(clause, marks))
    typed = clause
    if marks != "strict":
        clause, repairs = _repaired(clause, known)
        notes += repairs
    return _Query(raw, clause, notes, known, fields, marks, weights, typed).interpretation()


def _repaired(clause: Clause, lexicon: Known) -> tuple[Clause, tuple[Note, ...]]:
    """The clause with its free words repaired, and the note that says so and leads back."""
    if isinstance(clause, clauses.Words) and not repair.possible(clause.text):
        return clause, ()
    found: dict[str, list[repair.Repair]] = {}

    def look(text: str) -> str:
        found[text] = repair.repairs(text, lexicon)
        return repair.repaired(text, found[text])

    better = clauses.with_words(clause, look)
    if not any(found.values()):
        return clause, ()
    kept = clauses.written(clauses.with_words(clause, lambda text: repair.kept(text, found[text])))
    meant, typed = clauses.written(better), clauses.written(clause)
    note = Note(
        "repair",
        f"Đang tìm “{meant}”. Tìm đúng chữ “{typed}”?",
        f"Searching for “{meant}”. Search for “{typed}” as typed?",
        kept,
    )
    return better, (note,)


class _Query:
    """One query on its way to an interpretation."""

    def __init__(
        self,
        raw: str,
        clause: Clause,
        notes: tuple[Note, ...],
        lexicon: Known,
        fields: Fields,
        marks: Marks,
        weights: ranking.Weights = ranking.DEFAULT,
        typed: Clause | None = None,
    ) -> None:
        self.raw, self.clause, self.notes = raw, clause, notes
        self.typed = typed or clause
        self.lexicon, self.marks = lexicon, marks
        self.compiler = Compiler(lexicon, fields, weights)
        self._unmet: list[Unit] | None = None

    def interpretation(self) -> Interpretation:
        reading = Reading(self.marks, expand=self.marks != "strict")
        first = self.attempt("strict", reading)
        makers: list[Callable[[], Attempt | None]] = []
        if self.marks != "strict":
            makers += [self.relaxed]
        if self.marks == "auto":
            makers.append(self.folded)
        if self.marks != "strict":
            makers.append(self.lenient)
        return Interpretation(
            self.raw,
            clauses.written(self.clause),
            Attempts(first, makers),
            self.notes,
            tuple(token for text, _ in _runs(self.clause) for token in self.compiler.tokens(text)),
            self.suggestions,
        )

    def attempt(self, label: str, reading: Reading, *notes: Note) -> Attempt:
        compiled: Compiled = self.compiler.compile(self.clause, reading)
        match = compiled.match
        if match == EVERYTHING:
            # something was typed, so this is no wish to see everything
            match, notes = NOTHING, (*notes, _EMPTY)
        highlights = tuple(dict.fromkeys(compiled.highlights))
        return Attempt(label, match, _merged(compiled.score), highlights, (*notes, *compiled.notes))

    def relaxed(self) -> Attempt | None:
        """The words anywhere, when nothing holds them side by side; not when one of them is nowhere."""
        if isinstance(self.clause, clauses.Words):
            tokens = self.compiler.tokens(self.clause.text)
            if not all(self.lexicon.holds_any(matching.token_node(token, self.marks)) for token in tokens):
                return None
        note = Note(
            "relaxed",
            "Không có bài nào viết các chữ này liền nhau; đây là những bài có đủ các chữ.",
            "No article has these words side by side; these hold all of them.",
        )
        return self.attempt("relaxed", Reading(self.marks, loose=True), note)

    def lenient(self) -> Attempt | None:
        """Some of the words, when nothing holds all of them; only where there are enough words to leave some out."""
        if not any(len(self.compiler.tokens(text)) >= FEW for text, phrase in _runs(self.clause) if not phrase):
            return None
        note = Note(
            "relaxed",
            "Không có bài nào có đủ các chữ; đây là những bài có nhiều chữ nhất.",
            "No article has all of these words; these have the most of them.",
        )
        return self.attempt("relaxed", Reading(self.marks, lenient=True), note)

    def folded(self) -> Attempt | None:
        """The words without their diacritics, when nothing holds them as typed and the index spells them variously."""
        tokens = [token for text, _ in _runs(self.clause) for token in self.compiler.tokens(text)]
        marked = frozenset(part.exact for token in tokens for part in (token, *token.parts) if part.marked)
        units = self.unmet()
        if not marked or (units and (not all(u.others for u in units) or all(len(u.others) == 1 for u in units))):
            return None
        opened = frozenset(term for unit in units for term in unit.typed) or marked
        shown = clauses.written(self.clause)
        note = Note(
            "fallback",
            f"Không có bài nào viết đúng “{shown}”; đây là kết quả khi bỏ qua dấu.",
            f"No article is spelled “{shown}”; these results ignore its diacritics.",
            self.raw,
        )
        return self.attempt("folded", Reading("auto", opened=opened), note)

    def unmet(self) -> list[Unit]:
        """The parts typed with diacritics that the index does not hold as typed."""
        if self._unmet is None:
            runs = [(text, self.compiler.tokens(text), phrase) for text, phrase in _runs(self.clause)]
            self._unmet = fallback.unmet(runs, self.lexicon)
        return self._unmet

    def suggestions(self) -> tuple[Suggestion, ...]:
        """Other spellings that the index holds, when the query as typed matches nothing or next to nothing."""
        keys = clauses.with_words(self.clause, self._keys)
        if keys != self.clause and self.marks != "strict":
            return (Suggestion(clauses.written(keys), "spelling"),)
        # a repair that led to hardly anything may have been none: "covit" is no "co vit"
        for clause in dict.fromkeys((self.typed, self.clause)):
            runs = [(text, tokenize(text)) for text, _ in _runs(clause)]
            changes = spelling.corrections(runs, self.marks, self.lexicon)
            for change in sorted(changes, key=lambda c: -c.start):
                clause = _replaced(clause, change.text, change.start, change.end, change.new)
            if changes and clause != self.clause:
                return (Suggestion(clauses.written(clause), "spelling"),)
        return ()

    def _keys(self, text: str) -> str:
        return repair.repaired(text, repair.likely(text, self.lexicon))


def _runs(clause: Clause) -> Iterator[tuple[str, bool]]:
    """The pieces of text that a clause looks for, and whether each is a phrase; what is excluded is left out."""
    match clause:
        case clauses.Words(text) | clauses.Literally(text):
            yield text, False
        case clauses.Phrase(text):
            yield text, True
        case clauses.InTitle(part):
            yield from _runs(part)
        case clauses.Every(parts) | clauses.Either(parts):
            for part in parts:
                yield from _runs(part)


def _looked_up(clause: Clause, marks: Marks) -> Iterator[Term | Prefix]:
    """The terms that reading a clause nearly always looks up: its words in each form, and its neighbors."""
    for text, _ in _runs(clause):
        words = tokenize(text)
        yield from expansion.looked_up(words) if marks != "strict" else ()
        tokens = [part for token in words for part in (token, *token.parts)]
        for token in tokens:
            yield Term("folded", token.folded)
            yield Term("exact", token.exact)
            yield from matching.forms(token, marks)
        flat = [token for token in tokens if not token.parts]
        for first, second in pairwise(flat):
            yield Term("pair", f"{first.folded}_{second.folded}")


def _replaced(clause: Clause, text: str, start: int, end: int, new: str) -> Clause:
    """The clause with `[start, end)` of each piece `text` replaced."""
    match clause:
        case clauses.Words(old) | clauses.Literally(old) | clauses.Phrase(old) if old == text:
            return replace(clause, text=old[:start] + new + old[end:])
        case clauses.InTitle(part):
            return clauses.InTitle(_replaced(part, text, start, end, new))
        case clauses.Every(parts):
            return clauses.Every(tuple(_replaced(part, text, start, end, new) for part in parts))
        case clauses.Either(parts):
            return clauses.Either(tuple(_replaced(part, text, start, end, new) for part in parts))
    return clause


def _merged(score: Sequence[Weighted]) -> tuple[Weighted, ...]:
    """Each term once, with the sum of its weights."""
    if len({weighted.term for weighted in score}) == len(score):
        return tuple(score)
    total: dict[Term | Adjacent, float] = {}
    for weighted in score:
        total[weighted.term] = total.get(weighted.term, 0.0) + weighted.weight
    return tuple(Weighted(term, weight) for term, weight in total.items())
