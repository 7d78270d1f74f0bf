"""Marked text: laws for any text and any ranges."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from web.marking import excerpt, mark, paragraphs, tidy, web_address

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
RANGES = st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=8)


@given(TEXT, RANGES)
def test_nothing_but_marks_is_added(text: str, ranges: list[tuple[int, int]]) -> None:
    html = str(mark(text, ranges))
    bare = html.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare
    assert unescape(bare) == text


@given(TEXT, RANGES)
def test_marked_stretches_are_the_ranges(text: str, ranges: list[tuple[int, int]]) -> None:
    found = [unescape(part) for part in re.findall("<mark>(.*?)</mark>", str(mark(text, ranges)), re.DOTALL)]
    assert found == [text[a:b] for a, b in tidy(ranges, len(text))]


@given(RANGES, st.integers(0, 60))
def test_tidy_ranges_are_apart_in_order_and_within(ranges: list[tuple[int, int]], length: int) -> None:
    found = tidy(ranges, length)
    assert all(0 <= a < b <= length for a, b in found)
    assert all(b < c for (_, b), (c, _) in pairwise(found))
    covered = {i for a, b in ranges for i in range(max(0, a), min(length, b))}
    assert covered == {i for a, b in found for i in range(a, b)}


@given(st.text(max_size=60), RANGES)
def test_marks_are_numbered_through_the_paragraphs(text: str, ranges: list[tuple[int, int]]) -> None:
    html = "".join(paragraphs(text, ranges))
    numbers = [int(n) for n in re.findall(r'<mark id="m(\d+)">', html)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_mark_over_a_line_end_is_marked_on_both_lines() -> None:
    assert list(paragraphs("ab\n\ncd", [(1, 5)])) == ['a<mark id="m1">b</mark>', '<mark id="m2">c</mark>d']


def test_control_characters_become_visible() -> None:
    assert mark("a\x00b\ud800", []) == "a\ufffdb\ufffd"


def test_only_addresses_of_the_web_are_links() -> None:
    for bad in (
        "javascript:alert(1)",
        "data:text/html,x",
        "//x.vn",
        "x.vn",
        "",
        None,
        "http://",
        "java\nscript:x",
        "http://[x",
    ):
        assert web_address(bad) is None, bad
    assert web_address("HTTPS://a.vn/đ?x=<") == "HTTPS://a.vn/đ?x=<"


@given(st.text())
def test_excerpts_are_short_and_flat(text: str) -> None:
    found = excerpt(text, 40)
    assert len(found) <= 41
    assert "\n" not in found
