"""Entity tags from the index's generation: an answer that a browser, a cache or this process still holds is not
computed again.

In: a request. Out: a 304 or a kept answer before any work, or an ETag on the answer. An answer depends on its address,
the visitor's language, the day, the settings and code of this process, and the generation that answers; nothing else.
Must not know views.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from flask import Flask, Response, g, request

from search import __version__
from search.errors import TimBaoError
from web.answers import Answer
from web.site import site
from web.visitors import visitor_language

TAGGED = frozenset({"pages", "api", "downloads"})
"""Blueprints whose answers depend on the index alone."""
KEPT = frozenset({"api.search", "api.suggest", "pages.results"})
"""Views whose answers are kept in memory."""
_DESCRIBED = ("Content-Type", "Content-Encoding", "Vary")


def watch(app: Flask) -> None:
    """Tag the answers of `app`."""
    app.after_request(_tag)


def reuse(app: Flask) -> None:
    """Answer repeated requests of `app` with 304, or from memory; what was registered before is asked first."""
    app.before_request(_answer_unchanged)


def _answer_unchanged() -> Response | None:
    if request.blueprint not in TAGGED or request.method not in ("GET", "HEAD"):
        return None
    try:
        generation = site().index.generation
    except TimBaoError:
        return None
    today = dt.date.today().isoformat()  # queries may speak of today
    parts = (__version__, site().started.isoformat(), generation, today, request.full_path, visitor_language().code)
    g.tag = hashlib.blake2b(repr(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()
    if request.if_none_match.contains_weak(g.tag):
        answer = Response(status=304)
        answer.set_etag(g.tag, weak=True)
        return answer
    return _kept()


def _kept() -> Response | None:
    answers = site().answers
    if answers is None or request.endpoint not in KEPT or request.method != "GET":
        return None
    # pages hold absolute addresses; the packed forms of an answer are kept apart
    g.name = f"{g.tag} {request.host_url} {request.headers.get('Accept-Encoding', '')}"
    found = answers.get(g.name)
    site().metrics.looked_up(found is not None)
    if found is None:
        return None
    g.pop("name")
    if found.search is not None:
        site().asked(*found.search)
    return Response(found.body, headers=found.headers)


def _tag(response: Response) -> Response:
    tag = g.get("tag")
    if tag and response.status_code == 200:
        response.set_etag(tag, weak=True)
        response.headers.setdefault("Cache-Control", "no-cache")
        answers = site().answers
        if "name" in g and answers is not None and not response.is_streamed:
            headers = tuple((name, response.headers[name]) for name in _DESCRIBED if name in response.headers)
            answers.put(g.name, Answer(response.get_data(), headers, g.get("search")))
    elif response.status_code >= 400:
        response.headers.setdefault("Cache-Control", "no-store")
    return response
