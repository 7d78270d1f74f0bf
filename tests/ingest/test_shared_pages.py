"""Five real scraped pages, against what a good reader of pages takes from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.ingest import read_sources
from search.model import Record

TRUTH = {
    "000_dfbc82fa2609a4cc": {
        "title": "Hải Phòng xác định công tác xây dựng Đảng, giữ gìn đoàn kết nội bộ, xây dựng đội ngũ cán bộ "
        "phòng chống tham nhũng lãng phí là nhiệm vụ then chốt quan trọng hàng đầu",
        "published": ("2020-01-09", "medium"),
        "event_date": "2020-01-09",
        "city": ("Hải Phòng", "high"),
        "byline": None,
        "removed": {1, 2, 3, 5, 7, 8, 48, 50, 52},
        "rejected": {"2021-10-18"},
    },
    "001_6779b1c913ef5a56": {
        "title": None,
        "published": ("2021-12-29T09:43:00+07:00", "high"),
        "event_date": "2021-12-28",
        "city": ("Hải Phòng", "high"),
        "byline": "Lê Minh Thắng",
        "removed": {1, 15, 16},
        "rejected": {"2024-11-23T22:48:00+07:00", "2024-11-23T14:30:00+07:00"},
    },
    "002_e0e4920447d039e3": {
        "title": "Triển khai thực hiện nghiêm túc Kế hoạch số 17-KH/TU của Ban Thường vụ Thành ủy",
        "published": ("2019-03-13", "high"),
        "event_date": "2019-03-13",
        "city": ("Đà Nẵng", "medium"),
        "byline": "Ngô Huyền",
        "removed": {2},
        "rejected": {"2016-12-29"},
    },
    "003_0679f268ad4792a0": {
        "title": "Tăng cường ý thức trách nhiệm, siết chặt kỷ luật, kỷ cương trong thực thi nhiệm vụ",
        "published": ("2022-07-23T12:55:00+07:00", "high"),
        "event_date": "2022-07-13",
        "city": ("Hà Nội", "high"),
        "byline": "Thùy Dương",
        "removed": {3, 72, 73, 74, 75, 76, 77, 79},
        "rejected": {"2016-12-19"},
    },
    "004_b4597fecf81b2f21": {
        "title": "Năm trọng tâm thực hiện công tác cải cách hành chính trong Đảng từ cấp thành phố đến cấp cơ sở",
        "published": ("2023-12-01T14:40:00+07:00", "high"),
        "event_date": "2023-12-01",
        "city": ("Hải Phòng", "high"),
        "byline": "Nhóm PV",
        "removed": {3, 49, 53, 55, 56, 57, 58, 60, 62},
        "rejected": {"2023-11-20"},
    },
}


@pytest.fixture(scope="module")
def pages(shared: Path) -> dict[str, Record]:
    records = list(read_sources([shared / "pages"]))
    assert all(isinstance(record, Record) for record in records)
    return {record.id: record for record in records if isinstance(record, Record)}


@pytest.mark.parametrize("name", TRUTH)
def test_a_page_is_read_as_a_person_reads_it(name: str, pages: dict[str, Record]) -> None:
    record, truth = pages[name], TRUTH[name]
    if truth["title"] is None:
        assert record.title.confidence == "low"
        assert "lead" in record.title.evidence[0].rule
        assert record.lead.value is not None
        assert record.lead.value.startswith(str(record.title.value).rstrip("…"))
    else:
        assert record.title.value == truth["title"]
        assert record.title.confidence == "high"
    assert (record.published.value, record.published.confidence) == truth["published"]
    assert record.event_date.value == truth["event_date"]
    assert (record.city.value, record.city.confidence) == truth["city"]
    assert record.byline.value == truth["byline"]
    assert {removed.line for removed in record.removed} == truth["removed"]
    assert truth["rejected"] <= {candidate.value for candidate in record.published.rejected}
    assert record.language.value == "vi"


def test_every_value_and_every_removal_says_why(pages: dict[str, Record]) -> None:
    for record in pages.values():
        for reading in (record.title, record.published, record.event_date, record.city, record.byline):
            assert bool(reading.value) == bool(reading.evidence)
            assert all(candidate.reason for candidate in reading.rejected)
        assert all(removed.reason for removed in record.removed)


def test_what_is_kept_is_kept_as_written(pages: dict[str, Record], shared: Path) -> None:
    for name, record in pages.items():
        written = (shared / "pages" / f"{name}.txt").read_text(encoding="utf-8")
        for line in record.body.split("\n"):
            assert line.rstrip(".") in written
    assert "Quyện ủy" in pages["001_6779b1c913ef5a56"].body
    assert "NGÔ HUYỀN" in pages["002_e0e4920447d039e3"].body
    assert "./." not in pages["004_b4597fecf81b2f21"].body


def test_a_sidecar_overrides_and_the_rest_is_still_read(shared: Path, tmp_path: Path) -> None:
    page = tmp_path / "trang.txt"
    page.write_bytes((shared / "pages" / "002_e0e4920447d039e3.txt").read_bytes())
    (tmp_path / "trang.meta.json").write_text(
        '{"city": "haiphong", "published": "2018-05-01", "title": "Khác"}', encoding="utf-8"
    )
    (record,) = read_sources([tmp_path])
    assert isinstance(record, Record)
    assert (record.title.value, record.city.value, record.published.value) == ("Khác", "Hải Phòng", "2018-05-01")
    assert record.city.evidence[0].rule == "record"
    assert record.byline.value == "Ngô Huyền"
    assert "city" not in record.article.evidence
