"""Which language a visitor reads: `?lang=` for this request and, in a cookie, for the next ones.

In: a request. Out: a `Language`, and the cookie that remembers it. Must not know phrases.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Flask, Request, Response, has_request_context, request

from web.language import CODES, Language, language
from web.site import request_notes, site, this_request

COOKIE = "lang"
_YEAR_S = 365 * 24 * 3600


def welcome(app: Flask) -> None:
    """Give every template of `app` the visitor's language as `t`, and remember a choice."""
    app.context_processor(lambda: {"t": visitor_language(), "switch_url": _switch_url})
    app.after_request(_remember)


def visitor_language() -> Language:
    """The language of the visitor who asks."""
    kept = request_notes()
    found: Language | None = kept.get("language")
    if found is None:
        asked = this_request()
        wanted = _chosen(asked) or (asked.cookies.get(COOKIE) if "HTTP_COOKIE" in asked.environ else None)
        found = kept.language = language(wanted, site().settings.language)
    return found


def _chosen(asked: Request) -> str | None:
    """The language that the address asks for; most addresses ask for none, and are not taken apart for that."""
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
    asked = this_request()
    chosen = _chosen(asked)
    if chosen in CODES:
        response.set_cookie(COOKIE, chosen, max_age=_YEAR_S, httponly=True, samesite="Lax", secure=asked.is_secure)
    if response.mimetype == "text/html":
        response.vary.add("Cookie")
    return response
