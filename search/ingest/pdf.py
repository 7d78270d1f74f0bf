"""PDF files that hold text → one record each.

In: a stream. Out: `Record` or `Skipped`. Must not know rules of pages: its lines are read by `search.ingest.page`.

Lines as printed are joined into paragraphs again; texts set in legacy fonts (.VnTime, VNI-Times) are converted. A
scan holds pictures of text only and is skipped with that reason.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from typing import BinaryIO

from search.analysis.legacy import convert_text
from search.ingest.names import LOWER
from search.ingest.page import Page, read_page
from search.ingest.sidecars import sidecar
from search.ingest.sources import Source
from search.model import Record, Skipped

MAX_BYTES = 128 << 20
MAX_PAGES = 500
MAX_CHARS = 4 << 20
_ENDS = re.compile(r"[.!?:;…”\"]\s*$")
_GOES_ON = re.compile(rf"[{LOWER}\d(,–-]")
_PAGE_NUMBER = re.compile(r"\s*(?:trang\s+)?[-–]?\s*\d{1,4}\s*(?:/\s*\d{1,4})?\s*[-–]?\s*", re.IGNORECASE)
FULL_LINE = 0.75
"""A line at least this long, against the longest of its page, was broken by the margin."""


def read(source: Source, stream: BinaryIO) -> Iterator[Record | Skipped]:
    """Read one PDF file."""
    fields = sidecar(source)
    if isinstance(fields, Skipped):
        yield fields
        return
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        yield Skipped(source.file, None, f"longer than {MAX_BYTES >> 20} MB; split it")
        return
    try:
        text = _text(data)
    except Exception as error:
        # pypdf answers damaged files with errors of every kind
        why = (
            "locked with a password"
            if "encrypt" in str(error).lower() or "password" in str(error).lower()
            else "damaged"
        )
        yield Skipped(source.file, None, f"a {why} PDF ({type(error).__name__}); open it and print it to a new file")
        return
    if not text.strip():
        yield Skipped(source.file, None, "holds no text, perhaps a scan; recognize its text (OCR) first")
        return
    yield read_page(Page(source.file, source.id, text, sidecar=fields))


def _text(data: bytes) -> str:
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = PdfReader(io.BytesIO(data))
    parts: list[str] = []
    size = 0
    for page in reader.pages[:MAX_PAGES]:
        text = page.extract_text() or ""
        size += len(text)
        parts += paragraphs(text.split("\n"))
        if size > MAX_CHARS:
            break
    return convert_text("\n".join(parts)).text


def paragraphs(lines: list[str]) -> list[str]:
    """Printed lines as paragraphs: a full line goes on in the next, unless it ends a sentence and that begins one."""
    lines = [line.strip() for line in lines if line.strip() and not _PAGE_NUMBER.fullmatch(line)]
    longest = max(map(len, lines), default=0)
    found: list[str] = []
    before = ""
    for line in lines:
        ended = not before or _ENDS.search(before) is not None
        is_full = len(before) >= FULL_LINE * longest
        if before and ((is_full and not ended) or (_GOES_ON.match(line) and (is_full or not ended))):
            found[-1] += " " + line
        else:
            found.append(line)
        before = line
    return found
