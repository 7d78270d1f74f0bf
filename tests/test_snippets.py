"""Fragments and marks: what is shown of an article, as written and cut where a reader would cut."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis.streams import Analysis, Code, Plainness
from search.analysis.vocabulary import TermTable
from search.engines.base import Prepared
from search.model import Article, Snippet
from search.occurrences import within
from search.query.tree import All, Any, Fuzzy, Node, Not, Prefix, Sequence, Term
from search.snippets import ELLIPSIS, highlight, marks

VOCABULARY = TermTable()
CODES = re.compile(r"\d+[-/][\w/-]*\w")


def analyzed(text: str, *, plain: bool = False) -> Analysis:
    """A text by the rules of the streams, with no library: runs of letters or digits, codes with a slash or hyphen."""
    tokens = list(re.finditer(r"[^\W\d_]+|\d+", text))
    spans = [(token.start(), token.end()) for token in tokens]
    codes = []
    for found in CODES.finditer(text):
        inside = [i for i, (a, b) in enumerate(spans) if found.start() <= a and b <= found.end()]
        codes.append(Code(inside[0], len(inside), found.group().lower(), found.group().lower()))
    return Analysis(
        text=text,
        vocabulary=VOCABULARY,
        exact=np.array([VOCABULARY.id(token.group().lower()) for token in tokens], np.int32),
        starts=np.array([a for a, _ in spans], np.int32),
        ends=np.array([b for _, b in spans], np.int32),
        joined=np.zeros(len(spans), np.bool_),
        codes=tuple(codes),
        plainness=Plainness(len(spans), 0, len(spans)) if plain else Plainness(),
    )


def prepared(body: str, title: str = "", *, plain: bool = False) -> Prepared:
    article = Article(id="a", title=title, body=body)
    return Prepared(article, analyzed(title, plain=plain), analyzed(body, plain=plain))


def exact(*words: str) -> tuple[Node, ...]:
    return tuple(Term("exact", word) for word in words)


def folded(*words: str) -> tuple[Node, ...]:
    return tuple(Term("folded", word) for word in words)


def phrase(*words: str, slop: int = 0) -> Sequence:
    return Sequence(tuple((Term("folded", word),) for word in words), slop)


def marked(text: str, *nodes: Node, plain: bool = False) -> list[str]:
    return [text[a:b] for a, b in marks(prepared(text, plain=plain), nodes)[1]]


def shown(snippet: Snippet) -> list[str]:
    return [snippet.text[a:b] for a, b in snippet.highlights]


@pytest.mark.parametrize(
    ("text", "nodes", "expected"),
    [
        ("Nạn tham nhũng vặt ở phường.", exact("tham", "nhũng", "vặt"), ["tham nhũng vặt"]),
        ("Nạn THAM NHŨNG VẶT ở phường.", folded("tham", "nhung", "vat"), ["THAM NHŨNG VẶT"]),
        ("Tham gia, nhũng nhiễu", exact("tham", "nhũng"), ["Tham", "nhũng"]),
        ("Năm nay ở Nam Định", exact("nam"), ["Nam"]),
        ("Năm nay ở Nam Định", folded("nam"), ["Năm", "Nam"]),
        ("phòng, chống tham nhũng", (phrase("phong", "chong"),), ["phòng, chống"]),
        ("phòng, chống tham nhũng", exact("phòng", "chống"), ["phòng", "chống"]),
        ("chống phòng", (phrase("phong", "chong"),), []),
        ("phòng và chống, phòng chống", (phrase("phong", "chong"),), ["phòng chống"]),
        ("phòng và chống", (phrase("phong", "chong", slop=1),), ["phòng", "chống"]),
        ("phòng ngừa và chống", (phrase("phong", "chong", slop=1),), []),
        ("Kế hoạch 17-KH/TU ngày 5", exact("17-kh/tu"), ["17-KH/TU"]),
        ("Kế hoạch 17-KH/TU ngày 5", (phrase("17", "kh", "tu"),), ["17-KH/TU"]),
        ("Kế hoạch 17-KH/TW ngày 5", exact("17-kh/tu"), []),
        ("thanh tra, thành ủy, quận", (Prefix("folded", "than"),), ["thanh", "thành"]),
        ("vật, vặt, vặn, bật", (Fuzzy("exact", "vặt"),), ["vật", "vặt", "vặn"]),
        ("tham nhũng", (Term("pair", "tham_nhung"),), ["tham nhũng"]),
        ("tham nhũng", (Term("word", "tham_nhũng"),), ["tham nhũng"]),
        ("tham nhúng", (Term("word", "tham_nhũng"),), []),
        ("tham nhũng", (Not(Term("exact", "tham")), Term("exact", "nhũng")), ["nhũng"]),
        ("tham nhũng vặt", (All((Term("exact", "tham"), Any(exact("vặt", "vật")))),), ["tham", "vặt"]),
        ("một\nhai", exact("một", "hai"), ["một", "hai"]),
        ("một\u00a0hai", exact("một", "hai"), ["một\u00a0hai"]),
        ("", exact("một"), []),
    ],
)
def test_whole_words_are_marked_as_written(text: str, nodes: tuple[Node, ...], expected: list[str]) -> None:
    assert marked(text, *nodes) == expected


def test_accented_terms_mark_bare_words_only_in_articles_without_diacritics() -> None:
    nodes = (Term("exact", "nhũng"), Term("exact", "~nhũng"))
    assert marked("tham nhung vat", *nodes, plain=True) == ["nhung"]
    assert marked("vải nhung", *nodes) == []
    assert highlight(prepared("nan tham nhung vat", plain=True), nodes).snippets[0].highlights == ((9, 14),)


def test_what_is_asked_of_titles_is_marked_only_there() -> None:
    found = highlight(prepared("tin đường phố", "Đường mới"), (Term("exact", "đường", "title"),))
    assert found.title_highlights == ((0, 5),)
    assert found.snippets == (Snippet("tin đường phố"),)


FILLER = "Các đại biểu đã thảo luận về nhiều nội dung khác nhau trong buổi sáng. " * 12


def test_the_fragment_with_most_of_the_query_close_together_wins() -> None:
    body = (
        f"Tham gia có nhiều người. {FILLER}Việc nhũng nhiễu vẫn còn. {FILLER}"
        f"Thành phố quyết tâm ngăn chặn tham nhũng vặt ngay từ cơ sở. {FILLER}Vặt vãnh."
    )
    best, second = highlight(prepared(body), folded("tham", "nhung", "vat")).snippets
    assert shown(best) == ["tham nhũng vặt"]
    assert "quyết tâm" in best.text
    assert second.text != best.text
    assert second.highlights


def test_a_tighter_place_beats_an_earlier_looser_one() -> None:
    body = f"Nước sạch cho mọi nhà ở các xã vùng cao. {FILLER}Dự án nước sạch. {FILLER}Sạch nhà, nước."
    only = highlight(prepared(f"Nước về bản và sạch hơn. {FILLER}Dự án nước sạch."), exact("nước", "sạch"), count=1)
    assert shown(only.snippets[0]) == ["nước sạch"]
    assert shown(highlight(prepared(body), exact("nước", "sạch"), count=1).snippets[0])[0] == "Nước sạch"


def test_fragments_keep_to_the_width_and_to_the_count() -> None:
    body = f"{FILLER}Cảng mới. {FILLER}Cảng cũ. {FILLER}Cảng cạn. {FILLER}"
    for count in (0, 1, 2, 3):
        found = highlight(prepared(body), exact("cảng"), count=count, width=90)
        assert len(found.snippets) == count
        assert all(len(snippet.text) <= 90 + 2 * len(ELLIPSIS) for snippet in found.snippets)
        assert all(shown(snippet) == ["Cảng"] for snippet in found.snippets)


def test_whole_sentences_carry_no_ellipsis() -> None:
    body = f"{FILLER}Ủy ban họp ngày 3 tháng 5 để bàn việc xây cảng nước sâu cho toàn vùng duyên hải phía bắc. {FILLER}"
    only = highlight(prepared(body), exact("cảng"), count=1, width=100).snippets[0]
    assert only.text == "Ủy ban họp ngày 3 tháng 5 để bàn việc xây cảng nước sâu cho toàn vùng duyên hải phía bắc."


@pytest.mark.parametrize("unbroken", ["TP.HCM", "17-KH/TU", "58,42%", "TP. HCM", "GS. Trần", "29/12/2021"])
def test_no_cut_falls_inside_what_belongs_together(unbroken: str) -> None:
    body = f"{unbroken} mở đường {unbroken} " * 40 + "cảng" + f" {unbroken} mở đường {unbroken}" * 40
    whole = set(body.replace(unbroken, unbroken.replace(" ", "\u00a0")).split(" "))
    for width in range(40, 90):
        text = highlight(prepared(body), exact("cảng"), count=1, width=width).snippets[0].text
        inner = text.strip(ELLIPSIS).replace(unbroken, unbroken.replace(" ", "\u00a0"))
        assert set(inner.split(" ")) <= whole


def test_an_article_that_matches_by_its_title_shows_its_beginning() -> None:
    found = highlight(prepared(f"Sáng nay trời mưa. {FILLER}", "Cảng mới"), exact("cảng"))
    assert found.title_highlights == ((0, 4),)
    (only,) = found.snippets
    assert only.text.startswith("Sáng nay trời mưa.")
    assert only.highlights == ()


def test_without_a_body_there_is_no_fragment() -> None:
    assert highlight(prepared("", "Cảng"), exact("cảng")).snippets == ()
    assert highlight(prepared(" \n", "Cảng"), exact("cảng")).snippets == ()


def test_lines_become_one_line_and_marks_stay_in_place() -> None:
    body = "Dòng đầu.\n\n  Xây cảng\u00a0mới \t ở\nphía bắc, cảng cạn."
    only = highlight(prepared(body), exact("cảng", "cạn"), count=1).snippets[0]
    assert only.text == "Dòng đầu. Xây cảng mới ở phía bắc, cảng cạn."
    assert shown(only) == ["cảng", "cảng cạn"]


def test_markup_is_neither_added_nor_interpreted() -> None:
    only = highlight(prepared("<b>cảng</b> & <script>"), exact("cảng")).snippets[0]
    assert only.text == "<b>cảng</b> & <script>"
    assert shown(only) == ["cảng"]


def test_a_text_without_blanks_is_cut_at_the_width() -> None:
    only = highlight(prepared("x" * 5000 + "-cảng-" + "y" * 5000), exact("cảng"), width=80).snippets[0]
    assert shown(only) == ["cảng"]
    assert len(only.text) <= 82


def test_a_pasted_passage_longer_than_the_width_is_shown_within_it() -> None:
    words = FILLER.lower().replace(".", "").split()
    only = highlight(prepared(FILLER), (phrase_exact(words[:60]),), count=1, width=120).snippets[0]
    assert only.highlights
    assert len(only.text) <= 122


def phrase_exact(words: list[str]) -> Sequence:
    return Sequence(tuple((Term("exact", word),) for word in words))


texts = st.text(st.sampled_from("aăâbcđeêtham nhũng.,…!?-/%58\n\t \u00a0TP\U0001f600"), max_size=400)
queries = st.lists(st.sampled_from(["a", "ă", "tham", "nhũng", "58", "tp", "t", "5"]), min_size=1, max_size=4)


@given(texts, queries, st.integers(10, 120), st.integers(1, 3))
def test_any_text_gives_fragments_of_itself_with_marks_in_order(
    text: str, words: list[str], width: int, count: int
) -> None:
    found = highlight(prepared(text, text), (*exact(*words), phrase_exact(words)), count=count, width=width)
    once = " ".join(text.split())
    assert len(found.snippets) <= count
    assert bool(found.snippets) == bool(once)
    for snippet in found.snippets:
        assert snippet.text.removeprefix(ELLIPSIS).removesuffix(ELLIPSIS) in once or snippet.text in once
        assert len(snippet.text) <= width + 2
        end = -1
        for a, b in snippet.highlights:
            assert end < a < b <= len(snippet.text)
            end = b
    for a, b in found.title_highlights:
        assert text[a:b].strip() == text[a:b] != ""


@pytest.mark.parametrize(
    ("text", "term", "distance", "expected"),
    [
        ("vat", "vat", 0, True),
        ("vat", "vta", 1, True),
        ("vat", "va", 1, True),
        ("vat", "bat", 1, False),
        ("vat", "vien", 2, False),
        ("nhung", "nhugn", 1, True),
        ("nhung", "nugn", 2, True),
    ],
)
def test_edits_are_counted_with_swaps_and_the_first_letter_kept(
    text: str, term: str, distance: int, expected: bool
) -> None:
    assert within(text, term, distance) is expected
