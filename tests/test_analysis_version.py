"""The version of the analysis: raised with every change of terms, noted in an index, told of where it is old."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

import pytest

import search
from search.analysis import VERSION, analyze_batch
from search.codec import toc
from search.engines import analyzed
from search.indexing import index_sources

TEXTS = [
    "Thành uỷ Hải Phòng họp về Kế hoạch số 17-KH/TU, Quy định 37-QĐ/TW và Nghị định 84/2021/NĐ-CP ngày 29/12/2021.",
    "Giải ngân 102.614 tỷ đồng (58,42 %), 1.234,56 USD, 102\u00a0614 người; gọi 0912.345.678 hoặc viết a.b@bao.vn.",
    "Sở GD&ĐT, Bộ LĐ-TB&XH, UBND TP.HCM, T.Ư; Covid-19, CO2, QL1A, A/H5N1, 19h30, www.bao.vn/tin-tuc",
    "khóa XVI, lần thứ 17, thế kỷ XIX-XX; kĩ sư, lí do, quí vị, tỉ lệ, gìa, ngòai, hoà, thuỷ, tụynh, nguyêñ, ÐÀ NẴNG",
    "tham·nhũng Ｆｕｌｌ －ｗｉｄｔｈ th\u200bam “ngoặc” – gạch… ½ m² x² 漢字 😀 học sinh học sinh học",
    "phong chong tham nhung vat o ha noi",
]
MADE = {2: "8bd3bd53d750"}
"""By version, the beginning of the digest of what the texts become."""


def digest() -> str:
    """Of every term, offset, word and code of the texts."""
    rows = [
        [a.exact_terms(), a.folded_terms(), a.words(), a.starts.tolist(), a.ends.tolist(), [*map(list, a.codes)]]
        for a in analyze_batch(TEXTS)
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def test_terms_change_only_with_the_version() -> None:
    """Where this fails, texts give other terms: raise `search.analysis.VERSION` and note its digest here."""
    assert digest().startswith(MADE[VERSION])


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index of one article."""
    search.build([{"id": "1", "title": "Một", "body": "Giải ngân 102.614 tỷ đồng."}], str(tmp_path / "index"))
    analyzed._tell.cache_clear()
    return tmp_path / "index"


def older(index: Path) -> None:
    """As an earlier analysis would have left it."""
    found = toc.read(index)
    toc.write(index, found.number, found.built, found.segments, found.groups, VERSION - 1)


def test_a_fresh_index_notes_the_version_and_says_nothing(index: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert toc.read(index).analysis == VERSION
    with search.open(str(index)) as opened:
        assert opened.search("102614").total == 1
    assert not caplog.records


def test_an_older_index_answers_and_tells_once(index: Path, caplog: pytest.LogCaptureFixture) -> None:
    older(index)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            with search.open(str(index)) as opened:
                assert opened.search("102614").total == 1
    assert [record.getMessage().count("timbao index") for record in caplog.records] == [2]


def test_updating_keeps_the_oldest_version_and_rebuilding_ends_it(index: Path) -> None:
    older(index)
    more = index.parent / "more.jsonl"
    more.write_text(json.dumps({"id": "2", "title": "Hai", "body": "Vốn 1.000 tỷ đồng."}), encoding="utf-8")
    index_sources([str(more)], str(index), update=True, workers=1)
    assert toc.read(index).analysis == VERSION - 1
    index_sources([str(more)], str(index), workers=1)
    assert toc.read(index).analysis == VERSION
