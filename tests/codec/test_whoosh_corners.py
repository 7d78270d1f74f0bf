"""The corners of Whoosh's faces that its own queries seldom turn: ends of lists, empty segments, fields without."""

from __future__ import annotations

import datetime as dt
import decimal
import os
from pathlib import Path
from typing import Any

import pytest

from search.codec.whoosh_face import create_index, open_articles
from search.codec.whoosh_face.codec import ArrayCodec, ArraySegment
from search.codec.whoosh_face.positions import ArrayPositions
from search.codec.whoosh_face.stored import dumps, loads
from search.engines.whoosh import WhooshEngine
from tests.engines.conformance import write
from tests.engines.texts import corpus

from whoosh import columns, fields, formats, matching, query  # isort: skip  (after the face has silenced its warnings)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(WhooshEngine(str(tmp_path / "index")), corpus(1, 20))
    return tmp_path / "index"


def test_an_index_without_articles_has_an_empty_reader(tmp_path: Path) -> None:
    write(WhooshEngine(str(tmp_path / "index")), [])
    index = open_articles(tmp_path / "index")
    assert index.is_empty()
    with index.searcher() as searcher:
        assert searcher.doc_count() == 0
        assert not searcher.search(query.Every())


def test_a_list_at_its_end_says_so(folder: Path) -> None:
    with open_articles(folder).searcher() as searcher:
        reader = searcher.reader()
        term = next(iter(reader.lexicon("folded")))
        matcher = reader.postings("folded", term)
        ids = list(matcher.copy().all_ids())
        matcher.skip_to(ids[-1])
        assert matcher.id() == ids[-1]
        assert (matcher.weight(), matcher.supports_block_quality()) == (matcher.copy().weight(), False)
        matcher.next()
        assert not matcher.is_active()
        for go in (matcher.next, lambda: matcher.skip_to(0)):
            with pytest.raises(matching.ReadTooFar):
                go()
        matcher.reset()
        assert matcher.id() == ids[0]


def test_terms_are_walked_to_their_end(folder: Path) -> None:
    with open_articles(folder).searcher() as searcher:
        reader = searcher.reader()
        cursor = reader.cursor("exact")
        terms = [cursor.first()]
        while (term := cursor.next()) is not None:
            terms.append(term)
        assert terms == [reader.schema["exact"].from_bytes(term) for term in reader.lexicon("exact")]
        assert not cursor.is_valid()
        assert cursor.term_info() is None
        assert cursor.find(terms[3]) == terms[3]
        assert cursor.find(b"\xff") is None


def test_fields_of_articles_have_lengths_and_others_have_none(folder: Path) -> None:
    with open_articles(folder).searcher() as searcher:
        reader = searcher.reader()
        lengths = [reader.doc_field_length(number, "exact") for number in range(reader.doc_count_all())]
        assert reader.min_field_length("exact") == min(lengths)
        assert reader.max_field_length("exact") == max(lengths)
        assert reader.min_field_length("city") == reader.max_field_length("city") == 0
        assert reader.doc_field_length(0, "city", 7) == 7
        assert reader.field_length("city") == 0
        ids = reader.column_reader("id")
        stored = [reader.stored_fields(number)["id"] for number in range(reader.doc_count_all())]
        assert [ids[number] for number in range(len(stored))] == stored
        ids.set_reverse()
        backwards = sorted(range(len(stored)), key=ids.sort_key)
        assert [stored[number] for number in backwards] == sorted(stored, reverse=True)


def test_articles_are_not_deleted_through_whoosh(folder: Path) -> None:
    with open_articles(folder).searcher() as searcher:
        segment = searcher.reader().segment()
        assert isinstance(segment.codec(), ArrayCodec)
        assert segment.list_files(None) == [path.name for path in folder.glob("*.seg")]
        assert (segment.doc_count_all(), segment.deleted_count(), list(segment.deleted_docs())) == (20, 0, [])
        with pytest.raises(TypeError, match="timbao delete"):
            segment.delete_document(0)


def test_a_deletion_is_taken_back() -> None:
    segment = ArraySegment(ArrayCodec(), "MAIN", 3)
    segment.delete_document(1, delete=False)
    assert segment.described()["deleted"] == []
    segment.delete_document(1)
    segment.delete_document(2)
    segment.delete_document(1, delete=False)
    assert segment.described()["deleted"] == [2]
    again = ArraySegment.from_description("MAIN", segment.described())
    assert again.is_deleted(2)
    assert not again.is_deleted(1)


def test_a_column_of_pickles_is_refused(tmp_path: Path) -> None:
    pickles = fields.COLUMN(columns.PickleColumn(columns.VarBytesColumn()))
    writer = create_index(tmp_path, fields.Schema(id=fields.ID, any=pickles)).writer()
    with pytest.raises(TypeError, match="'any' holds pickles"):
        writer.add_document(id="1", any={"a": 1})
    writer.cancel()


def test_documents_without_vectors_have_none(tmp_path: Path) -> None:
    made = create_index(tmp_path, fields.Schema(id=fields.ID(stored=True), body=fields.TEXT))
    with made.writer() as writer:
        writer.add_document(id="1", body="một hai")
    with made.searcher() as searcher:
        reader: Any = searcher.reader()
        assert not reader.has_vector(0, "body")
        assert (reader.min_field_length("id"), reader.max_field_length("body")) == (0, 2)
        assert reader.field_length("none") == 0


def test_days_and_decimals_are_stored_as_what_they_are() -> None:
    values = {"day": dt.date(2020, 1, 2), "price": decimal.Decimal("1.50"), "all": [dt.date.max, {"x": ()}]}
    again = loads(dumps(values))
    assert again == values
    assert type(again["day"]) is dt.date
    assert str(again["price"]) == "1.50"


def test_positions_tell_what_stock_ones_tell() -> None:
    ours, stock = ArrayPositions(), formats.Positions()
    for places in ([0], [3, 4, 700], list(range(300))):
        written = [(ours, ours.encode(places)), (stock, stock.encode(places))]
        assert len({(form.decode_frequency(value), form.decode_weight(value)) for form, value in written}) == 1
        assert ours.decode_frequency(written[0][1]) == len(places)
        assert list(ours.decode_positions(written[0][1])) == list(stock.decode_positions(written[1][1])) == places
    assert ours.decode_positions(ours.combine([ours.encode([5, 9]), ours.encode([1, 9])])) == [1, 5, 9]


def test_an_index_of_documents_tells_when_it_was_written(tmp_path: Path) -> None:
    made = create_index(tmp_path, fields.Schema(id=fields.ID(stored=True)))
    for number, written in enumerate((5000.0, 9000.0)):
        with made.writer() as writer:
            writer.add_document(id=str(number))
        newest = max(tmp_path.glob("*.toc"), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (written, written))
        assert made.last_modified() == written
