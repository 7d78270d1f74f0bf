"""`python -m tests.fuzz`: feed targets with changed seeds until a number of inputs or a time is reached.

Without --atheris inputs are seeds changed at random, the same for the same --seed. With it (`pip install atheris`, one
target) they are led by coverage. An input that breaks a promise is written to tests/fuzz/seeds/TARGET/, where every
later run and the test suite start from it; then the process ends with 1.
"""

from __future__ import annotations

import faulthandler
import gc
import hashlib
import random
import signal
import sys
import time
import types
from collections import Counter
from pathlib import Path

import click

from tests.fuzz.mutation import changed
from tests.fuzz.targets import TARGETS, seeds

HANG_S = 20
"""An input that takes more time of the processor is a failure: the process ends with a trace of where it was."""
STUCK_S = 1200
"""So does one that waits for so long, which a busy machine alone does not explain."""
REPORT_INPUTS = 50_000
"""So often a long run says how far it is; ended early, it still tells what it fed."""
MAX_FAILURES = 20
"""A run ends after so many; the same fault shows itself again and again."""
SEEDS = Path(__file__).with_name("seeds")


def keep(name: str, data: bytes) -> Path:
    """Write an input that broke a promise where later runs find it."""
    path = SEEDS / name / hashlib.sha256(data).hexdigest()[:16]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def mixed(names: tuple[str, ...], inputs: int, seconds: float, seed: int) -> int:
    """Feed the targets in proportion to their shares; the number of inputs that broke a promise."""
    rng = random.Random(seed)
    faulthandler.register(signal.SIGPROF, chain=True)  # a trace, then what the signal does by itself: the end
    starts = {name: seeds(name) for name in names}
    shares = [TARGETS[name].share for name in names]
    for name in names:  # what is made and compiled once is not counted
        TARGETS[name].check(starts[name][0])
    spent = dict.fromkeys(names, 0.0)
    counts: Counter[str] = Counter()
    slowest: dict[str, float] = dict.fromkeys(names, 0.0)
    failures = 0
    began = time.monotonic()
    done, watched = 0, 0.0
    stopped = _stop_signals()
    while done < inputs and failures < MAX_FAILURES:
        now = time.monotonic()
        if now - began >= seconds or stopped:
            break
        if now - watched > 1.0:  # a watchman costs more than most inputs
            faulthandler.dump_traceback_later(STUCK_S, exit=True)
            signal.setitimer(signal.ITIMER_PROF, HANG_S)
            watched = now
        name = rng.choices(names, shares)[0]
        data = changed(rng, starts[name], TARGETS[name].words)
        start = time.perf_counter()
        try:
            TARGETS[name].check(data)
        except Exception as error:
            failures += 1
            click.echo(f"{name}: {type(error).__name__}: {error} ← {keep(name, data)}", err=True)
        took = time.perf_counter() - start
        done += 1
        counts[name] += 1
        spent[name] += took
        slowest[name] = max(slowest[name], took)
        if done % REPORT_INPUTS == 0:
            click.echo(f"{done:,} inputs in {time.monotonic() - began:,.0f} s, {failures} failures", err=True)
    faulthandler.cancel_dump_traceback_later()
    signal.setitimer(signal.ITIMER_PROF, 0)
    for name in names:
        rate = counts[name] / spent[name] if spent[name] else 0
        click.echo(f"{name:8} {counts[name]:>9,} inputs {rate:>8,.0f}/s, slowest {slowest[name] * 1000:,.0f} ms")
    click.echo(f"total    {sum(counts.values()):>9,} inputs, {failures} failures, seed {seed}")
    return failures


def _stop_signals() -> list[int]:
    """A list that is filled when the process is asked to end: the run finishes its input and reports."""
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, frame: asked.append(received))
    return asked


def led(name: str, inputs: int, seconds: float) -> None:
    """Hand a target to atheris, which ends the process itself."""
    import atheris  # type: ignore[import-not-found]

    target = TARGETS[name]
    for data in seeds(name):
        target.check(data)  # loads whatever loads late
    for function in gc.get_objects():
        if isinstance(function, types.FunctionType) and _ours(function.__module__ or ""):
            atheris.instrument_func(function)
    folder = SEEDS.parent / ".corpus" / name
    found = SEEDS / name
    for place in (folder, found):
        place.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds(name)):
        (folder / f"seed-{number}").write_bytes(data)
    options = [f"-runs={inputs}", f"-max_total_time={int(min(seconds, 10**6))}", f"-timeout={HANG_S}", "-max_len=8192"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={found}/", str(folder)], target.check)
    atheris.Fuzz()


def _ours(module: str) -> bool:
    """Whether a module's branches lead the search; compiled loops have none that could be counted."""
    return module.partition(".")[0] in ("search", "web") and not module.startswith("search.codec.kernels")


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(TARGETS)))
@click.option("--inputs", default=10_000, show_default=True)
@click.option("--seconds", default=1e9, help="Stop after this time.")
@click.option("--seed", default=1, show_default=True, help="Of the random changes.")
@click.option("--atheris", is_flag=True, help="Led by coverage; one target.")
def main(names: tuple[str, ...], inputs: int, seconds: float, seed: int, atheris: bool) -> None:
    """Feed NAMES (default: all) with changed seeds."""
    if atheris:
        if len(names) != 1:
            raise click.UsageError("--atheris takes one target")
        led(names[0], inputs, seconds)
    sys.exit(1 if mixed(names or tuple(TARGETS), inputs, seconds, seed) else 0)


if __name__ == "__main__":
    main()
