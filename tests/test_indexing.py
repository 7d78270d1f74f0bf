"""One process or several, sources give the same index and the same report, what is skipped too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from search import workers
from search.engines import engine
from search.errors import InputError
from search.indexing import Report, index_sources
from search.ingest.pending import Pending
from search.ingest.sources import read_sources
from search.model import Record, Skipped

BODY = "Sáng nay, người dân phường {} ở thành phố Hải Phòng trồng thêm hai hàng cây bên sông."


def line(identifier: str, body: str | None = None, **more: str) -> str:
    return json.dumps({"id": identifier, "title": f"Tin {identifier}", "body": body or BODY.format(identifier), **more})


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "tin"
    folder.mkdir()
    lines = [line(f"a{number}") for number in range(90)]
    # broken, then mended under the same id, then a duplicate of the mended one; and an ordinary duplicate
    lines[10:10] = [line("x", published="31/02/2020"), line("x"), line("x"), line("a3"), "{broken"]
    lines.append(json.dumps({"title": "Không mã", "body": BODY.format("Cuối")}))
    (folder / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "b.html").write_text(f"<html><h1>Hàng cây</h1><p>{BODY.format('B')}</p></html>", encoding="utf-8")
    (folder / "c.html").write_text("<html><body></body></html>", encoding="utf-8")
    (folder / "c.txt").write_text(f"Hàng cây\n\n{BODY.format('C')}\n", encoding="utf-8")
    (folder / "d.csv").write_text(f'id,title,body\nd,Tin d,"{BODY.format("D")}"\ne,Tin e,\n', encoding="utf-8")
    return folder


def held(report: Report, location: Path) -> dict[str, Any]:
    with engine("whoosh", str(location)).reader() as reader:
        ids = [item.id for item in read_ids(location)]
        articles = {item.article.id: (item.article, item.body.exact_terms()) for item in reader.prepared(ids)}
    return {"skipped": [str(item) for item in report.skipped], "read": report.read, "articles": articles}


def read_ids(location: Path) -> list[Record]:
    return [item for item in read_sources([location.parent / "tin"]) if isinstance(item, Record)]


@pytest.mark.parametrize("count", [2, 3])
def test_several_processes_give_what_one_gives(
    count: int, sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = held(index_sources([sources], tmp_path / "one", workers=1), tmp_path / "one")
    monkeypatch.setattr(workers, "ALONE", 8)
    spread = held(index_sources([sources], tmp_path / "many", workers=count), tmp_path / "many")
    assert spread == alone
    assert len(alone["articles"]) == 95


def test_a_mended_record_counts_though_its_id_was_met_before(sources: Path, tmp_path: Path) -> None:
    report = index_sources([sources], tmp_path / "index")
    told = [str(item) for item in report.skipped]
    assert sum("duplicate id" in one for one in told) == 2
    assert any('"published" is not a date' in one for one in told)
    assert any("c.html: holds no text" in one for one in told)
    assert report.indexed == 95


def test_a_rebuild_and_an_update_read_alike(sources: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    built = index_sources([sources], index)
    again = index_sources([sources], index, update=True)
    assert (again.indexed, again.unchanged) == (0, built.indexed)
    assert [str(item) for item in again.skipped] == [str(item) for item in built.skipped]


def test_strict_stops_at_what_a_worker_skips(sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "ALONE", 8)
    with pytest.raises(InputError, match="is not a date"):
        index_sources([sources], tmp_path / "index", strict=True, workers=2)
    assert not engine("whoosh", str(tmp_path / "index")).exists()


def test_records_put_off_are_what_they_are_at_once(sources: Path) -> None:
    at_once = [item.article if isinstance(item, Record) else item for item in read_sources([sources / "a.jsonl"])]
    later = list(read_sources([sources / "a.jsonl"], deferred=True))
    assert sum(isinstance(item, Pending) for item in later) == 94
    read = [item.read() for item in later if isinstance(item, Pending) and item.duplicate is None]
    assert [item for item in read if not isinstance(item, Skipped)] == [
        item for item in at_once if not isinstance(item, Skipped) and item.id.startswith("a")
    ]
