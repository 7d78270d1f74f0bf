"""Clauses → conditions, scored terms and marks, under one reading of the query.

In: a `Clause`, a `Reading` (how diacritics and neighbors are taken) and the index's lexicon. Out: `Compiled`. Must not
know how clauses were typed, nor any engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from search import ranking
from search.analysis import fold
from search.errors import QueryError
from search.model import Marks, Note
from search.query import beginnings, expansion, matching, mergers, questions
from search.query.binding import bound
from search.query.clauses import (
    Beginning,
    Clause,
    Dated,
    Either,
    Every,
    Exclude,
    InTitle,
    Literally,
    Phrase,
    Resembling,
    Stray,
    Valued,
    Words,
)
from search.query.fields import Fields
from search.query.lexicon import Known
from search.query.limits import LONG, MAX_TOKENS
from search.query.numbers import numbers
from search.query.tokens import Token, tokenize
from search.query.tree import EVERYTHING, Fuzzy, Node, Not, Prefix, Published, Term, Weighted, Zone
from search.query.tree import Any as AnyOf
from search.query.tree import Sequence as Adjacent

EXPANDED = 0.5
"""Factor on the weight of another name ("UBND" for "ủy ban nhân dân"): below the words as typed."""
NEIGHBORS, WORDS, WORDS_OPEN = 0.15, 0.6, 0.66
"""Of a long query, the part of its neighboring words that must stand side by side, or else of its words anywhere: typed
with diacritics, or without, when words tell less."""
CROWD = 100
"""Of a long query one word alone is not enough when more articles than these hold it, if there is a second word."""
NAMED = 4
"""A query is not long when it has so few parts, each a name or a word: "ủy ban nhân dân tỉnh Lạng Sơn" has two."""
FREQUENT, FREQUENT_PAIR = 0.3, 0.05
"""A word, or two side by side, that more than this part of all articles holds is not counted in a long query."""

LONGER = 0.3
"""A name that so often goes on with the next word of the query is part of a longer one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to take a query.

    `opened` are exact terms read as if typed without diacritics; `loose` lets the words of a run stand apart;
    `lenient` asks for a share of them only; `expand` looks for other names too.
    """

    marks: Marks = "auto"
    loose: bool = False
    expand: bool = True
    lenient: bool = False
    opened: frozenset[str] = frozenset()


@dataclass(slots=True)
class Compiled:
    """What an article must meet, what adds to its score, what is marked in it, and what the reader should know."""

    match: Node
    score: list[Weighted] = field(default_factory=list)
    highlights: list[Node] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def expand(
        self, span: expansion.Span, tokens: Sequence[Token], weights: ranking.Weights, zone: Zone
    ) -> list[Term | Adjacent]:
        """Score, mark and tell the other names of a span of tokens; returns them as terms."""
        if not span.others:
            return []
        others = [matching.name(other, zone) for other in span.others]
        weight = EXPANDED * (weights.exact + weights.folded)
        self.score += [Weighted(other, weight) for other in others]
        self.highlights += others
        self.notes.append(_expanded(" ".join(token.text for token in tokens[span.start : span.end]), span))
        return others


class Compiler:
    """Compiles one query; tokens are kept between readings."""

    def __init__(self, lexicon: Known, fields: Fields, weights: ranking.Weights = ranking.DEFAULT) -> None:
        self.lexicon = lexicon
        self.fields = fields
        self.weights = weights
        self._tokens: dict[str, tuple[Token, ...]] = {}
        self._seen = 0

    def tokens(self, text: str) -> tuple[Token, ...]:
        """The tokens of a piece of the query.

        Raises:
            QueryError: The query as a whole has more than `MAX_TOKENS`.
        """
        known = self._tokens.get(text)
        if known is None:
            known = self._tokens[text] = tokenize(text)
            self._seen += sum(token.positions for token in known)
            if self._seen > MAX_TOKENS:
                raise QueryError(f"the query has more than {MAX_TOKENS} words", "shorten it", "q")
        return known

    def compile(self, clause: Clause, reading: Reading, zone: Zone = "any") -> Compiled:
        """The clause under a reading, looked for in `zone`."""
        match clause:
            case Words(text):
                return self._words(text, reading, zone)
            case Literally(text):
                return self._words(text, replace(reading, expand=False), zone)
            case Phrase(text, slop):
                return self._phrase(text, slop, reading, zone)
            case Beginning(text):
                return self._beginning(text, reading, zone)
            case Resembling(text, distance):
                return self._resembling(text, distance, reading, zone)
            case Valued():
                unit = self.fields.unit(clause)
                merged = mergers.note(unit, field=True) if unit else None
                return Compiled(self.fields.resolve(clause), notes=[merged] if merged else [])
            case Dated(start, end):
                return Compiled(Published(start, end))
            case InTitle(part):
                return self.compile(part, reading, "title")
            case Exclude(part):
                inner = self.compile(part, replace(reading, expand=False, opened=frozenset()), zone).match
                return Compiled(EVERYTHING if inner == EVERYTHING else Not(inner))
            case Stray(text):
                return replace(self._words(text, replace(reading, expand=False), zone), match=EVERYTHING)
            case Every(parts):
                compiled = [self.compile(part, reading, zone) for part in parts]
                if reading.lenient and any(isinstance(part, Words) for part in parts):
                    # quotation marks within a pasted text quote somebody; they are no demand
                    for part, made in zip(parts, compiled, strict=True):
                        made.match = EVERYTHING if isinstance(part, Phrase) else made.match
                return _joined(compiled, matching.all_of)
            case Either(parts):
                return _joined([self.compile(part, reading, zone) for part in parts], matching.any_of)

    def _words(self, text: str, reading: Reading, zone: Zone) -> Compiled:
        tokens = self._open(self.tokens(text), reading)
        if not tokens:
            return Compiled(EVERYTHING)
        found, told = self._names(tokens, reading.expand)
        long = len(tokens) > LONG and len(tokens) - sum(span.end - span.start - 1 for span in found) > NAMED
        if reading.lenient or long or (len(tokens) > 2 and questions.is_question(text, tokens)):
            return self._lenient(tokens, found, reading, zone)
        marks = reading.marks
        whole = [] if reading.loose else _touching(tokens)
        binds = [False] * len(tokens) if reading.loose else self._bound(tokens, whole, marks)
        result = Compiled(EVERYTHING, self._scored(tokens, zone), notes=told)
        parts: list[Node] = []
        if not reading.loose and (places := [*numbers(tokens), *whole]):
            taken = {i for start, end in places for i in range(start, end)}
            found = [span for span in found if taken.isdisjoint(range(span.start, span.end))]
            found += [expansion.Span(*place) for place in places]
        fixed = [span for span in found if span.fixed and not reading.loose]
        inside = {i for span in found for i in range(span.start, span.end)}
        for span in found:
            run = tokens[span.start : span.end]
            if (span.start, span.end) in whole:
                literal = matching.glued(run, marks, zone)
            elif span.fixed and not reading.loose:
                literal = matching.together(run, marks, zone)
            else:
                literal = matching.all_of(
                    matching.cover(run, [len(run) > 1 and not reading.loose] * len(run), marks, zone)
                )
            parts.append(matching.any_of([literal, *result.expand(span, tokens, self.weights, zone)]))
        links = matching.Links(tokens, marks, zone)
        parts += matching.cover(tokens, binds, marks, zone, skip=inside, links=links)
        together = {i for span in fixed if span.end - span.start > 1 for i in range(span.start, span.end)}
        settled = [bind or i in together for i, bind in enumerate(binds)]
        result.highlights = [*matching.highlights(tokens, settled, marks, zone, links), *result.highlights]
        if reading.loose and len(tokens) == 2 and not found:
            parts = [matching.near(tokens[0], tokens[1], marks, zone, NEAR)]
        elif reading.loose and (linked := matching.links(tokens, marks, zone)):
            parts.append(matching.any_of(linked))
        result.match = matching.all_of(parts)
        return result

    def _bound(self, tokens: Sequence[Token], whole: Sequence[tuple[int, int]], marks: Marks) -> list[bool]:
        """Which tokens must stand beside a neighbor; what is typed as one word binds nothing (cúm A/H5N1)."""
        binds: list[bool] = []
        for start, end in [*whole, (len(tokens), len(tokens))]:
            binds += bound(tokens[len(binds) : start], marks, self.lexicon)
            binds += [False] * (end - start)
        return binds

    def _names(self, tokens: Sequence[Token], expand: bool) -> tuple[list[expansion.Span], list[Note]]:
        """The stretches of a run that are names, and what to tell of the places among them.

        Without `expand` their other names are left out: they are only fixed expressions.
        """
        found = expansion.spans(tokens)
        if not expand:
            return [replace(span, others=()) for span in found if span.fixed], []
        told = [note for span in found if self._is_place(span, tokens) and (note := mergers.note(span.unit))]
        found = [span for span in found if span.others]
        return found + expansion.explained(tokens, found, self.lexicon), told

    def _is_place(self, span: expansion.Span, tokens: Sequence[Token]) -> bool:
        """Whether a place is likely meant: not by "thái bình" of "thái bình dương", nor always by "hòa bình"."""
        run = tokens[span.start : span.end]
        if not span.unit or mergers.is_word(span.unit, run, tokens[: span.start]):
            return False
        if span.end == len(tokens) or tokens[span.end].parts:
            return True
        most = LONGER * self.lexicon.frequency_of(matching.sequence(run, "ignore"))
        # the longer name is held no more often than its last two words, which is a look-up and no search
        if self.lexicon.frequency_of(matching.sequence(tokens[span.end - 1 : span.end + 1], "ignore")) <= most:
            return True
        return self.lexicon.frequency_of(matching.sequence(tokens[span.start : span.end + 1], "ignore")) <= most

    def _lenient(
        self, tokens: Sequence[Token], found: Sequence[expansion.Span], reading: Reading, zone: Zone
    ) -> Compiled:
        """A pasted sentence or a question: a share of its neighbors or words is enough, ranking does the rest."""
        marks = reading.marks
        result = Compiled(EVERYTHING, self._scored(tokens, zone))
        flat = [part for token in tokens for part in (token.parts or (token,))]
        idle = questions.asking(flat)
        said = [token for i, token in enumerate(flat) if i not in idle] or flat
        pairs = [
            matching.sequence((a, b), marks, zone)
            if marks == "strict"
            else Term("pair", f"{a.folded}_{b.folded}", zone)  # spelling is left to ranking: a pair is telling enough
            for i, (a, b) in enumerate(pairwise(flat))
            if (a.syllable or b.syllable) and i not in idle and i + 1 not in idle
        ]
        names = [matching.token_node(token, marks, zone) for token in tokens if not token.syllable]
        beside = [*self._telling(pairs, FREQUENT_PAIR), *names]
        words = self._telling([matching.token_node(token, marks, zone) for token in said], FREQUENT)
        opened = marks == "ignore" or not any(token.marked for token in flat)
        other = [matching.any_of(result.expand(span, tokens, self.weights, zone)) for span in found if span.others]
        crowded = len(words) > 1 and any(self.lexicon.at_most(word) > CROWD for word in words)
        shares = [
            AnyOf(tuple(dict.fromkeys([*nodes, *other])), max(least, int(part * len(nodes))))
            for nodes, part, least in (
                (beside, NEIGHBORS, 1),
                (words, WORDS_OPEN if opened else WORDS, 2 if crowded else 1),
            )
            if nodes
        ]
        result.match = matching.any_of(shares)
        # a word that most articles hold is marked where it stands as in the query: "giá" of "giá xăng"
        run = [token for i, token in enumerate(flat) if i not in idle]
        together = [matching.sequence(pair, marks, zone) for pair in pairwise(run) if matching.linkable(*pair)]
        result.highlights = [*words, *together, *result.highlights]
        return result

    def _telling(self, nodes: list[Node], share: float) -> list[Node]:
        """The nodes without those that so large a share of all articles holds that they tell nothing; never none."""
        most = share * len(self.lexicon)
        kept = [node for node in dict.fromkeys(nodes) if self.lexicon.at_most(node) <= most]
        return kept or nodes

    def _phrase(self, text: str, slop: int, reading: Reading, zone: Zone) -> Compiled:
        tokens = self._open(self.tokens(text), reading)
        if not tokens:
            return Compiled(EVERYTHING)
        *before, last = tokens
        if text.rstrip().endswith("*") and text[last.end : last.end + 1] == "*" and not last.parts:
            return self._begun(before, last, slop, reading, zone)
        if not before:
            node = matching.token_node(last, reading.marks, zone)
        else:
            node = matching.sequence(tokens, reading.marks, zone, slop)
        return Compiled(node, self._scored(tokens, zone), [node])

    def _begun(self, before: Sequence[Token], last: Token, slop: int, reading: Reading, zone: Zone) -> Compiled:
        """A phrase whose last word has only begun: "phòng chống tham*"."""
        if not before:
            return self._beginning(last.text, reading, zone)
        node = beginnings.phrase(before, last, slop, reading.marks, zone, self.lexicon)
        return Compiled(node, self._scored(before, zone), [node])

    def _beginning(self, text: str, reading: Reading, zone: Zone) -> Compiled:
        *before, last = self.tokens(text) or (None,)
        if last is None:
            return Compiled(EVERYTHING)
        terms = matching.forms(last._replace(parts=()), reading.marks, zone)
        for term in terms[:1]:
            beginnings.words(term, text, self.lexicon)
        node = matching.any_of([Prefix(term.space, term.text, zone) for term in terms])
        needed = [matching.token_node(token, reading.marks, zone) for token in before]
        return Compiled(matching.all_of([*needed, node]), [], [*needed, node])

    def _resembling(self, text: str, distance: int, reading: Reading, zone: Zone) -> Compiled:
        tokens = self.tokens(text)
        nodes: list[Node] = []
        for token in tokens:
            terms = matching.forms(token, reading.marks, zone)
            nodes.append(matching.any_of([Fuzzy(term.space, term.text, distance, zone) for term in terms]))
        if not nodes:
            return Compiled(EVERYTHING)
        return Compiled(matching.all_of(nodes), self._scored(tokens, zone), nodes)

    def _open(self, tokens: tuple[Token, ...], reading: Reading) -> tuple[Token, ...]:
        if not reading.opened:
            return tokens
        return tuple(
            token._replace(marked=False, parts=self._open(token.parts, reading))
            if token.exact in reading.opened
            else token
            for token in tokens
        )

    def _scored(self, tokens: Iterable[Token], zone: Zone) -> list[Weighted]:
        scored: list[ranking.Token] = []
        for token in tokens:
            scored.append(ranking.Token(token.exact, token.folded, token.marked, 1.0, not token.parts, token.joined))
            for i, part in enumerate(token.parts):
                scored.append(ranking.Token(part.exact, part.folded, part.marked, PART, i > 0))
            scored += [ranking.Token(other, fold(other), token.marked, PART, False) for other in token.others]
        weights = self.weights
        if len(scored) == 1:
            weights = replace(weights, exact_open=ALONE * weights.exact)
        return list(ranking.scored_terms(scored, weights, zone=zone, share=self._share if len(scored) > 1 else None))

    def _share(self, token: ranking.Token) -> float:
        """Of the articles that hold a word in any spelling, the part that has it as typed."""
        spelled = self.lexicon.frequency(Term("exact", token.exact))
        return spelled / max(self.lexicon.frequency(Term("folded", token.folded)), 1)


def _touching(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """The stretches `[start, end)` of letters and digits typed as one word: "h5n1" is no "h" and "5" here and there."""
    found: list[tuple[int, int]] = []
    for i, (before, token) in enumerate(pairwise(tokens)):
        if before.end == token.start and not (before.parts or token.parts):
            joins = bool(found) and found[-1][1] == i + 1
            found[-1:] = [(found[-1][0], i + 2)] if joins else [*found[-1:], (i, i + 2)]
    return found


ALONE = 2.0
"""Factor on the weight of the very spelling when a query is one word without diacritics: "nam" puts "Nam" before "năm",
which in a longer query would only reward rare bare spellings."""
PART = 0.25
"""Importance of a part of a code beside the whole code."""
NEAR = 10
"""Words that may stand between two words of a query that was not found side by side."""


def _joined(parts: Sequence[Compiled], join: Callable[[Sequence[Node]], Node]) -> Compiled:
    total: dict[Term | Adjacent, float] = {}
    for part in parts:
        for weighted in part.score:
            total[weighted.term] = total.get(weighted.term, 0.0) + weighted.weight
    needed = [part.match for part in parts if part.match != EVERYTHING]
    return Compiled(
        join(needed) if needed else EVERYTHING,
        [Weighted(term, weight) for term, weight in total.items()],
        list(dict.fromkeys(node for part in parts for node in part.highlights)),
        list(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def _expanded(text: str, span: expansion.Span) -> Note:
    shown = ", ".join(f"“{name}”" for name in span.as_written[:3]) + (" …" if len(span.as_written) > 3 else "")
    return Note(
        "expansion",
        f"Gồm cả bài viết {shown}, xếp sau “{text}”.",
        f"Includes articles that write {shown}, ranked below “{text}”.",
        f'"{text}"',
    )
