"""A search that takes too long is given up with a sentence, and the server goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from search import deadline
from search.errors import SearchTooLong
from search.service import open_index
from search.settings import Settings
from web.app import create_app

PHRASES = " OR ".join(f'"{a} {b}"~{n}' for a in ("của", "và", "một") for b in ("người", "năm", "có") for n in (1, 2, 3))


@pytest.fixture(scope="module")
def client(sample_index: Path) -> Iterator[FlaskClient]:
    with open_index(sample_index, engine="whoosh") as index:
        index.search("tham nhũng")
        yield create_app(index, Settings(search_timeout_s=0.0001, answer_cache_mb=0, access_log=False)).test_client()


def test_a_search_over_its_time_is_a_503_that_says_so(client: FlaskClient) -> None:
    answer = client.get("/api/v1/search", query_string={"q": PHRASES})
    assert answer.status_code == 503
    assert "more than 0.0001 s" in answer.get_json()["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("lang", "words"), [("vi", "tốn quá nhiều thời gian"), ("en", "took too long")])
def test_the_page_says_it_in_the_readers_language(client: FlaskClient, lang: str, words: str) -> None:
    answer = client.get("/search", query_string={"q": PHRASES, "lang": lang})
    assert answer.status_code == 503
    assert words in answer.text
    assert "Traceback" not in answer.text


def test_what_computes_little_is_answered_all_the_same(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/stats").status_code == 503  # it counts all articles, and not even that fits


def test_a_deadline_is_of_its_thread_and_of_its_block() -> None:
    def other() -> None:
        deadline.check()
        done.append(True)

    done: list[bool] = []
    deadline.check()
    with deadline.within(0.0):
        time.sleep(0.001)
        with pytest.raises(SearchTooLong, match="more than 0 s"):
            deadline.check()
        with deadline.within(60.0), pytest.raises(SearchTooLong):  # no more than what is left
            deadline.check()
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    deadline.check()
    assert done
