"""JSON lines (and JSON arrays) of records → articles: one broken line never stops the rest.

In: a `Source`. Out: `Record` per line, or `Skipped` with the line's number. Must not know how unstated fields are
inferred (`search.ingest.records`).
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from search.ingest.fields import FieldError, stated_id
from search.ingest.pending import Pending, put_off
from search.ingest.records import record
from search.ingest.sources import Source
from search.model import Record, Skipped

MAX_LINE_BYTES = 32 << 20
MAX_ARRAY_BYTES = 512 << 20
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def read(source: Source, stream: BinaryIO) -> Iterator[Record | Skipped | Pending]:
    """Read records, one a line; a ".json" file may also hold one array or one object over several lines."""
    head = stream.read(4096) if source.ending.startswith(".json") and source.ending[5:6] != "l" else b""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"[" or (head and (_spans_lines(head) or _wraps(head))):
        yield from _array(source, head + stream.read(MAX_ARRAY_BYTES))
        return
    for number, line in _lines(stream, head):
        if line is None:
            reason = f"longer than {MAX_LINE_BYTES >> 20} MB; split the article or leave it out"
            yield Skipped(source.file, number, reason)
        elif line.strip():
            yield _read_line(source, number, line)


def _read_line(source: Source, number: int, line: bytes) -> Record | Skipped | Pending:
    try:
        values = orjson.loads(line)
    except ValueError as error:
        values = _lenient(line)
        if values is _BROKEN:
            return Skipped(source.file, number, f"broken JSON: {error}; correct the line")
    return _record(source, number, values)


def _record(source: Source, number: int, values: Any) -> Record | Skipped | Pending:
    if not isinstance(values, dict):
        kind = {list: "a list", str: "text", type(None): "null", bool: "true or false"}.get(type(values), "a number")
        return Skipped(source.file, number, f'{kind}, not an object; write {{"id": …, "title": …, "body": …}}')
    try:
        # the id must be known at once; without one it hangs on what the record holds
        identifier = stated_id(values)
        if identifier is None:
            return record(values, source.file, number, source.defaults)
        return put_off(source, identifier, number, record, values, source.file, number, source.defaults)
    except FieldError as error:
        return Skipped(source.file, number, str(error))


_BROKEN = object()


def _lenient(line: bytes) -> Any:
    """What a stricter parser refuses though its meaning is clear: other encodings, raw tabs, unpaired surrogates."""
    from search.analysis.legacy import decode

    try:
        return json.loads(decode(line).text, strict=False)
    except (ValueError, RecursionError):
        return _BROKEN


def _array(source: Source, data: bytes) -> Iterator[Record | Skipped | Pending]:
    if len(data) >= MAX_ARRAY_BYTES:
        yield Skipped(source.file, None, f"array over {MAX_ARRAY_BYTES >> 20} MB; write one record a line (.jsonl)")
        return
    try:
        values = orjson.loads(data)
    except ValueError as error:
        values = _lenient(data)
        if values is _BROKEN:
            yield Skipped(source.file, None, f"broken JSON: {error}; correct the file")
            return
    for number, item in enumerate(_items(values), 1):
        body = item.get("body") if isinstance(item, dict) else None
        if isinstance(body, str) and len(body) > MAX_LINE_BYTES:
            reason = f"longer than {MAX_LINE_BYTES >> 20} MB; split the article or leave it out"
            yield Skipped(source.file, number, reason)
        else:
            yield _record(source, number, item)


def _wraps(head: bytes) -> bool:
    """Whether a file of one object seems to hold its records in a list of it rather than to be one."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and re.match(rb"[^\[\n]{0,2000}\[\s*\{", head) is not None


def _items(values: Any) -> list[Any]:
    """The records of a parsed file: a list, one object, or an object around one list of objects ({"articles": […]})."""
    if isinstance(values, dict) and "body" not in values:
        lists = [value for value in values.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
        if len(lists) == 1:
            return list(lists[0])
    return values if isinstance(values, list) else [values]


def _spans_lines(head: bytes) -> bool:
    first = head.partition(b"\n")[0].strip()
    return first.startswith(b"{") and not first.endswith(b"}") and b"\n" in head


def _lines(stream: BinaryIO, head: bytes) -> Iterator[tuple[int, bytes | None]]:
    """Lines with their numbers from 1; None for a line over the limit, which is passed over without being held."""
    if not head:
        head = stream.read(2)
    if encoding := _UTF16.get(head[:2]):
        yield from enumerate(_transcoded(stream, head[2:], encoding), 1)
        return
    if head[:3] == codecs.BOM_UTF8[: len(head)] and head:
        head = (head + stream.read(3 - len(head)) if len(head) < 3 else head).removeprefix(codecs.BOM_UTF8)
    first = head.split(b"\n")
    number = 0
    for line in first[:-1]:
        number += 1
        yield number, line
    rest = first[-1]
    while line := stream.readline(MAX_LINE_BYTES):
        number += 1
        if len(rest) + len(line) < MAX_LINE_BYTES or line.endswith(b"\n"):
            yield number, rest + line
        else:
            while (more := stream.readline(MAX_LINE_BYTES)) and not more.endswith(b"\n"):
                pass
            yield number, None
        rest = b""
    if rest:
        yield number + 1, rest


def _transcoded(stream: BinaryIO, head: bytes, encoding: str) -> Iterator[bytes | None]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    held = decoder.decode(head)
    while block := stream.read(1 << 20):
        *lines, held = (held + decoder.decode(block)).split("\n")
        yield from (line.encode("utf-8", "replace") for line in lines)
        if len(held) > MAX_LINE_BYTES:
            yield None
            held = ""
    yield (held + decoder.decode(b"", True)).encode("utf-8", "replace")
