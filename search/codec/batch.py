"""Analysed articles collected in memory and inverted into one segment.

In: `Prepared` articles. Out: a segment file. The inversion is done by kernels on whole columns; Python touches each
article once (to append its columns and encode its record) and each distinct term once (to sort). Must not know folders,
commits or queries.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from search.analysis.streams import Analysis, Vocabulary
from search.codec.collecting import Collected, Ints
from search.codec.container import ContainerWriter
from search.codec.inverting import Inversion
from search.codec.layout import CATEGORIES
from search.codec.records import Dictionary, Packer, encode
from search.engines.base import Prepared
from search.errors import InputError

PEAK_BYTES: Final = (24, 900, 260, 120 << 20)
"""Memory that a batch needs at the peak of its inversion: for each token (13 of it while collecting), for each article,
for each code, and for sorting, hashing and buffers however small it is; measured, rounded up."""

HELD_BYTES: Final = (13, 600, 260, 0)
"""The same while articles are collected; `Batch.peak_bytes` and `Batch.held_bytes` add what is stored of the texts."""


class Batch:
    """Articles on their way into a segment; the same id may be added twice, the caller deletes the first.

    Args:
        dictionary: for the stored originals; trained on the first of them where none is given.
    """

    def __init__(self, dictionary: Dictionary | None = None) -> None:
        self._columns = Collected()
        self._records = Packer(dictionary)
        self._vocabulary: Vocabulary | None = None
        self._tokens = 0

    def __len__(self) -> int:
        return len(self._columns.ids)

    @property
    def peak_bytes(self) -> int:
        """Memory that writing this batch needs at its peak, what it holds now included."""
        return self._bytes(PEAK_BYTES)

    @property
    def held_bytes(self) -> int:
        """Memory that it holds now."""
        return self._bytes(HELD_BYTES)

    def _bytes(self, costs: tuple[int, int, int, int]) -> int:
        token, article, code, always = costs
        held = token * self._tokens + article * len(self) + code * len(self._columns.codes)
        return held + self._records.held_bytes + always

    def add(self, prepared: Prepared) -> int:
        """Append an article; returns its number in the batch.

        Raises:
            InputError: the article cannot be stored; the batch is as before.
        """
        article = prepared.article
        if not article.id:
            raise InputError("an article has an empty id", "give every article an id of its own")
        try:
            record = encode(article)
            identifier = article.id.encode("utf-8")
            digest = bytes.fromhex(article.digest)
            day = article.day
            named = {name: (getattr(article, name) or "").encode("utf-8") for name in CATEGORIES}
        except UnicodeEncodeError as error:
            raise InputError(
                f"article {article.id!a} holds a lone surrogate at character {error.start}",
                "write the text as valid Unicode",
            ) from error
        except (TypeError, ValueError) as error:
            raise InputError(f"article {article.id!r} cannot be stored: {error}", "mend its fields") from error
        columns = self._columns
        number = len(columns.ids)
        place = 0
        for text in (prepared.title, prepared.body):
            columns.exact.extend(self._own_ids(text))
            columns.starts.extend(text.starts)
            columns.ends.extend(text.ends)
            columns.joined.extend(text.joined)
            for code in text.codes:
                columns.codes.append((number, place + code.position, code.length, code.exact, code.folded))
            columns.lengths.append(len(text))
            place += len(text)
        self._tokens += place
        self._records.add(record)
        columns.ids.append(identifier)
        columns.digests += digest
        columns.plain.append(prepared.plain)
        columns.days.append(day.toordinal() if day else 0)
        for name, value in named.items():
            known = columns.values[name]
            columns.categories[name].append(known.setdefault(value, len(known)))
        return number

    def _own_ids(self, text: Analysis) -> Ints:
        """The ids of a text in the vocabulary of this batch, which is that of its first text."""
        if self._vocabulary is None:
            self._vocabulary = text.vocabulary
        own = self._vocabulary
        if text.vocabulary is own:
            return text.exact
        known, places = np.unique(text.exact, return_inverse=True)
        translated = np.array([own.id(text.vocabulary.exact(i)) for i in known.tolist()], np.int32)
        return translated[places]

    def write(self, path: Path, deleted: set[int], *, durable: bool = True) -> dict[str, Any]:
        """Write the batch as a segment file; returns its meta (also stored in it). The batch is spent afterwards.

        Articles numbered in `deleted` are left out. `durable` is as in `ContainerWriter`.
        """
        with ContainerWriter(path, durable=durable) as out:
            keep = [i for i in range(len(self)) if i not in deleted]
            self._records.write(out, keep)
            meta = Inversion(self._columns, self._vocabulary, keep).write(out)
            out.close(meta)
        return meta
