"""Cost of `timbao index` itself on a cluster, with its worker processes, for each article; one JSON line.

    python -m tests.bench.cluster_command --url http://127.0.0.1:9201/bench --workers 1 SOURCE…

Processor time is what counts: it says the same on a busy machine as on an idle one, or nearly. "here" is the command
with all its processes, "nodes" the processes of the cluster. Queries are timed afterwards by `tests.bench.cluster
--only query`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from search.engines import engine as engine_named
from search.engines.opensearch.cluster import Cluster
from tests.bench.cluster import node_memory, node_seconds

SETTLED_S = 60.0
"""After so long OpenSearch has deleted what was merged away; before, the disk holds both."""
NOTED_S = 10.0
"""How often the disk that the cluster takes is looked at."""


def taken(cluster: Cluster) -> int:
    """Bytes of all indexes of an alias."""
    names = f"{cluster.alias}-v*"
    answer = cluster.call(lambda client: client.indices.stats(index=names, metric="store"))
    return int(answer["_all"]["primaries"].get("store", {}).get("size_in_bytes", 0))


def main() -> None:
    """Index, then tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("--url", required=True)
    parser.add_argument("--workers", type=int, default=1)
    chosen = parser.parse_args()
    cluster, held = Cluster(chosen.url), engine_named("opensearch", chosen.url)
    command = [str(Path(sys.executable).parent / "timbao"), "index", *map(str, chosen.sources)]
    command += ["--engine", "opensearch", "--url", chosen.url, "--json", "--workers", str(chosen.workers)]
    nodes_before, began, largest = node_seconds(held), time.perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as run:
        while True:
            try:
                told, _ = run.communicate(timeout=NOTED_S)
                break
            except subprocess.TimeoutExpired:
                largest = max(largest, taken(cluster))
    seconds, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        raise SystemExit(run.returncode)
    on_nodes = node_seconds(held) - nodes_before
    largest = max(largest, taken(cluster))
    time.sleep(SETTLED_S)
    report: dict[str, Any] = json.loads(told)
    each = 1000 / report["indexed"]
    found = {
        "command": " ".join(["timbao", *command[1:]]),
        "articles": report["articles"],
        "articles_per_s": round(report["indexed"] / seconds),
        "seconds": round(seconds),
        "here_cpu_ms_per_article": round(each * (used.ru_utime + used.ru_stime), 2),
        "nodes_cpu_ms_per_article": round(each * on_nodes, 2),
        "bytes_per_article": round(taken(cluster) / report["articles"]),
        "bytes_per_article_while_filled": round(largest / report["articles"]),
        "largest_process_bytes": used.ru_maxrss * 1024,
        "nodes_memory_bytes": node_memory(held),
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
