"""Cost of an index on an engine: articles a second, latency of answers, bytes, processor time; one JSON line.

    python -m tests.bench.cluster --engine opensearch --location http://127.0.0.1:9201/bench --articles 5000 CORPUS

CORPUS is JSON lines (or their .gz) with id, title and body. Queries are fragments of two to four syllables from titles
of other articles than the ones timed first, asked as written and without diacritics through the whole product (page of
ten with snippets and facets) and, as plans, through the engine alone.
"""

from __future__ import annotations

import argparse
import dataclasses
import gzip
import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from search.analysis import analyze_batch, fold
from search.engines import engine as engine_named
from search.engines.base import Engine, Prepared
from search.engines.opensearch import OpenSearchEngine
from search.engines.opensearch.cluster import Cluster
from search.model import Article
from search.query.interpret import interpret
from search.query.tree import Plan
from search.service import Index

FACETS = ("city", "year")


def read(path: Path, count: int) -> Iterator[Article]:
    """`count` articles; beyond the corpus's own number they come again under other ids."""
    made = 0
    while made < count:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield Article(f"{row['id']}/{made}", row["title"], row["body"], None, None, source=row.get("source"))
                made += 1
                if made == count:
                    return


def fragments(titles: list[str], count: int) -> list[str]:
    """Queries: half of them as written, half without diacritics."""
    draw = random.Random(1)
    found = []
    while len(found) < count:
        words = draw.choice(titles).split()
        length = draw.randint(2, 4)
        if len(words) > length:
            start = draw.randrange(len(words) - length)
            text = " ".join(words[start : start + length])
            found.append(fold(text) if len(found) % 2 else text)
    return found


def timed(ask: object, queries: list[str]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds, after one untimed pass over a few."""
    for query in queries[:10]:
        ask(query)  # type: ignore[operator]
    taken = []
    for query in queries:
        began = time.perf_counter()
        ask(query)  # type: ignore[operator]
        taken.append((time.perf_counter() - began) * 1000)
    return {"p50_ms": round(statistics.median(taken), 2), "p95_ms": round(statistics.quantiles(taken, n=20)[18], 2)}


def node_seconds(held: Engine) -> float:
    """Processor time that a cluster's nodes have used, in seconds; 0 for an engine in this process."""
    if not isinstance(held, OpenSearchEngine):
        return 0.0
    nodes = Cluster(held.location).call(lambda client: client.nodes.stats(metric="process"))["nodes"]
    return float(sum(node["process"]["cpu"]["total_in_millis"] for node in nodes.values())) / 1000


def main() -> None:
    """Write, then ask."""
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--engine", default="whoosh")
    parser.add_argument("--location", required=True)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--queries", type=int, default=100)
    chosen = parser.parse_args()
    held = engine_named(chosen.engine, chosen.location)
    analysis = writing = analysis_cpu = 0.0
    characters = 0
    titles: list[str] = []
    nodes_before, here_before = node_seconds(held), time.process_time()
    with held.writer(rebuild=True) as writer:
        batch: list[Article] = []
        for number, article in enumerate(read(chosen.corpus, chosen.articles), 1):
            batch.append(article)
            titles.append(article.title)
            characters += len(article.title) + len(article.body)
            if len(batch) == 500 or number == chosen.articles:
                began, here = time.perf_counter(), time.process_time()
                prepared = [
                    Prepared(*parts)
                    for parts in zip(
                        batch,
                        analyze_batch([a.title for a in batch]),
                        analyze_batch([a.body for a in batch]),
                        strict=True,
                    )
                ]
                analyzed = time.perf_counter()
                analysis_cpu += time.process_time() - here
                for item in prepared:
                    writer.add(item)
                analysis += analyzed - began
                writing += time.perf_counter() - analyzed
                batch = []
        began = time.perf_counter()
        writer.commit()
        writing += time.perf_counter() - began
    nodes_written, here_written = node_seconds(held), time.process_time()
    queries = fragments(titles, chosen.queries)
    with held.reader() as reader:
        size = reader.stats().size_bytes
        plans = {}
        for query in queries:
            attempt = interpret(query, reader, marks="auto").attempts[0]
            plans[query] = Plan(attempt.match, attempt.score, facets=FACETS)
        nodes_asked, here_asked = node_seconds(held), time.process_time()
        alone = timed(lambda query: reader.search(plans[query]), queries)
        nodes_answered, here_answered = node_seconds(held), time.process_time()
        without = timed(lambda query: reader.search(dataclasses.replace(plans[query], facets=())), queries)
    with Index(held) as index:
        whole = timed(index.search, queries)
    sys.stdout.write(
        json.dumps(
            {
                "engine": chosen.engine,
                "articles": chosen.articles,
                "characters": characters,
                "analysis_articles_per_s": round(chosen.articles / analysis),
                "writing_articles_per_s": round(chosen.articles / writing),
                "analysis_cpu_ms_per_article": round(1000 * analysis_cpu / chosen.articles, 2),
                "writing_cpu_ms_per_article": round(
                    1000 * (here_written - here_before - analysis_cpu) / chosen.articles, 2
                ),
                "nodes_cpu_ms_per_article": round(1000 * (nodes_written - nodes_before) / chosen.articles, 2),
                "cpu_ms_per_query": round(1000 * (here_answered - here_asked) / (len(queries) + 10), 2),
                "nodes_cpu_ms_per_query": round(1000 * (nodes_answered - nodes_asked) / (len(queries) + 10), 2),
                "size_bytes": size,
                "engine_with_facets": alone,
                "engine_top_ten": without,
                "product": whole,
            }
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
