"""Whoosh's own queries over our segments give what they give over Whoosh's own codec."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pytest

from search.codec.whoosh_face import create_index, open_articles, open_index, stock
from search.codec.whoosh_face.articles import places
from search.codec.whoosh_face.stored import dumps, loads
from search.engines.base import Prepared
from search.engines.fields import FIELDS, streams
from search.engines.whoosh import WhooshEngine
from search.errors import IndexBroken, IndexMissing
from tests.engines.generations import write
from tests.engines.texts import SYLLABLES, corpus, fold

from whoosh import columns, fields, formats, index, query  # isort: skip  (after the face has silenced its warnings)
from whoosh.analysis import SimpleAnalyzer  # isort: skip
from whoosh.query import spans  # isort: skip
from whoosh.support.levenshtein import distance  # isort: skip
from whoosh.writing import CLEAR, NO_MERGE, OPTIMIZE  # isort: skip

TEXT_FIELDS = ("exact", "folded", "title_exact", "title_folded")


def random_query(draw: random.Random, names: tuple[str, ...], depth: int = 2) -> Any:
    """Any stock query over text fields."""
    name = draw.choice(names)

    def word(field: str = name) -> str:
        text = draw.choice([*SYLLABLES, "tu", "17", "kh", "vắng"]).lower()
        return fold(text) if "folded" in field else text

    if depth and draw.random() < 0.5:
        parts = [random_query(draw, names, depth - 1) for _ in range(draw.randint(1, 3))]
        kind = draw.choice(("and", "or", "not", "maybe", "andnot", "require", "dismax", "boost"))
        if kind == "and":
            return query.And(parts)
        if kind == "or":
            return query.Or(parts)
        if kind == "not":
            return query.And([*parts, query.Not(random_query(draw, names, 0))])
        other = random_query(draw, names, 0)
        if kind == "boost":
            return query.Or([*parts, query.Term(name, word(), boost=draw.choice((0.5, 3.0)))])
        if kind == "dismax":
            return query.DisjunctionMax([*parts, other])
        return {"maybe": query.AndMaybe, "andnot": query.AndNot, "require": query.Require}[kind](parts[0], other)
    kind = draw.choice(
        (
            "term",
            "term",
            "phrase",
            "prefix",
            "wildcard",
            "fuzzy",
            "range",
            "every",
            "near",
            "near2",
            "first",
            "variations",
        )
    )
    if kind == "phrase":
        return query.Phrase(name, [word() for _ in range(draw.randint(2, 3))], slop=draw.choice((1, 2, 5)))
    if kind == "prefix":
        return query.Prefix(name, word()[: draw.randint(1, 3)])
    if kind == "wildcard":
        return query.Wildcard(name, draw.choice((f"{word()[:1]}*", f"?{word()[1:]}", f"*{word()[-1:]}")))
    if kind == "fuzzy":
        return query.FuzzyTerm(name, word(), maxdist=draw.choice((1, 2)), prefixlength=draw.choice((0, 1)))
    if kind == "range":
        low, high = sorted((word(), word()))
        return query.TermRange(name, low, high, draw.random() < 0.5, draw.random() < 0.5)
    if kind == "every":
        return query.Every(draw.choice((None, name)))
    if kind == "near":
        return spans.SpanNear(
            query.Term(name, word()), query.Term(name, word()), slop=draw.choice((1, 3)), ordered=True
        )
    if kind == "near2":
        return spans.SpanNear2(
            [query.Term(name, word()), query.Term(name, word())], slop=2, ordered=draw.random() < 0.5
        )
    if kind == "first":
        return spans.SpanFirst(query.Term(name, word()), limit=draw.choice((0, 2)))
    return query.Term(name, word())


def same(mine: Any, theirs: Any, asked: list[Any], key: str) -> None:
    """Both searchers find the same documents with the same scores for each query."""
    failed = 0
    for q in asked:
        answers: list[dict[str, Any]] = []
        for searcher in (mine, theirs):
            try:
                results = searcher.search(q, limit=None)
                answers.append({hit[key]: hit.score for hit in results})
            except Exception as error:  # some stock queries fail on any codec; then they fail on both alike
                answers.append({"failed": type(error).__name__})
        if "failed" in answers[0]:
            assert answers[0] == answers[1], q
            failed += 1
        else:
            assert answers[0] == pytest.approx(answers[1], rel=1e-6), q
    assert failed < len(asked) / 4  # Whoosh cannot estimate the size of span queries inside others


def stock_articles(folder: Path, articles: list[Prepared]) -> Any:
    """The same articles in stock Whoosh with its own codec and formats."""
    schema = fields.Schema(id=fields.ID(stored=True))
    for name in FIELDS:
        schema.add(name, StreamField())
    folder.mkdir()
    made = index.create_in(str(folder), schema)
    writer = made.writer()
    for item in articles:
        writer.add_document(id=item.article.id, **streams(item))
    writer.commit()
    return made


class StreamField(fields.TEXT):
    """Takes finished terms with their positions."""

    def __init__(self) -> None:
        super().__init__(analyzer=SimpleAnalyzer(), phrase=True)

    def index(self, value: Any, **_: Any) -> Any:
        spots: dict[str, list[int]] = {}
        for term, position in zip(value.terms, value.positions, strict=True):
            spots.setdefault(term, []).append(position)
        for term, found in spots.items():
            yield term.encode(), len(found), float(len(found)), self.format.encode(found)


@pytest.mark.parametrize("seed", range(3))
def test_articles_answer_whooshs_queries_as_stock_whoosh_does(tmp_path: Path, seed: int) -> None:
    articles = [item for item in corpus(seed, 60) if not (item.title.codes or item.body.codes)]
    write(WhooshEngine(str(tmp_path / "ours")), articles)
    draw = random.Random(seed)
    asked = [random_query(draw, TEXT_FIELDS) for _ in range(150)]
    theirs_made = stock_articles(tmp_path / "stock", articles)
    with open_articles(tmp_path / "ours").searcher() as mine, theirs_made.searcher() as theirs:
        for name in FIELDS:
            terms = list(mine.reader().lexicon(name))
            assert terms == list(theirs.reader().lexicon(name))
            for term in terms:
                assert figures(mine.reader(), name, term) == figures(theirs.reader(), name, term), (name, term)
        same(mine, theirs, asked, "id")


def figures(reader: Any, name: str, term: bytes) -> list[float]:
    """What Whoosh keeps of a term."""
    info = reader.term_info(name, term)
    lengths = info.min_length(), info.max_length(), info.max_weight()
    numbers = info.min_id(), info.max_id(), reader.doc_frequency(name, term), reader.frequency(name, term)
    return [info.weight(), info.doc_frequency(), *lengths, *numbers]


def test_positions_of_every_space_are_those_of_the_analysis(tmp_path: Path) -> None:
    articles = corpus(5, 40)
    engine = WhooshEngine(str(tmp_path))
    write(engine, articles)
    with engine.reader() as reader:
        (segment,) = reader.segments
        for item in articles:
            for name, stream in streams(item).items():
                for term in set(stream.terms):
                    wanted = sorted(p for t, p in zip(stream.terms, stream.positions, strict=True) if t == term)
                    found = places(segment, segment.field(name), term)(segment.number(item.article.id))
                    assert found == wanted, (name, term)


def test_articles_have_columns_stored_fields_and_deletions(tmp_path: Path) -> None:
    engine = WhooshEngine(str(tmp_path))
    articles = corpus(6, 30)
    write(engine, articles)
    gone = articles[0].article.id
    write(engine, corpus(7, 5), rebuild=False, deleted=(gone,))
    with open_articles(tmp_path).searcher() as searcher:
        assert searcher.doc_count() == len(list(engine.reader().ids()))
        found = searcher.search(query.Every(), limit=None, groupedby="city")
        with engine.reader() as reader:
            counts = reader.stats().cities
            assert {name: len(docs) for name, docs in found.groups("city").items()} == dict(counts)
            stored = {hit["id"]: hit.fields() for hit in found}
            assert set(stored) == set(reader.ids())
            for item in reader.articles(stored):
                assert stored[item.id].get("title", "") == item.title
        assert not searcher.search(query.Term("id", gone))
        days = [hit.get("day", "") for hit in searcher.search(query.Every(), limit=None, sortedby="day")]
        assert days == sorted(days)
        dated = searcher.search(query.TermRange("day", "2019-01-01", "2019-12-31"), limit=None)
        assert {hit["day"][:4] for hit in dated} == {"2019"}
    with pytest.raises(TypeError, match="timbao"):
        open_articles(tmp_path).writer()


SCHEMA = {
    "id": fields.ID(stored=True, unique=True, sortable=True),
    "body": fields.TEXT(stored=True, analyzer=SimpleAnalyzer(), vector=formats.Frequency()),
    "other": fields.TEXT(analyzer=SimpleAnalyzer(), spelling=True),
    "tags": fields.KEYWORD(stored=True, commas=True),
    "n": fields.NUMERIC(stored=True, sortable=True),
    "when": fields.DATETIME(stored=True, sortable=True),
    "flag": fields.BOOLEAN(stored=True),
    "size": fields.COLUMN(columns.NumericColumn("i")),
}


def document(draw: random.Random, identifier: str) -> dict[str, Any]:
    """Values for every kind of field; sometimes none for one."""
    values: dict[str, Any] = {
        "id": identifier,
        "body": " ".join(draw.choices(SYLLABLES, k=draw.randint(0, 25))),
        "other": " ".join(draw.choices(SYLLABLES, k=draw.randint(0, 4))),
        "tags": ",".join(draw.sample(("a", "b", "c"), 2)),
        "n": draw.randint(-50, 50),
        "when": dt.datetime(2020, draw.randint(1, 12), 3, 4, 5),
        "flag": draw.random() < 0.5,
        "size": draw.randint(0, 9),
    }
    return {name: value for name, value in values.items() if name == "id" or draw.random() < 0.9}


@pytest.mark.parametrize("seed", range(4))
def test_any_schema_written_through_the_codec_is_as_with_whooshs_own(tmp_path: Path, seed: int) -> None:
    (tmp_path / "stock").mkdir()
    ours = create_index(tmp_path / "ours", fields.Schema(**SCHEMA))
    theirs = index.create_in(str(tmp_path / "stock"), fields.Schema(**SCHEMA))
    draw = random.Random(seed)
    for step in range(4):
        documents = [document(draw, str(draw.randrange(60))) for _ in range(draw.randint(1, 25))]
        gone = str(draw.randrange(60))
        merging = draw.choice(({}, {"mergetype": NO_MERGE}, {"optimize": True}, {"mergetype": OPTIMIZE}))
        for made in (ours, theirs):
            writer = made.writer()
            latest = {values["id"]: values for values in documents}
            for values in latest.values():
                writer.update_document(**values)
            writer.delete_by_term("id", gone)
            writer.commit(**merging)
        assert ours.doc_count() == theirs.doc_count(), step
    ours = open_index(tmp_path / "ours", fields.Schema(**SCHEMA))
    asked = [random_query(draw, ("body", "other")) for _ in range(100)]
    asked += [query.Term("tags", "a"), query.NumericRange("n", -10, 10), query.Term("flag", True)]
    asked += [query.DateRange("when", dt.datetime(2020, 3, 1), dt.datetime(2020, 8, 1))]
    with ours.searcher() as mine, theirs.searcher() as other:
        same(mine, other, asked, "id")
        for searcher in (mine, other):
            searcher.listed = sorted(  # type: ignore[attr-defined]
                sorted(map(repr, fields.items())) for fields in searcher.reader().all_stored_fields()
            )
        assert mine.listed == other.listed
        for facet in ("n", "id", "when"):
            ordered = [
                [hit["id"] for hit in s.search(query.Every(), limit=None, sortedby=[facet, "id"])]
                for s in (mine, other)
            ]
            assert ordered[0] == ordered[1]
        first, second = ([*s.document_numbers(id="1")] for s in (mine, other))
        if first:
            vectors = [
                list(s.reader().vector(number, "body").items_as("frequency"))
                if s.reader().has_vector(number, "body")
                else []
                for s, number in ((mine, first[0]), (other, second[0]))
            ]
            assert sorted(vectors[0]) == sorted(vectors[1])
    writer = ours.writer()
    writer.commit(mergetype=CLEAR)
    assert ours.doc_count() == 0
    assert sorted(p.suffix for p in (tmp_path / "ours").iterdir() if p.suffix in (".per", ".trm")) == []


def test_a_cancelled_writer_changes_nothing(tmp_path: Path) -> None:
    made = create_index(tmp_path, fields.Schema(**SCHEMA))
    writer = made.writer()
    writer.add_document(id="1", body="một hai")
    writer.cancel()
    assert made.doc_count() == 0
    with made.writer() as again:
        again.add_document(id="1", body="một hai")
    assert made.doc_count() == 1


def test_indexes_that_are_not_there_or_not_of_the_schema_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        open_articles(tmp_path)
    with pytest.raises(IndexMissing):
        open_index(tmp_path, fields.Schema(**SCHEMA))
    create_index(tmp_path, fields.Schema(**SCHEMA))
    with pytest.raises(IndexBroken, match="lacks"):
        open_index(tmp_path, fields.Schema(id=fields.ID))


def test_stored_values_keep_their_types_and_nothing_is_pickled() -> None:
    values = {"a": [1, "b", None, True, 1.5, b"\x00", (1, {"k": dt.datetime(2020, 1, 2)})], "$odd": {"$bytes": "x"}}
    assert loads(dumps(values)) == values
    with pytest.raises(TypeError, match="pickling"):
        dumps({"a": object()})
    assert stock.VERSION == "2.7.4"


def test_edit_distance_of_fuzzy_lookups_is_whooshs_where_letters_are_not_swapped(tmp_path: Path) -> None:
    engine = WhooshEngine(str(tmp_path))
    write(engine, corpus(9, 40))
    with engine.reader() as reader:
        field = reader.segments[0].field("folded")
        for text in ("nhung", "tham", "phon"):
            numbers, edits = field.similar(text, 2, same_letter=True)
            for number, found in zip(numbers.tolist(), edits.tolist(), strict=True):
                assert found <= distance(text, field.term(number))
