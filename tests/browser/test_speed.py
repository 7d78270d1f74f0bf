"""How a page comes up: its largest part within a second, nothing moving afterwards, few bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import PHONE

PAGES = {
    "home": "/",
    "results": "/search?q=tham+nhung+vat",
    "narrowed": "/search?q=th%C3%A0nh+ph%E1%BB%91&from=2019&to=2019&units=today",
    "article": "/articles/hai-phong-2016-phong-bi-ben-lau?q=tham+nhung+vat",
    "statistics": "/stats",
    "nothing": "/search?q=khongcotunaynhe",
    "documentation": "/api/docs",
}
SCREENS = {"desktop": {"width": 1280, "height": 900}, "phone": PHONE}
LARGEST_MS = 1000
SHIFT = 0.01
"""Web Vitals call .1 good; a page without fonts, pictures and late scripts has no reason to move at all."""

MEASURED = """() => new Promise(done => {
    let largest = 0, shift = 0;
    new PerformanceObserver(list => { for (const entry of list.getEntries()) largest = entry.startTime; })
        .observe({type: "largest-contentful-paint", buffered: true});
    new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) shift += e.value; })
        .observe({type: "layout-shift", buffered: true});
    setTimeout(() => done({largest, shift}), 400);
})"""
WEIGHED = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter(entry => !entry.name.includes("favicon")).reduce((sum, entry) => sum + entry.transferSize, 0)"""


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", PAGES)
def test_the_largest_part_is_there_within_a_second_and_nothing_moves(
    visit: Callable[..., Any], name: str, screen: str
) -> None:
    measured = []
    for _ in range(3):  # other work on the machine makes any single load slow; a slow page is slow every time
        measured.append(visit(PAGES[name], viewport=SCREENS[screen]).evaluate(MEASURED))
        assert measured[-1]["shift"] <= SHIFT, measured
        if 0 < measured[-1]["largest"] < LARGEST_MS:
            break
    assert 0 < measured[-1]["largest"] < LARGEST_MS, measured


@pytest.mark.parametrize("name", PAGES)
def test_a_page_weighs_little_with_all_it_needs(visit: Callable[..., Any], name: str) -> None:
    sent = visit(PAGES[name]).evaluate(WEIGHED)
    assert 1_000 < sent <= 60_000, f"{sent} bytes came over the wire"


def test_going_to_the_filters_on_a_phone_moves_nothing_by_itself(visit: Callable[..., Any]) -> None:
    """What opens because somebody touched it is no shift; what moves by itself would be."""
    page = visit(PAGES["results"], viewport=PHONE)
    page.locator(".filters > summary").click()
    assert page.evaluate(MEASURED)["shift"] <= SHIFT
