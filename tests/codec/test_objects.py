"""Objects made by compiled loops: the same as Python's own, owned by nobody else, and nothing left behind."""

from __future__ import annotations

import gc
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from search.codec.kernels import objects
from search.engines.base import Match

pytestmark = pytest.mark.skipif(not objects.AVAILABLE, reason="loops run as plain Python, which makes no objects")


class Counted:
    """Two facets of some values, alive as long as this."""

    def __init__(self, many: int, others: int) -> None:
        self.names = ["".join(("ci", "ty")), "".join(("mon", "th"))]
        self.values = [f"giá trị {number}" for number in range(many + others)]
        self.spans = [(0, many), (many, many + others)]
        self.blanks = [dict.fromkeys(self.values[a:b], 0) for a, b in self.spans]
        self.addresses = np.array([*map(id, self.values)], np.int64)
        of_facets = zip(self.names, self.blanks, self.spans, strict=True)
        self.facets = np.array([n for name, blank, span in of_facets for n in (id(name), id(blank), *span)], np.int64)

    def make(self, counts: Any, at: int = 0) -> dict[str, dict[str, int]]:
        made: dict[str, dict[str, int]] = {}
        assert objects.count(counts, at, self.addresses, self.facets, id(made))
        return made

    def wanted(self, counts: list[int]) -> dict[str, dict[str, int]]:
        return {
            name: {value: n for value, n in zip(self.values[a:b], counts[a:b], strict=True) if n}
            for name, (a, b) in zip(self.names, self.spans, strict=True)
        }


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.74, 0.76, 0.99, 1.0])
@pytest.mark.parametrize("many", [0, 1, 5, 40, 700])
def test_dictionaries_of_counts_are_those_python_makes(many: int, share: float) -> None:
    counted, draw = Counted(many, 216), np.random.default_rng(many)
    for _ in range(20):
        counts = draw.choice(np.array([1, 2, 255, 256, 257, 2**31, 2**62]), 3 + many + 216)
        counts[draw.random(len(counts)) >= share] = 0
        made, wanted = counted.make(counts, 3), counted.wanted(counts[3:].tolist())
        assert made == wanted
        assert list(made) == list(wanted)
        for name, found in made.items():
            assert type(found) is dict
            assert list(found.items()) == list(wanted[name].items())
            assert all(type(number) is int for number in found.values())
    assert all(not any(blank.values()) for blank in counted.blanks)


def test_what_is_made_can_be_changed_and_is_nobody_elses() -> None:
    counted = Counted(4, 4)
    counts = np.arange(1, 9)
    one, other = counted.make(counts), counted.make(counts)
    one["city"]["mới"] = 1
    del one["city"][counted.values[0]], one["month"]
    assert other == counted.wanted(counts.tolist())
    gc.collect()
    assert other == counted.wanted(counts.tolist())


def references(kept: list[object]) -> list[int]:
    return [sys.getrefcount(each) for each in kept]


def test_no_reference_is_lost_or_left_by_counts() -> None:
    counted = Counted(40, 216)
    kept = [*counted.values, *counted.names, *counted.blanks]
    before = references(kept)
    counts = np.arange(256) * 1000
    counts[::7] = 0
    for step in range(3000):
        counts[5:40] = 0 if step % 2 else 9
        made = counted.make(counts)
    own: dict[str, dict[str, int]] = {"city": {}, "month": {}}
    assert references([made, *made.values()]) == references([own, *own.values()])
    del made, own
    assert references(kept) == before


class Shown:
    """Ids of some articles, as a table of an index has them."""

    def __init__(self, ids: list[str], kind: Any) -> None:
        self.ids = ids
        encoded = [each.encode() for each in ids]
        self.text = np.frombuffer(b"".join(encoded), np.uint8)
        self.ends = np.cumsum([*map(len, encoded)]).astype(kind)

    def page(self, ranks: Any, keys: Any, at: int = 0) -> Any:
        box: list[Any] = [None]
        done = objects.page(ranks, at, len(ranks) - at, keys, self.text, self.ends, id(Match), id(box))
        return box[0] if done else None


@pytest.mark.parametrize("kind", [np.uint32, np.int64])
def test_pages_are_those_python_makes(kind: Any) -> None:
    draw = random.Random(1)
    shown = Shown([f"https://báo.vn/{'đ' * draw.randint(0, 30)}{n}" for n in range(500)] + ["x", "𝛑🙂"], kind)
    for size in (0, 1, 10, 300):
        ranks = np.array([7, 7, *draw.choices(range(502), k=size)])
        keys = np.array([*np.linspace(9, -9, size), 77.0])
        page = shown.page(ranks, keys, 2)
        wanted = [Match(shown.ids[rank], key, 0) for rank, key in zip(ranks[2:].tolist(), keys.tolist(), strict=False)]
        assert page == tuple(wanted)
        assert type(page) is tuple
        for match in page:
            assert type(match) is Match
            assert match.copies == 0
            assert [*map(type, match)] == [str, float, int]
            assert match._replace(copies=2).copies == 2


def test_a_page_holds_its_hits_and_nobody_else_does() -> None:
    shown = Shown(["một", "hai", "ba"], np.uint32)
    before = sys.getrefcount(Match)
    pages = [shown.page(np.array([0, 2]), np.array([2.5, 1.5])) for _ in range(500)]
    match, own = pages[0][0], Match("".join(("m", "ột")), float("2.5"))
    assert references([match[0], match[1]]) == references([own[0], own[1]])
    assert gc.is_tracked(pages[0])
    assert gc.is_tracked(match) == gc.is_tracked(own)
    assert sys.getrefcount(Match) == before + 1001
    del pages, match, own
    gc.collect()
    assert sys.getrefcount(Match) == before


@pytest.mark.parametrize(
    ("ranks", "ends", "text"),
    [
        ([0, 3], [3, 5, 8], b"abcdefgh"),  # no such id
        ([0, -1], [3, 5, 8], b"abcdefgh"),
        ([0, 2], [3, 5, 9], b"abcdefgh"),  # behind the end of the text
        ([0, 1], [3, 2, 8], b"abcdefgh"),  # ends before it begins
        ([0, 1], [3, 5, 8], b"abc\xff\xfefgh"),  # no UTF-8
    ],
)
def test_an_index_that_is_wrong_gives_no_page_and_no_error_waits(
    ranks: list[int], ends: list[int], text: bytes
) -> None:
    shown = Shown([], np.int64)
    shown.text, shown.ends = np.frombuffer(text, np.uint8), np.array(ends)
    before = sys.getrefcount(Match)
    for _ in range(200):
        assert shown.page(np.array(ranks), np.array([2.0, 1.0])) is None
    gc.collect()
    assert sys.getrefcount(Match) == before


def test_threads_make_objects_side_by_side() -> None:
    counted, shown = Counted(40, 216), Shown([f"a{n}" for n in range(1000)], np.uint32)
    before = references([*counted.values])

    def work(seed: int) -> bool:
        draw = np.random.default_rng(seed)
        right = True
        for _ in range(300):
            counts = draw.integers(0, 5, 256) * 300
            ranks = draw.integers(0, 1000, 10)
            page = shown.page(ranks, np.arange(10.0))
            right &= counted.make(counts) == counted.wanted(counts.tolist())
            right &= [match.id for match in page] == [shown.ids[rank] for rank in ranks]
            if seed == 0:
                gc.collect(0)
        return right

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(6) as pool:
            assert all(pool.map(work, range(6)))
    finally:
        sys.setswitchinterval(interval)
    assert references([*counted.values]) == before


def test_memory_does_not_grow() -> None:
    resource = pytest.importorskip("resource")
    counted, shown = Counted(40, 216), Shown([f"a{n}" for n in range(1000)], np.uint32)
    counts, keys = np.arange(256) * 1000, np.arange(10.0)

    def rounds(many: int) -> int:
        for start in range(many):
            counted.make(counts)
            shown.page(np.arange(start % 900, start % 900 + 10), keys)
        gc.collect()
        peak: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak

    before = rounds(2000)
    # a count or a hit that stayed would be 30 bytes or more, some 250 in each round
    assert rounds(20_000) - before < 20_000 * 250 * 30 / 1024 / 10
