"""Sources: files, folders, sidecars, and what cannot be read at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from search.ingest import read_file, read_sources, record_json
from search.model import Record, Skipped
from tests.ingest.page_texts import page

PAGE = page(stamp="07/11/2021 20:15")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.txt", "a/2.txt", "a/1.txt", ".an/x.txt", "a/.an.txt", "c.meta.json", "Đề tài/bài một.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGE.replace("cây cầu", f"cây cầu {name}"), encoding="utf-8")
    return tmp_path


def test_a_folder_is_read_in_order_of_name_without_hidden_files_and_sidecars(folder: Path) -> None:
    assert [item.id for item in read_sources([folder])] == ["a/1", "a/2", "b", "Đề tài/bài một"]  # type: ignore[union-attr]


def test_an_id_is_the_path_below_the_source(folder: Path) -> None:
    assert [item.id for item in read_sources([folder / "a", folder / "b.txt"])] == ["1", "2", "b"]  # type: ignore[union-attr]
    assert [item.id for item in read_file(folder / "a" / "1.txt", folder)] == ["a/1"]  # type: ignore[union-attr]
    assert [item.id for item in read_file(folder / "a" / "1.txt")] == ["1"]  # type: ignore[union-attr]


def test_names_are_in_nfc(tmp_path: Path) -> None:
    (tmp_path / "ba\u0300i.txt").write_text(PAGE, encoding="utf-8")
    (record,) = read_sources([tmp_path])
    assert isinstance(record, Record)
    assert record.id == "bài"


def test_two_files_of_one_name_are_told_apart_or_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PAGE, encoding="utf-8")
    (tmp_path / "a.md").write_text(PAGE, encoding="utf-8")
    first, second = read_sources([tmp_path])
    assert isinstance(first, Record)
    assert isinstance(second, Skipped)
    assert "duplicate id" in second.reason


@pytest.mark.parametrize("name", ["khong-co.txt", "khong/co", "a\0b", "x" * 5000])
def test_what_is_not_there_is_told(name: str, tmp_path: Path) -> None:
    first, second = read_sources([f"{tmp_path}/{name}", _written(tmp_path / "b.txt")])
    assert isinstance(first, Skipped)
    assert ";" in first.reason
    assert isinstance(second, Record)


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    (skipped,) = read_sources([tmp_path])
    assert isinstance(skipped, Skipped)
    assert "no file" in skipped.reason


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    path = _written(tmp_path / "b.txt")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    (skipped,) = read_sources([tmp_path])
    assert isinstance(skipped, Skipped)
    assert "permissions" in skipped.reason


def test_links_to_folders_are_told_and_do_not_loop(tmp_path: Path) -> None:
    _written(tmp_path / "b.txt")
    (tmp_path / "vong").symlink_to(tmp_path)
    items = list(read_sources([tmp_path]))
    assert [type(item) for item in items] == [Record, Skipped]


def test_a_pipe_in_a_folder_is_told_and_never_waited_for(tmp_path: Path) -> None:
    _written(tmp_path / "b.txt")
    os.mkfifo(tmp_path / "ong")
    items = list(read_sources([tmp_path]))
    assert [type(item) for item in items] == [Record, Skipped]


@pytest.mark.parametrize(
    "data", [b"", b"  \n\t\n", b"Chia s\xe1\xba\xbb\nFacebook\n", b"\xff\xd8\xff\xe0" + bytes(900)]
)
def test_a_page_without_a_text_is_told(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    (skipped,) = read_sources([tmp_path])
    assert isinstance(skipped, Skipped)
    assert ";" in skipped.reason


@pytest.mark.parametrize(
    ("sidecar", "reason"),
    [
        ("{", "broken JSON"),
        ("[]", "not an object"),
        ('{"published": "31/02/2020"}', "is not a date"),
        ('{"title": 5}', "is not text"),
    ],
)
def test_a_broken_sidecar_is_told_by_its_own_name(sidecar: str, reason: str, tmp_path: Path) -> None:
    _written(tmp_path / "b.txt")
    (tmp_path / "b.meta.json").write_text(sidecar, encoding="utf-8")
    (skipped,) = read_sources([tmp_path])
    assert isinstance(skipped, Skipped)
    assert skipped.file.endswith("b.meta.json")
    assert reason in skipped.reason


def test_a_sidecar_may_give_the_id_and_the_body(tmp_path: Path) -> None:
    _written(tmp_path / "b.txt")
    (tmp_path / "b.meta.json").write_text('{"id": "khac", "body": "Một đoạn khác."}', encoding="utf-8")
    (record,) = read_sources([tmp_path])
    assert isinstance(record, Record)
    assert (record.id, record.body) == ("khac", "Một đoạn khác.")


def test_a_sidecar_wins_over_defaults_which_win_over_the_text(tmp_path: Path) -> None:
    _written(tmp_path / "b.txt")
    _written(tmp_path / "c.txt")
    (tmp_path / "b.meta.json").write_text('{"city": "Huế"}', encoding="utf-8")
    items = read_sources([tmp_path], defaults={"city": "Hà Nội", "byline": "Ban Biên tập"})
    assert [(item.city.value, item.byline.value) for item in items if isinstance(item, Record)] == [
        ("Huế", "Ban Biên tập"),
        ("Hà Nội", "Ban Biên tập"),
    ]


def test_record_json_holds_what_was_rejected_and_removed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(page(tail="22:48 23/11/2024"), encoding="utf-8")
    (record,) = read_sources([tmp_path])
    assert isinstance(record, Record)
    out = record_json(record)
    assert out["published"]["value"] is None
    assert out["published"]["rejected"][0]["value"] == "2024-11-23T22:48:00+07:00"
    assert out["published"]["rejected"][0]["reason"]
    assert out["removed"][0]["reason"]


def _written(path: Path) -> Path:
    path.write_text(PAGE, encoding="utf-8")
    return path
