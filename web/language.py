"""The two languages of the pages: phrases, numbers and dates as each writes them.

In: a phrase's key, a number, a date as stored. Out: text for people. Must not know Flask (which language a visitor
wants is read in `web.pages`).

>>> vi, en = language("vi"), language("en")
>>> vi("total", n=1234), en("total", n=1), en("total", n=2)
('1.234 bài', '1 article', '2 articles')
>>> vi.date("2021-12-29T09:43:00+07:00"), en.date("2019-03-13"), vi.date("2019-03")
('29/12/2021 09:43', '13 March 2019', '3/2019')
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from web.phrases import PHRASES

Code = Literal["vi", "en"]
CODES: tuple[Code, ...] = get_args(Code)
NAMES: dict[Code, str] = {"vi": "Tiếng Việt", "en": "English"}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Language:
    """One language. Calling it with a key gives the phrase, `{name}` filled in; numbers are grouped as it groups."""

    code: Code

    @property
    def other(self) -> Code:
        """The other of the two."""
        return "en" if self.code == "vi" else "vi"

    def __call__(self, key: str, **values: object) -> str:
        """The phrase of a key. Raises KeyError for a key that has none."""
        phrase = PHRASES[key][self.code != "vi"]
        if not values and "|" not in phrase:
            return phrase
        if "|" in phrase:
            one, many = phrase.split("|")
            phrase = one if values.get("n") == 1 else many
        shown = {name: self.number(value) if isinstance(value, int) else value for name, value in values.items()}
        return phrase.format(**shown)

    def number(self, value: int) -> str:
        """A whole number with its thousands grouped."""
        grouped = f"{value:,}"
        return grouped.replace(",", ".") if self.code == "vi" else grouped

    def decimal(self, value: float, places: int = 1) -> str:
        """A number with so many decimal places."""
        text = f"{value:,.{places}f}"
        return text.translate(str.maketrans(",.", ".,")) if self.code == "vi" else text

    def size(self, size_bytes: int) -> str:
        """A size in the unit that suits it."""
        value, units = float(size_bytes), ["B", "KB", "MB", "GB", "TB"]
        while value >= 1000 and len(units) > 1:
            value, units = value / 1000, units[1:]
        return f"{self.decimal(value, 0 if units[0] == 'B' else 1)} {units[0]}"

    def date(self, published: str) -> str:
        """A stored date or date-time as people read it; what is not one comes back as it is."""
        return _date(self.code, published)

    def day(self, day: dt.date) -> str:
        """A day as people read it."""
        return self.date(day.isoformat())


@lru_cache(maxsize=4096)
def _date(code: Code, published: str) -> str:
    """A date in one language; the years of a histogram and the days of articles come again and again."""
    parts = published[:10].split("-")
    if not all(part.isdigit() for part in parts) or len(parts) > 3:
        return published
    numbers = [int(part) for part in parts]
    if code == "en":
        if len(numbers) > 1 and not 1 <= numbers[1] <= 12:
            return published
        words = [str(numbers[0]), *[_MONTHS[month - 1] for month in numbers[1:2]], *map(str, numbers[2:])]
        day = " ".join(reversed(words))
    else:
        day = "/".join(reversed([str(numbers[0]), *map(str, numbers[1:])]))
    return f"{day} {published[11:16]}" if len(published) >= 16 else day


_LANGUAGES: dict[str, Language] = {code: Language(code) for code in CODES}


def language(code: str | None, default: Code = "vi") -> Language:
    """The language of a code; the default one where the code is none of ours."""
    return _LANGUAGES.get(code or "", _LANGUAGES[default])
