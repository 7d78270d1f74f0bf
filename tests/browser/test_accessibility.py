"""axe finds nothing wrong on any kind of page, in both languages and both themes, on a phone and a desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import PHONE

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="the package axe-playwright-python is missing"
)
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
DESK = {"width": 1280, "height": 900}
PAGES = {
    "home": "/",
    "results": "/search?q=tham+nhung&from=2018&to=2018",
    "chosen": "/search?q=th%C3%A0nh+ph%E1%BB%91&city=H%E1%BA%A3i+Ph%C3%B2ng&city=Hu%E1%BA%BF&limit=3",
    "nothing": "/search?q=khongcotunaynhe&city=Hu%E1%BA%BF",
    "figures": "/stats",
    "figures of today": "/stats?units=today",
    "places of today": "/search?q=tham+nhung&units=today&copies=all&city=H%E1%BA%A3i+Ph%C3%B2ng",
    "article": "/articles/hai-phong-2016-phong-bi-ben-lau?q=tham+nhung+vat",
    "documentation": "/api/docs",
}


def violations(page: Any) -> list[str]:
    results = axe.Axe().run(page, options=RULES)
    return [
        f"{found['id']}: {node['html'][:160]}" for found in results.response["violations"] for node in found["nodes"]
    ]


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(visit: Callable[..., Any], name: str, screen: Any, theme: str, lang: str) -> None:
    path = PAGES[name] + ("&" if "?" in PAGES[name] else "?") + f"lang={lang}"
    page = visit(path, viewport=screen, color_scheme=theme)
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_an_article(visit: Callable[..., Any], theme: str) -> None:
    page = visit("/search?q=tham+nhung", color_scheme=theme)
    page.locator(".hit h2 a").first.click()
    page.wait_for_url("**/articles/**")
    assert violations(page) == []


def test_axe_finds_nothing_while_completions_and_filters_are_open(visit: Callable[..., Any]) -> None:
    page = visit("/search?q=tham", viewport=PHONE)
    page.locator(".filters > summary").click()
    for summary in page.locator(".why summary, .more summary").all():
        if summary.is_visible():
            summary.click()
    assert violations(page) == []
    page.get_by_role("combobox").fill("tham nh")
    page.get_by_role("option").first.wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_an_error_page(chromium: Any, address: str, theme: str, lang: str) -> None:
    context = chromium.new_context(base_url=address, color_scheme=theme)
    page = context.new_page()
    for path in ("/search?sort=best&q=x&from=31/02/2020&", "/nowhere?"):
        page.goto(f"{path}lang={lang}")
        assert violations(page) == []
    context.close()
