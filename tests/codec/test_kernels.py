"""Bringing in the kernels: when, what comes with them, and where their machine code may be kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numba as nb
import numpy as np
import pytest

from search.codec.kernels.compiling import compiled
from search.codec.kernels.types import F64, I64

ROOT = Path(__file__).resolve().parents[2]


def run(code: str, *, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """A new process, without the setting of a cache that this one may have."""
    inherited = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
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
        "    from search.codec.kernels import edits\n"
        "    from search.codec.kernels.compiling import bring_in\n"
        "    bring_in(edits.__name__)\n"
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
    assert Path(done.stdout.strip()).parent.parent == tmp_path
    assert not list(tmp_path.iterdir())


def test_later_processes_compile_nothing(tmp_path: Path) -> None:
    code = (
        "from search.codec.kernels import edits\n"
        "from search.codec.kernels.compiling import bring_in\n"
        "bring_in(edits.__name__)\n"
        "print(sum(edits.within.stats.cache_hits.values()), sum(edits.within.stats.cache_misses.values()))\n"
    )
    outputs = [run(code, NUMBA_CACHE_DIR=str(tmp_path)).stdout.split() for _ in range(2)]
    assert outputs == [["0", "1"], ["1", "0"]]


LOADED = (
    "import search.codec.kernels, sys\n"
    "def loaded():\n"
    "    modules = [sys.modules.get('search.codec.kernels.' + name) for name in search.codec.kernels.MODULES]\n"
    "    loops = {loop for m in modules if m for loop in vars(m).values() if hasattr(loop, 'overloads')}\n"
    "    return {loop.py_func.__name__ for loop in loops if not loop._can_compile}\n"
)


def test_a_loop_is_brought_in_when_called_and_no_other_with_it() -> None:
    """Those that it calls are in its code already, when that is taken from the cache."""
    code = LOADED + (
        "from search.codec.kernels import reading, strings, postings\n"
        "import numpy as np\n"
        "assert loaded() == set(), loaded()\n"
        "text, ends = np.frombuffer(b'abcd', np.uint8), np.array([1, 4], np.uint32)\n"
        "assert strings.find(text, ends, np.frombuffer(b'bcd', np.uint8)) == 1\n"
        "print(*sorted(loaded()))\n"
    )
    assert run(code).returncode == 0  # the first time may compile
    assert run(code).stdout.split() == ["find"]


def test_all_loops_can_be_brought_in_at_once() -> None:
    done = run(
        LOADED + "told = []\n"
        "search.codec.kernels.load(told.append)\n"
        "assert told == list(search.codec.kernels.MODULES)\n"
        "loops = {loop for name in told for loop in vars(sys.modules['search.codec.kernels.' + name]).values()\n"
        "         if hasattr(loop, 'overloads') and 'inline' not in loop.targetoptions}\n"
        "assert len(loops) > 80\n"
        "assert loaded() == {loop.py_func.__name__ for loop in loops}\n"
    )
    assert done.returncode == 0, done.stderr


def test_a_loop_takes_the_types_it_declares_from_the_first_call_on() -> None:
    @compiled(nb.float64(F64, nb.int64), nb.int64(I64, nb.int64))
    def scaled(numbers: Any, times: int) -> Any:
        return numbers[0] * times

    with pytest.raises(TypeError, match="No matching definition"):
        scaled("text", 1)
    assert scaled.signatures == [(F64, nb.int64), (I64, nb.int64)]
    # a writable array for one that is only read, a float for a number of times: turned into what is declared
    assert scaled(np.array([1.5]), 3) == 4.5
    assert scaled(np.array([7]), 2.9) == 14
    with pytest.raises(TypeError, match="No matching definition"):
        scaled(np.array([7], np.int16), 1)
    assert len(scaled.signatures) == 2


def test_threads_that_call_at_once_and_a_caller_wait_for_the_same_code() -> None:
    @compiled(nb.int64(I64))
    def inner(numbers: Any) -> int:
        total = 0
        for number in numbers:
            total += number
        return total

    @compiled(nb.int64(I64))
    def outer(numbers: Any) -> int:
        return inner(numbers) + 1

    start = threading.Barrier(8)

    def call(loop: Any) -> int:
        start.wait()
        return int(loop(np.arange(10)))

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(call, [inner, outer] * 4))
    assert answers == [45, 46] * 4
    assert inner.signatures == outer.signatures == [(I64,)]


def test_other_sources_have_another_cache(tmp_path: Path) -> None:
    """A constant that one file takes from another is compiled in: what was compiled with the old one is not used."""
    shutil.copytree(ROOT / "search", tmp_path / "search", ignore=shutil.ignore_patterns("__pycache__"))
    code = "import os, search.codec.kernels\nprint(os.environ['NUMBA_CACHE_DIR'])\n"
    environment = {"PYTHONPATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    first = Path(run(code, cwd=tmp_path, **environment).stdout.strip())
    assert first.is_relative_to(tmp_path / "search" / "codec" / "kernels" / "__pycache__")
    first.mkdir(parents=True)
    assert Path(run(code, cwd=tmp_path, **environment).stdout.strip()) == first
    with (tmp_path / "search" / "codec" / "kernels" / "layout.py").open("a") as changed:
        changed.write("CONSTANT = 1\n")
    again = Path(run(code, cwd=tmp_path, **environment).stdout.strip())
    assert again != first
    assert not first.exists(), "what nobody can use is removed"
    given = run(code, cwd=tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "kept"), **environment).stdout.strip()
    assert given == str(tmp_path / "kept" / again.name)
    assert run(code, cwd=tmp_path, NUMBA_CACHE_DIR=given, **environment).stdout.strip() == given
