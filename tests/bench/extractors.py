"""The reader of pages beside public extractors: trafilatura and htmldate on the same pages.

    python -m tests.bench.extractors [PAGES_DIR]

Each page written for the tests, tests/pages too (and, where PAGES_DIR is given, each real one of the five) is put into
plain HTML, a paragraph a line, its title as heading; all are asked for the day of publication, the words that must
stay, and those that must go. A day is right when it is the true one, or when none is given where none can be known.
Times are of one core, pages a second.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from search.ingest.html import read_html
from search.model import Record
from tests.ingest.test_pages import CASES
from tests.ingest.test_shared_pages import TRUTH
from tests.test_page_truth import PAGES
from tests.test_page_truth import TRUTH as PAGE_TRUTH

Answer = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Question:
    """A page as HTML, its true day (None: not to be known), and words that stay or go; `day` asks for the day."""

    name: str
    html: str
    day: str | None
    asks_day: bool
    stays: tuple[str, ...]
    goes: tuple[str, ...]


def as_html(text: str, title: object) -> str:
    """A page of text as HTML without metadata."""
    lines = [line.strip() for line in text.replace("\u00a0", " ").splitlines() if line.strip()]
    blocks = [f"<h1>{escape(line)}</h1>" if line == title else f"<p>{escape(line)}</p>" for line in lines]
    return "<!DOCTYPE html><html><head><title></title></head><body><div>" + "".join(blocks) + "</div></body></html>"


def questions(folder: Path | None) -> list[Question]:
    """All pages asked about."""
    found = []
    for name, case in CASES.items():
        day = str(case.published)[:10] if isinstance(case.published, str) else None
        html = as_html(case.page, case.title if isinstance(case.title, str) else case.page.split("\n")[0])
        found.append(Question(name, html, day, case.published is not ..., case.body_has, case.body_lacks))
    for path in sorted(PAGES.iterdir()):
        truth, text = PAGE_TRUTH[path.name], path.read_bytes().decode("utf-8-sig")
        html = text if path.suffix == ".html" else as_html(text, truth["title"])
        day = truth["published"] and truth["published"][:10]
        found.append(Question(f"page: {path.name}", html, day, True, tuple(truth["keeps"]), tuple(truth["strips"])))
    for name, truth in TRUTH.items() if folder else ():
        text = (folder / f"{name}.txt").read_text(encoding="utf-8") if folder else ""
        gone = tuple(
            words for line in truth["removed"] if len(words := text.split("\n")[line - 1].strip()) in range(4, 90)
        )
        found.append(
            Question(f"real: {name[:3]}", as_html(text, truth["title"]), truth["published"][0][:10], True, (), gone)
        )
    return found


def ours(html: str) -> Answer:
    """This project's reader."""
    record = read_html("page.html", "page", html.encode())
    return (record.published.value, record.body) if isinstance(record, Record) else (None, "")


def theirs(html: str) -> Answer:
    """htmldate for the day, trafilatura for the text."""
    import htmldate
    import trafilatura

    day = htmldate.find_date(html, original_date=True, extensive_search=True, max_date="2030-01-01")
    text = trafilatura.extract(html, include_comments=False, favor_precision=True) or ""
    return day, text


def measure(name: str, read: Callable[[str], Answer], asked: list[Question]) -> None:
    """Print what one reader got right."""
    read(asked[0].html)
    started = time.perf_counter()
    answers = [read(question.html) for question in asked]
    seconds = time.perf_counter() - started
    dated = [(q, (day or "")[:10] or None) for q, (day, _) in zip(asked, answers, strict=True) if q.asks_day]
    right = sum(day == q.day for q, day in dated)
    invented = sum(day is not None and day != q.day for q, day in dated)
    kept = [word in text for q, (_, text) in zip(asked, answers, strict=True) for word in q.stays]
    gone = [word not in text for q, (_, text) in zip(asked, answers, strict=True) for word in q.goes]
    print(
        f"{name:24} day right {right:3}/{len(dated)}, wrong day {invented:3}; words kept {sum(kept):3}/{len(kept)}, "
        f"dirt removed {sum(gone):3}/{len(gone)}; {len(asked) / seconds:.0f} pages/s"
    )
    pages = [(q, day) for q, day in dated if q.name.startswith("page")]
    wrong = sum(day is not None and day != q.day for q, day in pages)
    print(f"    of tests/pages alone: day right {sum(d == q.day for q, d in pages)}/{len(pages)}, wrong day {wrong}")
    for question, day in dated:
        if question.name.startswith("real"):
            print(f"    {question.name}: {day} (true: {question.day})")


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    asked = questions(folder)
    measure("this project", ours, asked)
    measure("htmldate, trafilatura", theirs, asked)


if __name__ == "__main__":
    main()
