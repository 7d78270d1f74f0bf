"""What the system does not let us read is not called damaged, and every refusal says what helps."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from search.codec import toc
from search.engines.whoosh import WhooshEngine
from search.errors import EngineUnavailable, IndexBroken, IndexMissing
from tests.engines.conformance import write
from tests.engines.texts import prepared


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    engine = WhooshEngine(str(tmp_path / "index"))
    write(engine, [prepared("a", "Cảng mở rộng", "Bến số 3.")])
    return engine


def refuse(monkeypatch: pytest.MonkeyPatch, number: int, ending: str) -> None:
    """The system answers with this error when a file, or the folder, with this end of its name is opened."""

    def refusing(original: Any) -> Any:
        def opened(path: Any, *more: Any, **named: Any) -> Any:
            if str(path).endswith(ending):
                raise OSError(number, os.strerror(number), str(path))
            return original(path, *more, **named)

        return opened

    monkeypatch.setattr(os, "listdir", refusing(os.listdir))
    monkeypatch.setattr(Path, "open", refusing(Path.open))
    monkeypatch.setattr(Path, "read_bytes", refusing(Path.read_bytes))


@pytest.mark.parametrize("ending", ["index", ".toc", ".seg"])
@pytest.mark.parametrize(
    ("number", "advice"),
    [(errno.EACCES, "let this user read"), (errno.EPERM, "let this user read"), (errno.EMFILE, "ulimit -n")],
)
def test_what_may_not_be_read_is_not_called_damaged(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch, number: int, ending: str, advice: str
) -> None:
    refuse(monkeypatch, number, ending)
    with pytest.raises(EngineUnavailable, match=os.strerror(number)) as told:
        engine.reader()
    assert advice in told.value.next_step
    assert ending in told.value.what
    [problem] = engine.check()
    assert ending in f"{problem.where} {problem.what}"
    assert advice in problem.next_step


@pytest.mark.parametrize("ending", [".toc", ".seg"])
def test_a_disk_that_cannot_read_asks_for_a_rebuild(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    refuse(monkeypatch, errno.EIO, ending)
    with pytest.raises(IndexBroken, match=os.strerror(errno.EIO)) as told:
        engine.reader()
    assert "timbao index SOURCE" in told.value.next_step
    assert "timbao index SOURCE" in engine.check()[0].next_step


def test_a_missing_index_is_told_with_a_command_to_paste(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing) as told:
        toc.read(tmp_path)
    assert f"`timbao index SOURCE --index {tmp_path}`" in told.value.next_step


@pytest.mark.parametrize("below", ["", "index"])
def test_a_file_where_a_folder_was_meant_is_told(tmp_path: Path, below: str) -> None:
    (tmp_path / "page.txt").write_text("x")
    with pytest.raises(EngineUnavailable, match="is no folder") as told:
        WhooshEngine(str(tmp_path / "page.txt" / below)).writer(rebuild=True)
    assert "name a folder" in told.value.next_step
    assert (tmp_path / "page.txt").read_text() == "x"
