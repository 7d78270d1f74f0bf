"""Answers beside the search: counts that processes share, addresses moved, measurements without an index."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from search.settings import Settings
from tests.web.conftest import make
from web import create_app
from web.counts import SharedCounts, counted_in
from web.feeds import sitemap
from web.marking import paragraphs


@pytest.fixture
def counts(tmp_path: Path) -> SharedCounts:
    return SharedCounts(counted_in(tmp_path / "counts a"))


def test_counts_are_shared_by_all_that_name_the_file(counts: SharedCounts, tmp_path: Path) -> None:
    other = SharedCounts(counted_in(tmp_path / "counts a"))
    assert [counts.incr("a", 60), other.incr("a", 60), counts.incr("b", 60, 5)] == [1, 2, 5]
    assert (counts.get("a"), other.get("b"), other.get("c")) == (2, 5, 0)
    assert counts.get_expiry("a") == pytest.approx(time.time() + 60, abs=5)
    assert counts.get_expiry("c") == pytest.approx(time.time(), abs=5)
    assert counts.check()
    assert issubclass(OSError, counts.base_exceptions)


def test_counts_are_forgotten_when_they_expire_or_are_cleared(counts: SharedCounts) -> None:
    counts.incr("a", -1)
    assert counts.get("a") == 0
    assert counts.incr("a", 60) == 1
    counts.incr("b", 60)
    counts.clear("a")
    assert (counts.get("a"), counts.get("b")) == (0, 1)
    counts.reset()
    assert counts.get("b") == 0


def test_old_addresses_lead_on(client: FlaskClient) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/static/icon.svg")


def test_copies_of_no_article_are_a_404(client: FlaskClient) -> None:
    answer = client.get("/api/v1/copies?id=none")
    assert answer.status_code == 404
    assert "'none'" in answer.text


def test_lines_without_text_are_no_paragraphs() -> None:
    assert [str(line) for line in paragraphs("a\n \t\nb", [(0, 1)])] == ['<mark id="m1">a</mark>', "b"]


def test_an_article_without_a_date_stands_in_the_sitemap_without_one() -> None:
    written = sitemap([("http://a/1", "2020-01-02T03:04"), ("http://a/2", None)])
    assert written.count(b"<lastmod>") == 1
    assert b"2020-01-02</lastmod>" in written


def test_measurements_come_without_an_index_too(tmp_path: Path) -> None:
    app = create_app(tmp_path / "nothing", Settings(access_log=False))
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    assert "timbao_index_articles 0.0" in answer.text
    assert make(metrics="off").test_client().get("/metrics").status_code == 404


def test_an_address_that_is_none_is_not_this_machine(client: FlaskClient) -> None:
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "unix:"}).status_code == 404
