"""Runs that spill into many pieces: deletions across them, segments of a size, tables made too small."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search.codec import collecting, fields, segment, sequences, writing
from search.codec.columns import write_code_lengths
from search.codec.container import Container, ContainerWriter
from search.codec.lists import places
from search.codec.restoring import Forms
from search.engines.whoosh import WhooshEngine
from search.query.tree import EVERYTHING, Plan, Sequence, Term
from tests.engines import plans
from tests.engines.conformance import write
from tests.engines.texts import corpus, prepared
from tests.reference import Reference


def ids(engine: WhooshEngine) -> list[str]:
    with engine.reader() as reader:
        return sorted(reader.ids())


def test_what_was_spilled_is_deleted_and_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "LEAST_BYTES", 2_000)
    engine = WhooshEngine(str(tmp_path), memory_bytes=1)
    articles = corpus(1, 400)
    first, last = articles[0].article.id, articles[-1].article.id
    with engine.writer(rebuild=True) as writer:
        for item in articles:
            writer.add(item)
        assert len(writer._runs) > 1  # type: ignore[attr-defined]
        assert writer.delete(first)
        assert not writer.delete(first)
        assert writer.delete(last)
        assert not writer.delete("none")
        writer.add(prepared(articles[1].article.id, "Mới", "nội dung mới"))
        writer.commit()
    assert ids(engine) == sorted(item.article.id for item in articles[1:-1])
    with engine.reader() as reader:
        (again,) = reader.articles([articles[1].article.id])
        assert again.title == "Mới"
    assert engine.check() == []


def test_a_rebuild_makes_several_segments_of_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "LEAST_BYTES", 2_000)
    monkeypatch.setattr(writing, "SEGMENT_ARTICLES", 150)
    engine = WhooshEngine(str(tmp_path), memory_bytes=1)
    articles = corpus(2, 500)
    write(engine, articles)
    with engine.reader() as reader:
        sizes = [each.size for each in reader.segments]
        assert len(sizes) > 2
        assert max(sizes) <= 2 * 150
        reference, draw = Reference(articles), plans.random.Random(3)
        for _ in range(40):
            plan = plans.plan(draw)
            assert reader.search(plan).total == reference.search(plan).total, plan
        # ids of several articles of a group lie in several segments
        assert reader.search(Plan(EVERYTHING, limit=500)).total == 500
    assert engine.check() == []


def test_tables_that_are_too_small_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list larger than the room for lists, more words than the table of words holds: made again, the same answers."""
    write(WhooshEngine(str(tmp_path / "usual")), corpus(3, 120))
    made: list[int] = []
    for name, usual, little in (("empty", 1 << 22, 64), ("full", 1 << 16, 16), ("zeros", 1 << 16, 16)):

        def small(of: Any, usual: int, little: int) -> Any:
            def make(shape: object, *rest: Any, **more: Any) -> Any:
                made.extend([usual] if shape == usual else ())
                return of(little if shape == usual else shape, *rest, **more)

            return make

        monkeypatch.setattr(np, name, small(getattr(np, name), usual, little))
    write(WhooshEngine(str(tmp_path / "small")), corpus(3, 120))
    monkeypatch.undo()
    assert set(made) == {1 << 22, 1 << 16}
    one, other = (Container(next((tmp_path / name).glob("*.seg"))) for name in ("usual", "small"))
    assert list(one.sizes().items()) == list(other.sizes().items())
    for name in one.sizes():
        assert one.array(name).tolist() == other.array(name).tolist(), name


def test_forms_are_numbers_of_a_segment(tmp_path: Path) -> None:
    engine = WhooshEngine(str(tmp_path))
    write(engine, [prepared("a", "", "tham nhũng"), prepared("b", "", "tham nhung vat lieu nha")])
    with engine.reader() as reader:
        forms = Forms(reader.segments[0])
        assert [forms.exact(forms.id(text)) for text in ("tham", "nhũng")] == ["tham", "nhũng"]
        with pytest.raises(KeyError):
            forms.id("vắng")
        assert forms.find_folded("vang") is None
        assert forms.folded_term(forms.find_folded("nhung") or 0) == "nhung"
        assert {forms.folded(number) for number in range(len(forms))} >= {"tham", "nhung"}


def test_a_pair_of_a_first_term_that_nobody_wrote_begins_nothing(tmp_path: Path) -> None:
    engine = WhooshEngine(str(tmp_path))
    write(engine, corpus(4, 20))
    with engine.reader() as reader:
        assert list(reader.terms("pair", "vắng_")) == []
        assert reader.frequency(Term("pair", "vang_nhung")) == 0
        assert list(reader.terms("pair", "tham_nhung"))


def test_sequences_of_other_spaces_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = WhooshEngine(str(tmp_path))
    write(engine, corpus(4, 20))
    with engine.reader() as reader, pytest.raises(ValueError, match="exact and folded"):
        reader.search(Plan(Sequence(((Term("word", "a"),), (Term("exact", "b"),)))))
    monkeypatch.setattr(segment, "_KEPT", 2)
    with engine.reader() as reader:
        for text in ("tham", "nhung", "vat", "tham"):
            number = reader.segments[0].folded_number(text)
            assert number == reader.segments[0].field("folded").find(text)
        assert len(reader.segments[0]._folded) <= 2
    assert sequences.UNMARKED == "~"


@pytest.mark.parametrize("sizes", [(3,), (collecting.CHUNK,), (collecting.CHUNK + 5, 1, 0, collecting.CHUNK - 6, 7)])
def test_a_column_gives_back_what_was_added_and_begins_anew(sizes: tuple[int, ...]) -> None:
    """Pieces that end before, at and behind the end of a chunk of memory; nothing is left of what was taken."""
    column = collecting.Column(np.int32)
    assert column.taken().tolist() == []
    for turn in range(2):
        added = [np.arange(size, dtype=np.int32) + turn for size in sizes]
        for values in added:
            column.extend(values)
        taken = column.taken()
        assert taken.dtype == np.int32
        assert np.array_equal(taken, np.concatenate(added))
    assert len(column.taken()) == 0


def test_what_a_killed_writer_left_goes_when_the_next_one_begins(tmp_path: Path) -> None:
    """Before anything is written, as a full disk may need the room; an index of several files stays as it is."""
    engine = WhooshEngine(str(tmp_path))
    write(engine, corpus(1, 20))
    write(engine, [prepared("mới")], rebuild=False, deleted=(corpus(1, 20)[0].article.id,))
    whole = {path.name for path in tmp_path.iterdir()}
    left = ("s000009_0.seg", "s000001_0.000009.del", "g000009.grp", "r000009_0.run", "timbao-000009.toc.new")
    mine = ("s1_0.seg", "ghi chú.txt", "timbao-000009.toc.bak")
    for rebuild in (False, True):
        for name in (*left, *mine):
            (tmp_path / name).write_bytes(b"left")
        writer = engine.writer(rebuild=rebuild)
        assert {path.name for path in tmp_path.iterdir()} == whole | set(mine)
        writer.abort()
        assert {path.name for path in tmp_path.iterdir()} == whole | set(mine)
    assert engine.check() == []


@pytest.mark.parametrize(("longest", "dtype"), [(65_535, "<u2"), (65_536, "<u4")])
def test_places_of_lists_are_of_two_bytes_where_no_group_is_long(tmp_path: Path, longest: int, dtype: str) -> None:
    """The last list of a group of 16 may be of any length: it lies behind all that is counted from the base."""
    sizes = [longest if number == 3 else 100_000 if number == 31 else 0 for number in range(41)]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    with ContainerWriter(tmp_path / "s.seg") as out:
        sink = fields.PostingSink(out, "exact")
        for low, high in ((0, 20), (20, 41)):
            sink.append(np.zeros(int(starts[high] - starts[low]), np.uint8), starts[low:high] - starts[low])
        sink.end()
        out.close({})
    opened = Container(tmp_path / "s.seg")
    kept, bases = opened.array("exact.starts"), opened.array("exact.bases")
    assert kept.dtype.str == dtype
    assert len(bases) == (3 if dtype == "<u2" else 0)
    assert places(bases, kept, np.arange(42)).tolist() == starts.tolist()


@pytest.mark.parametrize(("terms", "dtype"), [(65_536, "<u2"), (65_537, "<u4")])
def test_second_terms_of_pairs_are_of_two_bytes_where_these_tell_all(tmp_path: Path, terms: int, dtype: str) -> None:
    counts = np.zeros(terms, np.int64)
    counts[[5, terms - 1]] = 1, 2
    with ContainerWriter(tmp_path / "s.seg") as out:
        fields.write_pair_keys(out, "pair", [np.array([7], np.uint32), np.array([0, terms - 1], np.uint32)], counts)
        out.close({})
    seconds = Container(tmp_path / "s.seg").array("pair.seconds")
    assert seconds.dtype.str == dtype
    assert seconds.tolist() == [7, 0, terms - 1]


@pytest.mark.parametrize(("longest", "dtype"), [(255, "|u1"), (256, "<i4")])
def test_lengths_of_codes_are_bytes_where_these_tell_all(tmp_path: Path, longest: int, dtype: str) -> None:
    with ContainerWriter(tmp_path / "s.seg") as out:
        write_code_lengths(out, np.array([1, longest], np.int32))
        out.close({})
    lengths = Container(tmp_path / "s.seg").array("codes.lengths")
    assert (lengths.dtype.str, lengths.tolist()) == (dtype, [1, longest])


@pytest.mark.parametrize("wide", [0, 1, 2])
def test_wide_places_and_narrow_ones_are_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wide: int) -> None:
    """Segments of both kinds merge, and answer and are checked as one."""
    articles = corpus(7, 300)
    engine = WhooshEngine(str(tmp_path / "index"))
    for turn, part in enumerate((articles[:200], articles[200:])):
        monkeypatch.setattr(fields, "NEAR", -1 if wide > turn else 0xFFFF)
        with engine.writer(rebuild=not turn) as writer:
            for item in part:
                writer.add(item)
            writer.commit()
    assert engine.check() == []
    with engine.reader() as reader:
        reference, draw = Reference(articles), plans.random.Random(3)
        for _ in range(60):
            plan = plans.plan(draw)
            assert reader.search(plan).total == reference.search(plan).total, plan
