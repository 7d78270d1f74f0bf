"""Did you mean: which slips are thought of, that neighbors tell what was meant, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import is_syllable
from search.query.interpret import interpret
from search.query.slips import DOUBLED, DROPPED, EXTRA, NEAR_KEY, OTHER, SOUND, SWAPPED, marks_apart, slips
from tests.query.library import Library, named

SYLLABLES = ["nghieng", "xanh", "san", "mang", "lay", "o", "truong", "giao", "quyet", "ng", "zz", "a"]


@pytest.mark.parametrize(
    ("typed", "meant", "cost"),
    [
        ("chung", "trung", SOUND),
        ("xu", "su", SOUND),
        ("lui", "nui", SOUND),
        ("da", "gia", SOUND),
        ("tan", "tang", SOUND),
        ("mac", "mat", SOUND),
        ("fuc", "phuc", SOUND),
        ("xanhh", "xanh", DOUBLED),
        ("cgon", "cong", None),  # two slips
        ("cnog", "cong", SWAPPED),
        ("xamh", "xanh", NEAR_KEY),
        ("mangx", "mang", EXTRA),
        ("mag", "mang", DROPPED),
        ("sal", "sat", OTHER),
    ],
)
def test_each_slip_has_its_cost(typed: str, meant: str, cost: float | None) -> None:
    assert slips(typed).get(meant) == cost


@given(st.sampled_from(SYLLABLES) | st.text("abcdeghiklmnopqrstuvxyzw", max_size=8))
def test_slips_lead_to_other_syllables_alone(typed: str) -> None:
    found = slips(typed)
    assert typed not in found
    assert all(is_syllable(meant) and meant.isascii() and cost > 0 for meant, cost in found.items())


@given(st.sampled_from(["mã", "mả", "má", "ma", "đông", "dông", "động", "đồng", "uống", "ướng"]))
def test_marks_are_as_far_apart_either_way(typed: str) -> None:
    for meant in ("mã", "mả", "động", "dong"):
        assert marks_apart(typed, meant) == marks_apart(meant, typed)
        assert (marks_apart(typed, meant) == 0) <= (typed == meant or marks_apart(typed, "ma") == 0)


USED = Library(
    named(
        *["giá xăng dầu tăng"] * 12,
        *["thị trường bất động sản"] * 12,
        *["bảo đảm an ninh mạng"] * 12,
        *["kỳ thi tốt nghiệp, trường chuyên"] * 12,
        *["người mẫu, mạ lúa, dấu son, sam biển, rừng xanh, đánh máy"] * 30,
        *["trạm thu phí BOT Cai Lậy"] * 2,
    )
)


@pytest.mark.parametrize(
    ("query", "offered"),
    [
        ("giá xănh dầu", "giá xăng dầu"),  # another letter, and frequent words as near
        ("giá xăng dầuu", "giá xăng dầu"),
        ("giá xăng ầdu", "giá xăng dầu"),
        ("bất động sảm", "bất động sản"),
        ("bất động xản", "bất động sản"),
        ("bất đông sản", "bất động sản"),
        ("bật động sản", "bất động sản"),
        ("an ninh mạg", "an ninh mạng"),
        ("an nih mạng", "an ninh mạng"),
        ("anh ninh mạng", "an ninh mạng"),
        ("an ninh mạn", "an ninh mạng"),
        ("bat dong xan", "bat dong san"),
        ("gia xang dua", "gia xang dau"),
        ("tốt nghiêp", "tốt nghiệp"),
        ("chường chuyên", "trường chuyên"),
        ("BOT Cai Lạy", "BOT Cai Lậy"),
        ("Thị Trườn", "Thị Trường"),
        ("AN NIH MẠNG", "AN NINH MẠNG"),
    ],
)
def test_neighbors_tell_what_was_meant(query: str, offered: str) -> None:
    assert [suggestion.query for suggestion in interpret(query, USED).suggestions] == [offered]


@pytest.mark.parametrize(
    "query",
    [
        "BOT Cai Lậy",
        "bot cai lay",
        "giá xăng dầu",
        "an ninh mạng bất động sản",  # two expressions that no article has side by side
        "an ninh mang bat dong san",
        "sam biển",
        "2023",
        "qqqqq wwwww",
    ],
)
def test_what_is_right_or_unknown_is_left_alone(query: str) -> None:
    assert not interpret(query, USED).suggestions


def test_an_expression_is_weighed_without_asking_for_every_combination() -> None:
    USED.asked.clear()
    _ = interpret("thị trườg bất động sảnn", USED).suggestions
    assert len(USED.asked) < 1500


def test_a_repair_that_meets_nothing_hides_no_better_reading() -> None:
    library = Library(named(*["dịch covid 19"] * 9, "có vịt, có 19 con vịt", *["người lao động"] * 9))
    understood = interpret("covit 19", library)
    assert understood.normalized == "co vit 19"
    assert [suggestion.query for suggestion in understood.suggestions] == ["covid 19"]
    assert [suggestion.query for suggestion in interpret("lao dộng", library).suggestions] == ["lao động"]
