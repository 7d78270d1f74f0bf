"""Errors as answers: problem+json (RFC 9457) below /api/, a page that says what to do everywhere else.

In: whatever a view raises. Out: a response of the right status; nothing of the inside of the program. Must not know
which view failed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from search.errors import QueryError, TimBaoError
from search.state import ParametersError, State, clean, read
from web.language import Language
from web.phrases import PHRASES
from web.site import site
from web.visitors import visitor_language

PROBLEM = "application/problem+json"
RETRY_AFTER_S = 10
"""When to ask again for what cannot be answered now: by then a cluster has found its copies, or nobody helps it."""
_log = logging.getLogger("timbao.web")


def answer_errors(app: Flask) -> None:
    """Answer every error that views of `app` raise."""
    app.register_error_handler(TimBaoError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def _known(error: TimBaoError) -> Response:
    errors: Sequence[QueryError] = ()
    if isinstance(error, ParametersError):
        errors = error.errors
    elif isinstance(error, QueryError):
        errors = (error,)
    if error.status >= 500:
        _log.error("%s", error)
    # a kind of error that only its own room knows is told as what it is a kind of
    kind = next((known.__name__ for known in type(error).__mro__ if f"what_{known.__name__}" in PHRASES), "")
    answer = respond(error.status, error.what, error.next_step, errors, kind)
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    answer = respond(error.code, error.description or "", "")
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers[name] = value
    return answer


def _unknown(error: Exception) -> Response:
    _log.exception("unexpected error at %s", request.path, exc_info=error)
    return respond(500, "something broke on the server", "try again later; the fault has been recorded")


def respond(status: int, what: str, next_step: str, errors: Sequence[QueryError] = (), kind: str = "") -> Response:
    """The answer to a failed request, in the form that its address calls for; `kind` is the name of a known error."""
    if request.path.startswith("/api/"):
        return problem(status, what, next_step, errors)
    return page(status, what, next_step, errors, kind)


def problem(status: int, what: str, next_step: str, errors: Sequence[QueryError] = ()) -> Response:
    """A problem as RFC 9457 describes it; `errors` lists what is wrong, parameter by parameter."""
    shape: dict[str, Any] = {
        "type": f"/api/docs#status-{status}",
        "title": HTTP_STATUS_CODES.get(status, "Error"),
        "status": status,
        "detail": clean(f"{what}; {next_step}" if next_step else what),
        "instance": clean(request.path),
        "errors": [
            {"parameter": error.parameter, "detail": clean(error.what), "next_step": error.next_step}
            for error in errors
        ],
    }
    return Response(orjson.dumps(shape), status, mimetype=PROBLEM)


def _shown(error: QueryError, chosen: Language) -> tuple[str, str, str]:
    """A wrong parameter in the visitor's language: what is wrong, what was given, what to do.

    An error that the phrases do not know, of a program's parameter, is told as it is.
    """
    name = error.parameter or ""
    if f"fix_{name}" not in PHRASES:
        return error.what, "", error.next_step
    values = [clean(value)[:60] for value in request.args.getlist(name) if value.strip()]
    given = chosen("given", value=values[0]) if len(values) == 1 and name not in ("q", "cursor") else ""
    most = {"q": site().settings.max_query_chars, "limit": site().settings.max_limit}.get(name, 0)
    return chosen(f"wrong_{name}"), given, chosen(f"fix_{name}", most=most)


def page(status: int, what: str, next_step: str, errors: Sequence[QueryError] = (), kind: str = "") -> Response:
    """A page that says what is wrong and what to do, with the search form."""
    known = status if status in (400, 404, 405, 413, 429, 503) else 500 if status >= 500 else 400
    chosen = visitor_language()
    wrong = {error.parameter for error in errors}
    kept = [(n, v) for n, v in request.args.items(multi=True) if n not in wrong and n != "lang"]
    state = State(q=clean(request.args.get("q", ""))[:200]) if "q" not in wrong else State()
    without = ""
    if errors:
        try:
            without = read(kept).url("/search")
        except ParametersError:
            without = ""
    html = render_template(
        "error.html",
        status=status,
        title=chosen(f"error_{known}"),
        advice=chosen(f"error_next_{known}"),
        what=what if errors or status == 503 else "",
        next_step=next_step,
        summary=chosen(f"what_{kind}") if f"what_{kind}" in PHRASES else "",
        errors=[_shown(error, chosen) for error in errors],
        state=state,
        without=without,
    )
    return Response(html, status, mimetype="text/html")
