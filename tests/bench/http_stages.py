"""Where the time of one answer goes, in one process: the stages of a search, JSON, Flask, Jinja.

In: an index and paths. Out: mean milliseconds of processor time of each part, so that other work on the machine counts
less. Stages are timed by wrapping their functions.
"""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

import jinja2

import search.engines.whoosh.reader
import search.snippets
import web.api
from search import facets, service
from search.service import open_index
from search.settings import Settings
from web.app import create_app

STAGES: tuple[tuple[str, Any, str], ...] = (
    ("interpret", service, "interpret"),
    ("engine", search.engines.whoosh.reader.WhooshReader, "search"),
    ("ranked", service, "ranked"),
    ("restore", search.engines.whoosh.reader.WhooshReader, "texts"),
    ("highlight", search.snippets, "highlights"),
    ("facets", facets, "buckets"),
    ("JSON", web.api, "result_bytes"),
    ("jinja", jinja2.Template, "render"),
    ("search", service.Index, "search"),
)


@contextmanager
def timed(spent: Counter[str]) -> Iterator[None]:
    """Add up the seconds spent in each stage while the block runs."""
    kept = [(owner, name, getattr(owner, name)) for _, owner, name in STAGES]

    def wrapped(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            began = time.thread_time()
            try:
                return function(*given, **named)
            finally:
                spent[stage] += time.thread_time() - began

        return call

    for stage, owner, name in STAGES:
        setattr(owner, name, wrapped(stage, getattr(owner, name)))
    try:
        yield
    finally:
        for owner, name, function in kept:
            setattr(owner, name, function)


def request(app: Callable[..., Any], path: str) -> int:
    """The bytes of the answer to one request."""
    parts = urlsplit(path)
    environ: dict[str, Any] = {"PATH_INFO": parts.path, "QUERY_STRING": parts.query, "REMOTE_ADDR": "127.0.0.1"}
    setup_testing_defaults(environ)
    statuses: list[str] = []
    answer = app(environ, lambda status, *_: statuses.append(status))
    size = sum(map(len, answer))
    if hasattr(answer, "close"):
        answer.close()
    assert statuses[0].startswith("200"), (path, statuses)
    return size


def stages(index: Path, paths: list[str]) -> dict[str, float]:
    """Mean milliseconds of processor time of each stage and of the whole, over paths asked one after the other."""
    with open_index(index, engine="whoosh") as opened:
        app = create_app(opened, Settings(access_log=False, answer_cache_mb=0))
        opened.warm(5.0)  # as a server does
        for path in paths[: len(paths) // 2]:
            request(app, path)
        gc.collect()
        gc.freeze()  # as a server does before it forks: one full collection costs as much as thirty answers
        rest = paths[len(paths) // 2 :]
        spent: Counter[str] = Counter()
        with timed(spent):
            began = time.thread_time()
            for path in rest:
                request(app, path)
            whole = time.thread_time() - began
        gc.unfreeze()
    spent["second phase"] = spent["ranked"] - spent["engine"]  # what interpreting asks of the engine counts as engine
    parts = ("interpret", "engine", "second phase", "restore", "highlight", "facets")
    shown = {name: spent[name] for name in parts}
    inside = sum(shown.values())
    shown["rest of search"] = spent["search"] - inside
    shown |= {name: spent[name] for name in ("JSON", "jinja") if spent[name]}
    shown["flask and views"] = whole - sum(shown.values())
    shown["whole"] = whole
    return {name: 1000 * seconds / len(rest) for name, seconds in shown.items()}
