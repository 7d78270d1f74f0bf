"""What the README shows is run as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).resolve().parent.parent / "README.md"


def test_the_python_example_prints_what_its_comment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code = re.search(r"```python\n(.*?)```", README.read_text("utf-8"), re.S)
    assert code is not None
    example = code.group(1)
    assert len(example.strip().splitlines()) <= 11
    exec(compile(example, str(README), "exec"), {})
    expected = re.search(r"print\(.*\)  # (.*)", example)
    assert expected is not None
    assert capsys.readouterr().out.strip() == expected.group(1)
