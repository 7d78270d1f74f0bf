"""The tokens of an article as a cluster keeps them for the second phase of ranking, which reads thirty articles.

In: `Prepared`; values as a cluster gives them back. Out: short values to send; `Tokens`. Must not know a client.
Reading them back is looking terms up: nothing is analyzed anew.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable

import numpy as np
import orjson

from search.engines.base import Prepared, Tokens

LEVEL = 1
"""Of compression: thirty are read for each query, so that what counts is speed."""


def packed(prepared: Prepared) -> str:
    """The tokens of an article, as they are sent."""
    title, body = prepared.title, prepared.body
    joined = np.packbits(np.concatenate([title.joined, body.joined])).tobytes().hex()
    values = [prepared.plain, len(title), title.exact_terms() + body.exact_terms(), joined]
    return base64.b64encode(zlib.compress(orjson.dumps(values), LEVEL)).decode()


def unpacked(stored: Iterable[tuple[str, str]], *, joined: bool) -> list[Tokens]:
    """The tokens of articles, from their ids and what a cluster gives back: other letters than sent, no padding."""
    from search.analysis.chain import VOCABULARY

    ids: list[str] = []
    exact: list[int] = []
    lengths, titles, plain, flags = [0], [], [], [np.empty(0, np.bool_)]
    for id, value in stored:
        content = zlib.decompress(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
        unmarked, title, terms, bits = orjson.loads(content)
        ids.append(id)
        exact += map(VOCABULARY.id, terms)
        lengths.append(len(terms))
        titles.append(title)
        plain.append(unmarked)
        if joined:
            flags.append(np.unpackbits(np.frombuffer(bytes.fromhex(bits), np.uint8), count=len(terms)).astype(np.bool_))
    if not ids:
        return []
    return [
        Tokens(
            tuple(ids),
            VOCABULARY,
            np.array(exact, np.int32),
            np.cumsum(lengths, dtype=np.int64),
            np.array(titles, np.int64),
            np.array(plain, np.bool_),
            np.concatenate(flags),
        )
    ]
