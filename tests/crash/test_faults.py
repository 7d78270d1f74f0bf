"""A disk that is full, broken or read-only at any call; clocks that jump; writers that meet or die."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import time
import warnings
from pathlib import Path

import pytest

from search.codec import inverting, merge, toc, writing
from search.engines.whoosh import WhooshEngine
from search.errors import EngineUnavailable, IndexLocked
from search.readers import CurrentReader
from tests.crash.disk import BROKEN, FULL, READ_ONLY, Fault, files, recorded, restore
from tests.crash.runs import RUNS, Run, assert_whole, ids_in, ids_of
from tests.crash.test_power import trace
from tests.engines.conformance import write
from tests.engines.texts import corpus

SLOW = bool(os.environ.get("TIMBAO_SLOW"))


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
@pytest.mark.parametrize("number", [FULL, BROKEN], ids=["full", "broken"])
def test_a_disk_may_fail_at_every_call(run: Run, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = trace(run, tmp_path / "index", monkeypatch)
    renamed = next(i for i, event in enumerate(disk.events) if event.kind == "replace")
    points = range(len(disk.events)) if SLOW else sorted(random.Random(run.name).sample(range(len(disk.events)), 6))
    for at in points:
        place = restore(tmp_path / f"{at}", disk.before)
        engine = WhooshEngine(str(place), memory_bytes=1)
        with recorded(place, Fault(at, number)):
            if disk.events[at].kind == "unlink":
                run.act(engine)  # what stays is removed by the next run
            else:
                with pytest.raises(EngineUnavailable, match=f"{os.strerror(number)}.*run the same command again"):
                    run.act(engine)
        found = ids_in(place)
        assert found == (run.old if at <= renamed else run.new)
        assert_whole(place, (found,))


def test_a_folder_that_turns_read_only_is_as_before(tmp_path: Path) -> None:
    engine = WhooshEngine(str(tmp_path / "index"))
    write(engine, corpus(1, 5))
    before = files(tmp_path / "index")
    for at in range(3):
        with recorded(tmp_path / "index", Fault(at, READ_ONLY)), pytest.raises(EngineUnavailable, match="Read-only"):
            write(engine, corpus(2, 5), rebuild=False)
        # what could not be removed either is left to the next run
        assert before.items() <= files(tmp_path / "index").items()
        assert ids_in(tmp_path / "index") == ids_of(1, 5)
    assert_whole(tmp_path / "index", (ids_of(1, 5),))


def test_clocks_may_jump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Order is by number of generation; a clock that stands still, jumps back or ahead changes a label only."""
    engine = WhooshEngine(str(tmp_path))
    write(engine, corpus(1, 5))
    current = CurrentReader(engine)
    for seed, year in enumerate((1970, 2199, 1970, 1970, 2026), 2):

        class Clock(dt.datetime):
            @classmethod
            def now(cls, tz: dt.tzinfo | None = None, year: int = year) -> dt.datetime:  # type: ignore[override]
                return dt.datetime(year, 1, 1, tzinfo=tz)

        for module in (writing, merge, inverting):
            monkeypatch.setattr(module.dt, "datetime", Clock)
        write(engine, corpus(seed, 5))
        monkeypatch.undo()
        current.refresh()
        with current() as reader:
            assert frozenset(reader.ids()) == ids_of(seed, 5)
            assert reader.stats().built == f"{year}-01-01T00:00:00+00:00"
    current.close()
    assert_whole(tmp_path, (ids_of(6, 5),))


def test_two_writers_never_meet(tmp_path: Path) -> None:
    engine = WhooshEngine(str(tmp_path))
    write(engine, corpus(1, 5))
    with engine.writer(rebuild=False) as first:
        first.add(corpus(2, 1)[0])
        for rebuild in (True, False):
            with pytest.raises(IndexLocked):
                engine.writer(rebuild=rebuild)
        assert ids_in(tmp_path) == ids_of(1, 5)
        first.commit()
    assert_whole(tmp_path, (ids_of(1, 5) | ids_of(2, 1),))


def test_a_writer_killed_at_any_time_leaves_a_whole_index(tmp_path: Path) -> None:
    """Real processes and real SIGKILL, at random times between nothing and all of a run."""
    place = tmp_path / "index"
    engine = WhooshEngine(str(place))
    articles = corpus(3, 400)
    write(engine, corpus(1, 30))
    began = time.perf_counter()
    write(WhooshEngine(str(tmp_path / "timed")), articles)
    whole = time.perf_counter() - began
    draw = random.Random(5)
    allowed = (ids_of(1, 30), ids_of(3, 400))
    killed = 0
    for _ in range(100 if SLOW else 5):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside the threads of numpy
            child = os.fork()
        if not child:
            write(engine, articles)
            os._exit(0)
        time.sleep(draw.uniform(0, 1.2 * whole))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
        assert ids_in(place) in allowed
        write(engine, corpus(1, 30))
        assert {p.name for p in place.iterdir()} == toc.read(place).files | {".lock"}
    assert killed
