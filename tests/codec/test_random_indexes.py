"""Random plans against the reference on indexes that grew: spilled runs, several segments, deletions, merges."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from search.codec import writing
from search.codec.container import Container
from search.codec.segment import Segment
from search.engines.base import Prepared
from search.engines.whoosh import WhooshEngine
from tests.engines import plans
from tests.engines.conformance import write
from tests.engines.texts import corpus, prepared
from tests.reference import Reference

ROUNDS = 60


def agree(engine: WhooshEngine, articles: list[Prepared], seed: int) -> None:
    """Every answer of the engine is that of the reference."""
    reference = Reference(articles)
    draw = random.Random(seed)
    with engine.reader() as reader:
        assert sorted(reader.ids()) == sorted(p.article.id for p in articles)
        for _ in range(ROUNDS):
            plan = plans.plan(draw)
            found, wanted = reader.search(plan), reference.search(plan)
            assert found.total == wanted.total, plan
            assert {k: dict(v) for k, v in found.facets.items()} == {k: dict(v) for k, v in wanted.facets.items()}
            assert [m.value for m in found.matches] == pytest.approx([m.value for m in wanted.matches])
            if plan.sort != "relevance":
                assert found.matches == wanted.matches
            assert (found.after is None) == (wanted.after is None)


@pytest.fixture
def spilling(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Batches of a few dozen articles; fails when nothing was merged of several."""
    merged: list[int] = []
    merge = writing.merge

    def counted(segments: list[Segment], path: Path) -> dict[str, Any]:
        merged.append(len(segments))
        return merge(segments, path)

    monkeypatch.setattr(writing, "LEAST_BYTES", 20_000)
    monkeypatch.setattr(writing, "merge", counted)
    yield
    assert max(merged) > 2


@pytest.mark.parametrize("seed", range(4))
def test_runs_that_spill_answer_like_one(tmp_path: Path, seed: int, spilling: None) -> None:
    engine = WhooshEngine(str(tmp_path), memory_bytes=1)
    articles = corpus(seed, 150)
    # some ids twice in one run: the last one counts, wherever the first was spilled to
    again = corpus(seed + 100, 40)
    write(engine, [*articles, *again])
    kept = {p.article.id: p for p in [*articles, *again]}
    agree(engine, list(kept.values()), seed)
    assert engine.check() == []


@pytest.mark.parametrize("seed", range(4))
def test_updates_and_deletions_answer_like_a_rebuild(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if seed % 2:
        monkeypatch.setattr(writing, "_groups", lambda sizes: [])  # never merge: many segments, many deletions
    engine = WhooshEngine(str(tmp_path))
    draw = random.Random(seed)
    kept: dict[str, Prepared] = {}
    for step in range(5):
        new = corpus(seed * 10 + step, draw.randint(1, 60))
        deleted = tuple(draw.sample(sorted(kept), len(kept) // 4))
        write(engine, new, rebuild=step == 0, deleted=deleted)
        kept |= {p.article.id: p for p in new}
        for identifier in deleted:
            kept.pop(identifier, None)
    agree(engine, list(kept.values()), seed)
    with engine.reader() as reader:
        assert len(reader.segments) == (5 if seed % 2 else len(reader.segments))
        for item in kept.values():
            (back,) = reader.prepared([item.article.id])
            assert back.article == item.article
            for mine, theirs in ((back.title, item.title), (back.body, item.body)):
                assert mine.exact_terms() == theirs.exact_terms()
                assert mine.words() == theirs.words()
                assert (mine.starts.tolist(), mine.ends.tolist()) == (theirs.starts.tolist(), theirs.ends.tolist())
                assert [c[:2] for c in mine.codes] == [c[:2] for c in theirs.codes]
            assert back.plain == item.plain
    assert engine.check() == []


def worded(seed: int, size: int) -> list[Prepared]:
    """Articles over many words, most of them as frequent as hundreds of others."""
    draw = random.Random(seed)
    words = [f"{a}{b}{c}" for a in ("b", "ch", "đ", "gi", "kh", "l", "m", "ngh", "ph", "qu", "th", "x")
             for b in "aăâeêioôơuưy" for c in ("", "n", "nh", "p", "ng")]  # fmt: skip
    return [prepared(f"{number}", draw.choice(words), " ".join(draw.choices(words, k=60))) for number in range(size)]


@pytest.mark.parametrize("articles", [corpus(11, 200), worded(12, 90)], ids=["few words", "many words"])
def test_what_is_merged_is_what_would_have_been_written_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spilling: None, articles: list[Prepared]
) -> None:
    found = []
    for name, memory in (("runs", 1), ("once", 1 << 40)):
        write(WhooshEngine(str(tmp_path / name), memory_bytes=memory), articles)
        found.append(Container(next((tmp_path / name).glob("*.seg"))))
    names = {name for name in found[0].sizes() if not name.startswith("records")}
    assert names == {name for name in found[1].sizes() if not name.startswith("records")}
    for name in sorted(names):
        assert found[0].array(name).tolist() == found[1].array(name).tolist(), name
    assert found[0].meta["sums"] == found[1].meta["sums"]


def test_the_same_articles_make_the_same_bytes(tmp_path: Path, spilling: None) -> None:
    made = []
    for name in ("a", "b"):
        write(WhooshEngine(str(tmp_path / name), memory_bytes=1), corpus(3, 120))
        content = next((tmp_path / name).glob("*.seg")).read_bytes()
        made.append(content.partition(b'"built"')[0][60:])  # the header's checksum covers the time of the build
    assert made[0] == made[1]


def test_merging_by_small_pieces_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spilling: None
) -> None:
    """Terms, bytes and tokens come in many pieces only in large indexes; here the pieces are made small."""
    from search.codec import merge

    whole = WhooshEngine(str(tmp_path / "whole"), memory_bytes=1)
    write(whole, corpus(5, 150))
    for name, size in (("CHUNK_LISTS", 7), ("CHUNK_BYTES", 200), ("CHUNK_TOKENS", 50), ("CHUNK_PAIRS", 9)):
        monkeypatch.setattr(merge, name, size)
    pieces = WhooshEngine(str(tmp_path / "pieces"), memory_bytes=1)
    write(pieces, corpus(5, 150))
    assert pieces.check() == []
    made = [next((tmp_path / name).glob("*.seg")).read_bytes() for name in ("whole", "pieces")]
    assert made[0].partition(b'"built"')[0][60:] == made[1].partition(b'"built"')[0][60:]
