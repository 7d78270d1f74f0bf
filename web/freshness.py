"""Entity tags from the index's generation: an answer that a browser or cache still holds is not computed again.

In: a request. Out: a 304 before any work, or an ETag on the answer. An answer depends on its address, the visitor's
language, the settings and code of this process, and the generation that answers; nothing else. Must not know views.
"""

from __future__ import annotations

import hashlib

from flask import Flask, Response, g, request

from search import __version__
from search.errors import TimBaoError
from web.site import site
from web.visitors import visitor_language

TAGGED = frozenset({"pages", "api", "downloads"})
"""Blueprints whose answers depend on the index alone."""


def watch(app: Flask) -> None:
    """Answer repeated requests of `app` with 304 and tag its other answers."""
    app.before_request(_answer_unchanged)
    app.after_request(_tag)


def _answer_unchanged() -> Response | None:
    if request.blueprint not in TAGGED or request.method not in ("GET", "HEAD"):
        return None
    try:
        generation = site().index.generation
    except TimBaoError:
        return None
    parts = (__version__, site().started.isoformat(), generation, request.full_path, visitor_language().code)
    g.tag = hashlib.blake2b(repr(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()
    if request.if_none_match.contains_weak(g.tag):
        answer = Response(status=304)
        answer.set_etag(g.tag, weak=True)
        return answer
    return None


def _tag(response: Response) -> Response:
    tag = g.get("tag")
    if tag and response.status_code == 200:
        response.set_etag(tag, weak=True)
        response.headers.setdefault("Cache-Control", "no-cache")
    elif response.status_code >= 400:
        response.headers.setdefault("Cache-Control", "no-store")
    return response
