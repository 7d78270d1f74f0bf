"""Where the time of a search in the engine goes: in the compiled loops, and in Python around them.

In: a folder of `timbao bench --work`, with the index "timbao" and fragments. Out: microseconds for each shape and
depth, the fastest of some rounds of each query, medians over the queries. Run from the project's folder:

    python -m tests.bench.engine_share WORK/24793 --queries 100
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from search.bench.peers.timbao_engine import Product
from search.bench.questions import DEPTHS, SHAPES, Question
from search.bench.timing import undisturbed
from search.codec.kernels import answering, wordwise

WARM = 14
"""Rounds before any is timed: long lists asked for so often stay decoded."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    product = Product()
    product.prepare()
    session = product.open(given.folder / "timbao")
    ask = session.asker()
    fragments = orjson.loads((given.folder / "fragments.json").read_bytes())[: given.queries]
    spent = [0.0]

    def timed(answer: Callable[..., int], *arguments: Any) -> int:
        began = time.perf_counter()
        total = answer(*arguments)
        spent[0] += time.perf_counter() - began
        return total

    for loops in (answering, wordwise):  # those that search; objects are made beside them
        vars(loops)["answer"] = partial(timed, loops.answer)
    print(f"{'':16}{'whole':>8}{'kernel':>8}{'Python':>8}   µs")
    for shape in SHAPES:
        questions = [Question(shape, tuple(terms)) for terms in fragments]
        for depth in DEPTHS:
            for _ in range(WARM):
                for question in questions:
                    ask(question, depth)
            found: list[tuple[float, float]] = []
            with undisturbed():
                for question in questions:
                    tries = []
                    for _ in range(given.rounds):
                        spent[0] = 0.0
                        began = time.perf_counter()
                        ask(question, depth)
                        tries.append((time.perf_counter() - began, spent[0]))
                    found.append(min(tries))
            whole, kernel = (1e6 * statistics.median(values) for values in zip(*found, strict=True))
            around = 1e6 * statistics.median(taken - inside for taken, inside in found)
            print(f"{shape:8}{depth:8}{whole:8.1f}{kernel:8.1f}{around:8.1f}")
    session.close()


if __name__ == "__main__":
    main()
