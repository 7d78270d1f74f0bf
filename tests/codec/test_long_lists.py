"""An index large enough for skip tables, rare forms and several bits of flags, against counting by hand."""

from __future__ import annotations

import functools
import math
import random

import pytest

from search.codec import matching
from search.engines.base import Prepared
from search.engines.whoosh import WhooshEngine
from search.query.tree import All, Any, Not, Plan, Sequence, Term, Weighted
from tests.engines.generations import write
from tests.engines.texts import prepared
from tests.reference import Document, Reference


class CountedOnce(Reference):
    """The reference with each term counted once in each article."""

    def __init__(self, articles: list[Prepared]) -> None:
        super().__init__(articles)
        self.counts = functools.cache(self._counts)
        self.average = sum(d.length("exact", "any") for d in self.documents) / len(self.documents)

    def _counts(self, term: Term | Sequence) -> tuple[dict[int, int], float]:
        counted = Document.count if isinstance(term, Term) else Document.occurrences
        found = {id(d): counted(d, term) for d in self.documents}  # type: ignore[arg-type]
        df = sum(count > 0 for count in found.values())
        return found, math.log(1 + (len(self.documents) - df + 0.5) / (df + 0.5))

    def bm25(self, term: Term | Sequence, document: Document) -> float:
        found, idf = self.counts(term)
        tf = found[id(document)]
        return idf * tf / (tf + 1.2 * (0.15 + 0.85 * document.length("exact", "any") / self.average))


WORDS = [f"từ{number}" for number in range(40)]


def articles(count: int) -> list[Prepared]:
    """Articles over words of very different frequency, some of them hundreds of times in one article."""
    draw = random.Random(4)
    weights = [1 / (rank + 1) ** 1.3 for rank in range(len(WORDS))]
    made = []
    for number in range(count):
        words = draw.choices(WORDS, weights, k=draw.randint(1, 14))
        if number % 97 == 0:
            words += ["từ3"] * 300
        made.append(prepared(f"{number:05d}", "", " ".join(words), published=f"20{10 + number % 9}-0{1 + number % 7}"))
    return made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[WhooshEngine, Reference]:
    engine = WhooshEngine(str(tmp_path_factory.mktemp("long") / "index"))
    listed = articles(700)
    write(engine, listed)
    return engine, CountedOnce(listed)


def plans() -> list[Plan]:
    draw = random.Random(8)

    def term() -> Term:
        return Term("exact", draw.choice(WORDS))

    found = []
    for _ in range(5):
        rare = Term("exact", draw.choice(WORDS[25:]))
        parts = tuple(term() for _ in range(draw.randint(1, 3)))
        scored = (*(Weighted(part, 1.0) for part in parts), Weighted(rare, 0.5), Weighted(term(), 2.0))
        found.append(Plan(All((rare, *parts)), scored, facets=("year", "month")))
        found.append(Plan(Any((rare, *parts)), scored, facets=("year",)))
        found.append(Plan(All((rare, Not(parts[0]))), scored))
        slots = tuple((part,) for part in parts)
        found.append(Plan(Sequence(slots), (Weighted(Sequence(slots), 1.0),)))
        found.append(Plan(Sequence(slots, slop=2), scored))
    # more parts than there are bits of their own
    found.append(Plan(All(tuple(Any((Term("exact", word), Term("exact", "từ0"))) for word in WORDS[:22]))))
    return found


@pytest.mark.parametrize("cost", [0.0, 60.0, 1e9])
def test_answers_do_not_depend_on_how_lists_are_read(
    made: tuple[WhooshEngine, Reference], cost: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking articles up costs nothing (always sparse), what it does, or far too much (always dense)."""
    engine, reference = made
    monkeypatch.setattr(matching, "LOOKUP_COST", cost)
    with engine.reader() as reader:
        for plan in plans():
            found, wanted = reader.search(plan), reference.search(plan)
            assert found.total == wanted.total, plan
            assert {k: dict(v) for k, v in found.facets.items()} == {k: dict(v) for k, v in wanted.facets.items()}
            assert [m.value for m in found.matches] == pytest.approx([m.value for m in wanted.matches]), plan
            assert [m.id for m in found.matches] == [m.id for m in wanted.matches], plan


def test_pages_follow_each_other_to_the_end(made: tuple[WhooshEngine, Reference]) -> None:
    engine, _ = made
    terms = tuple(Term("exact", word) for word in WORDS[:3])
    base = Plan(Any(terms), tuple(Weighted(term, 1.0) for term in terms), limit=100)
    with engine.reader() as reader:
        seen: list[str] = []
        plan = base
        while True:
            page = reader.search(plan)
            seen += [match.id for match in page.matches]
            if page.after is None:
                break
            plan = Plan(base.match, base.score, limit=100, after=page.after)
        assert len(seen) == len(set(seen)) == page.total
        whole = reader.search(Plan(base.match, base.score, limit=5000))
        assert seen == [match.id for match in whole.matches]
