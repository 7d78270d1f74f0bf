"""Files of known formats with habits of other programs: odd headers, wrappers, escapes, epochs, packed twice."""

from __future__ import annotations

import base64
import gzip
import json
import quopri
from pathlib import Path

import pytest

from search.ingest import read_file
from search.model import Record, Skipped

FIRST = "Xưởng guốc mộc ở phường Thủy Xuân, thành phố Huế, vừa nhận mười thợ trẻ sau nhiều năm chỉ còn hai người già."
SECOND = "Mỗi đôi guốc làm từ gỗ xoan, phơi hai mươi ngày rồi mới gọt, quai đan bằng sợi dứa nhuộm củ nâu."
HTML = f"<html><body><h1>Guốc mộc Thủy Xuân có thợ trẻ</h1><p>{FIRST}</p><p>{SECOND}</p></body></html>"


def read(tmp_path: Path, name: str, data: bytes | str) -> list[Record | Skipped]:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return list(read_file(path))


def told(items: list[Record | Skipped]) -> list[tuple[str | None, str | None, str | None]]:
    return [(item.title.value, item.published.value, item.city.value) for item in items if isinstance(item, Record)]


def test_columns_may_have_longer_names(tmp_path: Path) -> None:
    table = (
        "\ufeffMÃ BÀI;TIÊU ĐỀ BÀI VIẾT;NỘI DUNG CHI TIẾT;NGÀY ĐĂNG TẢI;ĐỊA PHƯƠNG;\n"
        f'1;Guốc mộc;"{FIRST}\n{SECOND}";03/04/2021 07:15;Huế;\n'
        f"2;Guốc mộc hai;{SECOND};4.4.2021;TP Huế;\n"
    )
    assert told(read(tmp_path, "bai.csv", table)) == [
        ("Guốc mộc", "2021-04-03T07:15:00+07:00", "Huế"),
        ("Guốc mộc hai", "2021-04-04", "Huế"),
    ]


def test_a_column_of_kinds_is_no_text(tmp_path: Path) -> None:
    (item,) = read(tmp_path, "bai.csv", f"title,content_type,contents\nGuốc,html,{SECOND}\n")
    assert isinstance(item, Skipped)
    assert 'no column "body"' in item.reason


def test_a_table_in_utf16_separated_by_tabs(tmp_path: Path) -> None:
    table = f"Tiêu đề\tNội dung\tNgày\nGuốc mộc\t{FIRST}\t03/04/2021\n".encode("utf-16")
    assert told(read(tmp_path, "bai.csv", table)) == [("Guốc mộc", "2021-04-03", "Huế")]


@pytest.mark.parametrize(
    ("value", "published"),
    [
        (1617408900, "2021-04-03T07:15:00+07:00"),
        (1617408900000, "2021-04-03T07:15:00+07:00"),
        (1617408900.5, "2021-04-03T07:15:00+07:00"),
    ],
)
def test_moments_as_numbers_are_read(value: float, published: str, tmp_path: Path) -> None:
    line = json.dumps({"title": "Guốc", "body": FIRST, "published": value})
    assert told(read(tmp_path, "bai.jsonl", line)) == [("Guốc", published, "Huế")]


@pytest.mark.parametrize("value", [2021.5, 210, 20210403, 0, -1, True, 1e300])
def test_other_numbers_are_no_moments(value: float, tmp_path: Path) -> None:
    (item,) = read(tmp_path, "bai.jsonl", json.dumps({"title": "Guốc", "body": FIRST, "published": value}))
    assert isinstance(item, Skipped)
    assert "is not a date" in item.reason


@pytest.mark.parametrize("indent", [None, 1])
def test_records_may_be_wrapped_in_an_object(indent: int | None, tmp_path: Path) -> None:
    values = {"total": 2, "articles": [{"title": "Một", "body": FIRST}, {"title": "Hai", "body": SECOND}]}
    found = told(read(tmp_path, "bai.json", json.dumps(values, indent=indent)))
    assert found == [("Một", None, "Huế"), ("Hai", None, None)]


def test_one_article_with_a_list_of_objects_is_one_article(tmp_path: Path) -> None:
    values = {"title": "Một", "body": FIRST, "images": [{"body": "ảnh"}]}
    assert told(read(tmp_path, "bai.json", json.dumps(values))) == [("Một", None, "Huế")]


def test_a_feed_of_several_entries_with_escaped_titles(tmp_path: Path) -> None:
    feed = f"""<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Báo Cố Đô</title>
<updated>2024-01-01T00:00:00Z</updated>
<entry><id>tag:x,2021:1</id><title type="html">Gu&amp;#7889;c m&amp;#7897;c</title>
<updated>2023-09-09T00:00:00Z</updated>
<published>2021-04-03T00:15:00Z</published><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{FIRST}</p>
<p>{SECOND}</p></div></content></entry>
<entry><id>tag:x,2021:3</id><title>Guốc &amp;amp; dép</title><updated>2021-05-05T20:00:00Z</updated>
<content type="html">&lt;p&gt;{FIRST}&lt;/p&gt;</content></entry></feed>"""
    assert told(read(tmp_path, "bai.atom", feed)) == [
        ("Guốc mộc", "2021-04-03T07:15:00+07:00", "Huế"),
        ("Guốc &amp; dép", "2021-05-06T03:00:00+07:00", "Huế"),
    ]


def test_a_newsletter_with_encoded_words_and_html_alone(tmp_path: Path) -> None:
    def encoded(words: str) -> str:
        return quopri.encodestring(words.encode(), header=True).decode()

    mail = (
        f"From: =?utf-8?B?{base64.b64encode('Bản tin Cố Đô'.encode()).decode()}?= <tin@example.vn>\r\n"
        f"Subject: =?utf-8?Q?{encoded('Guốc mộc')}?=\r\n =?utf-8?Q?{encoded(' có thợ trẻ')}?=\r\n"
        "Date: Fri, 02 Apr 2021 23:30:00 +0000\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{base64.encodebytes(HTML.encode()).decode()}\r\n--b--\r\n"
    )
    assert told(read(tmp_path, "thu.eml", mail)) == [("Guốc mộc có thợ trẻ", "2021-04-03T06:30:00+07:00", "Huế")]


def test_a_saved_page_takes_its_day_from_its_address_not_from_its_saving(tmp_path: Path) -> None:
    page = (
        b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://x.example.vn/2021/04/03/guoc.html\r\n"
        b'Date: Fri, 8 Aug 2025 10:00:00 +0700\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="z"'
        b"\r\n\r\n"
        b"--z\r\nContent-Type: text/html; charset=windows-1258\r\nContent-Transfer-Encoding: quoted-printable\r\n"
        b"Content-Location: https://x.example.vn/2021/04/03/guoc.html\r\n\r\n"
    ) + quopri.encodestring(HTML.encode())
    found = told(read(tmp_path, "trang.mht", page + b"\r\n--z--\r\n"))
    assert found == [("Guốc mộc Thủy Xuân có thợ trẻ", "2021-04-03", "Huế")]


def test_a_page_packed_twice_under_no_name_of_its_own(tmp_path: Path) -> None:
    twice = gzip.compress(gzip.compress(HTML.encode()))
    assert told(read(tmp_path, "trang.txt", twice)) == [("Guốc mộc Thủy Xuân có thợ trẻ", None, "Huế")]


def test_pieces_of_a_body_may_have_extensions(tmp_path: Path) -> None:
    packed = gzip.compress(HTML.encode())
    pieces = b"".join(
        f"{len(packed[i : i + 50]):x};ext=1\r\n".encode() + packed[i : i + 50] + b"\r\n"
        for i in range(0, len(packed), 50)
    )
    payload = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Encoding: gzip\r\n\r\n" + pieces + b"0\r\n\r\n"
    )
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://x.example.vn/2021/04/03/guoc.html\r\n"
        "WARC-Date: 2024-02-02T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(payload)}\r\n\r\n"
    )
    found = told(read(tmp_path, "web.warc", head.encode() + payload + b"\r\n\r\n"))
    assert found == [("Guốc mộc Thủy Xuân có thợ trẻ", "2021-04-03", "Huế")]
