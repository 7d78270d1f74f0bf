"""Answers kept in memory: never out of date, never another's, never more than there is room for."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import orjson
import pytest

from search.model import Result
from search.querylog import summary
from search.state import State
from tests.web.conftest import make
from tests.web.fake import FakeIndex
from web.answers import Answer, Answers

PATH = "/api/v1/search?q=tham"


@pytest.mark.parametrize("path", [PATH, "/search?q=tham"])
def test_an_answer_is_made_once_until_the_index_changes(path: str) -> None:
    index = FakeIndex()
    client = make(index).test_client()
    first, again = client.get(path), client.get(path)
    assert (again.status_code, again.data, len(index.asked)) == (200, first.data, 1)
    assert {k: v for k, v in again.headers if k != "Date"} == {k: v for k, v in first.headers if k != "Date"}
    index.generation = "g2"
    assert client.get(path).headers["ETag"] != first.headers["ETag"]
    assert len(index.asked) == 2
    client.get(f"{path}&limit=3")
    assert len(index.asked) == 3
    assert client.head(path).status_code == 200


def test_packed_and_plain_answers_and_languages_are_kept_apart() -> None:
    client = make().test_client()
    plain = client.get(PATH).data
    packed = client.get(PATH, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data)[:60] == plain[:60]
    again = client.get(PATH, headers={"Accept-Encoding": "gzip"})
    assert (again.data, again.headers["Content-Encoding"]) == (packed.data, "gzip")
    assert client.get(PATH).data == plain
    page = "/search?q=tham"
    vietnamese = client.get(page).data
    client.get("/?lang=en")
    assert client.get(page).data != vietnamese


def test_what_one_origin_may_read_is_not_told_to_another() -> None:
    client = make(cors_origins="https://a.example").test_client()
    allowed = client.get(PATH, headers={"Origin": "https://a.example"})
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert "Access-Control-Allow-Origin" not in client.get(PATH, headers={"Origin": "https://b.example"}).headers
    assert client.get(PATH, headers={"Origin": "https://a.example"}).headers["Access-Control-Allow-Origin"]


def test_kept_answers_count_as_asked_and_for_the_limit(tmp_path: Path) -> None:
    log = tmp_path / "queries.jsonl"
    client = make(query_log=log, rate_limit="3 per minute").test_client()
    away = {"REMOTE_ADDR": "192.0.2.7"}
    assert [client.get(PATH, environ_base=away).status_code for _ in range(4)] == [200, 200, 200, 429]
    tag = client.get(PATH).headers["ETag"]
    assert client.get(PATH, environ_base=away, headers={"If-None-Match": tag}).status_code == 429
    assert summary(log).top == (("tham", 4),)
    metrics = client.get("/metrics").text
    assert 'timbao_answers_kept_total{found="yes"} 3.0' in metrics
    assert 'timbao_answers_kept_total{found="no"} 1.0' in metrics


def test_errors_are_not_kept_and_none_may_be_kept_at_all() -> None:
    index = FakeIndex()
    client = make(index, answer_cache_mb=0).test_client()
    assert {client.get(PATH).status_code for _ in range(3)} == {200}
    assert len(index.asked) == 3
    client = make(index).test_client()
    assert {client.get(f"{PATH}&sort=x").status_code for _ in range(2)} == {400}


def test_room_is_bounded_and_the_oldest_gives_way() -> None:
    answers = Answers(40_000)
    for number in range(30):
        answers.put(str(number), Answer(b"x" * 1000, ()))
        assert answers.get("0") is not None
    assert answers.size_bytes == 3000 * len(answers) <= 40_000
    assert answers.get("1") is None
    assert answers.get("29") is not None
    answers.put("29", Answer(b"y" * 1500, ()))
    assert answers.size_bytes <= 40_000
    answers.put("large", Answer(b"x" * 5000, ()))
    assert answers.get("large") is None


def test_what_is_kept_takes_no_more_memory_than_is_counted() -> None:
    answers = Answers(1 << 20)
    tracemalloc.start()
    try:
        for number in range(1000):
            shape = {"total": number, "body": "x" * (number % 23 * 300)}
            search = State(q=f"q {number}"), Result(f"q {number}", f"q {number}", number, 0.1 + number, (), {})
            headers = (("Content-Type", f"{number}/json"), ("Vary", f"Accept-Encoding, {number}"))
            answers.put(f"{number:056} http://127.0.0.1/", Answer(orjson.dumps(shape), headers, search))
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert 100 < len(answers) < 1000, "the room was filled"
    assert taken <= answers.most_bytes
