"""The application over a real index: it finds one that comes later, and follows new generations by itself."""

from __future__ import annotations

import time
from pathlib import Path

import search
from search.model import Article
from search.readers import CHECK_SECONDS
from search.settings import Settings
from web import create_app


def articles(word: str) -> list[Article]:
    return [
        Article(id=f"bai/{n}", title=f"Bài số {n} về {word}", body="Nội dung đủ dài.", city="Huế") for n in range(3)
    ]


def test_an_index_that_comes_later_is_found_and_its_generations_followed(tmp_path: Path) -> None:
    place = tmp_path / "index"
    # in a fresh clone the loops are compiled within the first search
    app = create_app(place, Settings(access_log=False, search_timeout_s=120))
    client = app.test_client()
    missing = client.get("/api/v1/search?q=cau")
    assert missing.status_code == 503
    assert "timbao index" in missing.json["detail"]
    assert client.get("/search?q=cau").status_code == 503

    search.build(articles("cầu"), place)
    first = client.get("/api/v1/search?q=cau")
    assert (first.status_code, first.json["total"]) == (200, 3)
    tag = first.headers["ETag"]
    assert client.get("/api/v1/search?q=cau", headers={"If-None-Match": tag}).status_code == 304

    search.build(articles("đê"), place)
    time.sleep(CHECK_SECONDS + 0.05)
    after = client.get("/api/v1/search?q=cau", headers={"If-None-Match": tag})
    assert (after.status_code, after.json["total"]) == (200, 0)
    assert client.get("/api/v1/search?q=de").json["total"] == 3
    assert client.get(client.get("/api/v1/search?q=de").json["hits"][0]["page"]).status_code == 200


def test_the_sample_articles_answer_on_every_kind_of_page(sample_index: Path) -> None:
    client = create_app(sample_index, Settings(access_log=False, search_timeout_s=120)).test_client()
    answer = client.get("/api/v1/search?q=tham+nhung+vat").json
    assert answer["total"] > 0
    for hit in answer["hits"]:
        page = client.get(hit["page"])
        assert (page.status_code, "<mark" in page.text) == (200, True), hit["id"]
        assert client.get(f"/api/v1/articles/{hit['id']}?q=tham+nhung+vat").json["body_highlights"]
        assert client.get(f"/api/v1/similar?id={hit['id']}").status_code == 200
    for bucket in answer["facets"]["city"]:
        assert client.get(bucket["url"]).json["total"] == bucket["count"], bucket
    for bucket in answer["facets"]["published"]:
        if bucket["url"]:
            assert client.get(bucket["url"]).json["total"] == bucket["count"], bucket
    for path in (
        "/",
        "/stats",
        "/feed.atom?q=tham",
        "/sitemap.xml",
        "/export.csv?q=tham",
        "/export.jsonl?q=tham",
        "/readyz",
    ):
        assert client.get(path, buffered=True).status_code == 200, path
    assert client.get("/api/v1/suggest?q=tham").json["suggestions"]
