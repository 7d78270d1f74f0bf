"""Republished articles are grouped; different articles on one subject are not."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from unidecode import unidecode

from search.ingest.duplicates import SIZE, groups, signature, similarity
from tests.ingest.page_texts import BRIDGE, MARKET, OFFICE, SCHOOL

TEXTS = [" ".join(part) for part in (BRIDGE, MARKET, OFFICE, SCHOOL)]
LONG = " ".join(TEXTS)


def test_a_republished_article_is_found_whatever_was_put_around_it() -> None:
    copies = [
        LONG,
        "TTXVN - " + LONG,
        LONG.upper(),
        LONG + " Nguồn: Báo Ví Dụ",
        LONG.replace("cầu", "CẦU").replace(".", " ."),
        "".join(c for c in LONG if c not in ",."),
    ]
    assert groups(map(signature, [*TEXTS, *copies])) == [(4, 5, 6, 7, 8, 9)]


def test_an_article_without_diacritics_is_the_same() -> None:
    assert similarity(signature(LONG), signature(unidecode(LONG))) == 1.0


def test_different_articles_are_not_grouped() -> None:
    assert groups(map(signature, TEXTS)) == []
    assert similarity(signature(TEXTS[0]), signature(TEXTS[1])) < 0.2


def test_half_of_an_article_is_another_article() -> None:
    assert groups(map(signature, [LONG, " ".join(TEXTS[:2])])) == []


def test_groups_are_of_the_first_not_of_chains() -> None:
    words = LONG.split()
    chain = [" ".join(words[start : start + 120]) for start in range(0, 100, 10)]
    for group in groups(map(signature, chain)):
        for member in group[1:]:
            assert similarity(signature(chain[group[0]]), signature(chain[member])) >= 0.8


def test_the_estimate_is_near_the_truth() -> None:
    words = LONG.split()
    whole = {" ".join(words[i : i + 5]) for i in range(len(words) - 4)}
    half = words[: len(words) * 3 // 4]
    part = {" ".join(half[i : i + 5]) for i in range(len(half) - 4)}
    truth = len(whole & part) / len(whole | part)
    assert abs(similarity(signature(LONG), signature(" ".join(half))) - truth) < 0.2


@given(st.text())
def test_any_text_has_a_signature(text: str) -> None:
    found = signature(text)
    assert found.shape == (SIZE,)
    assert found.dtype == np.uint32
    assert similarity(found, signature(text)) == 1.0
