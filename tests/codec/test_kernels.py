"""Bringing in the kernels: what comes with them, and where their machine code may be kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A new process, without the setting of a cache that this one may have."""
    inherited = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    return subprocess.run(
        [sys.executable, "-c", code], env=inherited | environment, capture_output=True, text=True, check=False
    )


def test_linear_algebra_is_left_out_and_still_there() -> None:
    pytest.importorskip("scipy.linalg")
    done = run(
        "import sys\n"
        "from search.codec.kernels import postings, reading\n"
        "assert 'numba.np.arraymath' in sys.modules\n"
        "assert 'scipy.linalg' not in sys.modules\n"
        "import scipy.linalg\n"
        "assert scipy.linalg.det([[2.0, 0.0], [0.0, 3.0]]) == 6.0\n"
    )
    assert done.returncode == 0, done.stderr


def test_nothing_is_hidden_from_another_thread() -> None:
    pytest.importorskip("scipy.linalg")
    done = run(
        "import sys, threading\n"
        "end = threading.Event()\n"
        "threading.Thread(target=end.wait).start()\n"
        "try:\n"
        "    from search.codec.kernels import postings\n"
        "    assert sys.modules['scipy.linalg'] is not None\n"
        "finally:\n"
        "    end.set()\n"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("code", ["", "import os\nif os.fork() == 0: raise SystemExit\nos.wait()\n"])
def test_kernels_come_without_any_place_to_keep_them(tmp_path: Path, code: str) -> None:
    """As under a read-only installation and home: a warning, a folder of the process alone, nothing left behind."""
    done = run(
        "import os\n"
        "access = os.access\n"
        f"os.access = lambda path, mode: str(path).startswith({str(tmp_path)!r}) and access(path, mode)\n"
        "import search.codec.kernels\n" + code + "from search.codec.kernels import edits\n"
        "import numpy as np\n"
        "out = np.zeros(1, np.uint8)\n"
        "term = np.array([97], np.uint32)\n"
        "assert edits.within(term, np.array([1], np.int64), term, -1, 1, out) == 1\n"
        "kept = os.environ['NUMBA_CACHE_DIR']\n"
        "assert any(name.endswith('.nbi') for _, _, names in os.walk(kept) for name in names)\n"
        "print(kept)\n",
        TMPDIR=str(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    assert "NUMBA_CACHE_DIR" in done.stderr
    assert Path(done.stdout.strip()).parent == tmp_path
    assert not list(tmp_path.iterdir())


def test_later_processes_compile_nothing(tmp_path: Path) -> None:
    code = (
        "from search.codec.kernels import edits\n"
        "print(sum(edits.within.stats.cache_hits.values()), sum(edits.within.stats.cache_misses.values()))\n"
    )
    outputs = [run(code, NUMBA_CACHE_DIR=str(tmp_path)).stdout.split() for _ in range(2)]
    assert outputs == [["0", "1"], ["1", "0"]]
