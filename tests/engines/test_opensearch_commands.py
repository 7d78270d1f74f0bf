"""The commands over a cluster say what they say over an embedded index, with nothing changed but the place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from search.engines import engine as engine_named
from search.engines.opensearch import OpenSearchEngine
from search.errors import SettingError
from search.settings import Settings, settings
from tests.engines.test_opensearch import cluster_engine
from tests.test_cli import run
from web import create_app

__all__ = ["cluster_engine"]

pytestmark = pytest.mark.cluster

PLACES = ("Hà Nội", "Hải Phòng", "Đà Nẵng")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Forty articles, two of them the same text, and a line that is broken."""
    rows = [
        {
            "id": f"bài/{number}",
            "title": f"Xã {number} xây cầu" if number % 3 else f"Thanh tra dự án cầu số {number}",
            "body": f"Cây cầu số {number} bắc qua sông, xe cộ qua lại thuận tiện. " * (1 + number % 4)
            + ("Đoàn thanh tra nêu chuyện tham nhũng vặt." if number % 5 == 0 else ""),
            "city": PLACES[number % 3],
            "date": f"20{10 + number % 10}-0{1 + number % 9}-11",
            "source": "Báo thử",
        }
        for number in range(39)
    ]
    rows.append(rows[7] | {"id": "bài/lại"})
    path = tmp_path / "bài.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows) + "broken\n", "utf-8")
    return path


@pytest.fixture
def cluster(cluster_engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, ...]]:
    """The options that name a place on the cluster."""
    monkeypatch.setenv("TIMBAO_CLUSTER_REPLICAS", "0")
    settings.cache_clear()
    yield "--engine", "opensearch", "--url", cluster_engine.location
    settings.cache_clear()


def told(*arguments: Any, code: int = 0) -> Any:
    """What a command says to programs, without what differs from place to place and from time to time."""
    said = json.loads(run(*arguments, "--json", code=code).stdout)
    if isinstance(said, dict):
        for name in ("index", "seconds", "took_ms", "generation", "timing", "engine", "location", "segments"):
            said.pop(name, None)
        for name in ("size_bytes", "built", "terms", "next", "cursor"):
            said.pop(name, None)
    return said


QUERIES: tuple[tuple[str, ...], ...] = (
    ("thanh tra",),
    ("tham nhung vat",),
    ('"cây cầu" -"hà nội"',),
    ("cầu", "--city", "Hải Phòng", "--sort", "newest"),
    ("cầu", "--from", "2012", "--to", "2014-05", "--copies", "all"),
    ("thnah tra",),
    ("title:xây",),
    ("khongcogi",),
)


def ids(found: Any) -> Any:
    """Total, facets, corrections and the set of hits: scores of a cluster are near the embedded ones, not the same."""
    hits = found.pop("hits")
    return {
        "ids": sorted(hit["id"] for hit in hits),
        **{name: found.get(name) for name in ("total", "facets", "suggestions", "notes")},
    }


def test_every_command_says_the_same(cluster: tuple[str, ...], source: Path, tmp_path: Path) -> None:
    folder = ("--index", str(tmp_path / "index"))
    for place in (folder, cluster):
        missing = run("search", "cầu", *place, code=1).output
        assert "timbao index" in missing
    done = [told("index", source, *place) for place in (folder, cluster)]
    assert done[0] == done[1]
    assert (done[0]["articles"], len(done[0]["skipped"])) == (40, 1)
    for query in QUERIES:
        found = [ids(told("search", *query, "--limit", "50", *place)) for place in (folder, cluster)]
        assert found[0] == found[1], query
    for prefix in ("tha", "cây c", "xã"):
        found = [told("suggest", prefix, *place) for place in (folder, cluster)]
        assert found[0] == found[1], prefix
    # what changes: one text anew, one article more, one less
    rows = source.read_text("utf-8").splitlines()[:2]
    changed = [json.loads(row) | {"body": "Đường mới thông xe"} for row in rows]
    changed[1]["id"] = "mới"
    again = tmp_path / "thêm.jsonl"
    again.write_text("".join(json.dumps(row) + "\n" for row in changed), "utf-8")
    for command in (("index", again, "--update"), ("index", again, "--update"), ("delete", "bài/3")):
        found = [told(*command, *place) for place in (folder, cluster)]
        assert found[0] == found[1], command
    found = [told("delete", "bài/3", *place, code=1) for place in (folder, cluster)]
    assert found[0] == found[1] == {"removed": [], "missing": ["bài/3"]}
    for name in ("stats", "check"):
        found = [told(name, *place) for place in (folder, cluster)]
        assert found[0] == found[1], name
    assert ids(told("search", "đường mới", *cluster))["ids"] == ["bài/0", "mới"]


def test_a_place_named_by_variables_serves_the_same_page(
    cluster: tuple[str, ...], source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("index", source, "--index", tmp_path / "index")
    monkeypatch.setenv("TIMBAO_ENGINE", "opensearch")
    monkeypatch.setenv("TIMBAO_URL", cluster[-1])
    settings.cache_clear()
    run("index", source)
    found = []
    for chosen in (Settings(engine="whoosh", index=tmp_path / "index"), Settings()):
        client = create_app(None, chosen).test_client()
        said = client.get("/api/v1/search?q=tham+nhung&limit=50").get_json()
        page = client.get("/?q=tham+nhung")
        assert page.status_code == 200
        found.append((said["total"], said["facets"], sorted(hit["id"] for hit in said["hits"])))
    assert found[0] == found[1]
    assert found[0][0] == 8


@pytest.mark.parametrize("keep", [0, 2])
def test_so_many_earlier_indexes_stay(
    cluster: tuple[str, ...], cluster_engine: OpenSearchEngine, source: Path, keep: int
) -> None:
    for _ in range(4):
        run("index", source, *cluster, "--keep", str(keep))
    found = cluster_engine._cluster.call(
        lambda client: client.indices.get_alias(index=f"{cluster_engine._cluster.alias}-v*")
    )
    live = [name for name, about in found.items() if about["aliases"]]
    assert (len(found), live) == (keep + 1, [max(found)])


def test_a_folder_keeps_no_earlier_indexes(source: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="keeps no earlier ones"):
        engine_named("whoosh", str(tmp_path), keep=1)
    assert "--keep" in run("index", source, "--index", tmp_path / "i", "--keep", "1", code=2).output


def test_relevance_is_measured_on_the_cluster(cluster: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    texts = {"a": "Cảng biển được nạo vét luồng tàu", "b": "Trường học mới được xây ở xã"}
    rows = {
        "corpus.jsonl": [{"_id": key, "title": "", "text": text} for key, text in texts.items()],
        "queries.jsonl": [{"_id": "1", "text": "nạo vét luồng"}, {"_id": "2", "text": "xây trường học"}],
    }
    for name, values in rows.items():
        (folder / name).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in values), "utf-8")
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\ta\t1\n2\tb\t1\n", "utf-8")
    measured = told("eval", folder, *cluster)
    assert (measured["ndcg@10"], measured["no_marks"]["ndcg@10"], measured["queries"]) == (1.0, 1.0, 2)
