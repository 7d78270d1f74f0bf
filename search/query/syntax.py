"""The grammar of queries: text with operators → a tree of clauses. Any text has one; nothing typed is an error.

In: what a person typed, as NFC text. Out: a `Clause` over pieces of that text and a note for every operator that could
not be one and was read as plain text. Must not know how words match, nor any index.

    query   = every { ("OR" | "HOẶC") every }
    every   = { ["-" | "NOT"] item }
    item    = "(" query ")" | "phrase"[~N] | field ":" value | +word | word* | word~[N] | words

>>> parse("tham nhũng OR lãng phí").clause
Either(parts=(Words(text='tham nhũng'), Words(text='lãng phí')))
>>> parse("(tham nhũng").notes[0].kind
'literal'
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from search.errors import QueryError
from search.model import Note
from search.query import dates
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
from search.query.lexer import Lexeme, is_plain, lex, read_as_text
from search.query.limits import MAX_CLAUSES, MAX_DEPTH, MAX_FUZZY_DISTANCE, MAX_SLOP
from search.query.tokens import tokenize
from search.query.tree import AttributeField

_BEGINNING = re.compile(r"(\w[\w'’./&@_-]*)\*")
_RESEMBLING = re.compile(r"(\w[\w'’./&@_-]*)~(\d*)")
_ATTRIBUTES: dict[str, AttributeField] = {"city": "city", "source": "source", "byline": "byline"}
_MAX_VALUE_WORDS = 8


@dataclass(frozen=True, slots=True)
class Parsed:
    """A query's clause (None when it holds nothing to look for) and its notes."""

    clause: Clause | None
    notes: tuple[Note, ...]


Known: TypeAlias = Callable[[AttributeField, str], bool]
"""Whether a field has a value that is written so."""


def parse(text: str, *, today: dt.date | None = None, known: Known = lambda field, value: False) -> Parsed:
    """The tree of a query.

    Args:
        text: The query, NFC.
        today: What "ngày:hôm nay" is counted from.
        known: Says whether words after `city:`, `source:` or `byline:` are a value of that field, so that
            "city:Hải Phòng tham nhũng" needs no quotation marks.

    Raises:
        QueryError: More parts, or deeper parentheses, than the limits allow.
    """
    if is_plain(text):
        words = text.strip()
        return Parsed(Words(words) if words else None, ())
    lexemes, literal = lex(text)
    kept, unmatched = _balanced(lexemes)
    parser = _Parser(text, kept, today, known)
    clause = parser.query()
    literal |= unmatched | parser.literal
    return Parsed(clause, tuple(map(read_as_text, sorted(literal))))


def _balanced(lexemes: list[Lexeme]) -> tuple[list[Lexeme], set[str]]:
    """The lexemes without parentheses that have no partner, and those parentheses."""
    opened: list[int] = []
    lost: set[int] = set()
    partner: dict[int, int] = {}
    for i, lexeme in enumerate(lexemes):
        if lexeme.kind == "(":
            opened.append(i)
        elif lexeme.kind == ")":
            if opened:
                partner[opened.pop()] = i
            else:
                lost.add(i)
    lost.update(opened)
    depth = 0
    for i, lexeme in enumerate(lexemes):
        if i in lost:
            continue
        depth += (lexeme.kind == "(") - (lexeme.kind == ")")
        if depth > MAX_DEPTH:
            raise QueryError(
                f"parentheses {depth} deep, more than {MAX_DEPTH}", "write the query with fewer parentheses", "q"
            )
    return [x for i, x in enumerate(lexemes) if i not in lost], {lexemes[i].text for i in lost}


class _Parser:
    """Recursive descent over balanced lexemes; `literal` collects what could not be an operator."""

    def __init__(self, text: str, lexemes: list[Lexeme], today: dt.date | None, known: Known) -> None:
        self.text = text
        self.lexemes = lexemes
        self.today = today
        self.known = known
        self.literal: set[str] = set()
        self.at = 0
        self.clauses = 0

    def query(self) -> Clause | None:
        """Alternatives up to the end or to a closing parenthesis, which is left to the caller."""
        parts: list[Clause] = []
        strays: list[Stray] = []
        waiting: Lexeme | None = None
        while True:
            part = self._every()
            if part is not None:
                parts.append(part)
                waiting = None
            operator = self._next("or")
            if operator is None:
                break
            if part is None:
                strays.append(self._stray(operator))
            else:
                waiting = operator
        if waiting is not None:
            strays.append(self._stray(waiting))
        return _with_strays(parts, strays)

    def _every(self) -> Clause | None:
        """Items that must all hold, up to "OR", a closing parenthesis or the end."""
        parts: list[Clause] = []
        strays: list[Stray] = []
        run: tuple[int, int] | None = None

        def flush() -> None:
            nonlocal run
            if run is not None:
                self._count()
                parts.append(Words(self.text[run[0] : run[1]]))
            run = None

        while (lexeme := self._peek()) is not None and lexeme.kind not in ("or", ")"):
            self.at += 1
            item: Clause | None = None
            if lexeme.kind == "word":
                item = _word(lexeme.text, self.literal)
            elif lexeme.kind == "(":
                item = self.query()
                end = self._next(")")
                if isinstance(item, Words) and end is not None:  # parentheses of plain text
                    run = (lexeme.start if run is None else run[0], end.end)
                    continue
            elif lexeme.kind == "and":
                if (run is None and not parts) or self._ends():
                    strays.append(self._stray(lexeme))
            elif lexeme.kind == "minus":
                flush()
                item = self._excluded()
                if item is None:
                    strays.append(self._stray(lexeme))
            else:
                item = self._item(lexeme)
            if isinstance(item, Words):
                run = (lexeme.start if run is None else run[0], max(lexeme.end, self._read_to()))
                continue
            flush()
            if item is not None:
                self._count()
                parts.append(item)
        flush()
        if not parts:
            return _with_strays([], strays)
        whole = parts[0] if len(parts) == 1 else Every(tuple(parts))
        return _with_strays([whole], strays)

    def _item(self, lexeme: Lexeme) -> Clause | None:
        """A phrase, a literal word or a field."""
        if lexeme.kind == "phrase":
            return _phrase(lexeme)
        if lexeme.kind == "plus":
            following = self._peek()
            if following is not None and following.kind in ("word", "phrase"):
                self.at += 1
                return Literally(following.text) if following.kind == "word" else _phrase(following)
            self.literal.add("+")
            return None
        value = self._field(lexeme)
        if value is None:
            self.literal.add(self.text[lexeme.start : lexeme.end])
            return Words(self.text[lexeme.start : lexeme.end])
        return value

    def _excluded(self) -> Clause | None:
        """What stands behind "-": one word (as pyvi sees words), phrase, field or group."""
        lexeme = self._peek()
        if lexeme is None or lexeme.kind in ("or", "and", ")", "minus"):
            return None
        if lexeme.kind == "word":
            first = _word(lexeme.text, self.literal)
            if not isinstance(first, Words):
                self.at += 1
                return Exclude(first)
            start, end = lexeme.start, self._words_end()
            tokens = tokenize(self.text[start:end])
            reach = next((t.start for t in tokens[1:] if not t.joined), end - start)
            while (lexeme := self._peek()) is not None and lexeme.kind == "word" and lexeme.start < start + reach:
                self.at += 1
                end = lexeme.end
            return Exclude(Words(self.text[start:end]))
        self.at += 1
        if lexeme.kind == "(":
            inner = self.query()
            self._next(")")
            return None if inner is None else Exclude(inner)
        item = self._item(lexeme)
        return None if item is None else Exclude(item)

    def _field(self, field: Lexeme) -> Clause | None:
        """The value of a field; None where none follows."""
        if field.text in ("date", "from", "to"):
            return self._date(field)
        following = self._peek()
        if following is None:
            return None
        if following.kind == "phrase" and following.text.strip():
            self.at += 1
            if field.text == "title":
                return InTitle(_phrase(following) or Words(following.text))
            return Valued(_ATTRIBUTES[field.text], following.text.strip(), field.text)
        if following.kind == "(":
            self.at += 1
            inner = self.query()
            self._next(")")
            if inner is None:
                return None
            return InTitle(inner) if field.text == "title" else _valued(inner, _ATTRIBUTES[field.text])
        if following.kind == "plus" and field.text == "title":
            self.at += 1
            literal = self._item(following)
            return None if literal is None else InTitle(literal)
        if following.kind != "word":
            return None
        return self._title() if field.text == "title" else self._value(field, following)

    def _title(self) -> Clause:
        """All words up to the next operator, asked of titles."""
        parts: list[Clause] = []
        while (lexeme := self._peek()) is not None and lexeme.kind == "word":
            self.at += 1
            item = _word(lexeme.text, self.literal)
            if isinstance(item, Words) and parts and isinstance(before := parts[-1], Words):
                parts[-1] = Words(f"{before.text} {item.text}")
            else:
                parts.append(item)
        return InTitle(parts[0] if len(parts) == 1 else Every(tuple(parts)))

    def _value(self, field: Lexeme, following: Lexeme) -> Clause | None:
        """The longest run of words that the field knows as a value, else the next word."""
        attribute = _ATTRIBUTES[field.text]
        words: list[Lexeme] = []
        for lexeme in self.lexemes[self.at : self.at + _MAX_VALUE_WORDS]:
            if lexeme.kind != "word":
                break
            words.append(lexeme)
        for count in range(len(words), 0, -1):
            value = self.text[words[0].start : words[count - 1].end].rstrip(",;.")
            if self.known(attribute, value):
                self.at += count
                return Valued(attribute, value, field.text)
        if field.spaced:  # "Nguồn: Báo …" at the foot of a pasted text
            return None
        self.at += 1
        return Valued(attribute, following.text, field.text)

    def _date(self, field: Lexeme) -> Clause | None:
        """The days after `date:`, `from:` or `to:`."""
        following = self._peek()
        if following is None:
            return None
        quoted = following.kind == "phrase"
        text = following.text if quoted else self.text[following.start :]
        days = dates.read(text, self.today)
        if days is None:
            return None
        end = following.end if quoted else following.start + days.length
        while (lexeme := self._peek()) is not None and lexeme.start < end:
            self.at += 1
        if field.text == "from":
            return Dated(days.start, None, text[: days.length])
        if field.text == "to":
            return Dated(None, days.end, text[: days.length])
        return Dated(days.start, days.end, text[: days.length])

    def _words_end(self) -> int:
        """Where the run of words that begins here ends."""
        end = self.lexemes[self.at].end
        for lexeme in self.lexemes[self.at :]:
            if lexeme.kind != "word":
                break
            end = lexeme.end
        return end

    def _peek(self) -> Lexeme | None:
        return self.lexemes[self.at] if self.at < len(self.lexemes) else None

    def _next(self, kind: str) -> Lexeme | None:
        lexeme = self._peek()
        if lexeme is None or lexeme.kind != kind:
            return None
        self.at += 1
        return lexeme

    def _ends(self) -> bool:
        """Whether nothing follows that could be joined."""
        lexeme = self._peek()
        return lexeme is None or lexeme.kind in ("or", "and", ")")

    def _read_to(self) -> int:
        return self.lexemes[self.at - 1].end if self.at else 0

    def _stray(self, lexeme: Lexeme) -> Stray:
        self.literal.add(lexeme.text)
        return Stray(lexeme.text)

    def _count(self) -> None:
        self.clauses += 1
        if self.clauses > MAX_CLAUSES:
            raise QueryError(
                f"the query has more than {MAX_CLAUSES} parts",
                "leave out some operators, fields or quotation marks",
                "q",
            )


def _with_strays(parts: list[Clause], strays: list[Stray]) -> Clause | None:
    """The parts as alternatives; operators read as words only help ranking, unless there is nothing else."""
    if not parts:
        return Words(" ".join(stray.text for stray in strays)) if strays else None
    whole = parts[0] if len(parts) == 1 else Either(tuple(parts))
    return Every((whole, *strays)) if strays else whole


def _word(text: str, literal: set[str]) -> Clause:
    """A word, or a word with "*" or "~"."""
    if text[-1] in "*~12" and (found := _BEGINNING.fullmatch(text)):
        return Beginning(found[1])
    if "~" in text and (found := _RESEMBLING.fullmatch(text)) and len(found[2]) < 3:
        return Resembling(found[1], min(max(int(found[2] or 1), 1), MAX_FUZZY_DISTANCE))
    if "*" in text or text == "~":
        literal.add("*" if "*" in text else "~")
    return Words(text)


def _phrase(lexeme: Lexeme) -> Clause | None:
    """The phrase, None when the quotation marks hold no letter or digit."""
    if not any(letter.isalnum() for letter in lexeme.text):
        return None
    return Phrase(lexeme.text, min(lexeme.slop, MAX_SLOP))


def _valued(clause: Clause, field: AttributeField) -> Clause:
    """A group behind a field: each of its words is a value."""
    match clause:
        case Words(text) | Phrase(text) | Literally(text):
            return Valued(field, text.strip(), field)
        case Every(parts):
            return Every(tuple(_valued(part, field) for part in parts))
        case Either(parts):
            return Either(tuple(_valued(part, field) for part in parts))
        case Exclude(part):
            return Exclude(_valued(part, field))
        case _:
            return clause
