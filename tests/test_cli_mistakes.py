"""The command line where a person, a shell or a system gets in the way: told in one line, never a trace."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

import search
from search.cli import main
from search.cli_options import failed
from search.codec import toc
from search.ingest import sources
from search.settings import settings


def run(*arguments: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output + repr(result.exception)
    assert "Traceback" not in result.output
    return result.output


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mistakes") / "index"
    articles = [
        {"id": "hue", "title": "Lũ lên ở Huế", "body": "Nước lũ dâng nhanh trong đêm, Huế sơ tán dân."},
        {"id": "bun", "title": "Lũ rút, trường học dọn bùn", "body": "Giáo viên dọn bùn suốt hai ngày."},
    ]
    search.build(articles, path)
    return path


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("lũ", "-Huế"), {"bun"}),
        (("lũ", "-huế"), {"bun"}),  # -h alone is an option
        (("-huế", "lũ"), {"bun"}),
        (("lũ", "-bùn", "--limit", "5"), {"hue"}),
        (('"nước lũ" -bùn',), {"hue"}),
        (("--limit", "5", "lũ", "-"), {"hue", "bun"}),
        (("--", "lũ", "-Huế"), {"bun"}),
    ],
)
def test_a_minus_before_a_word_excludes_it(place: Path, words: tuple[str, ...], found: set[str]) -> None:
    said = json.loads(run("search", "--index", place, "--json", *words))
    assert {hit["id"] for hit in said["hits"]} == found


def test_a_slip_in_the_name_of_an_option_is_told(place: Path) -> None:
    assert "--city" in run("search", "lũ", "--ctiy", "Huế", "--index", place, code=2)
    assert "limit is '-1'" in run("search", "lũ", "--limit", "-1", "--index", place, code=2)
    assert "Usage:" in run("search", "-h")


def test_a_shell_still_completes_options_behind_excluded_words() -> None:
    complete = ShellComplete(main, {}, "timbao", "_TIMBAO_COMPLETE")
    assert "--cursor" in {item.value for item in complete.get_completions(["search", "lũ", "-huế"], "--c")}


def test_every_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setenv("TIMBAO_WORKERS", "many")
    monkeypatch.setenv("TIMBAO_LANGUAGE", "fr")
    settings.cache_clear()
    try:
        said = run("stats", "--index", place, code=2)
    finally:
        settings.cache_clear()
    assert "TIMBAO_WORKERS is 'many'" in said
    assert "TIMBAO_LANGUAGE is 'fr'" in said
    assert said.count("\n") == 1


def test_a_report_that_cannot_be_written_is_told_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "1", "body": "Cầu mới."}\n', "utf-8")
    said = run("index", tmp_path, "--index", tmp_path / "i", "--report", tmp_path / "none" / "r.json", code=1)
    assert str(tmp_path / "none" / "r.json") in said
    assert "check the path" in said
    assert not (tmp_path / "i").exists()


def test_what_the_system_refuses_is_one_line(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(place))

    monkeypatch.setattr("search.service.open_index", refused)
    said = run("stats", "--index", place, code=1)
    assert said == f"timbao: {place}: Permission denied; change its permissions or run as another user\n"
    assert failed(OSError("odd")) == "odd"
    assert failed(OSError(errno.EIO, "Input/output error")) == "Input/output error"


def test_an_interrupted_run_says_so(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("search.indexing.index_sources", interrupted)
    said = run("index", place.parent, "--index", place, code=1)
    assert "run the same command again" in said
    assert "2" in run("stats", "--index", place)


def test_a_broken_option_is_still_clicks_own_error() -> None:
    with pytest.raises(click.UsageError):
        main.main(["search", "--nothing"], standalone_mode=False)


def test_the_index_may_lie_below_the_folder_that_is_indexed(tmp_path: Path) -> None:
    rows = [{"id": number, "title": "Cầu mới", "body": "Cầu mới vừa được thông xe sáng nay."} for number in "12"]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    for _ in range(2):
        said = json.loads(run("index", tmp_path, "--index", tmp_path / "index", "--strict", "--json"))
        assert (said["indexed"], said["skipped"]) == (2, [])
    assert {path.suffix for path in (tmp_path / "index").iterdir()} >= {".toc", ".seg", ".grp"}
    (tmp_path / "index" / "b.txt").write_text("Một bài ai đó để nhầm chỗ.\nVẫn được đọc.", "utf-8")
    assert json.loads(run("index", tmp_path, "--index", tmp_path / "index", "--json"))["indexed"] == 3


def test_files_of_an_index_are_those_that_its_writer_makes() -> None:
    assert sources.INDEX_FILE.pattern == toc._FILE.pattern


def test_pages_of_one_name_are_all_shown(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "tin.txt").write_text(f"Cầu mới {folder}\n\nCây cầu vừa được thông xe.", "utf-8")
    said = run("read", tmp_path / "a" / "tin.txt", tmp_path / "b" / "tin.txt")
    assert "Cầu mới a" in said
    assert "Cầu mới b" in said


def test_advice_names_the_index_that_was_meant(tmp_path: Path, place: Path) -> None:
    broken = tmp_path / "my index"
    shutil.copytree(place, broken)
    for segment in broken.glob("*.seg"):
        segment.write_bytes(b"")
    for command in (("search", "lũ"), ("stats",), ("delete", "hue")):
        assert f"`timbao index SOURCE --index '{broken}'`" in run(*command, "--index", broken, code=1)
    assert f"`timbao index SOURCE --index '{broken}'`" in run("check", "--index", broken, code=1)
