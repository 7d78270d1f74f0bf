"""What the best articles' tokens show agrees with looking at every token."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import fold
from search.analysis.vocabulary import TermTable
from search.engines.base import Tokens
from search.heads import NOWHERE, Head
from search.query.tree import Space, Term

SYLLABLES = ("tham", "thăm", "nhũng", "những", "nhung", "vặt", "vật", "lạ")
ASKED = ("tham", "nhung", "vat")


class Text(NamedTuple):
    """An article: its tokens with whether each continues the word before, the title's first."""

    title: list[tuple[str, bool]]
    body: list[tuple[str, bool]]
    plain: bool

    def read(self) -> list[tuple[int, str, str | None, bool]]:
        """Position, folded form, spelling and joining of every token."""
        placed = [*enumerate(self.title), *enumerate(self.body, len(self.title) + 1)]
        return [(at, fold(word), None if self.plain else word, joined) for at, (word, joined) in placed]


tokens = st.lists(st.tuples(st.sampled_from(SYLLABLES), st.booleans()), max_size=8)
articles = st.lists(st.builds(Text, tokens, tokens, st.booleans()), min_size=1, max_size=4)
exact = st.sampled_from(SYLLABLES)
terms = st.one_of(
    st.tuples(st.just("exact"), exact),
    st.tuples(st.just("folded"), st.sampled_from(ASKED)),
    st.tuples(st.just("pair"), st.lists(st.sampled_from(ASKED), min_size=2, max_size=2).map("_".join)),
    st.tuples(st.just("word"), st.lists(exact, min_size=1, max_size=3).map("_".join)),
)


def grouped(texts: list[Text], first: int) -> Tokens:
    """The articles as an index gives them, with a vocabulary of their own."""
    vocabulary = TermTable()
    vocabulary.id("khác")
    words = [token for text in texts for token in (*text.title, *text.body)]
    return Tokens(
        tuple(str(i) for i in range(first, first + len(texts))),
        vocabulary,
        np.array([vocabulary.id(word) for word, _ in words], np.int32),
        np.cumsum([0, *(len(text.title) + len(text.body) for text in texts)]).astype(np.int64),
        np.array([len(text.title) for text in texts], np.int64),
        np.array([text.plain for text in texts], np.bool_),
        np.array([joined for _, joined in words], np.bool_),
    )


def places(space: str, text: str, article: Text, known: set[str], following: bool) -> list[int]:
    """The positions where a term begins, by trying each; `following`: the next article begins with a joined token."""
    read = article.read()
    parts = text.split("_") if space in ("pair", "word") else [text]
    found = []
    for i in range(len(read) - len(parts) + 1):
        run = read[i : i + len(parts)]
        if any(b[0] - a[0] != 1 for a, b in pairwise(run)) or not {folded for _, folded, *_ in run} <= known:
            continue
        if any(
            part != (folded if space in ("folded", "pair") else form)
            for part, (_, folded, form, _) in zip(parts, run, strict=True)
        ):
            continue
        after = read[i + len(parts)][3] if i + len(parts) < len(read) else following
        if space == "word" and ([joined for *_, joined in run] != [False] + [True] * (len(parts) - 1) or after):
            continue
        found.append(run[0][0])
    return found


@given(articles, articles, st.lists(terms, min_size=1, max_size=5), st.booleans())
def test_terms_are_found_where_looking_at_every_token_finds_them(
    first: list[Text], second: list[Text], asked: list[tuple[Space, str]], several: bool
) -> None:
    groups = [first, second] if several else [first]
    head = Head([grouped(first, 0), grouped(second, len(first))][: len(groups)], ASKED)
    found = head.find([Term(space, text) for space, text in asked])
    flat = [text for group in groups for text in group]
    follows = []
    for group in groups:
        begins = [next((joined for _, joined in (*text.title, *text.body)), None) for text in group]
        behind = (begins[i + 1 :] for i in range(len(group)))
        follows += [next((joined for joined in rest if joined is not None), False) for rest in behind]
    for column, (space, text) in enumerate(asked):
        expected = [
            places(space, text, article, set(ASKED), after) for article, after in zip(flat, follows, strict=True)
        ]
        assert found.times[:, column].tolist() == [len(held) for held in expected]
        assert found.first[:, column].tolist() == [min(held, default=NOWHERE) for held in expected]
    assert head.lengths.tolist() == [len(text.title) + len(text.body) for text in flat]


@given(articles, articles, st.lists(st.sampled_from((*ASKED, "la")), min_size=2, max_size=5), st.data())
def test_a_run_is_spelled_as_most_articles_spell_it(
    first: list[Text], second: list[Text], run: list[str], data: st.DataObject
) -> None:
    flat = [*first, *second]
    weights = data.draw(st.lists(st.sampled_from((0.0, 0.25, 0.5, 1.0)), min_size=len(flat), max_size=len(flat)))
    votes: list[Counter[str]] = [Counter() for _ in run]
    for article, weight in zip(flat, weights, strict=True):
        read = article.read()
        for i, pair in enumerate(pairwise(run)):
            beside = [(a[2], b[2]) for a, b in pairwise(read) if (a[1], b[1]) == pair and b[0] - a[0] == 1]
            for spelled in beside if not article.plain and "la" not in pair else ():
                for side, form in enumerate(spelled):
                    votes[i + side][str(form)] += weight / len(beside)
    found = Head([grouped(first, 0), grouped(second, len(first))], ASKED).spelling(run, weights)
    for form, counted in zip(found, votes, strict=True):
        most = max(counted.values(), default=0)
        assert (form is None) == (most == 0)
        assert form is None or abs(counted[form] - most) < 1e-9
