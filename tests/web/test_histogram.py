"""The histogram's geometry."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from search.model import Bucket
from search.state import State, span
from web.histogram import HEIGHT, MOST_BARS, WIDTH, Histogram, histogram
from web.language import language

VI = language("vi")


def drawn(counts: dict[str, int], state: State | None = None) -> Histogram:
    chart = histogram([Bucket(v, v, n) for v, n in counts.items()], state or State(), "/search", VI)
    assert chart is not None
    return chart


@given(st.dictionaries(st.integers(1900, 2100).map(str), st.integers(1, 10**6), min_size=1))
def test_bars_stand_within_the_box_in_order(counts: dict[str, int]) -> None:
    chart = drawn(counts)
    assert len(chart.bars) <= max(MOST_BARS, 1)
    for bar in chart.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH + 0.1
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT
    assert [b.x for b in chart.bars] == sorted(b.x for b in chart.bars)


@given(st.dictionaries(st.integers(1, 12).map(lambda m: f"2019-{m:02d}"), st.integers(0, 10**6), min_size=1))
def test_a_higher_count_is_a_higher_bar_and_none_is_none(counts: dict[str, int]) -> None:
    assume(any(counts.values()))
    chart = drawn(counts)
    assert len(chart.bars) == 12
    heights = {f"2019-{i + 1:02d}": bar.height for i, bar in enumerate(chart.bars)}
    for a in counts:
        assert (heights[a] > 0) == (counts[a] > 0)
        for b in counts:
            if counts[a] > counts[b]:
                assert heights[a] >= heights[b]


def test_gaps_between_years_are_shown_and_lead_nowhere() -> None:
    chart = drawn({"2019": 2, "2022": 1})
    assert [bar.url is None for bar in chart.bars] == [False, True, True, False]
    assert chart.bars[0].url == "/search?from=2019-01-01&to=2019-12-31"
    assert chart.bars[0].name == "2019: 2 bài"


def test_the_chosen_bar_leads_back() -> None:
    state = State(q="x").only_dates(*span("2019"))
    assert drawn({"2019": 2, "2020": 1}, state).bars[0].url == "/search?q=x"


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        ("2019", "2020", ["2019", "2020"]),
        ("2019-01-02", "2020", ["2020"]),
        ("2021", None, ["2021"]),
        (None, "2019", ["2018", "2019"]),
        ("2019-03", "2019-05", []),
        ("2010", "2030", []),
        (None, None, []),
    ],
)
def test_bars_between_the_chosen_days_are_told_apart(start: str | None, end: str | None, inside: list[str]) -> None:
    state = State().only_dates(span(start)[0] if start else None, span(end)[1] if end else None)
    chart = drawn({str(year): 1 for year in range(2018, 2022)}, state)
    assert [bar.name[:4] for bar in chart.bars if bar.inside] == inside


@pytest.mark.parametrize(
    ("value", "bars", "heading"),
    [
        ("2019", 1, "Số bài theo năm"),
        ("2020-02", 12, "theo tháng của 2020"),
        ("2020-02-03", 29, "theo ngày của 2/2020"),
    ],
)
def test_each_level_has_its_slots_and_heading(value: str, bars: int, heading: str) -> None:
    chart = drawn({value: 1})
    assert len(chart.bars) == bars
    assert heading in chart.heading


def test_no_dates_no_chart() -> None:
    assert histogram([Bucket("", "không rõ", 3)], State(), "/search", VI) is None
    assert histogram([], State(), "/search", VI) is None
    assert histogram([Bucket("2019", "2019", 0, True)], State(), "/search", VI) is None
