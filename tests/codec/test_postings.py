"""Posting lists: what is written is read back, by every loop, with and without skip tables."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from search.codec.kernels import lookups, merging, postings, reading

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
    """Ascending articles and frequencies, of every length up to thousands, all 1 or not."""
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    count = draw(st.sampled_from([1, 2, 127, 128, 129, 255, 256, 257, 384, 385, 1000, 5000]))
    docs = np.sort(random.choice(SIZE, count, replace=False)).astype(np.int32)
    most = draw(st.sampled_from([1, 3, 254, 255, 256, 70_000]))
    tfs = random.integers(1, most + 1, count).astype(np.int32)
    return docs, tfs


@settings(deadline=None, max_examples=60)
@given(lists(), st.integers(0, 2**32 - 1))
def test_every_loop_reads_what_was_written(given_list: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    docs, tfs = given_list
    data = written(docs, tfs)
    found, counts = read(data, len(docs))
    assert (found.tolist(), counts.tolist()) == (docs.tolist(), tfs.tolist())
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


def test_an_article_beyond_the_segment_ends_a_list() -> None:
    """Only a damaged file holds one; nothing may be written outside the arrays."""
    data = written(np.array([1, 5, 900], np.int32), np.array([1, 2, 3], np.int32))
    row = np.zeros(128, np.uint8)
    reading.fill(data, 5, row, 10)
    assert np.flatnonzero(row).tolist() == [1, 5]
    assert lookups.live_frequency(data, 5, np.ones(10, np.uint8)) == 2


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
