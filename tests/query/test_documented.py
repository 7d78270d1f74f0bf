"""docs/query-language.md names every field, operator, limit and note that there is."""

from __future__ import annotations

import re

import pytest

from search.query import compiler, lexer, limits
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "query-language.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for names in lexer.FIELDS.values() for name in names])
def test_every_field_name(name: str) -> None:
    assert f"`{name}:`" in TEXT


@pytest.mark.parametrize("operator", ["OR", "HOẶC", "AND", "NOT", "-", "+", "*", "~", '"…"', "( )", '"…"~N'])
def test_every_operator(operator: str) -> None:
    assert f"`{operator}`" in TEXT


def test_operators_are_those_of_the_lexer() -> None:
    assert set(lexer._OPERATORS) == {"OR", "HOẶC", "AND", "NOT"}


@pytest.mark.parametrize("name", [name for name in vars(limits) if name.isupper()])
def test_every_limit_with_its_value(name: str) -> None:
    value = getattr(limits, name)
    line = next(line for line in TEXT.splitlines() if f"`{name}`" in line)
    assert re.search(rf"(?<!\d){value:,}(?!\d)".replace(",", "[ ,]?"), line) or str(value) in line, line


@pytest.mark.parametrize(
    ("name", "percent"), [("NEIGHBORS", 15), ("WORDS", 60), ("WORDS_OPEN", 66), ("FREQUENT", 30), ("FREQUENT_PAIR", 5)]
)
def test_shares_of_long_queries(name: str, percent: int) -> None:
    assert round(getattr(compiler, name) * 100) == percent
    assert f"`{name}`" in TEXT
    assert f"{percent} %" in TEXT


@pytest.mark.parametrize("kind", ["literal", "repair", "expansion", "relaxed", "fallback", "merger"])
def test_every_kind_of_note(kind: str) -> None:
    assert f"`{kind}`" in TEXT
