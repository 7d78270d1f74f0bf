"""Compiled or not, the loops give the same answers: machine code means what its Python says."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.codec.journey import answers
from tests.conftest import ROOT


def test_plain_and_compiled_loops_answer_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.codec.journey"],
        cwd=ROOT, env=os.environ | {"NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    plain, compiled = done.stdout.splitlines(), answers()
    assert len(compiled) > 200
    assert [pair for pair in zip(plain, compiled, strict=True) if pair[0] != pair[1]] == []
