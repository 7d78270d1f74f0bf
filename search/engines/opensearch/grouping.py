"""Which articles of an index say the same: signatures kept with each article, and groups made of all of them at commit.

In: `Prepared` articles; a way through the signatures of an index, in the order of ids. Out: a `Group` for each article
that has copies. Must not know a client, nor how groups are counted in an answer (`search.engines.opensearch.once`).

Signatures and groups are those of `search.codec.copies`, so that every engine comes to the same ones. What waits for
its group lies in temporary files; memory takes some 20 bytes for each article, and 300 for each that has copies.
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from heapq import merge
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from search.engines.base import Prepared

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


HASHES: Final = 1 << 16
"""Terms whose hashes are kept."""


class Group(NamedTuple):
    """Where an article belongs: the id of the first article of its group, and how many others are in it."""

    leader: str
    others: int


class Signed(NamedTuple):
    """An article of an index: its signature ("" where it has none), and its group if it has one."""

    id: str
    signature: bytes
    group: Group | None


def signature(prepared: Prepared) -> bytes:
    """The signature of an article; empty for a text that is too short to be a copy of another."""
    import numpy as np

    from search.codec import copies

    title, body = prepared.title.folded_terms(), prepared.body.folded_terms()
    # a term told twice is one token told twice: numbers are counted
    tokens = [*title, *body]
    numbers = {term: number for number, term in enumerate(dict.fromkeys(tokens))}
    made = copies.sign(
        np.fromiter(map(numbers.__getitem__, tokens), np.int32, len(tokens)),
        np.array([0, len(tokens)], np.int64),
        np.array([len(title)], np.int64),
        np.fromiter(map(_hash, numbers), np.uint64, len(numbers)),
    )
    return made.tobytes() if made.any() else b""


@lru_cache(HASHES)
def _hash(term: str) -> int:
    """The hash of a folded term."""
    from search.codec import copies

    return int(copies.hashes([term.encode()])[0])


def written(signed: bytes) -> str:
    """A signature as it is sent."""
    return base64.b64encode(signed).decode()


def read(value: str) -> bytes:
    """A signature as a cluster gives it back, in the other alphabet and without its end."""
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


def groups(stored: Iterable[Signed], changes: Mapping[str, bytes | None]) -> Iterator[tuple[str, Group | None, bool]]:
    """The groups of an index as it will be: for each article that has or had one, its group and whether it is new.

    Args:
        stored: the articles of the index, in the order of their ids.
        changes: signatures of articles that are about to be written, None for those about to be deleted.

    Yields:
        Id, group (None where it stands alone now), and whether the index says otherwise or not yet.
    """
    with tempfile.TemporaryFile(prefix="timbao-ids-") as ids, tempfile.TemporaryFile(prefix="timbao-signs-") as signs:
        before: dict[str, Group] = {}
        count = 0
        for id, signed in _changed(stored, changes, before):
            ids.write(_line(id))
            signs.write(signed)
            count += 1
        found = _grouped(ids, signs, count)
    for id, group in found.items():
        yield id, group, id in changes or before.get(id) != group
    for id in before.keys() - found.keys():
        yield id, None, True


def _changed(
    stored: Iterable[Signed], changes: Mapping[str, bytes | None], before: dict[str, Group]
) -> Iterator[tuple[str, bytes]]:
    """Ids and signatures as they will be, in order; notes the groups of articles that stay."""

    def staying() -> Iterator[tuple[str, bytes]]:
        for article in stored:
            if article.id in changes:
                continue
            if article.group is not None:
                before[article.id] = article.group
            if article.signature:
                yield article.id, article.signature

    # code points sort as the bytes of UTF-8 do
    coming = sorted((id, signed) for id, signed in changes.items() if signed)
    return merge(staying(), coming)


def _grouped(ids: IO[bytes], signs: IO[bytes], count: int) -> dict[str, Group]:
    import numpy as np

    from search.codec import copies

    if not count:
        return {}
    signs.flush()
    held: NDArray[np.uint8] = np.memmap(signs, np.uint8, "r", shape=(count, copies.SIZE))
    places = np.flatnonzero(copies.alike(held))
    names = _named(ids, places)
    leaders = copies.leaders(np.ascontiguousarray(held[places]))
    sizes = np.bincount(leaders, minlength=len(leaders))[leaders]
    return {names[at]: Group(names[leaders[at]], int(sizes[at]) - 1) for at in np.flatnonzero(sizes > 1).tolist()}


def _named(ids: IO[bytes], places: NDArray[np.int64]) -> list[str]:
    """The ids at some places of a file of lines."""
    wanted = iter(places.tolist())
    found: list[str] = []
    ids.seek(0)
    place = next(wanted, -1)
    for number, line in enumerate(ids):
        if number == place:
            found.append(_text(line))
            place = next(wanted, -1)
    return found


def _line(id: str) -> bytes:
    return id.encode("unicode_escape") + b"\n"


def _text(line: bytes) -> str:
    return line[:-1].decode("unicode_escape")
