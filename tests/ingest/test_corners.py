"""Pages, tables and feeds with what few of them have: two dates, no guid, several authors, names that units share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import html as markup

from search.ingest import tables
from search.ingest.language import language
from search.ingest.metadata import metadata
from search.ingest.places import from_source, lines_between, places
from search.ingest.stamps import stamp
from search.model import Record, Skipped
from tests.ingest.test_odd_files import FIRST, HTML, SECOND, read


def stated(head: str, body: str = "<h1>Guốc mộc</h1>") -> dict[str, object]:
    page = f"<html><head>{head}</head><body>{body}</body></html>"
    return {name: reading.value for name, reading in metadata(markup.fromstring(page)).items()}


def ld(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def test_a_time_that_says_it_is_the_date_is_the_date() -> None:
    for mark in ("pubdate", 'itemprop="datePublished"'):
        assert stated("", f'<time datetime="2021-04-03" {mark}>x</time>')["published"] == "2021-04-03"
    assert "published" not in stated("", '<time itemprop="datePublished">03/04/2021</time>')


def test_of_two_dates_the_first_counts_and_the_other_is_rejected() -> None:
    head = ld({"@type": "NewsArticle", "datePublished": "2021-04-03"})
    head += '<meta property="article:published_time" content="2021-05-06">'
    reading = metadata(markup.fromstring(f"<html><head>{head}</head><body></body></html>"))["published"]
    assert reading.value == "2021-04-03"
    assert [one.value for one in reading.rejected] == ["2021-05-06"]


@pytest.mark.parametrize("value", ["soon", "1066-10-14", "2021-02-30", " ", 5])
def test_what_is_no_date_of_a_page_is_no_date(value: object) -> None:
    assert "published" not in stated(ld({"@type": "NewsArticle", "datePublished": value}))


def test_the_site_behind_a_title_is_cut_off() -> None:
    head = '<meta property="og:site_name" content="Báo Mẫu"><meta property="og:title" content="Guốc mộc | Báo Mẫu">'
    assert stated(head, "")["title"] == "Guốc mộc"
    assert stated("<title>Guốc mộc - Báo Huế</title>", "")["title"] == "Guốc mộc"


def test_authors_are_people_and_no_addresses() -> None:
    head = '<meta name="author" content="https://bao.example/ha"><meta name="author" content="Lê Hà">'
    assert stated(head)["byline"] == "Lê Hà"
    several = [{"@type": "Organization", "name": "Báo Mẫu"}, {"name": "Lê Hà"}, "Trần An", "https://x"]
    assert stated(ld({"@type": "Article", "author": several}))["byline"] == "Lê Hà, Trần An"


def test_objects_lie_in_lists_and_graphs_and_have_addresses() -> None:
    item = {"@type": ["Thing", "NewsArticle"], "headline": "Mộc", "mainEntityOfPage": {"@id": "https://bao.example/1"}}
    found = stated(ld(["x", 3, {"@graph": [item]}]), "")
    assert (found["title"], found["url"]) == ("Mộc", "https://bao.example/1")
    assert "url" not in stated(ld({"@type": "NewsArticle", "url": "/relative", "@id": 7}))
    assert stated(ld({"@type": "Recipe", "headline": "Mộc"}), "") == {}
    assert stated('<script type="application/ld+json">{broken</script>', "") == {}


def test_only_the_first_time_near_the_headline_is_the_date() -> None:
    time = '<time datetime="2021-04-03">x</time>'
    assert stated("", f"<h1>a</h1><p>b</p>{time}")["published"] == "2021-04-03"
    assert "published" not in stated("", f"<h1>a</h1><p>b</p><p>c</p>{time}")
    assert "published" not in stated("", f"<h1>a</h1><h1>b</h1>{time}")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Thanh pho nghi viec cong nhan duoc nghi trong tinh va nguoi den tai cac xuong cua tinh", "vi"),
        ("The workshop in the old town has hired ten young people for the first time in years", "en"),
        ("Bonjour tout le monde chez nous", None),
        ("12 345 --- 67", None),
    ],
)
def test_the_language_of_texts_without_marks(text: str, found: str | None) -> None:
    assert language(text).value == found


def sidecar(tmp_path: Path, columns: object) -> str:
    (tmp_path / "bai.meta.json").write_text(columns if isinstance(columns, str) else json.dumps(columns), "utf-8")
    (item,) = read(tmp_path, "bai.csv", f'nhan,chu\nGuốc,"{FIRST}"\n')
    return item.reason if isinstance(item, Skipped) else f"{item.title.value}: {item.body}"


def test_a_sidecar_maps_columns_or_says_why_not(tmp_path: Path) -> None:
    assert sidecar(tmp_path, {"columns": {"title": "nhan", "body": "CHU"}}) == f"Guốc: {FIRST}"
    assert "is no field" in sidecar(tmp_path, {"columns": {"colour": "nhan"}})
    assert "no column of the first row" in sidecar(tmp_path, {"columns": {"body": "text"}})
    assert "broken JSON" in sidecar(tmp_path, "{")
    for wrong in (["title"], {"title": 3}):
        assert '"columns" of the sidecar' in sidecar(tmp_path, {"columns": wrong})


def test_empty_and_broken_rows_do_not_end_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_FIELD_CHARS", 2000)
    table = f'title,body\n,\n\n   , \nGuốc,"{FIRST}"\nMộc,{"b" * 3000}\nLụa,"{SECOND}"\nMột,hai,ba\n'
    found = read(tmp_path, "bai.csv", table)
    assert {item.title.value for item in found if isinstance(item, Record)} >= {"Guốc", "Lụa"}
    assert any("broken row" in item.reason for item in found if isinstance(item, Skipped))
    assert any("3 columns where" in item.reason for item in found if isinstance(item, Skipped))


def test_ids_are_text_and_authors_may_be_several(tmp_path: Path) -> None:
    lines = [{"id": [1], "body": FIRST}, {"id": True, "body": FIRST}, {"id": 7, "body": FIRST},
             {"id": "8", "body": SECOND, "byline": ["Lê Hà", "Trần An"]},
             {"id": "9", "body": SECOND, "byline": ["Lê Hà", 3]}]  # fmt: skip
    found = read(tmp_path, "bai.jsonl", "\n".join(map(json.dumps, lines)))
    told = [item.reason for item in found if isinstance(item, Skipped)]
    assert [reason for reason in told if '"id" is not text' in reason] == told[:2]
    assert len(told) == 3
    records = [item for item in found if isinstance(item, Record)]
    assert [(item.article.id, item.byline.value) for item in records] == [("7", None), ("8", "Lê Hà, Trần An")]


def test_an_entry_of_a_feed_without_any_id_has_one_by_its_text(tmp_path: Path) -> None:
    feed = f"<rss><channel><item><title>Guốc</title><description>{FIRST}</description></item></channel></rss>"
    (item,) = read(tmp_path, "tin.xml", feed)
    assert isinstance(item, Record)
    assert item.article.id
    assert not item.id_evidence or "guid" not in item.id_evidence.rule
    empty = "<rss><channel><item><title>Guốc</title></item></channel></rss>"
    (told,) = read(tmp_path, "trong.xml", empty)
    assert isinstance(told, Skipped)
    assert "has no text" in told.reason


def test_front_matter_may_hold_lines_that_say_nothing(tmp_path: Path) -> None:
    (item,) = read(tmp_path, "bai.md", f"---\ntitle: 'Guốc mộc'\n# lời chú\n- a\ndate:\n---\n\n{FIRST}\n\n{SECOND}\n")
    assert isinstance(item, Record)
    assert (item.title.value, item.published.value) == ("Guốc mộc", None)


def test_units_joined_by_a_hyphen_are_ends_of_a_line() -> None:
    for line in ("Cần Thơ-Huế", "Quảng Ninh-Hà Nội", "Ninh Bình – Hải Phòng", "Quảng Ninh - Hải Phòng"):
        text = f"Xe {line} dừng, Đà Nẵng chờ"
        kinds = [place.kind for place in lines_between(text, list(places(text)))]
        assert kinds == ["route", "route", "name"], line
    (person, *_) = [place.text for place in places("Ông Ninh Hà Nam kể về Huế")]
    assert person == "Huế"
    alone = list(places("Hà Nội, Huế"))
    assert lines_between("Hà Nội, Huế", alone) is alone


@pytest.mark.parametrize(
    ("source", "url", "unit"),
    [
        ("Báo Hải Phòng", None, "Hải Phòng"),
        (None, "https://baodanang.vn/tin/1", "Đà Nẵng"),
        (None, "https://haiphong.gov.vn/tin", "Hải Phòng"),
        ("haiphong.gov.vn", None, "Hải Phòng"),
        (None, "https://bao.example/1", None),
        ("Báo Mẫu", "localhost", None),
        (None, None, None),
    ],
)
def test_papers_and_addresses_name_their_unit(source: str | None, url: str | None, unit: str | None) -> None:
    found = from_source(source, url)
    assert (found[0] if found else None) == unit


def test_issues_of_magazines_state_their_month() -> None:
    found = stamp("Số 12 - Tháng 9/2017")
    assert found is not None
    assert (found.when, found.month_only) == ("2017-09", True)
    assert stamp("Số 12 - Tháng 13/2017") is None


def test_a_page_of_markup_keeps_comments_out_of_its_text(tmp_path: Path) -> None:
    page = HTML.replace(f"<p>{FIRST}</p>", f"<p>{FIRST[:20]}<!-- ghi chú -->{FIRST[20:]}</p>")
    (item,) = read(tmp_path, "bai.html", page)
    assert isinstance(item, Record)
    assert FIRST in item.body
    assert "ghi chú" not in item.body


def test_an_address_on_the_page_tells_where_it_is_from_and_when(tmp_path: Path) -> None:
    link = "Xem bài gốc: https://bao.example/2021/04/03/guoc-moc-1.html"
    (item,) = read(tmp_path, "bai.txt", f"Guốc mộc Thủy Xuân có thợ trẻ\n\n{FIRST}\n\n{SECOND}\n\n{link}\n")
    assert isinstance(item, Record)
    assert (item.url.value or "").startswith("https://bao.example/2021") == (item.published.value is not None)


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("<h1>Hà Nội:<br>Mở đường vành đai</h1>", "Hà Nội: Mở đường vành đai"),
        (
            "<h1>Nghêu chết trắng<div class=meta><span>03/05/2021 07:15</span></div><div>x</div></h1>",
            "Nghêu chết trắng",
        ),
        ("<h1>Nghêu chết trắng<div>03/05/2021 07:15", "Nghêu chết trắng"),
        ("<h1><div>Mở đường</div><div>vành đai 3</div></h1>", "Mở đường vành đai 3"),
        ("<h1><div>03/05/2021</div></h1>", "03/05/2021"),
        ("<h1>Giá <b>vàng</b> hôm nay</h1>", "Giá vàng hôm nay"),
    ],
)
def test_a_heading_keeps_its_lines_apart_and_ends_where_the_text_begins(heading: str, title: str) -> None:
    assert stated("", heading)["title"] == title


def test_other_tags_say_where_an_open_heading_ends() -> None:
    head = '<meta property="og:title" content="Nghêu chết trắng bãi - Báo Biển">'
    assert (
        stated(head, "<h1>Nghêu chết trắng bãi<div>Thứ hai</div><div>Kinh tế</div></h1>")["title"]
        == "Nghêu chết trắng bãi"
    )
    assert stated(head, "<h1><div>Kinh tế</div><div>Nghêu chết trắng bãi</div></h1>")["title"] == "Nghêu chết trắng bãi"
    assert stated(head, "<h1><div>Nghêu chết</div><div>trắng bãi</div></h1>")["title"] == "Nghêu chết trắng bãi"
