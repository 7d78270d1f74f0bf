"""Cursors come back as they went out, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import cursors
from search.errors import QueryError
from search.query.tree import After

PLACES = st.builds(
    cursors.Place,
    attempt=st.integers(0, 9),
    rank=st.integers(0, 10**9),
    after=st.builds(After, value=st.floats(allow_nan=False, allow_infinity=False), id=st.text(max_size=40)),
)


@given(PLACES, st.text(max_size=20))
def test_a_cursor_comes_back_as_it_went_out(place: cursors.Place, key: str) -> None:
    assert cursors.decode(cursors.encode(place, key), key) == place


@given(PLACES)
def test_a_cursor_of_another_search_is_refused(place: cursors.Place) -> None:
    with pytest.raises(QueryError, match="another search"):
        cursors.decode(cursors.encode(place, "one"), "two")


@given(st.text(max_size=60))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(QueryError) as raised:
        cursors.decode(text, "key")
    assert raised.value.parameter == "cursor"


@pytest.mark.parametrize("value", ["inf", "nan", "-inf"])
def test_a_crafted_value_is_refused(value: str) -> None:
    crafted = cursors.encode(cursors.Place(0, 1, After(float(value), "a")), "key")
    with pytest.raises(QueryError):
        cursors.decode(crafted, "key")
