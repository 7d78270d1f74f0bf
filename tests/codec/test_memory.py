"""The memory of a writing run: bounded by what was asked for, not by how much is written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from search.analysis import analyze
from search.codec import writing
from search.codec.memory import give_back, resident_bytes
from search.engines.base import Prepared
from search.engines.whoosh import WhooshEngine
from search.model import Article
from tests.conftest import ROOT

SLOW = bool(os.environ.get("TIMBAO_SLOW"))
TOKENS = 3000
MORE = 190 << 20
"""Bytes above what the process takes before; `PEAK_BYTES` has 120 MiB for what does not depend on the articles."""

ARTICLES = 20_000 if SLOW else 3000


def peak_bytes() -> int:
    """The most this process has taken (unlike `ru_maxrss`, nothing of the process that started it)."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) << 10


def run(folder: Path) -> None:
    """Write articles of random terms under a bound; fails when it does not hold, or nothing was spilled."""
    draw = np.random.default_rng(1)
    model = analyze("mot")
    vocabulary = model.vocabulary
    ids = np.array([vocabulary.id(f"t{number}") for number in range(40_000)], np.int32)
    rank = np.minimum(draw.zipf(1.3, 1 << 20), len(ids)) - 1
    starts = np.arange(TOKENS, dtype=np.int32) * 7
    joined = np.arange(TOKENS) % 3 == 1
    title = analyze("Tin")
    WhooshEngine(str(folder)).writer(rebuild=True).abort()
    write = [Prepared(Article(f"warm-{n}", "Tin", "mot"), title, model) for n in range(3)]
    with WhooshEngine(str(folder)).writer(rebuild=True) as writer:
        for item in write:
            writer.add(item)
        writer.commit()
    floor = resident_bytes()
    limit = floor + MORE
    spilled = 0
    batches = writing.Batch.write

    def counted(*args: object, **more: object) -> object:
        nonlocal spilled
        spilled += 1
        return batches(*args, **more)  # type: ignore[arg-type]

    writing.Batch.write = counted  # type: ignore[assignment, method-assign]
    with WhooshEngine(str(folder), memory_bytes=limit).writer(rebuild=True) as writer:
        for number in range(ARTICLES):
            at = int(draw.integers(0, len(rank) - TOKENS))
            exact = ids[rank[at : at + TOKENS]]
            body = type(model)("mot", vocabulary, exact, starts, starts + 5, joined)
            writer.add(Prepared(Article(f"a{number}", "Tin", f"mot {number}"), title, body))
        writer.commit()
    give_back()
    assert spilled > 2, spilled
    assert peak_bytes() <= limit, f"{peak_bytes() >> 20} MiB where {limit >> 20} were allowed over {floor >> 20}"
    engine = WhooshEngine(str(folder))
    with engine.reader() as reader:
        assert len(reader) == ARTICLES
        assert len(reader.segments) == 1


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak of a process")
def test_a_run_stays_within_its_memory(tmp_path: Path) -> None:
    code = f"from pathlib import Path; from tests.codec.test_memory import run; run(Path({str(tmp_path)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
