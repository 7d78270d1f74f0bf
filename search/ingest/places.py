"""Names of places in running text, told from persons, streets and routes of the same name.

In: text. Out: `Place` values, datelines, the unit a source speaks for. Must not know how evidence is weighed.

>>> [(p.text, p.units) for p in places("Ông Nguyễn Hòa Bình thăm tỉnh Hòa Bình, TP. Hồ Chí Minh")]
[('Hòa Bình', ('Hòa Bình',)), ('TP. Hồ Chí Minh', ('Hồ Chí Minh',))]
>>> dateline("(Hà Nội) - Sáng nay"), dateline("Đà Nẵng: Mưa lớn"), dateline("Kết quả: tốt")
(('Hà Nội', '(Hà Nội)'), ('Đà Nẵng', 'Đà Nẵng:'), None)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from search.gazetteer import canonical, districts, key, unit, units, units_of
from search.ingest.names import LOWER, ORGANISATIONS, PLACE_LIKE, SURNAMES, UPPER

_WORD = rf"[{UPPER}][^\W\d_]*"
_RUN = re.compile(rf"{_WORD}(?:(?:\.? |\.| ?[-–] ?){_WORD})*")
_TOKEN = re.compile(r"[^\W\d_]+")
_NUMBERED = re.compile(r"(?<!\w)(?:[Qq]uận|Q\.?)\s?(1[0-2]|[1-9])(?![\d/.,]*\d)")
_NICKNAME_START = re.compile(
    r"[TtĐđXxVvQqCcMmHhSP](?<!\w.)(?:hủ đô|hành|ất|ứ|ùng|uê|ố đô|iền|hủ phủ|òn|à thành|ài thành"
    r"|hăng Long|ây Đô|ao nguyên|hố)"
)
"""The letter comes first, so that the search passes over everything else at full speed."""
_DISTRICT_BEFORE = re.compile(
    r"(?:huyện|quận|thị xã|thành phố|thị trấn|huyện ủy|quận ủy|thị ủy|TP\.?|TX\.?|H\.|Q\.|đảo|huyện đảo"
    r"|công an|ca|csgt|vksnd|tand|ubnd|hđnd|bệnh viện(?: đa khoa)?|bvđk|trung tâm y tế|chi cục \w+|hạt kiểm lâm)\s*$",
    re.I,
)
_CITY_BEFORE = re.compile(r"(?:thành phố|thành ủy|tp\.?|đất|sài gòn\s*[-–]?)\s*$", re.IGNORECASE)
_STREET_BEFORE = re.compile(
    r"(?:đường|(?<!thành )phố|xa lộ|đại lộ|ngõ|ngách|cầu|trường (?:thpt|thcs|tiểu học))\s*$", re.IGNORECASE
)
_ROUTE_BEFORE = re.compile(
    r"(?:(?:cao tốc|tuyến(?: đường)?|quốc lộ|đường sắt|chuyến bay|chặng|hành lang|vành đai)\s+"
    r"(?:[\w. ]{2,20}\s?[-–]\s?){0,2}|(?<!\w)(?:đi|hướng(?: về| đi)?|chiều|từ)\s+(?:tp\.?\s*|thành phố\s+|tỉnh\s+)?)$",
    re.IGNORECASE,
)
_ORIGIN_BEFORE = re.compile(
    r"(?:quê(?: quán| gốc)?(?: ở| tại)?|người gốc|sinh ra (?:ở|tại)|nguyên quán|hkt+|hộ khẩu(?: thường trú)?"
    r"(?: ở| tại)?)[:\s]*(?:tỉnh\s+|thành phố\s+)?$",
    re.IGNORECASE,
)
_STREET_WORDS = frozenset(_TOKEN.findall("đường phố lộ ngõ ngách cầu thpt thcs học"))
_ORIGIN_WORDS = frozenset(_TOKEN.findall("quê quán gốc ở tại trú khẩu hkt hktt tỉnh phố"))
_ROUTE_WORDS = frozenset(
    ["tp.", *_TOKEN.findall("tốc tuyến đường lộ sắt bay chặng lang đai đi hướng về chiều từ tp phố tỉnh")]
)
"""Words that `_STREET_BEFORE`, `_ORIGIN_BEFORE` and `_ROUTE_BEFORE` can end with."""
_FOREIGN_CAPITAL = re.compile(rf"\s+(?:của\s+)?(?:nước\s+)?({_WORD}(?: {_WORD})*)|\s+(?:nước|của)\s")
_DATELINE = re.compile(
    rf"\s*(?:\((?P<paren>[^()\n]{{2,40}})\)\s*[-–—.,:]?"
    rf"|(?P<open>(?:{_WORD}|[Tt]ỉnh|[Tt]hành phố|phố)(?:[ .\-–]+(?:{_WORD}|phố)){{0,5}})"
    r"(?:\s*[:–—]|\s*-\s|,\s+(?:ngày\s+\d|\d{1,2}/\d))\s*)"
)
_GLUED = re.compile(rf"((?:{_WORD}[ .–-]{{1,3}}){{0,4}}[{UPPER}]+[{LOWER}]*)(?=[{UPPER}][{LOWER}]+ )")
_HYPHEN = re.compile(r"\s?[-–]\s?(?:TP\.?\s?)?")
_HOST = re.compile(r"(?:https?://)?(?:www\.)?([\w.-]+)")
_PERSONAL = SURNAMES - PLACE_LIKE
_NOT_PLACES = (
    "hồ chí minh",
    "thái bình dương",
    "hà nội mới",
    "an ninh thủ đô",
    "sài gòn giải phóng",
    "hoàng anh gia lai",
)
_MAX_TOKENS = 5
MAX_DATELINE_CHARS = 60
ROUTE_CHARS = 48


@dataclass(frozen=True, slots=True)
class Place:
    """A place named in a text: its words, its start, the units it may lie in, and how it is named.

    `kind` is "name", "nickname", "district", "route" (a line between places) or "origin" (where someone is from).
    """

    text: str
    start: int
    units: tuple[str, ...]
    kind: str


def places(text: str, *, nicknames: bool = True) -> Iterator[Place]:
    """The places of a text, those named by unit, district and town first, then nicknames.

    Without `nicknames` only "Thủ đô" is looked for, at half the cost.
    """
    for run in _RUN.finditer(text):
        for offset, end, found, words, before in _in_run(run[0]):
            place = _judge(text, run.start() + offset, run.start() + end, found, words, before)
            if place is not None:
                yield place
    if ("uận" in text or "Q." in text) and ("quận" in text or "Q" in text):
        for match in _NUMBERED.finditer(text):
            yield Place(match[0], match.start(), ("Hồ Chí Minh",), "district")
    if not nicknames and "Thủ đô" not in text:
        return
    for match in _NICKNAME_START.finditer(text):
        if (place := _nickname(text, match.start())) is not None:
            yield place


@lru_cache(maxsize=1 << 15)
def _in_run(run: str) -> tuple[tuple[int, int, tuple[str, tuple[str, ...]], str, tuple[str, ...]], ...]:
    """The names in a run of capitalized words: start, end, kind and units, the words, the words before it in the run,
    as far as no unit and a hyphen stand between.

    Runs come again and again in articles: first words of sentences, offices, the places of the day.
    """
    table, first = _names()
    tokens = [(match[0], match[0].lower(), match.start(), match.end()) for match in _TOKEN.finditer(run)]
    found: list[tuple[int, int, tuple[str, tuple[str, ...]], str, tuple[str, ...]]] = []
    i = begin = 0
    while i < len(tokens):
        longest = first.get(tokens[i][1], 0)
        for size in range(min(longest, len(tokens) - i), 0, -1):
            words = " ".join(token[1] for token in tokens[i : i + size])
            if (known := table.get(words)) is not None:
                before = tuple(token[0] for token in tokens[begin:i])
                found.append((tokens[i][2], tokens[i + size - 1][3], known, words, before))
                i += size
                if run[tokens[i - 1][3] :].lstrip().startswith(("-", "–")):
                    begin = i  # "Quảng Ninh-Hà Nội" are two units, not somebody of the family Ninh
                break
        else:
            i += 1
    return tuple(found)


def lines_between(text: str, found: list[Place]) -> list[Place]:
    """The places of a text, with units joined by a hyphen ("Quảng Ninh-Hà Nội") as ends of a line between them."""
    ends = {
        i
        for i, (first, second) in enumerate(pairwise(found))
        if first.kind == second.kind == "name"
        and first.units != second.units
        and _HYPHEN.fullmatch(text, first.start + len(first.text), second.start)
    }
    if not ends:
        return found
    return [replace(place, kind="route") if i in ends or i - 1 in ends else place for i, place in enumerate(found)]


def _judge(
    text: str, start: int, end: int, found: tuple[str, tuple[str, ...]], words: str, before: tuple[str, ...]
) -> Place | None:
    kind, owners = found
    prior = text[max(0, start - 24) : start]
    if words == "hồ chí minh":
        if before and before[-1].lower() in ("tp", "phố"):
            return None
        if not _CITY_BEFORE.search(prior):
            return None
        return Place(text[start:end], start, ("Hồ Chí Minh",), "name")
    if not owners:
        return None
    if before and before[-1] not in ORGANISATIONS and not _PERSONAL.isdisjoint(before[-3:]):
        return None
    # patterns that end at a place are slow to search: the last word tells which of them can match
    last = prior.rstrip(" :").rpartition(" ")[2].lower()
    if last in _STREET_WORDS and _STREET_BEFORE.search(prior):
        return None
    if kind == "district" and not _DISTRICT_BEFORE.search(prior):
        return None
    if kind == "town":
        kind = "district"
    if last in _ORIGIN_WORDS and _ORIGIN_BEFORE.search(prior):
        kind = "origin"
    elif (last in _ROUTE_WORDS or last[-1:] in ("-", "–")) and _ROUTE_BEFORE.search(
        text, max(0, start - ROUTE_CHARS), start
    ):
        kind = "route"
    return Place(text[start:end], start, owners, kind)


def _nickname(text: str, start: int) -> Place | None:
    pattern, owners = _nicknames()
    match = pattern.match(text, start)
    if match is None:
        return None
    nickname, end = match[0].lower(), match.end()
    owner = owners[nickname]
    if nickname == "thủ đô":
        after = _FOREIGN_CAPITAL.match(text, end)
        if text[start] != "T" or (after and not (after[1] and canonical(after[1].split(" -")[0]) == owner)):
            return None
    return Place(text[start:end], start, (owner,), "nickname")


def dateline(text: str) -> tuple[str, str] | None:
    """The unit that opens a title or text as its dateline, and the words: "Đà Nẵng: …", "(Hà Nội) - …"."""
    match = _DATELINE.match(text[: MAX_DATELINE_CHARS + 20])
    if match is None:
        return _glued(text)
    inside = match["paren"] or match["open"] or ""
    name = inside.split(",")[0].strip()
    owner = canonical(name) if name != "Hồ Chí Minh" else None
    if owner is None:
        table, _ = _names()
        kind, owners = table.get(" ".join(_TOKEN.findall(name)).lower(), ("", ()))
        owner = owners[0] if kind == "town" and len(owners) == 1 else None
    return None if owner is None else (owner, match[0].strip().rstrip("-–—, ").strip())


def _glued(text: str) -> tuple[str, str] | None:
    """The unit whose name is glued to the first word of a text: "Gia LaiHơn ba mươi …" was two boxes on the page."""
    match = _GLUED.match(text)
    if (
        match is None
        or (owner := canonical(match[1])) is None
        or match[1] == "Hồ Chí Minh"
        or key(match[1]) not in _unit_keys()
    ):
        return None
    return owner, match[1]


@lru_cache(maxsize=1)
def _unit_keys() -> frozenset[str]:
    return frozenset(key(spelling) for name in units() for spelling in (name, *unit(name).spellings))


def from_source(source: str | None, url: str | None) -> tuple[str, str] | None:
    """The unit whose paper or office a source or address names: "Báo Hải Phòng", baodanang.vn, haiphong.gov.vn."""
    if source and (owner := _of_paper(source)):
        return owner, source
    host = _HOST.match(url or source or "")
    if host and (owner := _of_host(host[1].lower())):
        return owner, host[1]
    return None


@lru_cache(maxsize=1024)
def _of_paper(source: str) -> str | None:
    found = {owner for place in places(source) if place.kind == "name" for owner in place.units}
    return found.pop() if len(found) == 1 else None


@lru_cache(maxsize=1024)
def _of_host(host: str) -> str | None:
    for part in host.split(".") if "." in host else ():
        for prefix in ("", "bao", "thanhuy", "tinhuy", "dangbo", "congan", "baomoi", "mttq", "tuyengiao"):
            if part.startswith(prefix) and (owner := _domains().get(part[len(prefix) :].replace("-", ""))):
                return owner
    return None


@lru_cache(maxsize=1)
def _names() -> tuple[dict[str, tuple[str, tuple[str, ...]]], dict[str, int]]:
    """Lower-case words → kind and units; first word → most words of its names."""
    table: dict[str, tuple[str, tuple[str, ...]]] = {}
    for place in districts():
        if place.name.isdigit():
            continue
        kind = "town" if place.kind in ("Nơi", "Thành phố", "Tỉnh") and " " in place.name else "district"
        if place.kind == "Nơi" and len(place.name) > 4:
            kind = "town"
        for words in _spellings(place.name):
            if table.get(words, ("",))[0] != "town":
                table[words] = (kind, units_of(place.name))
    for name in units():
        known = unit(name)
        for spelling in (name, *known.spellings):
            for words in _spellings(spelling):
                table[words] = ("name", (name,))
    for words in _NOT_PLACES:
        table[words] = ("", ())
    first: dict[str, int] = {}
    for words in table:
        tokens = words.split()
        first[tokens[0]] = max(first.get(tokens[0], 0), min(len(tokens), _MAX_TOKENS))
    return table, first


def _spellings(name: str) -> set[str]:
    """A name in lower case as words: as given, with the other placement of tone marks, and without diacritics."""
    words = " ".join(_TOKEN.findall(name)).lower()
    plain = " ".join(key(word) for word in words.split())
    found = {words, _other_tone(words)}
    if len(plain) > 5 and " " in plain:
        found.add(plain)
    return found


_OLD_NEW = tuple(
    pair.split("/")
    for pair in [
        "òa/oà",
        "óa/oá",
        "ỏa/oả",
        "õa/oã",
        "ọa/oạ",
        "ủy/uỷ",
        "úy/uý",
        "ùy/uỳ",
        "ụy/uỵ",
        "ũy/uỹ",
        "òe/oè",
        "óe/oé",
        "ỏe/oẻ",
        "õe/oẽ",
        "ọe/oẹ",
    ]
)


def _other_tone(words: str) -> str:
    for old, new in _OLD_NEW:
        words = words.replace(old, new)
    return words


@lru_cache(maxsize=1)
def _nicknames() -> tuple[re.Pattern[str], dict[str, str]]:
    """A pattern of all nicknames, the longest first, and nickname in lower case → unit."""
    owners = {nickname.lower(): name for name in units() for nickname in unit(name).nicknames}
    longest = sorted(owners, key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE), owners


@lru_cache(maxsize=1)
def _domains() -> dict[str, str]:
    found = {
        key(spelling): name for name in units() for spelling in (name, *unit(name).spellings) if len(key(spelling)) > 4
    }
    return found | {"hue": "Huế", "hanoimoi": "Hà Nội", "sggp": "Hồ Chí Minh", "hcmcpv": "Hồ Chí Minh"}
