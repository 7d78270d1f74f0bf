"""The corners of the web: what is asked of nothing, what two do at once, and answers that are none of ours."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask, abort, redirect
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

import search
from search.errors import EngineUnavailable, IndexBroken, IndexMissing, QueryError
from search.service import Index, check_index, open_index
from search.settings import Settings
from search.state import MAX_VALUE_CHARS, MAX_VALUES, parse
from tests.web.conftest import make
from tests.web.fake import FakeIndex
from web import create_app
from web.counts import SharedCounts, counted_in
from web.marking import paragraphs
from web.metrics import Metrics
from web.server import Work, abreast, processors, serve
from web.site import Site
from web.visitors import _switch_url

ARTICLE = {"id": "1", "title": "Cầu mới", "body": "Cầu mới thông xe."}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    search.build([ARTICLE], tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture
def client() -> FlaskClient:
    return make().test_client()


def test_a_program_names_its_index_in_the_settings(place: Path) -> None:
    app = create_app(None, Settings(index=str(place), access_log=False, search_timeout_s=600))
    assert app.test_client().get("/api/v1/search?q=cau").json["total"] == 1
    distant = create_app(None, Settings(engine="opensearch", url="http://127.0.0.1:9/none", access_log=False))
    assert distant.test_client().get("/api/v1/search?q=cau").status_code == 503


def test_an_index_is_opened_once_however_many_ask(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = 0

    def slowly(*arguments: Any, **more: Any) -> Index:
        nonlocal opened
        opened += 1
        time.sleep(0.05)
        return open_index(*arguments, **more)

    monkeypatch.setattr("search.service.open_index", slowly)
    here = Site(place, Settings())
    threads = [threading.Thread(target=lambda: here.index) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == 1


def test_a_worker_makes_as_many_answers_at_a_time_as_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.server.processors", lambda: 8)
    assert [abreast(Settings(workers=number)) for number in (0, 1, 3, 16)] == [1, 8, 2, 1]
    assert abreast(Settings(engine="opensearch", threads=5)) == 5
    monkeypatch.undo()
    assert processors() >= 1
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    assert processors() >= 1


def test_a_cluster_that_is_not_there_is_told_before_any_process_starts() -> None:
    with pytest.raises(EngineUnavailable):
        serve(Settings(engine="opensearch", url="http://127.0.0.1:9/none", port=0))


def test_the_supervisor_follows_generations_and_survives_a_broken_one(
    place: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work(Settings(index=str(place), access_log=False), tmp_path)
    work.follow()  # nothing is open yet
    with open_index(place) as index:
        work._index = index
        first = index.generation
        work.follow()
        assert index.generation == first
        search.build([ARTICLE, ARTICLE | {"id": "2"}], place)
        work.follow()
        assert index.generation != first

        def broken() -> None:
            raise IndexBroken("it is damaged", "build it again")

        work._index = cast(Index, type("Broken", (), {"generation": "1", "refresh": lambda self: broken()})())
        work.follow()
    assert "cannot be followed: it is damaged" in caplog.text


def test_counts_find_room_where_others_have_expired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.counts.SLOTS", 2)
    monkeypatch.setattr("web.counts.PROBED", 2)
    counts = SharedCounts(counted_in(tmp_path / "counts"))
    assert [counts.incr(key, 60 + number) for number, key in enumerate("ab")] == [1, 1]
    assert counts.incr("c", 90) == 1, "it takes the place of the one that is forgotten soonest"
    assert [counts.get(key) for key in "abc"].count(1) == 2
    assert counts.get("c") == 1


def test_blank_lines_are_no_paragraphs() -> None:
    assert list(paragraphs("một\n \n\nhai\n", ())) == ["một", "hai"]


def test_figures_of_one_process_are_its_own() -> None:
    measured = Metrics()
    measured.answered("pages.search", 200, 0.01)
    measured.answered("pages.search", 200, 0.01)
    text = measured.text(7).decode()
    assert 'timbao_request_seconds_count{route="pages.search",status="200"} 2.0' in text
    assert "timbao_index_articles 7.0" in text


def test_redirects_and_answers_of_others_are_left_alone() -> None:
    app = make()

    def moved() -> Any:
        raise HTTPException(response=redirect("/elsewhere"))

    def found() -> Any:
        abort(redirect("/here", 302))

    app.add_url_rule("/moved", view_func=moved)
    app.add_url_rule("/found", view_func=found)
    client = app.test_client()
    assert client.get("/moved").headers["Location"].endswith("/elsewhere")
    assert client.get("/found").status_code == 302


def test_an_error_of_a_parameter_that_pages_do_not_name_is_told_as_it_is() -> None:
    index = FakeIndex(failure=QueryError("the tide is high", "wait for the ebb", parameter="tide"))
    client = make(index).test_client()
    answer = client.get("/search?q=a")
    assert answer.status_code == 400
    assert "the tide is high" in answer.text
    assert "wait for the ebb" in answer.text
    assert client.get("/api/v1/search?q=a").json["errors"][0]["parameter"] == "tide"


def test_a_fault_of_the_program_is_recorded_and_says_nothing_of_itself(caplog: pytest.LogCaptureFixture) -> None:
    client = make(FakeIndex(failure=ZeroDivisionError("secret 42"))).test_client()
    for path in ("/search?q=a", "/api/v1/search?q=a"):
        answer = client.get(path)
        assert answer.status_code == 500
        assert "secret" not in answer.text
    assert "secret 42" in caplog.text


def test_the_other_language_outside_of_a_request_is_the_first_page() -> None:
    app: Flask = make()
    with app.app_context():
        assert _switch_url() == "/"


def test_an_article_that_went_while_it_was_listed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = make().test_client().get("/export.jsonl?q=tham+nhũng").text.splitlines()
    real = Site.article
    monkeypatch.setattr(Site, "article", lambda self, id: None if id == "dao-tau" else real(self, id))
    left = make().test_client().get("/export.jsonl?q=tham+nhũng").text.splitlines()
    assert len(left) == len(whole) - 1
    assert not any("dao-tau" in line for line in left)


def test_copies_and_neighbors_of_nothing_are_a_404(client: FlaskClient) -> None:
    for path in ("/api/v1/copies", "/api/v1/similar", "/api/v1/copies?id=\x00none", "/api/v1/similar?id=none"):
        answer = client.get(path)
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_values_of_a_filter_are_few_and_short() -> None:
    for address in ("&".join(f"city={n}" for n in range(MAX_VALUES + 1)), f"city={'a' * (MAX_VALUE_CHARS + 1)}"):
        with pytest.raises(QueryError, match="city"):
            parse(address)


def test_checking_and_cursors_of_what_is_no_more(place: Path, tmp_path: Path) -> None:
    assert check_index(place) == []
    with pytest.raises(IndexMissing, match="timbao index"):
        check_index(tmp_path / "none")
    with open_index(place) as index:
        first = index.search("cầu", limit=1)
        assert index.search("cầu", start=" ", limit=1).total == first.total


def test_a_client_that_goes_at_once_does_no_harm(place: Path) -> None:
    from tests.serving import served

    with served(create_app(str(place), Settings(access_log=False))) as address:
        host, _, port = address.removeprefix("http://").partition(":")
        for request in (b"", b"GET /search?q=cau HTTP/1.1\r\n", b"GET /search?q=cau HTTP/1.1\r\nHost: x\r\n\r\n"):
            with socket.create_connection((host, int(port))) as connection:
                connection.sendall(request)
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert connection.makefile("rb").read().startswith(b"HTTP/1.1 200")
