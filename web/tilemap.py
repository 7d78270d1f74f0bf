"""A map of Vietnam's units as tiles: each the same size, near where it lies, colored by its number of articles.

In: counts by unit, the 63 before July 2025 or the 34 since. Out: `TileMap`, whose tiles carry their place in the units
of the view box. Must not know SVG syntax (the template `_tilemap.html` draws it). The arrangement is our own: north is
up, the coast to the right; it shows neighborhoods, not borders.

>>> sum(len(row) for row in THEN.values()), sum(len(row) for row in TODAY.values())
(63, 34)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from search import gazetteer
from search.model import Units
from search.state import State
from web.language import Language

WIDTH, HEIGHT = 78, 52
LEADING, FIGURE = 14, 13
"""From line to line of a name, and from its last line to its count."""
GAP = 4
LEVELS = 5
LONGEST = 8
"""Characters of a name that stands in one line."""

Row = dict[int, str]

THEN: dict[int, Row] = {
    0: {1: "Lai Châu", 2: "Lào Cai", 3: "Hà Giang", 4: "Cao Bằng"},
    1: {1: "Điện Biên", 2: "Yên Bái", 3: "Tuyên Quang", 4: "Bắc Kạn", 5: "Lạng Sơn"},
    2: {1: "Sơn La", 2: "Phú Thọ", 3: "Vĩnh Phúc", 4: "Thái Nguyên", 5: "Bắc Giang", 6: "Quảng Ninh"},
    3: {2: "Hòa Bình", 3: "Hà Nội", 4: "Bắc Ninh", 5: "Hải Dương", 6: "Hải Phòng"},
    4: {3: "Hà Nam", 4: "Hưng Yên", 5: "Thái Bình"},
    5: {2: "Thanh Hóa", 3: "Ninh Bình", 4: "Nam Định"},
    6: {2: "Nghệ An"},
    7: {2: "Hà Tĩnh"},
    8: {3: "Quảng Bình"},
    9: {3: "Quảng Trị", 4: "Huế"},
    10: {4: "Quảng Nam", 5: "Đà Nẵng"},
    11: {4: "Kon Tum", 5: "Quảng Ngãi"},
    12: {4: "Gia Lai", 5: "Bình Định"},
    13: {4: "Đắk Lắk", 5: "Phú Yên"},
    14: {3: "Đắk Nông", 4: "Lâm Đồng", 5: "Khánh Hòa"},
    15: {1: "Tây Ninh", 2: "Bình Phước", 3: "Đồng Nai", 4: "Bình Thuận", 5: "Ninh Thuận"},
    16: {1: "Long An", 2: "Bình Dương", 3: "Bà Rịa - Vũng Tàu"},
    17: {0: "An Giang", 1: "Đồng Tháp", 2: "Hồ Chí Minh"},
    18: {0: "Kiên Giang", 1: "Cần Thơ", 2: "Tiền Giang", 3: "Bến Tre"},
    19: {0: "Hậu Giang", 1: "Vĩnh Long", 2: "Trà Vinh"},
    20: {0: "Cà Mau", 1: "Bạc Liêu", 2: "Sóc Trăng"},
}
TODAY: dict[int, Row] = {
    0: {1: "Lai Châu", 2: "Lào Cai", 3: "Tuyên Quang", 4: "Cao Bằng"},
    1: {1: "Điện Biên", 2: "Phú Thọ", 3: "Thái Nguyên", 4: "Lạng Sơn"},
    2: {1: "Sơn La", 2: "Hà Nội", 3: "Bắc Ninh", 4: "Hải Phòng", 5: "Quảng Ninh"},
    3: {2: "Thanh Hóa", 3: "Ninh Bình", 4: "Hưng Yên"},
    4: {2: "Nghệ An"},
    5: {2: "Hà Tĩnh"},
    6: {3: "Quảng Trị"},
    7: {3: "Huế", 4: "Đà Nẵng"},
    8: {4: "Quảng Ngãi"},
    9: {4: "Gia Lai"},
    10: {4: "Đắk Lắk"},
    11: {3: "Lâm Đồng", 4: "Khánh Hòa"},
    12: {1: "Tây Ninh", 2: "Hồ Chí Minh", 3: "Đồng Nai"},
    13: {0: "An Giang", 1: "Đồng Tháp", 2: "Vĩnh Long"},
    14: {0: "Cà Mau", 1: "Cần Thơ"},
}


@dataclass(frozen=True, slots=True)
class Tile:
    """One unit: place, its name in one or two lines, count, color, what is read aloud of it, where it leads.

    `level` is 0 for no article, else 1 to `LEVELS`.
    """

    x: int
    y: int
    lines: tuple[str, ...]
    count: str
    level: int
    name: str
    url: str | None
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def middle(self) -> float:
        """Where its writing is centered."""
        return self.x + self.width / 2

    def baseline(self, line: int) -> float:
        """Where a line of its name stands: name and count together in the middle, room for marks above letters."""
        above = (self.height - LEADING * (len(self.lines) - 1) - (FIGURE if self.count else 0)) / 2
        return round(self.y + above + 4.5 + LEADING * line, 1)

    @property
    def figure(self) -> float:
        """Where its count stands."""
        return self.baseline(len(self.lines) - 1) + FIGURE


@dataclass(frozen=True, slots=True)
class Step:
    """One color of the legend and the least count that has it."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class TileMap:
    """The whole map."""

    tiles: tuple[Tile, ...]
    width: int
    height: int
    steps: tuple[Step, ...]


def tilemap(counts: Mapping[str, int], units: Units, path: str, language: Language) -> TileMap:
    """The map of some counts; each unit that has articles leads to them below `path`."""
    rows = TODAY if units == "today" else THEN
    most = max((counts.get(name, 0) for row in rows.values() for name in row.values()), default=0)
    tiles = []
    for y, row in rows.items():
        for x, name in row.items():
            count = counts.get(name, 0)
            label = gazetteer.label(name)
            state = State(cities=(name,), units=units, copies="all")
            tiles.append(
                Tile(
                    x=x * (WIDTH + GAP),
                    y=y * (HEIGHT + GAP),
                    lines=_lines(label),
                    count=language.number(count) if count else "",
                    level=level(count, most),
                    name=f"{label}: {language('total', n=count)}",
                    url=state.url(path) if count else None,
                )
            )
    columns = 1 + max(max(row) for row in rows.values())
    first = {n: _least(n, most) for n in range(1, LEVELS + 1)} if most else {}
    steps = [Step(n, f"≥ {language.number(least)}") for n, least in first.items() if least < first.get(n + 1, most + 1)]
    return TileMap(tuple(tiles), columns * (WIDTH + GAP) - GAP, len(rows) * (HEIGHT + GAP) - GAP, tuple(steps))


def level(count: int, most: int) -> int:
    """The color of a count: equal steps of its logarithm, since a few units hold most articles.

    >>> [level(n, 1000) for n in (0, 1, 3, 4, 100, 1000)]
    [0, 1, 1, 2, 4, 5]
    """
    if count <= 0:
        return 0
    return LEVELS if count >= most else min(LEVELS, 1 + int(LEVELS * math.log(count) / math.log(most)))


def _least(wanted: int, most: int) -> int:
    """The least count of a color."""
    near = max(1, int(most ** ((wanted - 1) / LEVELS)))
    return next(count for count in range(max(1, near - 1), most + 2) if level(count, most) >= wanted or count > most)


def _lines(label: str) -> tuple[str, ...]:
    """A label in one line, or two of about the same length."""
    if len(label) <= LONGEST:
        return (label,)
    words = label.split(" ")
    cuts = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words))]
    return min(cuts, key=lambda pair: max(map(len, pair)), default=(label,))
