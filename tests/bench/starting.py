"""What a command costs from its start to its end: processor and clock time, in processes of their own.

In: an index, and for a comparison other checkouts, each asked in turn with this one so that all meet the same noise.
Out: medians in milliseconds. Run from the project's folder:

    python -m tests.bench.starting INDEX [--against CHECKOUT]... [--rounds 11]
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (
    ("search", "tham nhũng"),
    ("search", '"phòng chống" ngập OR lũ', "--city", "Hà Nội"),
    ("suggest", "tham n"),
    ("stats",),
    ("analyze", "Thành phố Hồ Chí Minh phòng chống tham nhũng"),
    ("check",),
    ("--help",),
)


def start(checkout: Path, command: tuple[str, ...], index: Path) -> tuple[float, float]:
    """Milliseconds of processor and of clock that one run takes."""
    where = () if command[0] in ("analyze", "--help") else ("--index", str(index))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "search.cli", *command, *where],
        cwd=checkout,
        env=environment | {"PYTHONWARNINGS": "ignore"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode > 1:  # 1 is an answer: nothing found, or an index with a fault
        sys.exit(f"{checkout}: {' '.join(command)} ended with {done.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return 1000 * spent, 1000 * (time.perf_counter() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("--against", type=Path, action="append", default=[])
    parser.add_argument("--rounds", type=int, default=11)
    given = parser.parse_args()
    checkouts = [ROOT, *given.against]
    for command in COMMANDS:
        taken: list[list[tuple[float, float]]] = [[] for _ in checkouts]
        for number in range(given.rounds + 1):
            for into, checkout in zip(taken, checkouts, strict=True):
                one = start(checkout.resolve(), command, given.index.resolve())
                if number:  # the first brings files into memory, and compiles what is not in the cache
                    into.append(one)
        figures = (
            " / ".join(f"{statistics.median(times):5.0f}" for times in zip(*runs, strict=True)) for runs in taken
        )
        print(f"{' '.join(command):60} {'   '.join(figures)}")


if __name__ == "__main__":
    main()
