"""Stored articles: whole, small, and told when they are broken."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import zstandard

from search.codec import records
from search.codec.container import Container, ContainerWriter
from search.codec.records import Packer, Records, decode, encode, train
from search.errors import IndexBroken
from search.model import Article, Evidence

TEXT = "đê điều tu bổ trước mùa mưa bão ở các huyện ven sông tỉnh thành phố ngập lụt hồ chứa nước xả"
FULL = Article(
    "1", "Tiêu đề", "Thân bài", city="Huế", published="2020-01-02", confidence={"city": "high"},
    evidence={"city": Evidence("dateline", "Huế - ")},
)  # fmt: skip


def stored(articles: list[Article], folder: Path, dictionary: bytes | None = None) -> Records:
    packer = Packer(dictionary)
    for article in articles:
        packer.add(encode(article))
    with ContainerWriter(folder / "records", b"S") as out:
        packer.write(out, list(range(len(articles))))
        out.close({})
    return Records(Container(folder / "records"))


def test_an_article_comes_back_with_evidence_and_confidence() -> None:
    assert decode(encode(FULL)) == FULL


def test_text_that_no_file_can_hold_is_told() -> None:
    with pytest.raises(UnicodeEncodeError):
        encode(Article("1", "\ud800", ""))


def made(count: int) -> list[Article]:
    draw = random.Random(count)
    return [Article(str(n), "Tin", " ".join(draw.choices(TEXT.split(), k=60))) for n in range(count)]


@pytest.mark.parametrize("count", [3, 40, 700])
def test_records_come_back_whatever_their_number(count: int, tmp_path: Path) -> None:
    articles = made(count)
    opened = stored(articles, tmp_path)
    assert [opened.article(n) for n in range(count)] == articles


def test_records_of_one_writer_share_a_dictionary(tmp_path: Path) -> None:
    articles = made(2000)
    dictionary = train([encode(article) for article in articles])
    assert dictionary
    opened = stored(articles[:20], tmp_path, dictionary)
    assert [bytes(d) for d in opened.dictionaries] == [dictionary]
    assert opened.article(7) == articles[7]
    begin, end = opened.starts[7:9].tolist()
    own = zstandard.get_frame_parameters(opened.packed[begin:end].tobytes()).dict_id
    assert own == zstandard.ZstdCompressionDict(dictionary).dict_id() != 0
    (tmp_path / "alone").mkdir()
    assert 2 * len(opened.packed) < len(stored(articles[:20], tmp_path / "alone", b"").packed)


def test_too_few_or_too_different_records_have_no_dictionary() -> None:
    assert train([encode(FULL)]) == b""
    assert train([bytes([n % 256]) for n in range(5000)]) == b""


def test_records_wait_until_they_take_too_much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "WAITING_BYTES", 1000)
    packer = Packer()
    for number in range(1, 10):
        packer.add(b"x" * 100)
        assert (packer.held_bytes, packer.dictionary) == (100 * number, None)
    packer.add(b"x" * 100)
    assert packer.dictionary == b""  # too few to learn from
    held = packer.held_bytes
    assert 0 < held < 500
    packer.add(b"y" * 1000)
    assert held < packer.held_bytes < held + 100


def test_a_record_that_is_none_says_how_to_rebuild(tmp_path: Path) -> None:
    packer = Packer(b"")
    packer.add(b"[1]")
    packer.add(b"{")
    with ContainerWriter(tmp_path / "records", b"S") as out:
        packer.write(out, [0, 1])
        out.close({})
    opened = Records(Container(tmp_path / "records"))
    for number in (0, 1):
        with pytest.raises(IndexBroken, match=r"cannot be read.*timbao index"):
            opened.article(number)
        with pytest.raises(IndexBroken, match=r"cannot be read.*timbao index"):
            opened.texts([number])


def test_bytes_that_are_not_compressed_say_how_to_rebuild(tmp_path: Path) -> None:
    packer = Packer(b"")
    packer._packed = [zstandard.compress(b"{}" * 99)[:-3], b"no frame"]
    packer._start()
    with ContainerWriter(tmp_path / "records", b"S") as out:
        packer.write(out, [0, 1])
        out.close({})
    opened = Records(Container(tmp_path / "records"))
    for number in (0, 1):
        for read in (opened.bytes, opened.article, lambda n: opened.texts([n])):
            with pytest.raises(IndexBroken, match=r"cannot be read.*timbao index"):
                read(number)
