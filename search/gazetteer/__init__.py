"""The 63 provinces and cities before July 2025: their names, spellings, nicknames, districts and what they became.

In: a name as somebody wrote it. Out: the canonical short name ("Hải Phòng", "Hồ Chí Minh"), labels, spellings, the
unit of today. Must not know articles, queries or engines: which unit an article is about is `search.ingest.city`.

The data files are read at the first call, once a process. Sources and licenses stand in the files themselves.

>>> canonical("tp.hcm"), canonical("Haiphong"), canonical("Tỉnh Thừa Thiên Huế"), canonical("Paris")
('Hồ Chí Minh', 'Hải Phòng', 'Huế', None)
>>> label("Hồ Chí Minh"), today("Hải Dương"), units_of("Quận Cầu Giấy")
('TP. Hồ Chí Minh', 'Hải Phòng', ('Hà Nội',))
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_STROKES = str.maketrans({"đ": "d", "ð": "d"})
_UNIT_PREFIXES = ("thanhpho", "tp", "tinh", "cityof")
_UNIT_SUFFIXES = ("city", "province", "tinh")
_DISTRICT_WORDS = re.compile(
    r"^(?:thành phố|thị xã|quận|huyện|đảo|tp\.?|tx\.?|q\.|h\.|thanh pho|thi xa|quan|huyen)\s*(?=[^\W_])", re.IGNORECASE
)
_DISTRICT_SUFFIX = re.compile(r"\s+(?:district|town|city)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit before July 2025: canonical name, what people are shown, how it is written, what it became.

    `spellings` are safe to look for in running text; `codes` ("HN", "SG") are not; `nicknames` need care with their
    surroundings ("Thủ đô" may be followed by another country's capital).
    """

    name: str
    label: str
    kind: str
    today: str
    spellings: tuple[str, ...]
    codes: tuple[str, ...]
    nicknames: tuple[str, ...]

    @property
    def formal(self) -> str:
        """The name with its kind: "Thành phố Hải Phòng", "Tỉnh Nghệ An"."""
        return f"{'Thành phố' if self.kind == 'city' else 'Tỉnh'} {self.name}"


@dataclass(frozen=True, slots=True)
class District:
    """A district, town or well-known place ("Nơi") and the unit it lay in."""

    name: str
    kind: str
    unit: str


def key(name: str) -> str:
    """A name reduced to what its spellings share: lower case, no diacritics, no blanks or marks.

    >>> key("TP. Hồ  Chí Minh"), key("Đắk Lắk")
    ('tphochiminh', 'daklak')
    """
    plain = "".join(c for c in unicodedata.normalize("NFD", name.lower()) if not unicodedata.combining(c))
    return _NOT_ALPHANUMERIC.sub("", plain.translate(_STROKES))


def units() -> tuple[str, ...]:
    """The canonical names of the 63 units, in the order of their official codes (north to south)."""
    return tuple(_units())


def units_today() -> tuple[str, ...]:
    """The canonical names of the 34 units since July 2025."""
    return tuple(dict.fromkeys(unit.today for unit in _units().values()))


def unit(name: str) -> Unit:
    """Everything known of a unit, by its canonical name.

    Raises:
        KeyError: `name` is not canonical; see `canonical`.
    """
    return _units()[name]


def canonical(name: str) -> str | None:
    """The canonical name of the unit that `name` means, or None.

    Any spelling does: diacritics or none, "Tỉnh"/"Thành phố"/"TP." before it, English forms, nicknames, codes.
    District names are not units here (`units_of` knows them), except those that stand for their unit ("Vũng Tàu").
    """
    wanted = key(name)
    if not wanted:
        return None
    table = _by_key()
    if (found := table.get(wanted)) is not None:
        return found
    for prefix in _UNIT_PREFIXES:
        if wanted.startswith(prefix) and (found := table.get(wanted[len(prefix) :])) is not None:
            return found
    for suffix in _UNIT_SUFFIXES:
        if wanted.endswith(suffix) and (found := table.get(wanted[: -len(suffix)])) is not None:
            return found
    return None


def label(name: str) -> str:
    """What people are shown for a canonical name: "TP. Hồ Chí Minh"; other text comes back as it is."""
    found = _units().get(name)
    return found.label if found else name


def aliases(name: str) -> tuple[str, ...]:
    """How the unit is written in running text, canonical name first; empty for what is not a unit.

    "Hồ Chí Minh" alone is left out: it is the person. Nicknames come last, without those two units share.
    """
    found = _units().get(name)
    if found is None:
        return ()
    first = () if name == "Hồ Chí Minh" else (name,)
    return tuple(dict.fromkeys((*first, found.formal, *found.spellings, *found.nicknames)))


def today(name: str) -> str:
    """The unit of today that holds the unit of before July 2025; other text comes back as it is."""
    found = _units().get(name)
    return found.today if found else name


def before(name: str) -> tuple[str, ...]:
    """The units of before July 2025 that make up the unit of today `name`."""
    return tuple(unit.name for unit in _units().values() if unit.today == name)


def units_of(district: str) -> tuple[str, ...]:
    """The units that have a district, town or well-known place of this name: one, several ("Châu Thành") or none."""
    bare = _DISTRICT_SUFFIX.sub("", _DISTRICT_WORDS.sub("", unicodedata.normalize("NFC", district).strip()))
    return _by_district().get(key(bare), ())


@lru_cache(maxsize=1)
def districts() -> tuple[District, ...]:
    """All districts, towns and well-known places; numbered districts have their number as name."""
    return tuple(District(*row) for row in _read("districts.json")["districts"])


@lru_cache(maxsize=1)
def _units() -> dict[str, Unit]:
    rows = _read("units.json")["units"]
    return {
        row["name"]: Unit(
            row["name"],
            row["label"],
            row["kind"],
            row["today"],
            tuple(row["spellings"]),
            tuple(row["codes"]),
            tuple(row["nicknames"]),
        )
        for row in rows
    }


@lru_cache(maxsize=1)
def _by_key() -> dict[str, str]:
    table: dict[str, str] = {}
    for found in _units().values():
        for spelling in (found.name, *found.spellings, *found.codes, *found.nicknames):
            table.setdefault(key(spelling), found.name)
    return table


@lru_cache(maxsize=1)
def _by_district() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for place in districts():
        held = table.get(key(place.name), ())
        table[key(place.name)] = held if place.unit in held else (*held, place.unit)
    return table


def _read(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(files(__name__).joinpath(name).read_text(encoding="utf-8"))
    return loaded
