"""Which language a visitor reads: `?lang=` for this request and, in a cookie, for the next ones.

In: a request. Out: a `Language`, and the cookie that remembers it. Must not know phrases.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Flask, Response, g, has_request_context, request

from web.language import CODES, Language, language
from web.site import site

COOKIE = "lang"
_YEAR_S = 365 * 24 * 3600


def welcome(app: Flask) -> None:
    """Give every template of `app` the visitor's language as `t`, and remember a choice."""
    app.context_processor(lambda: {"t": visitor_language(), "switch_url": _switch_url})
    app.after_request(_remember)


def visitor_language() -> Language:
    """The language of the visitor who asks."""
    found: Language | None = g.get("language")
    if found is None:
        wanted = _chosen() or (request.cookies.get(COOKIE) if "HTTP_COOKIE" in request.environ else None)
        found = g.language = language(wanted, site().settings.language)
    return found


def _chosen() -> str | None:
    """The language that the address asks for; most addresses ask for none, and are not taken apart for that."""
    asked = request
    return asked.args.get("lang") if "lang" in asked.environ.get("QUERY_STRING", "") else None


def _switch_url() -> str:
    """The address of this same page in the other language."""
    if not has_request_context():
        return "/"
    longest = site().settings.max_query_chars
    pairs = [
        (name, value) for name, value in request.args.items(multi=True) if name != "lang" and len(value) <= longest
    ]
    return f"{request.path}?{urlencode([*pairs, ('lang', visitor_language().other)], errors='replace')}"


def _remember(response: Response) -> Response:
    chosen = _chosen()
    if chosen in CODES:
        response.set_cookie(COOKIE, chosen, max_age=_YEAR_S, httponly=True, samesite="Lax", secure=request.is_secure)
    if response.mimetype == "text/html":
        response.vary.add("Cookie")
    return response
