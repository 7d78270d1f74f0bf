"""Completions while typing, with and without diacritics, and related searches."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from search import completions as completing
from search.completions import folded
from search.engines import engine
from search.engines.base import Reader
from search.indexing import build
from search.model import Article, Hit
from search.service import open_index
from search.suggest import Completion, related, suggest

TEXTS = (
    (
        "Chống tham nhũng vặt ở phường",
        "Thành phố siết kỷ luật để chống tham nhũng. Cán bộ phường không được nhũng nhiễu.",
    ),
    (
        "Cải cách hành chính ở Hải Phòng",
        "Cải cách hành chính giúp người dân Hải Phòng bớt đi lại. Phòng chống tham nhũng.",
    ),
    (
        "Hải Phòng đón tàu lớn",
        "Cảng Hải Phòng đón tàu lớn. Thành phố mở rộng đường vào cảng. Cải cách hành chính ở cảng.",
    ),
    ("Đường mới ở Đà Nẵng", "Đà Nẵng mở đường mới. Học sinh vùng cao có trường mới. Kẻ gian thâm nhập kho cảng."),
    ("Tham quan làng nghề", "Du khách tham quan làng nghề bên sông. Cải cách giáo dục bắt đầu từ lớp một."),
)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    place = tmp_path_factory.mktemp("suggest") / "index"
    build((Article(str(i), title, body) for i, (title, body) in enumerate(TEXTS)), place)
    with engine("whoosh", str(place)).reader() as opened:
        yield opened


def texts(found: tuple[Completion, ...]) -> list[str]:
    return [completion.text for completion in found]


@pytest.mark.parametrize(
    ("prefix", "first"),
    [
        ("tham nh", "tham nhũng"),
        ("tham nhũ", "tham nhũng"),
        ("THAM NH", "tham nhũng"),
        ("cai cach h", "cải cách hành chính"),
        ("cải cách h", "cải cách hành chính"),
        ("hai ph", "Hải Phòng"),
        ("Hải Ph", "Hải Phòng"),
        ("da n", "Đà Nẵng"),
        ("hoc s", "học sinh"),
    ],
)
def test_the_most_used_continuation_comes_first(prefix: str, first: str, reader: Reader) -> None:
    assert suggest(prefix, reader)[0].text == first


def test_counts_are_numbers_of_articles_in_falling_order(reader: Reader) -> None:
    (found,) = (c for c in suggest("hai ph", reader) if c.text == "Hải Phòng")
    assert found.count == 2
    counts = [completion.count for completion in suggest("t", reader)]
    assert counts == sorted(counts, reverse=True)
    assert min(counts) > 0


def test_typed_diacritics_are_kept_to(reader: Reader) -> None:
    assert "thâm nhập" in texts(suggest("tham n", reader))
    assert "thâm nhập" in texts(suggest("thâm n", reader))
    assert "tham nhũng" not in texts(suggest("thâm n", reader))
    assert not [text for text in texts(suggest("thàm n", reader)) if text.startswith(("tham", "thâm"))]


def test_a_tone_may_still_be_missing_from_the_syllable_being_typed(reader: Reader) -> None:
    assert "học sinh" in texts(suggest("hoc", reader))
    assert "Đà Nẵng" in texts(suggest("Đà Năn", reader))


def test_the_last_words_are_completed_behind_others_where_they_stand_together(reader: Reader) -> None:
    assert "phòng chống tham nhũng" in texts(suggest("phòng chống tham nh", reader))
    assert texts(suggest("đà nẵng tham nh", reader)) == []


def test_titles_complete_what_no_word_does(reader: Reader) -> None:
    assert "tham nhũng vặt" in texts(suggest("tham nhung va", reader))
    assert "đường mới" in texts(suggest("duong mo", reader))


@pytest.mark.parametrize("prefix", ["", " ", "…", "zzzzz", "17-", "\u0301", "a" * 500, "\ud800", "🦀"])
def test_any_prefix_has_an_answer(prefix: str, reader: Reader) -> None:
    assert suggest(prefix, reader, 3) == () or len(suggest(prefix, reader, 3)) <= 3


def test_the_limit_is_kept_and_nothing_repeats_what_is_typed(reader: Reader) -> None:
    assert suggest("t", reader, 0) == ()
    assert len(suggest("t", reader, 2)) == 2
    assert "tham nhũng" not in texts(suggest("tham nhũng", reader))
    everything = [text.lower() for text in texts(suggest("h", reader, 50))]
    assert len(everything) == len(set(everything))


def test_related_searches_are_words_the_hits_share_beside_the_query(reader: Reader) -> None:
    hits = [Hit(id, "", (), 1.0) for id in ("0", "1", "2")]
    found = texts(related(reader, hits, "hải phòng"))
    assert {"cải cách", "hành chính"} & set(found)
    assert "Hải Phòng" not in found
    assert related(reader, [], "x") == ()


def test_a_new_generation_has_completions_of_its_own(tmp_path: Path) -> None:
    build([Article("1", "Bão lớn", "Cơn bão đổ bộ vào bờ biển.")], tmp_path / "i")
    held = engine("whoosh", str(tmp_path / "i"))
    assert "đổ bộ" in texts(suggest("đổ", held.reader()))
    build([Article("1", "Mùa vàng", "Nông dân đổi mới cách làm.")], tmp_path / "i")
    assert "đổ bộ" not in texts(suggest("đổ", held.reader()))
    assert "đổi mới" in texts(suggest("đổ", held.reader()))


def test_a_newer_generation_completes_with_the_words_before_until_it_has_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completing, "LARGE", 2)
    place = tmp_path / "index"
    texts = [Article(str(i), title, body) for i, (title, body) in enumerate(TEXTS)]
    build(texts, place)
    release = threading.Event()
    whole = completing._read

    def slow(reader: Reader, letters: Sequence[str]) -> dict[str, Any]:
        assert release.wait(30)
        return whole(reader, letters)

    with open_index(place) as index:
        assert not index.suggest("bao la")
        assert index.suggest("tham nh")
        build([*texts, Article("new", "Bao la biển", "Biển bao la, trời bao la.")], place)
        monkeypatch.setattr(completing, "_read", slow)
        index.refresh()
        assert "tham nhũng" in [completion.text for completion in index.suggest("tham nh")]  # without waiting
        release.set()
        deadline = time.monotonic() + 30
        while "bao la" not in [c.text for c in index.suggest("bao l")]:
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.mark.parametrize("prefix", ["d", "đ", "y", "i", "y t", "o", "ơ"])
def test_words_are_found_by_any_spelling_of_their_first_letter(prefix: str, tmp_path: Path) -> None:
    words = ("đường sắt", "dân ca", "y tế", "ý thức", "in ấn", "ổn định", "ước mơ")
    build([Article(str(i), "", f"{word} . " * 3) for i, word in enumerate(words)], tmp_path / "letters")
    with engine("whoosh", str(tmp_path / "letters")).reader() as opened:
        held = {word.replace("_", " ") for word, _ in opened.terms("word") if len(word) > 1}
        wanted = {word for word in held if folded(word).startswith(folded(prefix))}
        table = completing.Completions(opened)
        assert {text for text, _ in table.complete(folded(prefix).split(), 50)} == wanted


def test_a_server_reads_the_words_of_every_letter_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "index"
    build((Article(str(i), title, body) for i, (title, body) in enumerate(TEXTS)), place)
    with open_index(place) as index:
        index.warm(1.0)

        def never(reader: Reader, letters: Sequence[str]) -> dict[str, Any]:
            raise AssertionError(letters)

        monkeypatch.setattr(completing, "_read", never)
        assert "tham nhũng" in [completion.text for completion in index.suggest("tham nh")]
        assert "Đà Nẵng" in [completion.text for completion in index.suggest("da n")]
