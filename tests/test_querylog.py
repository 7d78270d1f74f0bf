"""The query log: what it keeps, what it never keeps, and its summary."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from search.cli import main
from search.errors import InputError
from search.model import Result
from search.querylog import QueryLog, summarized, summary
from search.state import State


def result(total: int) -> Result:
    return Result("", "", total, 2.0, (), {})


def test_a_search_is_one_line_without_its_reader(tmp_path: Path) -> None:
    path = tmp_path / "log" / "queries.jsonl"
    log = QueryLog(path)
    log.write(State(q="đê điều\n", cities=("Huế",)), result(3))
    log.write(State(q="đê điều", cursor="c"), result(3))
    log.close()
    (line,) = path.read_text("utf-8").splitlines()
    assert set(json.loads(line)) == {"time", "q", "filters", "total", "took_ms"}
    assert json.loads(line)["filters"] == 1
    assert path.stat().st_mode & 0o077 == 0, "for its owner alone"


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    log = QueryLog(tmp_path / "q")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: log.write(State(q=f"{n} " * 50), result(n % 2)), range(400)))
    log.close()
    found = summary(tmp_path / "q", limit=1000)
    assert (found.searches, found.unreadable, len(found.top), len(found.nothing)) == (400, 0, 400, 200)


def test_the_summary_counts_queries_whatever_their_case() -> None:
    lines = [json.dumps({"q": q, "total": t, "took_ms": m}) for q, t, m in [("A b", 1, 1), ("a  B", 0, 2), ("c", 0, 9)]]
    found = summarized([*lines, '{"q": "cut sho'])
    assert found.top == (("a b", 2), ("c", 1))
    assert found.nothing == (("a b", 1), ("c", 1))
    assert (found.median_ms, found.unreadable) == (2.0, 1)


def test_the_command_shows_the_log(tmp_path: Path) -> None:
    log = QueryLog(tmp_path / "q")
    for total in (0, 0, 3):
        log.write(State(q=f"tìm {total} [b]"), result(total))
    log.close()
    run = CliRunner().invoke
    shown = run(main, ["queries", "--log", str(tmp_path / "q")])
    assert (shown.exit_code, "tìm 0 [b]" in shown.output) == (0, True), shown.output
    answer = json.loads(run(main, ["queries", "--log", str(tmp_path / "q"), "--limit", "1", "--json"]).output)
    assert (answer["searches"], answer["top"], answer["nothing"]) == (3, [["tìm 0 [b]", 2]], [["tìm 0 [b]", 2]])
    assert run(main, ["queries", "--log", str(tmp_path / "none")]).exit_code == 1


@given(st.lists(st.text() | st.binary().map(lambda b: b.decode("utf-8", "replace"))))
def test_no_line_breaks_the_summary(lines: list[str]) -> None:
    assert summarized(lines).searches <= len(lines)


@pytest.mark.parametrize("line", ["[]", "1", "null", '"q"', '{"q": 1, "total": "x", "took_ms": []}', '{"q": null}'])
def test_json_of_another_shape_is_unreadable(line: str) -> None:
    assert summarized([line]).unreadable == 1


def test_a_log_that_cannot_be_opened_is_an_error_with_advice(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="TIMBAO_QUERY_LOG"):
        QueryLog(tmp_path / "file" / "q")
    with pytest.raises(InputError, match="TIMBAO_QUERY_LOG"):
        summary(tmp_path / "none")
