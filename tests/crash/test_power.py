"""A writer killed, or its machine without power, at every call that touches the disk."""

from __future__ import annotations

import itertools
import os
import random
from pathlib import Path

import pytest

from search.codec import toc, writing
from search.engines.whoosh import WhooshEngine
from tests.crash.disk import Disk, files, recorded, restore
from tests.crash.runs import RUNS, Run, assert_whole, ids_in

SLOW = bool(os.environ.get("TIMBAO_SLOW"))
KINDS = ("kill", "nothing kept", "some kept", "most kept")
_SHARES = {"nothing kept": 0.0, "some kept": 0.5, "most kept": 0.9}


def trace(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """The calls of a run that spills, merges and removes."""
    monkeypatch.setattr(writing, "LEAST_BYTES", 12_000)
    engine = WhooshEngine(str(folder), memory_bytes=1)
    run.prepare(engine)
    folder.mkdir(exist_ok=True)
    with recorded(folder) as disk:
        run.act(engine)
    return disk


def committed(disk: Disk) -> int:
    """Number of calls after which the run is acknowledged: the folder was synced behind the rename of the table."""
    renamed = next(i for i, event in enumerate(disk.events) if event.kind == "replace")
    return renamed + 2


def allowed(run: Run, disk: Disk, count: int) -> tuple[frozenset[str] | None, ...]:
    return (run.new,) if count >= committed(disk) else (run.old, run.new)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
@pytest.mark.parametrize("kind", KINDS)
def test_every_call_may_be_the_last(run: Run, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = trace(run, tmp_path / "index", monkeypatch)
    monkeypatch.undo()
    points = range(len(disk.events) + 1)
    if not SLOW:
        # the calls around the rename, where a generation takes over, and a few of all others
        edge = committed(disk)
        chosen = random.Random(f"{run.name} {kind}")
        points = sorted({*chosen.sample(points, 3), *chosen.sample(range(edge - 4, min(edge + 2, len(points))), 2)})
    for count in points:
        draw = None if kind == "kill" else random.Random(f"{run.name} {kind} {count}")
        left = disk.after(count, draw, _SHARES.get(kind, 1.0))
        place = restore(tmp_path / f"{count}", left)
        assert_whole(place, allowed(run, disk, count))
    assert disk.after(len(disk.events), None) == files(tmp_path / "index")


def test_the_points_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With TIMBAO_SLOW every one is tried, and of each call two ways to fail besides."""
    counts = [len(trace(run, tmp_path / run.name, monkeypatch).events) + 1 for run in RUNS]
    print(f"{len(KINDS)} times {sum(counts)} points, {counts} in {[run.name for run in RUNS]}")  # noqa: T201
    assert len(KINDS) * sum(counts) >= 500, counts


def test_the_model_sees_a_sync_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test of the test: without syncing the folder before the table is renamed, an index may be lost."""
    with monkeypatch.context() as broken:
        broken.setattr(toc, "sync", lambda folder: None)
        disk = trace(RUNS[1], tmp_path / "index", broken)
    lost = 0
    for seed, count in itertools.product(range(6), range(len(disk.events) - 12, len(disk.events) + 1)):
        place = restore(tmp_path / f"{seed} {count}", disk.after(count, random.Random(seed)))
        try:
            assert ids_in(place) in (RUNS[1].old, RUNS[1].new)
        except Exception:
            lost += 1
    assert lost
