"""`timbao serve` as a process over a cluster: it answers as over a folder and moves to a new index under load."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.engines.test_opensearch import cluster_engine
from tests.engines.test_opensearch_commands import cluster
from tests.serving import Load, serving
from tests.test_cli import run

__all__ = ["cluster", "cluster_engine"]

pytestmark = pytest.mark.cluster


def written(path: Path, body: str) -> Path:
    """A file of thirty articles with one body, each with its number."""
    rows = [
        {
            "id": str(number),
            "title": f"Tin số {number}",
            "body": f"{body} {number}",
            "city": "Huế",
            "date": "2021-03-04",
        }
        for number in range(30)
    ]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def test_workers_serve_a_cluster(cluster: tuple[str, ...], tmp_path: Path) -> None:
    run("index", written(tmp_path / "one.jsonl", "Xây cầu mới"), *cluster)
    run("index", tmp_path / "one.jsonl", "--index", tmp_path / "index")
    with (
        serving(None, *cluster, "--workers", "2", rate_limit="") as command,
        serving(tmp_path / "index", "--workers", "1", rate_limit="") as embedded,
    ):

        def asked(server: Any, text: str) -> dict[str, Any]:
            status, body = server.get(f"/api/v1/search?q={text}&limit=40")
            assert status == 200, body
            found: dict[str, Any] = json.loads(body)
            return found

        assert command.get("/readyz")[0] == command.get("/stats")[0] == command.get("/articles/7")[0] == 200
        for text in ("xay+cau", "c%E1%BA%A7u+17", "duong"):
            here, there = asked(command, text), asked(embedded, text)
            assert here["total"] == there["total"]
            assert here["facets"] == there["facets"]
            assert {hit["id"] for hit in here["hits"]} == {hit["id"] for hit in there["hits"]}
        with Load(command, ["/api/v1/search?q=xay+cau", "/search?q=thong+xe", "/articles/3"]) as load:
            run("index", written(tmp_path / "two.jsonl", "Thông xe đường mới"), *cluster)
            # each worker looks for itself, so answers of both indexes come for a moment
            command.wait_for(lambda: all(asked(command, "thong+xe")["total"] == 30 for _ in range(8)))
            command.wait_for(lambda: all(asked(command, "xay+cau")["total"] == 0 for _ in range(8)))
            before = command.workers()
            command.signal(signal.SIGHUP)
            command.wait_for(lambda: len(now := command.workers()) == 2 and not set(now) & set(before), 90)
        assert load.failures == []
        assert load.answered > 20
