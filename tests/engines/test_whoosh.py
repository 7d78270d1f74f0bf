"""The embedded engine: the suite that every engine passes, and what only a folder can suffer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from search.engines import engine as engine_named
from search.engines.base import Engine
from search.errors import IndexBroken, SettingError
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


def test_files_of_others_stay(place: Path) -> None:
    place.mkdir()
    (place / "README.md").write_text("mine")
    (place / "gen-notes").mkdir()
    engine = engine_named("whoosh", str(place))
    for _ in range(4):
        write(engine, [prepared("a")])
    assert (place / "README.md").read_text() == "mine"
    assert (place / "gen-notes").is_dir()


def test_one_generation_before_the_live_one_is_kept(place: Path) -> None:
    engine = engine_named("whoosh", str(place))
    for _ in range(4):
        write(engine, [prepared("a")])
    assert sorted(p.name for p in place.glob("gen-*")) == ["gen-000003", "gen-000004"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda place: (place / "CURRENT").write_text("gen-000009\n"),
        lambda place: (place / "CURRENT").write_text("../elsewhere"),
        lambda place: (place / "CURRENT").write_bytes(b"\xff\xfe"),
        lambda place: next(place.glob("gen-*/*.toc")).unlink(),
        lambda place: next(place.glob("gen-*/*.toc")).write_bytes(b"no table"),
        lambda place: next(place.glob("gen-*/*.seg")).unlink(),
        lambda place: os.truncate(next(place.glob("gen-*/*.seg")), 100),
        lambda place: next(place.glob("gen-*/MANIFEST_*")).unlink(),
        lambda place: next(place.glob("gen-*/MANIFEST_*")).write_text("{}"),
        lambda place: next(place.glob("gen-*/MANIFEST_*")).write_text('{"format": 99, "files": {}}'),
    ],
)
def test_damage_is_found_when_opening(place: Path, damage) -> None:
    engine = engine_named("whoosh", str(place))
    write(engine, corpus(1, 10))
    assert engine.check() == []
    damage(place)
    with pytest.raises(IndexBroken) as caught:
        engine.reader()
    assert "timbao index" in caught.value.next_step
    assert engine.check()
    write(engine, [prepared("a")])
    assert engine.check() == []


def test_a_changed_byte_is_found_by_check(place: Path) -> None:
    engine = engine_named("whoosh", str(place))
    write(engine, corpus(1, 10))
    segment = next(place.glob("gen-*/*.seg"))
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 1
    segment.write_bytes(content)
    assert [problem.where for problem in engine.check()] == [str(segment)]


KILLED = """
import os, signal, sys
from pathlib import Path
from search.engines import engine
from search.engines.whoosh import storage
from tests.engines.generations import write
from tests.engines.texts import corpus

step, rebuild = int(sys.argv[2]), sys.argv[3] == "rebuild"
calls = 0
sync = storage._sync_file
def dying(path):
    global calls
    if calls == step:
        os.kill(os.getpid(), signal.SIGKILL)
    calls += 1
    sync(path)
storage._sync_file = dying
write(engine("whoosh", sys.argv[1]), corpus(2, 5), rebuild=rebuild)
print(calls)
"""


@pytest.mark.parametrize("how", ["rebuild", "update"])
def test_a_writer_killed_at_any_sync_leaves_one_whole_generation(place: Path, how: str) -> None:
    """Every step of a commit that touches the disk is, in turn, the last; the lock never outlives the process."""
    engine = engine_named("whoosh", str(place))
    old = {item.article.id for item in corpus(1, 5)}
    extra = {item.article.id for item in corpus(2, 5)}
    new = extra if how == "rebuild" else old | extra
    seen = []
    for step in range(20):
        write(engine, corpus(1, 5))
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(place), str(step), how], capture_output=True, text=True
        )
        with engine.reader() as reader:
            ids = set(reader.ids())
            assert {match.id for match in reader.search(Plan(EVERYTHING, limit=100)).matches} == ids
        assert engine.check() == []
        seen.append(ids)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(seen) >= 4
    assert all(ids in (old, new) for ids in seen)
    assert (seen[0], seen[-1]) == (old, new)
