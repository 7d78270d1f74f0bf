"""Whether the parts of a segment fit together: everything that a search relies on without looking.

In: a segment whose bytes are those that were written. Out: what does not fit. Checksums show damage; this shows a file
made wrongly, by a fault of this program or on purpose. Must not know folders.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.codec.container import Container
from search.codec.copies import SECTION, SIZE
from search.codec.layout import CATEGORIES, DIGEST_BYTES, FIELDS, GROUP, LENGTHS, RARE
from search.codec.lists import places
from search.codec.tables import Table

Array = NDArray[Any]


def unsound(container: Container, articles: int) -> Iterator[str]:
    """What does not fit in a segment of so many articles; the first of each kind."""
    get = container.array
    yield from _tables(container)
    terms = {name: len(get(f"{name}.terms.ends")) for name, (space, _) in FIELDS.items() if space != "pair"}
    for name, (space, _) in FIELDS.items():
        if space == "pair":
            yield from _starts(f"{name}.firsts", get(f"{name}.firsts"), terms["folded"], len(get(f"{name}.seconds")))
            yield from _range(f"{name}.seconds", get(f"{name}.seconds"), 0, terms["folded"])
        count = len(get(f"{name}.seconds")) if space == "pair" else terms[name]
        yield from _lists(container, name, count, articles)
    sized = {"plain": 1, "day": 1, "ids.docs": 1, "ids.ranks": 1, "digests": DIGEST_BYTES, SECTION: SIZE}
    sized |= dict.fromkeys((*LENGTHS, *CATEGORIES), 1)
    for name, each in sized.items():
        if len(get(name)) != each * articles:
            yield f'section "{name}" is not of {articles} articles'
            return
    for name in CATEGORIES:
        yield from _range(name, get(name), 0, len(get(f"{name}.values.ends")))
    yield from _range("day", get("day"), 0, len(get("day.values")))
    docs, ranks = get("ids.docs"), get("ids.ranks")
    if len(get("ids.ends")) != articles or not np.array_equal(np.sort(docs), np.arange(articles)):
        yield "the ids are not those of the articles, each once"
    elif not np.array_equal(ranks[docs], np.arange(articles)):
        yield "the ranks of the ids are not those of the articles"
    yield from _forward(container, articles, terms)
    yield from _starts("records.starts", get("records.starts"), articles, len(get("records")))


def _tables(container: Container) -> Iterator[str]:
    names = [n.removesuffix(".ends") for n in container.sizes() if n.endswith(".ends")]
    for name in names:
        ends = container.array(f"{name}.ends").astype(np.int64)
        text = container.array(f"{name}.text")
        if np.any(np.diff(ends, prepend=0) < 0) or (int(ends[-1]) if len(ends) else 0) != len(text):
            yield f'the entries of table "{name}" do not follow each other'
            continue
        entries = Table(container, name).entries()
        if name != "forms" and any(a >= b for a, b in pairwise(entries)):
            yield f'the entries of table "{name}" are not in order'


def _starts(name: str, starts: Array, count: int, end: int) -> Iterator[str]:
    wide = starts.astype(np.int64)
    if len(wide) != count + 1 or wide[0] != 0 or wide[-1] != end or np.any(np.diff(wide) < 0):
        yield f'section "{name}" does not divide what it should'


def _range(name: str, values: Array, low: int, high: int) -> Iterator[str]:
    if len(values) and (int(values.min()) < low or int(values.max()) >= high):
        yield f'section "{name}" has a number that stands for nothing'


def _lists(container: Container, name: str, count: int, articles: int) -> Iterator[str]:
    from search.codec.kernels import soundness

    starts, bases = container.array(f"{name}.starts"), container.array(f"{name}.bases")
    lists = container.array(f"{name}.postings")
    if len(bases) not in {0, -(-len(starts) // GROUP)}:
        yield f'section "{name}.bases" is not of {len(starts)} places'
        return
    starts = places(bases, starts, np.arange(len(starts)))
    if len(starts) != count + 1 or starts[0] != 0 or starts[-1] != len(lists):
        yield f'field "{name}" has {count} terms and {len(starts) - 1} posting lists'
        return
    wrong = soundness.unsound_list(lists, starts, articles)
    if wrong >= 0:
        yield f'posting list {wrong} of field "{name}" cannot be read'


def _forward(container: Container, articles: int, terms: dict[str, int]) -> Iterator[str]:
    get = container.array
    forms, rare, offsets = get("forward.forms"), get("forward.rare"), get("forward.offsets")
    found = [
        *_starts("forward.starts", get("forward.starts"), articles, len(forms)),
        *_starts("forward.rare_starts", get("forward.rare_starts"), articles, len(rare)),
        *_starts("forward.offset_starts", get("forward.offset_starts"), 2 * articles, len(offsets)),
        *_starts("codes.starts", get("codes.starts"), articles, len(get("codes.places"))),
        *_range("forms.exact", get("forms.exact"), -1, terms["exact"]),
        *_range("forms.folded", get("forms.folded"), 0, terms["folded"]),
        *_range("forward.rare", rare, 0, len(get("forms.ends"))),
        *_range("forward.forms", forms[forms != RARE], 0, len(get("forms.ends"))),
    ]
    yield from found
    if found:
        return
    starts = get("forward.starts")
    if not np.array_equal(np.diff(starts), get("title_positions").astype(np.int64) + get("body_positions")):
        yield "the lengths of the articles are not those of their tokens"
    if len(get("forward.joined")) != (len(forms) + 7) // 8:
        yield 'section "forward.joined" is not of these tokens'
    rares = np.concatenate([[0], np.cumsum(forms == RARE)])
    if not np.array_equal(rares[starts], get("forward.rare_starts").astype(np.int64)):
        yield 'section "forward.rare_starts" does not say where rare tokens are'
    places = get("forward.offset_starts")
    last = np.concatenate([[0], np.cumsum(offsets < 128)])
    if np.any(np.diff(last[places]) % 3) or np.any(offsets[places[1:][np.diff(places) > 0] - 1] >= 128):
        yield 'section "forward.offsets" cannot be read'
    yield from _codes(container, terms, np.diff(starts))


def _codes(container: Container, terms: dict[str, int], sizes: Array) -> Iterator[str]:
    get = container.array
    columns = {name: get(f"codes.{name}") for name in ("places", "lengths", "exact", "folded")}
    if len({len(column) for column in columns.values()}) != 1:
        yield "the columns of the codes are not of one length"
        return
    for name in ("exact", "folded"):
        yield from _range(f"codes.{name}", columns[name], 0, terms[name])
    ends = columns["places"].astype(np.int64) + columns["lengths"]
    if np.any(columns["places"] < 0) or np.any(ends > np.repeat(sizes, np.diff(get("codes.starts")))):
        yield "a code stands outside its article"
