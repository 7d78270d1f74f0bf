"""The two phases of ranking, on their own."""

from __future__ import annotations

from search.query.tree import Term
from search.ranking import Token, Weights, scored_terms


def weights_of(tokens: list[Token], weights: Weights, **options: object) -> dict[Term, float]:
    return {scored.term: scored.weight for scored in scored_terms(tokens, weights, **options)}  # type: ignore[arg-type]


PLAIN = Weights(exact=0.5, exact_open=0.1, folded=0.4, pair=0.3, word=0.2, title=0.0)


def test_every_token_counts_in_both_spellings_and_with_its_neighbor() -> None:
    found = weights_of([Token("tham", "tham"), Token("nhũng", "nhung", marked=True)], PLAIN)
    assert found == {
        Term("exact", "tham"): 0.5,
        Term("folded", "tham"): 0.4,
        Term("exact", "nhũng"): 0.5,
        Term("folded", "nhung"): 0.4,
        Term("pair", "tham_nhung"): 0.3,
    }


def test_a_query_without_marks_trusts_bare_spellings_less() -> None:
    found = weights_of([Token("nam", "nam")], PLAIN)
    assert found == {Term("exact", "nam"): 0.1, Term("folded", "nam"): 0.4}


def test_an_operator_between_tokens_makes_no_pair() -> None:
    found = weights_of([Token("a", "a"), Token("b", "b", follows=False)], PLAIN)
    assert not [term for term in found if term.space == "pair"]


def test_repeated_tokens_add_up_and_importance_multiplies() -> None:
    once = weights_of([Token("a", "a", importance=0.5)], PLAIN)
    twice = weights_of([Token("a", "a", importance=0.5)] * 2, PLAIN)
    assert once[Term("folded", "a")] == 0.2
    assert twice[Term("folded", "a")] == 0.4


def test_the_title_counts_on_top_and_alone_when_asked() -> None:
    weights = Weights(exact=0.0, exact_open=0.0, folded=1.0, pair=0.0, word=0.0, title=0.25)
    both = weights_of([Token("a", "a")], weights)
    assert both == {Term("folded", "a"): 1.0, Term("folded", "a", "title"): 0.25}
    assert weights_of([Token("a", "a")], weights, zone="title") == {Term("folded", "a", "title"): 1.0}


def test_words_are_a_space_of_their_own() -> None:
    assert weights_of([], PLAIN, words=["tham_nhũng"]) == {Term("word", "tham_nhũng"): 0.2}
