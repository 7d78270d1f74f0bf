"""Every format yields the same article: its title, date, city, author and paragraphs, whatever it was saved as."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from email.header import Header
from email.message import EmailMessage
from html import escape
from pathlib import Path

import pytest
import zstandard

from search.ingest import archives, read_sources
from search.model import Record, Skipped
from tests.ingest.pdf_writer import pdf

TITLE = "Hải Phòng khởi công tuyến đê biển mới"
LEAD = "Sáng 13/5, thành phố Hải Phòng khởi công tuyến đê biển dài 12 km ở phía đông nam."
SECOND = "Tuyến đê chịu được bão cấp 12, bảo vệ hơn bốn nghìn hộ dân ven biển, theo chủ đầu tư."
THIRD = "Công trình dự kiến hoàn thành sau ba năm, với số vốn hơn hai nghìn tỷ đồng."
STAMP = "Thứ sáu, 13/05/2022 14:20"
AUTHOR = "Lê Minh Hà"
PAGE = f"{TITLE}\n\n{STAMP}\n{LEAD}\n\n{SECOND}\n\n{THIRD}\n\n{AUTHOR}\n"
HTML = f"""<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{TITLE} - Báo Ví Dụ</title></head><body>
<nav><a href="/">Trang chủ</a> <a href="/x">Chính trị</a></nav>
<aside><h3>Tin khác</h3>
<p><a href="/y">Một bài khác, ở tỉnh Nghệ An, ngày 1/1/2011, dài hơn cả đoạn đầu của bài này</a></p></aside>
<div class="wrap"><h1>{TITLE}</h1><div class="date">{STAMP}</div>
<div class="detail"><p><b>{LEAD}</b></p><p>{SECOND}</p>
<div class="related"><a href="/z">Bài liên quan</a></div><p>{THIRD}</p></div><p class="author">{AUTHOR}</p></div>
<footer>Bản quyền thuộc về Báo Ví Dụ</footer></body></html>"""


def docx_bytes() -> bytes:
    from docx import Document

    document = Document()
    document.add_paragraph(TITLE, style="Title")
    for text in (STAMP, LEAD, SECOND, THIRD, AUTHOR):
        document.add_paragraph(text)
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def eml_bytes() -> bytes:
    message = EmailMessage()
    message["From"] = f"{AUTHOR} <ha@bao.example>"
    message["Date"] = "Fri, 13 May 2022 14:20:00 +0700"
    message.set_content("\n\n".join((LEAD, SECOND, THIRD)))
    message.add_alternative(HTML, subtype="html")
    return f"Subject: {Header('Fwd: ' + TITLE, 'utf-8').encode()}\n".encode() + message.as_bytes()


def mhtml_bytes() -> bytes:
    message = EmailMessage()
    message["Subject"] = "khác"
    message["Date"] = "Mon, 03 Jun 2024 08:00:00 +0700"
    message["Snapshot-Content-Location"] = "https://bao.example/de-bien.html"
    message.set_type("multipart/related")
    part = EmailMessage()
    part.set_content(HTML, subtype="html", cte="quoted-printable")
    part["Content-Location"] = "https://bao.example/de-bien.html"
    message.attach(part)
    return message.as_bytes()


def rss_bytes() -> bytes:
    body = f"<p>{LEAD}</p><p>{SECOND}</p><p>{THIRD}</p>"
    return f"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Báo Ví Dụ</title>
<item><title>{TITLE}</title><link>https://bao.example/de-bien.html</link><guid>de-bien</guid>
<pubDate>Fri, 13 May 2022 07:20:00 GMT</pubDate><dc:creator>{AUTHOR}</dc:creator><description>ngắn</description>
<content:encoded><![CDATA[{body}]]></content:encoded></item></channel></rss>""".encode()


def atom_bytes() -> bytes:
    return f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Báo Ví Dụ</title><entry><title>{TITLE}</title>
<link href="https://bao.example/de-bien.html"/><id>tag:de-bien</id><updated>2023-01-01T00:00:00Z</updated>
<published>2022-05-13T07:20:00Z</published><author><name>{AUTHOR}</name></author>
<content type="html">{escape(f"<p>{LEAD}</p><p>{SECOND}</p><p>{THIRD}</p>")}</content></entry></feed>""".encode()


def warc_bytes() -> bytes:
    out = b""
    for url, status, kind, data in (
        ("https://bao.example/de-bien.html", "200 OK", "text/html; charset=utf-8", HTML.encode()),
        ("https://bao.example/mat.html", "404 Not Found", "text/html", b"<p>mat</p>"),
        ("https://bao.example/a.jpg", "200 OK", "image/jpeg", b"\xff\xd8"),
    ):
        http = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n".encode() + data
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2024-06-03T01:00:00Z\r\n"
            f"WARC-Record-ID: <urn:uuid:{len(out):012}>\r\nContent-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {len(http)}\r\n\r\n"
        )
        out += head.encode() + http + b"\r\n\r\n"
    return out


def jsonl_bytes() -> bytes:
    values = {
        "id": "bai",
        "title": TITLE,
        "body": f"{LEAD}\n{SECOND}\n{THIRD}",
        "byline": AUTHOR,
        "published": "2022-05-13T14:20",
    }
    return json.dumps(values).encode() + b"\n"


def csv_bytes() -> bytes:
    row = f'bai,{TITLE},"{LEAD}\n{SECOND}\n{THIRD}",13/05/2022 14:20,{AUTHOR}'
    return f"Mã,Tiêu đề,Nội dung,Ngày đăng,Tác giả\n{row}\n".encode()


def zip_bytes() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("thu muc/bai.txt", PAGE)
        archive.writestr("__MACOSX/._bai.txt", "rác")
    return held.getvalue()


def tar_bytes() -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        member = tarfile.TarInfo("bai.html")
        member.size = len(HTML.encode())
        archive.addfile(member, io.BytesIO(HTML.encode()))
    return held.getvalue()


PDF_LINES = [
    TITLE,
    STAMP,
    LEAD,
    *(SECOND[:50].rsplit(" ", 1)[0], SECOND[len(SECOND[:50].rsplit(" ", 1)[0]) + 1 :]),
    THIRD,
    AUTHOR,
]
FORMATS: dict[str, Callable[[], bytes]] = {
    "bai.txt": PAGE.encode,
    "bai-utf16.txt": lambda: PAGE.encode("utf-16"),
    "khong-duoi": PAGE.encode,
    "bai.html": HTML.encode,
    "bai-doi-duoi.txt": HTML.encode,
    "bai.md": lambda: f"# {TITLE}\n\n{STAMP}\n\n**{LEAD}**\n\n{SECOND}\n\n{THIRD}\n\n*{AUTHOR}*\n".encode(),
    "bai.docx": docx_bytes,
    "bai.pdf": lambda: pdf([PDF_LINES]),
    "bai.eml": eml_bytes,
    "bai.mhtml": mhtml_bytes,
    "bai.rss": rss_bytes,
    "bai.xml": atom_bytes,
    "bai.warc": warc_bytes,
    "bai.warc.gz": lambda: gzip.compress(warc_bytes()),
    "bai.jsonl": jsonl_bytes,
    "bai.jsonl.gz": lambda: gzip.compress(jsonl_bytes()),
    "bai.jsonl.bz2": lambda: bz2.compress(jsonl_bytes()),
    "bai.jsonl.xz": lambda: lzma.compress(jsonl_bytes()),
    "bai.jsonl.zst": lambda: zstandard.compress(jsonl_bytes()),
    "bai.csv": csv_bytes,
    "bai.tsv": lambda: (
        f"title\tbody\tdate\tauthor\n{TITLE}\t{LEAD} {SECOND} {THIRD}\t2022-05-13 14:20\t{AUTHOR}\n".encode()
    ),
    "bai.zip": zip_bytes,
    "bai.tar": tar_bytes,
    "bai.tgz": lambda: gzip.compress(tar_bytes()),
    "bai-hai-lop.zip": lambda: wrapped(zip_bytes()),
}


def wrapped(inner: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("trong.zip", inner)
    return held.getvalue()


def read_one(tmp_path: Path, name: str, data: bytes) -> Record | Skipped:
    (tmp_path / name).write_bytes(data)
    (item,) = read_sources([tmp_path / name])
    return item


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_yields_the_article(name: str, tmp_path: Path) -> None:
    record = read_one(tmp_path, name, FORMATS[name]())
    assert isinstance(record, Record), record
    assert record.title.value == TITLE
    assert record.published.value == "2022-05-13T14:20:00+07:00"
    assert record.city.value == "Hải Phòng"
    assert record.byline.value == AUTHOR
    body = record.body.replace("\n", " ")
    for paragraph in (LEAD, SECOND, THIRD):
        assert paragraph in body
    for dirt in ("Trang chủ", "Bản quyền", "Một bài khác", "Bài liên quan", STAMP):
        assert dirt not in body


def test_every_format_is_tried() -> None:
    from search.ingest.formats import READERS

    tried = {Path(name).suffix for name in FORMATS} | {".gz", ".bz2", ".xz", ".zst"}
    modules = {READERS[ending] for ending in tried if ending in READERS}
    assert modules == set(READERS.values())


@pytest.mark.parametrize(
    "name", [name for name in FORMATS if not name.endswith((".txt", ".md", "-duoi", ".csv", ".tsv"))]
)
def test_a_file_cut_short_is_told_or_read_as_far_as_it_goes(name: str, tmp_path: Path) -> None:
    data = FORMATS[name]()
    for share in (0.1, 0.5, 0.9):
        for item in read_sources([write(tmp_path, name, data[: int(len(data) * share)])]):
            assert isinstance(item, Record | Skipped)
            assert isinstance(item, Record) or (";" in item.reason and "unforeseen" not in item.reason), item


@pytest.mark.parametrize("name", FORMATS)
def test_any_bytes_under_any_ending_are_told_or_read(name: str, tmp_path: Path) -> None:
    for seed in (b"", b"\x00" * 64, bytes(range(256)) * 8, b"\xff\xd8\xff\xe0" + bytes(200), b"PK\x03\x04" + bytes(80),
                 b"%PDF-1.4\n%%EOF", b"\x1f\x8b\x08" + bytes(40), b"<html><body>", b"<rss><item>", b"WARC/1.0\r\n\r\n",
                 "Chữ.".encode(), b"[[[[[[", b'{"id":', b"\xef\xbb\xbf"):  # fmt: skip
        items = list(read_sources([write(tmp_path, name, seed)]))
        assert all(isinstance(item, Record | Skipped) for item in items)
        reasons = [item.reason for item in items if isinstance(item, Skipped)]
        assert all(";" in reason and "unforeseen" not in reason for reason in reasons), reasons


def write(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_a_table_with_columns_of_its_own_is_mapped_by_a_sidecar(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(f"Tên;Chữ\n{TITLE};{LEAD}\n", encoding="utf-8")
    (skipped,) = read_sources([tmp_path])
    assert isinstance(skipped, Skipped)
    assert "sidecar" in skipped.reason
    (tmp_path / "b.meta.json").write_text('{"columns": {"title": "tên", "body": "chữ"}}', encoding="utf-8")
    (record,) = read_sources([tmp_path])
    assert isinstance(record, Record)
    assert (record.title.value, record.body, record.line) == (TITLE, LEAD, 2)


def test_broken_rows_are_told_with_their_line(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "b.csv",
        f'id,title,body,date\n1,Tin,"{LEAD}",2020-01-01\n2,Tin,a,b,c\n3,Tin,x,hôm qua\n4,Tin,,\n'.encode(),
    )
    items = list(read_sources([path]))
    assert [item.id for item in items if isinstance(item, Record)] == ["1"]
    assert [item.line for item in items if isinstance(item, Skipped)] == [3, 4, 5]


def test_a_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "RATIO_FROM_BYTES", 1 << 16)
    bomb = b"a" * (8 << 20)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", bomb)
        archive.writestr("b.txt", PAGE)
    for name, data in (("a.txt.gz", gzip.compress(bomb)), ("a.zip", held.getvalue())):
        items = list(read_sources([write(tmp_path, name, data)]))
        assert isinstance(items[0], Skipped)
        assert "times its size" in items[0].reason
        assert len([item for item in items if isinstance(item, Record)]) == (1 if name == "a.zip" else 0)


def test_archives_in_archives_end_somewhere(tmp_path: Path) -> None:
    data = zip_bytes()
    for _ in range(4):
        data = wrapped(data)
    item = read_one(tmp_path, "a.zip", data)
    assert isinstance(item, Skipped)
    assert "deep" in item.reason


@pytest.mark.parametrize("name", ["../thoat.txt", "/etc/thoat.txt", "a/../../thoat.txt", "..\\thoat.txt"])
def test_a_name_that_leads_out_of_the_archive_is_refused(name: str, tmp_path: Path) -> None:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(PAGE.encode())
        archive.addfile(member, io.BytesIO(PAGE.encode()))
    item = read_one(tmp_path, "a.tar", held.getvalue())
    assert isinstance(item, Skipped)
    assert "leads out" in item.reason


def test_links_in_an_archive_are_told(tmp_path: Path) -> None:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        member = tarfile.TarInfo("link.txt")
        member.type = tarfile.SYMTYPE
        member.linkname = "/etc/passwd"
        archive.addfile(member)
    item = read_one(tmp_path, "a.tar", held.getvalue())
    assert isinstance(item, Skipped)
    assert "link" in item.reason


def test_members_have_ids_of_their_own_and_sidecars(tmp_path: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a/1.txt", PAGE)
        archive.writestr("a/1.meta.json", '{"city": "hue"}')
        archive.writestr("b/1.txt", PAGE)
    (tmp_path / "kho.zip").write_bytes(held.getvalue())
    records = {item.id: item for item in read_sources([tmp_path]) if isinstance(item, Record)}
    assert list(records) == ["kho/a/1", "kho/b/1"]
    assert records["kho/a/1"].city.value == "Huế"
    assert records["kho/b/1"].city.value == "Hải Phòng"
    assert records["kho/a/1"].file.endswith("kho.zip!/a/1.txt")


def test_legacy_fonts_in_documents_are_converted(tmp_path: Path) -> None:
    from docx import Document

    from search.analysis.legacy import encode_charset

    document = Document()
    for text in (TITLE, LEAD, SECOND):
        document.add_paragraph(encode_charset(text, "tcvn3").decode("latin-1"))
    held = io.BytesIO()
    document.save(held)
    record = read_one(tmp_path, "a.docx", held.getvalue())
    assert isinstance(record, Record)
    assert LEAD in record.body


def test_what_the_markup_states_wins_and_what_the_text_says_is_kept(tmp_path: Path) -> None:
    stated = {"@context": "https://schema.org", "@graph": [{"@type": "NewsArticle", "headline": TITLE,
              "datePublished": "2022-05-14T06:00:00+07:00", "dateModified": "2024-01-01T00:00:00+07:00",
              "author": [{"@type": "Person", "name": "Trần Văn Bình"}],
              "publisher": {"name": "Báo Ví Dụ"}}]}  # fmt: skip
    head = (
        f'<script type="application/ld+json">{json.dumps(stated)}</script>'
        '<meta property="article:modified_time" content="2024-01-01">'
    )
    record = read_one(tmp_path, "a.html", HTML.replace("</head>", head + "</head>").encode())
    assert isinstance(record, Record)
    assert record.published.value == "2022-05-14T06:00:00+07:00"
    assert record.published.evidence[0].rule == "JSON-LD datePublished"
    assert "2022-05-13T14:20:00+07:00" in {candidate.value for candidate in record.published.rejected}
    assert (record.byline.value, record.source.value) == ("Trần Văn Bình", "Báo Ví Dụ")
    assert "2024" not in str(record.published.value)


def test_a_page_in_a_legacy_charset_is_read(tmp_path: Path) -> None:
    from search.analysis.legacy import encode_charset

    markup = HTML.replace("utf-8", "windows-1258")
    record = read_one(tmp_path, "a.html", encode_charset(markup, "cp1258"))
    assert isinstance(record, Record)
    assert record.title.value == TITLE


def test_a_scan_is_told_as_such(tmp_path: Path) -> None:
    item = read_one(tmp_path, "a.pdf", pdf([[""]]))
    assert isinstance(item, Skipped)
    assert "OCR" in item.reason
