"""How good the ranking is: retrieval sets in BEIR form, run through the whole product and scored.

In: a folder with `queries.jsonl`, `qrels.tsv` and `corpus.jsonl`. Out: nDCG@10, MRR@10 and recall@100, for queries as
written and without diacritics, for the product, for other weights and for peers, with paired bootstraps. Must not know
how ranking works. Sets: Thakur et al. 2021 (BEIR); nDCG: Järvelin & Kekäläinen 2002; bootstrap: Sakai 2006.

>>> ndcg(["b", "a", "c"], {"a": 1})
0.6309297535714575
>>> reciprocal_rank(["b", "a"], {"a": 1}), recall(["b"], {"a": 1, "b": 1})
(0.5, 0.5)
"""

from __future__ import annotations

import gzip
import json
import math
import tempfile
import unicodedata
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from search.errors import InputError, QueryError
from search.model import Article
from search.ranking import DEFAULT, Weights

DEPTH = 100
"""So many articles are ranked for each query."""
QRELS = ("qrels.tsv", "qrels/test.tsv", "qrels/dev.tsv", "qrels/train.tsv")

_STROKES = str.maketrans({"đ": "d", "Đ": "D", "\u00d0": "D", "\u00f0": "d"})

Ranker = Callable[[str], Sequence[str]]
"""From a query to the ids of at most `DEPTH` documents, best first."""


@dataclass(frozen=True, slots=True)
class Document:
    """One text of a corpus."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Collection:
    """A retrieval set: its texts, its judged queries, and for each query the gain of each text judged above 0."""

    name: str
    documents: tuple[Document, ...]
    queries: tuple[tuple[str, str], ...]
    judgments: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one query came to: its figures, and the rank (from 1) of the first relevant text among those ranked."""

    query: str
    text: str
    ndcg: float
    reciprocal_rank: float
    recall: float
    rank: int | None
    best: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of paired differences, its 95 % interval, and the two-sided p that it is 0."""

    mean: float
    low: float
    high: float
    p: float


def read_collection(folder: Path, corpus: Path | None = None) -> Collection:
    """A retrieval set from a folder.

    A set without a `corpus.jsonl` of its own takes the nearest folder `corpus/` above it; the titles of such texts are
    left out, for the queries may have been made of them. Ids may be any string, the empty one included.

    Raises:
        InputError: A file is missing or a line of it cannot be read.
    """
    texts, borrowed = _corpus(folder, corpus)
    documents = tuple(
        Document(_id(row, where), "" if borrowed else str(row.get("title") or ""), _text(row))
        for row, where in _rows(texts)
    )
    if not documents:
        raise InputError(f"{texts} holds no texts", "give the corpus with --corpus")
    judgments = _judgments(folder)
    known = {document.id for document in documents}
    judged = {
        query: kept for query, gains in judgments.items() if (kept := {d: g for d, g in gains.items() if d in known})
    }
    queries = tuple(
        (name, _text(row)) for row, where in _rows(folder / "queries.jsonl") if (name := _id(row, where)) in judged
    )
    if not queries:
        raise InputError(f"{folder}: no query has a judged text in {texts}", "check that the ids agree")
    return Collection(folder.name, documents, queries, judged)


def _corpus(folder: Path, given: Path | None) -> tuple[Path, bool]:
    """The file of texts, and whether it is not the set's own."""
    if given is not None:
        return given, folder not in given.parents
    for name in ("corpus.jsonl", "corpus.jsonl.gz"):
        if (folder / name).is_file():
            return folder / name, False
    for above in folder.resolve().parents[:3]:
        found = sorted((above / "corpus").glob("*.jsonl*"))
        if len(found) == 1:
            return found[0], True
    raise InputError(f"{folder} has no corpus.jsonl", "name the file of texts with --corpus")


def _rows(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """The objects of a file of JSON lines, each with its place."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    where = f"{path}:{number}"
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise InputError(f"{where}: not an object", "one JSON object a line")
                    yield row, where
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}", "a set in BEIR form has it") from None
    except ValueError as error:
        raise InputError(
            f"{where if 'where' in locals() else path}: {error}", "UTF-8, one JSON object a line"
        ) from None


def _id(row: Mapping[str, Any], where: str) -> str:
    for name in ("_id", "id"):
        if name in row:
            return str(row[name])
    raise InputError(f"{where}: no “_id”", "every text and query has one")


def _text(row: Mapping[str, Any]) -> str:
    return unicodedata.normalize("NFC", str(row.get("text") or row.get("body") or ""))


def _judgments(folder: Path) -> dict[str, dict[str, int]]:
    path = next((folder / name for name in QRELS if (folder / name).is_file()), None)
    if path is None:
        raise InputError(f"{folder} has no qrels.tsv", "query, text and gain, tab between, one judgment a line")
    found: dict[str, dict[str, int]] = {}
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        parts = line.rstrip("\r").split("\t")
        if len(parts) == 4:  # TREC: query, iteration, text, gain
            del parts[1]
        if parts == [""] or (number == 1 and not parts[-1].lstrip("-").isdigit()):
            continue
        try:
            query, text, gain = parts
            value = int(gain)
        except ValueError:
            raise InputError(f"{path}:{number}: {line!r}", "query, text and gain, tab between") from None
        if value > 0:
            found.setdefault(query, {})[text] = value
    return found


def strip_marks(text: str) -> str:
    """The text as typed without diacritics: "đường" → "duong"."""
    plain = unicodedata.normalize("NFD", text.translate(_STROKES))
    return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c)))


def ndcg(ranking: Sequence[str], gains: Mapping[str, int], k: int = 10) -> float:
    """Normalized discounted cumulative gain of the first `k`, linear gains."""
    ideal = sum(gain / math.log2(i + 2) for i, gain in enumerate(sorted(gains.values(), reverse=True)[:k]))
    return sum(gains.get(id, 0) / math.log2(i + 2) for i, id in enumerate(ranking[:k])) / ideal if ideal else 0.0


def reciprocal_rank(ranking: Sequence[str], gains: Mapping[str, int], k: int = 10) -> float:
    """One over the rank of the first relevant text, 0 when it is not among the first `k`."""
    return next((1 / (i + 1) for i, id in enumerate(ranking[:k]) if gains.get(id, 0) > 0), 0.0)


def recall(ranking: Sequence[str], gains: Mapping[str, int], k: int = DEPTH) -> float:
    """Share of the relevant texts that are among the first `k`."""
    relevant = {id for id, gain in gains.items() if gain > 0}
    return len(relevant & set(ranking[:k])) / len(relevant) if relevant else 0.0


def run(collection: Collection, ranker: Ranker, *, marks: bool = True) -> list[Outcome]:
    """Every query of a set through a ranker; without `marks`, as typed without diacritics."""
    outcomes = []
    for query, text in collection.queries:
        gains = collection.judgments[query]
        asked = text if marks else strip_marks(text)
        ranking = list(ranker(asked))
        rank = next((i for i, id in enumerate(ranking, 1) if gains.get(id, 0) > 0), None)
        figures = ndcg(ranking, gains), reciprocal_rank(ranking, gains), recall(ranking, gains)
        outcomes.append(Outcome(query, asked, *figures, rank, tuple(ranking[:10])))
    return outcomes


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The means over the queries, under the names used everywhere."""
    n = max(len(outcomes), 1)
    return {
        "ndcg@10": sum(o.ndcg for o in outcomes) / n,
        "mrr@10": sum(o.reciprocal_rank for o in outcomes) / n,
        "recall@100": sum(o.recall for o in outcomes) / n,
        "queries": len(outcomes),
    }


def paired_bootstrap(first: Sequence[float], second: Sequence[float], *, resamples: int = 10_000) -> Difference:
    """Whether `second` is better than `first` on the same queries: first's mean is subtracted from second's.

    Queries are drawn with replacement, the same ones every time it is run. p is the share of resampled means of the
    centered differences that are at least as far from 0 as the mean observed.
    """
    import numpy as np

    apart = np.asarray(second, float) - np.asarray(first, float)
    mean = float(apart.mean())
    if not apart.any():
        return Difference(0.0, 0.0, 0.0, 1.0)
    rng = np.random.default_rng(20)
    means = np.empty(resamples)
    for at in range(0, resamples, 500):
        drawn = rng.integers(0, len(apart), (min(500, resamples - at), len(apart)))
        means[at : at + len(drawn)] = apart[drawn].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    p = float((np.abs(means - mean) >= abs(mean)).mean())
    return Difference(mean, float(low), float(high), p)


def weights_of(text: str) -> Weights:
    """The default weights with some of them changed: "pair=0.7,word=0".

    Raises:
        QueryError: There is no weight of that name, or its value is not a number.
    """
    names = [field.name for field in fields(Weights)]
    changed: dict[str, float] = {}
    for part in text.split(","):
        name, _, value = part.strip().partition("=")
        try:
            if name not in names:
                raise ValueError(name)
            changed[name] = float(value)
        except ValueError:
            raise QueryError(
                f"{part.strip()!r} is not a weight", f"name=number, of {', '.join(names)}", "weights"
            ) from None
    return replace(DEFAULT, **changed)


@contextmanager
def place(engine: str, url: str | None) -> Iterator[str]:
    """Where an index may be for the time of a measurement: a folder, or an alias beside the one of `url`."""
    if engine == "opensearch":
        from search.engines.opensearch import OpenSearchEngine

        held = OpenSearchEngine(f"{url}-eval-{uuid.uuid4().hex[:8]}")
        try:
            yield held.location
        finally:
            held.remove()
        return
    with tempfile.TemporaryDirectory(prefix="timbao-eval-") as folder:
        yield str(Path(folder) / "index")


def indexed(collection: Collection, location: str, engine: str = "whoosh") -> None:
    """Build the product's own index of a set's texts; ids are their numbers in it."""
    from search.indexing import build

    articles = (Article(str(i), d.title, d.text) for i, d in enumerate(collection.documents))
    build(articles, location, engine=engine)


def product(collection: Collection, location: str, weights: Weights = DEFAULT, engine: str = "whoosh") -> Ranker:
    """The product as a ranker: its reading of a query, its attempts in turn, its engine."""
    from search.engines import engine as engine_named
    from search.query.interpret import interpret
    from search.query.tree import Plan
    from search.reranking import ranked

    reader = engine_named(engine, location).reader()

    def rank(query: str) -> list[str]:
        understood = interpret(query, reader, weights=weights)
        for attempt in understood.attempts:
            plan = Plan(attempt.match, attempt.score, limit=DEPTH)
            found = ranked(reader, plan, understood.tokens, weights=weights).matches
            if found.total:
                return [collection.documents[int(match.id)].id for match in found.matches]
        return []

    return rank


def evaluate(
    folder: Path,
    *,
    no_marks: bool = False,
    corpus: Path | None = None,
    sample: int | None = None,
    weights: str | None = None,
    peers: bool = False,
    per_query: Path | None = None,
    engine: str = "whoosh",
    url: str | None = None,
) -> dict[str, Any]:
    """Measure relevance on a retrieval set.

    Args:
        folder: The set, in BEIR form.
        no_marks: Ask the queries without diacritics only; otherwise both, the second under "no_marks".
        corpus: File of texts, for a set that has none of its own.
        sample: Take this many queries, evenly spread.
        weights: Other weights to compare with the default ones ("pair=0.7,word=0").
        peers: Compare with plain BM25 over syllables, folded syllables and words, and with FTS5 and tantivy.
        per_query: File to write one JSON line a query to.
        engine: The engine that is measured.
        url: Cluster and alias for "opensearch"; the texts go into an index of their own beside it, for the time.

    Returns:
        {"ndcg@10", "mrr@10", "recall@100", "queries"}, then "no_marks" and "peers" with the same keys, and "weights";
        comparisons carry "difference", from the product's default to the other.

    Raises:
        InputError: The set cannot be read.
    """
    other = weights_of(weights) if weights else None
    collection = read_collection(folder, corpus)
    if sample is not None and 0 < sample < len(collection.queries):
        step = len(collection.queries) / sample
        collection = replace(collection, queries=tuple(collection.queries[int(i * step)] for i in range(sample)))
    ways = (False,) if no_marks else (True, False)
    with place(engine, url) as location:
        indexed(collection, location, engine)
        ours = _both(collection, product(collection, location, engine=engine), ways)
        measured = _summaries(ours)
        if per_query is not None:
            _write(per_query, ours)
        if other is not None:
            outcomes = _both(collection, product(collection, location, other, engine), ways)
            measured["weights"] = _summaries(outcomes) | {"difference": _compared(ours, outcomes), "changed": weights}
    if peers:
        from search.evaluation_peers import PEERS

        measured["peers"] = {}
        for name, make in PEERS.items():
            ranker = make(collection.documents)
            if ranker is None:
                measured["peers"][name] = None
                continue
            outcomes = _both(collection, ranker, ways)
            measured["peers"][name] = _summaries(outcomes) | {"difference": _compared(ours, outcomes)}
    return measured


_Both = dict[bool, list[Outcome]]


def _both(collection: Collection, ranker: Ranker, ways: Sequence[bool]) -> _Both:
    return {marks: run(collection, ranker, marks=marks) for marks in ways}


def _summaries(outcomes: _Both) -> dict[str, Any]:
    first, *others = outcomes.values()
    return summary(first) | ({"no_marks": summary(others[0])} if others else {})


def _compared(first: _Both, second: _Both) -> dict[str, Any]:
    found = {}
    for marks, outcomes in first.items():
        apart = paired_bootstrap([o.ndcg for o in outcomes], [o.ndcg for o in second[marks]])
        name = "as_written" if marks else "no_marks"
        found[name] = {"ndcg@10": apart.mean, "low": apart.low, "high": apart.high, "p": apart.p}
    return found


def _write(path: Path, outcomes: _Both) -> None:
    with path.open("w", encoding="utf-8") as file:
        for marks, found in outcomes.items():
            for o in found:
                row = {"query": o.query, "text": o.text, "marks": marks, "ndcg@10": o.ndcg, "rank": o.rank}
                row |= {"mrr@10": o.reciprocal_rank, "recall@100": o.recall, "best": o.best}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
