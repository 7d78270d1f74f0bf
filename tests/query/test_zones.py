"""What is asked of the title is asked of nothing else, whatever a query's words are read as."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from search.errors import QueryError
from search.model import Marks
from search.query.interpret import interpret
from search.query.limits import MAX_TOKENS
from search.query.numbers import numbers
from search.query.tokens import tokenize
from tests.query.library import Library, ask, named

WORDS = (
    "đê", "de", "đê điều", "de dieu", "tham nhung vat", '"tham nhũng vặt"', '"tham nhung"~2', "17-KH/TU", "17 KH TU",
    "khóa 16", "khóa XVI", "102.614", "102614", "29/12/2021", "UBND", "ủy ban nhân dân", "uy ban nhan dan", "tp hcm",
    "co2", "h5n1", "đê*", "de*", "đê~", "ddee ddieeuf", "thamnhung", "Hà Giang", "ha noi OR hue", "kỹ thuật", "-bão đê",
    "102.614 tỷ", '"102.614 tỷ"', "phòng chống tham nhũng",
)  # fmt: skip
LIBRARY = Library(
    named(
        one="Đê điều khóa XVI, 17-KH/TU, 102.614 tỷ, 29/12/2021, tham nhũng vặt ở Hà Giang, UBND họp về CO2 và H5N1",
        two="Ủy ban nhân dân thành phố Hồ Chí Minh bàn kỹ thuật đắp đê",
    )
)


def zones(node: Any) -> Iterator[str]:
    """The zone of every part of a tree."""
    if is_dataclass(node) or hasattr(node, "_fields"):
        for name in getattr(node, "_fields", None) or [field.name for field in fields(node)]:
            value = getattr(node, name)
            if name == "zone":
                yield value
            else:
                yield from zones(value)
    elif isinstance(node, list | tuple | frozenset):
        for part in node:
            yield from zones(part)


@pytest.mark.parametrize("marks", ["auto", "strict", "ignore"])
@pytest.mark.parametrize("words", WORDS)
def test_every_condition_under_title_is_of_the_title(words: str, marks: Marks) -> None:
    for attempt in interpret(f"title:({words})", LIBRARY, marks=marks).attempts:
        found = set(zones(attempt.match))
        assert found == {"title"}, (attempt.label, attempt.match)


def test_a_title_is_not_the_body() -> None:
    assert ask(LIBRARY, "title:(đê điều)").ids == []
    assert ask(LIBRARY, "đê điều").ids == ["one"]


@pytest.mark.parametrize(
    ("text", "stretches"),
    [("5 NQ TW", [(0, 3)]), ("84 2021 NĐ CP", [(0, 4)]), ("123456 NQ TW", []), ("5", []), ("45 2019 QH14", [(0, 3)])],
)
def test_numbers_of_documents_have_one_to_five_digits(text: str, stretches: list[tuple[int, int]]) -> None:
    assert numbers(tokenize(text)) == stretches


def test_too_many_words_say_how_many_are_allowed() -> None:
    with pytest.raises(QueryError, match=f"more than {MAX_TOKENS} words"):
        interpret("a b " * (MAX_TOKENS // 2 + 1), LIBRARY)
