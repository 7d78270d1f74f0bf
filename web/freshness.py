"""Entity tags from the index's generation: an answer that a browser, a cache or this process still holds is not
computed again.

In: a request. Out: a 304 or a kept answer before any work, or an ETag on the answer. An answer depends on its address,
the visitor's language, the day, the settings and code of this process, and the generation that answers; nothing else.
Must not know views.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import cast

from flask import Flask, Response

from search.errors import TimBaoError
from web.answers import Answer
from web.site import KEY, Site, request_notes, this_request
from web.visitors import visitor_language

TAGGED = frozenset({"pages", "api", "downloads"})
"""Blueprints whose answers depend on the index alone."""
KEPT = frozenset({"api.search", "api.suggest", "pages.results"})
"""Views whose answers are kept in memory."""
_DESCRIBED = ("Content-Type", "Content-Encoding", "Vary")
_NAMED = ("wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME", "HTTP_ACCEPT_ENCODING")


def watch(app: Flask) -> None:
    """Tag the answers of `app`."""
    here = cast(Site, app.extensions[KEY])
    app.after_request(lambda response: _tag(here, response))


def reuse(app: Flask) -> None:
    """Answer repeated requests of `app` with 304, or from memory; what was registered before is asked first."""
    here = cast(Site, app.extensions[KEY])
    app.before_request(lambda: _answer_unchanged(here))


def _answer_unchanged(here: Site) -> Response | None:
    asked = this_request()
    if asked.blueprint not in TAGGED or asked.method not in ("GET", "HEAD"):
        return None
    try:
        generation = here.index.generation
    except TimBaoError:
        return None
    environ = asked.environ
    today = dt.date.today()  # queries may speak of today
    address = environ.get("PATH_INFO"), environ.get("QUERY_STRING")
    parts = (here.version, generation, today, *address, visitor_language().code)
    kept = request_notes()
    tag = kept.tag = hashlib.blake2b(repr(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()
    if "HTTP_IF_NONE_MATCH" in environ and asked.if_none_match.contains_weak(tag):
        answer = Response(status=304)
        del answer.headers["Content-Type"]
        if asked.blueprint == "pages":
            answer.vary.add("Cookie")
        return answer
    if here.answers is None or asked.endpoint not in KEPT or asked.method != "GET":
        return None
    # pages hold absolute addresses; the packed forms of an answer are kept apart
    name = repr((tag, *map(environ.get, _NAMED)))
    found = here.answers.get(name)
    here.metrics.looked_up(found is not None)
    if found is None:
        kept.name = name
        return None
    if found.search is not None:
        here.asked(*found.search)
    return Response(found.body, headers=found.headers)


def _tag(here: Site, response: Response) -> Response:
    kept = request_notes()
    tag = kept.get("tag")
    if tag and response.status_code in (200, 304):
        headers = response.headers
        headers["ETag"] = f'W/"{tag}"'
        headers.setdefault("Cache-Control", "no-cache")
        name, answers = kept.get("name"), here.answers
        if name and answers is not None and not response.is_streamed:
            described = tuple((field, headers[field]) for field in _DESCRIBED if field in headers)
            answers.put(name, Answer(response.get_data(), described, kept.get("search")))
    elif response.status_code >= 400:
        response.headers.setdefault("Cache-Control", "no-store")
    return response
