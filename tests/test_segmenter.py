"""The segmenter gives pyvi's words: compared with pyvi itself on fixed texts, variants, noise and whole corpora."""

from __future__ import annotations

import gc
import gzip
import json
import random
import string
import threading
import time
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.analysis import segment
from search.analysis.chain import segment_batch
from search.analysis.segmenter import pyvi_itself, tables, words
from search.analysis.segmenter.labels import Labeler
from search.analysis.segmenter.lexing import lex
from search.analysis.segmenter.model import HASHES, ModelMismatch
from search.analysis.segmenter.words import NO_MODEL, Segmenter, segmenter
from tests.hostile import HOSTILE

OURS = [
    "Thành ủy Hải Phòng họp bàn về công tác cán bộ; ông Nguyễn Văn An chủ trì.",
    "Tỷ lệ giải ngân đạt 58,42%, tương đương 102.614 tỷ đồng (số liệu đến 29/12/2021).",
    "Kế hoạch số 17-KH/TU và Quy định 37-QĐ/TW được phổ biến tới UBND. các quận.",
    "TP.HCM, Tp. Huế và thị xã Mr. Smith: a.b@c.vn ==> http://bao.vn/tin?id=1&x=2 ... >> ->",
    "học sinh học sinh học\nhọc sinh\n\nhọc",
    "PHÒNG CHỐNG THAM NHŨNG, LÃNG PHÍ",
    "phong chong tham nhung vat o ha noi",
    "một_hai ba__bốn _năm_ sáu_",
    "Covid-19, 3G, F0, H5N1; m², 20 °C, ½ lít",
    "“Ngoặc kép” – gạch ngang — ‘ngoặc đơn’…",
    "",
    " ",
    "\n",
    "\n\n \n",
    "\t\u00a0\u3000",
    "…",
    "a",
    "Ở",
]


def pyvis_words(text: str) -> list[str]:
    """pyvi's words as lists, computed from its own tokens and joins."""
    tokens, joins = pyvi_itself.tokens(words.readable(text))
    found: list[str] = []
    fresh = True
    for token, join in zip(tokens, joins, strict=True):
        if token == "\n":
            fresh = True
        elif join and not fresh:
            found[-1] += " " + token
        else:
            found.append(token)
            fresh = False
    return found


def assert_same(texts: list[str]) -> None:
    """Every text: the same string, words and spans as pyvi gives, alone and in a batch."""
    cut = segmenter()
    batch = cut.words_batch(texts)
    for text, together in zip(texts, batch, strict=True):
        expected = pyvi_itself.tokenize(words.readable(text))
        assert cut.tokenize(text) == expected, f"words differ from pyvi's: {text[:200]!r}"
        assert cut.words(text) == together, f"alone and in a batch differ: {text[:200]!r}"
        if "\n" not in text and "_" not in text and text.strip():
            assert together == [word.replace("_", " ") for word in expected.split(" ")]
        stored = unicodedata.normalize("NFC", words.readable(text))
        surfaces = [stored[a:b] for a, b in cut.spans(text)]
        assert ["".join(s.split()) for s in surfaces] == [w.replace(" ", "") for w in together]


def plain(text: str) -> str:
    marks = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in marks if not unicodedata.combining(c))


VARIANTS: dict[str, Callable[[str], str]] = {
    "as written": str,
    "lower": str.lower,
    "UPPER": str.upper,
    "Title": str.title,
    "no diacritics": plain,
    "NFD": lambda t: unicodedata.normalize("NFD", t),
    "NFKD": lambda t: unicodedata.normalize("NFKD", t),
    "one line": lambda t: t.replace("\n", " "),
    "no blanks": lambda t: t.replace(" ", "")[:3000],
}

_SYLLABLES = sorted({syllable for text in OURS for syllable in text.split()})
_BLANKS = [*"   \n\t\xa0\u3000\u2028\x1c\x1f\x85\u200b", "\r\n", "  ", ""]
_MARKS = [*string.punctuation, *"…–—“”‘’•°²½№€₫\u00ad\u200d\ufeff\x00\x01\x7f\u0301\u0323\u0302😀"]
_MARKS += ["...", "==>", "->", ">>", "://", "@", "www.", "TP.", "Mr.", "ThS.", "UBND.", "Tp.", "Dr.", "Mrs."]
_ODD = (
    "29/12/2021 58,42% 102.614 01-CTr/TU a.b@c.vn http://x.vn/a?b=1 x@y 1.2.3.4 3_4 _ __a 12_ İ ǅ ß ŉ Σ ΑΣ ς ﬁ ２０ Ⅳ"
)
_ODDITIES = [
    *_ODD.split(),
    "가",
    "한글",
    "漢字",
    "ภาษา",
    "٣",
    "x\u0338",
    "Ð",
    "đ",
    "Đ",
    "a@b.c@d.e",
    "://",
    "x://",
    "@a.b",
]


def noise(seed: int) -> str:
    """A text of syllables, marks, odd tokens and any characters."""
    dice = random.Random(seed)
    parts: list[str] = []
    for _ in range(dice.randint(1, 40)):
        kind = dice.random()
        if kind < 0.5:
            parts.append(dice.choice(_SYLLABLES))
        elif kind < 0.62:
            parts.append(dice.choice(_ODDITIES))
        elif kind < 0.78:
            parts.append(dice.choice(_MARKS))
        elif kind < 0.84:
            parts.append("".join(chr(dice.randrange(0x20, 0x3100)) for _ in range(dice.randint(1, 4))))
        elif kind < 0.92:
            parts.append(unicodedata.normalize("NFD", dice.choice(_SYLLABLES)))
        else:
            parts.append(dice.choice(_SYLLABLES).upper())
        parts.append(dice.choice(_BLANKS) if dice.random() < 0.9 else "")
    return "".join(parts)


def corpus(shared: Path, every: int) -> Iterator[str]:
    """Title and body of every so-manieth article."""
    with gzip.open(shared / "corpus" / "news.jsonl.gz", "rt", encoding="utf-8") as lines:
        for i, line in enumerate(lines):
            if i % every == 0:
                record = json.loads(line)
                yield f"{record['title']}\n{record['body']}"


@pytest.mark.parametrize("variant", VARIANTS)
def test_fixed_texts_in_every_variant(variant: str) -> None:
    assert_same([VARIANTS[variant](text) for text in OURS])


def test_noise() -> None:
    assert_same([noise(seed) for seed in range(1500)])


@pytest.mark.slow
def test_much_noise() -> None:
    for first in range(10_000, 30_000, 500):
        assert_same([noise(seed) for seed in range(first, first + 500)])


@pytest.mark.slow
def test_every_code_point() -> None:
    points = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000 and unicodedata.category(chr(c)) != "Cn"]
    random.Random(7).shuffle(points)
    pairs = ["".join(points[i : i + 2]) for i in range(0, len(points), 2)]
    assert_same([" ".join(pairs[i : i + 25]) for i in range(0, len(pairs), 25)])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    assert_same([text])


def test_corpus_sample_and_its_slices(shared: Path) -> None:
    dice = random.Random(20)
    texts = list(corpus(shared, 400))
    slices = []
    for text in texts:
        start = dice.randrange(max(1, len(text) - 200))
        slices.append(text[start : start + dice.randint(1, 200)])
    assert_same(texts + slices)


def test_corpus_sample_in_every_variant(shared: Path) -> None:
    texts = list(corpus(shared, 3000))
    for make in VARIANTS.values():
        assert_same([make(text) for text in texts])


@pytest.mark.slow
def test_whole_corpus(shared: Path) -> None:
    batch: list[str] = []
    for text in corpus(shared, 1):
        batch.append(text)
        if len(batch) == 200:
            assert_same(batch)
            batch = []
    assert_same(batch)


def test_exact_order_of_additions_gives_the_same_labels() -> None:
    """The recomputation of near-ties, applied to whole texts, agrees with pyvi too."""
    held = segmenter().tables
    labeler = held.labeler
    assert isinstance(labeler, Labeler)
    for text in [*OURS, *[noise(seed) for seed in range(200)]]:
        ids = memoryview(held.ids(text)).cast("i").tolist() if held.ids(text) else []
        if ids:
            padded, pads = np.array([0, *ids, 0], np.int32), np.array([0, len(ids) + 1])
            fast = held.joins(padded, pads, over_breaks=True)[1:-1].tolist()
            labels = labeler.exact_labels([held.types.strings[i] for i in ids])
            rows = held.types.rows()
            offers, asks = rows["offers_break"].tolist(), rows["asks_break"].tolist()
            slow = [i > 0 and labels[i] and asks[ids[i]] <= offers[ids[i - 1]] for i in range(len(ids))]
            assert fast == slow


def test_near_ties_are_settled_in_exact_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were every decision a near-tie, the words would be the same: all texts go through the exact recomputation."""
    from search.analysis.segmenter import labels, short

    texts = [*OURS, *[noise(seed) for seed in range(150)]]
    expected = segment_batch(texts)
    calls = []
    exact = Labeler.exact_labels
    monkeypatch.setattr(labels, "NEAR", 1e9)
    monkeypatch.setattr(short, "NEAR", 1e9)
    monkeypatch.setattr(Labeler, "exact_labels", lambda self, tokens: calls.append(len(tokens)) or exact(self, tokens))
    fresh = Segmenter(segmenter().lexicon.model)
    assert fresh.words_batch(texts) == expected
    assert len(calls) >= len(texts) - 10
    calls.clear()
    assert [fresh.words(text) for text in texts] == expected
    assert len(calls) >= len(texts) - 10


@pytest.mark.parametrize("text", OURS)
def test_another_pyvi_is_asked_itself(text: str) -> None:
    asking = Segmenter(NO_MODEL)
    assert asking.tokenize(text) == segmenter().tokenize(text)
    assert asking.words(text) == segmenter().words(text) == pyvis_words(text)
    assert asking.words_batch([text]) == [segmenter().words(text)]
    assert asking.spans(text) == segmenter().spans(text)


def test_other_model_files_warn_and_fall_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HASHES, "pyvi3.pkl", "0" * 64)
    words.segmenter.cache_clear()
    try:
        with pytest.warns(RuntimeWarning, match=r"pyvi3\.pkl is not the file of pyvi 0\.1\.1"):
            found = words.segmenter()
        assert found.words("Thành phố Hải Phòng") == pyvis_words("Thành phố Hải Phòng")
    finally:
        words.segmenter.cache_clear()


def test_missing_pyvi_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from search.analysis.segmenter import model

    monkeypatch.setattr(model.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelMismatch, match="pyvi is not installed"):
        model.load()


def test_neither_scikit_learn_nor_pyvi_is_imported() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from search.analysis import analyze, segment; segment('tham nhũng vặt'); analyze('x ' * 500);"
        "print([m for m in ('pyvi', 'sklearn', 'scipy', 'pycrfsuite', 'numba', 'whoosh') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_threads_agree() -> None:
    fresh = Segmenter(segmenter().lexicon.model)
    texts = [noise(seed) for seed in range(300)]
    expected = segment_batch(texts)
    answers: list[list[list[str]]] = []

    def run(order: int) -> None:
        mine = texts[order:] + texts[:order]
        found = [fresh.words(text) for text in mine] if order % 2 else fresh.words_batch(mine)
        answers.append(found[len(texts) - order :] + found[: len(texts) - order])

    threads = [threading.Thread(target=run, args=(k * 37,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(answer == expected for answer in answers)
    assert len(answers) == 6


def test_full_tables_are_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_PIECES", 50)
    small = Segmenter(segmenter().lexicon.model)
    for seed in range(60):
        assert small.words(noise(seed)) == segment(noise(seed))
        assert len(small._tables.pieces) < 200


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "tham\ud83d\ude00 nhũng"])
def test_unpaired_surrogates_are_read_as_replacement_characters(text: str) -> None:
    assert segment(text) == segment(words.readable(text)) == pyvis_words(text)


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: what all tests before have left behind takes longer than a text."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_takes_linear_time(kind: str) -> None:
    """Four times the length takes about four times as long, where quadratic work would take sixteen."""
    from search.analysis import analyze

    make = HOSTILE[kind]
    for function in (segment, lambda text: len(analyze(text))):
        function(make(1000))
        times = []
        for size in (75_000, 300_000):
            text = make(size)
            with uncollected():
                began = time.process_time()
                function(text)
                times.append(time.process_time() - began)
        assert times[1] < 9 * times[0] + 0.2, f"{kind}: {times} seconds"


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_gives_pyvis_words(kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_same([HOSTILE[kind](700), HOSTILE[kind](701)])


@pytest.mark.parametrize(
    ("piece", "tokens"),
    [
        ("TP.HCM", ["TP.", "HCM"]),
        ("58,42%", ["58,42", "%"]),
        ("01-CTr/TU", ["01", "-", "CTr", "/", "TU"]),
        ("http://x.vn/a?b=1,", ["http://x.vn/a?b=1,"]),
        ("x@y", ["x", "@", "y"]),
        ("ABC.x@y.vn", ["ABC.", "x@y.vn"]),
        ("a@b.c@d.e", ["a@b.c", "@", "d", ".", "e"]),
        ("1.a@b.vn", ["1.a@b.vn"]),
        ("đ.a@b.vn", ["đ", ".a@b.vn"]),
        ("a://", ["a", ":", "/", "/"]),
        ("-a@b.c-", ["-a@b.c-"]),
    ],
)
def test_lexing(piece: str, tokens: list[str]) -> None:
    assert lex(piece) == tokens
