"""A scraped page cut into what it is: title, article, signature, and what stands around them.

In: the lines of a page. Out: `Layout`: the title line, the lines of the article, stamps, and each removed line with its
reason. Must not know dates' meaning, cities or files.

The article begins at its first paragraph of prose; the title is the line above it that best fits the text; from the
end upward, lists, forms and bare time-stamps are cut away. A list of links in the middle loses only its own lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from search.ingest.boilerplate import is_masthead, is_rubric, kind, plain
from search.ingest.names import LOWER, UPPER
from search.ingest.stamps import MAX_STAMP_CHARS, Stamp, is_broken, stamp
from search.ingest.wrapping import unwrapped
from search.model import Removed

_SENTENCE_BREAK = re.compile(rf"[.…]\s+[{UPPER}“\"(]")
_BEFORE_BREAK = re.compile(rf"[{LOWER}\d][{LOWER}\d%][)”\"]?$")
_ENDS_SENTENCE = re.compile(r"[.…][”\"’)\]*]*$|[:;][”\"]?$")
_END_MARK = re.compile(r"\s*\.\s*/\s*\.?\s*$")
_DIGIT = re.compile(r"\d")
_WORDS = re.compile(r"[^\W_]+")
_NOTE = re.compile(r"(?:ảnh|nguồn|theo|\(|clip|video|đồ họa)", re.IGNORECASE)
_DATED_LINK = re.compile(
    r".{10,150}\(\s*(?:ngày\s+)?\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{4})?(?:[\s,|–-]+\d{1,2}[:h]\d{2})?\s*\)"
)
"""The headline of another article with its date behind it, as lists of other news have them."""
MIN_PROSE_WORDS = 8
MIN_LONG_CHARS = 200
LEAST_HEADLINES, MIN_HEADLINE_WORDS = 3, 4
MAX_HEAD = 300
LOOKED_AT_LINES = 10_000
"""How many lines from the top and from the end are asked whether they are stamps or boilerplate."""
HEAD_LINES = 24
"""In how many lines from the top a headline is looked for that was broken in two."""
CUT_ALL_BELOW = frozenset({"comments", "related", "form", "footer"})
"""Heads below which nothing of the article follows, unless paragraphs take up again."""
NEVER_ARTICLE = frozenset(
    {"broken date", "weather", "breadcrumb", "share bar", "counter", "footer", "link", "marks", "menu", "tags"}
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank: its 1-based number, its words, the kind of boilerplate it looks like, its stamp."""

    number: int
    text: str
    kind: str | None
    stamp: Stamp | None
    is_prose: bool = field(init=False)
    """Whether it reads as a paragraph of sentences rather than a headline, caption or link."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_prose", self._reads_as_prose())

    def _reads_as_prose(self) -> bool:
        if self.kind is not None or (self.stamp is not None and not self.stamp.opens):
            return False
        text = self.text if self.stamp is None else self.stamp.rest
        words = text.count(" ") + 1
        if words < MIN_PROSE_WORDS:
            return False
        if len(text) >= MIN_LONG_CHARS or has_sentence_break(text):
            return True
        return bool(_ENDS_SENTENCE.search(text)) and not text.endswith("...") and not text.endswith("…")


@dataclass(slots=True)
class Layout:
    """The parts of a page. `head` are stamps above the article, `tail` those below it, in order of lines."""

    title: Line | None = None
    title_rule: str = ""
    article: list[Line] = field(default_factory=list)
    head: list[Line] = field(default_factory=list)
    tail: list[Line] = field(default_factory=list)
    crawl: list[Line] = field(default_factory=list)
    names: list[Line] = field(default_factory=list)
    removed: list[Removed] = field(default_factory=list)

    def remove(self, line: Line, reason: str) -> None:
        """Note that a line is not of the article."""
        self.removed.append(Removed(line.number, line.text, reason))


def has_sentence_break(text: str) -> bool:
    """Whether one sentence ends and another begins inside a text: "TP. Huế" and "Q. 1" are no such place."""
    return any(
        _BEFORE_BREAK.search(text, max(0, match.start() - 4), match.start()) for match in _SENTENCE_BREAK.finditer(text)
    )


def lines_of(text: str) -> list[Line]:
    """The lines that hold something; U+00A0 is a blank."""
    rows = unwrapped([(number, line) for number, raw in enumerate(text.split("\n"), 1) if (line := raw.strip())])
    if len(rows) <= 2 * LOOKED_AT_LINES:
        return _headline_joined([_line(number, text) for number, text in rows])
    # a page has not so many lines: what is none takes no longer than it must
    first, middle, last = rows[:LOOKED_AT_LINES], rows[LOOKED_AT_LINES:-LOOKED_AT_LINES], rows[-LOOKED_AT_LINES:]
    return [
        *_headline_joined([_line(number, text) for number, text in first]),
        *(Line(number, text, None, None) for number, text in middle),
        *(_line(number, text) for number, text in last),
    ]


def _line(number: int, text: str) -> Line:
    if not _DIGIT.search(text, 0, MAX_STAMP_CHARS):
        return Line(number, text, kind(text), None)
    found = stamp(text)
    return Line(number, text, kind(text) or ("broken date" if found is None and is_broken(text) else None), found)


def _headline_joined(lines: list[Line]) -> list[Line]:
    """The lines with a headline that was broken in two joined: no blank line between, the second goes on in small."""
    for i, (first, second) in enumerate(pairwise(lines[:HEAD_LINES])):
        if first.is_prose and not first.text.endswith(":"):
            break
        below = lines[i + 2] if i + 2 < len(lines) else None
        if (
            second.number == first.number + 1
            and not (first.kind or second.kind or first.stamp or second.stamp)
            and len(first.text) + len(second.text) < MIN_LONG_CHARS
            and first.text[-1] not in ".!?…;"
            and second.text[-1] not in ".:;,"
            and (second.text[0].islower() or first.text[-1] in ":–-")
            and first.text.count(" ") >= 2
            and below is not None
            and (below.stamp is not None or below.number > second.number + 1)
        ):
            return [*lines[:i], Line(first.number, f"{first.text} {second.text}", None, None), *lines[i + 2 :]]
    return lines


def layout(lines: list[Line], known_title: str | None = None) -> Layout:
    """Cut a page into its parts; `known_title` is the title where something outside the text states it."""
    page = Layout()
    lead = _lead(lines, plain(known_title) if known_title else None)
    head, rest = lines[:lead], lines[lead:]
    title = _title(head, rest, known_title)
    page.title = head[title] if title is not None else None
    page.title_rule = "headline above the text" if title is not None else ""
    _read_head(page, head, title)
    body, tail = _split_tail(rest)
    _read_body(page, body)
    for line in tail:
        if line.stamp:
            page.tail.append(line)
        page.remove(line, _reason(line))
    page.removed.sort(key=lambda removed: removed.line)
    return page


def _lead(lines: list[Line], known: str | None) -> int:
    """Index of the first paragraph: prose that is neither the known title nor a headline standing over a stamp."""
    for i, line in enumerate(lines):
        if not line.is_prose or (known and i < HEAD_LINES and plain(line.text) == known):
            continue
        after = lines[i + 1] if i + 1 < len(lines) else None
        is_headline = (
            i < 3
            and after is not None
            and after.stamp is not None
            and not after.stamp.opens
            and len(line.text) < MIN_LONG_CHARS
            and not has_sentence_break(line.text)
            and not any(earlier.stamp for earlier in lines[:i])
            and any(later.is_prose for later in lines[i + 2 :])
        )
        if not is_headline:
            return i
    # no prose at all: everything below the first line is the text
    return min(1, len(lines) - 1) if lines else 0


def _title(head: list[Line], rest: list[Line], known: str | None) -> int | None:
    if known:
        wanted = plain(known)
        for i, line in enumerate(head):
            if line.kind is None and line.stamp is None and plain(line.text) == wanted:
                return i
    # a headline stands near its text: a thousand lines above are a list
    skipped = max(0, len(head) - MAX_HEAD)
    head = head[skipped:]
    text_words = {word for line in rest[:8] for word in _WORDS.findall(plain(line.text[:600]))}
    crumbs = [plain(line.text) for line in head if line.kind == "breadcrumb"]
    best: tuple[float, int] | None = None
    for i, line in enumerate(head):
        if line.kind is not None or line.stamp is not None:
            continue
        folded = plain(line.text)
        words = _WORDS.findall(folded)
        if len(words) < 3:
            continue
        score = _headline_score(line, folded, words, text_words)
        score += 3.0 * any(_continues(crumb, folded) for crumb in crumbs)
        score += 3.0 * any(other.text != line.text and _repeats(plain(other.text), folded) for other in head)
        beside = head[i + 1 : i + 2] + head[max(0, i - 1) : i]
        score += 1.5 * any(near.stamp is not None and not is_masthead(line.text) for near in beside)
        score -= 0.1 * (len(head) - 1 - i)
        if best is None or score > best[0]:
            best = (score, i)
    return best[1] + skipped if best is not None and best[0] >= 1.0 else None


def _headline_score(line: Line, folded: str, words: list[str], text_words: set[str]) -> float:
    shared = sum(word in text_words for word in words) / len(words)
    score = 2.5 * shared + (1.0 if 5 <= len(words) <= 45 else 0.0)
    if is_masthead(line.text):
        score -= 2.0
    if line.text.startswith(("Ảnh", "(Ảnh", "Video", "(")) or folded.endswith((":", "...")):
        score -= 1.5
    return score


def _continues(crumb: str, title: str) -> bool:
    """Whether a breadcrumb ends with the title or its beginning: "…> Hải Phòng xác định công tác…"."""
    crumb = crumb.rstrip(" .…")
    shortest = min(15, len(title))
    at = crumb.rfind(title[:shortest])
    return at >= 0 and title.startswith(crumb[at:])


def _repeats(other: str, title: str) -> bool:
    """Whether another line of the head begins with the title, as the window's title does ("… - Báo Hải Phòng")."""
    return len(title) >= 15 and other.startswith(title)


def _read_head(page: Layout, head: list[Line], title: int | None) -> None:
    """Stamps beside the title are kept as such; a stamp over a masthead, menu or weather is the crawl's."""
    last_of_site = max((i for i, line in enumerate(head[:title]) if _is_site(line)), default=-1) if title else -1
    for i, line in enumerate(head):
        if i == title:
            continue
        if line.stamp is not None:
            above_masthead = i < last_of_site
            (page.crawl if above_masthead else page.head).append(line)
            page.remove(line, "date over the masthead" if above_masthead else "date line")
        elif title is not None and i < title:
            page.remove(line, line.kind or ("masthead" if is_masthead(line.text) else "above the title"))
        elif line.kind in NEVER_ARTICLE or line.kind in CUT_ALL_BELOW:
            page.remove(line, line.kind or "")
        elif title is not None and plain(line.text) == plain(head[title].text):
            page.remove(line, "title again")
        else:
            page.names.append(line)
            page.article.append(line)


def _is_site(line: Line) -> bool:
    return line.kind in ("weather", "menu", "breadcrumb") or is_masthead(line.text)


def _split_tail(rest: list[Line]) -> tuple[list[Line], list[Line]]:
    """The article and what stands below it."""
    cut = len(rest)
    for i, line in enumerate(rest):
        if i > 0 and line.kind in CUT_ALL_BELOW and not _resumes(rest, i):
            cut = i
            break
        if i > 0 and _end_mark(line.text) and not _resumes(rest, i):
            cut = i + 1 + _signature_after(rest, i + 1)
            break
    while cut > 1 and (_is_tail(rest[cut - 1])):
        cut -= 1
    if (signed := _below_signature(rest[:cut])) is not None:
        cut = signed
    return rest[:cut], rest[cut:]


def _below_signature(body: list[Line]) -> int | None:
    """Where headlines of other articles begin that follow a signature without any head of their own."""
    last = next((i for i in range(len(body) - 1, -1, -1) if body[i].is_prose), None)
    if last is None or last + 1 >= len(body) or not _is_name(body[last + 1]):
        return None
    below = body[last + 2 :]
    headlines = [line for line in below if line.kind or MIN_HEADLINE_WORDS <= len(line.text.split()) <= 30]
    if len(headlines) < LEAST_HEADLINES or len(headlines) < len(below):
        return None
    return None if any(line.text[-1] in ".:;)" or _NOTE.match(line.text) for line in below) else last + 2


def _is_tail(line: Line) -> bool:
    if line.stamp is not None and not line.stamp.opens and not line.stamp.rest:
        return True
    return line.kind is not None or is_rubric(line.text) or _DATED_LINK.fullmatch(line.text) is not None


def _signature_after(rest: list[Line], start: int) -> int:
    """How many lines after the end mark still belong to the article: names, notes on sources, captions."""
    count = 0
    while start + count < len(rest) and count < 4:
        line = rest[start + count]
        if line.kind is not None or line.stamp is not None:
            break
        count += 1
    return count


def _resumes(rest: list[Line], at: int) -> bool:
    """Whether the article goes on below a line that usually ends it: paragraphs that follow each other."""
    stop = next((i for i in range(at + 1, len(rest)) if rest[i].kind in CUT_ALL_BELOW), len(rest))
    below = rest[at + 1 : stop]
    prose = [line.is_prose for line in below]
    if any(prose) and _is_name(below[-1]) and below[-2].is_prose and stop == len(rest):
        return True
    for i, is_prose in enumerate(prose):
        if is_prose:
            run = prose[i:]
            # teasers of other articles alternate with their headlines; paragraphs of this one do not
            return len(run) >= 2 and sum(run) >= 0.6 * len(run) and (run[0] and run[1])
    return False


def _is_name(line: Line) -> bool:
    """Whether a line may be a signature: two to five words, each with a capital."""
    words = line.text.split()
    return line.kind is None and 2 <= len(words) <= 5 and all(word[0].isupper() and word.isalpha() for word in words)


def _read_body(page: Layout, body: list[Line]) -> None:
    """Keep the article's lines; drop bars and boxes in the middle of it."""
    skipping = False
    for line in body:
        if line.is_prose:
            skipping = False
        elif line.kind in ("related", "comments"):
            skipping = True
        if skipping or line.kind in NEVER_ARTICLE or line.kind == "form":
            page.remove(line, line.kind or "list of other articles")
        elif line.stamp is not None and not line.stamp.opens:
            page.remove(line, "date line")
            (page.head if not page.article or len(page.article) <= 1 else page.tail).append(line)
        elif line.stamp is not None:
            page.head.append(line)
            page.remove(Line(line.number, line.stamp.text, None, None), "date that opens the text")
            page.article.append(Line(line.number, line.stamp.rest, None, None))
        elif mark := _end_mark(line.text):
            page.remove(Line(line.number, mark[0].strip(), None, None), "end mark")
            text = line.text[: mark.start()]
            page.article.append(Line(line.number, text + "." if text and text[-1].isalnum() else text, None, None))
        else:
            page.article.append(line)


def _end_mark(text: str) -> re.Match[str] | None:
    return _END_MARK.search(text) if "/" in text[-6:] else None


def _reason(line: Line) -> str:
    if line.stamp is not None and not line.stamp.opens:
        return "time-stamp below the article"
    return line.kind or "below the article"
