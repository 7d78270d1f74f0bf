"""Posting lists: what is written is read back, by every loop, with and without skip tables."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.codec.kernels import lookups, merging, postings, reading, soundness

SIZE = 40_000


def written(docs: np.ndarray, tfs: np.ndarray) -> np.ndarray:
    """One list as bytes, with some before it."""
    out = np.empty(24 * len(docs) + 64, np.uint8)
    end = postings.put_list(out, 5, docs, tfs, 0, len(docs))
    return out[:end]


def read(data: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    docs, tfs = np.empty(count, np.int32), np.empty(count, np.int32)
    assert postings.get_list(data, 5, docs, tfs, 0) == count
    return docs, tfs


@st.composite
def lists(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Ascending articles and frequencies, of every length up to thousands, all 1, some or none."""
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    count = draw(st.sampled_from([1, 2, 127, 128, 129, 255, 256, 257, 384, 385, 1000, 5000]))
    # gaps of one byte, of one and two, and mostly of two
    span = draw(st.sampled_from([count + 3, min(20 * count, SIZE), SIZE]))
    docs = np.sort(random.choice(span, count, replace=False)).astype(np.int32)
    most = draw(st.sampled_from([1, 3, 254, 255, 256, 70_000]))
    tfs = random.integers(1, most + 1, count).astype(np.int32)
    tfs[random.random(count) < draw(st.sampled_from([0.0, 0.5, 0.8, 0.98]))] = 1
    return docs, tfs


def plainly(data: bytes, p: int) -> tuple[int, list[tuple[int, int]], int]:
    """Kind and postings of the list at `p` and the place behind it, read as `docs/index-format.md` has it."""

    def varint() -> int:
        nonlocal p
        value = shift = 0
        while True:
            byte = data[p]
            p += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def frequency() -> int:
        nonlocal p
        p += 1
        return data[p - 1] + (varint() if data[p - 1] == 255 else 0)

    df, kind = divmod(varint(), 4)
    table = p
    blocks = (df - 1) // 128 if df > 255 else 0
    body = p = table + 8 * blocks
    article, found = -1, []
    for block, first in enumerate(range(0, df, 128)):
        count = min(128, df - first)
        tfs = {}
        if kind == 2:
            marks = int.from_bytes(data[p : p + (count + 7) // 8], "little")
            assert marks >> count == 0
            p += (count + 7) // 8
            tfs = {k: frequency() for k in range(count) if marks >> k & 1}
            assert 1 not in tfs.values()
        for k in range(count):
            article += varint() + 1
            found.append((article, frequency() if kind == 0 else tfs.get(k, 1)))
        if block < blocks:
            entry = data[table + 8 * block : table + 8 * block + 8]
            assert [int.from_bytes(half, "little") for half in (entry[:4], entry[4:])] == [article, p - body]
    return kind, found, p


@settings(deadline=None, max_examples=60)
@given(lists(), st.integers(0, 2**32 - 1))
def test_every_loop_reads_what_was_written(given_list: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    docs, tfs = given_list
    data = written(docs, tfs)
    found, counts = read(data, len(docs))
    assert (found.tolist(), counts.tolist()) == (docs.tolist(), tfs.tolist())
    several = np.count_nonzero(tfs != 1)
    kind = postings.ONES if several == 0 else postings.MARKED if 3 * several <= len(docs) else postings.PAIRED
    assert plainly(data.tobytes(), 5) == (kind, list(zip(docs.tolist(), tfs.tolist(), strict=True)), len(data))
    assert soundness.unsound_list(data, np.array([5, len(data)], np.int64), int(docs[-1]) + 1) == -1
    assert soundness.unsound_list(data, np.array([5, len(data)], np.int64), int(docs[-1])) == 0
    whole = np.zeros(SIZE, np.int32)
    whole[docs] = tfs

    # some articles looked up, most of them not in the list
    random = np.random.default_rng(seed)
    wanted = np.sort(random.choice(SIZE, int(random.integers(1, 400)), replace=False)).astype(np.int32)
    some, row = np.zeros(len(wanted), np.int32), np.zeros(len(wanted), np.uint8)
    held = lookups.look_up(data, 5, wanted, len(wanted), row, some)
    assert some.tolist() == whole[wanted].tolist()
    assert row.tolist() == np.minimum(whole[wanted], 255).tolist()
    assert held == np.count_nonzero(whole[wanted])
    assert lookups.frequency(data, 5, int(docs[-1])) == tfs[-1]

    # the list as a row, which is 0 behind the last article even where the list goes on
    for size in (SIZE, int(docs[len(docs) // 2])):
        laid = np.zeros(size - size % reading.STRIDE + 2 * reading.STRIDE, np.uint8)
        reading.fill(data, 5, laid, size)
        assert laid[:size].tolist() == np.minimum(whole[:size], 255).tolist()
        assert not laid[size:].any()
        out = np.empty(size + 1, np.int32)
        assert out[: reading.held(laid, size, out)].tolist() == docs[docs < size].tolist()

    live = random.integers(0, 2, SIZE).astype(np.uint8)
    assert lookups.live_frequency(data, 5, live) == int(live[docs].sum())
    frequency = np.empty(1, np.int64)
    postings.frequencies(data, np.array([5], np.int64), frequency)
    assert frequency[0] == len(docs)


@pytest.mark.parametrize("tfs", [(1, 1, 1), (1, 2, 1), (1, 2, 3)])
def test_an_article_beyond_the_segment_ends_a_list(tfs: tuple[int, ...]) -> None:
    """Only a damaged file holds one; nothing may be written outside the arrays."""
    data = written(np.array([1, 5, 900], np.int32), np.array(tfs, np.int32))
    row = np.zeros(128, np.uint8)
    reading.fill(data, 5, row, 10)
    assert np.flatnonzero(row).tolist() == [1, 5]
    assert row[[1, 5]].tolist() == list(tfs[:2])
    assert lookups.live_frequency(data, 5, np.ones(10, np.uint8)) == 2


def test_marks_behind_the_last_posting_write_nothing() -> None:
    """Only a damaged file holds them, and `check` names it."""
    data = written(np.arange(130, dtype=np.int32), np.r_[2, np.ones(129, np.int32)].astype(np.int32))
    docs, tfs = np.full(140, -7, np.int32), np.full(140, -7, np.int32)
    whole = data.copy()
    marks = len(data) - 3  # of the last block: one byte, and two gaps
    assert soundness.unsound_list(whole, np.array([5, len(whole)], np.int64), 130) == -1
    for value in (4, 128, 252):
        data[marks] = value
        assert soundness.unsound_list(data, np.array([5, len(data)], np.int64), 130) == 0
        assert postings.get_list(data, 5, docs, tfs, 0) == 130
        assert docs.tolist() == [*range(130), *[-7] * 10]
        assert tfs.tolist() == [2, *[1] * 129, *[-7] * 10]
        row = np.zeros(512, np.uint8)
        reading.fill(data, 5, row, 130)
        assert row.tolist() == [2, *[1] * 129, *[0] * 382]


@settings(deadline=None, max_examples=150)
@given(lists().filter(lambda made: len(made[0]) < 400), st.data())
def test_a_changed_byte_is_named_or_makes_another_list(
    made: tuple[np.ndarray, np.ndarray], draw: st.DataObject
) -> None:
    """What passes can be read: by the plain reader as by the loops, in which no other place is read or written."""
    data = written(*made)
    at = draw.draw(st.integers(5, len(data) - 1))
    data[at] = draw.draw(st.integers(0, 255).filter(lambda value: value != data[at]))
    if soundness.unsound_list(data, np.array([5, len(data)], np.int64), SIZE) < 0:
        _, expected, end = plainly(data.tobytes(), 5)
        assert end == len(data)
        assert all(a < b for (a, _), (b, _) in itertools.pairwise(expected))
        assert expected[-1][0] < SIZE
        assert min(tf for _, tf in expected) > 0
        docs, tfs = read(data, len(expected))
        assert list(zip(docs.tolist(), tfs.tolist(), strict=True)) == expected


@pytest.mark.parametrize(
    ("content", "sound"),
    [
        ([4 * 2 + 1, 0, 0], True),
        ([4 * 2 + 3, 0, 0], False),  # no such kind
        ([4 * 3 + 2, 0b010, 2, 0, 0, 0], True),
        ([4 * 3 + 2, 0b010, 1, 0, 0, 0], False),  # marked, though once
        ([4 * 3 + 2, 0b010, 255, 128, 1, 0, 0, 0], True),
        ([4 * 3 + 2, 0b010, 255, 128, 128, 128, 128, 128, 128, 1, 0, 0, 0], False),
        ([4 * 3 + 2, 0b010, 255, 128], False),
        ([4 * 3 + 2, 0b010], False),
        ([4 * 3 + 2], False),
        ([4 * 3 + 2, 0b1010, 2, 2, 0, 0, 0], False),  # a fourth of three
        ([4 * 3 + 0, 0, 1, 0, 1, 0, 0], False),  # none of an article
        ([4 * 3 + 0, 0, 1, 0, 1, 0], False),
    ],
)
def test_lists_that_cannot_be_read_are_named(content: list[int], sound: bool) -> None:
    found = soundness.unsound_list(np.array(content, np.uint8), np.array([0, len(content)], np.int64), 9)
    assert found == (-1 if sound else 0)


@settings(deadline=None, max_examples=30)
@given(lists(), lists(), st.integers(0, 2**32 - 1))
def test_merged_lists_are_those_of_the_live_articles(
    first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray], seed: int
) -> None:
    random = np.random.default_rng(seed)
    pieces = [written(*first), written(*second)]
    live = [random.integers(0, 2, SIZE).astype(bool) for _ in pieces]
    new, base = [], 0
    for mask in live:
        numbers = np.full(SIZE, -1, np.int32)
        numbers[mask] = np.arange(base, base + mask.sum(), dtype=np.int32)
        base += int(mask.sum())
        new.append(numbers)
    data = np.concatenate(pieces)
    starts = np.array([[5], [len(pieces[0]) + 5]], np.int64)
    out, places = np.empty(5 * len(data) // 2 + 128, np.uint8), np.empty(1, np.int64)
    used = merging.merge_lists(data, starts, np.concatenate(new), np.array([0, SIZE], np.int64), out, places)
    expected = [
        (int(numbers[d]), int(tf))
        for numbers, (docs, tfs) in zip(new, (first, second), strict=True)
        for d, tf in zip(docs, tfs, strict=True)
        if numbers[d] >= 0
    ]
    docs, tfs = np.empty(len(expected), np.int32), np.empty(len(expected), np.int32)
    assert used <= len(out)
    assert postings.get_list(out, int(places[0]), docs, tfs, 0) == len(expected)
    assert list(zip(docs.tolist(), tfs.tolist(), strict=True)) == expected
