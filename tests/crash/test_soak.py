"""A short soak; the long one is `python -m tests.soak --minutes 30`."""

from __future__ import annotations

from tests.soak import SLACK, failed, grown, soak


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
