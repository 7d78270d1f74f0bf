"""A reader that was closed holds no file, and so no room on the disk, not even until the next garbage collection."""

from __future__ import annotations

import gc
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from search.engines.whoosh import WhooshEngine
from search.readers import CurrentReader
from tests.conftest import ROOT
from tests.engines import plans
from tests.engines.conformance import write
from tests.engines.texts import corpus


def held(folder: Path) -> list[str]:
    """Files of a folder that this process has open or mapped."""
    maps = [line.split(maxsplit=5)[-1] for line in Path("/proc/self/maps").read_text().splitlines()]
    handles = [os.readlink(entry) for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()]
    return sorted(name for name in (*maps, *handles) if str(folder) in name)


def follow(folder: Path) -> None:
    """Read one generation after another; fails when one stays."""
    engine = WhooshEngine(str(folder))
    write(engine, corpus(1, 20))
    current = CurrentReader(engine)
    gc.collect()
    gc.disable()
    try:
        for seed in range(2, 6):
            draw = random.Random(seed)
            with current() as reader:
                for _ in range(30):
                    reader.search(plans.plan(draw))
                reader.prepared([next(reader.ids())])
                list(reader.terms("pair", "t"))
            del reader
            assert held(folder)
            write(engine, corpus(seed, 20), rebuild=seed % 2 == 0)
            current.refresh()
            assert not [name for name in held(folder) if "deleted" in name]
        current.close()
        del current
        assert held(folder) == []
    finally:
        gc.enable()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells which files a process holds")
def test_generations_that_were_read_are_let_go(tmp_path: Path) -> None:
    """In a process of its own: a test run keeps more alive than a server does."""
    code = f"from pathlib import Path; from tests.crash.test_handles import follow; follow(Path({str(tmp_path)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
