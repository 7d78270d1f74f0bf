"""The embedded engine: the suite that every engine passes, and what only a folder can suffer."""

from __future__ import annotations

import itertools
import json
import os
import pickle
import signal
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from search.codec.container import FORMAT
from search.engines import engine as engine_named
from search.engines.base import Engine
from search.errors import EngineUnavailable, IndexBroken, IndexMissing, SettingError
from search.query.tree import EVERYTHING, Plan
from tests.engines.conformance import EngineConformance
from tests.engines.generations import write
from tests.engines.texts import corpus, prepared


class TestWhoosh(EngineConformance):
    """Every engine's suite over a folder."""

    @pytest.fixture
    def engine(self, tmp_path: Path) -> Engine:
        return engine_named("whoosh", str(tmp_path / "index"))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "index"


def test_an_unknown_engine_is_named_with_the_known_ones() -> None:
    with pytest.raises(SettingError, match="whoosh"):
        engine_named("lucene", "index/")


def test_files_of_others_stay_and_old_generations_go(place: Path) -> None:
    place.mkdir()
    (place / "README.md").write_text("mine")
    (place / "mine.seg").write_text("mine")
    engine = engine_named("whoosh", str(place))
    for _ in range(3):
        write(engine, [prepared("a")])
    names = sorted(p.name for p in place.iterdir())
    assert names == [".lock", "README.md", "mine.seg", "s000003_0.seg", "timbao-000003.toc"]


def toc(place: Path) -> Path:
    return next(place.glob("*.toc"))


def segment(place: Path) -> Path:
    return next(place.glob("*.seg"))


def pickled(path: Path) -> None:
    path.write_bytes(pickle.dumps(Trap()))


class Trap:
    """Unpickling this makes a file that a test looks for."""

    def __reduce__(self):
        return (Path.touch, (Path("unpickled-trap"),))


@pytest.mark.parametrize(
    "damage",
    [
        lambda place: toc(place).write_bytes(b"no table"),
        lambda place: toc(place).write_bytes(b""),
        lambda place: toc(place).write_bytes(toc(place).read_bytes().replace(f"TOC {FORMAT} ".encode(), b"TOC 99 ")),
        lambda place: toc(place).write_bytes(toc(place).read_bytes().replace(b"s0000", b"s0009")),
        lambda place: os.truncate(toc(place), 60),
        lambda place: segment(place).unlink(),
        lambda place: segment(place).write_bytes(b""),
        lambda place: os.truncate(segment(place), 100),
        lambda place: os.truncate(segment(place), segment(place).stat().st_size - 1),
        lambda place: segment(place).write_bytes(segment(place).read_bytes()[:8] + b"\x63" + b"x" * 2000),
        lambda place: pickled(toc(place)),
        lambda place: pickled(segment(place)),
    ],
)
def test_damage_is_found_when_opening(place: Path, damage, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_named("whoosh", str(place))
    write(engine, corpus(1, 10))
    assert engine.check() == []
    monkeypatch.chdir(place.parent)
    damage(place)
    with pytest.raises(IndexBroken) as caught:
        engine.reader()
    assert "timbao index" in caught.value.next_step
    assert not Path("unpickled-trap").exists()
    assert engine.check()
    write(engine, [prepared("a")])
    assert engine.check() == []


def test_a_table_that_names_files_elsewhere_is_refused(place: Path) -> None:
    from search.codec import toc as tables

    engine = engine_named("whoosh", str(place))
    write(engine, corpus(1, 3))
    entry = tables.SegmentEntry("../elsewhere.seg", 3)
    tables.write(place, 2, "2020", (entry,))
    with pytest.raises(IndexBroken, match="no segments"):
        engine.reader()


def test_nothing_of_the_codec_unpickles() -> None:
    for path in Path("search/codec").rglob("*.py"):
        assert "pickle.load" not in path.read_text("utf-8"), path


def test_a_folder_of_another_format_says_how_to_rebuild(place: Path) -> None:
    place.mkdir()
    (place / "CURRENT").write_text("gen-000001")
    with pytest.raises(IndexBroken, match="another format"):
        engine_named("whoosh", str(place)).reader()


def test_a_lost_table_is_a_missing_index(place: Path) -> None:
    engine = engine_named("whoosh", str(place))
    write(engine, corpus(1, 3))
    toc(place).unlink()
    with pytest.raises(IndexMissing):
        engine.reader()


def test_every_changed_byte_is_found_by_check(place: Path) -> None:
    engine = engine_named("whoosh", str(place))
    write(engine, corpus(1, 10))
    write(engine, [], rebuild=False, deleted=(corpus(1, 10)[0].article.id,))
    for path in sorted(p for p in place.iterdir() if p.suffix in (".seg", ".toc", ".del")):
        whole = path.read_bytes()
        described = whole[whole.rfind(b'{"sections"') :] if path.suffix != ".toc" else b""
        ranges = [s[:2] for s in json.loads(described)["sections"].values()] if described else [[0, len(whole)]]
        for start, length in ranges:
            if length:
                content = bytearray(whole)
                content[start + length // 2] ^= 1
                path.write_bytes(content)
                assert engine.check(), (path.name, start)
        path.write_bytes(whole)
    assert engine.check() == []


def test_a_folder_that_cannot_be_written_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_named("whoosh", str(place))
    write(engine, corpus(1, 5))
    before = engine.generation()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(EngineUnavailable, match="No space left"):
            write(engine, corpus(2, 5))
    assert engine.generation() == before
    assert engine.check() == []
    assert sorted(p.suffix for p in place.iterdir() if p.name != ".lock") == [".seg", ".toc"]
    write(engine, corpus(2, 5))


def test_readers_move_on_while_a_writer_replaces_files(place: Path) -> None:
    engine = engine_named("whoosh", str(place))
    write(engine, corpus(0, 5))
    done = threading.Event()
    failures: list[BaseException] = []

    def read() -> None:
        while not done.is_set():
            try:
                with engine.reader() as reader:
                    assert len(reader.search(Plan(EVERYTHING, limit=100)).matches) == len(reader) > 0
            except BaseException as error:
                failures.append(error)
                return

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for seed in range(15):
        write(engine, corpus(seed, 5), rebuild=seed % 2 == 0)
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []


def dies_at(step: int, place: Path, *, rebuild: bool) -> bool:
    """Whether a writer in a process of its own, killed at its `step`-th call that touches the disk, got so far."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside the threads of numpy
        child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status)
    calls = itertools.count()

    def dying(function: Callable[..., object]) -> Callable[..., object]:
        def called(*args: object, **kwargs: object) -> object:
            if next(calls) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)

        return called

    for name in ("fsync", "replace", "unlink"):
        setattr(os, name, dying(getattr(os, name)))
    try:
        write(engine_named("whoosh", str(place)), corpus(2, 5), rebuild=rebuild)
    finally:
        os._exit(0)


@pytest.mark.parametrize("how", ["rebuild", "update"])
def test_a_writer_killed_at_any_step_leaves_one_whole_generation(place: Path, how: str) -> None:
    """Every call that makes a commit durable is, in turn, the last; the lock never outlives the process."""
    engine = engine_named("whoosh", str(place))
    old = {item.article.id for item in corpus(1, 5)}
    extra = {item.article.id for item in corpus(2, 5)}
    new = extra if how == "rebuild" else old | extra
    seen = []
    for step in range(20):
        write(engine, corpus(1, 5))
        killed = dies_at(step, place, rebuild=how == "rebuild")
        with engine.reader() as reader:
            ids = set(reader.ids())
            assert {match.id for match in reader.search(Plan(EVERYTHING, limit=100)).matches} == ids
        assert engine.check() == []
        seen.append(ids)
        if not killed:
            break
    assert len(seen) >= 5
    assert all(ids in (old, new) for ids in seen)
    assert (seen[0], seen[-1]) == (old, new)
