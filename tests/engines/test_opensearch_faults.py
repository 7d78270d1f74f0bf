"""What a cluster can do to us, played by a server in this process: each fault is a clear error, no count a guess."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from search.analysis import VERSION
from search.engines import analyzed
from search.engines.opensearch import OpenSearchEngine, cluster
from search.engines.opensearch.loading import Action, Loader
from search.engines.opensearch.mapping import FORMAT
from search.errors import EngineUnavailable, IndexBroken, IndexMissing, InputError, QueryError, SettingError
from search.query.tree import EVERYTHING, Plan, Term
from search.settings import Settings

Answer = tuple[int, Any]
NOTED = {"format": FORMAT, "analysis": VERSION, "commit": 1, "committed": True}
META = {"timbao-v000001": {"mappings": {"_meta": {"timbao": NOTED}}}}
FOUND = {
    "took": 1,
    "timed_out": False,
    "_shards": {"total": 3, "successful": 3, "skipped": 0, "failed": 0},
    "hits": {"total": {"value": 7, "relation": "eq"}, "hits": []},
}


class Server:
    """Answers each path as a healthy cluster would, but for what a test puts in its way."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        self.headers: list[dict[str, str]] = []
        self.faults: dict[str, list[Answer]] = {}
        self.version = {"distribution": "opensearch", "number": "3.8.0"}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                path = self.path.split("?")[0]
                outer.asked.append((self.command, path, body))
                outer.headers.append({name.lower(): value for name, value in self.headers.items()})
                status, content = outer.reply(path)
                if path.endswith("_msearch") and isinstance(content, list):
                    # one search given stands for all
                    content = {"responses": (content * (body.count(b"\n") // 2))[: body.count(b"\n") // 2]}
                plain = isinstance(content, str)
                sent = content.encode() if plain else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/plain" if plain else "application/json")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(sent)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()
        self.location = f"http://127.0.0.1:{self.http.server_port}/timbao"

    def reply(self, path: str) -> Answer:
        name = path.rsplit("/", 1)[-1] or "info"
        waiting = self.faults.get(name)
        if waiting:
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if name == "info":
            return 200, {"name": "n", "version": self.version}
        if path == "/timbao/_mapping" and "timbao" in self.faults:
            status, names = self.faults["timbao"][0]
            return status, dict.fromkeys(names, META["timbao-v000001"]) if status == 200 else names
        if path.startswith("/_alias/"):
            return 200, {"timbao-v000001": {"aliases": {"timbao": {}}}}
        healthy: dict[str, Any] = {
            "_mapping": META,
            "point_in_time": {"pit_id": "p1"},
            "_search": FOUND,
            "_msearch": [FOUND],
        }
        return 200, healthy.get(name, {"acknowledged": True})

    def count(self, name: str) -> int:
        return sum(path.rsplit("/", 1)[-1] == name for _, path, _ in self.asked)


def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.engines.opensearch.cluster.pause", lambda attempt: 0.0)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    without_pauses(monkeypatch)
    made = Server()
    yield made
    made.http.shutdown()
    made.thread.join()
    made.http.server_close()


@pytest.fixture
def engine(server: Server) -> Iterator[OpenSearchEngine]:
    made = OpenSearchEngine(server.location, Settings())
    yield made
    made._cluster.close()


def error(kind: str, reason: str = "") -> dict[str, Any]:
    return {"error": {"type": kind, "reason": reason, "root_cause": [{"type": kind, "reason": reason}]}}


def test_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)
    engine = OpenSearchEngine("http://127.0.0.1:9,127.0.0.1:19/timbao", Settings())
    for attempt in (engine.exists, engine.reader, engine.generation, lambda: engine.writer(rebuild=True)):
        with pytest.raises(EngineUnavailable, match="cannot be reached") as caught:
            attempt()
        assert "TIMBAO_URL" in caught.value.next_step
    assert [problem.where for problem in engine.check()] == [engine.location]


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ({"distribution": "opensearch", "number": "2.18.0"}, "OpenSearch 2.18.0"),
        ({"distribution": "opensearch", "number": "1.3.20"}, "OpenSearch 1.3.20"),
        ({"number": "8.15.0"}, "not an OpenSearch"),
    ],
)
def test_other_servers_are_refused(server: Server, engine: OpenSearchEngine, version: dict, words: str) -> None:
    server.version = version
    with pytest.raises(EngineUnavailable, match=words) as caught:
        engine.reader()
    assert "2.19" in caught.value.next_step


@pytest.mark.parametrize("number", ["2.19.0", "2.19.3", "3.0.0", "10.1.0"])
def test_newer_servers_are_taken(server: Server, engine: OpenSearchEngine, number: str) -> None:
    server.version = {"distribution": "opensearch", "number": number}
    assert engine.exists()


def test_wrong_credentials(server: Server, engine: OpenSearchEngine) -> None:
    server.faults["info"] = [(401, "Unauthorized")]
    with pytest.raises(EngineUnavailable, match="refuses the credentials") as caught:
        engine.reader()
    assert "TIMBAO_CLUSTER_USER" in caught.value.next_step
    assert server.count("") == 1


@pytest.mark.parametrize("status", [200, 401, 500])
def test_answers_that_make_no_sense(server: Server, engine: OpenSearchEngine, status: int) -> None:
    """A login page, or a bare string where an object should be."""
    for content in ("<html>", ["text"]):
        server.faults["info"] = [(status, content)]
        with pytest.raises(EngineUnavailable):
            engine.reader()


def test_a_cluster_that_is_starting_is_waited_for(server: Server, engine: OpenSearchEngine) -> None:
    server.faults["info"] = [(503, error("starting")), (200, {"version": server.version})]
    assert engine.exists()


def test_credentials_are_sent_and_never_shown(server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    by_user = Settings(cluster_user="u", cluster_secret_file=secret)
    by_key = Settings(cluster_api_key="k3y")  # type: ignore[arg-type]
    for settings, header in ((by_user, "Basic dTpzM2NyZXQ="), (by_key, "ApiKey k3y")):
        made = OpenSearchEngine(server.location, settings)
        assert made.exists()
        assert server.headers[-1]["authorization"] == header
        made._cluster.close()
        assert "k3y" not in repr(settings)
        server.faults["_search"] = [(500, error("boom"))]
        with made.reader() as reader, pytest.raises(EngineUnavailable) as caught:
            reader.search(Plan(EVERYTHING))
        for word in ("s3cret", "k3y", header.split()[1]):
            assert word not in str(caught.value) + caplog.text
        made._cluster.close()
        server.faults.clear()


def test_an_unreadable_secret_is_a_setting_error(server: Server, tmp_path: Path) -> None:
    made = OpenSearchEngine(server.location, Settings(cluster_user="u", cluster_secret_file=tmp_path / "none"))
    with pytest.raises(SettingError, match="cannot be read"):
        made.exists()


@pytest.mark.parametrize(
    "address", ["http://u:p@h:9200/a", "ftp://h/a", "h:9200/a", "http://h:9200", "http://h:9200/A", "http://h/_all"]
)
def test_addresses_that_do_not_fit(address: str) -> None:
    with pytest.raises(SettingError) as caught:
        OpenSearchEngine(address, Settings())
    assert ":p@" not in str(caught.value)


def test_no_alias_is_no_index(server: Server, engine: OpenSearchEngine) -> None:
    server.faults["timbao"] = [(404, {"error": "alias [timbao] missing", "status": 404})]
    assert not engine.exists()
    with pytest.raises(IndexMissing):
        engine.reader()


@pytest.mark.parametrize(
    "names", [{"timbao-v000001": {"aliases": {}}, "timbao-v000002": {"aliases": {}}}, {"logs": {"aliases": {}}}]
)
def test_an_alias_of_others_is_never_used(server: Server, engine: OpenSearchEngine, names: dict) -> None:
    server.faults["timbao"] = [(200, names)]
    for attempt in (engine.reader, lambda: engine.writer(rebuild=True)):
        with pytest.raises(IndexBroken, match="names"):
            attempt()
    assert all(command == "GET" for command, _, _ in server.asked)


def test_an_index_of_an_earlier_analysis_is_told_of_once(
    server: Server, engine: OpenSearchEngine, caplog: pytest.LogCaptureFixture
) -> None:
    older = NOTED | {"analysis": VERSION - 1}
    server.faults["_mapping"] = [(200, {"timbao-v000001": {"mappings": {"_meta": {"timbao": older}}}})]
    analyzed._tell.cache_clear()
    for _ in range(2):
        assert engine._versions.current()[0] == "timbao-v000001"
    assert [record.getMessage().count("timbao index") for record in caplog.records] == [2]


@pytest.mark.parametrize("noted", [{}, {"format": 99, "commit": 1}])
def test_an_index_of_another_make_is_refused(server: Server, engine: OpenSearchEngine, noted: dict) -> None:
    server.faults["_mapping"] = [(200, {"timbao-v000001": {"mappings": {"_meta": {"timbao": noted}}}})]
    with pytest.raises(IndexBroken, match="format"):
        engine.reader()


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_cluster_is_asked_again(server: Server, engine: OpenSearchEngine, status: int) -> None:
    busy = (status, error("circuit_breaking_exception", "too much"))
    server.faults["_search"] = [busy, busy, (200, FOUND)]
    with engine.reader() as reader:
        assert reader.search(Plan(EVERYTHING)).total == 7
    assert server.count("_search") == 3


def test_a_cluster_that_stays_busy_is_an_error(server: Server, engine: OpenSearchEngine) -> None:
    server.faults["_search"] = [(429, error("rejected_execution_exception", "queue is full"))]
    with engine.reader() as reader, pytest.raises(EngineUnavailable, match="queue is full") as caught:
        reader.search(Plan(EVERYTHING))
    assert caught.value.status == 503
    assert server.count("_search") == cluster.ATTEMPTS


@pytest.mark.parametrize("wrong", [{"_shards": FOUND["_shards"] | {"failed": 1}}, {"timed_out": True}])  # type: ignore[operator]
def test_part_of_an_answer_is_no_answer(server: Server, engine: OpenSearchEngine, wrong: dict) -> None:
    server.faults["_search"] = [(200, FOUND | wrong)]
    with engine.reader() as reader, pytest.raises(EngineUnavailable, match="of 3 shards"):
        reader.search(Plan(EVERYTHING))
    server.faults["_search"] = [(200, FOUND | wrong), (200, FOUND)]
    with engine.reader() as reader:
        assert reader.search(Plan(EVERYTHING)).total == 7


@pytest.mark.parametrize(
    "wrong",
    [
        FOUND | {"timed_out": True},
        {"status": 429} | error("rejected_execution_exception", "queue is full"),
        {"status": 404} | error("search_context_missing_exception", "No search context found for id [1]"),
    ],
)
def test_one_wrong_answer_among_several_is_no_answer(server: Server, engine: OpenSearchEngine, wrong: dict) -> None:
    """Frequencies are asked for together; each counts only if every shard has answered for it."""
    terms = [Term("folded", name) for name in "abc"]
    server.faults["_msearch"] = [(200, [FOUND, wrong]), (200, [FOUND])]
    with engine.reader() as reader:
        reader.foresee(terms)
        assert [reader.frequency(term) for term in terms] == [7, 7, 7]
    assert server.count("_msearch") == 2
    assert server.count("_search") == 0
    server.faults["_msearch"] = [(200, [FOUND, wrong])]
    with engine.reader() as reader, pytest.raises(EngineUnavailable) as caught:
        reader.foresee(terms)
    assert caught.value.status == 503


def test_a_refusal_among_several_answers_is_an_error(server: Server, engine: OpenSearchEngine) -> None:
    refusal = {"status": 400} | error("too_many_nested_clauses", "maxClauseCount is set to 1024")
    server.faults["_msearch"] = [(200, [FOUND, refusal])]
    with engine.reader() as reader, pytest.raises(QueryError, match="more terms"):
        reader.foresee([Term("folded", "a"), Term("folded", "b")])


@pytest.mark.parametrize("kind", ["search_context_missing_exception", "search_phase_execution_exception"])
def test_a_lost_point_in_time_is_opened_anew(server: Server, engine: OpenSearchEngine, kind: str) -> None:
    """Also when the whole cluster was started anew, of which every shard tells."""
    lost = (404, error(kind, "No search context found for id [1]"))
    with engine.reader() as reader:
        server.faults["point_in_time"] = [(200, {"pit_id": "p2"})]
        server.faults["_search"] = [lost, (200, FOUND)]
        assert reader.search(Plan(EVERYTHING)).total == 7
    used = [json.loads(body)["pit"]["id"] for _, path, body in server.asked if path.endswith("_search")]
    assert used == ["p1", "p2"]


def test_too_large_a_query_is_a_query_error(server: Server, engine: OpenSearchEngine) -> None:
    server.faults["_search"] = [(400, error("too_many_nested_clauses", "maxClauseCount is set to 1024"))]
    with engine.reader() as reader, pytest.raises(QueryError, match="more terms"):
        reader.search(Plan(EVERYTHING))


def load(engine: OpenSearchEngine, count: int = 3) -> Loader:
    loader = Loader(engine._cluster, "timbao-v000002")
    for number in range(count):
        loader.add(Action(str(number), b"{}"))
    return loader


def items(*statuses: int, kind: str = "x") -> Answer:
    results = [
        {"index": {"status": s} | ({"error": {"type": kind, "reason": "because"}} if s >= 300 else {})}
        for s in statuses
    ]
    return 200, {"errors": any(s >= 300 for s in statuses), "items": results}


def sent_ids(server: Server) -> list[list[str]]:
    bodies = [body for _, path, body in server.asked if path.endswith("_bulk")]
    return [[json.loads(line)["index"]["_id"] for line in body.splitlines()[::2]] for body in bodies]


def test_refused_documents_are_sent_again_and_only_those(server: Server, engine: OpenSearchEngine) -> None:
    server.faults["_bulk"] = [items(201, 429, 503), items(429, 201), items(201)]
    load(engine).flush()
    assert sent_ids(server) == [["0", "1", "2"], ["1", "2"], ["1"]]


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (items(201, 400, 201), InputError, "article '1' is refused: because"),
        (items(403, 403, 403, kind="cluster_block_exception"), EngineUnavailable, "does not take writes"),
        ((403, error("cluster_block_exception", "flood-stage")), EngineUnavailable, "does not take writes"),
        ((429, error("cluster_block_exception", "index read-only")), EngineUnavailable, "does not take writes"),
        (
            (403, error("index_create_block_exception", "cluster create-index blocked (api)")),
            EngineUnavailable,
            "does not take writes",
        ),
        (items(429, 429, 429), EngineUnavailable, "stayed too busy for 3"),
    ],
)
def test_documents_that_cannot_be_sent_are_an_error(
    server: Server, engine: OpenSearchEngine, answer: Answer, kind: type[Exception], words: str
) -> None:
    server.faults["_bulk"] = [answer]
    with pytest.raises(kind, match=words):
        load(engine).flush()


def test_the_last_action_on_an_id_is_the_one_sent(server: Server, engine: OpenSearchEngine) -> None:
    server.faults["_bulk"] = [items(201)]
    loader = load(engine, 1)
    loader.add(Action("0", b'{"second": true}'))
    loader.flush()
    assert [body for _, path, body in server.asked if path.endswith("_bulk")] == [
        b'{"index":{"_id":"0"}}\n{"second": true}\n'
    ]


def test_the_embedded_engine_never_answers_in_its_place(server: Server, tmp_path: Path) -> None:
    from search import service

    server.faults["info"] = [(503, error("no_master"))]
    with pytest.raises(EngineUnavailable):
        service.open_index(server.location, engine="opensearch")
