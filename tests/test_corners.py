"""The corners of the one door and of the command line: cursors of the past, long reports, nothing to rank."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import search
from search import cli_output, cursors, deadline, facets
from search.bench.tables import Table as Figures
from search.cli_output import show_evaluation, show_report, show_tables
from search.engines.whoosh import WhooshEngine
from search.errors import QueryError, SearchTooLong
from search.evaluation import Collection, Document, product
from search.indexing import BATCH, Report
from search.model import Skipped
from search.readers import CurrentReader
from search.similar import _held
from tests.engines.generations import write
from tests.engines.texts import corpus
from tests.test_cli import place, run, source

__all__ = ["place", "source"]

TEXTS = [{"id": str(n), "title": f"Cầu số {n}", "body": f"Cầu số {n} thông xe sáng nay."} for n in range(5)]


def test_the_package_offers_its_names_and_no_others() -> None:
    assert search.Index.__name__ == "Index"
    with pytest.raises(AttributeError, match="'nothing'"):
        search.nothing  # noqa: B018


def test_a_cursor_of_an_attempt_that_is_no_more_is_refused(tmp_path: Path) -> None:
    search.build(TEXTS, tmp_path)
    with search.open(tmp_path) as index:
        first = index.search("cau so", limit=2)
        assert first.next is not None
        assert [hit.id for hit in index.search("cau so", limit=2, cursor=first.next).hits]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("search.service.cursors.decode", lambda cursor, key, real=cursors.decode: replace(
                real(cursor, key), attempt=99))  # fmt: skip
            with pytest.raises(QueryError, match="older state of the index"):
                index.search("cau so", limit=2, cursor=first.next)


def test_readers_that_are_in_use_are_closed_by_their_last_user(tmp_path: Path) -> None:
    engine = WhooshEngine(str(tmp_path))
    write(engine, corpus(1, 5))
    moved: list[tuple[str, str]] = []
    for told in (None, lambda old, new: moved.append((old.generation, new.generation))):
        current = CurrentReader(engine, told)
        with current() as old, current() as same:
            assert old is same
            write(engine, corpus(2, 6))
            current.refresh()
            with current() as new:
                assert (len(old), len(new)) != (0, 0)
                assert new.generation != old.generation
        current.refresh()
        with current() as again:
            assert again.generation == new.generation
        current.close()
    assert len(moved) == 1


def test_time_that_is_over_ends_a_search() -> None:
    deadline.check()
    with deadline.within(60):
        deadline.check()
    with deadline.within(0), pytest.raises(SearchTooLong, match="more than 0 s"):
        deadline.check()
    deadline.check()


def test_progress_is_told_batch_by_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from search import indexing

    monkeypatch.setattr(indexing, "BATCH", 2)
    assert BATCH > 2
    told: list[tuple[int, int]] = []
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(text) + "\n" for text in TEXTS), "utf-8")
    indexing.index_sources(
        [tmp_path / "a.jsonl"], tmp_path / "i", progress=lambda r, size: told.append((r.indexed, size))
    )
    assert [count for count, _ in told] == [2, 4]
    assert told[0][1] < told[1][1]


def test_facets_follow_the_choice_and_the_units_of_the_day() -> None:
    none = facets.Choice()
    assert facets.requests(none) == ("city", "year", "source", "byline")
    wide = facets.Choice(start=dt.date(2020, 1, 1), end=dt.date(2020, 12, 31))
    narrow = facets.Choice(start=dt.date(2020, 3, 1), end=dt.date(2020, 3, 31))
    assert facets.requests(wide)[-1] == "month"
    assert facets.requests(narrow)[-2:] == ("month", "day")
    chosen = facets.Choice(cities=("Hải Dương", "Hải Phòng", ""))
    assert facets.placed(chosen, "publication") is chosen
    assert facets.placed(chosen, "today").cities == ("Hải Phòng", "")
    assert facets.members(("Hải Phòng",), "publication") == ("Hải Phòng",)
    assert ("Hải Dương", "Hải Phòng") in facets.regrouped("today")


def test_words_of_articles_without_diacritics_are_held_apart() -> None:
    assert (_held("tham_nhũng", False), _held("tham_nhũng", True)) == ("tham_nhũng", "~tham_nhung")


def test_a_ranking_that_finds_nothing_is_empty(tmp_path: Path) -> None:
    write(WhooshEngine(str(tmp_path)), [replace(item, article=replace(item.article, id=str(n))) for n, item in
                                        enumerate(corpus(1, 3))])  # fmt: skip
    documents = tuple(Document(str(n), "", "") for n in range(3))
    ranker = product(Collection("x", documents, (), {}), str(tmp_path))
    assert ranker("xyzzy qqq") == []
    assert set(ranker("tham nhung")) <= {"0", "1", "2"}


def shown(monkeypatch: pytest.MonkeyPatch, show: Any, *arguments: Any, terminal: bool = False) -> str:
    out = io.StringIO()
    monkeypatch.setattr(
        cli_output, "_console", lambda: Console(file=out, width=100, force_terminal=terminal, highlight=False)
    )
    show(*arguments)
    return out.getvalue()


def test_a_long_report_is_shortened_and_says_where_the_rest_is(monkeypatch: pytest.MonkeyPatch) -> None:
    report = Report("i", read=90, skipped=[Skipped("a.jsonl", n, "broken") for n in range(cli_output.SHOWN_SKIPS + 3)])
    text = shown(monkeypatch, show_report, report)
    assert text.count("broken") == cli_output.SHOWN_SKIPS
    assert "3 nữa / more: --report FILE" in text


def test_relevance_shows_peers_that_are_missing_and_weights_that_were_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"ndcg@10": 0.5, "mrr@10": 0.5, "recall@100": 1.0, "queries": 3}
    other = own | {"changed": "word=0", "difference": {"as_written": {"ndcg@10": -0.1, "p": 0.2}}}
    text = shown(monkeypatch, show_evaluation, own | {"peers": {"tantivy": None, "plain": own}, "weights": other})
    assert "not installed" in text
    assert "word=0" in text
    assert "-0.1000 (0.200)" in text


def test_tables_fold_on_a_terminal_and_are_wide_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = [Figures("times", ("engine", "ms"), (("timbao", "1.0"), ("other " * 30, "2.0")))]
    narrow, wide = (shown(monkeypatch, show_tables, ["heading"], figures, terminal=each) for each in (True, False))
    assert max(len(line.rstrip()) for line in wide.splitlines()) > 150
    assert max(len(re.sub(r"\x1b[^m]*m", "", line).rstrip()) for line in narrow.splitlines()) <= 100


def test_check_tells_people_too(place: Path, source: Path, tmp_path: Path) -> None:
    assert "nguyên vẹn / whole" in run("check", "--index", place).output
    segment = next(place.glob("*.seg"))
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 1
    segment.write_bytes(content)
    told = run("check", "--index", place, code=1).output
    assert str(segment) in told
    assert "timbao index SOURCE" in told
    folder = tmp_path / "sources"
    folder.mkdir()
    source.rename(folder / "bài.jsonl")
    assert "skipped" in run("index", folder, "--index", tmp_path / "again").output
