"""One run: corpora, indexing, sizes, latencies, throughput, first queries; a report of plain values.

In: `Request`. Out: the report, as `--json` prints it. Must not know how an engine works, nor how a report is shown.
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import statistics
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from search.analysis import fold
from search.bench import agreement, child, peers
from search.bench.corpus import Corpus
from search.bench.peers.base import Peer, Session
from search.bench.peers.timbao_engine import Product
from search.bench.questions import DEPTHS, SHAPES, Question
from search.bench.timing import latencies, throughput
from search.bench.workplace import Tell, Workplace
from search.errors import InputError, TimBaoError

Part = Literal["index", "query"]
COMPARED: Final = 40
"""Fragments whose answers are compared between engines, in each shape."""
OPENINGS: Final = 3


@dataclass(frozen=True, slots=True)
class Request:
    """What to measure.

    `parts` empty means all. `sizes` empty means as many articles as the sources have. `index_articles` bounds the
    articles that are indexed for speed and memory alone. `seconds` is what one engine may take for one cell of the
    table of latencies. `work` None makes everything in a temporary folder.
    """

    sources: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    peers: tuple[str, ...] = tuple(peers.PEERS)
    threads: tuple[int, ...] = (1, 2, 8)
    parts: tuple[Part, ...] = ()
    work: Path | None = None
    queries: int = 200
    repeats: int = 3
    seconds: float = 6.0
    index_articles: int = 10_000
    memory_bytes: int = 1 << 30
    seed: int = 1
    engine: str = "whoosh"
    url: str | None = None

    def wants(self, part: Part) -> bool:
        """Whether a part is asked for."""
        return not self.parts or part in self.parts


def measure(request: Request, tell: Tell) -> dict[str, Any]:
    """Measure what is asked for.

    Raises:
        InputError: there is nothing to measure, or no room for it.
        SettingError: a peer has no such name.
        TimBaoError: the engine itself could not be measured.
    """
    own = peers.product(request.engine, request.url)
    found, missing = peers.installed(request.peers)
    engines = {own.name: own, **found}
    with ExitStack() as stack:
        folder = request.work or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="timbao-bench-")))
        place = Workplace(folder, tell)
        tell("chuẩn bị / preparing")
        own.prepare()
        corpora = place.corpora(request.sources, request.sizes, request.seed, len(engines))
        return {
            "made": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "engines": {name: engine.label for name, engine in engines.items()},
            "missing": missing,
            "queries": request.queries,
            "repeats": request.repeats,
            "corpora": [_Run(request, place, corpus, own, engines, tell).report() for corpus in corpora],
        }


def machine() -> dict[str, Any]:
    """The machine in plain figures."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else None
    return {
        "processors": usable,
        "memory_bytes": memory,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


class _Run:
    """The measurements on one corpus."""

    def __init__(
        self,
        request: Request,
        place: Workplace,
        corpus: Corpus,
        own: Product,
        engines: dict[str, Peer],
        tell: Tell,
    ) -> None:
        self.request = request
        self.place = place
        self.corpus = corpus
        self.own = own
        self.engines = engines
        self.tell = tell
        self.missing: dict[str, str] = {}

    def report(self) -> dict[str, Any]:
        """All parts that were asked for."""
        corpus = self.corpus
        found: dict[str, Any] = {
            "articles": corpus.articles,
            "made": corpus.made,
            "read": corpus.read,
            "text_bytes": corpus.text_bytes,
            "missing": self.missing,
        }
        if self.request.wants("index"):
            found["indexing"] = self._indexing()
        if self.request.wants("query"):
            found |= self._querying()
        return found

    def _url(self, peer: Peer) -> str | None:
        return self.request.url if peer.name == "opensearch" else None

    def _most(self, peer: Peer) -> int:
        return min(self.request.index_articles, self.corpus.articles, peer.trial_most or self.corpus.articles)

    def _indexing(self) -> list[dict[str, Any]]:
        """Articles a second and peak memory of each engine with each number of processes it can use."""
        trials = [make() for beside, make in peers.TRIALS.values() if beside in self.engines]
        rows = [(peer, processes) for peer in (*self.engines.values(), *trials) for processes in peer.processes]
        labels = {peer.name: peer.label for peer, _ in rows}
        taken: dict[tuple[str, int], list[dict[str, Any]]] = {(peer.name, processes): [] for peer, processes in rows}
        for turn in range(self.request.repeats):
            for peer, processes in rows:
                self.tell(f"lập chỉ mục / indexing {turn + 1}/{self.request.repeats}: {peer.label}, {processes}")
                memory = self.request.memory_bytes
                tried = self.place.tried(self.corpus, peer, self._url(peer), memory, processes, self._most(peer))
                taken[peer.name, processes].append(tried)
        return [
            {
                "engine": name,
                "label": labels[name],
                "processes": processes,
                "articles": tries[0]["articles"],
                "articles_per_s": round(statistics.median(t["articles"] / t["seconds"] for t in tries), 1),
                "peak_bytes": max(t["peak_bytes"] for t in tries),
                "own_bytes": max(t["own_bytes"] for t in tries),
                "start_bytes": tries[0]["start_bytes"],
                "size_to_text": round(sum(tries[0]["sizes"].values()) / tries[0]["text_bytes"], 3),
            }
            for (name, processes), tries in taken.items()
        ]

    def _querying(self) -> dict[str, Any]:
        """Everything that needs the whole corpus indexed."""
        found: dict[str, Any] = {"builds": {}}
        able: dict[str, Peer] = {}
        for name, peer in self.engines.items():
            if peer.most is not None and self.corpus.articles > peer.most:
                self.missing[name] = f"not measured above {peer.most:,} articles"
                continue
            try:
                built = self.place.built(self.corpus, peer, self._url(peer), self.request.memory_bytes)
            except TimBaoError as error:
                if peer is self.own:
                    raise
                self.missing[name] = str(error)
                continue
            found["builds"][name] = {key: value for key, value in built.items() if key != "identity"}
            able[name] = peer
        fragments = self.corpus.fragments()[: self.request.queries]
        if not fragments:
            raise InputError("there is nothing to ask", "choose --queries of 1 or more")
        found["opening"] = self._opening(able, fragments[0])
        with ExitStack() as stack:
            sessions: dict[str, Session] = {}
            for name, peer in able.items():
                sessions[name] = peer.open(self.corpus.folder / name)
                stack.callback(sessions[name].close)
            found["segments"] = {name: session.segments for name, session in sessions.items()}
            found["differ"] = self._differ(sessions, fragments)
            found["latency"] = self._latency(sessions, fragments)
            found["throughput"] = self._throughput(sessions, fragments)
        found["page"] = self._pages(fragments)
        return found

    def _pages(self, fragments: list[list[str]]) -> dict[str, dict[str, float]]:
        """Whole answers of the product, ten hits with snippets and all facets, typed with marks and without."""
        self.tell("cả trang / whole pages")
        search, close = self.own.pages(self.corpus.folder / self.own.name)
        found = {}
        try:
            for name, text in (("marks", " ".join), ("no_marks", lambda terms: " ".join(map(fold, terms)))):
                typed = [Question("or", (text(terms),)) for terms in fragments]
                asks = {name: lambda question, depth: search(question.terms[0])}
                timed = latencies(asks, typed, "facets", self.request.repeats, self.request.seconds)[name]
                found[name] = {
                    "median_ms": round(timed.median(), 4),
                    "p95_ms": round(timed.p95, 4),
                    "queries": len(timed.times_ms),
                }
        finally:
            close()
        return found

    def _opening(self, able: dict[str, Peer], terms: list[str]) -> dict[str, Any]:
        taken: dict[str, list[dict[str, Any]]] = {name: [] for name in able}
        self.tell("mở và hỏi lần đầu / opening and first query")
        for _ in range(OPENINGS):
            for name, peer in able.items():
                task = {"do": "open", "peer": name, "url": self._url(peer), "folder": str(self.corpus.folder / name)}
                taken[name].append(child.run(task | {"terms": terms}))
        return {
            name: {key: round(statistics.median(t[key] for t in tries), 3) for key in tries[0]}
            for name, tries in taken.items()
        }

    def _differ(self, sessions: dict[str, Session], fragments: list[list[str]]) -> dict[str, Any]:
        self.tell("so câu trả lời / comparing answers")
        few = fragments[: COMPARED if self.corpus.articles <= 50_000 else COMPARED // 4]
        return agreement.disagreements(sessions, [Question(s, tuple(f)) for f in few for s in SHAPES])

    def _latency(self, sessions: dict[str, Session], fragments: list[list[str]]) -> list[dict[str, Any]]:
        asks = {name: session.asker() for name, session in sessions.items()}
        rows = []
        for shape in SHAPES:
            questions = [Question(shape, tuple(terms)) for terms in fragments]
            for depth in DEPTHS:
                self.tell(f"{shape} · {depth}")
                timed = latencies(asks, questions, depth, self.request.repeats, self.request.seconds)
                cells = {
                    name: {
                        "median_ms": round(times.median(), 4),
                        "p95_ms": round(times.p95, 4),
                        "queries": len(times.times_ms),
                        "rounds": times.rounds,
                        "ratio": round(times.median() / timed[self.own.name].median(len(times.times_ms)), 3),
                    }
                    for name, times in timed.items()
                }
                rows.append({"shape": shape, "depth": depth, "cells": cells})
        return rows

    def _throughput(self, sessions: dict[str, Session], fragments: list[list[str]]) -> dict[str, dict[str, float]]:
        questions = [Question("or", tuple(terms)) for terms in fragments]
        found: dict[str, dict[str, list[float]]] = {name: {} for name in sessions}
        for _ in range(min(2, self.request.repeats)):
            for threads in self.request.threads:
                self.tell(f"{threads} luồng / threads")
                for name, session in sessions.items():
                    rate = throughput(session, questions, "facets", threads, min(2.0, self.request.seconds))
                    found[name].setdefault(str(threads), []).append(rate)
        return {
            name: {threads: round(statistics.median(rates), 1) for threads, rates in rows.items()}
            for name, rows in found.items()
        }
