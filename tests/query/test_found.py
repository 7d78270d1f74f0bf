"""Abbreviations that texts explain themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query.found import Found, found
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
