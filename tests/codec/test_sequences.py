"""Sequences beside other conditions: read only in articles that meet these, proven by words, remembered; all alike."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from search.analysis.streams import Analysis, Code
from search.codec import sequences
from search.codec.kernels import runs
from search.engines.base import Prepared
from search.engines.whoosh import WhooshEngine
from search.model import Article
from search.query.tree import All, Any, Node, Not, Plan, Sequence, Term, Weighted
from tests.engines import plans
from tests.engines.conformance import write
from tests.engines.texts import analysis, corpus, fold
from tests.reference import Reference


def adjacent(draw: random.Random) -> Sequence:
    """Two to nine slots without gaps, each of one or two terms."""
    spaces = ("exact", "folded")
    length = draw.choice((2, 2, 2, 3, 4, runs.MOST_SLOTS + 1))
    slots = []
    for _ in range(length):
        chosen = [draw.choice(spaces) for _ in range(draw.choice((1, 1, 2)))]
        slots.append(tuple(Term(space, plans.syllable(draw, space)) for space in chosen))  # type: ignore[arg-type]
    return Sequence(tuple(slots), 0, draw.choice(("any", "any", "title")))


def condition(draw: random.Random) -> Node:
    """A conjunction of terms, sequences, alternatives of both, and exclusions."""
    parts: list[Node] = []
    for _ in range(draw.randint(1, 3)):
        match draw.randrange(5):
            case 0:
                parts.append(plans.term(draw))
            case 1:
                parts.append(adjacent(draw))
            case 2:
                parts.append(Any((adjacent(draw), plans.term(draw), adjacent(draw))))
            case 3:
                parts.append(Any((All((plans.term(draw), adjacent(draw), Not(adjacent(draw)))), adjacent(draw))))
            case _:
                parts.append(Not(Any((adjacent(draw), plans.term(draw)))))
    return All(tuple(parts))


@pytest.mark.parametrize("seed", range(4))
def test_sequences_hold_where_the_reference_says(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequences, "_REMEMBERED", 200)  # so that some are forgotten on the way
    monkeypatch.setattr(sequences, "_WORTH", (1, 64)[seed % 2])  # so that lists tell of few articles too
    articles = corpus(seed, 150)
    engine = WhooshEngine(str(tmp_path))
    write(engine, articles)
    with engine.writer(rebuild=False) as writer:
        for item in articles[:9]:
            writer.delete(item.article.id)
        writer.commit()
    reference = Reference(articles[9:])
    draw = random.Random(seed)
    found = 0
    with engine.reader() as reader:
        for _ in range(250):
            node = condition(draw)
            wanted = reference.search(Plan(node, limit=200))
            answer = reader.search(Plan(node, limit=200))
            assert answer.total == wanted.total, node
            assert {m.id for m in answer.matches} == {m.id for m in wanted.matches}, node
            found += wanted.total
            sequence = adjacent(draw)
            assert reader.frequency(sequence) == reference.search(Plan(sequence, limit=0)).total, sequence
            scored = Plan(sequence, (Weighted(sequence, 1.0),), limit=200)
            values = {m.id: m.value for m in reader.search(scored).matches}
            assert values == pytest.approx({m.id: m.value for m in reference.search(scored).matches}), sequence
    assert found > 1000


def numbered(draw: random.Random, id: str) -> Prepared:
    """An article where the number one is written `1`, or `i` or `01` with codes that say so, at times twice."""

    def text() -> Analysis:
        words = draw.choices(("ngày", "ngay", "1", "1", "i", "01", "số", "5", "v"), k=draw.randint(0, 12))
        read = analysis(" ".join(fold(word) if plain else word for word in words))
        codes = [
            Code(place, 1, number, number)
            for place, word in enumerate(words)
            for number in {"i": ("1",), "01": ("1", "1.0", "1"), "v": ("5",)}.get(word, ())
        ]
        return replace(read, codes=tuple(codes))

    plain = draw.random() < 0.3
    return Prepared(Article(id, "", ""), text(), text())


@pytest.mark.parametrize("seed", range(3))
def test_codes_beside_tokens_are_found_by_their_neighbors(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[int] = []
    count_coded = runs.count_coded

    def counted(*arrays: object) -> int:
        looked_at.append(count_coded(*arrays))
        return looked_at[-1]

    monkeypatch.setattr(runs, "count_coded", counted)
    draw = random.Random(seed)
    articles = [numbered(draw, str(number)) for number in range(300)]
    engine = WhooshEngine(str(tmp_path))
    write(engine, articles)
    reference = Reference(articles)
    with engine.reader() as reader:
        for first, second in product(("ngay", "so", "1", "5", "khong"), repeat=2):
            for zone in ("any", "title"):
                sequence = Sequence(((Term("folded", first),), (Term("folded", second),)), 0, zone)  # type: ignore[arg-type]
                wanted = reference.search(Plan(sequence, (Weighted(sequence, 1.0),), limit=300))
                beside = All((Term("folded", "v"), sequence))  # looked for in some articles alone
                assert reader.search(Plan(beside, limit=0)).total == reference.search(Plan(beside, limit=0)).total
                answer = reader.search(Plan(sequence, (Weighted(sequence, 1.0),), limit=300))
                assert answer.total == wanted.total == reader.frequency(sequence), sequence
                values = {match.id: match.value for match in answer.matches}
                assert values == pytest.approx({match.id: match.value for match in wanted.matches}), sequence
    assert sum(looked_at) > 1000


@pytest.mark.parametrize("seed", range(3))
def test_gaps_are_counted_as_the_reference_does(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    numbers = [numbered(draw, f"n{number}") for number in range(150)]
    articles = [*numbers, *corpus(seed, 120)]
    engine = WhooshEngine(str(tmp_path))
    write(engine, articles)
    reference = Reference(articles)
    found = 0
    with engine.reader() as reader:
        for _ in range(80):
            slots = list(replace(adjacent(draw), slop=0).slots)
            if draw.random() < 0.5:
                written = ("ngay", "so", "1", "5", "i", "v")
                slots = [(Term("folded", draw.choice(written)),) for _ in range(draw.choice((1, 2, 2, 3)))]
            sequence = Sequence(tuple(slots), draw.randint(1, 4), draw.choice(("any", "any", "title")))
            scored = Plan(sequence, (Weighted(sequence, 1.0),), limit=300)
            wanted, answer = reference.search(scored), reader.search(scored)
            assert answer.total == wanted.total == reader.frequency(sequence), sequence
            values = {match.id: match.value for match in answer.matches}
            assert values == pytest.approx({match.id: match.value for match in wanted.matches}), sequence
            found += wanted.total
            beside = All((plans.term(draw), sequence))  # looked for in some articles alone
            assert reader.search(Plan(beside, limit=0)).total == reference.search(Plan(beside, limit=0)).total
    assert found > 400
