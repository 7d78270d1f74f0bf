"""How much each part of a query counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from search.analysis import analyze
from search.query.tree import Term
from search.ranking import Token, Weights, scored_terms

PLAIN = Weights(
    exact=0.5, folded=0.4, pair=0.3, word=0.2, exact_open=0.1, pair_open=0.15, word_open=0.0, title=0.0, question=1.0
)


def tokens_of(text: str) -> list[Token]:
    found = analyze(text)
    rows = zip(found.exact_terms(), found.folded_terms(), found.joined.tolist(), strict=True)
    return [Token(exact, folded, exact != folded, joined=joined) for exact, folded, joined in rows]


def weights_of(tokens: list[Token], weights: Weights = PLAIN, zone: str = "any") -> dict[Term, float]:
    return {scored.term: scored.weight for scored in scored_terms(tokens, weights, zone=zone)}  # type: ignore[arg-type, misc]


def test_every_token_counts_in_both_spellings_with_its_neighbor_and_its_word() -> None:
    found = weights_of([Token("tham", "tham"), Token("nhũng", "nhung", marked=True, joined=True)])
    assert found == {
        Term("exact", "tham"): 0.5,
        Term("folded", "tham"): 0.4,
        Term("exact", "nhũng"): 0.5,
        Term("folded", "nhung"): 0.4,
        Term("pair", "tham_nhung"): 0.3,
        Term("word", "tham_nhũng"): 0.2,
    }


def test_a_query_without_marks_has_weights_of_its_own() -> None:
    found = weights_of([Token("nam", "nam"), Token("nay", "nay")])
    assert found[Term("exact", "nam")] == 0.1
    assert found[Term("folded", "nam")] == 0.4
    assert found[Term("pair", "nam_nay")] == 0.15
    assert not [term for term in found if term.space == "word"]


def share_of(**known: float) -> Callable[[Token], float]:
    return lambda token: known[token.exact]


def scored(tokens: list[Token], share: Callable[[Token], float]) -> dict[tuple[str, str], float]:
    found = scored_terms(tokens, PLAIN, share=share)
    return {(w.term.space, w.term.text): w.weight for w in found if isinstance(w.term, Term)}


def test_a_folded_form_that_is_mostly_another_word_does_not_count_beside_typed_diacritics() -> None:
    tokens = [Token("vặt", "vat", marked=True), Token("xe", "xe")]
    found = scored(tokens, share_of(vặt=0.1, xe=0.1))
    assert ("folded", "vat") not in found
    assert found["exact", "vặt"] == 0.5
    assert found["folded", "xe"] == 0.4  # typed without, it may be any of its spellings
    assert scored(tokens, share_of(vặt=0.5, xe=0.5))["folded", "vat"] == 0.4


def test_a_spelling_that_is_nearly_the_only_one_is_read_once() -> None:
    marked = scored([Token("nhũng", "nhung", marked=True), Token("b", "b")], share_of(nhũng=0.95, b=0.5))
    assert marked["exact", "nhũng"] == pytest.approx(0.9)
    assert ("folded", "nhung") not in marked
    bare = scored([Token("chelsea", "chelsea"), Token("b", "b")], share_of(chelsea=1.0, b=0.5))
    assert bare["folded", "chelsea"] == pytest.approx(0.5)
    assert ("exact", "chelsea") not in bare


def test_an_operator_between_tokens_makes_neither_pair_nor_word() -> None:
    found = weights_of([Token("á", "a", True), Token("b", "b", follows=False, joined=True)])
    assert not [term for term in found if term.space == "pair"]
    assert [term.text for term in found if term.space == "word"] == ["á", "b"]


def test_repeated_tokens_add_up_and_importance_multiplies() -> None:
    once = weights_of([Token("a", "a", importance=0.5)])
    twice = weights_of([Token("a", "a", importance=0.5)] * 2)
    assert once[Term("folded", "a")] == 0.2
    assert twice[Term("folded", "a")] == 0.4


def test_the_title_counts_on_top_and_alone_when_asked() -> None:
    weights = Weights(exact_open=0.0, folded=1.0, pair_open=0.0, word_open=0.0, title=0.25)
    both = weights_of([Token("a", "a")], weights)
    assert both == {Term("folded", "a"): 1.0, Term("folded", "a", "title"): 0.25}
    assert weights_of([Token("a", "a")], weights, "title") == {Term("folded", "a", "title"): 1.0}


@pytest.mark.parametrize(
    ("query", "dim"),
    [
        ("Cảng Hải Phòng dài bao nhiêu", ["bao", "nhiêu"]),
        ("Bệnh viện ở đâu gần nhất", ["ở", "đâu"]),
        ("cang hai phong dai bao nhieu", ["bao", "nhieu"]),
        ("may bay o dau", ["o", "dau"]),
        ("đầu máy xe lửa", []),
        ("may mac xuat khau", []),
        ("bao nhiêu", []),
        ("vì sao như thế nào", []),
    ],
)
def test_question_words_weigh_less_beside_words_of_content(query: str, dim: list[str]) -> None:
    tokens = tokens_of(query)
    weights = Weights(question=0.5, title=0.0)
    found = weights_of(tokens, weights)
    dimmed = [token.exact for token in tokens if found[Term("folded", token.folded)] == 0.25]
    assert dimmed == dim
