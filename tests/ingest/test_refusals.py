"""What a reader of each format refuses, and what it makes of odd but readable files."""

from __future__ import annotations

import io
import zipfile
from importlib import import_module
from pathlib import Path

import pytest
from docx import Document

from search.ingest import jsonl, read_sources
from search.ingest.html import text_of
from search.model import Record, Skipped

BODY = "Sáng 13/5, thành phố Hải Phòng khởi công tuyến đê biển dài 12 km ở phía đông nam."
CUT = {".docx": "docx", ".md": "markdown", ".html": "html", ".xml": "feeds", ".eml": "mail", ".pdf": "pdf"}

OPENING = {".pdf": "%PDF-1.4\n"}


def read(folder: Path, name: str, content: bytes | str) -> list[Record | Skipped]:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_sources([folder]))


@pytest.mark.parametrize("ending", CUT)
def test_a_file_over_the_limit_is_refused_with_what_to_do(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module(f"search.ingest.{CUT[ending]}"), "MAX_BYTES", 50)
    (skipped,) = read(tmp_path, "a" + ending, OPENING.get(ending, "") + "x" * 51)
    assert isinstance(skipped, Skipped)
    assert skipped.reason.startswith("longer than")
    assert ";" in skipped.reason, "the next step"


@pytest.mark.parametrize("ending", [*CUT, ".txt"])
@pytest.mark.parametrize(
    ("written", "reason"), [('{"title": ', "broken JSON"), ("[1]", "not an object"), ('{"date": "hôm qua"}', "hôm qua")]
)
def test_a_sidecar_that_cannot_be_read_keeps_its_file_out(
    ending: str, written: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "a.meta.json").write_text(written, "utf-8")
    found = read(tmp_path, "a" + ending, OPENING.get(ending, "") + BODY)
    assert [type(item) for item in found] == [Skipped]
    assert reason in found[0].reason  # type: ignore[union-attr]
    assert "a.meta.json" in str(found[0])


def word(*paragraphs: str, table: list[list[str]] | None = None) -> bytes:
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if table:
        made = document.add_table(len(table), len(table[0]))
        for row, cells in zip(made.rows, table, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_tables_of_a_document_are_read_row_by_row(tmp_path: Path) -> None:
    (record,) = read(tmp_path, "a.docx", word("Tin", BODY, table=[["Tỉnh", "Số nhà"], ["Nghệ An", "12"]]))
    assert isinstance(record, Record)
    assert "Tỉnh | Số nhà" in record.body
    assert "Nghệ An | 12" in record.body


def test_a_document_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.ingest.docx.MAX_UNPACKED_BYTES", 1000)
    (skipped,) = read(tmp_path, "a.docx", word(BODY))
    assert isinstance(skipped, Skipped)
    assert "unpacks to far more" in skipped.reason


def test_an_archive_that_is_no_document_is_told_as_damaged(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    (skipped,) = read(tmp_path, "a.docx", out.getvalue())
    assert isinstance(skipped, Skipped)
    assert "damaged document" in skipped.reason


def test_front_matter_in_toml_and_marks_in_the_text(tmp_path: Path) -> None:
    text = f"""+++
title = "Đê biển"
date = 2022-05-13
+++
# Đê biển

{BODY}

Đoạn hai nói về `mã 12` và ![ảnh tuyến đê](a.png)\\
dòng sau
và nữa

    lệnh một
"""
    (record,) = read(tmp_path, "a.md", text)
    assert isinstance(record, Record)
    assert (record.title.value, record.title.confidence) == ("Đê biển", "high")
    assert record.published.value == "2022-05-13"
    for part in ("mã 12", "ảnh tuyến đê", "dòng sau và nữa", "lệnh một"):
        assert part in record.body


def test_broken_front_matter(tmp_path: Path) -> None:
    (record,) = read(tmp_path, "a.md", f"+++\ntitle = = 1\n+++\n# Đê biển\n\n{BODY}\n")
    assert isinstance(record, Record)
    assert BODY in record.body
    (tmp_path / "a.md").unlink()
    (skipped,) = read(tmp_path, "b.md", f"---\ntitle: Đê\ndate: hôm qua\n---\n{BODY}\n")
    assert isinstance(skipped, Skipped)
    assert skipped.reason.startswith("front matter: ")
    assert skipped.line == 1


FEED = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Báo Ví Dụ</title>
<entry><id>1</id><title>Có chữ</title><updated>2022-05-13T07:00:00+07:00</updated>
<link rel="self" href="https://example.vn/x"/><link href="https://example.vn/1"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{body}</p><p>Đoạn hai.</p></div></content></entry>
<entry><id>2</id><title>Không chữ</title></entry>
<entry><id>3</id><title>Ngày lạ</title><published>hôm qua</published><content>{body}</content></entry>
</feed>"""


def test_entries_of_a_feed(tmp_path: Path) -> None:
    first, second, third = read(tmp_path, "a.xml", FEED.format(body=BODY))
    assert isinstance(first, Record)
    assert (first.url.value, first.published.value[:10]) == ("https://example.vn/1", "2022-05-13")  # type: ignore[index]
    assert "Đoạn hai." in first.body
    assert isinstance(second, Skipped)
    assert "no text" in second.reason
    assert isinstance(third, Record)
    assert third.article.published is None or third.published.confidence != "high"


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (BODY.encode("utf-16"), None),
        (('<meta charset="utf-16-le-no">' + BODY).encode("utf-16"), None),
        (b'<meta charset="windows-1258">' + "Hải Phòng".encode(), None),
        (b'<meta charset="no-such">' + b"\xe2\x28\xa1 ti\xean", None),
        ("привет".encode("koi8-r"), "koi8-r"),
        ("Hà Nội".encode("utf-8-sig"), "latin-1"),
    ],
)
def test_any_charset_of_a_page_is_read_somehow(data: bytes, charset: str | None) -> None:
    text = text_of(data, charset)
    assert text
    if charset == "koi8-r":
        assert text == "привет"
    elif b"Ph" in data and b"\xef\xbb\xbf" not in data:
        assert "Hải Phòng" in text


def test_arrays_of_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = read(tmp_path, "a.json", f'[{{"id": "1", "body": "{BODY}"}}, {{"id": "2", "body": "{BODY}"}}]')
    assert isinstance(one, Record)
    assert isinstance(two, Record)
    (skipped,) = read(tmp_path, "a.json", '[{"id": "1", "body": ')
    assert isinstance(skipped, Skipped)
    assert skipped.reason.startswith("broken JSON")
    monkeypatch.setattr(jsonl, "MAX_ARRAY_BYTES", 20)
    (skipped,) = read(tmp_path, "a.json", f'[{{"id": "1", "body": "{BODY}"}}]')
    assert isinstance(skipped, Skipped)
    assert skipped.reason.startswith("array over")
