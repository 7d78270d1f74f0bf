"""Word documents (.docx) → one record each.

In: a stream. Out: `Record` or `Skipped`. Must not know rules of pages: its lines are read by `search.ingest.page`.

The dates of the file's properties are those of typing, not of publication, and are left alone. Texts typed in legacy
fonts (.VnTime, VNI-Times) are converted.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from search.analysis.legacy import convert_text
from search.ingest.cleaning import clean_line
from search.ingest.page import Page, read_page
from search.ingest.sidecars import sidecar
from search.ingest.sources import Source
from search.model import Evidence, Reading, Record, Skipped

MAX_BYTES = 64 << 20
MAX_UNPACKED_BYTES = 512 << 20
MAX_RATIO = 250


def read(source: Source, stream: BinaryIO) -> Iterator[Record | Skipped]:
    """Read one document."""
    fields = sidecar(source)
    if isinstance(fields, Skipped):
        yield fields
        return
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        yield Skipped(source.file, None, f"longer than {MAX_BYTES >> 20} MB; save it without its pictures")
        return
    try:
        unpacked = sum(member.file_size for member in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        yield Skipped(source.file, None, "not a Word document (.docx), or cut short; open it and save it again")
        return
    if unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * len(data) > 32 << 20:
        yield Skipped(source.file, None, "unpacks to far more than its size; open it and save it again")
        return
    try:
        lines, title = _lines(data)
    except Exception as error:
        # python-docx answers damaged documents with errors of every kind
        yield Skipped(
            source.file, None, f"a damaged document ({error or type(error).__name__}); open it and save it again"
        )
        return
    text = convert_text("\n".join(lines)).text
    readings = {}
    if title and clean_line(convert_text(title).text) in [clean_line(line) for line in text.split("\n")]:
        named = clean_line(convert_text(title).text)
        readings["title"] = Reading(named, "high", (Evidence("title style or property", named),))
    yield read_page(Page(source.file, source.id, text, readings, fields))


def _lines(data: bytes) -> tuple[list[str], str]:
    from docx import Document
    from docx.table import Table

    document: Any = Document(io.BytesIO(data))
    lines: list[str] = []
    title = ""
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            lines += [" | ".join(cell.text.strip() for cell in row.cells) for row in block.rows]
            continue
        text = block.text
        lines += text.split("\n")
        style = (block.style.name or "") if block.style is not None else ""
        if not title and text.strip() and style.lower() in ("title", "heading 1"):
            title = text.strip()
    return lines, title or (document.core_properties.title or "").strip()
