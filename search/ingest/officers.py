"""Who held which office of a unit, and when: evidence for the city of an article that never names it.

In: paragraphs and the day of publication. Out: the office-holders named with their office while they held it. Must not
know how evidence is weighed. The table is `officers.tsv`, with the public source of each line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_OFFICE_NEAR = re.compile(
    r"(?:bí thư (?:thành|tỉnh) (?:ủy|uỷ)|chủ tịch (?:ubnd|(?:ủy|uỷ) ban nhân dân|hđnd|hội đồng nhân dân)"
    r"|trưởng đoàn (?:đại biểu quốc hội|đbqh))",
    re.IGNORECASE,
)
_FORMER = re.compile(r"(?:nguyên|cựu)\s+(?:\S+\s+){0,6}$", re.IGNORECASE)
_LOWER_LEVEL = re.compile(r"\s+(?:huyện|quận|xã|phường|thị\s+xã|thị\s+trấn)(?!\w)", re.IGNORECASE)
"""Behind an office: that of a district or commune, whose holder may bear the same name."""
BEFORE_CHARS, AFTER_CHARS = 90, 90
OPEN = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Officer:
    """A term of office, held at least from `start` to `end`: ISO 8601 days or months, `OPEN` while it lasts."""

    name: str
    office: str
    unit: str
    start: str
    end: str
    source: str
    basis: str
    """`seen` where the source was read for the line, `general knowledge` where it was not."""


@lru_cache(maxsize=1)
def officers() -> tuple[Officer, ...]:
    """All terms of office known."""
    text = files(__package__).joinpath("officers.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(
        Officer(name, office, unit, start, end or OPEN, source, basis)
        for name, office, unit, start, end, source, basis in rows
    )


@lru_cache(maxsize=1)
def _by_name() -> tuple[re.Pattern[str], dict[str, tuple[Officer, ...]]]:
    table: dict[str, tuple[Officer, ...]] = {}
    for officer in officers():
        table[officer.name] = (*table.get(officer.name, ()), officer)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, table)) + r")(?!\w)"), table


def officers_in(
    paragraphs: Sequence[tuple[int | None, str]], published: str | None
) -> Iterator[tuple[Officer, str, int | None]]:
    """Office-holders named beside their office while they held it, each once, with the words and the line.

    Without a day of publication any term counts.
    """
    pattern, table = _by_name()
    seen: set[str] = set()
    for line, text in paragraphs:
        if ("hư " not in text and "hủ tịch" not in text) or not _may_name_an_office(text):
            continue
        for match in _beside_offices(pattern, text):
            if match[0] in seen:
                continue
            before = text[max(0, match.start() - BEFORE_CHARS) : match.start()]
            after = text[match.end() : match.end() + AFTER_CHARS]
            near = list(_OFFICE_NEAR.finditer(before))
            office = near[-1] if near else _OFFICE_NEAR.search(after)
            if office is None or (near and _FORMER.search(before[: office.start()])):
                continue
            if _LOWER_LEVEL.match((before if near else after)[office.end() :]):
                continue
            holders = [o for o in table[match[0]] if _held(o, published) and _same_kind(o, office[0])]
            # two of one name at one time speak for neither unit
            if holders and len({officer.unit for officer in holders}) == 1:
                seen.add(match[0])
                yield holders[0], f"{office[0]} {match[0]}", line


def _may_name_an_office(text: str) -> bool:
    """Whether `_OFFICE_NEAR`, which is slow to search, can match anywhere: in most texts it cannot."""
    low = text.lower()
    return "í thư t" in low or "hủ tịch" in low or "rưởng đoàn" in low


def _beside_offices(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The names that stand near an office, each once: a text is long and offices are few."""
    done = 0
    for office in _OFFICE_NEAR.finditer(text):
        start, end = max(done, office.start() - BEFORE_CHARS), office.end() + AFTER_CHARS
        for match in pattern.finditer(text, start, end):
            done = match.end()
            yield match


def _same_kind(officer: Officer, words: str) -> bool:
    """Whether a secretary named as one of a city (`Thành ủy`) or of a province (`Tỉnh ủy`) may be this one.

    A province's own towns have a `Thành ủy` as well, and Huế became a city while the table's terms lasted.
    """
    named = words.casefold()
    if not named.startswith("bí thư") or not officer.office.startswith("Bí thư") or officer.unit == "Huế":
        return True
    return ("thành" in named) == ("Thành" in officer.office)


def _held(officer: Officer, published: str | None) -> bool:
    """Whether the office was held on the day, compared as exactly as either is known."""
    if published is None:
        return True
    day = published[:10]
    return day[: len(officer.start)] >= officer.start[: len(day)] and day[: len(officer.end)] <= officer.end
