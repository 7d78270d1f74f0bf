"""An index's life in short: built, grown in runs that spill, merged, deleted from, asked in every way, checked.

    NUMBA_DISABLE_JIT=1 python -m tests.codec.journey

Prints every answer as one JSON line. The loops run compiled, or as plain Python where numba is told not to compile;
both must print the same.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import search
from search.codec import writing
from search.engines.whoosh import WhooshEngine
from tests.conftest import SAMPLE
from tests.engines import plans
from tests.engines.conformance import write
from tests.engines.texts import corpus

QUERIES = ("tham nhũng", "tham nhung", '"hải phòng"', "đất đai -nhà", "title:giao", "ph*", "duong~", "ngày:2019..2025",
           "thamnhung", "(bão OR lũ) tỉnh", "tham OR đất OR nhà OR học", "17-KH/TU", "city:huế", "xyz")  # fmt: skip


def engine_answers(folder: Path) -> Iterator[Any]:
    """What the engine finds for random plans after every change."""
    engine = WhooshEngine(str(folder), memory_bytes=1)
    draw = random.Random(11)
    articles = corpus(4, 40)
    for number, (added, deleted) in enumerate(((articles[:30], ()), (articles[30:], ()), ((), ("a/3", "x/7")))):
        known = {item.article.id for item in articles}
        write(engine, list(added), rebuild=not number, deleted=tuple(id for id in deleted if id in known))
        with engine.reader() as reader:
            yield sorted(reader.ids())
            for _ in range(60):
                plan = plans.plan(draw)
                found = reader.search(plan)
                facets = {name: sorted((str(k), n) for k, n in of.items()) for name, of in found.facets.items()}
                yield found.total, [(m.id, round(m.value, 6)) for m in found.matches], sorted(facets.items())
    yield [problem.what for problem in engine.check()]


def search_answers(folder: Path) -> Iterator[Any]:
    """What a person is shown of sample articles, one of them published three times."""
    lines = (SAMPLE / "anticorruption.jsonl").read_text("utf-8").splitlines()[:14]
    articles = [json.loads(line) for line in lines]
    again = [articles[0] | {"id": f"again-{n}", "body": f"{articles[0]['body']}\nTheo báo {n}."} for n in range(2)]
    search.build([*articles, *again], folder)
    with search.open(folder) as index:
        for query in QUERIES:
            for copies in ("once", "all"):
                result = index.search(query, copies=copies, explain=True, related=2)  # type: ignore[arg-type]
                shown = [
                    (hit.id, round(hit.score, 6), [s.text for s in hit.snippets], hit.copies) for hit in result.hits
                ]
                counted = {name: [(b.value, b.count) for b in buckets] for name, buckets in result.facets.items()}
                offered = [s.query for s in result.suggestions], [s.query for s in result.related]
                yield query, result.total, shown, sorted(counted.items()), offered
        for prefix in ("tha", "tham nh", "đấ", "d"):
            yield [completion.text for completion in index.suggest(prefix)]
        yield [hit.id for hit in index.similar(articles[0]["id"])]


def answers() -> list[str]:
    """All of it, a JSON line each."""
    before, writing.LEAST_BYTES = writing.LEAST_BYTES, 20_000  # small batches, so that runs spill and are merged
    try:
        with tempfile.TemporaryDirectory() as place:
            every = [*engine_answers(Path(place) / "engine"), *search_answers(Path(place) / "index")]
    finally:
        writing.LEAST_BYTES = before
    return [json.dumps(answer, ensure_ascii=False, default=int) for answer in every]


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # numpy warns where a hash overflows on purpose
    sys.stdout.write("\n".join(answers()) + "\n")
