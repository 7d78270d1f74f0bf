"""`timbao bench` where something is missing, fails or is of no use; and the peer that is indexed only."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from search.bench import child, corpus, run
from search.bench.corpus import Item, read
from search.bench.making import items
from search.bench.peers import PEERS, TRIALS, fts5, installed, named, product
from search.bench.peers.base import BATCH, batches
from search.bench.workplace import Workplace
from search.engines.fields import FIELDS, streams
from search.errors import InputError, TimBaoError
from search.model import Article
from search.workers import prepared


def request(work: Path, source: Path, **chosen: Any) -> run.Request:
    quick = {"sizes": (20,), "threads": (1,), "queries": 4, "repeats": 1, "seconds": 0.1, "index_articles": 20}
    return run.Request(sources=(str(source),), work=work, **{**quick, **chosen})


def silent(line: str) -> None:
    pass


def test_tantivy_of_all_holds_every_term_of_every_field_and_the_originals(tmp_path: Path, sample: Path) -> None:
    tantivy = pytest.importorskip("tantivy", reason="tantivy is not installed: pip install 'timbao[bench]'")
    articles = [item.article for item in items(read([sample]), 20, 1)[0]]
    peer = named("tantivy-all")
    peer.prepare()
    peer.build((Item(article, "") for article in articles), tmp_path, 1, 64 << 20)
    assert peer.exists(tmp_path)
    assert peer.sizes(tmp_path)["store"] > 0
    index = tantivy.Index.open(str(tmp_path))
    searcher = index.searcher()
    assert searcher.num_docs == 20
    for article, analyzed in zip(articles, prepared([articles]), strict=True):
        for name, stream in streams(analyzed).items():
            assert name in FIELDS
            for term in (stream.terms[0], stream.terms[-1]):
                found = searcher.search(tantivy.Query.term_query(index.schema, name, term), 20).hits
                stored = [bytes(searcher.doc(address)["original"][0]).decode() for _, address in found]
                assert f"{article.title}\n{article.body}" in stored, (name, term)


def test_what_is_only_indexed_is_measured_with_its_peer(tmp_path: Path, sample: Path) -> None:
    pytest.importorskip("tantivy", reason="tantivy is not installed: pip install 'timbao[bench]'")
    report = run.measure(request(tmp_path, sample, peers=("tantivy",), parts=("index",)), silent)
    rows = report["corpora"][0]["indexing"]
    assert {row["engine"] for row in rows} == {"timbao", "tantivy", "tantivy-all"}
    size = {row["engine"]: row["size_to_text"] for row in rows}
    assert 0 < size["tantivy"] < size["tantivy-all"]
    assert "latency" not in report["corpora"][0]


def test_every_name_of_a_report_names_its_engine() -> None:
    for name, make in (*PEERS.items(), *((name, make) for name, (_, make) in TRIALS.items())):
        try:
            expected = make()
        except ImportError as error:
            pytest.skip(f"{name} is not installed: {error}")
        assert named(name).label == expected.label
    assert named("timbao").label == product().label


def test_an_engine_that_fails_is_told_and_the_others_are_measured(
    tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_a_process = child.run

    def failing(task: dict[str, Any]) -> dict[str, Any]:
        if task["peer"] == "fts5":
            raise TimBaoError("build of fts5 failed: no room", "make some")
        return of_a_process(task)

    monkeypatch.setattr(child, "run", failing)
    monkeypatch.setattr(run, "OPENINGS", 1)
    [found] = run.measure(request(tmp_path, sample, peers=("fts5",), parts=("query",)), silent)["corpora"]
    assert "no room" in found["missing"]["fts5"]
    assert set(found["builds"]) == {"timbao"}
    assert all(set(row["cells"]) == {"timbao"} for row in found["latency"])


def test_our_own_engine_failing_ends_the_run(tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(task: dict[str, Any]) -> dict[str, Any]:
        raise TimBaoError("build of timbao failed: no room", "make some")

    monkeypatch.setattr(child, "run", failing)
    with pytest.raises(TimBaoError, match="build of timbao failed"):
        run.measure(request(tmp_path, sample, peers=("fts5",), parts=("query",)), silent)


def test_no_question_is_refused(tmp_path: Path, sample: Path) -> None:
    with pytest.raises(InputError, match="nothing to ask"):
        run.measure(request(tmp_path, sample, peers=(), parts=("query",), queries=0), silent)


def test_an_sqlite_without_fts5_counts_as_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fts5, "TABLE", fts5.TABLE.replace("fts5", "fts55"))
    found, missing = installed(("fts5",))
    assert not found
    assert "no FTS5" in missing["fts5"]


def test_without_sample_articles_a_source_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "__file__", str(tmp_path / "site-packages" / "search" / "bench" / "corpus.py"))
    with pytest.raises(InputError, match="no sample articles"):
        Workplace(tmp_path / "work", silent).corpora([], [], 1, 1)


def test_another_source_of_the_same_size_replaces_what_is_there(tmp_path: Path, sample: Path) -> None:
    place = Workplace(tmp_path / "work", silent)
    [first] = place.corpora([sample], [20], 1, 1)
    (first.folder / "fts5.json").write_text("{")  # an index of the corpus before, half noted down
    [second] = place.corpora([sample], [20], 2, 1)
    assert second.folder == first.folder
    assert second.key != first.key
    assert not (second.folder / "fts5.json").exists()
    assert place.kept() == [second]


def test_a_source_is_read_once_for_several_sizes(tmp_path: Path, sample: Path) -> None:
    said: list[str] = []
    place = Workplace(tmp_path / "work", said.append)
    assert [made.articles for made in place.corpora([sample], [10, 20], 1, 1)] == [10, 20]
    assert sum("reading articles" in line for line in said) == 1


@pytest.mark.parametrize("count", [0, 1, BATCH, BATCH + 1, 2 * BATCH])
def test_batches_hold_every_article_once_in_order(count: int) -> None:
    given = [Item(Article(str(number), "Tin", ""), "tin") for number in range(count)]
    found = list(batches(given))
    assert [article for batch in found for article in batch] == [item.article for item in given]
    assert [len(batch) for batch in found[:-1]] == [BATCH] * (len(found) - 1)
    assert all(found)


def test_the_child_says_its_error_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = {"do": "open", "peer": "timbao", "url": None, "folder": str(tmp_path / "none"), "terms": ["a"]}
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(task)))
    with pytest.raises(SystemExit) as ended:
        child.main()
    assert "none" in str(ended.value.code)
    assert "\n" not in str(ended.value.code).strip()


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="only Linux tells of children in /proc")
def test_memory_of_children_and_theirs_is_counted() -> None:
    grandchild = "import time; held = b'x' * (64 << 20); print('up', flush=True); time.sleep(60)"
    between = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
    memory = child.Memory()
    started = subprocess.Popen([sys.executable, "-c", between], stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert started.stdout is not None
        before = child._told("self", "VmHWM")
        assert started.stdout.readline().strip() == b"up"
        until = time.monotonic() + 20
        while memory.peak_bytes() < before + (64 << 20) and time.monotonic() < until:
            time.sleep(child.LOOK_EVERY_S)
        assert memory.peak_bytes() >= before + (64 << 20)
        assert memory.own_bytes() >= 64 << 20
    finally:
        os.killpg(started.pid, 9)
        started.wait()
        assert started.stdout is not None
        started.stdout.close()
        memory.close()


def test_where_the_system_tells_nothing_figures_are_zero() -> None:
    assert child._told("no such process", "VmHWM") == 0
    assert child._below("no such process") == []
