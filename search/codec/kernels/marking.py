# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops over one analyzed text: where the parts of a query stand, and which stretches of it show most of them."""

from __future__ import annotations

import math
from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.types import I32

EXACT, FOLDED, BARE = 0, 1, 2
"""Kinds of alternatives of a slot: an exact id, a folded id, a folded id in articles without diacritics."""
TOLD = 1024
"""Ids that are the same modulo this are told apart only where one of them is asked for."""


@nb.njit(inline="always")
def _place(ids: Any, wanted: int) -> int:
    """Place of an id in ascending ids, −1 where it is not."""
    low = 0
    high = ids.size
    while low < high:
        middle = (low + high) >> 1
        if ids[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < ids.size and ids[low] == wanted else -1


@nb.njit(inline="always")
def _holds(
    s: int, at: int, id: int, folded: int, plain: int, alternatives: Any, kinds: Any, ids: Any, codes: Any
) -> bool:
    for k in range(alternatives[s], alternatives[s + 1]):
        kind = kinds[k]
        if kind == 0:
            if id == ids[k]:
                return True
        elif folded == ids[k] and (kind == 1 or plain != 0):
            return True
    for c in range(0, codes.size, 2):  # noqa: SIM110 (numba compiles no generators)
        if codes[c] == s and codes[c + 1] == at:
            return True
    return False


@compiled(
    nb.int64(
        I32, I32, nb.int64, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, nb.int32[::1],
        nb.int32[::1], nb.int32[::1], nb.int32[::1], nb.uint8[::1], nb.uint8[::1],
    ),
)  # fmt: skip
def find(
    exact: Any, folded_of: Any, plain: int,
    exact_ids: Any, exact_concepts: Any, folded_ids: Any, folded_concepts: Any, bare_ids: Any, bare_concepts: Any,
    phrases: Any, slops: Any, concepts: Any, alternatives: Any, kinds: Any, ids: Any, codes: Any,
    whole: Any, single: Any, first: Any, last: Any, concept: Any, marked: Any, glued: Any,
) -> int:  # fmt: skip
    """Places of a query in a text, by first position, then last, then concept; returns how many there are.

    Args:
        exact: Ids of the tokens; `folded_of` gives the folded id of each. Ids below 0 match nothing.
        plain: 1 for a text of an article without diacritics.
        exact_ids: Ascending ids that single tokens may have, `exact_concepts` with the concept of each; likewise
            `folded_ids` and, asked of plain texts only, `bare_ids`. The exact id decides before the folded one.
        phrases: First slot of each phrase, and where the last ends; `slops` and `concepts` have an entry a phrase.
        alternatives: First alternative of each slot, and where the last ends; `kinds` and `ids` have an entry for each.
        codes: Pairs (slot, position): the code that begins at the position is one the slot accepts.
        whole: Triples (first, last, concept): places known beforehand, whose tokens belong together.
        single: Concept that each token has for another reason, −1 for none; overwritten.
        first, last, concept: Receive the places; room for the tokens times one more than the phrases, and `whole`.
        marked: Receives 1 where a token belongs to a place, `glued` where it also belongs to the next token.
    """
    n = exact.size
    count = 0
    # most tokens are nothing the query asks for, which a table of a few bits of their ids tells
    maybe = np.zeros(2 * TOLD, np.uint8)
    for k in range(exact_ids.size):
        maybe[exact_ids[k] & (TOLD - 1)] = 1
    for k in range(folded_ids.size):
        maybe[TOLD + (folded_ids[k] & (TOLD - 1))] = 1
    if plain != 0:
        for k in range(bare_ids.size):
            maybe[TOLD + (bare_ids[k] & (TOLD - 1))] = 1
    for p in range(slops.size):
        for k in range(alternatives[phrases[p]], alternatives[phrases[p] + 1]):
            maybe[(0 if kinds[k] == 0 else TOLD) + (ids[k] & (TOLD - 1))] = 1
    asked = np.empty(n, np.int32)
    many_asked = 0
    for i in range(n):
        marked[i] = 0
        glued[i] = 0
        id = exact[i]
        asked[many_asked] = i
        told = maybe[id & (TOLD - 1)] | maybe[TOLD + (folded_of[id] & (TOLD - 1))]
        many_asked += nb.int64(told != 0 or single[i] >= 0)
    if codes.size:
        many_asked = n
        for i in range(n):
            asked[i] = i
    for a in range(many_asked):
        i = asked[a]
        id = exact[i]
        here = single[i]
        if plain != 0 and bare_ids.size:
            k = _place(bare_ids, folded_of[id])
            if k >= 0:
                here = bare_concepts[k]
        if folded_ids.size:
            k = _place(folded_ids, folded_of[id])
            if k >= 0:
                here = folded_concepts[k]
        if exact_ids.size:
            k = _place(exact_ids, id)
            if k >= 0:
                here = exact_concepts[k]
        if here >= 0:
            marked[i] = 1
            first[count] = i
            last[count] = i
            concept[count] = here
            count += 1
    singles = count
    path = np.empty(alternatives.size, np.int32)
    for p in range(slops.size):
        a = phrases[p]
        many = phrases[p + 1] - a
        for b in range(many_asked):
            i = nb.int64(asked[b])
            if i > n - many:
                break
            if not _holds(a, i, exact[i], folded_of[exact[i]], plain, alternatives, kinds, ids, codes):
                continue
            path[0] = i
            at = i
            for s in range(1, many):
                # nearest place of each slot; the positions passed over may not be more than the slop in all
                limit = min(i + s + slops[p], n - 1)
                at += 1
                while at <= limit and not _holds(
                    a + s, at, exact[at], folded_of[exact[at]], plain, alternatives, kinds, ids, codes
                ):
                    at += 1
                if at > limit:
                    at = -1
                    break
                path[s] = at
            if at < 0:
                continue
            for s in range(many):
                marked[path[s]] = 1
                if s > 0 and path[s] - path[s - 1] == 1:
                    glued[path[s - 1]] = 1
            first[count] = i
            last[count] = at
            concept[count] = concepts[p]
            count += 1
    for w in range(0, whole.size, 3):
        first[count] = whole[w]
        last[count] = whole[w + 1]
        concept[count] = whole[w + 2]
        for i in range(whole[w], whole[w + 1] + 1):
            marked[i] = 1
            if i < whole[w + 1]:
                glued[i] = 1
        count += 1
    if count > singles:
        keys = np.empty(count, np.int64)
        for i in range(count):
            keys[i] = (nb.int64(first[i]) << 40) | (nb.int64(last[i]) << 16) | nb.int64(concept[i])
        keys.sort()
        for i in range(count):
            first[i] = keys[i] >> 40
            last[i] = (keys[i] >> 16) & 0xFFFFFF
            concept[i] = keys[i] & 0xFFFF
    return count


@compiled(
    nb.int64(I32, I32, I32, I32, I32, nb.int64, nb.int64, nb.int64, nb.int32[::1], nb.int32[::1]),
)
def best_windows(
    first: Any, last: Any, concept: Any, starts: Any, ends: Any,
    concepts: int, count: int, width: int, window_starts: Any, window_ends: Any,
) -> int:  # fmt: skip
    """The stretches of at most `width` that show most of a query, best first, none overlapping; returns how many.

    Every place starts a window. Its worth is the weight of the concepts in it (rarer in this text weighs more), plus up
    to half a concept for places that stand close together, plus a little for standing early.

    Args:
        first, last, concept: The places, in order.
        starts, ends: Offsets of the tokens.
        concepts: Concepts are numbered below it.
        count: Most windows wanted.
        width: Code points of the widest window.
        window_starts, window_ends: Receive the offsets of the windows; room for `count`.
    """
    h = first.size
    low = np.empty(h, np.int64)
    high = np.empty(h, np.int64)
    reach = np.empty(h, np.int64)
    times = np.zeros(concepts, np.int64)
    tokens = np.zeros(concepts, np.int64)
    for i in range(h):
        low[i] = starts[first[i]]
        high[i] = min(nb.int64(ends[last[i]]), low[i] + width)
        times[concept[i]] += 1
        tokens[concept[i]] = last[i] - first[i] + 1
    weight = np.empty(concepts, np.float64)
    heaviest = 0.0
    for c in range(concepts):
        weight[c] = math.sqrt(nb.float64(tokens[c])) / (1.0 + math.log1p(nb.float64(times[c])))
        heaviest = max(heaviest, weight[c])
    stop = 0
    for i in range(h):
        while stop < h and low[stop] < low[i] + width:
            stop += 1
        reach[i] = stop
        while high[reach[i] - 1] > low[i] + width:
            reach[i] -= 1
    closeness = np.zeros(h, np.float64)
    for i in range(1, h):
        gap = first[i] - last[i - 1]
        closeness[i] = closeness[i - 1]
        if gap > 0 and concept[i] != concept[i - 1]:
            closeness[i] += 1.0 / gap
    bonus = np.empty(h, np.float64)
    for i in range(h):
        close = closeness[reach[i] - 1] - closeness[i]
        bonus[i] = 0.5 * heaviest * close / (1.0 + close) + 0.02 * heaviest / (1.0 + low[i] / width)
    free = np.ones(h, np.uint8)
    seen = np.full(concepts, -1, np.int64)
    found = 0
    while found < count:
        at = -1
        most = -1.0
        stamp = found * h
        for i in range(h):
            if free[i] == 0:
                continue
            worth = bonus[i]
            for j in range(i, reach[i]):
                c = concept[j]
                if seen[c] != stamp + i:
                    seen[c] = stamp + i
                    worth += weight[c]
            if worth > most:
                most = worth
                at = i
        if at < 0:
            break
        end = high[at]
        for j in range(at, reach[at]):
            end = max(end, high[j])
        for c in range(concepts):
            if seen[c] >= 0:
                seen[c] = -1
        for j in range(at, reach[at]):
            if seen[concept[j]] != -2:
                seen[concept[j]] = -2
                weight[concept[j]] *= 0.3
        for c in range(concepts):
            seen[c] = -1
        window_starts[found] = low[at]
        window_ends[found] = end
        found += 1
        # the text around a window belongs to its fragment
        spare = max(width - (end - low[at]), 0)
        for i in range(h):
            if not (low[i] >= end + spare or high[reach[i] - 1] <= low[at] - spare):
                free[i] = 0
    return found
