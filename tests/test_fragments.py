"""The compiled cutting of fragments agrees with the plain one; records read back in columns hold what was stored."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.analysis import analyze_batch
from search.codec.kernels import fragments, originals
from search.codec.records import decode, encode
from search.engines.base import Prepared, Texts, texts
from search.engines.whoosh import WhooshEngine
from search.model import Article, Evidence, Snippet
from search.snippets import properties
from tests import fragments as plain

PIECES = [
    *'aăĐTP .,…!?-–/&()\n\t\u00a0"”)]58',
    *(
        "TP.HCM ",
        "TP. ",
        "GS. Trần",
        "đ/c. ",
        "N.V. A",
        "mới ",
        "Việc ",
        "\r\n",
        "\U0001f600",
        "ThS.",
        " (Mr. ",
        "x" * 40,
    ),
]
written = st.lists(st.sampled_from(PIECES), max_size=90).map("".join)


def points(text: str) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


@given(written, st.integers(1, 120), st.data())
@example("TP. HCM. mở", 5, None)
def test_fragments_are_cut_as_written_down_plainly(text: str, width: int, data: st.DataObject | None) -> None:
    spans = [(m.start(), m.end()) for m in re.finditer(r"[^\W\d_]+|\d+", text)]
    draw = (lambda kind: data.draw(kind)) if data else (lambda kind: 1)
    chosen = [(a, b, bool(draw(st.booleans())), bool(draw(st.booleans()))) for a, b in spans]
    start = min(int(draw(st.integers(0, 400))), len(text))
    end = min(start + int(draw(st.integers(0, width))), len(text), start + width)
    starts, ends = (np.array([word[i] for word in chosen], np.int32) for i in (0, 1))
    marked, glued = (np.array([word[i] for word in chosen], np.uint8) for i in (2, 3))
    found, ranges = np.empty(2, np.int64), np.empty((len(chosen) + 1, 2), np.int32)
    letters = points(text)
    left = fragments.cut(letters, start, end, width, properties(), found)
    first, last = found.tolist()
    many = fragments.stretches(letters, starts, ends, marked, glued, first, last, properties(), ranges, 0)
    out = np.empty(width + 2, np.uint32)
    size = fragments.write(letters, first, last, left, properties(), out, 0, ranges, 0, many)
    shown = Snippet(out[:size].tobytes().decode("utf-32-le"), tuple((a, b) for a, b in ranges[:many].tolist()))
    assert shown == plain.fragment(text, chosen, start, end, width)
    whole = fragments.stretches(letters, starts, ends, marked, glued, 0, len(text), properties(), ranges, 0)
    assert [tuple(pair) for pair in ranges[:whole].tolist()] == plain.stretches(text, chosen, 0, len(text))


any_text = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from('\\"\n\t\x00\x1f\u2028đạ😀{}:,'))
)


@given(st.lists(st.tuples(any_text, any_text, any_text), min_size=1, max_size=4))
def test_texts_of_records_are_read_as_json_reads_them(stored: list[tuple[str, str, str]]) -> None:
    articles = [Article(id=id, title=title, body=body, city="Huế") for id, title, body in stored]
    records = [encode(article) for article in articles]
    raw = b"".join(records)
    bounds = np.cumsum([0, *map(len, records)]).astype(np.int64)
    found, ends = np.empty(len(raw), np.uint32), np.empty(2 * len(records) + 1, np.int32)
    spans = np.empty((len(records), 2), np.int64)
    assert originals.read_texts(np.frombuffer(raw, np.uint8), bounds, found, ends, spans) == -1
    read = [found[a:b].tobytes().decode("utf-32-le") for a, b in pairwise(ends)]
    assert read == [text for article in articles for text in (article.title, article.body)]
    for article, begin, (a, b), end in zip(articles, bounds, spans, bounds[1:], strict=False):
        assert decode(raw[begin:a] + raw[b:end]) == Article(id=article.id, title=article.title, body="", city="Huế")


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"{}",
        b'{"id":"a","body":"b"}',
        b'{"id":"a","title":"t","body":"b',
        b'{"id":"a","title":"t","body":"b\\',
        b'{"id":"a","title":"t","body":"\\u12',
        b'{"id":"a","title":"t","body":"\\uzzzz"}',
        b'{"id":"a","title":"t","body":"\\ud83d\\ude00"}',
        b'{"id":"a","title":"t\xe1\xba',
        b'{"id":"a\\',
    ],
)
def test_what_is_no_such_record_is_refused_and_nothing_behind_it_is_read(record: bytes) -> None:
    good = encode(Article(id="a", title="t", body="b"))
    raw = good + record
    bounds = np.array([0, len(good), len(raw)], np.int64)
    room, ends, spans = np.empty(len(raw), np.uint32), np.empty(5, np.int32), np.empty((2, 2), np.int64)
    assert originals.read_texts(np.frombuffer(raw, np.uint8), bounds, room, ends, spans) == 1


def test_an_index_gives_articles_back_in_columns(tmp_path_factory: pytest.TempPathFactory) -> None:
    given_articles = [
        Article(id="a", title="Cảng mới 17-KH/TU", body='Xây "cảng" ở Hải Phòng.\nQuyết định 58/2019/QĐ-TTg.'),
        Article(id="b", title="", body="tin khong dau cua thanh pho", evidence={"city": Evidence("rule", "x", 3)}),
        Article(id="c", title="Chỉ có tiêu đề 😀", body="", city="Huế", published="2019-03-13"),
    ]
    titles = analyze_batch([article.title for article in given_articles])
    bodies = analyze_batch([article.body for article in given_articles])
    prepared = [Prepared(*parts) for parts in zip(given_articles, titles, bodies, strict=True)]
    engine = WhooshEngine(str(tmp_path_factory.mktemp("index")))
    with engine.writer(rebuild=True) as writer:
        for item in prepared:
            writer.add(item)
        writer.commit()
    with engine.reader() as reader:
        (found,) = reader.texts(["c", "a", "nowhere", "b"])
        (expected,) = texts([prepared[2], prepared[0], prepared[1]])
        assert reader.texts([]) == []
        assert columns(found) == columns(expected)
        assert [[(c.position, c.length, c.exact) for c in codes] for codes in found.codes[:4]] == [
            [(c.position, c.length, c.exact) for c in codes] for codes in expected.codes[:4]
        ]
        terms = frozenset({"17-kh/tu", "58/2019/qd-ttg", "cảng", "nowhere"})  # of one the exact, of one the folded form
        for text in range(6):
            held = [c[:3] for c in expected.codes[text] if terms & {c.exact, c.folded}]
            assert [c[:3] for c in found.codes_among(text, terms)] == held
            assert expected.codes_among(text, terms) == expected.codes[text]
        assert [c.exact for c in found.codes_among(2, terms)] == ["17-kh/tu"]
        assert len(found.codes_among(3, terms)) == 1


def columns(found: Texts) -> tuple[object, ...]:
    words = [found.vocabulary.exact(id) for id in found.exact.tolist()]
    arrays = (found.starts, found.ends, found.bounds, found.points, found.point_bounds, found.plain)
    return (found.articles, words, *(array.tolist() for array in arrays))
