"""Who wrote an article: names beside the date, under the title, or signed below the last paragraph.

In: a `Layout`. Out: `Reading`. Must not know files. Names in capitals are given as people write them.

>>> person("NGÔ HUYỀN"), person("Lê Minh Thắng"), person("Nhóm PV"), person("Hải Phòng"), person("Khép lại năm cũ")
('Ngô Huyền', 'Lê Minh Thắng', 'Nhóm PV', None, None)
"""

from __future__ import annotations

import re

from search.gazetteer import canonical, units_of
from search.ingest.boilerplate import plain
from search.ingest.layout import Layout, Line
from search.ingest.names import NOT_PEOPLE, SURNAME_KEYS, UPPER
from search.model import Confidence, Evidence, Reading

_GROUP = re.compile(
    r"(?:nhom )?(?:pv|p\.?v\.?|phong vien|ctv|bbt|btv|ban bien tap|bien tap vien|cong tac vien)(?: .{0,40})?|"
    r"nhom (?:pv|phong vien|tac gia|bien tap)(?: .{0,40})?"
)
_LABEL = re.compile(
    r"(?:(?:tác giả|bài viết|(?:bài|tin)(?:(?:,| và)? (?:ảnh|bài|video))?|nội dung|thực hiện|người viết|viết bởi"
    r"|theo phóng viên|author|by)\s*[:\-–]|by(?=\s))\s*(.+)",
    re.IGNORECASE,
)
_DONE_BY = re.compile(
    r"(?:theo )?([^.,:;]{3,50}?)"
    r"(?:\s+(?:thực hiện|ghi|lược ghi|lược dịch|tổng hợp|dịch)"
    r"|\s?/\s?(?:(?:báo|tạp chí|đài) .{2,40}|(?:TTXVN|VOV|VTV|VTC|BNEWS|Vietnam\+)\S{0,30}(?: \S{1,20}){0,2}))",
    re.IGNORECASE,
)
_PHOTO = re.compile(r"(?:ảnh|clip|video|đồ họa|nguồn ảnh|photo)\s*[:\-–]", re.IGNORECASE)
_TRAILER = re.compile(
    r"\s*(?:[(\[][^)\]]{1,30}[)\]]|[-–/|]\s*(?:TTXVN|VOV|VTV|Ảnh.*))\s*$",
    re.IGNORECASE,
)
_NAME_WORD = re.compile(rf"[{UPPER}][^\W\d_]*\.?")
_HONORIFIC = re.compile(
    r"(?:luật gia|luật sư|ls\.?|bác sĩ|bs\.?|thạc sĩ|ths\.?|tiến sĩ|ts\.?|pgs\.?|gs\.?|nhà báo|nhà văn|nhà thơ"
    r"|(?:đại|thượng|trung|thiếu) (?:tướng|tá|úy))\s+",
    re.IGNORECASE,
)
"""What a signature puts before a name."""
MAX_CHARS = 60
MOST_UNDER_TITLE = 3
UNDER_TITLE = "name under the title"


def person(text: str, *, pen_name: bool = False) -> str | None:
    """The name a short line gives, or None when it is not a person's or a group's; a pen name may be a district's."""
    text = text.strip(" .,;*-–—|")
    while honorific := _HONORIFIC.match(text):
        text = text[honorific.end() :]
    if not 2 <= len(text) <= MAX_CHARS or text.endswith((":", "?", "!")):
        return None
    folded = plain(text)
    if _GROUP.fullmatch(folded):
        return text
    parts = [part for part in re.split(r"\s*[,;&]\s*|\s+(?:-|–|và|/)\s+", text) if part]
    names = [_name(part, pen_name=pen_name) for part in parts]
    if not names or len(names) > 4 or any(name is None for name in names):
        return None
    return ", ".join(name for name in names if name)


def byline(page: Layout) -> Reading:
    """The author of a page: from the date line, a line under the title, or the signature."""
    for line in page.head:
        if line.stamp and line.stamp.rest and not line.stamp.opens and (name := _labelled(line.stamp.rest)):
            return Reading(name, "high", (Evidence("name on the date line", line.text, line.number),))
    signed = _signature(page.article)
    if signed:
        name, line, rule = signed
        return Reading(
            name, "high" if rule != "signature" else _confidence(name), (Evidence(rule, line.text, line.number),)
        )
    under = _under_title(page.names)
    if under:
        evidence = tuple(Evidence(UNDER_TITLE, line.text, line.number) for _, line in under)
        return Reading(", ".join(name for name, _ in under), "medium", evidence)
    return Reading(None)


def _under_title(names: list[Line]) -> list[tuple[str, Line]]:
    """The first name under the title, and those on the lines right below it."""
    found: list[tuple[str, Line]] = []
    for index, line in enumerate(names[: MOST_UNDER_TITLE + 2]):
        name = _labelled(line.text)
        if name and len(found) < MOST_UNDER_TITLE and (not found or line.number - found[-1][1].number <= 2):
            found.append((name, line))
        elif found or index >= 2:
            break
    return found


def _signature(article: list[Line]) -> tuple[str, Line, str] | None:
    """The signature; a pen name may be that of a district ("Hồng Lĩnh") of which the article does not tell."""
    for line in reversed(article[-4:]):
        if len(article) < 2 or line.is_prose:
            break
        if match := _LABEL.fullmatch(line.text) or _DONE_BY.fullmatch(line.text):
            if name := person(_TRAILER.sub("", match[1])):
                return name, line, "labelled signature"
        elif not _PHOTO.match(line.text):
            text = _TRAILER.sub("", _unwrapped(line.text))
            if name := person(text):
                return name, line, "signature"
            is_new = line is article[-1] and not any(text in other.text for other in article[:-1])
            if is_new and (name := person(text, pen_name=True)):
                return name, line, "signature"
    return None


def _labelled(text: str) -> str | None:
    match = _LABEL.fullmatch(text)
    return person(_TRAILER.sub("", match[1] if match else text))


def _unwrapped(text: str) -> str:
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text


def _confidence(name: str) -> Confidence:
    return "high" if plain(name).split()[0] in SURNAME_KEYS or "PV" in name else "medium"


def _name(text: str, *, pen_name: bool) -> str | None:
    words = text.split()
    if not 2 <= len(words) <= 5 or not all(_NAME_WORD.fullmatch(word) for word in words):
        return None
    folded = plain(text).split()
    if words[0].lower() in NOT_PEOPLE or canonical(text) or (units_of(text) and not pen_name):
        return None
    if text.isupper():
        if folded[0] not in SURNAME_KEYS and len(words) > 3:
            return None
        return " ".join(word.capitalize() for word in words)
    return text
