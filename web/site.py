"""What all views of one application share: the index, the settings, the measurements.

In: an open index, or a place where one is or will be. Out: `Site`, reached from a view with `site()`. Must not know
what a view shows.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from flask import Request, current_app, g, request

from search import __version__
from search.deadline import within
from search.model import Article, Hit, Result
from search.querylog import QueryLog
from search.settings import Settings
from search.state import State, parse
from web.answers import Answers
from web.metrics import Metrics

if TYPE_CHECKING:
    from search.service import Index

KEY = "timbao"


class Site:
    """One application's index and settings. Safe to share between threads.

    An index that is not there yet is looked for at each request, so that a server may start before the first
    `timbao index`; a location that holds none raises IndexMissing.
    """

    def __init__(self, index: Index | Path | str, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.queries = QueryLog(settings.query_log) if settings.query_log else None
        self.answers = Answers(settings.answer_cache_mb << 20) if settings.answer_cache_mb else None
        self.version = f"{__version__} {dt.datetime.now(dt.UTC).isoformat()}"
        """Of the code and of this process: its answers depend on both."""
        self._lock = threading.Lock()
        self._location = index if isinstance(index, str | Path) else None
        self._index = None if isinstance(index, str | Path) else index

    @property
    def index(self) -> Index:
        """The open index. Raises IndexMissing, IndexBroken or EngineUnavailable."""
        if self._index is None:
            with self._lock:
                if self._index is None:
                    from search.service import open_index

                    self._index = open_index(self._location, engine=self.settings.engine)
        return self._index

    def state(self) -> State:
        """The search that the request's address describes. Raises ParametersError."""
        return parse(
            request.query_string.decode("utf-8", "replace"),
            max_query_chars=self.settings.max_query_chars,
            max_limit=self.settings.max_limit,
        )

    def search(self, state: State, *, asked: bool = False, **more: Any) -> Result:
        """The answer to a search, measured; `asked` is one that a person or program asked for, and may be logged."""
        began = time.perf_counter()
        result = self.index.search(state.q, **(state.arguments | more))
        took = time.perf_counter() - began
        kept = request_notes()
        kept.searching = kept.get("searching", 0.0) + took
        self.metrics.searched(took, result.total)
        if asked and (self.queries is not None or self.answers is not None):
            kept.search = state, replace(result, hits=(), facets={})
            self.asked(*kept.search)
        return result

    def asked(self, state: State, result: Result) -> None:
        """Note that a person or program asked for a search, where the settings want it noted."""
        if self.queries is not None:
            self.queries.write(state, result)

    def every_hit(self, state: State, most: int) -> Iterator[Hit]:
        """Hit after hit of a search, page by page, at most `most` of them."""
        at, left = state.at(None), most
        while left > 0:
            with within(self.settings.search_timeout_s):
                result = self.index.search(at.q, **(at.arguments | {"limit": min(left, self.settings.max_limit, 100)}))
            yield from result.hits
            left -= len(result.hits)
            if result.next is None or not result.hits:
                return
            at = at.at(result.next)

    def article(self, id: str) -> Article | None:
        """The stored article, or None."""
        return self.index.article(id)

    @property
    def root(self) -> str:
        """The site's public address, without a slash at its end."""
        return (self.settings.base_url or request.url_root).rstrip("/")

    def absolute(self, path: str) -> str:
        """A path of this site as a whole address."""
        return self.root + path


def site() -> Site:
    """The site of the application that answers this request."""
    return cast(Site, current_app.extensions[KEY])


def this_request() -> Request:
    """The request itself, for those who look at it more than once: a look through Flask's proxy takes a microsecond."""
    return cast(Request, request._get_current_object())  # type: ignore[attr-defined]


def request_notes() -> Any:
    """What is kept for the time of this request, itself; see `this_request`."""
    return g._get_current_object()
