"""What is shipped: the same sources give the same bytes, and the manual says what the commands say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "tests", "*.egg-info")


def built(sources: Path, out: Path, umask: int) -> dict[str, bytes]:
    shutil.copytree(ROOT, sources, ignore=SKIPPED)
    for path in sources.rglob("*"):
        path.chmod((0o777 if path.is_dir() else 0o666) & ~umask)
        os.utime(path, (umask, umask))
    # the version control's list of what is no source
    shutil.copy(ROOT / ".gitignore", sources)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(sources)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {path.name: path.read_bytes() for path in out.iterdir()}


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("build", reason="build is not installed")
    first = built(tmp_path / "a", tmp_path / "out-a", 0o022)
    again = built(tmp_path / "b", tmp_path / "out-b", 0o077)
    assert len(first) == 2
    assert first == again
    (wheel,) = (tmp_path / "out-a").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for needed in ("web/templates/", "web/static/", "search/py.typed", "share/man/man1/timbao.1", "licenses/LICENSE"):
        assert any(needed in name for name in names), needed
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]
    (sdist,) = (tmp_path / "out-a").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert {member.uid for member in archive} == {0}


def test_the_manual_is_that_of_the_commands(tmp_path: Path) -> None:
    pytest.importorskip("click_man", reason="click-man is not installed")
    day = re.search(r"^MAN_DATE := (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert day is not None
    command = [str(Path(sys.executable).with_name("click-man")), "timbao", "--target", str(tmp_path)]
    subprocess.run([*command, "--man-date", day[1]], check=True, capture_output=True)
    made = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    made["timbao.1"] += (ROOT / "docs" / "manual-end.roff").read_text("utf-8")
    kept = {path.name: path.read_text("utf-8") for path in (ROOT / "docs" / "man").iterdir()}
    assert made == kept, "the commands changed: make man"
    reader = shutil.which("man")
    if reader is not None:
        done = subprocess.run(
            [reader, "--warnings", "-l", str(ROOT / "docs" / "man" / "timbao.1")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
