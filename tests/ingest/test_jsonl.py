"""JSON lines: what is stated is kept, what is broken is told with its line, and the rest goes on."""

from __future__ import annotations

import functools
import io
import json
import operator
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from search.errors import InputError
from search.ingest import article_of, jsonl, read_sources, record_json
from search.ingest.fields import FieldError, date_value, stated
from search.model import Record, Skipped

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(*lines: bytes | str | dict[str, Any], name: str = "bai.jsonl") -> Path:
        path = tmp_path / name
        parts = [
            line if isinstance(line, bytes) else line.encode() if isinstance(line, str) else json.dumps(line).encode()
            for line in lines
        ]
        path.write_bytes(b"\n".join(parts) + b"\n")
        return path

    return write


def article(identifier: str = "a", **fields: Any) -> dict[str, Any]:
    return {"id": identifier, "title": "Tin", "body": "Một đoạn văn ngắn."} | fields


def test_stated_fields_are_taken_as_they_are(write: Write) -> None:
    path = write(
        article(
            city="tp hcm",
            published="2020-05-01",
            url="https://bao.example/1",
            source="Báo Ví Dụ",
            byline="Lê Minh",
            topic="khác",
        )
    )
    (record,) = read_sources([path])
    assert isinstance(record, Record)
    assert record.article.city == "Hồ Chí Minh"
    assert record.article.published == "2020-05-01"
    assert (record.article.url, record.article.source, record.article.byline) == (
        "https://bao.example/1",
        "Báo Ví Dụ",
        "Lê Minh",
    )
    assert record.article.evidence == {}
    assert (record.file, record.line) == (str(path), 1)


@pytest.mark.parametrize(
    ("stated", "stored"),
    [
        ("2019", "2019"),
        ("2019-03", "2019-03"),
        ("2019-03-13", "2019-03-13"),
        ("13/3/2019", "2019-03-13"),
        ("13-03-2019 09:05", "2019-03-13T09:05:00+07:00"),
        ("2019-03-13T09:05:00+07:00", "2019-03-13T09:05:00+07:00"),
        ("2019-03-12T20:05:00Z", "2019-03-13T03:05:00+07:00"),
        ("2019-03-13 09:05", "2019-03-13T09:05:00+07:00"),
        ("2020-02-29", "2020-02-29"),
    ],
)
def test_dates_are_stored_in_iso_8601(stated: str, stored: str, write: Write) -> None:
    (record,) = read_sources([write(article(published=stated))])
    assert isinstance(record, Record)
    assert record.article.published == stored


def test_date_is_another_name_of_published(write: Write) -> None:
    (record,) = read_sources([write(article(date="2020-05-01"))])
    assert isinstance(record, Record)
    assert record.article.published == "2020-05-01"


BROKEN = [
    (article(published="31/02/2020"), '"published" is not a date: "31/02/2020"; use YYYY-MM-DD'),
    (article(date="hôm qua"), '"date" is not a date: "hôm qua"; use YYYY-MM-DD'),
    (article(date="2019-02-29"), '"date" is not a date: "2019-02-29"; use YYYY-MM-DD'),
    (article(date="0202-05-01"), '"date" is not a date: "0202-05-01"; use YYYY-MM-DD'),
    (article(date=20200501), '"date" is not a date: 20200501; use YYYY-MM-DD'),
    (article(date="2020-13-01T25:00"), '"date" is not a date: "2020-13-01T25:00"; use YYYY-MM-DD'),
    ({"id": "a", "title": "Tin"}, 'no "body"; records need "id", "title" and "body"'),
    ({"id": "a", "title": "Tin", "content": "…"}, 'no "body"; rename "content" to "body"'),
    (article(body=" \n\t "), '"body" is empty; give the article its text or leave the record out'),
    (article(body=["một"]), "\"body\" is not text: ['một']; write it between quotes"),
    (article(title=12), '"title" is not text: 12; write it between quotes'),
    (article("a\x00b"), '"id" holds control characters'),
    (article("x" * 600), '"id" is longer than 512 bytes; shorten it'),
    ("[1, 2]", "a list, not an object"),
    ('"chữ"', "text, not an object"),
    ("null", "null, not an object"),
    ("12", "a number, not an object"),
    ('{"id": "a", "title": ', "broken JSON"),
    ("không phải JSON", "broken JSON"),
    (b"\xff\xfe\x00\x9d\x80", "broken JSON"),
    ("[" * 100_000, "broken JSON"),
]


@pytest.mark.parametrize(("line", "reason"), BROKEN, ids=range(len(BROKEN)))
def test_a_broken_line_is_told_and_the_rest_is_read(line: Any, reason: str, write: Write) -> None:
    path = write(article("first"), line, article("last"))
    first, skipped, last = read_sources([path])
    assert isinstance(first, Record)
    assert isinstance(last, Record)
    assert isinstance(skipped, Skipped)
    assert (first.id, last.id) == ("first", "last")
    assert (skipped.file, skipped.line) == (str(path), 2)
    assert skipped.reason.startswith(reason)
    assert ";" in skipped.reason


def test_the_second_of_two_ids_is_told_with_the_place_of_the_first(write: Write) -> None:
    one = write(article("a"), article("b"), name="1.jsonl")
    two = write(article("c"), article("a"), name="2.jsonl")
    items = list(read_sources([one, two]))
    assert [item.id for item in items if isinstance(item, Record)] == ["a", "b", "c"]
    (skipped,) = [item for item in items if isinstance(item, Skipped)]
    assert str(skipped) == f'{two}:2: duplicate id "a", first at {one}:1; give it another id'


def test_a_number_as_id_is_its_digits_and_no_id_is_a_digest(write: Write) -> None:
    nameless = {"title": "Tin", "body": "Một đoạn."}
    items = list(read_sources([write(article() | {"id": 7}, nameless, nameless | {"body": "Hai đoạn."}, nameless)]))
    records = [item for item in items if isinstance(item, Record)]
    assert records[0].id == "7"
    assert len(records[1].id) == 16
    assert records[1].id != records[2].id
    assert records[1].id_evidence is not None
    assert records[0].id_evidence is None
    assert "duplicate id" in str(items[-1])


def test_no_title_takes_the_beginning_of_the_lead_and_says_so(write: Write) -> None:
    body = "Thành phố khởi công kè biển dài năm cây số. Công trình hoàn thành sau hai năm."
    (record,) = read_sources([write({"id": "a", "body": body})])
    assert isinstance(record, Record)
    assert record.title.value == "Thành phố khởi công kè biển dài năm cây số."
    assert record.title.confidence == "low"
    assert record.article.evidence["title"].rule == "no title: taken from the lead"


def test_what_is_unsaid_is_read_with_evidence(write: Write) -> None:
    body = (
        "Sáng 12/3, tỉnh Nghệ An khánh thành đê biển. Công trình khởi công năm 2018, đạt 80% trong 9 tháng đầu "
        "năm 2020. Dự kiến năm 2021, tỉnh làm tiếp đoạn còn lại."
    )
    (record,) = read_sources([write(article(title="Nghệ An khánh thành đê biển", body=body))])
    assert isinstance(record, Record)
    assert record.article.city == "Nghệ An"
    assert record.article.published == "2021-03-12"
    assert set(record.article.evidence) == {"city", "published"}
    assert record.article.confidence["published"] == "medium"


def test_the_address_gives_the_day_when_the_record_does_not(write: Write) -> None:
    path = write(article(url="https://bao.example/tin/cau-moi-20210408102207037.htm"))
    (record,) = read_sources([path])
    assert isinstance(record, Record)
    assert record.article.published == "2021-04-08T10:22:00+07:00"
    assert record.article.confidence["published"] == "medium"


def test_nothing_is_dated_or_placed_without_evidence(write: Write) -> None:
    (record,) = read_sources([write(article(body="Có 7/8 huyện đạt chuẩn nông thôn mới theo báo cáo của ngành."))])
    assert isinstance(record, Record)
    assert record.article.published is None
    assert record.article.city is None


def test_text_is_stored_in_nfc_without_controls(write: Write) -> None:
    (record,) = read_sources([write(article(title="Ha\u0309i\u0000 Pho\u0300ng\n", body="Đoạn\r\nhai\u0007 \u0300"))])
    assert isinstance(record, Record)
    assert record.title.value == "Hải Phòng"
    assert "\r" not in record.body
    assert "\x07" not in record.body


def test_raw_tabs_and_unpaired_surrogates_are_read(write: Write) -> None:
    path = write(b'{"id": "a", "title": "Tin\tnhanh", "body": "m\\ud800t"}')
    (record,) = read_sources([path])
    assert isinstance(record, Record)
    assert record.title.value == "Tin nhanh"
    assert record.body == "m\ufffdt"


def test_blank_lines_and_a_mark_at_the_head_are_passed_over(write: Write) -> None:
    path = write(b"\xef\xbb\xbf" + json.dumps(article("a")).encode(), "", "  ", article("b"))
    records = list(read_sources([path]))
    assert [(item.id, item.line) for item in records if isinstance(item, Record)] == [("a", 1), ("b", 4)]


def test_utf_16_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    text = "\n".join(json.dumps(article(i, title="Hải Phòng"), ensure_ascii=False) for i in "ab")
    path.write_bytes(text.encode("utf-16"))
    assert [item.title.value for item in read_sources([path]) if isinstance(item, Record)] == ["Hải Phòng"] * 2


def test_a_json_array_and_a_single_object_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([article("1"), 5, article("2")], indent=2), encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps(article("3"), indent=2), encoding="utf-8")
    (tmp_path / "c.json").write_text(json.dumps(article("4")) + "\n" + json.dumps(article("5")), encoding="utf-8")
    items = list(read_sources([tmp_path]))
    assert [item.id for item in items if isinstance(item, Record)] == ["1", "2", "3", "4", "5"]
    assert [item.line for item in items if isinstance(item, Skipped)] == [2]


def test_a_line_over_the_limit_is_told_and_passed_over(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", 500)
    path = write(article("a"), article("b", body="chữ " * 1000), article("c"), article("d", body="x " * 150))
    items = list(read_sources([path]))
    assert [item.id for item in items if isinstance(item, Record)] == ["a", "c", "d"]
    assert [(item.line, "longer than" in item.reason) for item in items if isinstance(item, Skipped)] == [(2, True)]


def test_a_last_line_over_the_limit_without_end_is_told(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", 500)
    path = write(article("a"))
    path.write_bytes(path.read_bytes() + b'{"id": "b", "body": "' + b"x" * 5000)
    first, last = read_sources([path])
    assert isinstance(first, Record)
    assert isinstance(last, Skipped)
    assert last.line == 2


def test_standard_input_is_read_as_json_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    data = io.BytesIO(json.dumps(article("a")).encode() + b"\nx\n")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(data))
    first, second = read_sources(["-"])
    assert (first.file, first.line) == ("<stdin>", 1)
    assert isinstance(second, Skipped)
    assert second.line == 2


def test_shards_share_the_records_between_them(write: Write) -> None:
    path = write(*(article(str(number)) for number in range(200)))
    shares = [[item.id for item in read_sources([path], shard=(i, 3)) if isinstance(item, Record)] for i in (1, 2, 3)]
    assert sorted(functools.reduce(operator.iadd, shares, []), key=int) == [str(number) for number in range(200)]
    assert all(len(share) > 40 for share in shares)


def test_defaults_fill_what_no_record_states(write: Write) -> None:
    body = "Mưa lớn ở Hải Phòng. Thành phố Hải Phòng cho học sinh nghỉ học vì ngập."
    path = write(article("a", body=body), article("b", city="Hà Nội", body=body))
    first, second = read_sources([path], defaults={"city": "da nang", "source": "Báo Ví Dụ"})
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.article.city, first.article.source) == ("Đà Nẵng", "Báo Ví Dụ")
    assert first.city.evidence[0].rule == "default"
    assert second.article.city == "Hà Nội"


def test_a_default_that_is_no_value_is_an_error(write: Write) -> None:
    with pytest.raises(InputError, match=r"published.*31/02/2020.*YYYY-MM-DD"):
        list(read_sources([write(article())], defaults={"published": "31/02/2020"}))


def test_a_mapping_becomes_an_article_or_an_error() -> None:
    assert article_of(article(city="hanoi")).city == "Hà Nội"
    with pytest.raises(InputError, match='no "body"'):
        article_of({"id": "a", "title": "Tin"})


def test_record_json_names_every_field(write: Write) -> None:
    (record,) = read_sources([write(article(published="2020-05-01T08:00:00+07:00"))])
    assert isinstance(record, Record)
    out = record_json(record)
    assert json.loads(json.dumps(out)) == out
    assert out["title"] == {
        "value": "Tin",
        "confidence": "high",
        "evidence": [{"rule": "record", "text": "title", "line": None}],
        "rejected": [],
    }
    assert out["published"]["precision"] == "minute"
    assert {
        "file",
        "id",
        "event_date",
        "city",
        "byline",
        "source",
        "url",
        "language",
        "lead",
        "body",
        "removed",
    } <= set(out)


@pytest.mark.parametrize(
    ("published", "kept"),
    [
        (2016, "2016"),
        (2016.0, "2016"),
        ("2021/05/03", "2021-05-03"),
        ("2021-5-3", "2021-05-03"),
        ("2021/5", "2021-05"),
        ("ngày 3 tháng 5 năm 2021", "2021-05-03"),
        (unicodedata.normalize("NFD", "Ngày 3 tháng 5 năm 2021"), "2021-05-03"),
        ("3 tháng 5, 2021", "2021-05-03"),
        ("tháng 5 năm 2021", "2021-05"),
    ],
)
def test_a_day_may_be_written_in_every_way_that_means_one_day(published: object, kept: str) -> None:
    assert date_value(published) == kept


@pytest.mark.parametrize("published", [2016.5, 1799, 2101, True, "2021/13/01", "31 tháng 2 năm 2021", "2020/21"])
def test_what_may_mean_several_days_or_none_is_no_date(published: object) -> None:
    with pytest.raises(FieldError):
        date_value(published)


@pytest.mark.parametrize("word", ["không rõ", "Không rõ", unicodedata.normalize("NFD", "không rõ"), " unknown ", ""])
def test_a_record_may_say_that_a_field_is_not_known(word: str) -> None:
    fields = stated({"body": "Một.", "published": word, "date": word, "city": word})
    assert (fields.published, fields.city) == (None, None)
    assert stated({"body": "Một.", "published": word, "date": "2019"}).published == "2019"
