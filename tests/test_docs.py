"""The documentation holds: its site builds without a broken link, and what the tutorial tells to type works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
BLOCK = re.compile(r"(<!-- [^\n]+ -->\n)?```(\w+)\n(.*?)```", re.DOTALL)


def test_the_site_builds_and_no_link_is_broken(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="mkdocs is not installed")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path / "site")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "TIMBAO_INDEX": "index"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    commands = (tmp_path / "site" / "reference" / "commands" / "index.html").read_text("utf-8")
    assert "--update" in commands, "the reference of commands is made from the code"
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 25
    for page in pages:
        used = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(https?://[^"]+)"', page.read_text("utf-8"))
        assert not [address for address in used if "preconnect" not in address], "a page asks nobody else"


def test_every_decision_is_listed() -> None:
    listed = (DOCS / "reference" / "decisions.md").read_text("utf-8")
    for path in sorted((DOCS / "decisions").glob("*.md")):
        title = path.read_text("utf-8").split("\n", 1)[0].removeprefix("# ")
        assert f"[{title}](../decisions/{path.name})" in listed


def test_links_in_the_readme_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text("utf-8") + (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target


def test_the_tutorial_can_be_typed_as_it_stands(tmp_path: Path) -> None:
    commands = []
    for mark, language, text in BLOCK.findall((DOCS / "tutorial.md").read_text("utf-8")):
        if mark:
            continue
        commands.append(text if language == "sh" else f"python - <<'END'\n{text}END\n")
    assert len(commands) == 5
    # the programs of this environment, and nothing else of it
    path = tmp_path / "bin"
    path.mkdir()
    for name in ("timbao", "python"):
        # an environment's python is found by its place, so a link to it would be another one
        (path / name).write_text(f'#!/bin/sh\nexec "{Path(sys.executable).with_name(name)}" "$@"\n')
        (path / name).chmod(0o755)
    environment = {"PATH": f"{path}:/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    environment |= {name: value for name, value in os.environ.items() if name.startswith(("NUMBA", "PYTHON"))}
    work = tmp_path / "work"
    work.mkdir()
    bash = shutil.which("bash")
    assert bash is not None
    done = subprocess.run(
        [bash, "-euo", "pipefail", "-c", "\n".join(commands)],
        cwd=work, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2024-06-08" in done.stdout, "the page's date is read"
    assert done.stdout.count("mot-cua") >= 2, "found with and without marks"
    assert "Ban tin khu pho" in done.stdout
    assert "không rõ" in done.stdout
