"""Sequences beside other conditions: read only in articles that meet these, proven by words, remembered; all alike."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from search.codec import sequences
from search.codec.kernels import runs
from search.engines.whoosh import WhooshEngine
from search.query.tree import All, Any, Node, Not, Plan, Sequence, Term, Weighted
from tests.engines import plans
from tests.engines.conformance import write
from tests.engines.texts import corpus
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
