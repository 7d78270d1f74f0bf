"""Files as they come: renamed, cut short, empty, endless, with members that lead elsewhere. All are told or read."""

from __future__ import annotations

import gzip
import json
import quopri
import time
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from search.ingest import read_file
from search.ingest.formats import READERS
from search.model import Record, Skipped

TITLE = "Làng đan rổ mở lại chợ phiên sau mùa nước"
LEAD = "Sáng 12/4, làng đan rổ ở huyện Vụ Bản, Nam Định mở lại chợ phiên, với ba mươi gian hàng dựng bằng tre."
NEXT = "Bà Phí Thị Hợi, người coi chợ, cho biết mỗi gian góp một chiếc rổ lớn để che mưa cho người bán rau."
HTML = (
    f'<html lang="vi"><head><title>{TITLE} | Báo Thử</title><meta property="article:published_time" '
    f'content="2021-04-12T08:05:00+07:00"></head><body><h1>{TITLE}</h1><div><p>{LEAD}</p><p>{NEXT}</p></div></body></html>'
)


def record_of(path: Path) -> Record:
    items = list(read_file(path))
    assert len(items) == 1, items
    assert isinstance(items[0], Record), items
    return items[0]


def reason_of(path: Path) -> str:
    items = list(read_file(path))
    assert len(items) == 1, items
    assert isinstance(items[0], Skipped), items
    return items[0].reason


@pytest.mark.parametrize("ending", sorted(READERS))
def test_an_empty_file_of_any_ending_is_told_as_empty(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"trong{ending}"
    path.write_bytes(b"")
    assert reason_of(path).startswith("empty file")


def saved_page() -> bytes:
    """A page as Chrome saves it: quoted-printable, a picture and another frame beside it."""
    head = (
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://bao.example/tin/1\r\nSubject: x\r\n"
        "Date: Sat, 23 Nov 2024 08:00:00 -0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n"
        '\ttype="text/html";\r\n\tboundary="B"\r\n\r\n\r\n--B\r\nContent-Type: text/html\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\nContent-Location: https://bao.example/tin/1\r\n\r\n"
    )
    page = quopri.encodestring(HTML.encode()).replace(b"\n", b"\r\n")
    tail = (
        "\r\n--B\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n"
        "--B\r\nContent-Type: text/html\r\n\r\n<html><body><p>khung quảng cáo</p></body></html>\r\n--B--\r\n"
    )
    return head.encode() + page + tail.encode()


@pytest.mark.parametrize("name", ["trang.mhtml", "trang.mht", "trang.txt", "trang.html", "trang.eml"])
def test_a_page_saved_by_chrome_is_read_under_any_ending(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(saved_page())
    record = record_of(path)
    assert (record.title.value, record.published.value) == (TITLE, "2021-04-12T08:05:00+07:00")
    assert record.url.value == "https://bao.example/tin/1"
    assert "quảng cáo" not in record.body


def test_attachments_are_not_the_mail(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["Date"] = TITLE, "Hợi <a@b.vn>", "Mon, 12 Apr 2021 08:05:00 +0700"
    message.set_content(f"{LEAD}\n\n{NEXT}\n")
    message.add_attachment("Một tệp bằng chữ gửi kèm thư.", filename="ghi-chu.txt")
    (tmp_path / "thu.eml").write_bytes(message.as_bytes())
    assert "gửi kèm" not in record_of(tmp_path / "thu.eml").body
    message = EmailMessage()
    message["Subject"] = TITLE
    message.add_attachment(LEAD, filename="chi-co-tep.txt")
    (tmp_path / "tep.eml").write_bytes(message.as_bytes())
    assert "no text of a mail" in reason_of(tmp_path / "tep.eml")


@pytest.mark.parametrize(
    "table",
    [
        f"\ufefftiêu đề;nội dung;ngày đăng\r\n{TITLE};{LEAD};12/04/2021\r\n",
        f"sep=;\r\ntitle;body;date\r\n{TITLE};{LEAD};2021-04-12\r\n",
        f'title,body,date\n{TITLE},"{LEAD}",12-04-2021\n',
        f"title|body|date\n{TITLE}|{LEAD}|12.04.2021\n",
        f"title\tbody\tdate\n{TITLE}\t{LEAD}\t12/04/2021\n",
    ],
)
def test_tables_of_any_separator_are_read(table: str, tmp_path: Path) -> None:
    (tmp_path / "bang.csv").write_text(table, encoding="utf-8", newline="")
    record = record_of(tmp_path / "bang.csv")
    assert (record.title.value, record.published.value, record.body) == (TITLE, "2021-04-12", LEAD)


def test_front_matter_in_toml_is_read(tmp_path: Path) -> None:
    (tmp_path / "bai.md").write_text(f'+++\ntitle = "{TITLE}"\ndate = 2021-04-12\n+++\n\n{LEAD}\n\n{NEXT}\n', "utf-8")
    record = record_of(tmp_path / "bai.md")
    assert (record.title.value, record.published.value) == (TITLE, "2021-04-12")
    assert "+++" not in record.body


def warc(body: bytes, *headers: tuple[str, str]) -> bytes:
    """A web archive of one page."""
    lines = [("Content-Type", "text/html; charset=utf-8"), *headers]
    answer = b"HTTP/1.1 200 OK\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines).encode() + b"\r\n" + body
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://bao.example/1\r\n"
        "WARC-Record-ID: <urn:uuid:11111111-1111-1111-1111-111111111111>\r\nWARC-Date: 2024-11-23T00:00:00Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer)}\r\n\r\n"
    )
    return head.encode() + answer + b"\r\n\r\n"


def chunked(body: bytes) -> bytes:
    parts = [body[i : i + 50] for i in range(0, len(body), 50)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def test_bodies_of_web_archives_are_unpacked(tmp_path: Path) -> None:
    brotli = pytest.importorskip("brotli")
    page = HTML.encode()
    chunks = ("Transfer-Encoding", "chunked")
    for number, data in enumerate(
        [
            warc(page),
            warc(chunked(page), chunks),
            warc(chunked(gzip.compress(page)), chunks, ("Content-Encoding", "gzip")),
            warc(brotli.compress(page), ("Content-Encoding", "br")),
            warc(chunked(brotli.compress(page)), chunks, ("Content-Encoding", "br")),
        ]
    ):
        for name, packed in ((f"{number}.warc", data), (f"{number}.warc.gz", gzip.compress(data))):
            (tmp_path / name).write_bytes(packed)
            assert record_of(tmp_path / name).title.value == TITLE, name


def test_a_web_archive_cut_inside_a_page_is_told(tmp_path: Path) -> None:
    (tmp_path / "cut.warc").write_bytes(warc(HTML.encode())[:-200])
    assert "cut short" in reason_of(tmp_path / "cut.warc")
    (tmp_path / "br.warc").write_bytes(warc(b"\x8b\x02\x80 no brotli", ("Content-Encoding", "br")))
    assert "compression" in reason_of(tmp_path / "br.warc")


@pytest.mark.parametrize("name", ["C:\\thoat.txt", "C:/thoat.txt", "d:thoat.txt"])
def test_a_member_named_after_a_drive_is_refused(name: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "o-dia.zip", "w") as archive:
        archive.writestr(name, LEAD)
    assert "leads out" in reason_of(tmp_path / "o-dia.zip")


def test_an_endless_article_in_an_array_is_told(tmp_path: Path) -> None:
    (tmp_path / "dai.json").write_text(json.dumps([{"body": "a" * (33 << 20)}, {"body": LEAD}]), "utf-8")
    first, second = read_file(tmp_path / "dai.json")
    assert isinstance(first, Skipped)
    assert "longer" in first.reason
    assert isinstance(second, Record)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"{i % 28 + 1}/{i % 12 + 1}/2021 09:{i % 60:02d} tin {i}" for i in range(3000)) + "\n" + LEAD,
        "1/" * 20_000 + "\n" + "Hà - " * 20_000 + "\n" + LEAD,
        "Kỷ niệm (" * 5_000 + LEAD,
        " " * 2_000_000 + LEAD,
        f"{LEAD} " * 20_000,
        "Trang chủ > " * 20_000 + "\n" + LEAD,
        "- " * 100_000 + "\n" + LEAD,
        LEAD + "\n" + "\n".join(f"Thứ Hai, {i % 28 + 1:02d}/03/2021 09:{i % 60:02d}" for i in range(100_000)),
        "\n".join("Tin liên quan" if i % 3 == 0 else f"{LEAD} Và câu số {i}." for i in range(30_000)),
        "\n".join(f"Tin số {i}" for i in range(200_000)) + "\n" + LEAD,
    ],
    ids=[
        *("stamps", "fractions", "brackets", "blanks", "one line", "breadcrumbs", "marks"),
        *("stamps alone", "lists between paragraphs", "short lines"),
    ],
)
def test_no_text_takes_long(text: str, tmp_path: Path) -> None:
    (tmp_path / "nang.txt").write_text(text, "utf-8")
    started = time.monotonic()
    assert list(read_file(tmp_path / "nang.txt"))
    assert time.monotonic() - started < 20, "reading must stay linear in the text"
