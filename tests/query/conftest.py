"""Engines that the matching cases run over: the definition itself, the embedded engine, and a cluster where one is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from search.engines import engine as engine_named
from search.engines.base import Engine
from search.ingest import read_sources
from search.model import Article, Marks, Record
from tests.engines.test_opensearch import make_engine, remove, unreachable
from tests.query.library import Answer, Asked, Library, ask, named, prepared

ENGINES = ("reference", "whoosh", pytest.param("opensearch", marks=pytest.mark.cluster))


@contextmanager
def place(name: str, folder: Path) -> Iterator[Engine]:
    """An engine over an empty place; what is made on a cluster is taken off it again."""
    if name != "opensearch":
        yield engine_named(name, str(folder / f"index{len(list(folder.iterdir()))}"))
        return
    if why := unreachable():
        pytest.skip(why)
    engine = make_engine()
    yield engine
    remove(engine)


@pytest.fixture(params=ENGINES)
def shelve(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[list[Article]], Asked]]:
    """Makes an index of articles and opens it."""
    with ExitStack() as opened:

        def make(articles: list[Article]) -> Asked:
            if request.param == "reference":
                return Library(articles)
            engine = opened.enter_context(place(request.param, tmp_path))
            with engine.writer(rebuild=True) as writer:
                for item in prepared(articles):
                    writer.add(item)
                writer.commit()
            return opened.enter_context(engine.reader())

        yield make


@pytest.fixture
def index(shelve: Callable[[list[Article]], Asked]) -> Callable[..., Asked]:
    """Makes an index of texts: positional ones are called "a0", "a1", …, others by their name."""
    return lambda *bodies, **by_id: shelve(named(*bodies, **by_id))


@pytest.fixture(scope="session")
def five(shared: Path) -> list[Article]:
    """The five real pages as articles "S0" to "S4", their boilerplate stripped."""
    articles = []
    for record in read_sources([shared / "pages"]):
        assert isinstance(record, Record)
        articles.append(record.article)
    ordered = sorted(articles, key=lambda article: article.id)
    return [replace(article, id=f"S{i}") for i, article in enumerate(ordered)]


@pytest.fixture(scope="session", params=ENGINES)
def pages(
    request: pytest.FixtureRequest, five: list[Article], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Answer]]:
    """Asks an index of the five real pages."""
    reader: Asked = Library(five)
    with ExitStack() as opened:
        if request.param != "reference":
            engine = opened.enter_context(place(request.param, tmp_path_factory.mktemp("five")))
            with engine.writer(rebuild=True) as writer:
                for item in prepared(five):
                    writer.add(item)
                writer.commit()
            reader = opened.enter_context(engine.reader())

        def answer(query: str, marks: Marks = "auto") -> Answer:
            return ask(reader, query, marks)

        yield answer
