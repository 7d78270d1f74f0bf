"""What OpenSearch does by itself with the same texts and queries: its own analysis, its default BM25; one JSON line.

    python -m tests.bench.cluster_peer --url http://127.0.0.1:9201/peer --analysis standard --articles 5000 CORPUS

The peer of `tests.bench.cluster`: title and body in one field, every word of a query must match, ten hits with exact
total and the facets city and year. "folding" adds ASCII folding, which is what the ICU plugin's folding comes to for
Vietnamese. How well its answers are ranked is measured by `tests.bench.cluster_relevance`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from search.engines import engine as engine_named
from search.engines.opensearch.cluster import Cluster
from tests.bench.cluster import FACETS, fragments, node_memory, node_seconds, read, timed
from tests.bench.cluster_relevance import PEERS

BATCH = 500


def written(cluster: Cluster, index: str, corpus: Path, articles: int, analysis: str) -> None:
    """Write, one refresh at the end."""
    analyzer = {"type": "custom", "tokenizer": "standard", "filter": PEERS[analysis]}
    settings = {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": -1, "codec": "best_compression"}
    properties: dict[str, Any] = {name: {"type": "keyword"} for name in FACETS}
    properties["text"] = {"type": "text", "analyzer": "own"}
    body = {
        "settings": {**settings, "analysis": {"analyzer": {"own": analyzer}}},
        "mappings": {"properties": properties},
    }
    cluster.call(lambda client: client.indices.delete(index=index, params={"ignore_unavailable": "true"}))
    cluster.call(lambda client: client.indices.create(index=index, body=body))
    lines: list[str] = []
    for number, article in enumerate(read(corpus, articles), 1):
        text = f"{article.title}\n{article.body}"
        lines += [json.dumps({"index": {"_id": article.id}}), json.dumps({"text": text, "city": article.city or ""})]
        if len(lines) == 2 * BATCH or number == articles:
            sent = "\n".join(lines) + "\n"
            answer = cluster.call(lambda client, sent=sent: client.bulk(body=sent, index=index))  # type: ignore[misc]
            assert not answer["errors"]
            lines = []
    cluster.call(lambda client: client.indices.refresh(index=index))


def main() -> None:
    """Write, then ask."""
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--url", required=True)
    parser.add_argument("--analysis", choices=sorted(PEERS), default="standard")
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--queries", type=int, default=100)
    chosen = parser.parse_args()
    cluster, held = Cluster(chosen.url), engine_named("opensearch", chosen.url)
    index = f"{cluster.alias}-peer-{chosen.analysis}"
    nodes_before, here_before, began = node_seconds(held), time.process_time(), time.perf_counter()
    written(cluster, index, chosen.corpus, chosen.articles, chosen.analysis)
    taken, here = time.perf_counter() - began, time.process_time() - here_before
    nodes_written = node_seconds(held)
    store = cluster.call(lambda client: client.indices.stats(index=index, metric="store"))
    queries = fragments([article.title for article in read(chosen.corpus, chosen.articles)], chosen.queries)

    def ask(query: str) -> None:
        request: dict[str, Any] = {
            "query": {"match": {"text": {"query": query, "operator": "and"}}},
            "track_total_hits": True,
            "_source": False,
            "aggs": {name: {"terms": {"field": name, "size": 100}} for name in FACETS},
        }
        cluster.call(lambda client: client.search(index=index, body=request))

    nodes_asked = node_seconds(held)
    latency = timed(ask, queries)
    found = {
        "engine": f"opensearch's own, {chosen.analysis}",
        "articles": chosen.articles,
        "writing_articles_per_s": round(chosen.articles / taken),
        "writing_cpu_ms_per_article": round(1000 * here / chosen.articles, 2),
        "nodes_cpu_ms_per_article": round(1000 * (nodes_written - nodes_before) / chosen.articles, 2),
        "size_bytes": store["_all"]["primaries"]["store"]["size_in_bytes"],
        "nodes_cpu_ms_per_query": round(1000 * (node_seconds(held) - nodes_asked) / (len(queries) + 10), 2),
        "engine_with_facets": latency,
        "memory_nodes_bytes": node_memory(held),
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
