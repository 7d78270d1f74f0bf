"""The command line as a person and as a script use it."""

from __future__ import annotations

import gc
import json
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from search.cli import main
from search.settings import Settings

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: str | Path, code: int = 0, text: str | None = None) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=text)
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "bài.jsonl"
    lines = [
        {
            "id": "1",
            "title": "Chống tham nhũng vặt",
            "body": "Một cửa công khai.",
            "city": "Hải Phòng",
            "date": "2019-03-13",
        },
        {"id": "2", "title": "Giao thông", "body": "Cầu mới thông xe.", "city": "Đà Nẵng", "date": "2020-01-02"},
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\nbroken\n")
    return path


@pytest.fixture
def place(source: Path, tmp_path: Path) -> Path:
    run("index", source, "--index", tmp_path / "index", "--json")
    return tmp_path / "index"


def test_without_arguments_it_says_the_next_step(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMBAO_INDEX", str(tmp_path / "mới"))
    monkeypatch.setattr("search.settings.settings", Settings)
    before = run().output
    assert "timbao index THƯ_MỤC" in before
    assert "timbao search" not in before
    run("index", source, "--index", tmp_path / "mới", "--json")
    after = run().output
    assert str(tmp_path / "mới") in after
    assert "timbao search" in after


def test_commands_seldom_look_for_cycles_and_leave_the_setting_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    met: list[tuple[int, ...]] = []
    for first in (700, 50_000, 0):  # by default, raised by whoever calls, switched off
        monkeypatch.setattr("search.cli.next_steps", lambda: met.append(gc.get_threshold()) or "")
        before = gc.get_threshold()
        try:
            gc.set_threshold(first, *before[1:])
            CliRunner().invoke(main, [])
            assert gc.get_threshold()[0] == first
        finally:
            gc.set_threshold(*before)
    assert [first for first, *_ in met] == [20_000, 50_000, 0]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_learns_the_commands(shell: str) -> None:
    said = run("completion", shell).output
    assert "_TIMBAO_COMPLETE" in said
    program = shutil.which(shell)
    if program is not None:
        assert subprocess.run([program, "-n"], input=said, text=True, check=False).returncode == 0


def test_completion_knows_options_and_their_values() -> None:
    complete = ShellComplete(main, {}, "timbao", "_TIMBAO_COMPLETE")
    assert {"search", "serve", "stats", "suggest"} <= {item.value for item in complete.get_completions([], "s")}
    assert [item.value for item in complete.get_completions(["search", "--sort"], "n")] == ["newest"]


def test_index_reports_what_it_did(source: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    result = run("index", source, "--index", tmp_path / "i", "--json", "--report", report)
    said = json.loads(result.stdout)
    assert (said["read"], said["indexed"], said["unchanged"]) == (3, 2, 0)
    assert said["skipped"][0]["line"] == 3
    assert "bài.jsonl" in said["skipped"][0]["file"]
    assert json.loads(report.read_text())["indexed"] == 2


def test_index_shows_people_a_summary(source: Path, tmp_path: Path) -> None:
    shown = run("index", source, "--index", tmp_path / "i").output
    assert "skipped" in shown
    assert "bài.jsonl:3" in shown
    assert str(tmp_path / "i") in shown


def test_update_leaves_what_did_not_change(source: Path, place: Path) -> None:
    said = json.loads(run("index", source, "--index", place, "--update", "--json").stdout)
    assert (said["indexed"], said["unchanged"], said["articles"]) == (0, 2, 2)


def test_strict_stops_with_one_line(source: Path, tmp_path: Path) -> None:
    result = run("index", source, "--index", tmp_path / "i", "--strict", code=1)
    assert "bài.jsonl:3" in result.stderr
    assert "Traceback" not in result.output


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    assert "nowhere" in run("index", tmp_path / "nowhere", "--index", tmp_path / "i", code=1).stderr


def test_standard_input_is_a_source(tmp_path: Path) -> None:
    line = '{"id": "9", "title": "Cảng", "body": "Cảng nước sâu."}\n'
    said = json.loads(run("index", "-", "--index", tmp_path / "i", "--json", text=line).stdout)
    assert said["indexed"] == 1


def test_search_prints_the_shape_of_the_api(place: Path) -> None:
    said = json.loads(run("search", "tham", "nhung", "vat", "--index", place, "--json").stdout)
    assert said["total"] == 1
    assert said["hits"][0]["id"] == "1"
    assert said["query"]["raw"] == "tham nhung vat"
    assert {"query", "total", "took_ms", "hits", "facets", "next", "suggestions"} <= set(said)
    bucket = said["facets"]["city"][0]
    assert {"value", "label", "count", "selected", "url"} <= set(bucket)


def test_search_filters(place: Path) -> None:
    said = json.loads(run("search", "--index", place, "--city", "da nang", "--from", "2020", "--json").stdout)
    assert [hit["id"] for hit in said["hits"]] == ["2"]


def test_search_for_people(place: Path) -> None:
    shown = run("search", "tham nhung vat", "--index", place, "--explain").output
    assert "Chống tham nhũng vặt" in shown


@pytest.mark.parametrize("option", [("--limit", "1000"), ("--from", "31/02/2020"), ("--cursor", "x")])
def test_a_wrong_option_exits_2_with_advice(place: Path, option: tuple[str, str]) -> None:
    result = run("search", "tham", "--index", place, *option, code=2)
    assert "timbao:" in result.stderr


def test_options_have_variables(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMBAO_INDEX", str(place))
    monkeypatch.setenv("TIMBAO_SEARCH_LIMIT", "1")
    assert len(json.loads(run("search", "--json").stdout)["hits"]) == 1


def test_read_shows_evidence(sample: Path) -> None:
    page = sorted((sample / "pages").glob("*.txt"))[0]
    said = json.loads(run("read", page, "--json").stdout)
    assert {"file", "title", "published", "city"} <= set(said)
    assert {"value", "confidence", "evidence"} <= set(said["title"])
    assert run("read", page).output


def test_read_of_any_bytes_ends_well(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(bytes(range(256)) * 8)
    assert CliRunner().invoke(main, ["read", str(path)]).exit_code in {0, 1}


def test_analyze_shows_four_streams() -> None:
    said = json.loads(run("analyze", "Tham nhũng vặt", "--json").stdout)
    assert [token["term"] for token in said["folded"]] == ["tham", "nhung", "vat"]
    assert [token["term"] for token in said["pair"]] == ["tham_nhung", "nhung_vat"]
    assert "nhũng" in run("analyze", "Tham nhũng vặt").output


def test_suggest_stats_check_delete(place: Path) -> None:
    run("suggest", "tham", "--index", place, "--json")
    assert json.loads(run("stats", "--index", place, "--json").stdout)["articles"] == 2
    assert "2" in run("stats", "--index", place).output
    assert json.loads(run("check", "--index", place, "--json").stdout)["whole"] is True
    assert json.loads(run("delete", "1", "--index", place, "--json").stdout) == {"removed": ["1"], "missing": []}
    assert run("delete", "1", "--index", place, code=1)
    assert json.loads(run("search", "tham nhung vat", "--index", place, "--json").stdout)["total"] == 0


def test_check_of_a_broken_index_exits_1(place: Path) -> None:
    files = [path for path in place.rglob("*") if path.is_file() and path.name not in {"README.md", "LOCK"}]
    for path in files:
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
    assert CliRunner().invoke(main, ["check", "--index", str(place)]).exit_code == 1
    assert "Traceback" not in run("search", "tham", "--index", place, code=1).output


def test_no_index_says_how_to_build_one(tmp_path: Path) -> None:
    assert "timbao index" in run("search", "x", "--index", tmp_path / "none", code=1).stderr


def test_every_command_and_option_is_documented() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    missing = []
    for name, command in main.commands.items():
        if f"## timbao {name}" not in page:
            missing.append(name)
        section = page.partition(f"## timbao {name}")[2].partition("\n## ")[0]
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                missing += [f"{name} {flag}" for flag in parameter.opts if flag not in section]
    assert not missing, "describe these in docs/cli.md"


def test_every_setting_is_documented() -> None:
    from search.settings import Settings

    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    documented = set(re.findall(r"`(TIMBAO_[A-Z_]+)`", page))
    assert {f"TIMBAO_{name.upper()}" for name in Settings.model_fields} <= documented
