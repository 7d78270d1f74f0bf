"""A person's tasks in a browser: find, narrow, read, go back; with and without script, by keyboard, on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.conftest import PHONE

Visit = Callable[..., Any]
BOTH = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


def total(page: Any) -> int:
    found = re.search(r"[\d.,]+", page.locator(".total strong").inner_text())
    assert found
    return int(re.sub(r"\D", "", found[0]))


def parameters(page: Any) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def ask(page: Any, words: str) -> None:
    page.get_by_label("Từ cần tìm").fill(words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def follow(page: Any, link: Any) -> None:
    """Click, and wait until the page it leads to is there."""
    with page.expect_navigation():
        link.click()


def filters(page: Any) -> Any:
    """The filters, unfolded where they are folded."""
    panel = page.locator(".filters")
    if not panel.locator(".panel").is_visible():
        panel.locator("summary").first.click()
    return panel


@BOTH
def test_finds_with_and_without_diacritics_and_marks_as_written(visit: Visit, script: bool) -> None:
    page = visit("/", java_script_enabled=script)
    ask(page, "tham nhũng vặt")
    accented = total(page)
    assert accented > 0
    ask(page, "tham nhung vat")
    assert total(page) >= accented
    marked = [text.lower() for text in page.locator(".hit mark").all_inner_texts()]
    assert any("nhũng" in text for text in marked)
    assert all(text in page.content().lower() for text in marked)


@BOTH
def test_reads_an_article_and_goes_back(visit: Visit, script: bool) -> None:
    page = visit("/search?q=tham+nhung+vat&sort=newest", java_script_enabled=script)
    title = page.locator(".hit h2").first.inner_text()
    before = page.url
    follow(page, page.locator(".hit h2 a").first)
    assert page.locator("h1").inner_text() == title
    assert page.locator("article mark").count() > 0
    follow(page, page.locator(".back a"))
    assert parameters(page)["q"] == ["tham nhung vat"]
    if script:
        assert page.url == before
    page.go_back()


@BOTH
def test_chooses_two_cities_and_a_year_and_goes_back(visit: Visit, script: bool) -> None:
    page = visit("/search?q=th%C3%A0nh+ph%E1%BB%91", java_script_enabled=script)
    everything = total(page)

    def choose(n: int) -> tuple[str, int]:
        bucket = filters(page).locator("section:has(#facet-city) li a:not(.on)").nth(n)
        label, count = bucket.locator(".name").inner_text(), int(bucket.locator(".count").inner_text())
        follow(page, bucket)
        return label, count

    first, first_count = choose(0)
    assert total(page) == first_count
    second, second_count = choose(0)
    assert total(page) == first_count + second_count
    both = page.url
    shown = set(page.locator(".hit .place").all_inner_texts())
    assert shown <= {first, second}

    bar = filters(page).locator("a.bar").last
    year, count = re.fullmatch(r"(\d{4}): (\d+) bài", bar.get_attribute("aria-label")).groups()
    follow(page, bar)
    assert total(page) == int(count)
    assert (parameters(page)["from"], parameters(page)["to"]) == ([f"{year}-01-01"], [f"{year}-12-31"])
    assert len(parameters(page)["city"]) == 2
    chips = page.locator(".chips a:not(.all)").all_inner_texts()
    assert {chip.replace("×", "").strip() for chip in chips} == {first, second, year}

    page.go_back()
    assert page.url == both
    assert total(page) == first_count + second_count
    follow(page, page.locator(".chips a.all"))
    assert total(page) == everything


def test_goes_down_to_a_day_by_the_histogram(visit: Visit) -> None:
    page = visit("/search")
    for length in (4, 7, 10):
        chart = page.locator("figure.chart").last
        follow(page, chart.locator("a.bar").first)
        assert total(page) > 0
        assert len(parameters(page)["from"][0]) == 10
        assert page.locator("figure.chart").count() == (2 if length == 4 else 3)
    assert parameters(page)["from"] == parameters(page)["to"]
    assert page.locator(".periods a").count() == 3


def test_narrows_by_typing_two_dates(visit: Visit) -> None:
    page = visit("/search?q=th%C3%A0nh+ph%E1%BB%91")
    page.get_by_label("Từ ngày").fill("2019-01-01")
    page.get_by_label("Đến ngày").fill("2020-06-30")
    follow(page, page.get_by_role("button", name="Áp dụng"))
    assert parameters(page)["to"] == ["2020-06-30"]
    assert parameters(page)["q"] == ["thành phố"]


@BOTH
def test_pages_through_all_results_without_seeing_one_twice(visit: Visit, script: bool) -> None:
    page = visit("/search?q=th%C3%A0nh+ph%E1%BB%91", java_script_enabled=script)
    expected, seen = total(page), []
    while True:
        seen += (
            page.locator(".hit h2 a").evaluate_all("links => links.map(link => link.href)")
            if script
            else [link.get_attribute("href") for link in page.locator(".hit h2 a").all()]
        )
        if not page.locator(".pages .next").count():
            break
        follow(page, page.locator(".pages .next"))
    assert len(seen) == len(set(seen)) == expected
    follow(page, page.get_by_role("link", name="Về trang đầu"))
    assert "cursor" not in parameters(page)


@BOTH
def test_changes_the_language_and_keeps_the_search(visit: Visit, script: bool) -> None:
    page = visit("/search?q=tham+nhung&sort=newest", java_script_enabled=script)
    follow(page, page.locator(".switch"))
    assert "articles" in page.locator(".total").inner_text()
    assert parameters(page)["q"] == ["tham nhung"]
    follow(page, page.locator(".hit h2 a").first)
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("article").get_attribute("lang") == "vi"


def test_everything_is_reached_by_keyboard(visit: Visit) -> None:
    page = visit("/search?q=tham+nhung")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    for _ in range(8):
        if page.evaluate("!!document.activeElement.closest('.hit h2')"):
            break
        page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    page.wait_for_url("**/articles/**")
    page.keyboard.press("n")
    page.wait_for_url("**#m1")  # the browser tells of it a moment later
    page.keyboard.press("p")
    page.wait_for_url(f"**#m{page.locator('main mark[id]').count()}")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("đê điều")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    assert parameters(page)["q"] == ["đê điều"]


def test_a_bar_of_the_histogram_is_a_link_for_the_keyboard(visit: Visit) -> None:
    page = visit("/search")
    page.locator("a.bar").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**from=**")


def test_dragging_over_bars_chooses_their_time(visit: Visit) -> None:
    page = visit("/search?q=th%C3%A0nh+ph%E1%BB%91")
    bars = page.locator("figure.chart").first.locator("a.bar")
    first, last = bars.nth(1), bars.nth(3)
    expected = [bar.get_attribute("data-span").split("/") for bar in (first, last)]
    counts = [int(bars.nth(i).get_attribute("aria-label").split(": ")[1].split()[0]) for i in (1, 2, 3)]
    a, b = first.bounding_box(), last.bounding_box()
    page.mouse.move(a["x"] + a["width"] / 2, a["y"] + a["height"] / 2)
    page.mouse.down()
    page.mouse.move(b["x"] + b["width"] / 2, b["y"] + b["height"] / 2, steps=5)
    assert page.locator("a.bar.brushed").count() == 3
    with page.expect_navigation():
        page.mouse.up()
    assert (parameters(page)["from"], parameters(page)["to"]) == ([expected[0][0]], [expected[1][1]])
    assert total(page) == sum(counts)


def test_keys_choose_several_bars(visit: Visit) -> None:
    page = visit("/search?q=th%C3%A0nh+ph%E1%BB%91&lang=vi")
    bars = page.locator(".chart").first.locator("a.bar")
    expected = [bars.nth(i).get_attribute("data-span").split("/") for i in (1, 3)]
    bars.nth(3).focus()
    page.keyboard.press("ArrowLeft")
    assert bars.nth(2).evaluate("bar => bar === document.activeElement")
    assert page.locator("a.bar.brushed").count() == 0
    page.keyboard.press("ArrowRight")
    for _ in range(2):
        page.keyboard.press("Shift+ArrowLeft")
    assert page.locator("a.bar.brushed").count() == 3
    names = [bars.nth(i).get_attribute("aria-label").split(":")[0] for i in (1, 3)]
    told = page.locator(".chart [role=status]").first
    assert told.inner_text() == f"Từ {names[0]} đến {names[1]}. Enter để lọc, Esc để bỏ."
    page.keyboard.press("Escape")
    assert page.locator("a.bar.brushed").count() == 0
    assert told.inner_text() == ""
    for _ in range(2):
        page.keyboard.press("Shift+ArrowRight")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert (parameters(page)["from"], parameters(page)["to"]) == ([expected[0][0]], [expected[1][1]])


def at_rest(page: Any) -> None:
    """Wait until the page has stood still for a third of a second."""
    page.evaluate(
        """() => new Promise(done => {
          let place = scrollY, still = 0;
          const look = () => {
            still = scrollY === place ? still + 1 : 0;
            place = scrollY;
            if (still < 20) requestAnimationFrame(look); else done();
          };
          look();
        })"""
    )


def test_a_finger_chooses_several_bars_and_still_scrolls(visit: Visit) -> None:
    page = visit(
        "/search?q=th%C3%A0nh+ph%E1%BB%91", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page.locator(".filters > summary").tap()
    bars = page.locator(".chart").first.locator("a.bar")
    bars.first.scroll_into_view_if_needed()
    expected = [bars.nth(i).get_attribute("data-span").split("/") for i in (1, 3)]
    boxes = [bars.nth(i).bounding_box() for i in (1, 3)]
    places = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2} for box in boxes]
    touch = page.context.new_cdp_session(page)

    def finger(kind: str, *points: dict[str, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    before = page.evaluate("scrollY")
    finger("touchStart", places[0])
    for step in range(1, 6):
        finger("touchMove", {"x": places[0]["x"], "y": places[0]["y"] - 40 * step})
    finger("touchEnd")
    page.wait_for_function(f"scrollY > {before}")
    assert page.locator("a.bar.brushed").count() == 0
    assert "from" not in parameters(page)
    at_rest(page)  # a page on its way would move the bars from under the finger, and take its touch for scrolling
    page.evaluate(f"scrollTo(0, {before})")
    at_rest(page)
    finger("touchStart", places[0])
    for step in range(1, 6):
        finger("touchMove", {"x": places[0]["x"] + (places[1]["x"] - places[0]["x"]) * step / 5, "y": places[0]["y"]})
    page.wait_for_function("document.querySelectorAll('a.bar.brushed').length === 3")
    with page.expect_navigation():
        finger("touchEnd")
    assert (parameters(page)["from"], parameters(page)["to"]) == ([expected[0][0]], [expected[1][1]])


def test_completions_are_chosen_with_arrows(visit: Visit) -> None:
    page = visit("/")
    box = page.get_by_role("combobox")
    box.press_sequentially("tham nh", delay=20)
    options = page.get_by_role("option")
    options.first.wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    chosen = box.input_value()
    assert chosen == options.first.locator("span").first.inner_text()
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    page.keyboard.press("Escape")
    assert box.input_value() == "tham nh"
    assert not page.locator(".completions").is_visible()
    box.press_sequentially("u", delay=20)
    options.first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    assert len(parameters(page)["q"][0]) > len("tham nhu")


def test_completions_wait_while_a_letter_is_composed(visit: Visit) -> None:
    page = visit("/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/suggest" in request.url else None)
    compose = """([type, data, value]) => {
        const box = document.querySelector("#q");
        box.focus();
        if (value !== null) box.value = value;
        box.dispatchEvent(type === "input"
            ? new InputEvent("input", {data, isComposing: true, bubbles: true})
            : new CompositionEvent(type, {data, bubbles: true}));
    }"""
    page.evaluate(compose, ["compositionstart", "", "tham nhu"])
    page.evaluate(compose, ["input", "nhux", "tham nhux"])
    page.wait_for_timeout(400)
    assert asked == []
    assert page.locator("#q").input_value() == "tham nhux"
    page.keyboard.press("ArrowDown")
    assert page.locator("#q").input_value() == "tham nhux"
    with page.expect_request("**/suggest**"):
        page.evaluate(compose, ["compositionend", "nhũ", "tham nhũ"])
    page.get_by_role("option").first.wait_for()


def test_lists_are_narrowed_without_diacritics(visit: Visit) -> None:
    page = visit("/search")
    facet = page.locator("section:has(#facet-city)")
    facet.locator(".narrow").fill("da nang")
    names = [name for name in facet.locator(".name").all() if name.is_visible()]
    assert [name.inner_text() for name in names] == ["Đà Nẵng"]


@BOTH
def test_a_phone_shows_results_first_and_filters_on_demand(visit: Visit, script: bool) -> None:
    page = visit("/search?q=tham+nhung", viewport=PHONE, java_script_enabled=script)
    assert not page.locator(".filters .panel").is_visible()
    assert page.locator(".hit h2").first.bounding_box()["y"] < PHONE["height"]
    page.locator(".filters > summary").click()
    assert page.locator("a.bar").first.is_visible()
    follow(page, page.locator("section:has(#facet-city) li a").first)
    assert page.locator(".chips a").first.is_visible()


@pytest.mark.parametrize(
    "path", ["/", "/search?q=tham+nhung&from=2019&to=2019", "/stats", "/api/docs", "/search?q=khongcotunaynhe"]
)
@pytest.mark.parametrize("width", [320, 390, 768, 1280, 2200])
def test_no_page_is_wider_than_the_screen(visit: Visit, path: str, width: int) -> None:
    page = visit(path, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_filters_stand_open_beside_the_results_without_script(visit: Visit) -> None:
    page = visit("/search?q=tham+nhung", java_script_enabled=False)
    assert page.locator(".filters .panel").is_visible()
    assert not page.locator(".filters > summary").is_visible()


def test_nothing_found_leads_on(visit: Visit) -> None:
    page = visit("/search?q=khongcotunaynhe&city=Hu%E1%BA%BF")
    assert total(page) == 0
    follow(page, page.get_by_role("link", name="Xem tất cả bài báo"))
    assert total(page) > 50


@pytest.mark.parametrize("clipboard", [True, False])
def test_copies_a_citation(visit: Visit, clipboard: bool) -> None:
    page = visit("/articles/hai-phong-2016-phong-bi-ben-lau", permissions=["clipboard-read", "clipboard-write"])
    if not clipboard:  # what a page without encryption is given
        page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true})")
    page.get_by_role("button", name="Sao chép").click()
    page.get_by_role("button", name="Đã sao chép").wait_for()
    page.reload()
    copied = page.evaluate("navigator.clipboard.readText()").strip()
    assert copied == page.locator(".citation").inner_text().strip()
    assert "17/5/2016" in copied
