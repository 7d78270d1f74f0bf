"""Markdown files, with or without front matter → one record each.

In: a stream. Out: `Record` or `Skipped`. Must not know rules of pages: its lines are read by `search.ingest.page`.

>>> text, stated = plain_markdown("---\\ntitle: Tin\\ndate: 2020-05-01\\n---\\n# Tin\\n\\nMột **đoạn**\\n[văn](http://a).\\n")
>>> text.split("\\n"), stated["title"], stated["date"]
(['Tin', 'Một đoạn văn.'], 'Tin', '2020-05-01')
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from search.analysis.legacy import decode
from search.ingest.fields import FieldError, stated
from search.ingest.page import Page, read_page
from search.ingest.sidecars import sidecar
from search.ingest.sources import Source
from search.model import Evidence, Reading, Record, Skipped

MAX_BYTES = 16 << 20
_FRONT = re.compile(r"\A---[ \t]*\r?\n(?P<head>.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_TOML = re.compile(r"\A\+\+\+[ \t]*\r?\n(?P<head>.*?)\r?\n\+\+\+[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_PAIR = re.compile(r"([\w.-]+)\s*:\s*(.*)")
_NAMES = {"author": "byline", "authors": "byline", "tags": "", "slug": ""}


def read(source: Source, stream: BinaryIO) -> Iterator[Record | Skipped]:
    """Read one Markdown file."""
    fields = sidecar(source)
    if isinstance(fields, Skipped):
        yield fields
        return
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        yield Skipped(source.file, None, f"longer than {MAX_BYTES >> 20} MB; split it into one file an article")
        return
    text, values = plain_markdown(decode(data).text)
    try:
        front = stated(values).given()
    except FieldError as error:
        yield Skipped(source.file, 1, f"front matter: {error}")
        return
    readings = {
        name: Reading(value, "high", (Evidence("record", f"{name} of the front matter"),))
        for name, value in front.items()
        if name not in ("id", "body")
    }
    yield read_page(Page(source.file, front.get("id", source.id), text, readings, fields))


def plain_markdown(text: str) -> tuple[str, dict[str, Any]]:
    """The text without marks, one line a block, and the values of its front matter."""
    from markdown_it import MarkdownIt

    values: dict[str, Any] = {}
    if match := _FRONT.match(text):
        for line in match["head"].splitlines():
            if pair := _PAIR.fullmatch(line.strip()):
                value = pair[2].strip().strip("\"'")
                values[_NAMES.get(pair[1], pair[1])] = value or None
        text = text[match.end() :]
    elif match := _TOML.match(text):
        values = {_NAMES.get(name, name): value for name, value in _toml(match["head"]).items()}
        text = text[match.end() :]
    lines: list[str] = []
    for token in MarkdownIt("commonmark", {"html": False}).enable("table").parse(text):
        if token.type == "inline" and (line := _inline(token.children or [])):
            lines += line.split("\n")
        elif token.type in ("fence", "code_block"):
            lines += token.content.splitlines()
    return "\n".join(line for line in lines if line.strip()), values


def _toml(head: str) -> dict[str, Any]:
    """The values of a front matter in TOML; none when it is broken."""
    try:
        return tomllib.loads(head)
    except tomllib.TOMLDecodeError:
        return {}


def _inline(children: Sequence[Any]) -> str:
    parts = []
    for child in children:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak":
            parts.append("\n")
        elif child.type == "image":
            parts.append(child.content)
    return "".join(parts).strip()
