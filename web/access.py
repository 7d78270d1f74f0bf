"""One line of JSON for each request, and its time in the metrics; no addresses and no queries of readers.

In: requests and responses. Out: lines on stderr, observations. Must not know views.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from typing import cast

import orjson
from flask import Flask, Request, Response, g

from search.settings import Settings
from web.site import KEY, Site, request_notes, this_request


def observe(app: Flask, settings: Settings) -> None:
    """Measure every request of `app`, and log it where the settings want it."""
    here = cast(Site, app.extensions[KEY])
    write = sys.stderr.write

    def begin() -> None:
        g.began = time.perf_counter()

    def end(response: Response) -> Response:
        kept, asked = request_notes(), this_request()
        now = time.perf_counter()
        seconds, searching = now - kept.get("began", now), kept.get("searching")
        here.metrics.answered(asked.endpoint or "none", response.status_code, seconds)
        if searching is not None:
            here.metrics.rendered(seconds - searching)
        if settings.access_log:
            # one write of one line stays whole where several processes write
            write(_line(asked, response, seconds))
        return response

    app.before_request(begin)
    app.after_request(end)


def _line(asked: Request, response: Response, seconds: float) -> str:
    entry = {
        "method": asked.method,
        "path": asked.path,
        "status": response.status_code,
        "ms": round(seconds * 1000, 2),
        "bytes": response.calculate_content_length(),
        "event": "request",
        "timestamp": dt.datetime.now(dt.UTC),
    }
    return orjson.dumps(entry, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE).decode()
