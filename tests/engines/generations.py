"""The half of the conformance suite that writes: generations, commits, updates, locks.

Part of `tests.engines.conformance.EngineConformance`; nothing is collected from here.
"""

from __future__ import annotations

import pytest

from search.engines.base import Engine, Prepared, Reader
from search.errors import IndexLocked, IndexMissing, InputError
from search.query.tree import EVERYTHING, Any, Plan, Term, Weighted
from tests.engines.texts import prepared


def write(engine: Engine, articles: list[Prepared], *, rebuild: bool = True, deleted: tuple[str, ...] = ()) -> None:
    """One committed run."""
    with engine.writer(rebuild=rebuild) as writer:
        for item in articles:
            writer.add(item)
        for identifier in deleted:
            writer.delete(identifier)
        writer.commit()


def found(reader: Reader, plan: Plan) -> list[str]:
    """Ids of a page."""
    return [match.id for match in reader.search(plan).matches]


def holding(reader: Reader, node: object) -> set[str]:
    """Ids of all articles that a condition holds for."""
    return set(found(reader, Plan(node, limit=1000)))  # type: ignore[arg-type]


class GenerationConformance:
    """What a writer promises; a subclass gives the fixture `engine`."""

    def test_no_index_is_an_error_that_says_what_to_do(self, engine: Engine) -> None:
        assert not engine.exists()
        for attempt in (engine.reader, engine.generation):
            with pytest.raises(IndexMissing) as caught:
                attempt()
            assert caught.value.next_step
        assert engine.check()

    def test_an_update_of_nothing_makes_an_index(self, engine: Engine) -> None:
        write(engine, [prepared("a")], rebuild=False)
        with engine.reader() as reader:
            assert list(reader.ids()) == ["a"]

    def test_an_empty_index_answers(self, engine: Engine) -> None:
        write(engine, [])
        assert engine.exists()
        with engine.reader() as reader:
            plan = Plan(
                Any((Term("exact", "a"), EVERYTHING)), (Weighted(Term("exact", "a"), 1.0),), facets=("city", "day")
            )
            answer = reader.search(plan)
            assert (answer.total, answer.matches, answer.after) == (0, (), None)
            assert answer.facets == {"city": {}, "day": {}}
            assert list(reader.terms("exact")) == []
            assert reader.stats().articles == 0
        assert engine.check() == []

    def test_a_rebuild_replaces_everything_and_an_update_does_not(self, engine: Engine) -> None:
        write(engine, [prepared("a"), prepared("b")])
        write(engine, [prepared("c")], rebuild=False)
        with engine.reader() as reader:
            assert set(reader.ids()) == {"a", "b", "c"}
        write(engine, [prepared("d")])
        with engine.reader() as reader:
            assert set(reader.ids()) == {"d"}

    def test_an_open_reader_stays_in_its_generation(self, engine: Engine) -> None:
        write(engine, [prepared("a", body="một")])
        before = engine.generation()
        old = engine.reader()
        write(engine, [prepared("b", body="một"), prepared("a", body="hai")], rebuild=False)
        assert engine.generation() != before == old.generation
        self.still_old(old)
        write(engine, [prepared("c", body="một")])
        self.still_old(old)
        old.close()
        with engine.reader() as reader:
            assert holding(reader, Term("exact", "một")) == {"c"}
            assert reader.generation == engine.generation()

    def still_old(self, old: Reader) -> None:
        assert holding(old, Term("exact", "một")) == {"a"}
        assert old.articles(["a"])[0].body == "một"
        assert old.articles(["b"]) == []
        assert list(old.terms("exact")) == [("một", 1)]

    def test_nothing_is_visible_before_commit_and_abort_leaves_no_trace(self, engine: Engine) -> None:
        write(engine, [prepared("a")])
        before = engine.generation()
        for rebuild in (True, False):
            writer = engine.writer(rebuild=rebuild)
            writer.add(prepared("b"))
            writer.delete("a")
            assert engine.generation() == before
            writer.abort()
            with pytest.raises(KeyboardInterrupt):
                self.interrupted(engine, rebuild)
            with engine.writer(rebuild=rebuild) as writer:
                writer.add(prepared("d"))
            assert engine.generation() == before
            with engine.reader() as reader:
                assert list(reader.ids()) == ["a"]
        assert engine.check() == []

    def interrupted(self, engine: Engine, rebuild: bool) -> None:
        with engine.writer(rebuild=rebuild) as writer:
            writer.add(prepared("c"))
            raise KeyboardInterrupt

    def test_the_last_of_one_id_wins_within_a_run(self, engine: Engine) -> None:
        with engine.writer(rebuild=True) as writer:
            for body in ("một", "hai", "ba"):
                writer.add(prepared("a", body=body))
            writer.add(prepared("b", body="ba"))
            writer.add(prepared("c", body="ba"))
            assert writer.delete("b")
            assert not writer.delete("b")
            assert not writer.delete("nobody")
            writer.commit()
        with engine.reader() as reader:
            assert len(reader) == 2
            assert holding(reader, Term("exact", "ba")) == {"a", "c"}
            assert holding(reader, Term("exact", "hai")) == set()
            assert reader.frequency(Term("exact", "ba")) == 2
            assert [a.body for a in reader.articles(["a", "b"])] == ["ba"]

    def test_replace_delete_and_bring_back_in_one_update(self, engine: Engine) -> None:
        write(engine, [prepared(id, body="cũ") for id in "abcd"])
        with engine.writer(rebuild=False) as writer:
            writer.add(prepared("a", body="mới"))
            assert writer.delete("a")
            assert writer.delete("b")
            writer.add(prepared("b", body="mới"))
            writer.add(prepared("c", body="vừa"))
            writer.add(prepared("c", body="mới"))
            writer.commit()
        with engine.reader() as reader:
            assert holding(reader, Term("exact", "mới")) == {"b", "c"}
            assert holding(reader, Term("exact", "cũ")) == {"d"}
            assert len(reader) == 3

    def test_digests_are_those_before_the_run(self, engine: Engine) -> None:
        first = prepared("a", body="một")
        write(engine, [first])
        with engine.writer(rebuild=False) as writer:
            assert writer.digest("a") == first.article.digest
            assert writer.digest("b") is None
            writer.add(prepared("a", body="hai"))
            assert writer.digest("a") == first.article.digest
        with engine.writer(rebuild=True) as writer:
            assert writer.digest("a") is None

    def test_an_update_without_changes_keeps_the_generation(self, engine: Engine) -> None:
        write(engine, [prepared("a")])
        before = engine.generation()
        write(engine, [], rebuild=False)
        assert engine.generation() == before

    def test_only_one_writer_at_a_time(self, engine: Engine) -> None:
        write(engine, [prepared("a")])
        with engine.writer(rebuild=False):
            for rebuild in (True, False):
                with pytest.raises(IndexLocked) as caught:
                    engine.writer(rebuild=rebuild)
                assert caught.value.next_step
        write(engine, [prepared("b")], rebuild=False)

    def test_a_bad_article_is_refused_and_the_run_goes_on(self, engine: Engine) -> None:
        with engine.writer(rebuild=True) as writer:
            writer.add(prepared("a", body="một"))
            for bad in (prepared(""), prepared("x", body="\ud800"), prepared("y", published="2019-02-31")):
                with pytest.raises(InputError):
                    writer.add(bad)
            writer.add(prepared("b", body="một"))
            writer.commit()
        with engine.reader() as reader:
            assert holding(reader, Term("exact", "một")) == {"a", "b"}
        assert engine.check() == []
