"""The same article republished counts once through every door unless all are asked for; places of then and of today."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from unidecode import unidecode

import search
from search import gazetteer
from search.cli import main
from search.indexing import delete
from search.service import Index
from search.state import parse
from search.wire import result_json
from tests.ingest.page_texts import BRIDGE, MARKET, OFFICE, SCHOOL

STORY = " ".join((*BRIDGE, *OFFICE))
OTHER = " ".join((*MARKET, *SCHOOL))
ARTICLES = [
    {"id": "b-first", "title": "Cầu mới", "body": STORY, "city": "Hải Dương", "published": "2021-05-01", "source": "A"},
    {
        "id": "a-again",
        "title": "Khánh thành cầu mới",
        "body": f"TTXVN - {STORY.upper()}\nNguồn: Báo A",
        "city": "Hải Phòng",
        "published": "2021-05-02",
        "source": "B",
    },
    {
        "id": "c-bare",
        "title": "Cau moi",
        "body": unidecode(STORY),
        "city": "Hải Phòng",
        "published": "2022",
        "source": "B",
    },
    {"id": "d-other", "title": "Chợ", "body": OTHER, "city": "Hải Phòng", "published": "2021-05-03", "source": "A"},
    {"id": "e-half", "title": "Cầu", "body": " ".join(BRIDGE), "city": "Huế", "published": "2021-05-04", "source": "C"},
]


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("copies") / "index"
    search.build(ARTICLES, path)
    return path


@pytest.fixture
def index(location: Path) -> Iterator[Index]:
    with search.open(location) as opened:
        yield opened


def counts(result: search.model.Result, facet: str) -> dict[str, int]:
    return {bucket.value: bucket.count for bucket in result.facets[facet]}


def test_one_text_counts_once_with_all_its_values(index: Index) -> None:
    result = index.search()
    assert (result.total, result.copies) == (3, "once")
    assert [(hit.id, hit.copies) for hit in result.hits] == [("c-bare", 2), ("e-half", 0), ("d-other", 0)]
    assert counts(result, "city") == {"Hải Phòng": 2, "Hải Dương": 1, "Huế": 1}
    assert counts(result, "source") == {"A": 2, "B": 1, "C": 1}
    assert counts(result, "published") == {"2022": 1, "2021": 3}


def test_every_count_is_what_choosing_it_finds(index: Index) -> None:
    for units in ("publication", "today"):
        for city, count in counts(index.search(units=units), "city").items():
            assert index.search(units=units, cities=[city]).total == count
    for source, count in counts(index.search(cities=["Hải Phòng"]), "source").items():
        assert index.search(cities=["Hải Phòng"], sources=[source]).total == count


def test_the_hit_is_the_best_that_passes_the_filters(index: Index) -> None:
    assert [h.id for h in index.search(sources=["B"], sort="oldest").hits] == ["a-again"]
    assert [h.id for h in index.search(sources=["A"], sort="oldest").hits] == ["b-first", "d-other"]
    assert index.search("hồ sơ", limit=1).total == 1


def test_all_are_shown_when_asked_for(index: Index) -> None:
    result = index.search(copies="all")
    assert (result.total, result.copies) == (5, "all")
    assert {hit.id: hit.copies for hit in result.hits} == {
        "a-again": 2,
        "b-first": 2,
        "c-bare": 2,
        "d-other": 0,
        "e-half": 0,
    }


def test_pages_in_either_way_show_each_text_or_article_once(index: Index) -> None:
    for copies, expected in (("once", 3), ("all", 5)):
        cursor, seen = None, []
        while True:
            result = index.search(copies=copies, limit=1, cursor=cursor)
            seen += [hit.id for hit in result.hits]
            cursor = result.next
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == expected


def test_a_cursor_of_one_way_of_counting_is_refused_by_the_other(index: Index) -> None:
    cursor = index.search(limit=1).next
    with pytest.raises(search.errors.QueryError, match="another search"):
        index.search(limit=1, cursor=cursor, copies="all")


def test_the_other_articles_of_a_text_earliest_first(index: Index) -> None:
    assert [hit.id for hit in index.copies("c-bare")] == ["b-first", "a-again"]
    assert [hit.id for hit in index.copies("c-bare", limit=1)] == ["a-again"]
    assert index.copies("d-other") == index.copies("nobody") == ()


def test_what_is_similar_is_no_copy(index: Index) -> None:
    assert not {"a-again", "b-first", "c-bare"} & {hit.id for hit in index.similar("a-again")}


def test_groups_follow_an_update(tmp_path: Path) -> None:
    search.build(ARTICLES, tmp_path)
    delete(["b-first"], tmp_path)
    with search.open(tmp_path) as index:
        assert [hit.id for hit in index.copies("a-again")] == ["c-bare"]
    delete(["c-bare"], tmp_path)
    with search.open(tmp_path) as index:
        assert index.copies("a-again") == ()
        assert index.search().total == index.search(copies="all").total == 3


def test_an_index_without_groups_or_signatures_counts_all_until_its_next_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from search.codec import copies, writing

    with monkeypatch.context() as older:
        older.setattr(writing, "grouped", lambda segments: [])
        search.build(ARTICLES, tmp_path)
    with search.open(tmp_path) as index:
        assert index.search().total == 5
    monkeypatch.setattr(copies, "SECTION", "not-there")  # what was written before is read as if it had none
    delete(["d-other"], tmp_path)
    with search.open(tmp_path) as index:
        assert index.search().total == 2
        assert index.check() == []


def test_damaged_groups_are_found(tmp_path: Path) -> None:
    search.build(ARTICLES, tmp_path)
    (path,) = tmp_path.glob("*.grp")
    content = bytearray(path.read_bytes())
    with search.open(tmp_path) as index:
        content[80] ^= 1
        path.write_bytes(content)
        assert [problem.where for problem in index.check()] == [str(path)]
    path.unlink()
    with pytest.raises(search.errors.IndexBroken):
        search.open(tmp_path)


def test_places_of_today_hold_what_became_part_of_them(index: Index) -> None:
    result = index.search(units="today", copies="all")
    assert counts(result, "city") == {"Hải Phòng": 4, "Huế": 1}
    chosen = index.search(units="today", copies="all", cities=["hai phong"])
    assert chosen.total == 4
    assert [b.value for b in chosen.facets["city"] if b.selected] == ["Hải Phòng"]
    assert index.search(units="today", cities=["Hải Dương"], copies="all").total == 4
    assert index.search(cities=["Hải Dương"], copies="all").total == 1


def test_every_unit_of_then_has_one_of_today() -> None:
    assert len(gazetteer.units()) == 63
    assert len(gazetteer.units_today()) == 34
    assert sorted(name for today in gazetteer.units_today() for name in gazetteer.before(today)) == sorted(
        gazetteer.units()
    )
    assert set(gazetteer.units_today()) <= set(gazetteer.units())


def test_json_says_how_it_was_counted_and_where_the_copies_are(index: Index) -> None:
    state = parse("copies=all&units=today")
    assert state.query_string == "copies=all&units=today"
    shape = result_json(index.search(state.q, **state.arguments), state)
    assert (shape["copies"], shape["units"]) == ("all", "today")
    hit = next(hit for hit in shape["hits"] if hit["copies"])
    assert hit["copies_url"] == f"/api/v1/copies?id={hit['id']}"
    assert all(hit["copies_url"] is None for hit in shape["hits"] if not hit["copies"])
    assert "copies=all&units=today" in shape["facets"]["city"][0]["url"]


def test_the_command_line_counts_either_way(location: Path) -> None:
    def total(*options: str) -> int:
        done = CliRunner().invoke(main, ["search", "--index", str(location), "--json", *options])
        assert done.exit_code == 0, done.output
        found: int = json.loads(done.output)["total"]
        return found

    assert (total(), total("--copies", "all")) == (3, 5)
    assert total("--copies", "all", "--units", "today", "--city", "Hải Phòng") == 4
    shown = CliRunner().invoke(main, ["search", "--index", str(location), "--source", "A"])
    assert "cùng nội dung ở 2 trang khác" in shown.output


@pytest.mark.parametrize("parameter", ["copies", "units"])
def test_other_words_are_refused(index: Index, parameter: str) -> None:
    with pytest.raises(search.errors.QueryError, match=parameter):
        index.search(**{parameter: "some"})


NUMBERED = {
    "cúp điện": "Điện lực thông báo cúp điện ngày {0}/4/2022 để sửa lưới. Phường Cát Bi từ 7 giờ đến 11 giờ, phường"
    " Đằng Lâm từ 8 giờ đến 16 giờ, xã An Đồng từ 6 giờ 30 phút đến 10 giờ. Đề nghị khách hàng chủ động sinh hoạt và"
    " sản xuất, tắt các thiết bị khi mất điện để bảo đảm an toàn khi có điện trở lại, mong khách hàng thông cảm.",
    "giá vàng": "Sáng {0}/3, giá vàng miếng ở Hà Nội niêm yết {1} triệu đồng một lượng chiều mua và {2} triệu đồng"
    " chiều bán. Chuyên gia cho rằng người dân nên thận trọng khi mua vào lúc này, vì chênh lệch giữa giá trong nước và"
    " thế giới vẫn còn cao, và giá có thể đảo chiều bất cứ lúc nào trong phiên giao dịch của những ngày tới.",
    "xổ số": "Kết quả xổ số miền Nam ngày {0}/6. Giải tám: {1}. Giải bảy: {2}. Giải đặc biệt: {3}. Vé trúng thưởng được"
    " lĩnh trong vòng ba mươi ngày tại đại lý gần nhất, người trúng mang theo giấy tờ tùy thân và vé còn nguyên vẹn.",
}


@pytest.mark.parametrize("kind", NUMBERED)
def test_what_differs_in_its_numbers_alone_is_no_copy(kind: str, tmp_path: Path) -> None:
    def body(day: int) -> str:
        return NUMBERED[kind].format(day, 6600 + 13 * day, 6700 + 17 * day, 48211 + 3571 * day)

    articles = [{"id": f"{day}", "title": f"Tin {kind}", "body": body(day)} for day in range(1, 10)]
    # the same one elsewhere, with a dateline and a day of its own
    articles.append({"id": "x", "title": f"Tin {kind}", "body": f"TTXVN, ngày 29/12/2025 - {body(5)} Nguồn: Báo A"})
    search.build(articles, tmp_path / "index")
    with search.open(tmp_path / "index") as index:
        assert index.search(kind, copies="all").total == 10
        assert index.search(kind).total == 9
        assert {hit.id for hit in index.search(kind, copies="all", limit=20).hits} >= {"5", "x"}


def test_short_texts_are_copies_when_they_say_the_same(tmp_path: Path) -> None:
    texts = [
        ("a", "Xem video", "Xem video cầu mới"),
        ("b", "Xem video", "XEM VIDEO cầu mới."),
        ("c", "Xem video", "Xem video cầu cũ"),
        ("d", "Xem video cầu", "mới"),
        ("e", "", "Xem video"),
        ("f", "", "Xem  video!"),
        ("g", "Xem", "video"),
        ("h", "Giá vàng 8/3", "Xem video 58,2"),
        ("i", "Giá vàng 8/3", "Xem video 58,3"),
    ]
    search.build([{"id": i, "title": title, "body": body} for i, title, body in texts], tmp_path / "index")
    with search.open(tmp_path / "index") as index:
        assert index.search("xem video", copies="all").total == 8
        assert index.search("xem video").total == 6
