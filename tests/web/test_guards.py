"""What protects readers and the server."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.querylog import summary
from tests.web.conftest import make
from tests.web.fake import FakeIndex
from web.guards import HEADERS, MAX_BODY_BYTES

ROUTES = [
    "/",
    "/search",
    "/articles/2019/tham-nhung",
    "/articles/none",
    "/stats",
    "/feed.atom",
    "/opensearch.xml",
    "/sitemap.xml",
    "/sitemap-2021-08.xml",
    "/robots.txt",
    "/export.csv",
    "/export.jsonl",
    "/export.ris",
    "/export.bib",
    "/cite.ris/dao-tau",
    "/suggest",
    "/api/v1/search",
    "/api/v1/articles/dao-tau",
    "/api/v1/articles/none",
    "/api/v1/similar?id=dao-tau",
    "/api/v1/suggest",
    "/api/v1/stats",
    "/api/v1/openapi.json",
    "/api/docs",
    "/healthz",
    "/readyz",
    "/metrics",
    "/static/timbao.css",
    "/nowhere",
]


@pytest.mark.parametrize("path", ROUTES)
def test_every_answer_carries_the_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path, buffered=True).headers
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("path", ROUTES)
def test_head_answers_like_get_without_a_body(client: FlaskClient, path: str) -> None:
    got, head = client.get(path, buffered=True), client.head(path, buffered=True)
    assert (head.status_code, head.data) == (got.status_code, b"")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    route=st.sampled_from(ROUTES),
    parameters=st.lists(
        st.tuples(
            st.sampled_from(
                ["q", "city", "source", "from", "to", "sort", "marks", "limit", "cursor", "id", "lang", "x"]
            ),
            st.text(max_size=30) | st.sampled_from(["2019", "newest", "1", "tham", "\x00", "\ud800", "9" * 40, "<b>"]),
        ),
        max_size=6,
    ),
)
def test_no_parameter_brings_the_server_down(
    client: FlaskClient, route: str, parameters: list[tuple[str, str]]
) -> None:
    pairs = [(n, v.encode("utf-8", "replace").decode()) for n, v in parameters]
    path = route.partition("?")[0]
    response = client.get(path, query_string=pairs, buffered=True)
    assert response.status_code < 500, response.text


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=40), path=st.binary(max_size=20))
def test_no_bytes_bring_the_server_down(client: FlaskClient, raw: bytes, path: bytes) -> None:
    quoted = "".join(f"%{byte:02X}" for byte in raw)
    for address in (f"/search?q={quoted}", f"/api/v1/search?{quoted}=1", f"/api/v1/articles/{quoted}"):
        assert client.get(address).status_code < 500
    environ = {"QUERY_STRING": raw.decode("latin-1"), "PATH_INFO": "/" + path.decode("latin-1")}
    assert client.get("/", environ_overrides=environ).status_code < 500


def test_ten_thousand_characters_are_an_answer_or_a_400(client: FlaskClient) -> None:
    for path in ("/search", "/api/v1/search", "/feed.atom", "/export.csv", "/api/v1/suggest", "/suggest"):
        for text in ("ấ" * 10_000, "\x01" * 10_000, '"' * 10_000, "a " * 5_000):
            assert client.get(path, query_string={"q": text}).status_code in (200, 400), path


def test_a_body_is_refused(client: FlaskClient) -> None:
    response = client.post("/search", data=b"x" * (MAX_BODY_BYTES + 1))
    assert response.status_code in (405, 413)


def test_an_unchanged_answer_is_not_made_again(index: FakeIndex, client: FlaskClient) -> None:
    path = "/api/v1/search?q=tham"
    first = client.get(path)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache"
    asked = len(index.asked)
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data, len(index.asked)) == (304, b"", asked)
    assert client.get("/api/v1/search?q=nhung", headers={"If-None-Match": tag}).status_code == 200
    index.generation = "g2"
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_the_tag_of_a_page_knows_its_language(client: FlaskClient) -> None:
    tag = client.get("/search?q=tham").headers["ETag"]
    client.get("/?lang=en")
    assert client.get("/search?q=tham", headers={"If-None-Match": tag}).status_code == 200
    assert "Cookie" in client.get("/search").headers["Vary"]


def test_errors_are_not_kept(client: FlaskClient) -> None:
    assert client.get("/api/v1/search?sort=x").headers["Cache-Control"] == "no-store"
    assert client.get("/nowhere").headers["Cache-Control"] == "no-store"


def test_static_files_are_kept_for_a_year_under_their_version(client: FlaskClient) -> None:
    html = client.get("/").text
    start = html.index("/static/timbao.css?v=")
    response = client.get(html[start : html.index('"', start)], buffered=True)
    assert response.status_code == 200
    assert "max-age=31536000" in response.headers["Cache-Control"]


def test_answers_are_compressed_where_that_is_understood(client: FlaskClient) -> None:
    plain = client.get("/api/v1/search?q=tham")
    packed = client.get("/api/v1/search?q=tham", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.data))["total"] == plain.json["total"]
    assert len(packed.data) < len(plain.data)
    assert "Accept-Encoding" in packed.headers["Vary"]
    tag = packed.headers["ETag"]
    again = client.get("/api/v1/search?q=tham", headers={"Accept-Encoding": "gzip", "If-None-Match": tag})
    assert again.status_code == 304


def test_an_address_may_ask_only_so_often() -> None:
    client = make(rate_limit="3 per minute").test_client()
    away = {"REMOTE_ADDR": "192.0.2.7"}
    statuses = [client.get("/api/v1/search", environ_base=away).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    refused = client.get("/api/v1/search", environ_base=away)
    assert refused.mimetype == "application/problem+json"
    assert int(refused.headers["Retry-After"]) > 0
    page = client.get("/search", environ_base=away)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert client.get("/api/v1/search", environ_base={"REMOTE_ADDR": "192.0.2.8"}).status_code == 200
    assert client.get("/healthz", environ_base=away).status_code == 200


def test_this_machine_and_an_empty_limit_are_free() -> None:
    for app in (make(rate_limit="2 per minute"), make(rate_limit="")):
        client = app.test_client()
        assert {client.get("/api/v1/search").status_code for _ in range(6)} == {200}


def test_forwarded_addresses_count_only_behind_configured_proxies() -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    away = {"REMOTE_ADDR": "192.0.2.7"}
    app = make(rate_limit="1 per minute")
    client = app.test_client()
    assert "evil.example" not in client.get("/opensearch.xml", headers=forwarded, environ_base=away).text
    client.get("/api/v1/search", environ_base=away)
    spoofed = client.get("/api/v1/search", headers={"X-Forwarded-For": "1.1.1.1"}, environ_base=away)
    assert spoofed.status_code == 429
    trusting = make(trusted_proxies=1).test_client()
    assert "https://evil.example/" in trusting.get("/opensearch.xml", headers=forwarded, environ_base=away).text


def test_other_origins_read_the_api_only_where_configured() -> None:
    asking = {"Origin": "https://a.example"}
    assert "Access-Control-Allow-Origin" not in make().test_client().get("/api/v1/search", headers=asking).headers
    named = make(cors_origins="https://a.example https://b.example").test_client()
    headers = named.get("/api/v1/search", headers=asking).headers
    assert headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert "Origin" in headers["Vary"]
    other = named.get("/api/v1/search", headers={"Origin": "https://c.example"}).headers
    assert "Access-Control-Allow-Origin" not in other
    assert "Access-Control-Allow-Origin" not in named.get("/search", headers=asking).headers
    assert (
        make(cors_origins="*")
        .test_client()
        .get("/api/v1/search", headers=asking)
        .headers["Access-Control-Allow-Origin"]
        == "*"
    )
    assert "GET" in named.options("/api/v1/search", headers=asking).headers["Access-Control-Allow-Methods"]


def test_measurements_are_for_this_machine_unless_configured() -> None:
    away = {"REMOTE_ADDR": "192.0.2.7"}
    client = make().test_client()
    client.get("/api/v1/search?q=khongco")
    text = client.get("/metrics").text
    assert 'timbao_request_seconds_count{route="api.search",status="200"} 1.0' in text
    assert "timbao_searches_without_hits_total 1.0" in text
    assert 'timbao_stage_seconds_count{stage="search"} 1.0' in text
    assert 'timbao_stage_seconds_count{stage="render"} 1.0' in text
    assert "timbao_index_articles 5.0" in text
    assert "khongco" not in text
    assert client.get("/metrics", environ_base=away).status_code == 404
    assert make(metrics="all").test_client().get("/metrics", environ_base=away).status_code == 200
    assert make(metrics="off").test_client().get("/metrics").status_code == 404


def test_health_tells_a_dead_index_from_a_dead_process() -> None:
    from search.errors import IndexMissing

    assert make().test_client().get("/readyz").json["generation"] == "g1"
    client = make(FakeIndex(failure=IndexMissing("no index", "build one"))).test_client()
    assert client.get("/healthz").status_code == 200
    response = client.get("/readyz")
    assert (response.status_code, response.json["next_step"]) == (503, "build one")


def test_the_query_log_is_written_only_where_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    client = make(query_log=path).test_client()
    for address in ("/search?q=tham", "/api/v1/search?q=khongco", "/", "/feed.atom?q=x", "/search?q=tham&cursor=1"):
        assert client.get(address).status_code == 200
    found = summary(path)
    assert (found.searches, found.top, found.nothing) == (2, (("khongco", 1), ("tham", 1)), (("khongco", 1),))


def test_the_access_log_is_json_without_queries_and_addresses(capsys: pytest.CaptureFixture[str]) -> None:
    make(access_log=True).test_client().get("/search?q=bimat", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    (line,) = capsys.readouterr().err.splitlines()
    entry = json.loads(line)
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/search", 200)
    assert "bimat" not in line
    assert "192.0.2.7" not in line
