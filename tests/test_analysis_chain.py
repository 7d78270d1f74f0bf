"""The chain from text to term spaces: golden tables, cases of matching by positions, and laws for any text."""

from __future__ import annotations

import threading
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.analysis import Analysis, analyze, analyze_batch, chain, normalize, piece_table
from search.analysis.segmenter.words import NO_MODEL, Segmenter
from search.analysis.vocabulary import TermTable


def surfaces(found: Analysis) -> list[str]:
    return [found.text[a:b] for a, b in zip(found.starts.tolist(), found.ends.tolist(), strict=True)]


def columns(found: Analysis) -> tuple[Any, ...]:
    """Everything an analysis says, as plain values."""
    arrays = (found.exact, found.starts, found.ends, found.joined)
    return (found.text, *[array.tolist() for array in arrays], found.codes, found.plainness)


@pytest.mark.parametrize(
    ("text", "exact", "words"),
    [
        ("Tham nhũng vặt", "tham nhũng vặt", "tham_nhũng vặt"),
        ("Ở TP.HCM, ông Nguyễn Văn A.", "ở tp hcm ông nguyễn văn a", "ở tp hcm ông nguyễn_văn_a"),
        ("hoà bình, HOÀ BÌNH", "hòa bình hòa bình", None),
        ("Covid-19; 3G", "covid 19 3 g", "covid 19 3_g"),
        ("58,42% và 102.614 tỷ", "58 42 và 102 614 tỷ", "58_42 và 102_614 tỷ"),
        ("m² CO₂", "m 2 co 2", None),
        ("dòng\nmột\r\nhai\u00a0ba\u3000bốn", "dòng một hai ba bốn", None),
        ("tham\u200bnhũng", "tham nhũng", "tham_nhũng"),
        ("nh\u00adũng", "nhũng", "nhũng"),
        ("“ngoặc”–gạch", "ngoặc gạch", None),
        ("😀 👍🏽 — …", "", ""),
        ("", "", ""),
        ("ＡＢ １２", "ab 12", None),
        ("a_b", "a b", "a_b"),
        ("กี่", "กี่", None),
    ],
)
def test_terms(text: str, exact: str, words: str | None) -> None:
    for found in (analyze(text), analyze_batch([text])[0]):
        assert found.exact_terms() == exact.split()
        if words is not None:
            assert [word.text for word in found.words()] == words.split()


def test_golden_table() -> None:
    found = analyze("Bí thư: 17-KH/TU, hoà bình.")
    assert found.exact_terms() == ["bí", "thư", "17", "kh", "tu", "hòa", "bình"]
    assert found.folded_terms() == ["bi", "thu", "17", "kh", "tu", "hoa", "binh"]
    assert found.pair_terms() == ["bi_thu", "thu_17", "17_kh", "kh_tu", "tu_hoa", "hoa_binh"]
    assert [tuple(word) for word in found.words()] == [
        (0, 2, "bí_thư"),
        (2, 1, "17"),
        (3, 1, "kh"),
        (4, 1, "tu"),
        (5, 2, "hòa_bình"),
    ]
    assert surfaces(found) == ["Bí", "thư", "17", "KH", "TU", "hoà", "bình"]
    assert [tuple(code) for code in found.codes] == [(2, 3, "17-kh/tu", "17-kh/tu")]
    assert found.starts.dtype == found.ends.dtype == found.exact.dtype == "int32"


def phrase(text: str, query: str, folded: bool = False) -> bool:
    """Whether the terms of the query stand in the text at consecutive positions."""
    take = Analysis.folded_terms if folded else Analysis.exact_terms
    found, wanted = take(analyze(text)), take(analyze(query))
    return any(found[i : i + len(wanted)] == wanted for i in range(len(found)))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("công tác phòng, chống tham nhũng", "phòng chống tham nhũng"),
        ("công tác phòng chống tham nhũng", "phòng, chống tham nhũng"),
        ("Kế hoạch số 17-KH/TU của", "17 KH TU"),
        ("Kế hoạch số 17-KH/TU của", "17-kh/tu"),
        ("ngày 29/12/2021", "29 12 2021"),
        ("phòng\n\nchống", "phòng chống"),
        ("sĩ quan", "sỹ quan"),
        ("Lệ Thủy", "Lệ Thuỷ"),
    ],
)
def test_phrases_pass_over_marks_and_spellings(text: str, query: str) -> None:
    assert phrase(text, query)


def test_other_codes_are_other_phrases() -> None:
    assert not phrase("Kế hoạch số 17-KH/TU", "17-KH/TW")
    assert phrase("Quy định 37-QĐ/TW", "37-QD/TW", folded=True)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("số 17-KH/TU,", ["17-kh/tu"]),
        ("số 17–KH/TU", ["17-kh/tu"]),
        ("(37-QĐ/TW).", ["37-qđ/tw"]),
        ("01-CTr/TU;", ["01-ctr/tu"]),
        ("ngày 29/12/2021", ["29/12", "29/12/2021", "12/2021"]),
        ("lúc 9:30, ngày 9/1", ["9:30", "9/1"]),
        ("Nghị định 84/2021/NĐ-CP", ["84/2021", "84/2021/nđ-cp"]),
        ("tăng 2,5-3%", ["2,5", "2,5-3"]),
        ("A1/2, 5/10kg, 3/4b-1", ["a1/2", "5/10", "3/4b-1"]),
        ("đạt 58,42% và 58,42 %", ["58,42", "58,42"]),
        ("102.614 tỷ", ["102.614", "102614"]),
        ("1.234.567,89 và 0.125 và 4.0", ["1.234.567,89", "1234567,89", "0.125", "4.0"]),
        ("1,234.56 và 1.234.56 và 1.23,456", ["1,234.56", "1234.56", "1.234.56", "1.23,456"]),
        ("1.234-567,89 và 1.234,567.891 tấn", ["1.234", "1234", "1.234-567,89", "567,89", "1.234,567.891"]),
        ("102\u00a0614 và 1\u202f234\u202f567 tỷ", ["102.614", "102614", "1.234.567", "1234567"]),
        ("ngày 12\u00a034, số 0912\u00a0345\u00a0678, 2021\u2009500", []),
        ("dài 2,5km, 1.200m2, 2,5km/h", ["2,5", "1.200", "1200", "2,5km/h"]),
        ("nhiệm kỳ 2020–2025", ["2020-2025"]),
        ("Quyết định 1234/QĐ-UBND", ["1234/qđ-ubnd"]),
        ("TP.HCM", ["tp.hcm", "tphcm"]),
        ("Covid-19.", ["covid-19"]),
        ("COVID–19", ["covid-19"]),
        ("lúc 09:43", ["09:43"]),
        ("biển số 15A-123.45", ["15a-123.45", "123.45"]),
        ("gửi toasoan@bao.vn nhé", ["toasoan@bao.vn"]),
        ("trên vnexpress.net.", ["vnexpress.net"]),
        ("T.Ư và U.S.A.", ["t.ư", "u.s.a", "usa"]),
        ("QĐ-UBND", ["qđ-ubnd", "qđubnd"]),
        ("Sở GD&ĐT, GD-ĐT và gd&đt", ["gd&đt", "gdđt", "gd-đt", "gdđt", "gd&đt", "gdđt"]),
        ("Bộ LĐ-TB&XH", ["lđ-tb&xh", "lđtbxh"]),
        ("HÀ-NỘI và XI-XII", ["hà-nội", "xi-xii"]),
        ("xem www.bao.vn/tin-tuc.", ["www.bao.vn/tin-tuc"]),
        ("và/hoặc, Tây-Nam, nội.Hà", []),
        ("năm 2021.Ông nói,rồi đi", []),
        ("học sinh", []),
        ("1-" * 400, []),
    ],
)
def test_codes(text: str, codes: list[str]) -> None:
    for found in (analyze(text), analyze_batch([text])[0]):
        assert [code.exact for code in found.codes] == codes
        terms = found.exact_terms()
        for code in found.codes:
            stripped = "".join(c for c in code.exact if c.isalnum())
            assert "".join(terms[code.position : code.position + code.length]) == stripped


def test_folded_codes_lose_their_diacritics() -> None:
    assert analyze("37-QĐ/TW").codes[0].folded == "37-qd/tw"


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("lần thứ XVII", [(2, "17")]),
        ("lần thứ 17", [(2, "xvii")]),
        ("khóa XVI,", [(1, "16")]),
        ("khoá 16", [(1, "xvi")]),
        ("Đại hội 15", [(2, "xv")]),
        ("nhiệm kỳ thứ IX", [(3, "9")]),
        ("quý IV/2021", [(1, "4"), (1, "iv/2021")]),
        ("thế kỷ XXI", [(2, "21")]),
        ("lan thu XVII", [(2, "17")]),
        ("khóa ＸＶＩ", [(1, "16")]),
        ("Đại hội Đảng XIII", [(3, "13")]),
        ("quân khu V, đô thị loại I", [(2, "5"), (6, "1")]),
        ("khóa X, XI và XIII", [(1, "10"), (2, "11"), (4, "13")]),
        ("thế kỷ XIX-XX", [(2, "19"), (2, "xix-xx"), (3, "20")]),
        ("thế kỷ 19 và 20", [(2, "xix"), (4, "xx")]),
        ("lần thứ 3, 17 người", [(2, "iii")]),
        ("khóa XII, anh V", [(1, "12")]),
        ("khóa XII, V", [(1, "12")]),
        ("XVII lần", []),
        ("có 17 người", []),
        ("khóa vi tính", []),
        ("thứ 2021", []),
    ],
)
def test_ordinals_carry_their_other_writing(text: str, pairs: list[tuple[int, str]]) -> None:
    for found in (analyze(text), analyze_batch(["đệm", text, "đệm"])[1]):
        assert [(code.position, code.exact) for code in found.codes] == pairs


def test_ordinals_do_not_cross_texts() -> None:
    assert all(not found.codes for found in analyze_batch(["khóa", "XVI"]))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Nguoi dan to cao tham nhung vat o phuong", True),
        ("Người dân tố cáo tham nhung vat", False),
        ("The weather forecast for tomorrow", False),
        ("nhung", False),
        ("2021 2022", False),
    ],
)
def test_plainness(text: str, plain: bool) -> None:
    assert analyze(text).plainness.plain is plain
    assert analyze_batch([text])[0].plainness == analyze(text).plainness


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("giữ gìn hòa bình", "giữ gìn hoà bình"),
        ("Thành ủy họp", "Thành uỷ họp"),
        ("kỹ thuật số", "kĩ thuật số"),
        ("ĐƯỜNG THỦY", "ĐƯỜNG THUỶ"),
        ("sức khoẻ, “quốc gia”", 'sức khỏe, "quốc gia"'),
    ],
)
def test_words_do_not_depend_on_the_spelling(one: str, other: str) -> None:
    assert analyze(one).words() == analyze(other).words()
    assert any(word.length >= 2 for word in analyze(one).words()) or one.isupper()


def test_long_runs_are_cut() -> None:
    found = analyze("a" * 1000)
    assert set(map(len, found.exact_terms())) == {64, 1000 % 64}
    assert "".join(surfaces(found)) == "a" * 1000


_WORDS = (
    """Tham nhũng vặt hoà bình 17-KH/TU, 58,42% TP.HCM khóa XVI lần thứ 17 Covid-19. Đảng uỷ ban a@b.vn “gì” — … ."""
)
_ODD = ["\n", "\u00a0", "\u200b", "\u00ad", "\ud800", "\u0301", "ﬁ", "½", "²", "Ⅳ", "x" * 90, "İ", "ß"]
_TOKENS = st.one_of(st.sampled_from(_WORDS.split()), st.text(max_size=8), st.sampled_from(_ODD))
VIETNAMESE = st.lists(_TOKENS, max_size=14).map(" ".join)
ANY = st.one_of(VIETNAMESE, st.text(max_size=120), VIETNAMESE.map(lambda t: t.replace(" ", "")))


@settings(max_examples=300, deadline=None)
@given(ANY)
def test_offsets_are_in_order_and_cover_their_terms(text: str) -> None:
    found = analyze(text)
    assert found.text == normalize(text)
    starts, ends = found.starts.tolist(), found.ends.tolist()
    assert all(0 <= a < b <= len(found.text) for a, b in zip(starts, ends, strict=True))
    assert all(a <= c and b <= d for a, b, c, d in zip(starts, ends, starts[1:], ends[1:], strict=False))
    assert len(found) == len(starts) == len(ends) == len(found.joined)
    assert not any(any(c.isspace() for c in surface) for surface in surfaces(found))
    assert all(term and not any(c.isspace() for c in term) for term in found.exact_terms() + found.folded_terms())
    assert sum(word.length for word in found.words()) == len(found)
    for code in found.codes:
        assert code.position >= 0
        assert code.position + code.length <= len(found)


@settings(max_examples=200, deadline=None)
@given(st.lists(ANY, max_size=5))
def test_alone_and_in_a_batch_are_the_same(texts: list[str]) -> None:
    together = [columns(found) for found in analyze_batch(texts)]
    assert together == [columns(analyze(text)) for text in texts]
    assert together == [columns(found) for found in analyze_batch(texts)]


@settings(max_examples=200, deadline=None)
@given(ANY)
def test_decomposed_text_is_the_same(text: str) -> None:
    clean = normalize(text)
    assert columns(analyze(unicodedata.normalize("NFD", clean))) == columns(analyze(clean))


@settings(max_examples=100, deadline=None)
@given(ANY)
def test_terms_analyze_to_themselves(text: str) -> None:
    terms = [term for term in analyze(text).exact_terms() if len(term) < 60]
    again = analyze(" ".join(terms))
    assert again.exact_terms() == terms


def test_long_texts_agree_with_short_ones() -> None:
    lines = ["Đại hội lần thứ XVII, khóa 16: phòng, chống tham nhũng; 17-KH/TU.", "Học sinh học sinh học ở TP.HCM."]
    whole = " ".join(lines * 30)
    found = analyze(whole)
    assert len(whole) > chain.SHORT_CHARS
    assert columns(found) == columns(chain._short(whole, chain._table()))


def test_threads_agree() -> None:
    texts = [f"Khóa {n} họp tại phường {n * 7}, số {n}-KH/TU; từ mới{n} lạ{n}" for n in range(300)]
    answers: list[list[Any]] = []

    def run(first: int) -> None:
        mine = texts[first:] + texts[:first]
        found = analyze_batch(mine) if first % 2 else [analyze(text) for text in mine]
        said = [(f.text, f.exact_terms(), f.folded_terms(), f.codes, f.starts.tolist()) for f in found]
        answers.append(sorted(said))

    threads = [threading.Thread(target=run, args=(n * 31,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert all(answer == answers[0] for answer in answers)


def test_a_full_table_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [columns(found) for found in analyze_batch([f"số {n} phường{n}" for n in range(400)])]
    monkeypatch.setattr(piece_table, "MAX_ROWS", 40)
    monkeypatch.setattr(chain._Current, "table", None)
    seen = set()
    for n in range(400):
        assert columns(analyze_batch([f"số {n} phường{n}"])[0]) == expected[n]
        seen.add(id(chain._Current.table))
    assert len(seen) > 1


def test_the_vocabulary_grows_and_keeps_its_ids() -> None:
    table = TermTable()
    ids = [table.id(f"từ{n}") for n in range(10_000)]
    assert ids == list(range(10_000))
    assert [table.exact(i) for i in ids[:3]] == ["từ0", "từ1", "từ2"]
    assert table.folded_ids().shape == (10_000,)
    assert table.folded_term(int(table.folded_ids()[9_999])) == table.folded(9_999) == "tu9999"
    assert table.find("không có") is None
    assert table.find("từ5") == table.id("từ5") == 5
    with pytest.raises(ValueError, match="read-only"):
        table.folded_ids()[0] = 1


def test_terms_with_one_fold_share_their_folded_id() -> None:
    table = TermTable()
    a, b, c = (table.id(term) for term in ("bán", "bàn", "ban"))
    assert len({int(table.folded_ids()[i]) for i in (a, b, c)}) == 1


def test_another_pyvi_gives_the_same_analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the model is not known, joins are asked of pyvi itself; all else stays as it is."""
    texts = [
        "Bí thư Thành uỷ: 17-KH/TU, phòng, chống tham nhũng vặt ở TP.HCM.",
        "Giữ gìn hoà bình\nhọc sinh học sinh học",
        "a_b 58,42% x@y.vn — tham\u200bnhũng",
        "",
        "…",
    ]
    expected = [columns(found) for found in analyze_batch(texts)]
    asking = piece_table.PieceTable(chain.VOCABULARY, Segmenter(NO_MODEL))
    monkeypatch.setattr(chain._Current, "table", asking)
    assert [columns(found) for found in analyze_batch(texts)] == expected
    assert [columns(analyze(text)) for text in texts] == expected
    assert chain._Current.table is asking
