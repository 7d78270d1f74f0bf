"""A short soak; the long one is `python -m tests.soak --minutes 30`."""

from __future__ import annotations

import numpy as np
import pytest

from tests.soak import SLACK, failed, grown, in_use, soak


def test_readers_see_right_answers_while_the_index_is_replaced_again_and_again() -> None:
    report = soak(minutes=0.06, readers=2, processes=1, connections=2, articles=60, every=0.2)
    assert not failed(report), report
    assert report["generations"] >= 3
    assert report["over_http"] > 0
    assert report["answers"] > report["over_http"]


def steady(number: int) -> dict[str, float]:
    """A process that fills its caches in the first two minutes, and then only breathes."""
    return {"rss_mb": 100.0 + 3.0 * min(number, 24) + number % 7, "files": 20.0 + number % 5, "disk_mb": 3.0}


def test_growth_is_seen() -> None:
    assert grown([steady(number) for number in range(360)], SLACK) == {}
    leaking = [steady(n) | {"rss_mb": 100.0 + n % 7 + n / 30, "files": 20.0 + n // 40} for n in range(360)]
    assert set(grown(leaking, SLACK)) == {"rss_mb", "files"}


def test_one_high_sample_is_no_growth() -> None:
    samples = [steady(number) for number in range(360)]
    samples[-1] = samples[-1] | {"rss_mb": 400.0}
    assert grown(samples, SLACK) == {}


def test_free_pages_of_the_allocator_are_told_and_are_no_failure() -> None:
    def threads(number: int, **more: float) -> dict[str, float]:
        pages = 100.0 + number % 7 + number / 30
        return steady(number) | {"rss_mb": pages, "malloc_mb": 90.0, "blocks": 8e5 + number % 9} | more

    found = grown([threads(number) for number in range(360)], SLACK)
    assert set(found) == {"free_pages"}
    answered = {"wrong": 0, "failed": 0, "problems": [], "left_over": 0}
    assert not failed({**answered, "grown": {"readers": found}})
    for more in ({"malloc_mb": 0.03}, {"blocks": 60.0}):
        held = [threads(n, **{name: threads(n)[name] + n * each for name, each in more.items()}) for n in range(360)]
        assert set(grown(held, SLACK)) == {"rss_mb", *more}
        assert failed({**answered, "grown": {"readers": grown(held, SLACK)}})


def test_memory_in_use_tells_arrays_and_objects() -> None:
    before = in_use()
    if not before:
        pytest.skip("only glibc from 2.33 on tells what of its memory is in use")
    small, large = [np.ones(100) for _ in range(10_000)], np.ones(4_000_000)
    after = in_use()
    assert 40 < after["malloc_mb"] - before["malloc_mb"] < 44
    assert 10_000 <= after["blocks"] - before["blocks"] < 60_000
    del small, large
    assert abs(in_use()["malloc_mb"] - before["malloc_mb"]) < 1
