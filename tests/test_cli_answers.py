"""What each command prints for people and for programs, and how it refuses what it cannot take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import search
from search.errors import SettingError
from search.settings import Settings
from tests.test_cli import place, run, source

__all__ = ["place", "source"]


def test_suggestions_and_statistics_for_people_and_programs(place: Path) -> None:
    assert {"text", "count"} == set(json.loads(run("suggest", "tham", "--index", place, "--json").output)[0])
    assert run("suggest", "tham", "--index", place).output.split("\t")[1].strip().isdigit()
    assert "Hải Phòng" in run("stats", "--index", place).output


def test_a_backup_is_told_and_is_whole(place: Path, tmp_path: Path) -> None:
    assert "nguyên vẹn / whole" in run("backup", tmp_path / "copy", "--index", place).output
    told = json.loads(run("backup", tmp_path / "other", "--index", place, "--json").output)
    assert told["backup"] == str(tmp_path / "other")
    assert json.loads(run("check", "--index", tmp_path / "other", "--json").output)["whole"]
    refused = run("backup", tmp_path / "x", "--engine", "opensearch", "--url", "http://127.0.0.1:9/t", code=2)
    assert "snapshots" in refused.output


def test_relevance_is_a_table_for_people(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    texts = {"a": "Cảng biển được nạo vét luồng tàu", "b": "Trường học mới được xây ở xã", "c": "Đê điều được tu bổ"}
    rows = {
        "corpus.jsonl": [{"_id": key, "title": "", "text": text} for key, text in texts.items()],
        "queries.jsonl": [{"_id": "1", "text": "nạo vét luồng"}, {"_id": "2", "text": "xây trường học"}],
    }
    for name, values in rows.items():
        (folder / name).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in values), "utf-8")
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\ta\t1\n2\tb\t1\n", "utf-8")
    shown = run("eval", folder).output
    assert "nDCG@10" in shown
    assert "1.0000" in shown
    measured = json.loads(run("eval", folder, "--json").output)
    assert (measured["ndcg@10"], measured["queries"]) == (1.0, 2)


@pytest.mark.parametrize("share", ["x", "0/2", "3/2", "1/x"])
def test_a_share_must_be_one(share: str, source: Path, tmp_path: Path) -> None:
    assert "1/4" in run("index", source, "--index", tmp_path / "i", "--shard", share, code=2).output


@pytest.mark.parametrize("value", ["city", "town=Huế"])
def test_a_default_must_have_a_known_name(value: str, source: Path, tmp_path: Path) -> None:
    assert "NAME=VALUE" in run("index", source, "--index", tmp_path / "i", "--defaults", value, code=2).output


def test_a_reader_sees_notes_copies_related_and_the_next_page(source: Path, tmp_path: Path) -> None:
    texts = [f"Cầu số {n} bắc qua sông được khánh thành ở phường {n}, xe cộ qua lại thuận tiện" for n in range(12)]
    articles = [{"id": str(n), "title": f"Cầu mới {n}", "body": text} for n, text in enumerate(texts)]
    again = {"id": "lại", "title": "Cầu mới 0", "body": texts[0]}
    search.build([*articles, again], tmp_path / "index")
    shown = run("search", "cầu mới", "--index", tmp_path / "index", "--limit", "3", "--explain").output
    assert "trang sau / next page" in shown
    shown = run("search", "caauf mowis", "--index", tmp_path / "index", "--limit", "20").output
    assert "cầu mới" in shown, "a note of the keys that were read as letters"
    assert "same text elsewhere" in shown
    assert "did you mean: cầu mới" in run("search", "câu mới", "--index", tmp_path / "index").output.lower()


def test_secrets_come_from_a_file(tmp_path: Path) -> None:
    assert Settings().cluster_secret is None
    assert Settings(cluster_password="a").cluster_secret == "a"
    (tmp_path / "secret").write_text("word \nrest\n", "utf-8")
    assert Settings(cluster_secret_file=tmp_path / "secret").cluster_secret == "word"
    with pytest.raises(SettingError, match="cannot be read"):
        _ = Settings(cluster_secret_file=tmp_path / "none").cluster_secret


def test_an_engine_that_cannot_be_asked_still_leaves_a_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    from search.settings import settings

    monkeypatch.setenv("TIMBAO_ENGINE", "opensearch")
    monkeypatch.setenv("TIMBAO_URL", "http://127.0.0.1:9/timbao")
    settings.cache_clear()
    try:
        shown = run().output
    finally:
        settings.cache_clear()
    assert "timbao index" in shown
