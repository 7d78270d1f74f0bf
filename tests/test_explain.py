"""Explanations: every number shown, and the sum of them."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import fold
from search.engines.base import Matches, Reader
from search.explain import explained, split
from search.model import Hit
from search.query.tree import Sequence, Term, Weighted
from search.reranking import Bonus, Ranked
from search.service import open_index


@dataclass
class Scores:
    """A reader that knows the BM25 of terms and nothing else."""

    held: dict[Term | Sequence, dict[str, float]]

    def scores(self, term: Term | Sequence, ids: tuple[str, ...]) -> dict[str, float]:
        return {id: self.held.get(term, {}).get(id, 0.0) for id in ids}


@dataclass
class Attempt:
    score: tuple[Weighted, ...]


PHRASE = Sequence(((Term("exact", "ủy"),), (Term("exact", "ban"),)))
HELD: dict[Term | Sequence, dict[str, float]] = {
    Term("exact", "nhũng"): {"a": 4.0, "b": 2.0},
    Term("folded", "nhung"): {"a": 3.0, "b": 1.5},
    Term("pair", "tham_nhung"): {"a": 8.0},
    Term("word", "tham_nhũng", "title"): {"a": 5.0},
    Term("exact", "~nhũng"): {"b": 1.0},
    PHRASE: {"b": 2.5},
}
WEIGHTS = (0.5, 0.25, 1.0, 0.1, 0.5, 0.5)
ATTEMPT = Attempt(tuple(Weighted(term, weight) for term, weight in zip(HELD, WEIGHTS, strict=True)))


def hit(id: str, score: float) -> Hit:
    return Hit(id, "", (), score)


def explanation(*hits: Hit, attempt: Attempt = ATTEMPT, ranked: Ranked | None = None, dated: bool = False) -> list[str]:
    found = explained(cast(Reader, cast(Any, Scores(HELD))), attempt, hits, ranked, dated=dated)
    assert [h.id for h in found] == [h.id for h in hits]
    return [h.explanation or "" for h in found]


def amounts(text: str) -> tuple[float, list[float]]:
    head, *rest = [line for line in text.splitlines() if " / " not in line or line.startswith("  ")]
    return float(head.removesuffix(" =")), [float(line.split()[0]) for line in rest]


def test_parts_are_named_in_both_languages_and_add_up() -> None:
    first, second = explanation(hit("a", 11.25), hit("b", 3.125))
    assert first.splitlines() == [
        "11.25 =",
        "  8.00  “tham nhung” liền nhau, không kể dấu / “tham nhung” side by side, diacritics aside  [1 × 8.00]",
        "  2.00  viết đúng “nhũng” / spelled “nhũng”  [0.5 × 4.00]",
        "  0.75  có “nhung”, không kể dấu / has “nhung”, diacritics aside  [0.25 × 3.00]",
        "  0.50  có từ “tham nhũng” trong tiêu đề / has the word “tham nhũng” in the title  [0.1 × 5.00]",
    ]
    assert "có cụm “ủy ban” / has the phrase “ủy ban”" in second
    assert "bài không dấu, có “nhũng” / typed without diacritics, has “nhũng”" in second
    total, parts = amounts(second)
    assert round(sum(parts), 2) == total == 3.12


def test_what_an_index_rounds_is_a_part_of_its_own() -> None:
    (text,) = explanation(hit("a", 11.5))
    assert text.splitlines()[-1] == "  0.25  phần làm tròn trong chỉ mục / rounding inside the index"
    assert amounts(text) == (11.5, [8.0, 2.0, 0.75, 0.5, 0.25])


def test_what_the_second_phase_added_is_named() -> None:
    ranked = Ranked(Matches(1, ()), ("tham", "nhũng"), lambda: {"a": Bonus(spelling=1.5, lead=0.25)})
    (text,) = explanation(hit("a", 13.0), ranked=ranked)
    assert "  1.50  cách viết có dấu “tham nhũng”, như các bài đứng đầu / the spelling “tham nhũng”" in text
    assert "  0.25  các chữ đứng sớm trong bài / the words stand early in the article" in text
    assert "làm tròn" not in text
    assert amounts(text) == (13.0, [8.0, 2.0, 1.5, 0.75, 0.5, 0.25])


def test_hits_in_order_of_date_say_so() -> None:
    (text,) = explanation(hit("a", 737_000.0), dated=True)
    assert text.startswith("Xếp theo ngày đăng; phần khớp với câu hỏi đáng 11.25 điểm. / Ordered by date")
    assert amounts(text)[1] == [8.0, 2.0, 0.75, 0.5]


@pytest.mark.parametrize("attempt", [Attempt(()), Attempt((Weighted(Term("exact", "x"), 1.0),))])
def test_a_query_of_conditions_alone_has_nothing_to_add_up(attempt: Attempt) -> None:
    (text,) = explanation(hit("a", 0.0), attempt=attempt)
    assert text.startswith("Câu hỏi chỉ nêu điều kiện")
    assert not re.search(r"\d", text)


@given(st.lists(st.floats(0.0, 50.0), min_size=1, max_size=12))
def test_rounded_parts_always_add_up_and_stay_within_a_hundredth(parts: list[float]) -> None:
    total, shown = split(sum(parts), parts)
    assert round(sum(map(float, shown)), 2) == float(total)
    assert all(abs(float(text) - part) <= 0.0101 for text, part in zip(shown, parts, strict=True))


def test_numbers_add_up_for_random_queries_over_the_sample(sample_index: Path) -> None:
    chance = random.Random(20191113)
    with open_index(sample_index) as index:
        words = [word for hit in index.search("", limit=40).hits for word in hit.title.split()]
        explained = 0
        for _ in range(120):
            at, length = chance.randrange(len(words)), chance.randint(1, 6)
            query = " ".join(words[at : at + length])
            if chance.random() < 0.4:
                query = " ".join(map(fold, query.split()))
            for hit in index.search(query, limit=5, explain=True).hits:
                if hit.explanation is None or not re.match(r"[\d.]+ =", hit.explanation):
                    continue
                total, parts = amounts(hit.explanation)
                assert round(sum(parts), 2) == total, (query, hit.explanation)
                assert abs(total - hit.score) <= 0.0051, (query, hit.explanation)
                explained += 1
        assert explained > 100
