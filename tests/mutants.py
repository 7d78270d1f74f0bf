"""Run the tests that reach a mutant, for each of some mutants; started by tests/mutation.py in mutmut's folder.

Each mutant has a process of its own, forked when the tests are loaded; what modules worked out when they were loaded
is that of the sources unchanged, so a mutant of such tables seems to survive. Prints each outcome as a line of JSON.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import signal
import sys
from itertools import accumulate
from pathlib import Path

OPTIONS = ("-x", "-q", "--no-header", "--tb=no", "-p", "no:randomly", "-p", "no:cacheprovider",
           "-W", "ignore:overflow encountered:RuntimeWarning")  # fmt: skip
SECONDS = 60
"""Of the processor, so that a mutant on a busy machine is not taken for one that hangs."""
ENOUGH = 20
"""Seconds of tests for a mutant, the fastest first: the slower ones are left out."""
OUTCOMES = {0: "survived", 5: "not tested"}


def outcome(name: str, tests: list[str]) -> str:
    """What the tests say of a mutant; one that crashes or hangs is seen by any suite."""
    import pytest

    child = os.fork()
    if not child:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        os.environ["MUTANT_UNDER_TEST"] = name
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        os._exit(int(pytest.main([*OPTIONS, *tests])))
    return OUTCOMES.get(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "killed")


def main(names: list[str]) -> None:
    """Try all mutants."""
    sys.path.insert(0, str(Path.cwd()))
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # they take longer to begin than most mutants to be seen
    import pytest
    from mutmut.__main__ import mangled_name_from_mutant_name  # type: ignore[import-untyped]

    seen = json.loads(Path("mutmut-stats.json").read_text("utf-8"))
    reach, took = seen["tests_by_mangled_function_name"], seen.get("duration_by_test", {})
    every = sorted({test for tests in reach.values() for test in tests})
    with contextlib.redirect_stdout(io.StringIO()) as said:
        # a mutant may keep tests from being collected; nothing else may
        if pytest.main([*OPTIONS, "--collect-only", *every]):
            sys.exit(said.getvalue()[-2000:])
    if "search.codec.segment" in sys.modules:  # so that no mutant has to load the compiled loops again
        from search.codec import kernels

        kernels.load()
    gc.freeze()  # what is loaded is neither looked through nor copied by each mutant's process
    for name in names:
        tests = sorted(reach.get(mangled_name_from_mutant_name(name), ()), key=lambda test: took.get(test, 0.0))
        before = accumulate((took.get(test, 0.0) for test in tests), initial=0.0)
        tests = [test for test, seconds in zip(tests, before, strict=False) if seconds < ENOUGH]
        sys.stdout.write(json.dumps([name, outcome(name, tests) if tests else "not tested"]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
