"""What a query says, as values: words, phrases, fields and how operators join them; and the same put back in writing.

In: nothing. Out: `Clause`s, made by `search.query.syntax`, and `written`. Must not know how words match, nor any index.

>>> written(Every((Words("tham nhũng"), Exclude(Phrase("lãng phí")))))
'tham nhũng -"lãng phí"'
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from search.query.tree import AttributeField


@dataclass(frozen=True, slots=True)
class Words:
    """Free words, punctuation between them included."""

    text: str


@dataclass(frozen=True, slots=True)
class Literally:
    """A word with "+": looked for as typed, neither repaired nor expanded."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in quotation marks; up to `slop` other words may stand between them, and after "*" the last one goes on."""

    text: str
    slop: int = 0


@dataclass(frozen=True, slots=True)
class Beginning:
    """A word with "*": any word that begins so."""

    text: str


@dataclass(frozen=True, slots=True)
class Resembling:
    """A word with "~": any word within `distance` edits."""

    text: str
    distance: int = 1


@dataclass(frozen=True, slots=True)
class Valued:
    """A field of the article and the value asked for, as typed; `spaced` when a blank followed the colon."""

    field: AttributeField
    text: str
    name: str
    spaced: bool = False


@dataclass(frozen=True, slots=True)
class Dated:
    """A range of days of publication, both ends inclusive, None meaning open."""

    start: dt.date | None
    end: dt.date | None
    text: str


@dataclass(frozen=True, slots=True)
class InTitle:
    """A part asked of titles alone."""

    part: Clause


@dataclass(frozen=True, slots=True)
class Exclude:
    """What must not hold."""

    part: Clause


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold."""

    parts: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One part holds."""

    parts: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Stray:
    """An operator with nothing to join, read as a word: it counts in ranking, articles need not hold it."""

    text: str


Clause: TypeAlias = (
    Words | Literally | Phrase | Beginning | Resembling | Valued | Dated | InTitle | Exclude | Every | Either | Stray
)


def with_words(clause: Clause, change: Callable[[str], str]) -> Clause:
    """The clause with the text of all its free words changed; phrases and literal words stay."""
    match clause:
        case Words(text):
            return Words(change(text))
        case InTitle(part):
            return InTitle(with_words(part, change))
        case Exclude(part):
            return Exclude(with_words(part, change))
        case Every(parts):
            return Every(tuple(with_words(part, change) for part in parts))
        case Either(parts):
            return Either(tuple(with_words(part, change) for part in parts))
    return clause


FIELD_LABELS: dict[str, str] = {"city": "thành phố", "source": "nguồn", "byline": "tác giả", "id": "id"}


def written(clause: Clause, *, inside: bool = False) -> str:
    """The clause as a person could type it: blanks evened out, operators and fields in Vietnamese.

    Args:
        clause: What to write.
        inside: Whether it stands within another clause, so that alternatives need parentheses.
    """
    match clause:
        case Words(text) | Stray(text):
            return " ".join(text.split())
        case Literally(text):
            return f"+{text}"
        case Phrase(text, slop):
            return f'"{" ".join(text.split())}"' + (f"~{slop}" if slop else "")
        case Beginning(text):
            return f"{text}*"
        case Resembling(text, distance):
            return f"{text}~{distance if distance != 1 else ''}"
        case Valued(field, text):
            value = " ".join(text.split())
            return f'{FIELD_LABELS[field]}:"{value}"' if " " in value else f"{FIELD_LABELS[field]}:{value}"
        case Dated(start, end):
            if start == end and start is not None:
                return f"ngày:{start.isoformat()}"
            return f"ngày:{start.isoformat() if start else ''}..{end.isoformat() if end else ''}"
        case InTitle(part):
            return f"tiêu đề:{_grouped(part)}"
        case Exclude(part):
            return f"-{_grouped(part)}"
        case Every(parts):
            return " ".join(written(part, inside=True) for part in parts)
        case Either(parts):
            joined = " HOẶC ".join(written(part) for part in parts)
            return f"({joined})" if inside else joined


def _grouped(part: Clause) -> str:
    """A part behind "-" or a field: in parentheses when it is more than one piece."""
    text = written(part)
    single = isinstance(part, Phrase | Valued | Dated | InTitle) or " " not in text
    return text if single else f"({text})"
