"""What recognizing republished articles costs and finds: a corpus with copies of known articles mixed in.

    python -m tests.bench.copies CORPUS.jsonl.gz [--articles 5000] [--share 0.2]

Copies are made as papers make them: another dateline, a source line, capitals, no diacritics, a paragraph left out or
added. It prints what part of indexing signatures and groups take, how many planted copies were found and how many pairs
were grouped that share less than half of their runs, and how much longer searches take that count each text once.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from unidecode import unidecode

from search import indexing
from search.codec import inverting, writing
from search.codec.kernels.copies import RUN
from search.engines import engine
from search.model import Article
from search.query.interpret import interpret
from search.query.tree import EVERYTHING, Plan

ROUNDS = 30
QUERIES = ("tham nhũng vặt", "cải cách hành chính", "tai nạn giao thông", "thành phố", "đất đai", "giá vàng hôm nay")
FACETS = ("city", "year", "source", "byline")


def corpus(path: Path, most: int, share: float) -> list[Article]:
    """The first articles of a corpus, and copies of a share of them; a copy's id says whose."""
    draw = random.Random(1)
    lines = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    records = [json.loads(line) for line in lines.decode("utf-8").split("\n")[:most] if line.strip()]
    found = [Article(str(r["id"]), r["title"], r["body"], published="2020", source=r.get("source")) for r in records]
    for article in draw.sample(found, int(share * len(found))):
        for number in range(draw.choice((1, 1, 2, 4))):
            body = changed(draw, article.body)
            found.append(replace(article, id=f"{article.id}~{number}", body=body, published="2021"))
    draw.shuffle(found)
    return found


def changed(draw: random.Random, body: str) -> str:
    """A body as another paper prints it."""
    paragraphs = body.split("\n")
    ways: tuple[Callable[[], str], ...] = (
        lambda: body,
        lambda: f"TTXVN - {body}",
        lambda: f"{body}\nNguồn: Báo Mẫu",
        lambda: body.upper(),
        lambda: unidecode(body),
        lambda: "\n".join(paragraphs[:-1]) if len(paragraphs) > 7 else body,
        lambda: "\n".join((paragraphs[0], "Ảnh minh họa, người đọc gửi về tòa soạn sáng nay.", *paragraphs[1:])),
    )
    return draw.choice(ways)()


@contextmanager
def clocked(spent: dict[str, float], *places: tuple[Any, str]) -> Iterator[None]:
    """Adds up the processor time of some functions."""
    kept = [(owner, name, getattr(owner, name)) for owner, name in places]

    def clock(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **more: Any) -> Any:
            began = time.process_time()
            try:
                return function(*given, **more)
            finally:
                spent[name] = spent.get(name, 0.0) + time.process_time() - began

        return timed

    for owner, name, function in kept:
        setattr(owner, name, clock(name, function))
    try:
        yield
    finally:
        for owner, name, function in kept:
            setattr(owner, name, function)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--share", type=float, default=0.2)
    given = parser.parse_args()
    articles = corpus(given.corpus, given.articles, given.share)
    with tempfile.TemporaryDirectory() as place:
        indexing.build(articles[:200], place)  # compiles
        spent: dict[str, float] = {}
        began = time.process_time()
        with clocked(spent, (inverting.copies, "hashes"), (inverting.copies, "sign"), (writing, "grouped")):
            indexing.build(articles, place)
        whole = time.process_time() - began
        parts = ", ".join(f"{name} {seconds:.3f} s" for name, seconds in spent.items())
        share = 100 * sum(spent.values()) / whole
        print(f"{len(articles)} articles indexed in {whole:.1f} s of processor time; {parts}: {share:.2f} %")
        with engine("whoosh", place).reader() as reader:
            recognized(reader, articles)
            searched(reader)


def recognized(reader: Any, articles: list[Article]) -> None:
    """Print what was found of what is there."""
    planted = [article for article in articles if "~" in article.id]
    found = sum(article.id.split("~")[0] in reader.copies(article.id) for article in planted)
    pairs = [(a.id, b) for a in articles for b in reader.copies(a.id) if a.id < b]
    texts = {article.id: article.body for article in articles}
    alike = {pair: similarity(*(texts[id] for id in pair)) for pair in pairs}
    wrong = sum(value < 0.5 for value in alike.values())
    print(f"copies found: {found} of {len(planted)}; pairs grouped: {len(pairs)}, less than half alike: {wrong}")
    if alike:
        mean = statistics.mean(alike.values())
        print(f"similarity of what was grouped: least {min(alike.values()):.2f}, mean {mean:.2f}")


def similarity(*texts: str) -> float:
    """The exact share of common runs of five syllables without diacritics."""
    runs = []
    for text in texts:
        words = "".join(c if c.isalnum() else " " for c in unidecode(text).lower()).split()
        runs.append(set(zip(*(words[i:] for i in range(RUN)), strict=False)))
    return len(runs[0] & runs[1]) / max(len(runs[0] | runs[1]), 1)


def searched(reader: Any) -> None:
    """Print how long searches take either way."""
    for query in (*QUERIES, ""):
        attempt = interpret(query, reader).attempts[0] if query else None
        plan = Plan(attempt.match, attempt.score, facets=FACETS) if attempt else Plan(EVERYTHING, facets=FACETS)
        took: dict[str, list[float]] = {"all": [], "once": []}
        totals = {}
        for _ in range(ROUNDS):
            for way, times in took.items():
                began = time.perf_counter()
                totals[way] = reader.search(replace(plan, copies=way)).total
                times.append(1000 * (time.perf_counter() - began))
        once, each = statistics.median(took["once"]), statistics.median(took["all"])
        name = query or "(everything)"
        print(f"{name:24} {totals['all']:6} → {totals['once']:6}   {each:.2f} → {once:.2f} ms   × {once / each:.2f}")


if __name__ == "__main__":
    main()
