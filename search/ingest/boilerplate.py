"""What a line of a scraped page is when it is not the article: menus, weather, share bars, related lists, forms.

In: one line. Out: the kind of boilerplate, or None. Must not know the rest of the page: `search.ingest.layout` weighs
kinds by where they stand, since "Bình luận" heads a form below an article and may be a heading inside one. What lines
say is in `phrases.tsv`.

>>> kind("19.3 C"), kind("CÓ THỂ BẠN QUAN TÂM"), kind("HomeXây dựng Đảng - Xây dựng Chính quyền"), kind("Hải Phòng")
('weather', 'related', 'breadcrumb', None)
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

from search.ingest.names import UPPER

MAX_CHARS = 160
MAX_FOOTER_CHARS = 320
_BASES = (
    {
        code: unicodedata.normalize("NFD", chr(code))[0]
        for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
        if len(unicodedata.normalize("NFD", chr(code))) > 1
    }
    | {ord("đ"): "d", ord("ð"): "d"}
    | dict.fromkeys(range(0x300, 0x370), None)
)
"""Letters with diacritics → without; marks that stand alone → nothing."""
_GLUED = re.compile(rf"(?:Home|HOME|Trang chủ|TRANG CHỦ|Trang nhất)(?=[{UPPER}])")
_GLUED_NEIGHBOR = re.compile(rf"(?:Bài trước|Bài tiếp theo|Bài sau|Bài viết trước|Bài viết sau)(?=[{UPPER}])")
_CAPITALS_ONLY = ("slogan", "masthead")
_APART = ("slogan", "masthead", "rubric")
"""Kinds that no line is of by itself."""
_BULLET = re.compile(r"^(?:(?P<link>\[\d{1,4}\])|[*•·+»›▪►○●-]\s*)(?=[^\W_])")
"""Before a line that a text browser lists as a link ("[12]Liên hệ") or point."""
MAX_LINK_CHARS = 60
_PIECES = re.compile(r"\s*[|•·]\s*|\s{2,}|\t+")
_LEAST_RUBRICS = 3
_PHRASE_BREAK = re.compile(r"[,–-]")


def plain(text: str) -> str:
    """The line in lower case without diacritics, runs of blanks as one: what the patterns are written for."""
    return " ".join(unicodedata.normalize("NFC", text.lower()).translate(_BASES).split())


@lru_cache(maxsize=4096)
def kind(line: str) -> str | None:
    """The kind of boilerplate a line looks like, by its words alone; None for what may be the article.

    A line of several pieces ("Lưu bài | Gửi mail") is boilerplate when each of its pieces is; one of rubrics is a menu.
    """
    if len(line) > MAX_FOOTER_CHARS:
        return None
    if _GLUED.match(line):
        return "breadcrumb"
    if _GLUED_NEIGHBOR.match(line):
        return "related"
    folded = plain(line)
    if (found := _kind(folded, len(line))) is not None or len(line) > MAX_CHARS:
        return found
    if bullet := _BULLET.match(folded):
        rest = folded[bullet.end() :]
        found = _kind(rest, len(rest)) or ("menu" if bullet["link"] and len(rest) <= MAX_LINK_CHARS else None)
        if found is not None:
            return found
    pieces = [piece for piece in _PIECES.split(line.strip()) if piece]
    if len(pieces) > 1:
        kinds = [
            _kind(words, len(words)) or ("menu" if _is_rubrics(words, 1) else None) for words in map(plain, pieces)
        ]
        if all(kinds):
            return next((one for one in kinds if one not in ("marks", "menu")), "menu")
    return "menu" if _is_rubrics(folded, _LEAST_RUBRICS) else None


def _kind(folded: str, length: int) -> str | None:
    for name, pattern in _patterns().items():
        if name not in _APART and (length <= MAX_CHARS or name == "footer") and pattern.fullmatch(folded):
            return name
    return None


def _is_rubrics(folded: str, least: int) -> bool:
    """Whether a line is little else than names of rubrics, as in a menu: "Chính trị Kinh tế Làng nghề Văn hoá"."""
    rest, count = _rubrics().subn(" ", folded)
    return count >= least and len("".join(rest.split())) <= 0.3 * len("".join(folded.split()))


def is_rubric(line: str) -> bool:
    """Whether a line is the name of a rubric and nothing else: one of a menu, or a heading of an article."""
    return len(line) <= 40 and _is_rubrics(plain(line), 1)


def is_masthead(line: str) -> bool:
    """Whether a line in capitals names an office or shouts a slogan, as above a site's menu."""
    letters = [c for c in line if c.isalpha()]
    if len(letters) < 6 or any(c.islower() for c in letters):
        return False
    folded = plain(line)
    return any(_patterns()[name].fullmatch(folded) for name in _CAPITALS_ONLY) or _repeats(folded)


def _repeats(folded: str) -> bool:
    """Whether phrases between commas and dashes come twice, as in slogans."""
    parts = [part.strip() for part in _PHRASE_BREAK.split(folded) if part.strip()]
    return len(parts) >= 4 and len(set(parts)) <= len(parts) * 0.7


@lru_cache(maxsize=1)
def _rubrics() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_patterns()['rubric'].pattern})(?!\w)")


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    alternatives: dict[str, list[str]] = {}
    for row in files(__package__).joinpath("phrases.tsv").read_text(encoding="utf-8").splitlines():
        if row and not row.startswith("#"):
            name, pattern = row.split("\t")
            pattern = pattern.replace("{rubric}", "(?:" + "|".join(alternatives.get("rubric", ())) + ")")
            alternatives.setdefault(name, []).append(f"(?:{pattern})")
    return {name: re.compile("|".join(patterns)) for name, patterns in alternatives.items()}
