"""Words that articles share, counted by numbers, are those that reading every article gives."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from search.analysis.vocabulary import TermTable
from search.engines.base import Tokens
from search.heads import words_of
from search.service import open_index
from search.suggest import related


def test_words_are_counted_once_an_article_as_their_texts_have_them(sample_index: Path) -> None:
    with open_index(sample_index, engine="whoosh") as index, index._reader() as reader:
        ids = sorted(reader.ids())[:30]
        (group,) = reader.tokens(ids, joined=True)
        expected: Counter[str] = Counter()
        for item in reader.prepared(ids):
            expected.update({w.text for text in (item.title, item.body) for w in text.words() if w.length > 1})
        assert max(expected.values()) > 3
        assert words_of(group, 1) == expected
        assert words_of(group, 2) == {word: times for word, times in expected.items() if times > 1}
        hits = index.search("tham nhũng").hits
        assert related(reader, hits, "tham nhũng")


def test_long_words_and_no_words() -> None:
    table = TermTable()
    text = "abcdeabcdeabcdx"
    forms = [table.id(letter) for letter in text]
    joined = np.array([letter != "a" for letter in text])
    starts, titles, plain = np.array([0, 10, 15]), np.zeros(2, np.int64), np.zeros(2, np.bool_)
    group = Tokens(("p", "q"), table, np.array(forms, np.int32), starts, titles, plain, joined)
    assert words_of(group, 1) == {"a_b_c_d_e": 1, "a_b_c_d_x": 1}
    none = Tokens((), table, np.zeros(0, np.int32), np.zeros(1, np.int64), titles[:0], plain[:0], joined[:0])
    assert words_of(none, 1) == {}
