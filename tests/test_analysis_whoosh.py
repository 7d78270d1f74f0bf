"""The Whoosh parts: each alone, in chains, in a schema of somebody's own, and the laws for any text and any chain."""

from __future__ import annotations

import pickle
import threading
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from whoosh import index
from whoosh.analysis import LowercaseFilter, MultiFilter, PassFilter, RegexTokenizer, ReverseTextFilter, StopFilter
from whoosh.fields import TEXT, Schema
from whoosh.qparser import QueryParser

from search.analysis import analyze, normalize
from search.analysis.whoosh_parts import (
    ExactFilter,
    FoldFilter,
    ModeFilter,
    PairFilter,
    SyllableTokenizer,
    WordTokenizer,
    exact_analyzer,
    folded_analyzer,
    pair_analyzer,
    word_analyzer,
)

TEXT_1 = "Bí thư: 17-KH/TU, hoà bình."
Row = tuple[str, int, int, int]


def run(chain: Any, text: str, **options: Any) -> list[Row]:
    """Tokens kept as objects first, read afterwards: a part that reused one token would show."""
    tokens = list(chain(text, positions=True, chars=True, **options))
    return [(token.text, token.pos, token.startchar, token.endchar) for token in tokens]


def test_syllables_alone() -> None:
    assert run(SyllableTokenizer(), TEXT_1) == [
        ("Bí", 0, 0, 2),
        ("thư", 1, 3, 6),
        ("17", 2, 8, 10),
        ("KH", 3, 11, 13),
        ("TU", 4, 14, 16),
        ("hoà", 5, 18, 21),
        ("bình", 6, 22, 26),
    ]


def test_exact_space() -> None:
    assert run(exact_analyzer(), TEXT_1) == [
        ("bí", 0, 0, 2),
        ("thư", 1, 3, 6),
        ("17", 2, 8, 10),
        ("17-kh/tu", 2, 8, 16),
        ("kh", 3, 11, 13),
        ("tu", 4, 14, 16),
        ("hòa", 5, 18, 21),
        ("bình", 6, 22, 26),
    ]


def test_folded_space() -> None:
    assert [row[0] for row in run(folded_analyzer(), "Quy định 37-QĐ/TW")] == [
        "quy",
        "dinh",
        "37",
        "37-qd/tw",
        "qd",
        "tw",
    ]


def test_pair_space() -> None:
    assert run(pair_analyzer(), "Tham nhũng vặt") == [("tham_nhung", 0, 0, 10), ("nhung_vat", 1, 5, 14)]


def test_word_space() -> None:
    assert run(word_analyzer(), "Chống tham nhũng vặt") == [
        ("chống", 0, 0, 5),
        ("tham_nhũng", 1, 6, 16),
        ("vặt", 3, 17, 20),
    ]


def test_filters_alone_after_a_tokenizer_of_whoosh() -> None:
    words = RegexTokenizer(r"\S+")
    assert [row[0] for row in run(words | ExactFilter(), "Hoà KĨ")] == ["hòa", "kỹ"]
    assert [row[0] for row in run(words | FoldFilter(), "Đà Nẵng")] == ["da", "nang"]
    assert [row[0] for row in run(words | PairFilter(), "a b c")] == ["a_b", "b_c"]
    assert run(words | PairFilter(), "a") == run(words | PairFilter(), "") == []


def test_a_removed_stop_word_makes_no_false_pair() -> None:
    chain = SyllableTokenizer() | ExactFilter() | StopFilter(["của"], minsize=1, renumber=False) | PairFilter()
    assert [row[0] for row in run(chain, "nhà của dân ta")] == ["dân_ta"]


def test_options_of_whoosh_are_kept() -> None:
    chain = SyllableTokenizer() | ExactFilter()
    assert run(chain, "Tin mới", start_pos=5, start_char=100) == [("tin", 5, 100, 103), ("mới", 6, 104, 107)]
    assert [token.original for token in chain("Tin mới", keeporiginal=True)] == ["Tin", "mới"]
    assert [token.text for token in SyllableTokenizer()("Tin mới", tokenize=False)] == ["Tin mới"]
    assert [token.mode for token in chain("Tin", mode="query")] == ["query"]
    assert not any(hasattr(token, "pos") or hasattr(token, "startchar") for token in chain("Tin mới"))


def test_offsets_of_decomposed_text_are_those_of_the_text_given() -> None:
    text = unicodedata.normalize("NFD", "Đảng bộ thành phố")
    rows = run(SyllableTokenizer(), text)
    assert [unicodedata.normalize("NFC", text[a:b]) for _, _, a, b in rows] == ["Đảng", "bộ", "thành", "phố"]


def test_modes() -> None:
    chain = SyllableTokenizer() | ModeFilter(index=ExactFilter(), query=FoldFilter())
    assert [row[0] for row in run(chain, "Nẵng", mode="index")] == ["nẵng"]
    assert [row[0] for row in run(chain, "Nẵng", mode="query")] == ["nang"]
    assert [row[0] for row in run(chain, "Nẵng", mode="other")] == ["Nẵng"]
    assert run(chain, "", mode="index") == []
    assert ModeFilter(index=ExactFilter()) == ModeFilter(index=ExactFilter())


def test_whooshs_own_multifilter_can_be_used_too() -> None:
    chain = SyllableTokenizer() | MultiFilter(index=ExactFilter(), query=FoldFilter())
    assert [row[0] for row in run(chain, "Nẵng", mode="query")] == ["nang"]


def test_parts_compare_and_are_stored_with_a_schema() -> None:
    for make in (exact_analyzer, folded_analyzer, pair_analyzer, word_analyzer):
        assert make() == make()
        assert run(pickle.loads(pickle.dumps(make())), TEXT_1) == run(make(), TEXT_1)
    assert exact_analyzer(codes=True) != exact_analyzer(codes=False)


def test_in_somebodys_own_schema(tmp_path: Path) -> None:
    schema = Schema(
        exact=TEXT(analyzer=exact_analyzer(), stored=True),
        folded=TEXT(analyzer=folded_analyzer()),
        pair=TEXT(analyzer=pair_analyzer(), phrase=False),
        word=TEXT(analyzer=word_analyzer(), phrase=False),
    )
    made = index.create_in(tmp_path, schema)
    writer = made.writer()
    text = "Kế hoạch 17-KH/TU về phòng, chống tham nhũng vặt ở thành uỷ"
    writer.add_document(exact=text, folded=text, pair=text, word=text)
    writer.add_document(exact="", folded="", pair="", word="")
    writer.commit()
    with made.searcher() as searcher:
        for field, query, hits in [
            ("exact", '"phòng chống tham nhũng"', 1),
            ("exact", "ủy", 1),
            ("exact", "nhung", 0),
            ("exact", "17-kh/tu", 1),
            ("folded", "nhung", 1),
            ("folded", '"tham nhung vat"', 1),
            ("pair", "tham_nhung", 1),
            ("word", "tham_nhũng", 1),
        ]:
            found = searcher.search(QueryParser(field, schema).parse(query))
            assert len(found) == hits, f"{field}:{query}"
        hit = searcher.search(QueryParser("exact", schema).parse("ủy"))[0]
        assert "<b" in hit.highlights("exact")
        assert "uỷ" in hit.highlights("exact")


_SAMPLES = (
    "Tham nhũng vặt hoà 17-KH/TU, 58,42% TP.HCM XVI thứ 17 Covid-19. a@b.vn “gì” — ½ ﬁ th\u00adam a\u200bb x\u0301"
)
ANY = st.one_of(
    st.text(max_size=80),
    st.lists(st.one_of(st.sampled_from(_SAMPLES.split()), st.text(max_size=5)), max_size=10).map(" ".join),
)
TOKENIZERS = st.sampled_from([SyllableTokenizer(), SyllableTokenizer(codes=True), WordTokenizer()])
FILTERS = st.sampled_from(
    [
        ExactFilter(),
        FoldFilter(),
        PairFilter(),
        ModeFilter(index=ExactFilter(), query=FoldFilter()),
        LowercaseFilter(),
        PassFilter(),
        ReverseTextFilter(),
        StopFilter(["tham", "17"], minsize=1),
    ]
)
CHAINS = st.tuples(TOKENIZERS, st.lists(FILTERS, max_size=4))


def compose(parts: tuple[Any, list[Any]]) -> Any:
    chain = parts[0]
    for part in parts[1]:
        chain = chain | part
    return chain


@settings(max_examples=300, deadline=None)
@given(CHAINS, ANY, st.sampled_from(["index", "query", ""]))
def test_any_chain_on_any_text(parts: tuple[Any, list[Any]], text: str, mode: str) -> None:
    chain = compose(parts)
    rows = run(chain, text, mode=mode)
    assert rows == run(chain, text, mode=mode), "a second pass differs: a part keeps state between texts"
    for (_, pos, start, end), (_, next_pos, next_start, _) in pairwise(rows):
        assert pos <= next_pos
        assert start <= next_start
        assert start < end
    assert all(0 <= start < end <= len(text) for _, _, start, end in rows)


@settings(max_examples=200, deadline=None)
@given(CHAINS, ANY)
def test_decomposed_text_gives_the_same_terms(parts: tuple[Any, list[Any]], text: str) -> None:
    reads_case = any(isinstance(part, ReverseTextFilter | LowercaseFilter) for part in parts[1])
    assume(not reads_case)
    clean = normalize(text)
    chain = compose(parts) | ExactFilter()
    given_nfd = run(chain, unicodedata.normalize("NFD", clean))
    assert [row[:2] for row in given_nfd] == [row[:2] for row in run(chain, clean)]


@settings(max_examples=200, deadline=None)
@given(ANY)
def test_chains_give_the_spaces_of_the_analysis(text: str) -> None:
    stored = normalize(text)
    found = analyze(stored)
    assert [row[0] for row in run(exact_analyzer(codes=False), stored)] == found.exact_terms()
    assert [row[0] for row in run(folded_analyzer(codes=False), stored)] == found.folded_terms()
    assert [row[0] for row in run(pair_analyzer(), stored)] == found.pair_terms()
    assert [(row[0], row[1]) for row in run(word_analyzer(), stored)] == [(w.text, w.position) for w in found.words()]
    assert [row[2:] for row in run(exact_analyzer(codes=False), stored)] == list(
        zip(found.starts.tolist(), found.ends.tolist(), strict=True)
    )


def test_threads_agree() -> None:
    chain = folded_analyzer()
    texts = [f"Khóa {n} họp số {n}-KH/TU ở phường {n}" for n in range(200)]
    expected = [run(chain, text) for text in texts]
    answers: list[bool] = []
    threads = [
        threading.Thread(target=lambda: answers.append([run(chain, text) for text in texts] == expected))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 5


@pytest.mark.parametrize("text", ["", " ", "…", "\n"])
def test_no_tokens(text: str) -> None:
    for make in (exact_analyzer, folded_analyzer, pair_analyzer, word_analyzer):
        assert run(make(), text) == []
