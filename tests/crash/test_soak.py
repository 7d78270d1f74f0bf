"""A short soak; the long one is `python -m tests.soak --minutes 30`."""

from __future__ import annotations

from tests.soak import failed, grown, soak


def test_readers_see_right_answers_while_the_index_is_replaced_again_and_again() -> None:
    report = soak(minutes=0.06, readers=2, processes=1, connections=2, articles=60, every=0.2)
    assert not failed(report), report
    assert report["generations"] >= 3
    assert report["over_http"] > 0
    assert report["answers"] > report["over_http"]


def test_growth_is_seen() -> None:
    steady = [{"rss_mb": 100.0 + number % 7, "files": 20.0, "disk_mb": 3.0} for number in range(50)]
    assert grown(steady) == {}
    leaking = [steady[0] | {"rss_mb": 100.0 + 2 * number, "files": 20.0 + number} for number in range(50)]
    assert set(grown(leaking)) == {"rss_mb", "files"}
