"""The embedded engine beside its peers: the same texts, the same queries, one run.

    python -m tests.bench.engine CORPUS.jsonl[.gz] [--made N] [--limit N] [--folder DIR] [--peers timbao,tantivy,fts5]

Indexes articles (`--made N`: N articles made from the corpus's paragraphs), then measures queries that are fragments of
titles, 2 to 4 syllables: ten best, exact total, and with facets the counts by city and month. With `--folder` the
are kept and a second run only measures. Nothing is asserted: figures are for reading, tests for failing.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from search.engines.base import Prepared
from tests.bench import engine_corpus
from tests.bench.engine_peers import SHAPES, Peer, Timbao, peers, plan


def fragments(records: list[dict[str, Any]], count: int, seed: int = 7) -> list[list[str]]:
    """Queries: 2 to 4 adjacent syllables of titles."""
    from search.analysis import analyze

    draw = random.Random(seed)
    found: list[list[str]] = []
    while len(found) < count:
        terms = analyze(draw.choice(records)["title"]).exact_terms()
        length = draw.choice((2, 3, 4))
        if len(terms) > length:
            at = draw.randrange(len(terms) - length)
            found.append(terms[at : at + length])
    return found


def latencies(peer: Peer, shape: str, queries: list[list[str]], facets: bool) -> dict[str, float]:
    """Median and 95th percentile in ms (best of three a query) and the mean total."""
    times, totals = [], 0
    for terms in queries:
        best = float("inf")
        for _ in range(3):
            started = time.perf_counter()
            total = peer.search(shape, terms, facets)
            best = min(best, time.perf_counter() - started)
        times.append(1000 * best)
        totals += total
    times.sort()
    return {
        "median_ms": round(statistics.median(times), 3),
        "p95_ms": round(times[int(0.95 * len(times))], 3),
        "mean_total": round(totals / len(queries)),
    }


def threads(peer: Timbao, queries: list[list[str]], seconds: float = 2.0) -> dict[str, float]:
    """Searches a second (OR with facets) by 1, 2 and 8 threads on one reader."""
    found = {}
    for count in (1, 2, 8):
        until = time.perf_counter() + seconds

        def work(seed: int, until: float = until) -> int:
            draw, done = random.Random(seed), 0
            while time.perf_counter() < until:
                peer.reader.search(plan("or", draw.choice(queries), True))
                done += 1
            return done

        with ThreadPoolExecutor(count) as pool:
            found[str(count)] = round(sum(pool.map(work, range(count))) / seconds)
    return found


def opening(peer: Timbao, queries: list[list[str]]) -> dict[str, float]:
    """Milliseconds to open a reader and answer its first query, and for ten articles with their analyses."""
    started = time.perf_counter()
    peer.open()
    opened = time.perf_counter()
    page = peer.reader.search(plan("or", queries[0], True))
    answered = time.perf_counter()
    ids = [match.id for match in page.matches]
    peer.reader.prepared(ids)
    again = time.perf_counter()
    peer.reader.prepared(ids)
    done = time.perf_counter()
    return {
        "open_ms": round(1000 * (opened - started), 2),
        "first_query_ms": round(1000 * (answered - opened), 2),
        "ten_prepared_ms": round(1000 * (done - again), 2),
    }


def sizes(peer: Timbao, text_bytes: int) -> dict[str, float]:
    """Bytes of each kind of section as a share of the text's UTF-8 bytes."""
    found: dict[str, int] = {}
    for segment in peer.reader.segments:
        for name, size in segment.container.sizes().items():
            kind = name.split(".")[0]
            kind = "columns" if kind not in FIELD_KINDS else kind.removeprefix("title_")
            found[kind] = found.get(kind, 0) + size
    shares = {kind: round(size / text_bytes, 3) for kind, size in sorted(found.items(), key=lambda item: -item[1])}
    return {"total": round(sum(found.values()) / text_bytes, 3), **shares}


SPACES = ("exact", "folded", "pair", "word")
FIELD_KINDS = {*SPACES, *(f"title_{space}" for space in SPACES), "records", "forward", "forms"}


def counted(items: Iterator[Prepared], told: dict[str, int]) -> Iterator[Prepared]:
    """The articles, with their number and bytes of text counted on the way."""
    for item in items:
        told["articles"] += 1
        told["bytes"] += len(item.article.title.encode()) + len(item.article.body.encode())
        yield item


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--made", type=int, default=0)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--peers", default="timbao,tantivy,fts5")
    options = parser.parse_args(arguments)
    records = engine_corpus.read(options.corpus, options.limit)
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found, report["missing"] = peers(folder, options.peers.split(","))
        for peer in found:
            marker = folder / f"{peer.name}.json"
            if not marker.exists():
                told = {"articles": 0, "bytes": 0}
                made = engine_corpus.recombined(records, options.made) if options.made else None
                items = made or engine_corpus.analyzed(engine_corpus.articles(records))
                started, cpu = time.perf_counter(), time.process_time()
                peer.build(counted(items, told))
                told["seconds"] = round(time.perf_counter() - started, 1)  # type: ignore[assignment]
                told["cpu_seconds"] = round(time.process_time() - cpu, 1)  # type: ignore[assignment]
                told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
                marker.write_text(json.dumps(told))
            report[peer.name] = {"indexing": json.loads(marker.read_text())}
            print(peer.name, report[peer.name], file=sys.stderr, flush=True)
        queries = fragments(records, options.queries)
        for peer in found:
            peer.open()
            for shape in SHAPES:
                peer.search(shape, queries[0], True)
        for shape in SHAPES:
            for facets in (True, False):
                for peer in found:
                    some = queries if peer.name.startswith(("timbao", "tantivy")) else queries[:20]
                    measured = latencies(peer, shape, some, facets)
                    report[peer.name][f"{shape}{' + facets' if facets else ''}"] = measured
                    print(f"{shape:7} facets={facets!s:5} {peer.name:22} {measured}", file=sys.stderr, flush=True)
        for peer in found:
            if isinstance(peer, Timbao):
                report[peer.name]["opening"] = opening(peer, queries)
                report[peer.name]["searches_per_second"] = threads(peer, queries)
                report[peer.name]["size_to_text"] = sizes(peer, report[peer.name]["indexing"]["bytes"])
    print(json.dumps(report, ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
