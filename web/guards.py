"""What protects readers and the server: headers, limits, proxies, CORS, compression.

In: an application and its settings. Out: the same application, guarded. Must not know views.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.middleware.proxy_fix import ProxyFix

from search.settings import Settings
from web.site import request_notes, this_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_BODY_BYTES = 16 * 1024
"""No route takes a body; larger ones are refused unread."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_UNCOUNTED = {"static", "health.alive", "health.ready"}
_PASSED_ON = {"HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED"}
COMPRESSED = [
    "text/html",
    "text/css",
    "text/javascript",
    "text/plain",
    "text/csv",
    "image/svg+xml",
    "application/json",
    "application/problem+json",
    "application/atom+xml",
    "application/xml",
]


def guard(app: Flask, settings: Settings, shared: Path | None = None) -> None:
    """Put all protections on `app`; processes that serve one address count its requests in the folder `shared`."""
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES,
        COMPRESS_MIMETYPES=COMPRESSED,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=3,
        COMPRESS_LEVEL=4,
        COMPRESS_MIN_SIZE=900,
        COMPRESS_STREAMS=False,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.wsgi_app = _headed(app.wsgi_app)  # type: ignore[method-assign,assignment]
    _share(app, settings.cors_origins.split())
    Compress(app)
    if settings.rate_limit:
        _limit(app, settings.rate_limit, shared)


def _headed(answer: WSGIApplication) -> WSGIApplication:
    """Give every answer the headers that it does not set itself."""
    always = list(HEADERS.items())

    def headed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            there = {name for name, _ in headers}
            return start_response(status, [*headers, *(pair for pair in always if pair[0] not in there)], *error)

        return answer(environ, start)

    return headed


def _share(app: Flask, origins: list[str]) -> None:
    """Let scripts of other origins read the API (CORS), where the settings name them."""
    if not origins:
        return

    def allow(response: Response) -> Response:
        if not request.path.startswith("/api/"):
            return response
        origin = request.headers.get("Origin")
        if "*" not in origins:
            response.vary.add("Origin")
        if origin and ("*" in origins or origin in origins):
            response.headers["Access-Control-Allow-Origin"] = "*" if "*" in origins else origin
            response.headers["Access-Control-Expose-Headers"] = "ETag, Retry-After"
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
                response.headers["Access-Control-Max-Age"] = "86400"
        return response

    app.after_request(allow)


def _limit(app: Flask, limit: str, shared: Path | None) -> None:
    """Limit the requests of one address; this machine's own and the files that never change are free."""
    where = "memory://"
    if shared is not None:
        from web.counts import counted_in

        where = counted_in(shared / "counts")
    _Limiter(get_remote_address, app=app, default_limits=[limit], storage_uri=where, headers_enabled=True)


class _Limiter(Limiter):
    """A limiter that asks first whether a request counts at all; its filters come after most of its work."""

    _uncounted: Any = None

    @property
    def context(self) -> Any:
        """What is known of this request, which is asked for three times; of one that does not count, nothing."""
        if request_notes().get("counted"):
            return super().context
        if self._uncounted is None:
            self._uncounted = type(super().context)()
        return self._uncounted

    def _check_request_limit(self, *given: Any, **more: Any) -> None:
        if this_request().endpoint in _UNCOUNTED or loopback():
            return
        request_notes().counted = True
        super()._check_request_limit(*given, **more)


def loopback() -> bool:
    """Whether the request comes from this machine.

    One that a proxy on this machine passes on does not, also where the settings say of no proxy: then its address is
    the proxy's, and who asked is not known.
    """
    asked = this_request()
    if "werkzeug.proxy_fix.orig" not in asked.environ and _PASSED_ON & asked.environ.keys():
        return False
    if asked.remote_addr in ("127.0.0.1", "::1"):
        return True
    try:
        return ipaddress.ip_address(asked.remote_addr or "").is_loopback
    except ValueError:
        return False
