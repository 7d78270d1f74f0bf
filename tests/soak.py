"""Readers at saturation while the index is rebuilt and updated in a loop: wrong answers, failures, growth.

    python -m tests.soak --minutes 30 [--readers 4] [--processes 1] [--connections 8] [--articles 400] [--json FILE]

Four states of one index follow each other (rebuilt, rebuilt with other articles, updated, deleted from), each with
answers known beforehand from an index of its own. Threads of this process and of others ask the engine; connections ask
`timbao serve`. An answer is right when it is that of the generation it came from; over HTTP, where a page says no
generation, when it is that of one state. Loopback only. Exit code 1 where an answer was wrong, a request failed, or
memory, file handles or disk grew: the line that fits the second half of the samples best rises by more than `SLACK`,
and by more than its own error explains. The first half is for what fills once: the answers that the server keeps are
given 1 MiB for this run, so that they are full by then. A dozen threads leave free pages in a dozen arenas of the
system's allocator, more or fewer by chance: where the process tells what of its memory is in use (`malloc`, with glibc,
and Python's own blocks), pages that grew while neither did are told as `free_pages` and are no failure.
"""

from __future__ import annotations

import argparse
import ctypes
import http.client
import json
import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

import search
from search.engines.base import Prepared
from search.engines.whoosh import WhooshEngine
from search.query.tree import EVERYTHING, Plan
from search.readers import CurrentReader
from search.settings import Settings
from tests.engines import plans
from tests.engines.conformance import write
from tests.engines.texts import corpus, prepared
from tests.serving import serving
from web import create_app

STATES = 4
SLACK = {"rss_mb": 4.0, "files": 3.0, "disk_mb": 0.5, "malloc_mb": 1.0, "blocks": 5000.0}
"""A rise over the second half of a run that is no growth yet."""
SHORT_MINUTES = 5.0
SHORT_SLACK = {"rss_mb": 24.0, "files": 8.0, "disk_mb": 2.0, "malloc_mb": 16.0, "blocks": 100_000.0}
"""The same of runs shorter than this, which are still warming up."""
ERRORS = 4.0
"""A rise smaller than so many of its standard errors may be chance."""
ANSWERS_MB = 1
QUERIES = (
    "tham nhung",
    "hà nội",
    "thành phố",
    "nam OR ban",
    '"hải phòng"',
    '"tham nhũng"',
    "đảng -năm",
    "title:bản",
    "17-KH/TU",
    "",
)
PLANS = 12


def contents(articles: int) -> tuple[list[Prepared], list[Prepared], list[Prepared]]:
    """Articles of the first state, of the second, and those that the third adds."""
    return corpus(1, articles), corpus(2, articles), corpus(3, articles // 8)


def turn(engine: WhooshEngine, state: int, articles: int) -> None:
    """Bring the index from the state before into this one."""
    first, second, more = contents(articles)
    mark = prepared("state", f"trạng thái {state}", "")
    if state == 0:
        write(engine, [*first, mark])
    elif state == 1:
        write(engine, [*second, mark])
    elif state == 2:
        write(engine, [*more, mark], rebuild=False)
    else:
        kept = {item.article.id for item in second}
        gone = tuple(item.article.id for item in more if item.article.id not in kept)
        write(engine, [*second, mark], rebuild=False, deleted=gone)


def asked() -> list[Plan]:
    """Plans asked of the engine; the last shows every id."""
    draw = random.Random(8)
    return [*(plans.plan(draw) for _ in range(PLANS)), Plan(EVERYTHING, limit=5000)]


def page(answer: dict[str, Any]) -> str:
    """What of an answer over HTTP does not depend on the time it took."""
    hits = [[hit["id"], hit["title"], hit["snippets"]] for hit in answer["hits"]]
    return json.dumps([answer["total"], hits, answer["facets"]], sort_keys=True)


@dataclass
class Truth:
    """The right answers: of each state to each plan, and over HTTP to each query."""

    engine: list[list[Any]] = field(default_factory=list)
    pages: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def found(cls, folder: Path, articles: int) -> Truth:
        """The answers of an index that nothing else touches."""
        truth = cls()
        engine = WhooshEngine(str(folder))
        for state in range(STATES):
            turn(engine, state, articles)
            with engine.reader() as reader:
                truth.engine.append([_answer(reader.search(plan)) for plan in asked()])
            with search.open(folder) as index:
                client = create_app(index, Settings(access_log=False, rate_limit="")).test_client()
                truth.pages.append({query: page(json.loads(client.get(_path(query)).data)) for query in QUERIES})
        return truth


def _answer(found: Any) -> Any:
    return (
        found.total,
        [(m.id, round(m.value, 9)) for m in found.matches],
        {k: dict(v) for k, v in found.facets.items()},
    )


def _path(query: str) -> str:
    return "/api/v1/search?" + urlencode({"q": query, "limit": 10})


@dataclass
class Tally:
    """What one asker saw."""

    answers: int = 0
    wrong: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.answers += other.answers
        self.wrong += other.wrong[:5]
        self.failed += other.failed[:5]


def ask_engine(current: CurrentReader, truth: Truth, ended: Any, tally: Tally, seed: int) -> None:
    """Ask the engine until it ends; every answer of a block comes from one generation and must be its own."""
    draw, wanted = random.Random(seed), asked()
    while not ended.is_set():
        try:
            with current() as reader:
                (mark,) = reader.articles(["state"])
                state = int(mark.title.rpartition(" ")[2])
                for number in draw.sample(range(len(wanted)), 4):
                    if _answer(reader.search(wanted[number])) != truth.engine[state][number]:
                        tally.wrong.append(f"state {state}, plan {number}")
                    tally.answers += 1
        except Exception as error:
            tally.failed.append(f"{type(error).__name__}: {error}")


def ask_pages(host: str, port: int, truth: Truth, ended: threading.Event, tally: Tally, seed: int) -> None:
    """Ask the server on one connection until it ends."""
    draw = random.Random(seed)
    connection = http.client.HTTPConnection(host, port, timeout=30)
    while not ended.is_set():
        query = draw.choice(QUERIES)
        try:
            connection.request("GET", _path(query))
            response = connection.getresponse()
            content = response.read()
            if response.status != 200:
                tally.failed.append(f"{query!r}: {response.status} {content[:200]!r}")
            elif page(json.loads(content)) not in [pages[query] for pages in truth.pages]:
                tally.wrong.append(f"{query!r}: {content[:300]!r}")
            tally.answers += 1
        except (OSError, http.client.HTTPException) as error:
            tally.failed.append(f"{query!r}: {error!r}")
            connection.close()
    connection.close()


def other_process(location: str, truth: Truth, ended: Any, results: Any, seed: int) -> None:
    """What a process of readers does."""
    current, tally = CurrentReader(WhooshEngine(location)), Tally()
    ask_engine(current, truth, ended, tally, seed)
    results.put(tally)


def sample(folder: Path, process: int) -> dict[str, float]:
    """Memory and file handles of a process, and the disk that the index takes."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    private = pages - int(Path(f"/proc/{process}/statm").read_text().split()[2])
    sizes = [entry.stat().st_size for entry in os.scandir(folder) if entry.name != ".lock" and entry.is_file()]
    found = {
        "rss_mb": private * os.sysconf("SC_PAGE_SIZE") / 1e6,
        "files": float(len(os.listdir(f"/proc/{process}/fd"))),
        "disk_mb": sum(sizes) / 1e6,
    }
    return found | in_use() if process == os.getpid() else found


class _Mallinfo(ctypes.Structure):
    """What `mallinfo2` of glibc 2.33 tells of all arenas, in bytes; `mallinfo(3)` of its manual."""

    _names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in _names.split(" ")]


def in_use() -> dict[str, float]:
    """Memory of this process that somebody holds: Python's blocks, and `malloc`'s bytes; nothing without glibc."""
    told = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if told is None:
        return {}
    told.restype = _Mallinfo
    found = told()
    return {"malloc_mb": (found.uordblks + found.hblkhd) / 1e6, "blocks": float(sys.getallocatedblocks())}


def grown(samples: list[dict[str, float]], slack: dict[str, float]) -> dict[str, list[float]]:
    """Of each figure that grew: first and last point of the line through the second half of its samples.

    Pages that grew while what is in use is known and did not are called `free_pages`.
    """
    found = {}
    for name, most in slack.items():
        if name not in samples[0]:
            continue
        values = np.array([taken[name] for taken in samples[len(samples) // 2 :]])
        at = np.arange(len(values)) / max(len(values) - 1, 1)
        (rise, start), *_ = np.polyfit(at, values, 1, full=True)
        noise = values - (start + rise * at)
        error = np.sqrt((noise @ noise) / (len(values) - 2) / ((at - at.mean()) @ (at - at.mean())))
        if rise > most and rise > ERRORS * error:
            found[name] = [round(float(start), 1), round(float(start + rise), 1)]
    if "malloc_mb" in samples[0] and "rss_mb" in found and not {"malloc_mb", "blocks"} & found.keys():
        found["free_pages"] = found.pop("rss_mb")
    return found


def soak(
    minutes: float, readers: int, processes: int, connections: int, articles: int, every: float = 5.0
) -> dict[str, Any]:
    """Run it; returns the report."""
    with tempfile.TemporaryDirectory(prefix="timbao-soak-") as place:
        folder = Path(place) / "index"
        truth = Truth.found(Path(place) / "truth", articles)
        engine = WhooshEngine(str(folder))
        turn(engine, 0, articles)
        current = CurrentReader(engine)
        context = multiprocessing.get_context("spawn")
        ended, elsewhere, results = threading.Event(), context.Event(), context.Queue()
        tallies = [Tally() for _ in range(readers + connections)]
        samples: dict[str, list[dict[str, float]]] = {"readers": [], "server": []}
        turns: Counter[int] = Counter()
        settings = {"rate_limit": "", "access_log": "false", "answer_cache_mb": str(ANSWERS_MB)}
        with serving(folder, "--workers", "1", **settings) as server:
            threads = [
                threading.Thread(target=ask_engine, args=(current, truth, ended, tallies[n], n)) for n in range(readers)
            ] + [
                threading.Thread(
                    target=ask_pages, args=(server.host, server.port, truth, ended, tallies[readers + n], n)
                )
                for n in range(connections)
            ]
            others = [
                context.Process(target=other_process, args=(str(folder), truth, elsewhere, results, 100 + n))
                for n in range(processes)
            ]
            for started in (*threads, *others):
                started.start()
            watched = (server.workers() or [server.process.pid])[0]
            began = looked = time.monotonic()
            state = 0
            while time.monotonic() < began + 60 * minutes:
                state = (state + 1) % STATES
                turn(engine, state, articles)
                turns[state] += 1
                if time.monotonic() >= looked + every:
                    looked = time.monotonic()
                    samples["readers"].append(sample(folder, os.getpid()))
                    samples["server"].append(sample(folder, watched))
            ended.set()
            elsewhere.set()
            for thread in threads:
                thread.join(60)
            tallies += [results.get(timeout=60) for _ in others]
            for other in others:
                other.join(60)
        whole = Tally()
        for tally in tallies:
            whole.add(tally)
        current.close()
        slack = SHORT_SLACK if minutes < SHORT_MINUTES else SLACK
        growth = {name: grown(taken, slack) for name, taken in samples.items() if len(taken) >= 10}
        return {
            "minutes": round((time.monotonic() - began) / 60, 2),
            "generations": sum(turns.values()),
            "answers": whole.answers,
            "over_http": sum(t.answers for t in tallies[readers : readers + connections]),
            "wrong": len(whole.wrong),
            "failed": len(whole.failed),
            "examples": (whole.wrong + whole.failed)[:5],
            "grown": {name: found for name, found in growth.items() if found},
            "first": {name: taken[0] for name, taken in samples.items() if taken},
            "middle": {name: taken[len(taken) // 2] for name, taken in samples.items() if taken},
            "last": {name: taken[-1] for name, taken in samples.items() if taken},
            "problems": [problem.what for problem in engine.check()],
            "left_over": len(list(folder.iterdir())) - len(engine_files(folder)) - 1,
        }


def engine_files(folder: Path) -> set[str]:
    """Files of the newest generation."""
    from search.codec import toc

    return toc.read(folder).files


def failed(report: dict[str, Any]) -> bool:
    """Whether anything is not as it must be."""
    grew = any(found.keys() - {"free_pages"} for found in report["grown"].values())
    return bool(report["wrong"] or report["failed"] or grew or report["problems"] or report["left_over"])


def main() -> None:
    """Run for some minutes and print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--articles", type=int, default=400)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    report = soak(chosen.minutes, chosen.readers, chosen.processes, chosen.connections, chosen.articles)
    text = json.dumps(report, ensure_ascii=False, indent=2)
    if chosen.json:
        chosen.json.write_text(text + "\n", "utf-8")
    sys.stdout.write(text + "\n")
    sys.exit(failed(report))


if __name__ == "__main__":
    main()
