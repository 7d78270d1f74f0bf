"""CSV and TSV tables → one record a row.

In: a stream. Out: `Record` per row, or `Skipped` with its line. Must not know how unstated fields are inferred.

Columns are found by their names, Vietnamese or English; a sidecar `NAME.meta.json` with
`{"columns": {"title": "Tên bài", "body": "Nội dung bài"}}` maps any others.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from search.analysis.legacy import decode
from search.gazetteer import key
from search.ingest.fields import FieldError, Fields, stated_id
from search.ingest.pending import Pending, put_off
from search.ingest.records import record
from search.ingest.sources import Source
from search.model import Record, Skipped

COLUMNS = {
    "id": ("id", "ma", "maso", "mabai", "stt"),
    "title": ("title", "tieude", "tenbai", "tit", "headline", "tua"),
    "body": ("body", "noidung", "content", "text", "baiviet", "toanvan", "noidungbai"),
    "published": (
        "published",
        "date",
        "ngay",
        "ngaydang",
        "ngayxuatban",
        "thoigian",
        "publisheddate",
        "publishedat",
        "pubdate",
    ),
    "city": ("city", "tinh", "thanhpho", "tinhthanh", "tinhthanhpho", "diaphuong", "province", "diaban"),
    "url": ("url", "link", "duongdan", "lienket", "diachi"),
    "source": ("source", "nguon", "bao", "toasoan", "nguontin"),
    "byline": ("byline", "tacgia", "author", "phongvien", "nguoiviet"),
}
"""Field → names of its column, without diacritics, blanks and marks."""
_LONGER = frozenset(["tieude", "tenbai", "noidung", "ngaydang", "ngayxuatban", "tacgia", "tinhthanh", "diaphuong"])
"""Those that may go on; an English one may not, since "content_type" is no content."""
_NAMED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
"""The line by which a spreadsheet names its separator."""
SAMPLE_BYTES = 64 << 10
MAX_FIELD_CHARS = 32 << 20
MAX_LEGACY_BYTES = 256 << 20
_WIDE = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig")


def read(source: Source, stream: BinaryIO) -> Iterator[Record | Skipped | Pending]:
    """Read one table; the first row names the columns."""
    csv.field_size_limit(MAX_FIELD_CHARS)
    text = _text(stream)
    first = text.readline()
    named = _NAMED.fullmatch(first)
    if named:
        first = text.readline()
    delimiter = named[1] if named else "\t" if source.ending in (".tsv", ".tab") or "\t" in first else _delimiter(first)
    header = next(csv.reader([first], delimiter=delimiter), [])
    try:
        columns = _columns(header, source)
    except FieldError as error:
        yield Skipped(source.file, 1, str(error))
        return
    rows = csv.reader(text, delimiter=delimiter)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Skipped(source.file, rows.line_num + 1, f"broken row ({error}); check its quotes")
            continue
        if row and any(cell.strip() for cell in row):
            yield _record(source, rows.line_num + 1, row, header, columns)


def _record(
    source: Source, line: int, row: list[str], header: list[str], columns: dict[str, int]
) -> Record | Skipped | Pending:
    if len(row) > len(header):
        reason = f"{len(row)} columns where the first row names {len(header)}; put quotes around texts with separators"
        return Skipped(source.file, line, reason)
    values = {name: row[index] for name, index in columns.items() if index < len(row) and row[index].strip()}
    try:
        identifier = stated_id(values)
        if identifier is None:
            return record(values, source.file, line, source.defaults)
        return put_off(source, identifier, line, record, values, source.file, line, source.defaults)
    except FieldError as error:
        return Skipped(source.file, line, str(error))


def _columns(header: list[str], source: Source) -> dict[str, int]:
    names = [key(name) for name in header]
    found: dict[str, int] = {}
    for field, wanted in _mapping(source).items():
        if field not in Fields.__slots__:
            raise FieldError(f'the sidecar maps "{field}", which is no field; use {", ".join(Fields.__slots__)}')
        if key(wanted) not in names:
            raise FieldError(f'the sidecar maps "{field}" to "{wanted}", which is no column of the first row')
        found[field] = names.index(key(wanted))
    for field, known in COLUMNS.items():
        index = next((names.index(name) for name in known if name in names), None)
        if field not in found and index is not None and index not in found.values():
            found[field] = index
    for field, known in COLUMNS.items():
        # "Tiêu đề bài viết", "Nội dung chi tiết": a known name with more words behind it
        longer = tuple(name for name in known if name in _LONGER)
        index = next((i for i, name in enumerate(names) if name.startswith(longer) and i not in found.values()), None)
        if field not in found and index is not None:
            found[field] = index
    if "body" not in found:
        shown = ", ".join(header)[:120]
        raise FieldError(
            f'no column "body" or "nội dung" among: {shown}; name one so, or map it in a sidecar ("columns")'
        )
    return found


def _mapping(source: Source) -> dict[str, str]:
    data = source.sidecar()
    if data is None:
        return {}
    try:
        values: Any = orjson.loads(data)
    except ValueError as error:
        raise FieldError(f"the sidecar is broken JSON: {error}; correct it") from None
    columns = values.get("columns", {}) if isinstance(values, dict) else {}
    if not isinstance(columns, dict) or not all(isinstance(value, str) for value in columns.values()):
        raise FieldError('"columns" of the sidecar is not an object of names; write {"columns": {"title": "…"}}')
    return columns


def _text(stream: BinaryIO) -> io.TextIOBase:
    sample = stream.read(SAMPLE_BYTES)
    encoding = decode(sample[: sample.rfind(b"\n") + 1] or sample).encoding
    if encoding in _WIDE:
        joined = io.BufferedReader(_Joined(sample, stream))
        return io.TextIOWrapper(
            joined, encoding="utf-8-sig" if encoding == "utf-8" else encoding, errors="replace", newline=""
        )
    return io.StringIO(decode(sample + stream.read(MAX_LEGACY_BYTES)).text, newline="")


class _Joined(io.RawIOBase):
    """The bytes already read, then the rest of the stream."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = io.BytesIO(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._head.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _delimiter(first: str) -> str:
    return max(",;|", key=first.count)
