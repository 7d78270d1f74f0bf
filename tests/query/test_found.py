"""Abbreviations that texts explain themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import search
from search.indexing import delete
from search.query.found import Found, found
from search.service import Index
from tests.query.library import Library, ask, named


@pytest.mark.parametrize(
    ("text", "short", "words"),
    [
        ("công tác phòng, chống tham nhũng (PCTN) năm nay", "PCTN", "phòng chống tham nhũng"),
        ("Ủy ban nhân dân (UBND) tỉnh", "UBND", "ủy ban nhân dân"),
        ("phát triển kinh tế - xã hội (KT-XH)", "KT-XH", "kinh tế xã hội"),
        ("Sở Giáo dục và Đào tạo (GD&ĐT)", "GD&ĐT", "giáo dục và đào tạo"),
        ("Khu liên hợp xử lý rác Đông Hà (sau đây gọi tắt là KLHXLR) chưa xong", None, None),
        ("quỹ bảo trì đường bộ (gọi tắt là BTĐB) được lập", "BTĐB", "bảo trì đường bộ"),
        ("KCN (khu công nghiệp) mới", "KCN", "khu công nghiệp"),
        ("Hợp tác xã (viết tắt: HTX) trồng rau", "HTX", "hợp tác xã"),
        ("đội Thanh niên tình nguyện (TNTN)", "TNTN", "thanh niên tình nguyện"),
        ("Ông Nguyễn Văn A (UBND tỉnh)", None, None),
        ("mưa lớn kéo dài. (PCTN)", None, None),
        ("đường bộ (DB)", None, None),
    ],
)
def test_pairs(text: str, short: str | None, words: str | None) -> None:
    assert found(text) == ([Found(short, words)] if short and words else [])


def test_each_pair_once() -> None:
    assert len(found("hợp tác xã (HTX) và hợp tác xã (HTX)")) == 1


@given(st.text("ABCĐ(abcđ) -&.", max_size=60))
def test_any_text(text: str) -> None:
    for pair in found(text):
        assert sum(letter.isupper() for letter in pair.short) <= len(pair.words.split())


def test_a_query_learns_an_unlisted_abbreviation_from_the_index() -> None:
    library = Library(
        named(
            "Hội Khuyến ngư tỉnh lập quỹ bảo trợ ngư dân (BTND) từ đầu năm.",
            "Năm nay BTND chi ba tỷ đồng.",
            "Quỹ bảo trợ ngư dân thăm hỏi gia đình.",
            "Bảo trợ xã hội cho ngư dân.",
        )
    )
    answer = ask(library, "BTND")
    assert answer.ids[-1] == "a2"
    assert answer.found == {"a0", "a1", "a2"}
    assert "expansion" in answer.kinds
    assert ask(library, "+BTND").found == {"a0", "a1"}


STATING = [
    {"id": f"s{i}", "body": f"Quỹ bảo trợ ngư dân (BTND) họp lần {i}. Năm nay BTND chi ba tỷ đồng."} for i in range(3)
]
USING = [
    {"id": "short", "body": "Sáng nay BTND phát quà."},
    {"id": "long", "body": "Chương trình bảo trợ ngư dân phát quà."},
    {"id": "neither", "body": "Ngư dân được hội bảo trợ phát quà."},
]


@pytest.fixture(scope="module")
def stating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    place = tmp_path_factory.mktemp("stating") / "index"
    once = {"id": "once", "body": "Ban quản lý bến bãi (QLBB) mới lập. QLBB thu phí."}
    search.build([*STATING, *USING, once, {"id": "bb", "body": "Lại nói về quản lý bến bãi."}], place)
    with search.open(place) as index:
        yield index


def hits(index: Index, query: str) -> set[str]:
    return {hit.id for hit in index.search(query).hits}


@pytest.mark.parametrize("query", ["BTND", "bảo trợ ngư dân", "bao tro ngu dan"])
def test_pairs_stated_by_articles_lead_both_ways(query: str, stating: Index) -> None:
    found = stating.search(query)
    assert {hit.id for hit in found.hits} >= {"s0", "s1", "s2", "short", "long"}
    assert "neither" not in hits(stating, "BTND")
    assert "expansion" in {note.kind for note in found.notes}
    literal = "short" if query == "BTND" else "long"
    order = [hit.id for hit in found.hits]
    assert order.index(literal) < order.index({"short": "long", "long": "short"}[literal])


def test_a_pair_that_one_article_states_does_not_widen_a_query(stating: Index) -> None:
    assert not any(note.kind == "expansion" for note in stating.search("quản lý bến bãi").notes)


def test_a_pair_goes_with_its_articles(tmp_path: Path) -> None:
    search.build([*STATING, *USING], tmp_path / "index")
    delete(["s0", "s1", "s2"], tmp_path / "index")
    with search.open(tmp_path / "index") as index:
        assert "short" not in hits(index, "bảo trợ ngư dân")
        assert hits(index, "BTND") == {"short"}
