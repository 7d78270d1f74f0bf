"""The pages: what a reader sees and where each link leads."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from search import gazetteer
from search.errors import IndexMissing
from search.model import Article, Note, Result, Suggestion
from tests.web.conftest import make
from tests.web.fake import ARTICLES, HOSTILE, FakeIndex

PAGES = [
    "/",
    "/search",
    "/search?q=tham+nhung",
    "/search?q=tham+nhung&from=2021&to=2021&limit=1",
    "/search?q=khong+co+gi+ca",
    "/search?sort=best",
    "/search?q=%3Cscript%3E&city=%3Cscript%3E",
    "/articles/2019/tham-nhung?q=tham+nhung",
    "/articles/a%20b%3Fc%23d%25e?q=script",
    "/articles/?id=../up",
    "/articles/khong-co",
    "/stats",
    "/api/docs",
    "/khong-co",
]
VOID = {"meta", "link", "input", "br", "img", "hr", "path", "circle", "use"}


class Page(HTMLParser):
    """A page's elements, with a check that they nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.stack: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        assert not self.stack, f"left open: {self.stack}"

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.stack.pop() == tag

    def handle_data(self, text: str) -> None:
        self.words.append(text)

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        return [a for t, a in self.elements if t == tag and all(a.get(n.rstrip("_")) == v for n, v in wanted.items())]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def visit(client: FlaskClient, path: str) -> Page:
    return Page(client.get(path).text)


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_in_both_languages(client: FlaskClient, path: str, lang: str) -> None:
    response = client.get(path + ("&" if "?" in path else "?") + f"lang={lang}")
    assert response.mimetype == "text/html"
    assert response.status_code < 500
    page = Page(response.text)
    assert page.all("html")[0]["lang"] == lang
    assert len(page.all("main")) == 1
    assert len(page.all("h1")) == 1
    assert page.all("title")
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids)), "an id twice"


@pytest.mark.parametrize("path", PAGES)
def test_no_page_holds_script_or_style_of_its_own(client: FlaskClient, path: str) -> None:
    page = visit(client, path)
    for tag, attributes in page.elements:
        assert tag != "style"
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
        if tag == "script":
            assert attributes["src"].startswith("/static/")
        for name in ("href", "src", "action"):
            assert not attributes.get(name, "").lower().startswith(("javascript:", "data:")), attributes


def test_hostile_text_is_shown_not_run(client: FlaskClient) -> None:
    for path in ("/search?q=script", "/articles/a%20b%3Fc%23d%25e?q=script", "/"):
        html = client.get(path).text
        assert "<script>alert" not in html
        assert "onerror=alert(1)>" not in html
    assert HOSTILE in visit(client, "/articles/a%20b%3Fc%23d%25e").text


def test_results_show_what_a_reader_needs(client: FlaskClient) -> None:
    page = visit(client, "/search?q=tham+nhung")
    assert "4 bài" in page.text
    assert "13/3/2019" in page.text
    assert "Báo Mẫu" in page.text
    assert "Trần Thị Lan" in page.text
    html = client.get("/search?q=tham+nhung").text
    assert "<mark>tham</mark> <mark>nhũng</mark> vặt" in html
    assert page.all("a", href="/articles/2019/tham-nhung?q=tham+nhung")
    assert page.all("a", href="https://baomau.example/2019/tham-nhung")


def test_inferred_values_say_from_what(client: FlaskClient) -> None:
    text = visit(client, "/search?q=cang").text
    assert "Ngày đăng được suy ra từ “Sáng 5/8”, dòng 2 (chưa chắc)" in text
    assert "Tỉnh, thành được suy ra từ “Đà Nẵng:”, dòng 1 (khá chắc)" in text


def test_two_cities_and_a_year_by_following_links(client: FlaskClient) -> None:
    def follow(path: str, label: str) -> str:
        html = client.get(path).text
        found = re.search(rf'<a href="([^"]+)"[^>]*><span class="box"[^>]*></span><span class="name">{label}<', html)
        assert found, f"no link for {label} at {path}"
        return found[1].replace("&amp;", "&")

    path = follow("/search?q=tham+nhung", "Huế")
    path = follow(path, "Hải Phòng")
    assert parse_qs(urlsplit(path).query)["city"] == ["Huế", "Hải Phòng"]
    page = visit(client, path)
    assert "2 bài" in page.text
    year = next(a["href"] for a in page.all("a", class_="bar") if a["aria-label"].startswith("2019"))
    page = visit(client, year)
    assert "1 bài" in page.text
    chips = {a["aria-label"]: a["href"] for a in page.all("a") if a.get("aria-label", "").startswith("Bỏ lọc")}
    assert set(chips) == {"Bỏ lọc Huế", "Bỏ lọc Hải Phòng", "Bỏ lọc 2019"}
    assert parse_qs(urlsplit(chips["Bỏ lọc Huế"]).query)["city"] == ["Hải Phòng"]
    assert "from" not in parse_qs(urlsplit(chips["Bỏ lọc 2019"]).query)


def test_a_chosen_value_does_not_hide_its_neighbors(client: FlaskClient) -> None:
    def counts(path: str) -> dict[str, str]:
        html = client.get(path).text
        return dict(re.findall(r'class="name">([^<]+)</span> <span class="count">([^<]+)<', html))

    before, after = counts("/search?q=tham+nhung"), counts("/search?q=tham+nhung&city=Hu%E1%BA%BF")
    assert {n: c for n, c in after.items() if n in ("Huế", "Hải Phòng", "Đà Nẵng")} == {
        n: c for n, c in before.items() if n in ("Huế", "Hải Phòng", "Đà Nẵng")
    }


def test_a_chosen_year_shows_its_months_and_the_way_back(client: FlaskClient) -> None:
    page = visit(client, "/search?from=2021&to=2021")
    assert "Số bài theo tháng của 2021" in page.text
    assert [a["aria-label"] for a in page.all("a", class_="bar") if "8/2021" in a["aria-label"]] == ["8/2021: 1 bài"]
    assert page.all("a", href="/search")
    page = visit(client, "/search?from=2021-08&to=2021-08")
    assert "Số bài theo ngày của 8/2021" in page.text


def test_paging_goes_on_and_back_to_the_first_page(client: FlaskClient) -> None:
    seen: list[str] = []
    path: str | None = "/search?limit=2"
    while path:
        page = visit(client, path)
        seen += [a["href"] for a in page.all("a") if a.get("href", "").startswith("/articles/")]
        assert ("Về trang đầu" in page.text) == ("cursor" in path)
        following = page.all("a", class_="next")
        path = following[0]["href"] if following else None
    assert len(seen) == len(set(seen)) == 5


def test_a_new_query_keeps_the_filters_but_not_the_page(client: FlaskClient) -> None:
    page = visit(client, "/search?q=tham&city=Hu%E1%BA%BF&sort=newest&limit=1&cursor=1")
    hidden = {a["name"]: a["value"] for a in page.all("input", type="hidden")}
    assert hidden == {"q": "tham", "city": "Huế", "sort": "newest", "limit": "1"}


def test_notices_can_be_undone_and_suggestions_taken() -> None:
    index = FakeIndex(
        notes=(Note("repair", "Đã hiểu là tham nhũng", "Read as tham nhũng", "tham nhungx"),),
        suggestions=(Suggestion("tham nhũng vặt"),),
    )
    client = make(index).test_client()
    page = visit(client, "/search?q=tham&city=Hu%E1%BA%BF")
    assert "Đã hiểu là tham nhũng" in page.text
    assert page.all("a", href="/search?q=tham+nhungx&city=Hu%E1%BA%BF")
    assert page.all("a", href="/search?q=tham+nh%C5%A9ng+v%E1%BA%B7t&city=Hu%E1%BA%BF")
    assert "Read as tham nhũng" in visit(client, "/search?q=tham&lang=en").text


def test_nothing_found_offers_ways_on(client: FlaskClient) -> None:
    page = visit(client, "/search?q=khongco&city=Hu%E1%BA%BF")
    assert "Không có bài nào khớp" in page.text
    assert page.all("a", href="/search?q=khongco")
    assert page.all("a", href="/search?q=khongco&city=Hu%E1%BA%BF&marks=ignore")


def test_an_article_is_clean_text_with_the_words_marked(client: FlaskClient) -> None:
    html = client.get("/articles/2019/tham-nhung?q=tham+nhung").text
    assert '<mark id="m1">tham</mark> <mark id="m2">nhũng</mark> vặt.</p>' in html
    page = Page(html)
    assert "2 chỗ khớp" in page.text
    assert page.all("a", href="#m1")
    assert page.all("link", rel="canonical")[0]["href"] == "https://baomau.example/2019/tham-nhung"
    assert len(page.all("p", class_="")) == 0
    assert page.all("a", href="/cite.ris/2019/tham-nhung")


def test_a_dangerous_address_of_an_original_is_no_link(client: FlaskClient) -> None:
    html = client.get("/articles/a%20b%3Fc%23d%25e").text
    assert "javascript:" not in html


def test_ids_of_any_form_have_a_page(client: FlaskClient) -> None:
    for path in ("/articles/?id=../up", "/articles/?id=x//y", "/articles/x//y", "/articles/2019%2Ftham-nhung"):
        assert client.get(path).status_code == 200, path


def test_the_language_is_kept_in_a_cookie(client: FlaskClient) -> None:
    assert visit(client, "/").all("html")[0]["lang"] == "vi"
    assert "lang=en" in client.get("/?lang=en").headers["Set-Cookie"]
    assert visit(client, "/").all("html")[0]["lang"] == "en"
    assert "Set-Cookie" not in client.get("/?lang=xx").headers


def test_the_language_switch_keeps_the_search(client: FlaskClient) -> None:
    page = visit(client, "/search?q=tham&city=Hu%E1%BA%BF&city=H%E1%BA%A3i+Ph%C3%B2ng&lang=vi")
    (switch,) = page.all("a", class_="switch")
    assert parse_qs(urlsplit(switch["href"]).query) == {"q": ["tham"], "city": ["Huế", "Hải Phòng"], "lang": ["en"]}


def test_wrong_parameters_are_explained_and_can_be_dropped(client: FlaskClient) -> None:
    response = client.get("/search?q=tham&sort=best&from=31/02/2020&limit=9999")
    assert response.status_code == 400
    page = Page(response.text)
    for words in ("Thứ tự chưa đúng", "Ngày bắt đầu chưa đúng", "Số bài mỗi trang chưa đúng", "relevance, newest"):
        assert words in page.text
    assert page.all("a", href="/search?q=tham")
    assert page.all("input", id="q")[0]["value"] == "tham"


def test_a_query_that_is_too_long_is_refused_with_advice(client: FlaskClient) -> None:
    response = client.get("/search", query_string={"q": "ấ" * 10_000})
    assert response.status_code == 400
    assert "Rút ngắn câu tìm còn 2.000 ký tự." in response.text
    assert len(response.data) < 10_000


def test_a_missing_article_and_page_are_404(client: FlaskClient) -> None:
    for path in ("/articles/khong-co", "/articles/", "/nowhere", "/cite.ris/none", "/export.exe"):
        assert client.get(path).status_code == 404, path
    assert client.post("/search").status_code == 405


def test_a_missing_index_is_said_on_every_page() -> None:
    index = FakeIndex(failure=IndexMissing("there is no index at index/", "build one: timbao index SOURCE"))
    client = make(index).test_client()
    for path in ("/", "/search?q=x", "/articles/x", "/stats"):
        response = client.get(path)
        assert response.status_code == 503
        assert "timbao index SOURCE" in response.text


def test_an_unexpected_failure_tells_nothing_of_the_inside(caplog: pytest.LogCaptureFixture) -> None:
    client = make(FakeIndex(failure=RuntimeError("secret path /srv/x"))).test_client()
    response = client.get("/search?q=x")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert "secret path" in caplog.text


def test_the_home_page_leads_into_the_corpus(client: FlaskClient) -> None:
    page = visit(client, "/")
    assert "5 bài báo" in page.text
    assert page.all("a", href="/search?city=Hu%E1%BA%BF")
    assert page.all("a", href="/search?from=2021-01-01&to=2021-12-31")
    assert "autofocus" in page.all("input", id="q")[0]


def test_figures_by_place_and_year(client: FlaskClient) -> None:
    page = visit(client, "/stats")
    assert page.all("a", href="/search?city=Hu%E1%BA%BF&copies=all", class_="tile level5")
    assert page.all("a", href="/search?from=2019-01-01&to=2019-12-31&copies=all", class_="bar")
    assert len(page.all("a", href="/search?city=Hu%E1%BA%BF&copies=all")) == 2, "the table says what the map does"
    assert "12,3 KB" in page.text
    assert "Không kể đăng lại" not in page.text


def test_the_map_has_a_tile_for_every_unit_of_then_and_of_today(client: FlaskClient) -> None:
    for path, units in (("/stats", gazetteer.units()), ("/stats?units=today", gazetteer.units_today())):
        page = visit(client, path)
        tiles = [
            a["aria-label"] for _, a in page.elements if a.get("class", "").startswith("tile ") and "aria-label" in a
        ]
        assert sorted(tile.split(":")[0] for tile in tiles) == sorted(map(gazetteer.label, units))
        places = [(a["x"], a["y"]) for a in page.all("rect", width="78")]
        assert len(places) == len(set(places)) == len(units)


def test_pages_are_light(client: FlaskClient) -> None:
    total = len(client.get("/search?q=tham").data)
    for name in ("timbao.css", "timbao.js", "icon.svg"):
        total += len(client.get(f"/static/{name}", buffered=True).data)
    assert total < 60_000


COPIES = (
    *ARTICLES,
    Article("again", "Đăng lại chuyện một cửa", ARTICLES[0].body, "Hải Dương", "2019-03-14", source="Trang Khác"),
)


def test_copies_are_told_and_listed() -> None:
    client = make(FakeIndex(articles=COPIES)).test_client()
    page = visit(client, "/search?q=mot+cua")
    assert "Cùng nội dung ở 1 trang khác" in page.text
    assert page.all("a", href="/articles/2019/tham-nhung?q=mot+cua#copies")
    article = visit(client, "/articles/2019/tham-nhung?q=mot+cua")
    assert article.all("h2", id="copies")
    assert article.all("a", href="/articles/again")
    assert "Trang Khác" in article.text
    assert "Same text on 1 other page" in visit(client, "/search?q=mot+cua&lang=en").text


def test_copies_are_counted_once_or_each_as_chosen(index: FakeIndex, client: FlaskClient) -> None:
    page = visit(client, "/search?q=tham&city=Hu%E1%BA%BF")
    assert page.all("a", href="/search?q=tham&city=Hu%E1%BA%BF&copies=all")
    assert index.asked[-1]["copies"] == "once"
    page = visit(client, "/search?q=tham&copies=all")
    assert index.asked[-1]["copies"] == "all"
    assert page.all("input", name="copies", value="all"), "the form keeps the choice"


def test_related_searches_keep_the_filters() -> None:
    class Near(FakeIndex):
        def search(self, query: str = "", **given: Any) -> Result:
            near = (Suggestion("một cửa", "related"),)
            return replace(super().search(query, **given), related=near if given.get("related") else ())

    client = make(Near()).test_client()
    page = visit(client, "/search?q=tham&city=Hu%E1%BA%BF")
    assert page.all("a", href="/search?q=m%E1%BB%99t+c%E1%BB%ADa&city=Hu%E1%BA%BF")
    assert "Tìm thêm" in page.text
    assert "Tìm thêm" not in visit(client, "/").text
    assert client.get("/api/v1/search?q=tham&related=1").json["related"][0]["query"] == "một cửa"
    assert client.get("/api/v1/search?q=tham").json["related"] == []


def test_an_index_that_cannot_tell_copies_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Cluster(FakeIndex):
        def search(self, query: str = "", **given: Any) -> Result:
            return replace(super().search(query, **given), copies="all")

    page = visit(make(Cluster()).test_client(), "/search?q=tham")
    assert "Chỉ mục này không nhận ra bài đăng lại" in page.text


def test_places_as_of_publication_or_today_keep_what_is_chosen(client: FlaskClient) -> None:
    page = visit(client, "/search?city=H%E1%BA%A3i+D%C6%B0%C6%A1ng")
    today = page.all("a", title="34 tỉnh, thành từ tháng 7/2025")[0]["href"]
    assert parse_qs(urlsplit(today).query) == {"city": ["Hải Phòng"], "units": ["today"]}
    page = visit(client, today)
    then = page.all("a", title="63 tỉnh, thành như trước tháng 7/2025")[0]["href"]
    assert parse_qs(urlsplit(then).query) == {"city": ["Hải Dương", "Hải Phòng"]}


@pytest.mark.parametrize(("lang", "words"), [("vi", "Viết 2019, 3/2019"), ("en", "Write 2019, 2019-03")])
def test_errors_are_told_in_the_language_of_the_page(client: FlaskClient, lang: str, words: str) -> None:
    page = visit(client, f"/search?q=x&from=31/02/2020&sort=best&lang={lang}")
    assert words in page.text
    assert "31/02/2020" in page.text
    assert "best" in page.text
    if lang == "vi":
        for english in ("use one of", "is not a date", "Choose", "got"):
            assert english not in page.text


def test_a_page_without_script_leads_to_each_match(client: FlaskClient) -> None:
    page = visit(client, "/articles/2019/tham-nhung?q=tham+nhung")
    ids = {a["id"] for a in page.all("mark") if "id" in a}
    links = [a["href"] for a in page.all("a") if a["href"].startswith("#m") and a["href"] != "#main"]
    assert [link.removeprefix("#") for link in links] == sorted(ids)
