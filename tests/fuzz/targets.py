"""What is fed with any bytes, and what must hold for all of them.

In: bytes. A target returns when its promise holds and raises whatever broke it. Targets share one index of a few
articles, made once a process.
"""

from __future__ import annotations

import atexit
import functools
import io
import json
import shutil
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search.errors import QueryError
from search.ingest import formats
from search.ingest.output import record_json
from search.ingest.sources import Source
from search.model import Record, Skipped
from search.query import syntax
from search.query.clauses import written
from search.query.limits import MAX_CHARS
from search.state import parse

ROOT = Path(__file__).resolve().parent.parent
ENDINGS = (".jsonl", ".csv", ".tsv", ".md", ".docx", ".pdf", ".eml", ".mhtml", ".xml", ".warc", ".zip", ".tar", ".gz")
MAX_RECORDS = 200
"""So many records of one input are looked at."""


@functools.cache
def _index() -> Any:
    import search

    folder = Path(tempfile.mkdtemp(prefix="timbao-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    lines = (ROOT / "articles" / "anticorruption.jsonl").read_text("utf-8").splitlines()
    search.build((json.loads(line) for line in lines), folder / "index")
    return search.open(folder / "index")


@functools.cache
def _client() -> Any:
    from search.settings import Settings
    from web import create_app

    app = create_app(_index(), Settings(access_log=False, rate_limit="", search_timeout_s=600))
    return app.test_client()


def parser(data: bytes) -> None:
    """Any text is a tree, or too large for one; the tree written down is a query again, and nothing said is lost."""
    text = unicodedata.normalize("NFC", data.decode("utf-8", "replace"))[:MAX_CHARS]
    try:
        clause = syntax.parse(text).clause
        if clause is not None:
            again = written(clause)
            assert again == again.strip()
            assert again or not any(letter.isalnum() for letter in text)
            syntax.parse(again)
    except QueryError:
        return


def query(data: bytes) -> None:
    """Any text is a query: it is answered, or refused with a reason for a parameter out of range."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        result = _index().search(text, limit=3)
    except QueryError:
        return
    assert result.total >= len(result.hits)
    for hit in result.hits:
        for start, end in hit.title_highlights:
            assert 0 <= start < end <= len(hit.title)
        for snippet in hit.snippets:
            for start, end in snippet.highlights:
                assert 0 <= start < end <= len(snippet.text)


def address(data: bytes) -> None:
    """Any query string is a search or a list of errors; a search written as an address reads back the same."""
    try:
        state = parse(data.decode("latin-1"))
    except QueryError:
        return
    assert parse(state.query_string) == state


def request(data: bytes) -> None:
    """Any path and query string gets an answer below 500, in the page and in the API."""
    path, _, parameters = data.partition(b"?")
    for start in ("/search", "/api/v1/search", "/" + path.decode("latin-1").lstrip("/")):
        answer = _client().get(start, query_string=parameters.decode("latin-1"))
        assert answer.status_code < 500, (start, answer.status_code)
        if "json" in answer.content_type:
            json.loads(answer.data)


def suggest(data: bytes) -> None:
    """Anything typed so far has completions, none perhaps; repaired or not, they are text."""
    try:
        for completion in _index().suggest(data.decode("utf-8", "surrogateescape")):
            assert completion.text
    except QueryError:
        pass


def _read(data: bytes, ending: str) -> None:
    source = Source("input" + ending, "input", ending, lambda: io.BytesIO(data))
    for number, item in enumerate(formats.read(source)):
        if isinstance(item, Record):
            json.dumps(record_json(item), ensure_ascii=False).encode("utf-8")
            assert item.article.id
        else:
            assert isinstance(item, Skipped)
            assert item.reason
        if number == MAX_RECORDS:
            break


def page(data: bytes) -> None:
    """Any bytes saved as a text page are a record or skipped with a reason."""
    _read(data, ".txt")


def html(data: bytes) -> None:
    """The same for HTML."""
    _read(data, ".html")


def lines(data: bytes) -> None:
    """The same for JSON lines."""
    _read(data, ".jsonl")


def file(data: bytes) -> None:
    """The same for every other format; the first byte chooses the ending, the last four bits a wrapping."""
    if not data:
        return
    ending, data = ENDINGS[data[0] % len(ENDINGS)], data[1:]
    if data[-1:] == b"Z":
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            archive.writestr("a" + ending, data)
        ending, data = ".zip", held.getvalue()
    _read(data, ending)


@dataclass(frozen=True, slots=True)
class Target:
    """A promise, inputs to start from, words that matter to it, and its share of a mixed run in thousandths."""

    check: Callable[[bytes], None]
    made: Callable[[], list[bytes]]
    words: tuple[bytes, ...]
    share: int


def _pages(ending: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / "pages").rglob("*" + ending))]


def _queries() -> list[bytes]:
    kept = (Path(__file__).with_name("seeds") / "query.txt").read_text("utf-8").splitlines()
    return [line.encode() for line in kept]


def _addresses() -> list[bytes]:
    from urllib.parse import quote

    kept = [b"q=tham+nhung&city=H%E1%BA%A3i+Ph%C3%B2ng&from=2019&to=3/2020&sort=newest&marks=strict&limit=5"]
    return kept + [b"q=" + quote(line).encode() for line in _queries()]


def _requests() -> list[bytes]:
    paths = (b"articles/1", b"feed.atom", b"api/v1/suggest", b"api/v1/articles/1", b"export.csv", b"stats", b"healthz")
    return [paths[number % len(paths)] + b"?" + line for number, line in enumerate(_addresses())]


def _json_lines() -> list[bytes]:
    return [b'{"id": "1", "title": "a", "body": "b", "city": "hanoi", "date": "2019-03"}\n{"id": 2}\n', b"[]", b"{"]


def _files() -> list[bytes]:
    made = [bytes([number]) + b"title,body\na,b\n" for number in range(len(ENDINGS))]
    return made + [bytes([3]) + page for page in _pages(".txt")[:5]]


OPERATORS = (
    b'"',
    b"-",
    b"OR",
    b"(",
    b")",
    b"title:",
    b"city:",
    b"date:",
    b"..",
    b"*",
    b"~",
    b"~2",
    b"+",
    b"tham",
    b"nh\xc5\xa9ng",
    "tiêu đề:".encode(),
    "ngày:".encode(),
    b"\xcc\x81",
    b"\xe2\x80\x8b",
    b"\xff",
    b"\x00",
    b"{",
    b"^",
    b":",
    b"\\",
    b"/",
)
PARAMETERS = (
    b"&q=",
    b"&city=",
    b"&from=",
    b"&to=",
    b"&sort=",
    b"&cursor=",
    b"&limit=",
    b"%00",
    b"%FF",
    b"+",
    b"?",
    b"/",
)
MARKUP = (
    b"<",
    b">",
    b"</",
    b"<!--",
    b"-->",
    b"<script>",
    b"<meta ",
    b"content=",
    b"&#x110000;",
    b"&amp;",
    b"<title>",
    b"<p>",
    b'<script type="application/ld+json">',
    b'{"datePublished": "',
    b"ng\xc3\xa0y ",
    b"31/02/2021",
    b"\r\n",
    b"charset=",
)
FIELDS = (
    b'"id"',
    b'"title"',
    b'"body"',
    b'"date"',
    b":",
    b",",
    b"{",
    b"}",
    b"[",
    b"null",
    b"1e999",
    b'"\\ud800"',
    b"\n",
)
MAGIC = (
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"%PDF-1.4",
    b"WARC/1.0\r\n",
    b"MIME-Version: 1.0\r\n",
    b"<rss>",
    b"ustar",
    b"\r\n\r\n",
)

TARGETS: dict[str, Target] = {
    "parser": Target(parser, _queries, OPERATORS, 320),
    "query": Target(query, _queries, OPERATORS, 15),
    "address": Target(address, _addresses, PARAMETERS, 250),
    "request": Target(request, _requests, PARAMETERS + OPERATORS, 8),
    "suggest": Target(suggest, _queries, OPERATORS, 47),
    "page": Target(page, lambda: _pages(".txt"), MARKUP, 40),
    "html": Target(html, lambda: _pages(".html"), MARKUP, 40),
    "lines": Target(lines, _json_lines, FIELDS, 230),
    "file": Target(file, _files, MAGIC + FIELDS, 50),
}


def seeds(name: str) -> list[bytes]:
    """What a target starts from: the inputs made for it, and those that once broke its promise."""
    folder = Path(__file__).with_name("seeds") / name
    kept = [path.read_bytes() for path in sorted(folder.iterdir())] if folder.is_dir() else []
    return TARGETS[name].made() + kept
