"""A short run of every fuzzing target; the long one is `python -m tests.fuzz --inputs 1000000`."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.mutation import changed
from tests.fuzz.targets import TARGETS, seeds

INPUTS = {"query": 400, "request": 60, "html": 60, "file": 150}


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_known_to_be_hard_holds(name: str) -> None:
    starts = seeds(name)
    for data in starts[:40] + starts[-40:]:
        TARGETS[name].check(data)


@pytest.mark.parametrize("name", TARGETS)
def test_changed_inputs_hold(name: str) -> None:
    target, starts, rng = TARGETS[name], seeds(name), random.Random(20_260)
    for _ in range(INPUTS.get(name, 300)):
        data = changed(rng, starts, target.words)
        try:
            target.check(data)
        except Exception as error:
            raise AssertionError(f"{name} fails on {data!r}") from error
