"""A browser and a server for it: Debian's Chromium, and the sample articles served as `timbao serve` serves them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from search.settings import Settings
from tests.serving import served

playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need the package playwright")
CHROMIUM = os.environ.get("TIMBAO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def address(sample_index: Path) -> Iterator[str]:
    """The address of a server over the sample articles."""
    from search.service import open_index
    from web import create_app
    from web.server import warm

    with open_index(str(sample_index), engine="whoosh") as index:
        app = create_app(index, Settings(access_log=False, rate_limit=""))
        warm(app, index)
        with served(app) as where:
            yield where


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Headless Chromium; tests skip and say so where there is none."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium here: apt-get install chromium, or set TIMBAO_CHROMIUM to its path")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Opens a path in a fresh visitor's browser; errors of scripts, policy and network fail the test at its end."""
    contexts: list[Any] = []
    wrong: list[str] = []

    def opened(path: str = "/", **options: Any) -> Any:
        context = chromium.new_context(base_url=address, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not wrong, wrong
