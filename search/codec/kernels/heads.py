# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops over the tokens of the best few articles: read in one go, reduced to the places of some syllables, and what
stands there counted.

A place is one number in each of some columns (int32): row of the article, position (one left free between title and
body), number of the syllable, form (−1 in articles without diacritics) and flags: 1, the token continues the word of
the one before; 2, the token behind continues its word.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.types import F64, I16, I32, I64, U8, U16, U32

JOINED, GOES_ON = 1, 2
ANY_FORM: Final = -1
"""In place of the number of a slot's forms: any spelling will do."""
_RARE = 65535


@compiled(nb.void(I32, U16, I64, U32, U32, U8, nb.int64, nb.int32[::1], nb.int64[::1], nb.uint8[::1]))
def read_forms(
    numbers: Any, forms: Any, starts: Any, rare: Any, rare_starts: Any, joined: Any, wanted: int, exact: Any,
    bounds: Any, flags: Any,
) -> None:  # fmt: skip
    """The forms of some articles, end to end.

    Args:
        numbers: The articles.
        forms, starts, rare, rare_starts: The forward index of their segment.
        joined: A bit for each token of the segment, the first in the highest bit of a byte.
        wanted: Whether those of these articles are wanted.
        exact: Receives the forms; room for all.
        bounds: Receives where those of each article begin, and where the last end.
        flags: Receives the bits, as long as `exact`, or empty.
    """
    n = nb.uint64(0)
    one = nb.uint64(1)
    bounds[0] = 0
    for i in range(numbers.size):
        d = numbers[i]
        r = nb.uint64(rare_starts[d])
        first = n
        p = nb.uint64(starts[d])
        stop = nb.uint64(starts[d + 1])
        while p < stop:
            form = nb.int32(forms[p])
            if form == _RARE:
                form = nb.int32(rare[r])
                r += one
            exact[n] = form
            n += one
            p += one
        if wanted:
            p = nb.uint64(starts[d])
            for k in range(first, n):
                flags[k] = (joined[p >> nb.uint64(3)] >> nb.uint8(nb.uint64(7) - (p & nb.uint64(7)))) & nb.uint8(1)
                p += one
        bounds[i + 1] = n


@compiled(
    nb.int64(I32, I32, I16, I64, I64, U8, U8, nb.int64, nb.int64, nb.int32[:, ::1]),
)
def places(
    exact: Any, folded_of: Any, table: Any, starts: Any, titles: Any, plain: Any, joined: Any, rows: int, forms: int,
    out: Any,
) -> int:  # fmt: skip
    """The places of some articles where one of some syllables stands.

    Args:
        exact: Forms of all tokens; `folded_of` tells the folded term of each form.
        table: Of each folded term the number of its syllable, −1 for those that are not asked for, as all behind it.
        starts: Where the tokens of each article begin, and where the last end.
        titles: How many of them are the title's.
        plain: 1 where an article is typed without diacritics.
        joined: 1 where a token continues the word of the one before; as long as `exact`, or empty.
        rows, forms: What is added to the numbers of articles and forms.
        out: Receives the columns, shape (5, tokens).

    Returns:
        The number of places.
    """
    n = nb.uint64(0)
    size = nb.uint64(exact.size)
    last = nb.uint64(table.size)
    known = joined.size > 0
    one = nb.uint64(1)
    for i in range(titles.size):
        behind = starts[i] + titles[i]
        for j in range(starts[i], starts[i + 1]):
            k = nb.uint64(j)
            form = exact[k]
            folded = nb.uint64(folded_of[nb.uint64(form)])
            if folded >= last or table[folded] < 0:
                continue
            out[0, n] = i + rows
            out[1, n] = j - starts[i] + (1 if j >= behind else 0)
            out[2, n] = table[folded]
            out[3, n] = -1 if plain[i] else form + forms
            flags = 0
            if known:
                flags = nb.int64(joined[k]) & 1
                if k + one < size and joined[k + one]:
                    flags |= 2
            out[4, n] = flags
            n += one
    return nb.int64(n)


@nb.njit(inline="always")
def _spelled(form: int, first: int, count: int, allowed: Any) -> bool:
    if count < 0:
        return True
    for k in range(first, first + count):  # noqa: SIM110 (numba compiles no generators)
        if allowed[k] == form:
            return True
    return False


@compiled(
    nb.void(nb.int32[:, ::1], nb.int64, I32, I32, I32, I32, I32, I32, U8, nb.float64[:, ::1], nb.float64[:, ::1]),
)
def count(
    columns: Any, n: int, starting: Any, terms: Any, slots: Any, syllables: Any, spellings: Any, allowed: Any,
    words: Any, times: Any, first: Any,
) -> None:  # fmt: skip
    """How often some terms stand in each article, and where each does first.

    Args:
        columns: The places, of which there are `n`.
        starting: Where in `terms` those that begin with each syllable are, and where the last end.
        terms: Numbers of terms.
        slots: Where in `syllables` those of each term begin, and where the last end: they stand side by side.
        syllables: Their syllables.
        spellings: For each of them two numbers: where its forms begin in `allowed`, and how many there are.
        words: 1 for terms whose syllables are joined to each other and to nothing else.
        times: Receives how often each term (columns) is in each article (rows).
        first: Receives the position where it first is; what is there already stays for terms that are not.
    """
    for p in range(n):
        syllable = columns[2, p]
        for at in range(starting[syllable], starting[syllable + 1]):
            term = terms[at]
            begin = slots[term]
            size = slots[term + 1] - begin
            if p + size > n:
                continue
            word = words[term] != 0
            if word and (columns[4, p] & 1 or columns[4, p + size - 1] & 2):
                continue
            held = True
            for k in range(size):
                q = p + k
                if k and not (
                    columns[0, q] == columns[0, p]
                    and columns[1, q] - columns[1, q - 1] == 1
                    and columns[2, q] == syllables[begin + k]
                    and (not word or columns[4, q] & 1)
                ):
                    held = False
                    break
                slot = 2 * (begin + k)
                if not _spelled(columns[3, q], spellings[slot], spellings[slot + 1], allowed):
                    held = False
                    break
            if held:
                row = columns[0, p]
                if times[row, term] == 0.0:
                    first[row, term] = columns[1, p]
                times[row, term] += 1.0


@compiled(
    nb.int64(nb.int32[:, ::1], nb.int64, F64, I32, nb.int32[::1], nb.int32[::1], nb.float64[::1]),
)
def vote(columns: Any, n: int, weights: Any, run: Any, token_of: Any, form_of: Any, votes: Any) -> int:
    """How articles spell a run of syllables where two of them stand side by side.

    An article's weight is shared by all places where it has the two; each goes to the spelling of both.

    Args:
        columns: The places, of which there are `n`.
        weights: Of each article.
        run: Numbers of the syllables, −1 for one that no place has.
        token_of, form_of, votes: Receive, for each syllable of the run and each form of it, its place in the run, the
            form and its votes, in order of the first vote.

    Returns:
        How many there are; −1 where there is no room for them.
    """
    shared = np.zeros(weights.size, np.int32)
    made = 0
    for i in range(run.size - 1):
        a, b = run[i], run[i + 1]
        if a < 0 or b < 0:
            continue
        shared[:] = 0
        for turn in range(2):
            for p in range(n - 1):
                if columns[2, p] != a or columns[2, p + 1] != b:
                    continue
                row = columns[0, p]
                if columns[0, p + 1] != row or columns[1, p + 1] - columns[1, p] != 1:
                    continue
                if columns[3, p] < 0 or not weights[row] > 0.0:
                    continue
                if turn == 0:
                    shared[row] += 1
                    continue
                part = weights[row] / shared[row]
                for side in range(2):
                    form = columns[3, p + side]
                    k = made - 1
                    while k >= 0 and not (form_of[k] == form and token_of[k] == i + side):
                        k -= 1
                    if k < 0:
                        if made == votes.size:
                            return -1
                        k = made
                        made += 1
                        token_of[k] = i + side
                        form_of[k] = form
                        votes[k] = 0.0
                    votes[k] += part
    return made
