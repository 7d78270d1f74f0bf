"""Relevance of the product on a cluster beside the embedded engine, and beside what people run on OpenSearch today.

    python -m tests.bench.cluster_relevance --url http://127.0.0.1:9201/relevance FOLDER...

FOLDER is a retrieval set in BEIR form. The peers are OpenSearch's own analyzers over title and body with its default
BM25: "standard", and standard with ASCII folding, which is what the ICU plugin's folding comes to for Vietnamese.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from search import evaluation
from search.analysis import analyze_batch
from search.engines import engine as engine_named
from search.engines.base import Engine, Prepared
from search.engines.opensearch.cluster import Cluster
from search.model import Article
from search.query.interpret import interpret
from search.query.tree import Plan

PEERS: dict[str, list[str]] = {"standard": ["lowercase"], "folding": ["lowercase", "asciifolding"]}


def prepared(collection: evaluation.Collection) -> Iterator[Prepared]:
    for start in range(0, len(collection.documents), 500):
        some = collection.documents[start : start + 500]
        articles = [Article(str(start + i), d.title, d.text) for i, d in enumerate(some)]
        titles, bodies = (analyze_batch([getattr(a, name) for a in articles]) for name in ("title", "body"))
        yield from (Prepared(*parts) for parts in zip(articles, titles, bodies, strict=True))


def product(collection: evaluation.Collection, held: Engine) -> evaluation.Ranker:
    """The product over an engine."""
    with held.writer(rebuild=True) as writer:
        for item in prepared(collection):
            writer.add(item)
        writer.commit()
    reader = held.reader()

    def rank(query: str) -> Sequence[str]:
        for attempt in interpret(query, reader, marks="auto").attempts:
            found = reader.search(Plan(attempt.match, attempt.score, limit=evaluation.DEPTH))
            if found.total:
                return [collection.documents[int(match.id)].id for match in found.matches]
        return []

    return rank


def peer(collection: evaluation.Collection, cluster: Cluster, name: str) -> evaluation.Ranker:
    """OpenSearch with an analyzer of its own."""
    index = f"{cluster.alias}-peer-{name}"
    analyzer = {"type": "custom", "tokenizer": "standard", "filter": PEERS[name]}
    text = {"type": "text", "analyzer": "own"}
    body = {
        "settings": {"number_of_shards": 1, "number_of_replicas": 0, "analysis": {"analyzer": {"own": analyzer}}},
        "mappings": {"properties": {"text": text}},
    }
    cluster.call(lambda client: client.indices.delete(index=index, params={"ignore_unavailable": "true"}))
    cluster.call(lambda client: client.indices.create(index=index, body=body))
    lines: list[str] = []
    for number, document in enumerate(collection.documents):
        lines.append(json.dumps({"index": {"_id": str(number)}}))
        lines.append(json.dumps({"text": f"{document.title}\n{document.text}"}))
        if len(lines) >= 1000 or number + 1 == len(collection.documents):
            sent = "\n".join(lines) + "\n"
            answer = cluster.call(lambda client, sent=sent: client.bulk(body=sent, index=index))  # type: ignore[misc]
            assert not answer["errors"]
            lines = []
    cluster.call(lambda client: client.indices.refresh(index=index))

    def rank(query: str) -> Sequence[str]:
        request: dict[str, Any] = {"query": {"match": {"text": query}}, "size": evaluation.DEPTH, "_source": False}
        hits = cluster.call(lambda client: client.search(index=index, body=request))["hits"]["hits"]
        return [collection.documents[int(hit["_id"])].id for hit in hits]

    return rank


def main() -> None:
    """One JSON line for each set."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--url", required=True)
    parser.add_argument("--queries", type=int, default=200)
    chosen = parser.parse_args()
    cluster = Cluster(chosen.url)
    for folder in chosen.folders:
        collection = evaluation.read_collection(folder)
        step = max(1, len(collection.queries) // chosen.queries)
        collection = evaluation.replace(collection, queries=collection.queries[::step])
        found: dict[str, Any] = {"set": collection.name, "queries": len(collection.queries)}
        with tempfile.TemporaryDirectory() as place:
            rankers = {
                "embedded": product(collection, engine_named("whoosh", place)),
                "opensearch": product(collection, engine_named("opensearch", chosen.url)),
                **{f"opensearch's own, {name}": peer(collection, cluster, name) for name in PEERS},
            }
            for name, ranker in rankers.items():
                for marks in (True, False):
                    figures = evaluation.summary(evaluation.run(collection, ranker, marks=marks))
                    found[name if marks else f"{name}, no marks"] = figures["ndcg@10"]
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
