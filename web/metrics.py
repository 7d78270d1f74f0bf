"""Measurements of one application in Prometheus' text form.

In: times and totals as they happen. Out: the text of /metrics. Must not know queries or readers: no label holds what
somebody typed.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.001, 0.002, 0.004, 0.006, 0.01, 0.02, 0.03, 0.06, 0.1, 0.3, 1.0, 3.0)
_TOTALS = (0, 1, 10, 100, 1000, 10_000, 100_000)


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
        self.articles = Gauge("timbao_index_articles", "Articles in the index", registry=self.registry)
        self._search, self._render = self.stages.labels("search"), self.stages.labels("render")
        self._requests: dict[tuple[str, int], Histogram] = {}

    def searched(self, seconds: float, total: int) -> None:
        """One search was answered."""
        self._search.observe(seconds)
        self.totals.observe(total)
        if total == 0:
            self.nothing.inc()

    def rendered(self, seconds: float) -> None:
        """One answer to a search was written, in the time that searching left."""
        self._render.observe(max(0.0, seconds))

    def answered(self, route: str, status: int, seconds: float) -> None:
        """One request was answered by a route of ours."""
        held = self._requests.get((route, status))
        if held is None:
            held = self._requests[(route, status)] = self.requests.labels(route, str(status))
        held.observe(seconds)

    def text(self) -> bytes:
        """Everything measured so far, in the Prometheus text format."""
        return generate_latest(self.registry)
