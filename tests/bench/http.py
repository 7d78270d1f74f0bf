"""The speed of `timbao serve`: latency at a steady rate, requests at saturation, where the time goes, page weight.

    python -m tests.bench.http INDEX [--rate 100] [--seconds 10] [--workers N] [--json]

Queries are fragments of the index's own titles, two to five words, each asked once, two in five typed without
diacritics. The load comes from another process of the same machine, whose share of the processors is printed; on two
processors it takes from the server what it uses itself.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import os
import random
import re
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from search.analysis import fold
from search.engines import engine
from tests.bench.http_load import Measured, load
from tests.bench.http_stages import stages
from tests.serving import Command, serving

HEAT_SECONDS = 3.0


def queries(index: Path, count: int, seed: int = 1) -> list[str]:
    """Different fragments of titles."""
    draw = random.Random(seed)
    with engine("whoosh", str(index)).reader() as reader:
        ids = list(islice(reader.ids(), 200_000))
        articles = reader.articles(draw.sample(ids, min(len(ids), 2 * count)))
    found: dict[str, None] = {}
    for article in articles:
        words = article.title.split()
        size = draw.randint(2, 5)
        start = draw.randint(0, max(len(words) - size, 0))
        text = " ".join(words[start : start + size])
        if draw.random() < 0.4:
            text = " ".join(map(fold, text.lower().split()))
        if text.strip():
            found[text] = None
    return list(found)[:count]


def cpu_seconds(command: Command) -> float:
    """Processor time of the workers so far; 0 where the system does not tell."""
    total = 0.0
    for worker in command.workers():
        try:
            fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def memory_mb(command: Command) -> list[tuple[float, float]]:
    """Resident and own (not shared) megabytes of each worker."""
    found = []
    for worker in command.workers():
        try:
            text = Path(f"/proc/{worker}/smaps_rollup").read_text()
        except OSError:
            return []
        sizes = {name: int(size) / 1024 for name, size in re.findall(r"(\w+):\s+(\d+) kB", text)}
        found.append((sizes["Rss"], sizes["Private_Clean"] + sizes["Private_Dirty"]))
    return found


def page_weight(command: Command, path: str) -> dict[str, int]:
    """Bytes of a page and of each script, style and picture it loads, packed as they are sent; fonts left out."""
    found: dict[str, int] = {}
    connection = http.client.HTTPConnection(command.host, command.port, timeout=30)
    waiting = [path]
    while waiting:
        asked = waiting.pop()
        connection.request("GET", asked, headers={"Accept-Encoding": "br, gzip"})
        response = connection.getresponse()
        body = response.read()
        found[asked.partition("?")[0]] = len(body)
        if asked == path:
            connection.request("GET", asked, headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            text = answer.read()
            html = (gzip.decompress(text) if answer.getheader("Content-Encoding") == "gzip" else text).decode("utf-8")
            waiting += {
                link
                for link in re.findall(r'(?:src|href)="(/static/[^"]+)"', html)
                if not re.search(r"\.woff2?\b", link)
            }
    connection.close()
    return found


def described(measured: Measured, cpu: float) -> dict[str, Any]:
    """The figures of one load."""
    many = len(measured.latencies_ms)
    return {
        "requests": many,
        "per_second": round(measured.rate, 1),
        "p50_ms": round(measured.percentile(0.5), 2),
        "p90_ms": round(measured.percentile(0.9), 2),
        "p99_ms": round(measured.percentile(0.99), 2),
        "most_ms": round(measured.latencies_ms[-1], 2),
        "statuses": measured.statuses,
        "server_cpu_ms": round(1000 * cpu / many, 2),
        "load_cpu_ms": round(1000 * measured.own_cpu_s / many, 2),
    }


def measure(index: Path, rate: float, seconds: float, workers: int, cache_mb: int) -> dict[str, Any]:
    """Latency at a rate and requests at saturation, of one server with or without its cache of answers."""
    needed = int(rate * seconds) + int(700 * seconds) + 2000
    texts = queries(index, min(needed, 60_000))
    paths = [f"/api/v1/search?{urlencode({'q': text})}" for text in texts]
    heat, steady = paths[:1500], paths[1500 : 1500 + int(rate * seconds)]
    rest = paths[1500 + len(steady) :] or paths
    options = ["--workers", str(workers)] if workers else []
    found: dict[str, Any] = {"cache_mb": cache_mb, "different_queries": len(paths)}
    with serving(index, *options, answer_cache_mb=str(cache_mb)) as command:
        load(command.port, heat, connections=8, seconds=HEAT_SECONDS)
        for name, asked, limit, connections in (("steady", steady, rate, 32), ("saturated", rest, None, 16)):
            before = cpu_seconds(command)
            done = load(command.port, asked, connections=connections, seconds=seconds, rate=limit)
            found[name] = described(done, cpu_seconds(command) - before)
        if cache_mb:
            again = (steady * 50)[: int(rate * seconds)]
            before = cpu_seconds(command)
            done = load(command.port, again, connections=16, seconds=seconds)
            found["repeated"] = described(done, cpu_seconds(command) - before)
        found["memory_mb"] = [tuple(round(size, 1) for size in sizes) for sizes in memory_mb(command)]
        found["page_bytes"] = page_weight(command, "/search?" + urlencode({"q": texts[0]}))
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--cache", type=int, nargs="*", default=[0, 32], help="MiB of the cache of answers")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found: dict[str, Any] = {"processors": os.cpu_count(), "load_before": os.getloadavg()[0]}
    texts = queries(given.index, 600, seed=2)
    for name, path in (("api", "/api/v1/search"), ("page", "/search")):
        found[f"stages_{name}"] = stages(given.index, [f"{path}?{urlencode({'q': text})}" for text in texts])
    found["servers"] = [measure(given.index, given.rate, given.seconds, given.workers, size) for size in given.cache]
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for name in ("stages_api", "stages_page"):
        print(name, {stage: round(ms, 3) for stage, ms in found[name].items()})
    for server in found["servers"]:
        for name, figures in server.items():
            print(f"  {name}: {figures}")
        print("  page weight without fonts:", sum(server["page_bytes"].values()))


if __name__ == "__main__":
    main()
