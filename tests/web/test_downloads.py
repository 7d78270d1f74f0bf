"""Feeds, exports, citations and descriptions for programs."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from search.model import Article
from tests.web.conftest import make
from tests.web.fake import ARTICLES, FakeIndex
from web.citations import bib, key, line, record, ris
from web.feeds import moment

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
ANY = st.text(max_size=40)
ARTICLE = st.builds(
    Article,
    id=ANY.filter(bool),
    title=ANY,
    body=ANY,
    city=st.none() | ANY,
    published=st.none() | st.sampled_from(["2019", "2019-03", "2019-03-13", "2021-12-29T09:43:00+07:00"]),
    url=st.none() | ANY,
    source=st.none() | ANY,
    byline=st.none() | ANY,
)


def xml(client: FlaskClient, path: str) -> Any:
    response = client.get(path)
    assert response.status_code == 200
    return ElementTree.fromstring(response.data)


def test_a_feed_has_what_atom_asks_for(client: FlaskClient) -> None:
    feed = xml(client, "/feed.atom?q=tham+nhung&city=H%E1%BA%A3i+Ph%C3%B2ng&sort=oldest&cursor=1")
    assert feed.tag == f"{ATOM}feed"
    assert feed.findtext(f"{ATOM}id").startswith("http://localhost/feed.atom?q=tham+nhung&city=")
    (entry,) = feed.findall(f"{ATOM}entry")
    for name in ("id", "title", "updated"):
        assert entry.findtext(ATOM + name)
    assert entry.findtext(f"{ATOM}published") == "2019-03-13T12:00:00+07:00"
    assert entry.find(f"{ATOM}category").get("term") == "Hải Phòng"
    address = entry.find(f"{ATOM}link").get("href").removeprefix("http://localhost")
    assert client.get(address).status_code == 200


def test_a_feed_of_hostile_articles_is_well_formed_and_newest_first(client: FlaskClient) -> None:
    feed = xml(client, "/feed.atom")
    moments = [entry.findtext(f"{ATOM}published") for entry in feed.findall(f"{ATOM}entry")]
    dated = [m for m in moments if m]
    assert len(moments) == len(ARTICLES)
    assert dated == sorted(dated, reverse=True)


def test_addresses_in_feeds_are_the_public_ones() -> None:
    client = make(base_url="https://tim.example/").test_client()
    for path in ("/feed.atom", "/opensearch.xml", "/sitemap.xml", "/robots.txt", "/api/v1/openapi.json"):
        text = client.get(path).text
        assert "https://tim.example/" in text or '"https://tim.example"' in text, path
        assert "localhost" not in text


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("2019", "2019-01-01T12:00:00+07:00"),
        ("2019-03-13", "2019-03-13T12:00:00+07:00"),
        ("2021-12-29T09:43", "2021-12-29T09:43:00+07:00"),
        ("2021-12-29T09:43:00Z", "2021-12-29T09:43:00+00:00"),
        ("2021-12-29T99:43:00", "2021-12-29T12:00:00+07:00"),
    ],
)
def test_moments(stored: str, expected: str) -> None:
    assert moment(stored) == expected


def test_the_opensearch_description_leads_to_routes_that_are_there(client: FlaskClient) -> None:
    top = xml(client, "/opensearch.xml")
    assert len(top.findtext(f"{OPENSEARCH}ShortName")) <= 16
    kinds = set()
    for url in top.findall(f"{OPENSEARCH}Url"):
        address = url.get("template").removeprefix("http://localhost").replace("{searchTerms}", "tham")
        response = client.get(address)
        assert response.status_code == 200
        assert response.mimetype == url.get("type")
        kinds.add(url.get("type"))
    assert kinds >= {"text/html", "application/atom+xml", "application/x-suggestions+json"}


def test_browsers_get_completions_in_their_own_form(client: FlaskClient) -> None:
    assert client.get("/suggest?q=tham").json == ["tham", ["tham nhũng", "tham nhũng vặt"]]
    assert client.get("/suggest").json == ["", []]


def test_the_sitemaps_list_every_article_with_a_month_once(client: FlaskClient) -> None:
    places = [e.text for e in xml(client, "/sitemap.xml").iter(f"{SITEMAP}loc")]
    found = [e.text for p in places for e in xml(client, p.removeprefix("http://localhost")).iter(f"{SITEMAP}loc")]
    assert len(found) == len(set(found))
    for address in found:
        assert client.get(address.removeprefix("http://localhost")).status_code == 200
    assert client.get("/sitemap-2021-13.xml").status_code == 404
    assert client.get("/sitemap-abcdefg.xml").status_code == 404


def test_csv_opens_in_a_spreadsheet_and_runs_nothing(client: FlaskClient) -> None:
    response = client.get("/export.csv?sort=newest")
    assert response.mimetype == "text/csv"
    assert 'filename="timbao.csv"' in response.headers["Content-Disposition"]
    assert response.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"), newline="")))
    assert len(rows) == len(ARTICLES)
    by_id = {row["id"]: row for row in rows}
    assert by_id["2019/tham-nhung"]["city"] == "Hải Phòng"
    assert by_id["x//y"]["title"] == "'=1+1"


def test_json_lines_are_whole_articles(client: FlaskClient) -> None:
    lines = [json.loads(text) for text in client.get("/export.jsonl?q=tham+nhung").text.splitlines()]
    stored = {article.id: article for article in ARTICLES}
    assert len(lines) == 4
    for shape in lines:
        assert Article(**shape).body == stored[shape["id"]].body


def test_an_export_ends_at_its_limit_over_several_pages() -> None:
    many = tuple(Article(id=str(i), title=f"Bài {i}", body="x") for i in range(250))
    client = make(FakeIndex(many), max_export=230).test_client()
    ids = [json.loads(text)["id"] for text in client.get("/export.jsonl").text.splitlines()]
    assert len(ids) == len(set(ids)) == 230


def test_an_export_of_a_wrong_search_is_refused_before_it_begins(client: FlaskClient) -> None:
    assert client.get("/export.csv?sort=x").status_code == 400
    from search.errors import IndexMissing

    failing = make(FakeIndex(failure=IndexMissing("none", "build"))).test_client()
    assert failing.get("/export.csv").status_code == 503


def test_references(client: FlaskClient) -> None:
    text = client.get("/cite.ris/2019/tham-nhung").text
    for part in ("TY  - NEWS\r\n", "AU  - Trần Thị Lan\r\n", "DA  - 2019/03/13\r\n", "T2  - Báo Mẫu\r\n", "ER  - "):
        assert part in text
    text = client.get("/cite.bib/2019/tham-nhung").text
    assert text.startswith("@misc{2019-tham-nhung,\n")
    assert "author = {Trần Thị Lan}" in text
    assert client.get("/cite.csv/?id=x//y").status_code == 200


@given(ARTICLE)
def test_any_article_can_be_written_in_any_kind(article: Article) -> None:
    assert json.loads(record(article))["id"] == article.id
    (cells,) = csv.reader(io.StringIO(line(article), newline=""))
    assert len(cells) == 7
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    for text in ris(article).split("\r\n"):
        assert text == "" or text[2:6] == "  - "
    entry = bib(article)
    plain = entry.replace(r"\{", "").replace(r"\}", "")
    assert plain.count("{") == plain.count("}")
    assert entry.count("\n@") == 0


def test_an_address_cannot_end_its_bibtex_field() -> None:
    entry = bib(Article("1", "Tin", "", url="https://vidu.example/{a}\\"))
    assert "url = {https://vidu.example/%7Ba%7D%5C}," in entry


def test_bibtex_keys_are_latin() -> None:
    assert key("2019/Đê điều & lũ") == "2019-de-dieu-lu"
    assert key("…") == "bai"
