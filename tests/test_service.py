"""The one door, asked as web, command line and programs ask it: on the sample articles and on small made-up texts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import search
from search.errors import IndexMissing, InputError, QueryError
from search.indexing import delete, index_sources
from search.service import Index

ARTICLES = [
    {
        "id": "vat",
        "title": "Chống tham nhũng vặt",
        "body": "Cán bộ một cửa phải công khai lệ phí để chống tham nhũng vặt.",
        "city": "Hải Phòng",
        "published": "2019-03-13",
        "source": "Báo Cửa Biển",
        "byline": "Lê An",
    },
    {
        "id": "vật",
        "title": "Tham gia giao thông",
        "body": "Những vật dụng cần mang theo khi tham gia giao thông.",
        "city": "Đà Nẵng",
        "published": "2021-12-29T09:43:00+07:00",
        "source": "Thời báo",
    },
    {"id": "thư", "title": "Ban tin", "body": "Ban tin noi ve tham nhung vat o phuong.", "city": "Hải Phòng"},
    {
        "id": "hội",
        "title": "Hội nghị",
        "body": "Hội nghị bàn về tham nhũng vặt ở thành phố.",
        "city": "Đà Nẵng",
        "published": "2019-11-02",
        "source": "Thời báo",
    },
]


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("service") / "index"
    search.build(ARTICLES, path)
    return path


@pytest.fixture
def index(location: Path) -> Iterator[Index]:
    with search.open(location) as opened:
        yield opened


def ids(result: search.model.Result) -> list[str]:
    return [hit.id for hit in result.hits]


def test_an_accented_query_finds_the_words_and_puts_unaccented_articles_below(index: Index) -> None:
    result = index.search("tham nhũng vặt")
    assert ids(result)[-1] == "thư"
    assert set(ids(result)) == {"vat", "hội", "thư"}


def test_an_unaccented_query_finds_the_same_articles(index: Index) -> None:
    assert set(ids(index.search("tham nhung vat"))) == {"vat", "hội", "thư"}


def test_words_are_highlighted_as_written(index: Index) -> None:
    hit = next(h for h in index.search("tham nhung vat").hits if h.id == "vat")
    assert [hit.title[a:b] for a, b in hit.title_highlights] == ["tham nhũng vặt"]
    snippet = hit.snippets[0]
    assert [snippet.text[a:b] for a, b in snippet.highlights] == ["tham nhũng vặt"]


def test_counts_of_a_facet_ignore_its_own_choice(index: Index) -> None:
    result = index.search("tham nhung vat", cities=["Hải Phòng"])
    assert set(ids(result)) == {"vat", "thư"}
    assert {b.value: (b.count, b.selected) for b in result.facets["city"]} == {
        "Hải Phòng": (2, True),
        "Đà Nẵng": (1, False),
    }
    assert {b.value: b.count for b in result.facets["published"]} == {"2019": 1, "": 1}


def test_several_cities_and_a_year(index: Index) -> None:
    result = index.search("tham nhung vat", cities=["hai phong", "Da Nang"], start="2019", end="2019")
    assert set(ids(result)) == {"vat", "hội"}
    assert [b.value for b in result.facets["month"]] == ["2019-11", "2019-03"]
    assert {b.value: b.count for b in result.facets["published"]} == {"2019": 2, "": 1}


def test_articles_without_a_date_can_be_counted_and_never_match_a_range(index: Index) -> None:
    assert "thư" not in ids(index.search("tham nhung vat", start="1900"))


def test_sort_by_date_puts_undated_articles_last(index: Index) -> None:
    assert ids(index.search("", sort="oldest")) == ["vat", "hội", "vật", "thư"]
    assert ids(index.search("")) == ["vật", "hội", "vat", "thư"]


@pytest.mark.parametrize("query", ["tham nhung vat", "", "tham"])
@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
def test_pages_follow_each_other_to_the_end(index: Index, query: str, sort: str) -> None:
    whole = ids(index.search(query, sort=sort))
    paged, cursor = [], None
    for _ in range(10):
        page = index.search(query, sort=sort, limit=1, cursor=cursor)
        paged += ids(page)
        cursor = page.next
        if cursor is None:
            break
    assert paged == whole


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"limit": 101}, "limit"),
        ({"limit": -1}, "limit"),
        ({"sort": "best"}, "sort"),
        ({"marks": "some"}, "marks"),
        ({"start": "31/02/2020"}, "from"),
        ({"end": "soon"}, "to"),
        ({"start": "2021", "end": "2020"}, "from"),
        ({"cursor": "abc"}, "cursor"),
    ],
)
def test_a_parameter_outside_its_range_is_named(index: Index, parameters: dict[str, object], named: str) -> None:
    with pytest.raises(QueryError) as raised:
        index.search("tham", **parameters)
    assert raised.value.parameter == named
    assert raised.value.next_step


def test_a_query_that_is_too_long_is_refused(index: Index) -> None:
    with pytest.raises(QueryError, match="10000 characters"):
        index.search("a" * 10_000)


@pytest.mark.parametrize(
    "query", ["\x00\x07", '"', "((((", "AND OR NOT", "\ud800", "*", "a" * 2000, "-", "~", ":", "title:"]
)
def test_any_text_gets_an_answer(index: Index, query: str) -> None:
    assert index.search(query).total >= 0


def test_an_answer_without_hits_is_that_of_the_query_as_typed(index: Index) -> None:
    result = index.search("tham nhũng xyzabc")
    assert result.total == 0
    assert not [note.kind for note in result.notes if note.kind in {"fallback", "relaxed"}]


def test_a_missing_index_is_said_with_the_command_that_builds_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="timbao index"):
        search.open(tmp_path / "none")


def test_article_and_marks(index: Index) -> None:
    article = index.article("vat")
    assert article is not None
    assert article.published == "2019-03-13"
    title, body = index.marked("vat", "tham nhung vat")
    assert [article.title[a:b] for a, b in title] == ["tham nhũng vặt"]
    assert [article.body[a:b] for a, b in body] == ["tham nhũng vặt"]
    assert index.article("none") is None
    assert index.marked("none", "tham") == ((), ())


def test_similar_articles_leave_the_article_itself_out(index: Index) -> None:
    similar = [hit.id for hit in index.similar("vat")]
    assert "hội" in similar
    assert "vat" not in similar
    assert index.similar("none") == ()


def test_update_replaces_by_content_and_delete_removes(tmp_path: Path) -> None:
    source, where = tmp_path / "a.jsonl", tmp_path / "index"
    source.write_text(
        '{"id": "1", "title": "Một", "body": "cầu cảng"}\n{"id": "2", "title": "Hai", "body": "lũ lụt"}\n'
    )
    assert index_sources([source], where).indexed == 2
    source.write_text(
        '{"id": "1", "title": "Một", "body": "cầu cảng"}\n{"id": "2", "title": "Hai", "body": "bão số 3"}\n'
    )
    report = index_sources([source], where, update=True)
    assert (report.read, report.indexed, report.unchanged, report.articles) == (2, 1, 1, 2)
    with search.open(where) as opened:
        assert opened.search("lũ lụt").total == 0
        assert ids(opened.search("bão")) == ["2"]
        assert delete(["2", "none"], where) == (["2"], ["none"])
        opened._reader.refresh()
        assert opened.search("bão").total == 0


def test_an_open_index_follows_a_reindex(tmp_path: Path) -> None:
    where = tmp_path / "index"
    search.build([{"id": "1", "title": "", "body": "cầu cảng"}], where)
    with search.open(where) as opened:
        assert opened.search("cảng").total == 1
        search.build([{"id": "2", "title": "", "body": "trường học"}], where)
        opened._reader.refresh()
        assert opened.search("cảng").total == 0
        assert ids(opened.search("trường học")) == ["2"]


def test_a_run_that_indexes_nothing_leaves_the_index_alone(tmp_path: Path) -> None:
    source, where = tmp_path / "a.jsonl", tmp_path / "index"
    source.write_text('{"id": "1", "title": "Một", "body": "cầu cảng"}\n')
    index_sources([source], where)
    source.write_text("not json\n")
    with pytest.raises(InputError, match=r"a\.jsonl"):
        index_sources([source], where)
    with search.open(where) as opened:
        assert opened.search("cảng").total == 1


def test_strict_stops_and_changes_nothing(tmp_path: Path) -> None:
    source, where = tmp_path / "a.jsonl", tmp_path / "index"
    source.write_text('{"id": "1", "title": "Một", "body": "cầu cảng"}\nbroken\n')
    with pytest.raises(InputError, match=r"a\.jsonl:2"):
        index_sources([source], where, strict=True)
    assert not list(where.glob("gen*"))


def test_threads_agree(index: Index) -> None:
    expected = ids(index.search("tham nhung vat"))
    wrong: list[object] = []

    def ask() -> None:
        for _ in range(20):
            found = ids(index.search("tham nhung vat"))
            if found != expected:
                wrong.append(found)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_five_pages_hold_petty_corruption_in_two(pages_index: Path) -> None:
    with search.open(pages_index) as opened:
        for query in ("tham nhũng vặt", "tham nhung vat"):
            found = opened.search(query)
            assert {identifier[:3] for identifier in ids(found)} == {"000", "002"}
            assert found.total == 2


@pytest.mark.parametrize(
    ("name", "bound"), [("max_query_chars", search.service.MAX_QUERY_CHARS), ("max_limit", search.service.MAX_LIMIT)]
)
def test_a_setting_promises_no_more_than_the_service_answers(name: str, bound: int) -> None:
    from pydantic import ValidationError

    from search.settings import Settings

    assert getattr(Settings(**{name: bound}), name) == bound
    with pytest.raises(ValidationError):
        Settings(**{name: bound + 1})


@pytest.fixture(scope="module")
def misspelled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    path = tmp_path_factory.mktemp("misspelled") / "index"
    right = [{"id": f"r{i}", "body": f"Lãnh đạo thành phố chống tham nhũng, giữ kỷ cương, bài {i}."} for i in range(40)]
    slip = {"id": "slip", "body": "Thành phố chống tham nhủngg ở cơ sở."}
    rare = {"id": "rare", "body": "Nghề đan cói xưa ở Kim Sơn."}
    search.build([*right, slip, rare], path)
    with search.open(path) as opened:
        yield opened


def test_a_slip_that_others_made_too_is_answered_and_the_usual_word_offered(misspelled: Index) -> None:
    found = misspelled.search("tham nhungg")
    assert ids(found) == ["slip"]
    assert [offer.query for offer in found.suggestions] == ["tham nhung"]


@pytest.mark.parametrize("query", ["đan cói", "dan coi", "Kim Sơn", "tham nhũng", "chống tham nhũng"])
def test_rare_words_that_are_right_and_full_answers_offer_nothing(query: str, misspelled: Index) -> None:
    found = misspelled.search(query)
    assert found.total
    assert found.suggestions == ()


def test_few_hits_because_of_a_filter_are_no_misspelling(misspelled: Index) -> None:
    assert misspelled.search("tham nhungg", cities=["không rõ"]).suggestions == ()


def test_related_searches_are_words_of_the_hits_asked_for_once(misspelled: Index) -> None:
    found = misspelled.search("tham nhũng", related=4)
    offers = [offer.query for offer in found.related]
    assert offers
    assert all(offer.reason == "related" for offer in found.related)
    assert "tham nhũng" not in offers
    assert all(misspelled.search(offer).total for offer in offers)
    assert misspelled.search("tham nhũng").related == ()
    assert found.next is not None
    assert misspelled.search("tham nhũng", related=4, cursor=found.next).related == ()


@pytest.mark.parametrize(
    "query",
    ["tham nhũng", "chong tham nhung", "giu ky cuong lanh dao thanh pho", "kim son OR tham nhũng", '"kỷ cương"'],
)
def test_an_explanation_adds_up_to_the_score_with_nothing_left_over(query: str, misspelled: Index) -> None:
    hits = misspelled.search(query, explain=True).hits
    assert hits
    for hit in hits:
        total, *parts = (hit.explanation or "").splitlines()
        assert total == f"{hit.score:.2f} ="
        assert round(sum(float(part.split()[0]) for part in parts), 2) == round(hit.score, 2)
        assert "làm tròn" not in (hit.explanation or "")


@pytest.mark.parametrize("query", ["-bùn", 'city:"Đà Nẵng"', "from:2015", '""', "thông*"])
def test_what_has_no_words_to_rank_by_comes_newest_first(query: str, tmp_path: Path) -> None:
    days = ["2019-05-01", "2021-01-02", "2016", "2023-07", "2020-02-29"]
    search.build(
        [
            {"id": f"{n}", "body": f"Thông xe cầu số {n}.", "city": "Đà Nẵng", "published": day}
            for n, day in enumerate(days)
        ],
        tmp_path / "index",
    )
    with search.open(tmp_path / "index") as opened:
        first = opened.search(query, limit=2)
        rest = opened.search(query, cursor=first.next)
        assert [hit.published for hit in (*first.hits, *rest.hits)] == sorted(days, reverse=True)
        assert [hit.id for hit in opened.search(query, sort="oldest").hits] == ["2", "0", "4", "1", "3"]


def test_a_place_that_few_texts_write_is_offered_as_a_place(tmp_path: Path) -> None:
    titles = ["Chợ Cồn siết vệ sinh", "Đá nắng trên đồi", "Sóng lớn ven bờ"]
    articles = [{"id": str(n), "body": title, "city": "Đà Nẵng"} for n, title in enumerate(titles)]
    named = {"id": "cm", "body": "Cua về nhiều ở Cà Mau.", "city": "Cà Mau"}
    search.build([*articles, named], tmp_path / "index")
    with search.open(tmp_path / "index") as opened:
        for query in ("Đà Nẵng", "da nang", "ĐÀ NẴNG"):
            (offered,) = opened.search(query).suggestions
            assert (offered.query, offered.reason) == ('thành phố:"Đà Nẵng"', "place")
        assert opened.search(offered.query).total == 3
        assert not opened.search("Cà Mau").suggestions, "the text names it, and there is no other"
        assert all(each.reason != "place" for each in opened.search("Huế").suggestions), "no article is of it"
        assert all(each.reason != "place" for each in opened.search("da nang", cities=["Cà Mau"]).suggestions)


def test_a_number_belongs_to_the_one_word_beside_it(tmp_path: Path) -> None:
    bodies = {
        "near": "Quận 1 mở phố đi bộ.",
        "far": "Ủy ban quận thu hồi đất, phạt 1 chủ bãi.",
        "year": "Tết này, năm 2021",
    }
    search.build([{"id": id, "body": body} for id, body in bodies.items()], tmp_path / "index")
    with search.open(tmp_path / "index") as opened:
        assert ids(opened.search("quận 1")) == ["near"]
        assert ids(opened.search("quan 1")) == ["near"]
        assert ids(opened.search("Tết 2021")) == ["year"], "a year may stand anywhere"
    search.build([{"id": "far", "body": bodies["far"]}], tmp_path / "other")
    with search.open(tmp_path / "other") as opened:
        result = opened.search("quận 1")
        assert (ids(result), [note.kind for note in result.notes]) == (["far"], ["relaxed"])
