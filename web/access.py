"""One line of JSON for each request, and its time in the metrics; no addresses and no queries of readers.

In: requests and responses. Out: lines on stderr, observations. Must not know views.
"""

from __future__ import annotations

import sys
import time

import orjson
import structlog
from flask import Flask, Response, g, request

from search.settings import Settings
from web.site import site


def _json(entry: object, **options: object) -> str:
    """A line of the log; one write of one line stays whole where several processes write."""
    return orjson.dumps(entry, default=str).decode()


def observe(app: Flask, settings: Settings) -> None:
    """Measure every request of `app`, and log it where the settings want it."""
    logger = structlog.wrap_logger(
        structlog.WriteLogger(sys.stderr),
        processors=[structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.processors.JSONRenderer(_json)],
    )

    def begin() -> None:
        g.began = time.perf_counter()

    def end(response: Response) -> Response:
        now = time.perf_counter()
        seconds, searching = now - g.get("began", now), g.get("searching")
        metrics = site().metrics
        metrics.answered(request.endpoint or "none", response.status_code, seconds)
        if searching is not None:
            metrics.rendered(seconds - searching)
        if settings.access_log:
            logger.info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                ms=round(seconds * 1000, 2),
                bytes=response.calculate_content_length(),
            )
        return response

    app.before_request(begin)
    app.after_request(end)
