"""What an index on a cluster costs at several sizes, and what that comes to for more: the figures of docs/scaling.md.

    python -m tests.bench.cluster_scale --folder /var/tmp/scale 24793.jsonl 200000.jsonl

Each file of JSON lines is indexed by `timbao index` on one node that `.ci/opensearch.sh` starts, and asked the same
queries (from titles of the first file); the first file once more on three nodes, three shards with a copy each. One
JSON line for each, then what larger numbers of articles need by the figures of the largest file. The machine must be
idle: 200,000 articles take some fifteen minutes of two cores, 8 GB of disk and 2 GB of memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

SCRIPT: Final = Path(__file__).parents[2] / ".ci" / "opensearch.sh"
PORT: Final = 9300
ARTICLES: Final = (1_000_000, 10_000_000, 100_000_000, 1_000_000_000)
SHARD_BYTES: Final = 30 * 1000**3
QUERIES: Final = 100
TITLES: Final = 5_000

Figures = dict[str, Any]


def environment(folder: Path, nodes: int) -> dict[str, str]:
    """Variables of the nodes and of the commands that use them."""
    return os.environ | {
        "TIMBAO_CLUSTER_DIR": str(folder),
        "TIMBAO_CLUSTER_PORT": str(PORT),
        "TIMBAO_CLUSTER_HEAP": "1g",
        "TIMBAO_CLUSTER_SHARDS": str(nodes),
        "TIMBAO_CLUSTER_REPLICAS": str(min(1, nodes - 1)),
    }


@contextmanager
def started(folder: Path, nodes: int) -> Iterator[str]:
    """So many nodes; the address of an index on them."""
    variables = environment(folder, nodes)
    try:
        subprocess.run(["bash", str(SCRIPT), "start", str(nodes)], check=True, env=variables, stdout=sys.stderr)
        yield "http://" + ",".join(f"127.0.0.1:{PORT + number + 1}" for number in range(nodes)) + "/scale"
    finally:
        subprocess.run(["bash", str(SCRIPT), "stop"], check=True, env=variables)


def measured(module: str, *arguments: str, variables: dict[str, str]) -> Figures:
    """The figures that a measurement prints, which runs by itself."""
    command = [sys.executable, "-m", f"tests.bench.{module}", *arguments]
    done = subprocess.run(command, check=True, env=variables, stdout=subprocess.PIPE)
    found: Figures = json.loads(done.stdout)
    return found


def at(folder: Path, nodes: int, source: Path, titles: Path, workers: int) -> Figures:
    """Everything of one file on so many nodes."""
    variables = environment(folder, nodes)
    with started(folder, nodes) as url:
        command = ("--url", url, "--workers", str(workers), str(source))
        found = {"nodes": nodes} | measured("cluster_command", *command, variables=variables)
        asking = ("--engine", "opensearch", "--location", url, "--only", "query", "--articles", str(TITLES))
        asked = measured("cluster", *asking, "--queries", str(QUERIES), str(titles), variables=variables)
    # what is not of the index itself
    for name in ("engine", "articles"):
        asked.pop(name, None)
    return found | asked


def needs(found: Figures) -> Iterator[dict[str, float]]:
    """What numbers of articles need by the figures of one size, in straight lines."""
    each, most = found["bytes_per_article"], found["bytes_per_article_while_filled"]
    for articles in ARTICLES:
        shards = max(1, round(articles * each / SHARD_BYTES))
        yield {
            "articles": articles,
            "first_copy_gb": round(articles * each / 1e9, 1),
            # the live index with a copy, and beside it the next one while it is merged
            "disk_gb": round(articles * (2 * each + most + each) / 1e9, 1),
            "shards": shards,
            "core_hours_here": round(articles * found["here_cpu_ms_per_article"] / 3.6e6, 1),
            "core_hours_on_nodes": round(articles * found["nodes_cpu_ms_per_article"] / 3.6e6, 1),
            "nodes_core_s_per_query": round(shards * found["nodes_cpu_ms_per_query"] / 1000, 3),
        }


def main() -> None:
    """Measure each size, then tell what it comes to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("--folder", type=Path, required=True, help="Where nodes live; removed but for the download.")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    first = chosen.sources[0]
    runs = [*((1, source) for source in chosen.sources), (3, first)]
    largest: Figures = {}
    for nodes, source in runs:
        found = at(chosen.folder, nodes, source, first, chosen.workers)
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
        if nodes == 1:
            largest = max(largest, found, key=lambda figures: figures.get("articles", 0))
    for row in needs(largest):
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
