"""Advisories made for the purpose are held against locks made for it: what is found, mended, accepted, refused."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest
from click.testing import CliRunner
from packaging.version import Version

from tests import advisories
from tests.advisories import accepted, affects, main, pins

LOCK = """\
pages==2.4.0 \\
    --hash=sha256:00
Some.Loops==1.0 ; python_full_version < '3.12' \\
    --hash=sha256:00
some-loops==3.1 ; python_full_version >= '3.12'
quiet==7
"""
PAGES = """\
id: PYSEC-2031-1
published: "2031-02-03T04:05:06Z"
modified: "2031-03-01T00:00:00Z"
aliases: [CVE-2031-11111]
affected:
- package: {name: Pages, ecosystem: PyPI}
  ranges:
  - {type: GIT, events: [{introduced: "0"}]}
  - {type: ECOSYSTEM, events: [{introduced: "0"}, {fixed: 1.9.5}, {introduced: 2.0rc1}, {fixed: 2.4.1}]}
  versions: [1.0, 2.4.0]
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A copy of a database with one advisory of the library `pages`, which affects 2.4.0."""
    _write(tmp_path, "pages/PYSEC-2031-1.yaml", PAGES)
    return tmp_path / "copy"


def _write(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / "copy" / "vulns" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def _audit(database: Path, tmp_path: Path, lock: str = LOCK) -> tuple[int, str]:
    (tmp_path / "the.lock").write_text(lock, "utf-8")
    result = CliRunner().invoke(main, [str(database), str(tmp_path / "the.lock")])
    return result.exit_code, result.output


def test_the_example_holds() -> None:
    assert doctest.testmod(advisories).failed == 0


def test_pins_know_each_version_of_each_python(tmp_path: Path) -> None:
    (tmp_path / "the.lock").write_text(LOCK, "utf-8")
    assert pins(tmp_path / "the.lock") == {
        "pages": {Version("2.4.0")},
        "some-loops": {Version("1.0"), Version("3.1")},
        "quiet": {Version("7")},
    }


@pytest.mark.parametrize(
    ("events", "inside", "outside"),
    [
        ([{"introduced": "0"}, {"fixed": "2"}], "0.1 1.9 2.0rc1", "2 2.0.1 3"),
        ([{"introduced": "1.2"}, {"last_affected": "1.4"}], "1.2 1.4 1.4.0", "1.1 1.4.1 2"),
        ([{"introduced": "3"}, {"fixed": "3.1"}, {"introduced": "0"}, {"fixed": "2.5"}], "1 3.0.9", "2.5 2.9 3.1"),
        # never mended: some files close such a list with an empty event
        ([{"introduced": "0"}, {}], "0.1 99", ""),
    ],
)
def test_ranges_are_switches(events: list[dict[str, str]], inside: str, outside: str) -> None:
    entry = {"ranges": [{"type": "ECOSYSTEM", "events": events}]}
    assert [v for v in inside.split() if not affects(entry, Version(v))] == []
    assert [v for v in outside.split() if affects(entry, Version(v))] == []


def test_a_version_may_be_named_without_any_range() -> None:
    assert affects({"versions": ["1.0-not-a-version!", "2.10"]}, Version("2.10.0"))
    assert not affects(
        {"versions": ["2.10"], "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}, Version("3")
    )


def test_a_fault_is_told_with_what_mends_it(database: Path, tmp_path: Path) -> None:
    code, said = _audit(database, tmp_path)
    assert code == 1
    assert "the.lock: 3 libraries, 1 advisories of them, the newest of 2031-03-01" in said
    assert "pages 2.4.0: PYSEC-2031-1, CVE-2031-11111; mended in 2.4.1\n" in said
    assert _audit(database, tmp_path, LOCK.replace("2.4.0", "2.4.1"))[0] == 0


def test_each_locked_version_is_held_against_it(database: Path, tmp_path: Path) -> None:
    _write(tmp_path, "some-loops/PYSEC-2031-2.yaml",
           "id: PYSEC-2031-2\naffected:\n- package: {name: some_loops}\n"
           "  ranges: [{type: ECOSYSTEM, events: [{introduced: '3'}]}]\n")  # fmt: skip
    said = _audit(database, tmp_path)[1]
    assert "some-loops 3.1: PYSEC-2031-2; no version without it is known" in said
    assert "some-loops 1.0" not in said


def test_withdrawn_advisories_are_passed_over(database: Path, tmp_path: Path) -> None:
    _write(tmp_path, "pages/PYSEC-2031-1.yaml", PAGES + 'withdrawn: "2031-04-01T00:00:00Z"\n')
    assert _audit(database, tmp_path) == (
        0,
        "the.lock: 3 libraries, 0 advisories of them, the newest of –\n0 not accepted\n",
    )


def test_accepted_faults_are_told_and_do_not_fail(tmp_path: Path, database: Path) -> None:
    known, reason = next(iter(accepted().items()))
    _write(tmp_path, "pages/PYSEC-2031-1.yaml", PAGES.replace("CVE-2031-11111", known))
    code, said = _audit(database, tmp_path)
    assert code == 0
    assert f"; accepted: {reason}" in said


@pytest.mark.parametrize("text", ["[", "id: PYSEC-1\n", "just text\n", "id: x\naffects: {ranges: []}\n", ""])
def test_a_damaged_file_is_no_clean_answer(database: Path, tmp_path: Path, text: str) -> None:
    _write(tmp_path, "pages/PYSEC-2031-9.yaml", text)
    code, said = _audit(database, tmp_path)
    assert code == 2
    assert "PYSEC-2031-9.yaml: not an advisory" in said


def test_a_folder_without_advisories_is_no_clean_answer(tmp_path: Path) -> None:
    code, said = _audit(tmp_path, tmp_path)
    assert code == 2
    assert "advisory-database" in said
