"""The compiled search for places agrees with one written down plainly, and fragments with what they promise."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise, product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from search.analysis.streams import Analysis
from search.analysis.vocabulary import TermTable
from search.codec.kernels import marking
from search.engines.base import Prepared, texts
from search.model import Article
from search.occurrences import Matcher
from search.query.tree import Node, Prefix, Sequence, Term

Flags = NDArray[np.bool_]
VOCABULARY = TermTable()
SPELLED = {"tham": "tham", "thám": "tham", "nhũng": "nhung", "nhung": "nhung", "vặt": "vat", "17": "17"}
words = st.lists(st.sampled_from(sorted(SPELLED)), max_size=14)
singles = st.one_of(
    st.builds(Term, st.just("exact"), st.sampled_from([*sorted(SPELLED), "lạ", "~nhũng", "~tham"]), st.just("any")),
    st.builds(Term, st.just("folded"), st.sampled_from(["tham", "nhung", "vat", "la"]), st.just("any")),
)
nodes = st.one_of(
    singles,
    st.builds(Prefix, st.just("folded"), st.sampled_from(["th", "n", "x"])),
    st.builds(
        Sequence,
        st.lists(st.lists(singles, min_size=1, max_size=2).map(tuple), min_size=1, max_size=3).map(tuple),
        st.integers(0, 2),
    ),
)


def analyzed(text: list[str]) -> Analysis:
    ends = np.cumsum([len(word) + 1 for word in text], dtype=np.int32) - 1 if text else np.zeros(0, np.int32)
    return Analysis(
        " ".join(text),
        VOCABULARY,
        np.array([VOCABULARY.id(word) for word in text], np.int32),
        np.array([end - len(word) for end, word in zip(ends.tolist(), text, strict=True)], np.int32),
        ends.astype(np.int32),
        np.zeros(len(text), np.bool_),
    )


def holds(term: Term, word: str, plain: bool) -> bool:
    if term.text.startswith("~"):
        return plain and SPELLED.get(term.text[1:], "?") == SPELLED[word]
    return SPELLED[word] == term.text if term.space == "folded" else word == term.text


def places(node: Node, text: list[str], plain: bool) -> set[tuple[int, int]]:
    """Every place by looking at every choice of positions; of a start's choices, the nearest word after word."""
    if isinstance(node, Prefix):
        return {(i, i) for i, word in enumerate(text) if SPELLED[word].startswith(node.text)}
    if isinstance(node, Term):
        return {(i, i) for i, word in enumerate(text) if holds(node, word, plain)}
    assert isinstance(node, Sequence)
    slots = [[i for i, word in enumerate(text) if any(holds(t, word, plain) for t in slot)] for slot in node.slots]
    nearest: dict[int, tuple[int, ...]] = {}
    for path in product(*slots):
        if all(a < b for a, b in pairwise(path)) and path < nearest.get(path[0], (len(text),)):
            nearest[path[0]] = path
    return {(p[0], p[-1]) for p in nearest.values() if p[-1] - p[0] - (len(slots) - 1) <= node.slop}


def found(query: Iterable[Node], text: list[str], plain: bool) -> tuple[list[tuple[int, int, int]], Flags, Flags]:
    """First, last and concept of the places found; which tokens are marked; which belong to the next one."""
    analysis, matcher = analyzed(text), Matcher(tuple(query))
    bound = matcher.bound(VOCABULARY)
    (shown,) = texts((Prepared(Article("a", "", ""), analysis, analysis),))
    codes, _, whole, _ = bound.codes(shown, 0)
    columns = np.empty((3, len(text) * 20 + 1), np.int32)
    marked, glued = np.full((2, len(text)), 7, np.uint8)
    many = marking.find(  # type: ignore[call-arg]
        analysis.exact, VOCABULARY.folded_ids(), int(plain), *bound.arrays, codes, whole,
        bound.single(analysis.exact, VOCABULARY), *columns, marked, glued,
    )  # fmt: skip
    first, last, concept = columns[:, :many].tolist()
    return list(zip(first, last, concept, strict=True)), marked.astype(bool), glued.astype(bool)


@given(words, st.lists(nodes, min_size=1, max_size=4), st.booleans())
def test_places_are_those_found_by_looking_everywhere(text: list[str], query: list[Node], plain: bool) -> None:
    order, marked, glued = found(query, text, plain)
    expected = set().union(*(places(node, text, plain) for node in query))
    assert {(first, last) for first, last, _ in order} == expected
    assert order == sorted(order)
    assert all(marked[[first, last]].all() for first, last in expected)
    assert not glued[~marked].any()


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40),
    st.integers(1, 4),
    st.integers(20, 200),
)
def test_windows_are_within_the_width_apart_and_begin_at_places(
    given_places: list[tuple[int, int, int]], count: int, width: int
) -> None:
    rows = sorted((first, first + length, concept) for first, length, concept in given_places)
    first, last, concept = (np.array(column, np.int32) for column in zip(*rows, strict=True))
    starts = np.arange(400, dtype=np.int32) * 6
    begins, stops = np.empty((2, count), np.int32)
    made = marking.best_windows(first, last, concept, starts, starts + 5, 4, count, width, begins, stops)
    assert 1 <= made <= count
    windows = sorted(zip(begins[:made].tolist(), stops[:made].tolist(), strict=True))
    assert all(0 < end - begin <= width and begin in set(starts[first].tolist()) for begin, end in windows)
    assert all(a[1] <= b[0] for a, b in pairwise(windows))


def test_a_term_that_comes_into_the_vocabulary_later_is_found() -> None:
    matcher = Matcher((Term("exact", "mớitinh"),))
    before = matcher.bound(VOCABULARY)
    assert not before.arrays[0].size
    assert matcher.bound(VOCABULARY) is before
    number = VOCABULARY.id("mớitinh")
    assert matcher.bound(VOCABULARY).arrays[0].tolist() == [number]
