"""Writing runs of every kind on a small index, and what must be true of the index whatever stopped them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from search.codec import toc
from search.engines.whoosh import WhooshEngine
from search.query.tree import EVERYTHING, Plan
from tests.engines.conformance import write
from tests.engines.texts import corpus

Ids = frozenset[str]


def ids_of(seed: int, count: int) -> Ids:
    return frozenset(item.article.id for item in corpus(seed, count))


@dataclass(frozen=True, slots=True)
class Run:
    """A run on what `prepare` left: `old` ids before, `new` ids once it has committed."""

    name: str
    prepare: Callable[[WhooshEngine], None]
    act: Callable[[WhooshEngine], None]
    old: Ids | None
    new: Ids


def _nothing(engine: WhooshEngine) -> None:
    pass


def _two(engine: WhooshEngine) -> None:
    write(engine, corpus(1, 30))
    write(engine, corpus(2, 5), rebuild=False)


_BOTH = ids_of(1, 30) | ids_of(2, 5)
_SOME = tuple(sorted(_BOTH)[::3])

RUNS = (
    Run("first", _nothing, lambda e: write(e, corpus(1, 30)), None, ids_of(1, 30)),
    Run("rebuild", _two, lambda e: write(e, corpus(3, 40)), _BOTH, ids_of(3, 40)),
    Run("update", _two, lambda e: write(e, corpus(4, 6), rebuild=False), _BOTH, _BOTH | ids_of(4, 6)),
    Run("merge", _two, lambda e: write(e, corpus(5, 40), rebuild=False), _BOTH, _BOTH | ids_of(5, 40)),
    Run("delete", _two, lambda e: write(e, [], rebuild=False, deleted=_SOME), _BOTH, _BOTH - set(_SOME)),
)


def ids_in(folder: Path) -> Ids | None:
    """Ids of the index, each once and all found by a search; None where nothing was ever committed."""
    engine = WhooshEngine(str(folder))
    if not engine.exists():
        return None
    assert engine.check() == []
    with engine.reader() as reader:
        found = list(reader.ids())
        assert len(set(found)) == len(found) == len(reader)
        matches = reader.search(Plan(EVERYTHING, limit=1000)).matches
        assert sorted(m.id for m in matches) == sorted(found)
        assert len(reader.articles(found)) == len(found)
    return frozenset(found)


def assert_whole(folder: Path, allowed: tuple[Ids | None, ...]) -> None:
    """The index is one of the generations allowed, the next run completes, and nothing else is left behind."""
    found = ids_in(folder)
    assert found in allowed
    engine = WhooshEngine(str(folder))
    more = corpus(9, 2)
    write(engine, more, rebuild=False)
    assert ids_in(folder) == (found or frozenset()) | {item.article.id for item in more}
    assert {p.name for p in folder.iterdir()} == toc.read(folder).files | {".lock"}
