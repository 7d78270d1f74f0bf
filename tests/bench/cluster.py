"""Cost of an index on an engine: articles a second, latency of answers, bytes, processor time; one JSON line.

    python -m tests.bench.cluster --engine opensearch --location http://127.0.0.1:9201/bench --articles 5000 CORPUS

`--only index` and `--only query` do one half. CORPUS is JSON lines (or their .gz) with id, title and body. Queries are
fragments of two to four syllables from titles, asked as written and without diacritics through the whole product (page
of ten with snippets and facets) and, as plans, through the engine alone.
"""

from __future__ import annotations

import argparse
import dataclasses
import gzip
import json
import random
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
REFRESHED_S = 1.2
"""A node reads its own processor time at most once a second."""


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
    time.sleep(REFRESHED_S)
    nodes = Cluster(held.location).call(lambda client: client.nodes.stats(metric="process"))["nodes"]
    return float(sum(node["process"]["cpu"]["total_in_millis"] for node in nodes.values())) / 1000


def node_memory(held: Engine) -> int:
    """Bytes that a cluster's nodes hold: heap in use and what Java keeps beside it, without the page cache."""
    if not isinstance(held, OpenSearchEngine):
        return 0
    nodes = Cluster(held.location).call(lambda client: client.nodes.stats(metric="jvm"))["nodes"]
    return sum(
        n["jvm"]["mem"]["heap_used_in_bytes"] + n["jvm"]["mem"]["non_heap_used_in_bytes"] for n in nodes.values()
    )


@contextmanager
def counted_requests() -> Iterator[list[int]]:
    """A list with the number of requests sent to a cluster meanwhile."""
    count, sent = [0], Cluster.call

    def call(cluster: Cluster, *given: Any, **options: Any) -> Any:
        count[0] += 1
        return sent(cluster, *given, **options)

    Cluster.call = call  # type: ignore[method-assign]
    try:
        yield count
    finally:
        Cluster.call = sent  # type: ignore[method-assign]


def written(held: Engine, corpus: Path, articles: int) -> dict[str, Any]:
    """Write; speeds and processor time for each article."""
    analysis = writing = analysis_cpu = 0.0
    characters = 0
    nodes_before, here_before = node_seconds(held), time.process_time()
    with held.writer(rebuild=True) as writer:
        batch: list[Article] = []
        for number, article in enumerate(read(corpus, articles), 1):
            batch.append(article)
            characters += len(article.title) + len(article.body)
            if len(batch) == 500 or number == articles:
                began, here = time.perf_counter(), time.process_time()
                titles, bodies = (analyze_batch([getattr(a, name) for a in batch]) for name in ("title", "body"))
                prepared = [Prepared(*parts) for parts in zip(batch, titles, bodies, strict=True)]
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
    here = time.process_time() - here_before - analysis_cpu
    return {
        "characters": characters,
        "analysis_articles_per_s": round(articles / analysis),
        "writing_articles_per_s": round(articles / writing),
        "analysis_cpu_ms_per_article": round(1000 * analysis_cpu / articles, 2),
        "writing_cpu_ms_per_article": round(1000 * here / articles, 2),
        "nodes_cpu_ms_per_article": round(1000 * (node_seconds(held) - nodes_before) / articles, 2),
    }


def asked(held: Engine, queries: list[str]) -> dict[str, Any]:
    """Ask; latencies and processor time for each query."""
    each = 1000 / (len(queries) + 10)
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
    with Index(held) as index, counted_requests() as requests:
        nodes_served, here_served = node_seconds(held), time.process_time()
        whole = timed(index.search, queries)
        here_done, sent = time.process_time(), requests[0]
        nodes_done = node_seconds(held)
    return {
        "size_bytes": size,
        "cpu_ms_per_query": round(each * (here_answered - here_asked), 2),
        "nodes_cpu_ms_per_query": round(each * (nodes_answered - nodes_asked), 2),
        "engine_with_facets": alone,
        "engine_top_ten": without,
        "product": whole,
        "product_requests_per_query": round(sent / (len(queries) + 10), 1),
        "product_cpu_ms_per_query": round(each * (here_done - here_served), 2),
        "product_nodes_cpu_ms_per_query": round(each * (nodes_done - nodes_served), 2),
    }


def main() -> None:
    """Write, then ask."""
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--engine", default="whoosh")
    parser.add_argument("--location", required=True)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--only", choices=("index", "query"))
    chosen = parser.parse_args()
    held = engine_named(chosen.engine, chosen.location)
    found: dict[str, Any] = {"engine": chosen.engine, "articles": chosen.articles}
    if chosen.only != "query":
        found |= written(held, chosen.corpus, chosen.articles)
    if chosen.only != "index":
        titles = [article.title for article in read(chosen.corpus, chosen.articles)]
        found |= asked(held, fragments(titles, chosen.queries))
    found["memory_here_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    found["memory_nodes_bytes"] = node_memory(held)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
