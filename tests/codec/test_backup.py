"""Backups: made while the index is in use, complete, whole, and an index of their own."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from search.cli import main
from search.codec import toc
from search.engines.whoosh import WhooshEngine
from search.errors import EngineUnavailable, IndexBroken, IndexLocked, IndexMissing
from tests.crash.runs import ids_in, ids_of
from tests.engines.conformance import write
from tests.engines.texts import corpus


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    made = WhooshEngine(str(tmp_path / "index"))
    write(made, corpus(1, 30))
    write(made, corpus(2, 5), rebuild=False, deleted=(corpus(1, 30)[0].article.id,))
    return made


@pytest.mark.parametrize("links", [True, False])
def test_a_backup_is_an_index_that_outlives_its_origin(
    engine: WhooshEngine, tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(source: object, target: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    if not links:
        monkeypatch.setattr(os, "link", refused)
    held = ids_in(tmp_path / "index")
    generation = engine.back_up(str(tmp_path / "backup"))
    assert generation == engine.generation()
    write(engine, corpus(3, 10))
    assert ids_in(tmp_path / "backup") == held
    # restoring is copying it back; it may be written like any other
    restored = WhooshEngine(str(tmp_path / "backup"))
    write(restored, corpus(4, 3), rebuild=False)
    assert ids_in(tmp_path / "backup") == (held or frozenset()) | ids_of(4, 3)
    assert ids_in(tmp_path / "index") == ids_of(3, 10)


def test_a_second_backup_replaces_the_first(engine: WhooshEngine, tmp_path: Path) -> None:
    engine.back_up(str(tmp_path / "backup"))
    for seed in (3, 4):
        write(engine, corpus(seed, 8), rebuild=seed == 3)
        engine.back_up(str(tmp_path / "backup"))
        assert ids_in(tmp_path / "backup") == ids_in(tmp_path / "index")
        names = {p.name for p in (tmp_path / "backup").iterdir()}
        assert names == toc.read(tmp_path / "backup").files | {".lock"}


def test_backups_of_an_index_that_is_rebuilt_meanwhile_are_whole(engine: WhooshEngine, tmp_path: Path) -> None:
    done = threading.Event()

    def rebuild() -> None:
        for seed in range(12):
            write(engine, corpus(seed % 3, 10))
        done.set()

    thread = threading.Thread(target=rebuild)
    thread.start()
    seen = 0
    while not done.is_set():
        engine.back_up(str(tmp_path / f"{seen}"))
        seen += 1
    thread.join()
    for number in range(seen):
        assert ids_in(tmp_path / f"{number}")
    assert seen


def test_what_cannot_be_backed_up_is_said(engine: WhooshEngine, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="the index itself"):
        engine.back_up(engine.location)
    with pytest.raises(IndexMissing):
        WhooshEngine(str(tmp_path / "none")).back_up(str(tmp_path / "backup"))
    other = WhooshEngine(str(tmp_path / "other"))
    for _ in range(4):
        write(other, corpus(5, 2))
    with pytest.raises(EngineUnavailable, match="newer"):
        engine.back_up(other.location)
    assert ids_in(tmp_path / "other") == ids_of(5, 2)
    with other.writer(rebuild=True), pytest.raises(IndexLocked, match=r"is writing.*wait until it has finished"):
        engine.back_up(other.location)
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineUnavailable, match="cannot be written"):
        engine.back_up(str(tmp_path / "file" / "below"))
    damaged = next((tmp_path / "index").glob("*.seg"))
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 4
    damaged.write_bytes(content)
    with pytest.raises(IndexBroken, match="not whole"):
        engine.back_up(str(tmp_path / "backup"))


def test_the_command(engine: WhooshEngine, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["backup", str(tmp_path / "backup"), "--index", engine.location, "--json"])
    assert done.exit_code == 0, done.output
    assert engine.generation() in done.output
    assert ids_in(tmp_path / "backup") == ids_in(tmp_path / "index")
    done = CliRunner().invoke(main, ["backup", "x", "--engine", "opensearch", "--url", "http://127.0.0.1:1/none"])
    assert done.exit_code == 2
