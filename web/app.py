"""The Flask application: blueprints, language, errors, guards and measurements put together.

In: an index (open, or its place) and settings. Out: a WSGI application. Must not know what views do.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface, SessionMixin

from search import __version__
from search.deadline import within
from search.settings import Settings, settings
from web import access, freshness, guards, problems, visitors
from web.api import api
from web.downloads import downloads
from web.health import health
from web.pages import pages
from web.site import KEY, Site

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from search.service import Index


class TimedFlask(Flask):
    """An application whose views may compute for so many seconds."""

    seconds = float("inf")

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: none of ours is a coroutine, which Flask would look for ten times a request."""
        return func

    def dispatch_request(self) -> Any:
        """The answer of a view, which may raise SearchTooLong."""
        with within(self.seconds):
            return super().dispatch_request()


class NoSession(SessionInterface):
    """Nobody is remembered between requests: the one cookie there is holds a language."""

    def __init__(self) -> None:
        self._none = NullSession()

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        """The session that holds nothing and takes nothing."""
        return self._none

    def is_null_session(self, obj: object) -> bool:
        """Whether there is nothing to keep: always."""
        return True

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep nothing."""


_REFUSED = re.compile(r";\s*q=0(?:\.0*)?\s*$")


class AnyBytesRequest(Request):
    """A request whose query may hold any bytes: those outside ASCII are percent-encoded before they are read.

    What the libraries beneath take at its word is put right: a coding with `q=0` is refused, not wanted least
    (RFC 9110, 12.4.2), and a range in a unit that nobody knows is none (14.2).
    """

    def __init__(self, environ: WSGIEnvironment, *given: Any, **more: Any) -> None:
        query = environ.get("QUERY_STRING", "")
        if not query.isascii():
            environ["QUERY_STRING"] = quote(query.encode("latin-1", "replace"), safe=string.punctuation)
        packed = environ.get("HTTP_ACCEPT_ENCODING", "")
        if "q=0" in packed:
            environ["HTTP_ACCEPT_ENCODING"] = ",".join(c for c in packed.split(",") if not _REFUSED.search(c))
        if not environ.get("HTTP_RANGE", "bytes=").lower().startswith("bytes="):
            del environ["HTTP_RANGE"]
        super().__init__(environ, *given, **more)


_YEAR_S = 365 * 24 * 3600


def create_app(
    index: Index | Path | str | None = None, chosen: Settings | None = None, *, shared: Path | None = None
) -> Flask:
    """The application for one index.

    Args:
        index: an open index, or where it lies; by default the settings'. It need not exist yet: until it does,
            pages answer 503 and say how to build one.
        chosen: the settings; by default the process's.
        shared: a folder where the processes that serve the same address count together.
    """
    chosen = chosen or settings()
    app = TimedFlask(__name__)
    app.seconds = chosen.search_timeout_s
    app.request_class = AnyBytesRequest
    app.session_interface = NoSession()
    app.url_map.merge_slashes = False
    app.config.update(SEND_FILE_MAX_AGE_DEFAULT=_YEAR_S)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if index is None:
        index = chosen.index if chosen.engine == "whoosh" else chosen.url
    app.extensions[KEY] = Site(index, chosen)
    versions = _versions(Path(app.static_folder or ""))
    app.jinja_env.globals.update(
        static=lambda name: f"/static/{name}?v={versions[name]}", version=__version__, site_settings=chosen
    )
    access.observe(app, chosen)
    visitors.welcome(app)
    freshness.watch(app)
    problems.answer_errors(app)
    guards.guard(app, chosen, shared)
    freshness.reuse(app)
    for blueprint in (pages, api, downloads, health):
        app.register_blueprint(blueprint)
    return app


def _versions(folder: Path) -> dict[str, str]:
    """A digest of each static file, so that a browser may keep it for a year."""
    return {
        file.name: hashlib.blake2b(file.read_bytes(), digest_size=6).hexdigest()
        for file in folder.iterdir()
        if file.is_file()
    }
