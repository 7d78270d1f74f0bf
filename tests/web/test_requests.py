"""Requests as people and programs send them, which the standard says how to take."""

from __future__ import annotations

import socket
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from search.state import parse
from tests.serving import served
from tests.web.conftest import make
from web.language import language
from web.presenters import _range


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return make(answer_cache_mb=0).test_client()


def raw(address: str, request: bytes) -> bytes:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as door:
        door.sendall(request)
        got = b""
        while piece := door.recv(1 << 16):
            got += piece
    return got


@pytest.mark.parametrize("words", ["nhũng", "đê điều", "Huế", "tham%20nhũng"])
def test_an_address_may_be_typed_with_its_letters_as_they_are(words: str) -> None:
    app = make(answer_cache_mb=0)
    blanks = words.replace(" ", "+")
    with served(app) as address:
        typed, written = (
            raw(address, f"GET /api/v1/search?q={q} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            for q in (blanks, quote(blanks, safe="+%"))
        )
        in_path = raw(address, f"GET /articles/{blanks} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert typed.startswith(b"HTTP/1.1 200 ")
    tags = {line for answer in (typed, written) for line in answer.split(b"\r\n") if line.startswith(b"Etag")}
    assert len(tags) == 1
    assert in_path.startswith(b"HTTP/1.1 404 ")
    assert b"text/html" in in_path


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip", "gzip"),
        ("gzip;q=0.5", "gzip"),
        ("gzip;q=0, identity", None),
        ("gzip;q=0, identity;q=0", None),
        ("br;q=0.000, gzip", "gzip"),
        ("gzip;q=0, br;q=0", None),
        ("*;q=0", None),
    ],
)
def test_a_coding_that_is_refused_is_not_sent(client: FlaskClient, accepted: str, chosen: str | None) -> None:
    answer = client.get("/search?q=tham", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == chosen


@pytest.mark.parametrize(
    ("wanted", "status"), [("bytes=0-9", 206), ("Bytes=0-9", 206), ("bytes=99999999-", 416), ("apples=1-2", 200)]
)
def test_a_range_in_a_unit_that_nobody_knows_is_none(client: FlaskClient, wanted: str, status: int) -> None:
    with client.get("/static/timbao.css", headers={"Range": wanted}) as answer:
        assert answer.status_code == status


@pytest.mark.parametrize("path", ["/api/v1/search?q=tham", "/search?q=tham", "/feed.atom?q=tham"])
def test_what_is_unchanged_is_told_with_the_headers_of_the_whole_answer(client: FlaskClient, path: str) -> None:
    whole = client.get(path)
    again = client.get(path, headers={"If-None-Match": whole.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    for name in ("ETag", "Cache-Control"):
        assert again.headers[name] == whole.headers[name]
    assert set(again.vary) == set(whole.vary)
    assert "Content-Type" not in again.headers


@pytest.mark.parametrize(
    ("address", "vi", "en"),
    [
        ("from=2019&to=2019", "2019", "2019"),
        ("from=2019&to=2022", "từ 2019 đến 2022", "from 2019 until 2022"),
        ("from=2019", "từ 2019", "from 2019"),
        ("to=2022", "đến 2022", "until 2022"),
        ("from=2019-03&to=2019-05", "từ 3/2019 đến 5/2019", "from March 2019 until May 2019"),
        ("from=2019-03-02&to=2019-12", "từ 2/3/2019 đến 31/12/2019", "from 2 March 2019 until 31 December 2019"),
        ("to=9999-12-31", "đến 9999", "until 9999"),
    ],
)
def test_a_range_is_told_as_precisely_as_it_is(address: str, vi: str, en: str) -> None:
    state = parse(address)
    assert (_range(state, language("vi")), _range(state, language("en"))) == (vi, en)
