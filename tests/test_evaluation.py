"""Retrieval sets as they come, the figures, the comparison, and one set through the whole product."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from search.errors import InputError, QueryError
from search.evaluation import (
    Document,
    evaluate,
    ndcg,
    paired_bootstrap,
    read_collection,
    recall,
    reciprocal_rank,
    strip_marks,
    summary,
    weights_of,
)
from search.evaluation import run as run_queries
from search.evaluation_peers import PEERS, folded, syllables, words

TEXTS = {
    "cang": ("Cảng nước sâu", "Thành phố khởi công cảng nước sâu đón tàu mười vạn tấn."),
    "lu": ("Lũ lên nhanh", "Nước sông lên nhanh, các xã ven đê di dời dân trong đêm."),
    "truong": ("Trường mới", "Học sinh xã vùng cao có trường mới trước ngày khai giảng."),
    "cau": ("Cầu qua sông", "Cây cầu nối hai bờ sông thông xe sau ba năm thi công."),
    "": ("Chợ nổi", "Chợ nổi trên sông họp từ sáng sớm, khách xa tìm về."),
}
ASKED = {
    "q1": ("Cảng nước sâu đón tàu bao nhiêu tấn?", "cang"),
    "q2": ("học sinh vùng cao có trường mới", "truong"),
    "": ("chợ nổi trên sông", ""),
    "unjudged": ("không ai chấm", None),
}


def lines(path: Path, rows: list[dict[str, str]]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "ir" / "set"
    folder.mkdir(parents=True)
    lines(folder / "corpus.jsonl", [{"_id": i, "title": t, "text": x} for i, (t, x) in TEXTS.items()])
    lines(folder / "queries.jsonl", [{"_id": i, "text": text} for i, (text, _) in ASKED.items()])
    judged = "".join(f"{query}\t{text}\t1\n" for query, (_, text) in ASKED.items() if text is not None)
    (folder / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}q1\tlu\t0\nq1\tgone\t1\n", "utf-8")
    return folder


def test_a_set_is_read_with_its_empty_ids_and_without_what_is_not_judged(folder: Path) -> None:
    found = read_collection(folder)
    assert [document.id for document in found.documents] == list(TEXTS)
    assert [query for query, _ in found.queries] == ["q1", "q2", ""]
    assert found.judgments == {"q1": {"cang": 1}, "q2": {"truong": 1}, "": {"": 1}}


def test_a_set_without_texts_takes_the_nearest_corpus_without_titles(folder: Path) -> None:
    (folder / "corpus.jsonl").unlink()
    corpus = folder.parent.parent / "corpus"
    corpus.mkdir()
    lines(corpus / "news.jsonl.gz", [{"id": i, "title": t, "body": x} for i, (t, x) in TEXTS.items()])
    found = read_collection(folder)
    assert found.documents[0] == Document("cang", "", TEXTS["cang"][1])
    lines(folder / "own.jsonl", [{"_id": "cang", "title": "T", "text": "x"}])
    assert read_collection(folder, folder / "own.jsonl").documents == (Document("cang", "T", "x"),)


def test_judgments_may_lie_in_a_folder_with_four_columns_and_no_head(folder: Path) -> None:
    (folder / "qrels.tsv").unlink()
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text("q1\t0\tcang\t2\r\n", "utf-8")
    assert read_collection(folder).judgments == {"q1": {"cang": 2}}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("corpus.jsonl", "{}\n", "corpus.jsonl:1: no “_id”"),
        ("corpus.jsonl", '{"_id": "a"}\n[]\n', "corpus.jsonl:2: not an object"),
        ("corpus.jsonl", '{"_id": "a"}\n{"_id":\n', "corpus.jsonl:2"),
        ("corpus.jsonl", "", "holds no texts"),
        ("corpus.jsonl", None, "has no corpus.jsonl"),
        ("queries.jsonl", None, "queries.jsonl cannot be read"),
        ("queries.jsonl", '{"_id": "x", "text": "y"}\n', "no query has a judged text"),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\nq1\tcang\n", "qrels.tsv:2"),
        ("qrels.tsv", None, "has no qrels.tsv"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(
    folder: Path, name: str, content: str | None, message: str
) -> None:
    (folder / name).unlink() if content is None else (folder / name).write_text(content, "utf-8")
    with pytest.raises(InputError) as raised:
        read_collection(folder)
    assert message in str(raised.value)
    assert raised.value.next_step


def test_figures_of_known_rankings() -> None:
    gains = {"a": 3, "b": 1}
    assert ndcg(["a", "b"], gains) == 1.0
    assert ndcg(["b", "a"], gains) == pytest.approx((1 + 3 / 1.58496) / (3 + 1 / 1.58496), abs=1e-4)
    assert ndcg(["x"] * 10 + ["a"], gains) == 0.0
    assert reciprocal_rank(["x", "y", "b"], gains) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x"] * 10 + ["a"], gains) == 0.0
    assert recall(["x"] * 99 + ["a"], gains) == 0.5
    assert recall(["x"] * 100 + ["a"], gains) == 0.0
    assert (ndcg([], {}), recall([], {}), summary([])["queries"]) == (0.0, 0.0, 0)


def test_a_constant_gain_is_sure_and_noise_is_not() -> None:
    sure = paired_bootstrap([0.5] * 50, [0.6] * 50)
    assert sure.mean == pytest.approx(0.1)
    assert sure.p < 0.01
    assert sure.low == pytest.approx(0.1)
    noise = paired_bootstrap([0.0, 1.0] * 25, [1.0, 0.0] * 25)
    assert noise.low < 0 < noise.high
    assert noise.p > 0.5
    assert paired_bootstrap([0.3, 0.4], [0.3, 0.4]).p == 1.0
    assert paired_bootstrap([0.1, 0.9, 0.3], [0.2, 0.8, 0.6]) == paired_bootstrap([0.1, 0.9, 0.3], [0.2, 0.8, 0.6])


def test_diacritics_are_stripped_whatever_their_form() -> None:
    assert strip_marks("Đường \u00d0ặng e\u0301 58,42%") == "Duong Dang e 58,42%"
    assert strip_marks("ươ ÂĂ") == "uo AA"


def test_weights_are_changed_by_name() -> None:
    assert weights_of("pair=0.7, word=0").pair == 0.7
    for wrong in ("pairs=1", "pair=much", "pair"):
        with pytest.raises(QueryError, match="is not a weight"):
            weights_of(wrong)


def test_the_terms_of_the_peers() -> None:
    assert syllables("Phòng, chống THAM nhũng 58,42%") == ["phòng", "chống", "tham", "nhũng", "58", "42"]
    assert folded("Đường Lũ") == ["duong", "lu"]
    assert words("phòng chống tham nhũng.") == ["phòng chống", "tham nhũng"]


@pytest.mark.parametrize("name", list(PEERS))
def test_every_peer_ranks_the_answer_first(name: str, folder: Path) -> None:
    collection = read_collection(folder)
    ranker = PEERS[name](collection.documents)
    if ranker is None:
        pytest.skip(f"{name} is not installed")
    assert summary(run_queries(collection, ranker))["ndcg@10"] == 1.0
    assert list(ranker("…")) == []
    assert list(ranker("xyzzy")) == []


def test_the_product_is_measured_with_and_without_marks(folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "queries.jsonl"
    measured = evaluate(folder, peers=True, weights="word=0", per_query=log)
    assert measured["queries"] == measured["no_marks"]["queries"] == 3
    assert measured["ndcg@10"] == measured["no_marks"]["ndcg@10"] == 1.0
    assert measured["recall@100"] == measured["mrr@10"] == 1.0
    assert measured["peers"]["syllables"]["no_marks"]["ndcg@10"] < 1.0
    assert measured["peers"]["syllables"]["difference"]["no_marks"]["ndcg@10"] < 0
    assert measured["weights"]["difference"]["as_written"]["p"] == 1.0
    rows = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [(row["query"], row["marks"], row["rank"]) for row in rows][3] == ("q1", False, 1)
    assert json.dumps(measured)


def test_without_marks_alone_and_on_a_sample(folder: Path) -> None:
    measured = evaluate(folder, no_marks=True, sample=2)
    assert measured["queries"] == 2
    assert measured["ndcg@10"] == 1.0
    assert "no_marks" not in measured


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("xquad-vi", 0.965), ("nanibot-mrc", 0.935)])
def test_ranking_holds_on_public_sets(name: str, least: float, shared: Path) -> None:
    measured = evaluate(shared / "ir" / name)
    assert measured["ndcg@10"] >= least
    assert measured["no_marks"]["ndcg@10"] >= 0.99 * measured["ndcg@10"]
