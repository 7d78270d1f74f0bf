"""Articles for measuring engines: a corpus as it is, or as many as wanted made from its paragraphs.

In: JSON lines with `id`, `title`, `body`. Out: analyzed articles, each with a city and a date. Paragraphs are analyzed
once and their analyses joined, so that hundreds of thousands of articles take minutes; the same seed makes the same
articles.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from search.analysis import analyze_batch
from search.analysis.streams import Analysis, Code
from search.engines.base import Prepared
from search.model import Article

CITIES = [f"Thành phố {number}" for number in range(1, 64)]
FIRST_DAY = dt.date(2015, 1, 1)


def read(path: Path, limit: int | None = None) -> list[dict[str, Any]]:
    """The records of a corpus."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in content.decode("utf-8").split("\n")[:limit] if line.strip()]


def attributed(draw: random.Random, record: dict[str, Any], identifier: str) -> Article:
    """An article with a drawn city and date, so that facets have something to count."""
    day = FIRST_DAY + dt.timedelta(draw.randrange(3650))
    city = CITIES[min(int(draw.expovariate(0.08)), len(CITIES) - 1)]
    return Article(identifier, record["title"], record["body"], city=city, published=day.isoformat())


def articles(records: list[dict[str, Any]], seed: int = 1) -> list[Article]:
    """The corpus as articles."""
    draw = random.Random(seed)
    return [attributed(draw, record, str(record["id"])) for record in records]


def analyzed(items: list[Article], batch: int = 64) -> Iterator[Prepared]:
    """Articles analyzed as `timbao index` does."""
    for at in range(0, len(items), batch):
        piece = items[at : at + batch]
        titles = analyze_batch([article.title for article in piece])
        bodies = analyze_batch([article.body for article in piece])
        yield from (Prepared(*parts) for parts in zip(piece, titles, bodies, strict=True))


def recombined(records: list[dict[str, Any]], count: int, seed: int = 1) -> Iterator[Prepared]:
    """`count` articles: the title of one, as many paragraphs as another has, each from anywhere in the corpus."""
    draw = random.Random(seed)
    titles = analyze_batch([record["title"] for record in records])
    split = [record["body"].split("\n") for record in records]
    paragraphs = analyze_batch([paragraph for body in split for paragraph in body])
    lengths = [len(body) for body in split]
    for number in range(count):
        title = draw.choice(titles)
        body = joined([draw.choice(paragraphs) for _ in range(draw.choice(lengths))])
        record = {"title": title.text, "body": body.text}
        yield Prepared(attributed(draw, record, f"made-{number:07d}"), title, body)


def joined(parts: list[Analysis]) -> Analysis:
    """The analysis of paragraphs put one below the other."""
    codes: list[Code] = []
    starts, ends = [], []
    position = offset = 0
    for part in parts:
        codes += [Code(code.position + position, *code[1:]) for code in part.codes]
        starts.append(part.starts + offset)
        ends.append(part.ends + offset)
        position += len(part)
        offset += len(part.text) + 1
    evidence = parts[0].plainness
    for part in parts[1:]:
        evidence = evidence.merge(part.plainness)
    return Analysis(
        "\n".join(part.text for part in parts),
        parts[0].vocabulary,
        np.concatenate([part.exact for part in parts]),
        np.concatenate(starts).astype(np.int32),
        np.concatenate(ends).astype(np.int32),
        np.concatenate([part.joined for part in parts]),
        tuple(codes),
        evidence,
    )
