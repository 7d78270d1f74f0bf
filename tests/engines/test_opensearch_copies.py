"""Groups of republished articles as a cluster's writer makes them, and how its reader counts them, without a server."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pytest

from search.codec import copies
from search.engines.opensearch import dsl, once
from search.engines.opensearch.grouping import Group, Signed, groups, read, signature, written
from search.engines.stored import analyzed
from search.engines.whoosh import WhooshEngine
from search.model import Article
from search.query.tree import EVERYTHING, After, Filters, Plan
from tests.engines.copying import paper
from tests.engines.generations import write
from tests.engines.texts import prepared
from tests.reference import Reference


def test_groups_are_those_of_the_definition_after_any_changes() -> None:
    """An index is filled, then changed in steps; what its articles are told to say is right after each."""
    draw = random.Random(3)
    everything = {item.article.id: item for item in paper(9, 30)}
    held: dict[str, Signed] = {}
    seen = 0
    for step in range(6):
        added = draw.sample(sorted(everything), len(everything) if step == 0 else 9)
        gone = [] if step == 0 else draw.sample(sorted(held.keys() - set(added)), 7)
        changes: dict[str, bytes | None] = {id: signature(everything[id]) for id in added} | dict.fromkeys(gone)
        found = list(groups(sorted(held.values()), changes))
        assert len({id for id, _, _ in found}) == len(found)
        for id in gone:
            del held[id]
        for id in added:
            held[id] = Signed(id, changes[id] or b"", None)
        for id, group, new in found:
            assert new == (id in changes or held[id].group != group)
            held[id] = held[id]._replace(group=group)
        reference = Reference([everything[id] for id in held])
        for id, article in held.items():
            others = reference.copies(id)
            assert article.group == (Group(min([id, *others], key=str.encode), len(others)) if others else None)
            seen += len(others)
    assert seen > 100


def test_an_index_without_copies_has_no_groups() -> None:
    assert list(groups([], {})) == []
    assert list(groups([Signed("a", b"", None)], {"b": None, "c": b""})) == []
    assert list(groups([Signed("a", b"", Group("a", 1))], {"b": None})) == [("a", None, True)]


def test_ids_of_any_kind_keep_their_groups() -> None:
    text = " ".join(f"tiếng{n}" for n in range(60))
    ids = ["a\nb", "a\\nb", "Đà", "\x01", "z😀", "é\r"]
    changes: dict[str, bytes | None] = {id: signature(prepared(id, "", text)) for id in ids}
    assert {id: group for id, group, _ in groups([], changes)} == dict.fromkeys(ids, Group("\x01", 5))


def test_signatures_come_back_as_they_were_sent() -> None:
    for signed in (b"", bytes(range(192, 256)), bytes(64)):
        sent = written(signed)
        assert read(sent.replace("+", "-").replace("/", "_").rstrip("=")) == signed


def hit(id: str, group: str, score: float, **fields: Any) -> dict[str, Any]:
    held = {"id": [id], "group": [group], "copies": [1], "city": [""], "source": [""], "byline": [""]}
    return {"fields": held | {name: [value] for name, value in fields.items()}, "sort": [score, id]}


def test_a_value_counts_once_for_each_group_that_has_it() -> None:
    plan = Plan(EVERYTHING, facets=("city", "year"), regrouped=(("Hải Dương", "Hải Phòng"),), copies="once")
    counted = once.Once(plan)
    day = dt.date(2021, 5, 1).toordinal()
    counted.take([hit("b", "a", 3.0, city="Hải Dương", day=day), hit("a", "a", 2.0, city="Hải Phòng")])
    counted.take([hit("c", "c", 1.0, city="Huế", day=day), hit("d", "c", 1.0, city="Huế", day=day + 365)])
    assert counted.total == 2
    assert counted.facets == {"city": {"Hải Phòng": 1, "Huế": 1}, "year": {"2021": 2, "": 1, "2022": 1}}
    assert [match.id for match in counted.page()] == ["b", "c"]


def test_a_choice_narrows_every_facet_but_its_own() -> None:
    chosen = Filters(cities=("Huế",), start=dt.date(2021, 1, 1))
    counted = once.Once(Plan(EVERYTHING, facets=("city", "year", "source"), filters=chosen, copies="once"))
    in_2021, in_2020 = (dt.date(year, 5, 1).toordinal() for year in (2021, 2020))
    counted.take([hit("a", "a", 1.0, city="Huế", day=in_2020, source="A"), hit("b", "a", 1.0, city="", source="B")])
    assert (counted.total, counted.facets["city"], counted.facets["year"]) == (0, {}, {"2020": 1})
    counted.take([hit("c", "a", 1.0, city="", day=in_2021, source="C")])
    assert (counted.total, counted.facets["city"], counted.facets["source"]) == (0, {"": 1}, {})
    counted.take([hit("d", "a", 1.0, city="Huế", day=in_2021, source="D")])
    assert (counted.total, counted.facets["city"], counted.facets["source"]) == (1, {"": 1, "Huế": 1}, {"D": 1})


@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
def test_a_page_goes_on_behind_the_last_article(sort: str) -> None:
    plan = Plan(EVERYTHING, sort=sort, limit=2, copies="once")  # type: ignore[arg-type]
    values = [1.0, 5.0, 5.0, 9.0] if sort == "oldest" else [9.0, 5.0, 5.0, 1.0]
    if sort != "relevance":
        values[3:] = [dsl._UNDATED_LAST] if sort == "oldest" else [dsl._UNDATED_FIRST]  # articles without a date
    hits = [hit(id, id, value) for id, value in zip("abcd", values, strict=True)]
    whole = once.Once(plan)
    whole.take(hits)
    page = whole.page()
    assert [match.id for match in page] == list("abcd")
    for number, match in enumerate(page):
        later = once.Once(Plan(EVERYTHING, sort=plan.sort, after=After(match.value, match.id), copies="once"))
        later.take(hits)
        assert later.total == 4
        assert [after.id for after in later.page()] == list("abcd")[number + 1 :]
    assert once.following(page, 2) == After(page[1].value, "b")
    assert once.following(page, 4) is None


def test_signatures_are_those_of_the_embedded_engine(tmp_path: Path) -> None:
    """Repeated numbers, short texts and empty ones included."""
    articles = [
        *paper(5, 6),
        *analyzed(
            [
                Article("n/1", "Giá vàng", "Giá mua 6 triệu, giá bán 6 triệu, hôm qua 6 triệu, hôm nay 7 triệu. " * 3),
                Article("n/2", "Giá vàng", "Mua 6, bán 7"),
                Article("n/3", "", ""),
            ]
        ),
    ]
    write(WhooshEngine(str(tmp_path)), articles)
    held = {}
    with WhooshEngine(str(tmp_path)).reader() as reader:
        for segment in reader.segments:
            rows = copies.signatures(segment).reshape(-1, copies.SIZE)
            held |= {segment.identifier(n): row.tobytes() for n, row in enumerate(rows)}
    assert {p.article.id: signature(p) or bytes(copies.SIZE) for p in articles} == held
