"""What archives and files may hold at most, each limit made small; members that are locked, linked or of no kind."""

from __future__ import annotations

import bz2
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from search.ingest import archives, jsonl, pdf, read_file, text, warc
from search.ingest.content import MAX_DEPTH
from search.ingest.sources import _why
from search.model import Record, Skipped
from tests.ingest.pdf_writer import pdf as pdf_bytes
from tests.ingest.test_hostile_files import warc as web_archive
from tests.ingest.test_odd_files import FIRST, HTML, SECOND, read


def reasons(items: list[Record | Skipped]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Skipped)]


def tar_of(*members: tuple[str, bytes]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        link = tarfile.TarInfo("folder/link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return held.getvalue()


def zip_of(*members: tuple[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.mkdir("folder")
        for name, data in members:
            archive.writestr(name, data)
    return held.getvalue()


PAGE = ("folder/a.html", HTML.encode())


def test_folders_are_passed_over_and_links_are_told(tmp_path: Path) -> None:
    hidden = ("folder/.hidden.html", HTML.encode())
    for name, data in (("a.tar", tar_of(PAGE, hidden)), ("a.zip", zip_of(PAGE, hidden))):
        found = read(tmp_path, name, data)
        assert sum(isinstance(item, Record) for item in found) == 1, name
        assert [why for why in reasons(found) if "link" not in why] == []
    assert any("a link or device" in why for why in reasons(read(tmp_path, "a.tar", tar_of(PAGE))))


def test_many_members_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    several = [(f"{n}.html", HTML.encode()) for n in range(4)]
    for name, data in (("a.tar", tar_of(*several)), ("a.zip", zip_of(*several))):
        assert "more than 3 files" in reasons(read(tmp_path, name, data))[-1], name


def test_a_member_too_large_ends_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Small(archives.Bounded):
        def __init__(self, inner: Any, packed: Any) -> None:
            super().__init__(inner, packed, max_bytes=2 << 20)

    monkeypatch.setattr(archives, "Bounded", Small)
    large = ("large.txt", b"a b " * (1 << 20))
    (first, second) = read(tmp_path, "a.zip", zip_of(large, PAGE))
    assert isinstance(first, Skipped)
    assert "unpacks to more than 2 MB" in first.reason
    assert isinstance(second, Record)
    (whole,) = read(tmp_path, "a.txt.bz2", bz2.compress(large[1]))
    assert isinstance(whole, Skipped)
    assert "unpacks to more than 2 MB" in whole.reason


def test_locked_members_are_told(tmp_path: Path) -> None:
    data = bytearray(zip_of(PAGE))
    at = data.rindex(b"PK\x01\x02")  # the last entry of the directory: its flags, then those of the member
    data[at + 8] |= 1
    (told,) = reasons(read(tmp_path, "a.zip", bytes(data)))
    assert "locked with a password" in told


def test_a_format_that_no_one_reads_is_told(tmp_path: Path) -> None:
    (told,) = reasons(read(tmp_path, "bai.xyz", b"\x00\x01\x02\x03" * 40))
    assert "read" in told
    (told,) = reasons(read(tmp_path, "bai.pdf", FIRST))
    assert 'not those of a ".pdf" file' in told


def test_long_lines_pages_and_web_pages_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", 3000)
    wide = json.dumps({"id": "1", "title": "a", "body": "b" * (3 << 20)}) + "\n" + json.dumps({"id": "2", "body": "c"})
    found = read(tmp_path, "bai.jsonl", wide.encode("utf-16"))
    assert any("longer than" in why for why in reasons(found))
    monkeypatch.setattr(text, "MAX_BYTES", 1 << 20)
    (told,) = reasons(read(tmp_path, "bai.txt", "một hai ba bốn\n" * 70_000))
    assert "longer than 1 MB" in told
    monkeypatch.setattr(warc, "MAX_BYTES", 1 << 20)
    wide_page = HTML.replace("</body>", "<p>một hai ba</p>" * 70_000 + "</body>").encode()
    first, second = read(tmp_path, "bai.warc", web_archive(wide_page) + web_archive(HTML.encode()))
    assert isinstance(first, Skipped)
    assert "longer than 1 MB" in first.reason
    assert isinstance(second, Record)
    (told,) = reasons(read(tmp_path, "trong.warc", web_archive(b"<html><body></body></html>")))
    assert "https://bao.example/1" in told or "no text" in told


def test_a_long_document_is_read_to_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_CHARS", 10)
    (tmp_path / "bai.pdf").write_bytes(pdf_bytes([["Xuong guoc moc nhan muoi tho tre."], ["Trang thu hai."]]))
    found = list(read_file(tmp_path / "bai.pdf"))
    assert "thu hai" not in "".join(item.body for item in found if isinstance(item, Record))


def test_a_page_nested_deeper_than_anyone_writes_is_read(tmp_path: Path) -> None:
    deep = "<div>" * (MAX_DEPTH + 20)
    (item,) = read(tmp_path, "bai.html", HTML.replace(f"<p>{SECOND}</p>", f"{deep}<p>{SECOND}</p>"))
    assert isinstance(item, Record)
    assert SECOND in item.body


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(2, "x"), "no such file"),
        (PermissionError(13, "x"), "may not be read"),
        (IsADirectoryError(21, "x"), "is a folder"),
        (EOFError(), "ends before its end"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (ValueError("embedded null byte"), "null byte"),
    ],
)
def test_what_a_file_fails_with_is_told_in_words(error: Exception, said: str) -> None:
    assert said in _why(error)


def test_a_file_that_cannot_be_read_is_told_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.html").write_text(HTML, "utf-8")
    real = Path.open

    def refused(path: Path, *args: Any, **more: Any) -> Any:
        if path.name == "a.html":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *args, **more)

    monkeypatch.setattr(Path, "open", refused)
    (told,) = reasons(list(read_file(tmp_path / "a.html")))
    assert "may not be read" in told
