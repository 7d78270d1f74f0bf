"""Whether the server lives and can answer, and its measurements.

In: requests of machines that watch. Out: short JSON, Prometheus text. Must not know views.
"""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, abort

from search import __version__
from search.errors import TimBaoError
from web.guards import loopback
from web.site import site

health = Blueprint("health", __name__)


def _answer(code: int, **shape: object) -> Response:
    response = Response(orjson.dumps(shape), code, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


@health.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return _answer(200, status="ok", version=__version__)


@health.get("/readyz")
def ready() -> Response:
    """The index answers; 503 with the reason where it does not."""
    try:
        index = site().index
        index.search("", limit=0)
        return _answer(200, status="ready", generation=index.generation)
    except TimBaoError as error:
        return _answer(503, status="unavailable", detail=error.what, next_step=error.next_step)


@health.get("/metrics")
def metrics() -> Response:
    """Measurements for Prometheus; for this machine alone unless the settings say otherwise."""
    allowed = site().settings.metrics
    if allowed == "off" or (allowed == "loopback" and not loopback()):
        abort(404)
    try:
        articles = site().index.stats().articles
    except TimBaoError:
        articles = 0
    return Response(site().metrics.text(articles), content_type="text/plain; version=0.0.4; charset=utf-8")
