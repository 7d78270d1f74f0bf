"""A reader meets one report on several sites, and the provinces of then and of today."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import search
from search.settings import Settings
from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import violations
from tests.serving import served
from web import create_app

REPORT = "hai-phong-2016-phong-bi-ben-lau"


@pytest.fixture(scope="module")
def address(sample_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sample articles, one of which two more sites have taken over."""
    place = tmp_path_factory.mktemp("copies") / "index"
    with search.open(sample_index) as index:
        sample = [article for hit in index.search(limit=100).hits if (article := index.article(hit.id))]
    report = next(article for article in sample if article.id == REPORT)
    taken = [
        replace(report, id="lai-1", title="Đăng lại chuyện phong bì", source="Trang Một", city="Hải Dương"),
        replace(report, id="lai-2", body=f"TTXVN – {report.body}", source="Trang Hai", published="2016-05-18"),
    ]
    search.build([*sample, *taken], place)
    with (
        search.open(place) as index,
        served(create_app(index, Settings(access_log=False, rate_limit="", search_timeout_s=120))) as where,
    ):
        yield where


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_reader_finds_the_other_pages_and_reads_one(visit: Callable[..., Any], script: bool) -> None:
    page = visit("/search?q=phong+b%C3%AC+b%C3%B4i+tr%C6%A1n", java_script_enabled=script)
    told = page.get_by_role("link", name="Cùng nội dung ở 2 trang khác")
    assert told.count() == 1
    with page.expect_navigation():
        told.click()
    assert urlsplit(page.url).fragment == "copies"
    others = page.locator("section:has(#copies) li")
    assert others.count() == 2
    assert any("Trang Hai" in text and "18/5/2016" in text for text in others.all_inner_texts())
    with page.expect_navigation():
        others.first.get_by_role("link").first.click()
    assert page.locator("section:has(#copies) li").count() == 2
    assert violations(page) == [] if script else True


def test_a_reader_counts_each_and_back(visit: Callable[..., Any]) -> None:
    page = visit("/search?q=tham+nh%C5%A9ng+v%E1%BA%B7t")
    once = int(page.locator(".total strong").inner_text().split()[0])
    with page.expect_navigation():
        page.get_by_role("link", name="Tính từng bài").click()
    assert int(page.locator(".total strong").inner_text().split()[0]) == once + 2
    assert parse_qs(urlsplit(page.url).query)["copies"] == ["all"]
    with page.expect_navigation():
        page.get_by_role("link", name="Gộp làm một").click()
    assert "copies" not in parse_qs(urlsplit(page.url).query)


def test_a_reader_asks_for_the_provinces_of_today(visit: Callable[..., Any]) -> None:
    page = visit("/search", viewport=PHONE)
    page.locator(".filters > summary").click()
    with page.expect_navigation():
        page.get_by_role("link", name="Hôm nay", exact=True).click()
    page.locator(".filters > summary").click()
    place = page.locator("section:has(#facet-city) li a", has_text="Hải Phòng")
    count = int(place.locator(".count").inner_text())
    with page.expect_navigation():
        place.click()
    assert int(page.locator(".total strong").inner_text().split()[0]) == count
    assert {"Hải Phòng", "Hải Dương"} >= set(page.locator(".hit .place").all_inner_texts())


def test_the_map_leads_to_the_articles_of_a_place(visit: Callable[..., Any]) -> None:
    page = visit("/stats?units=today")
    tile = page.locator("a.tile[aria-label^='Hải Phòng']")
    count = int(tile.get_attribute("aria-label").split(": ")[1].split()[0])
    tile.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert int(page.locator(".total strong").inner_text().split()[0]) == count
