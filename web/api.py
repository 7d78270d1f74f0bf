"""The HTTP API: the same answers as the pages, as JSON.

In: requests below /api/. Out: JSON in the shapes of `search.wire`, problems as RFC 9457. Must not know templates
but that of its own documentation.
"""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, render_template, request

from search.errors import QueryError
from search.state import State, clean
from search.wire import article_json, hit_json, result_bytes
from web.openapi import EXAMPLES, description
from web.problems import problem
from web.site import site, this_request

api = Blueprint("api", __name__, url_prefix="/api")
MAX_SUGGESTIONS = 20
RELATED = 6


def answer(shape: Any) -> Response:
    """JSON values as a response."""
    return Response(orjson.dumps(shape), mimetype="application/json")


@api.get("/v1/search")
def search() -> Response:
    """Ranked articles with highlights and facets."""
    here = site()
    state = here.state()
    explain, related = flag("explain"), RELATED if flag("related") else 0
    result = here.search(state, asked=True, explain=explain, related=related)
    return Response(result_bytes(result, state), mimetype="application/json")


@api.get("/v1/articles/", defaults={"id": None})
@api.get("/v1/articles/<path:id>")
def article(id: str | None) -> Response:
    """One stored article; with `q`, where its words stand."""
    id = id or request.args.get("id", "")
    state = site().state()
    found = site().article(id)
    if found is None:
        return problem(404, f"there is no article {clean(id)[:200]!r}", "search for it: /api/v1/search?q=")
    marked = site().index.marked(id, state.q, marks=state.marks) if state.q else None
    return answer(article_json(found, marked))


@api.get("/v1/similar")
def similar() -> Response:
    """Articles on the same matter as one article."""
    id, limit = request.args.get("id", ""), site().state().limit
    if site().article(id) is None:
        return problem(404, f"there is no article {clean(id)[:200]!r}", "give the id of a hit as id")
    return answer({"id": id, "hits": [hit_json(hit) for hit in site().index.similar(id, limit=limit)]})


@api.get("/v1/copies")
def copies() -> Response:
    """The other articles with the text of one article."""
    id, limit = request.args.get("id", ""), site().state().limit
    if site().article(id) is None:
        return problem(404, f"there is no article {clean(id)[:200]!r}", "give the id of a hit as id")
    return answer({"id": id, "hits": [hit_json(hit) for hit in site().index.copies(id, limit=limit)]})


@api.get("/v1/suggest")
def suggest() -> Response:
    """Completions of what has been typed so far."""
    state = site().state()
    limit = min(state.limit if "limit" in request.args else 8, MAX_SUGGESTIONS)
    found = site().index.suggest(state.q, limit=limit) if state.q and limit else ()
    return answer(
        {
            "query": state.q,
            "suggestions": [
                {"text": c.text, "count": c.count, "url": State(q=c.text).url("/api/v1/search")} for c in found
            ],
        }
    )


@api.get("/v1/stats")
def stats() -> Response:
    """Figures of the index."""
    figures = site().index.stats()
    names = ("engine", "generation", "articles", "segments", "size_bytes", "built")
    shape: dict[str, Any] = {name: getattr(figures, name) for name in names}
    return answer(shape | {name: dict(getattr(figures, name)) for name in ("terms", "cities", "years")})


@api.get("/v1/openapi.json")
def openapi() -> Response:
    """The OpenAPI description."""
    return answer(description(site().root, site().settings))


@api.get("/docs")
def docs() -> str:
    """The API's documentation for people, made from the OpenAPI description."""
    return render_template(
        "docs.html",
        state=State(),
        openapi=description(site().root, site().settings),
        examples=[(name, text.replace("{root}", site().root)) for name, text in EXAMPLES],
    )


def flag(name: str) -> bool:
    """A parameter that is on or off. Raises QueryError for anything else."""
    asked = this_request()
    if name not in asked.environ.get("QUERY_STRING", ""):
        return False  # most addresses hold none, and are not taken apart for that
    text = asked.args.get(name, "").lower()
    if text not in {"", "0", "1", "true", "false"}:
        raise QueryError(f"{name} is {clean(text)[:40]!r}", "use 1 or 0", name)
    return text in {"1", "true"}
