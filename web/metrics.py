"""Measurements of one application in Prometheus' text form.

In: times and totals as they happen. Out: the text of /metrics. Must not know queries or readers: no label holds what
somebody typed.

Where several processes serve one index, each keeps its figures in files of a folder they share (`share`), and whichever
is asked adds up those of all, the ended ones included.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

_SECONDS = (0.001, 0.002, 0.004, 0.006, 0.01, 0.02, 0.03, 0.06, 0.1, 0.3, 1.0, 3.0)
_TOTALS = (0, 1, 10, 100, 1000, 10_000, 100_000)


_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_worker = "0"


def share(folder: Path) -> None:
    """Keep the figures of metrics made from now on in files of a folder, those of each worker apart."""
    os.environ[_FOLDER] = str(folder)
    values.ValueClass = values.MultiProcessValue(lambda: _worker)  # type: ignore[no-untyped-call]


def count_as(worker: int) -> None:
    """Name the worker whose figures this process keeps; no two processes may be the same one at a time."""
    global _worker
    _worker = str(worker)


class Metrics:
    """Counters and histograms in a registry of their own, so that applications in one process do not share them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "timbao_request_seconds",
            "Time from a request to its answer",
            ("route", "status"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.stages = Histogram(
            "timbao_stage_seconds", "Time of one stage", ("stage",), buckets=_SECONDS, registry=self.registry
        )
        self.totals = Histogram(
            "timbao_search_articles", "Articles that a search matched", buckets=_TOTALS, registry=self.registry
        )
        self.nothing = Counter("timbao_searches_without_hits", "Searches that matched nothing", registry=self.registry)
        self.kept = Counter(
            "timbao_answers_kept", "Requests whose answer was looked for in memory", ("found",), registry=self.registry
        )
        self._kept = {True: self.kept.labels("yes"), False: self.kept.labels("no")}
        self._search, self._render = self.stages.labels("search"), self.stages.labels("render")
        self._requests: dict[tuple[str, int], Histogram] = {}

    def searched(self, seconds: float, total: int) -> None:
        """One search was answered."""
        self._search.observe(seconds)
        self.totals.observe(total)
        if total == 0:
            self.nothing.inc()

    def looked_up(self, found: bool) -> None:
        """An answer was looked for among those kept."""
        self._kept[found].inc()

    def rendered(self, seconds: float) -> None:
        """One answer to a search was written, in the time that searching left."""
        self._render.observe(max(0.0, seconds))

    def answered(self, route: str, status: int, seconds: float) -> None:
        """One request was answered by a route of ours."""
        held = self._requests.get((route, status))
        if held is None:
            held = self._requests[(route, status)] = self.requests.labels(route, str(status))
        held.observe(seconds)

    def text(self, articles: int) -> bytes:
        """Everything measured so far, by all processes, in the Prometheus text format."""
        registry = self.registry
        if getattr(values.ValueClass, "_multiprocess", False):
            registry = CollectorRegistry()
            MultiProcessCollector(registry, os.environ[_FOLDER])  # type: ignore[no-untyped-call]
        return generate_latest(registry) + generate_latest(_Articles(articles))


class _Articles:
    """The number of articles as it is now, which no process needs to keep."""

    def __init__(self, articles: int) -> None:
        self._articles = articles

    def collect(self) -> Iterator[Metric]:
        """The one figure."""
        yield GaugeMetricFamily("timbao_index_articles", "Articles in the index", value=self._articles)
