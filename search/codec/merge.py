"""Several segments written as one, without what is deleted.

In: open segments, in the order their articles shall have. Out: one segment file, the same as if the live articles had
been inverted together (but for the order of equally frequent forms). Everything is read and written a few million bytes
at a time, and what was read is given back to the system; what stays are a few numbers for each article, term and pair
of the merged segment. Must not know folders or commits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search.codec.columns import write_code_lengths
from search.codec.container import ContainerWriter
from search.codec.fields import PostingSink, write_pair_keys
from search.codec.layout import FIELDS
from search.codec.lists import Field
from search.codec.merge_columns import merge_columns
from search.codec.records import write_dictionaries
from search.codec.segment import Segment
from search.codec.tables import Strings, merge_tables, write_table

CHUNK_BYTES: Final = 8 << 20
"""Bytes of posting lists or records joined at a time."""

CHUNK_LISTS: Final = 1 << 21
"""Terms joined at a time, times segments: where most lists hold one article, starts need more memory than lists."""

CHUNK_PAIRS: Final = 1 << 20
"""Pairs of all segments that are brought in order at a time."""

CHUNK_TOKENS: Final = 2 << 20
"""Tokens of the forward index renumbered at a time."""

Longs = NDArray[np.int64]


def merge(segments: list[Segment], path: Path) -> dict[str, Any]:
    """Write one segment with the live articles of `segments`; returns its meta (also stored in it).

    Raises:
        IndexBroken: one of them is damaged: what is wrong is not written again with a checksum that fits.
    """
    for segment in segments:
        for name in segment.container.sizes():
            segment.container.array(name)
            segment.container.forget()
    with ContainerWriter(path) as out:
        meta = _Merge(segments, out).write()
        out.close(meta)
    return meta


class _Merge:
    def __init__(self, segments: list[Segment], out: ContainerWriter) -> None:
        self.segments, self.out = segments, out
        self.docs: list[NDArray[np.int32]] = []
        renumbered = []
        size = 0
        for segment in segments:
            live = segment.live if len(segment.live) else np.ones(segment.size, np.uint8)
            self.docs.append(np.flatnonzero(live).astype(np.int32))
            new = np.full(segment.size, -1, np.int32)
            new[self.docs[-1]] = np.arange(size, size + len(self.docs[-1]), dtype=np.int32)
            renumbered.append(new)
            size += len(self.docs[-1])
        self.size = size
        self.renumbered = np.concatenate(renumbered) if renumbered else np.empty(0, np.int32)
        self.bases = np.concatenate([[0], np.cumsum([s.size for s in segments])]).astype(np.int64)[:-1]
        self.ranks: dict[str, list[NDArray[np.int32]]] = {}
        """For "exact" and "folded": new number of each term of each segment, −1 where it vanishes."""
        self.exact = Strings(np.empty(0, np.uint8), np.empty(0, np.int64))
        self.folded_terms = 0

    def write(self) -> dict[str, Any]:
        """Write every section; returns the meta."""
        for pairs in (False, True):
            for name, (space, _) in FIELDS.items():
                if (space == "pair") == pairs:
                    (self._pair_field if pairs else self._text_field)(name)
                    self._forget()
        for part in (self._forms, self._joined, self._texts, self._codes):
            part()
            self._forget()
        merge_columns(self.out, self.segments, self.docs, self.renumbered, self.bases)
        self._records()
        sums = {
            "positions": self._sum("title_positions") + self._sum("body_positions"),
            "title_positions": self._sum("title_positions"),
            "words": self._sum("title_words") + self._sum("body_words"),
            "title_words": self._sum("title_words"),
        }
        return {"articles": self.size, "sums": sums, "built": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}

    def _sum(self, name: str) -> int:
        return sum(int(s.columns[name][d].sum()) for s, d in zip(self.segments, self.docs, strict=True))

    def _forget(self) -> None:
        for segment in self.segments:
            segment.container.forget()

    def _surviving(self, segment: Segment, field: Field, low: int = 0, high: int | None = None) -> Longs:
        """Numbers of the terms in `[low, high)` that some live article holds."""
        from search.codec.kernels import merging

        numbers = np.arange(low, len(field) if high is None else high, dtype=np.int64)
        if not len(segment.live):
            return numbers
        counts = np.empty(len(numbers), np.int64)
        merging.live_frequencies(field.postings, field.edges(numbers)[0], segment.live, counts)
        return numbers[counts > 0]

    def _text_field(self, name: str) -> None:
        fields = [segment.field(name) for segment in self.segments]
        surviving = [self._surviving(s, f) for s, f in zip(self.segments, fields, strict=True)]
        tables = [field.terms for field in fields if field.terms is not None]
        union, ranks = merge_tables(tables, surviving)
        union.write(self.out, f"{name}.terms")
        new = [r[kept].astype(np.int64) for r, kept in zip(ranks, surviving, strict=True)]
        sink = PostingSink(self.out, name)
        self._lists(sink, fields, surviving, new, len(union))
        sink.end()
        if name in ("exact", "folded"):
            self.ranks[name] = ranks
        if name == "exact":
            self.exact = union
        if name == "folded":
            self.folded_terms = len(union)

    def _pair_field(self, name: str) -> None:
        """Pairs go by the number of their first folded term, a range at a time: there may be very many."""
        fields = [segment.field(name) for segment in self.segments]
        firsts = [field.firsts.astype(np.int64) for field in fields]
        alive = [np.flatnonzero(ranks >= 0) for ranks in self.ranks["folded"]]
        # renumbering keeps the order of terms, so a range of new ones is a range of old ones
        new_of = [ranks[old] for ranks, old in zip(self.ranks["folded"], alive, strict=True)]
        totals = np.zeros(self.folded_terms, np.int64)
        for edges, old, new in zip(firsts, alive, new_of, strict=True):
            totals[new] += np.diff(edges)[old]
        running = np.cumsum(totals)
        sink = PostingSink(self.out, name)
        seconds: list[NDArray[np.uint32]] = []
        counts = np.zeros(self.folded_terms, np.int64)
        low = 0
        while low < self.folded_terms:
            done = int(running[low - 1]) if low else 0
            high = max(int(np.searchsorted(running, done + CHUNK_PAIRS, side="right")), low + 1)
            keys, surviving = [], []
            for s, field in enumerate(fields):
                a, b = np.searchsorted(new_of[s], [low, high]).tolist()
                begin, end = (int(firsts[s][alive[s][a]]), int(firsts[s][alive[s][b - 1] + 1])) if a < b else (0, 0)
                kept = self._surviving(self.segments[s], field, begin, end)
                owner = np.searchsorted(firsts[s], kept, side="right") - 1
                first = self.ranks["folded"][s][owner].astype(np.uint64)
                second = self.ranks["folded"][s][field.seconds[kept].astype(np.int64)].astype(np.uint64)
                keys.append((first << np.uint64(32)) | second)
                surviving.append(kept)
            union = np.unique(np.concatenate(keys))
            places = [np.searchsorted(union, k).astype(np.int64) for k in keys]
            self._lists(sink, fields, surviving, places, len(union))
            seconds.append(union.astype(np.uint32))  # the low half of a key
            owners = (union >> np.uint64(32)).astype(np.int64)
            counts[low:high] = np.bincount(owners - low, minlength=high - low)
            low = high
        sink.end()
        write_pair_keys(self.out, name, seconds, counts)

    def _lists(self, sink: PostingSink, fields: list[Field], old: list[Longs], new: list[Longs], terms: int) -> None:
        """Join the lists: term `old[s][i]` of segment s becomes term `new[s][i]`, both ascending."""
        from search.codec.kernels import merging

        sizes = np.zeros(terms, np.int64)
        for field, before, after in zip(fields, old, new, strict=True):
            begins, ends = field.edges(before)
            sizes[after] += ends - begins
        running = np.cumsum(sizes)
        low = 0
        while low < terms:
            done = int(running[low - 1]) if low else 0
            high = max(int(np.searchsorted(running, done + CHUNK_BYTES, side="right")), low + 1)
            high = min(high, low + max(CHUNK_LISTS // len(fields), 1))
            pieces = []
            starts = np.full((len(fields), high - low), -1, np.int64)
            at = 0
            for s, (field, before, after) in enumerate(zip(fields, old, new, strict=True)):
                a, b = np.searchsorted(after, [low, high])
                if a == b:
                    continue
                begins, ends = field.edges(before[a:b])
                begin, end = int(begins[0]), int(ends[-1])
                starts[s, after[a:b] - low] = begins - begin + at
                pieces.append(field.postings[begin:end])
                at += end - begin
            joined = np.concatenate(pieces)
            encoded = np.empty(5 * len(joined) // 2 + 32 * starts.size + 64, np.uint8)
            places = np.empty(high - low, np.int64)
            used = merging.merge_lists(joined, starts, self.renumbered, self.bases, encoded, places)
            sink.append(encoded[:used], places)
            self._forget()
            low = high

    def _forms(self) -> None:
        """Forms are known by their term in the field "exact", those of articles without diacritics by their text."""
        from search.codec.kernels import merging

        size = len(self.exact)
        others: dict[bytes, int] = {}
        keys, counts = [], np.zeros(size, np.int64)
        for s, (segment, docs) in enumerate(zip(self.segments, self.docs, strict=True)):
            mine = np.zeros(len(segment.forms), np.int64)
            forms, token_starts, few, few_starts = segment.forward[:4]
            merging.count_forms(forms, token_starts, few, few_starts, docs, mine)
            own = segment.container.array("forms.exact")
            key = np.where(own >= 0, self.ranks["exact"][s][own], -1).astype(np.int64)
            for form in np.flatnonzero((key < 0) & (mine > 0)).tolist():
                text = segment.forms.entry(form)
                known = self.exact.find(text)
                key[form] = known if known >= 0 else size + others.setdefault(text, len(others))
            counts = np.concatenate([counts, np.zeros(size + len(others) - len(counts), np.int64)])
            np.add.at(counts, key[mine > 0], mine[mine > 0])
            key[mine == 0] = -1
            keys.append(key)
        extra = sorted(others)
        place = np.empty(len(extra), np.int64)
        place[[others[text] for text in extra]] = np.arange(size, size + len(extra))
        counts[place] = counts[size:].copy()
        for key in keys:
            unknown = key >= size
            key[unknown] = place[key[unknown] - size]
        order = np.argsort(-counts, kind="stable")
        order = order[: int(np.count_nonzero(counts))]
        final = np.full(len(counts), -1, np.int32)
        final[order] = np.arange(len(order), dtype=np.int32)
        folded = np.zeros(len(order), np.int32)
        maps = []
        for s, (segment, key) in enumerate(zip(self.segments, keys, strict=True)):
            numbers = np.where(key >= 0, final[key], -1).astype(np.int32)
            maps.append(numbers)
            ranks = self.ranks["folded"][s][segment.container.array("forms.folded")]
            folded[numbers[numbers >= 0]] = ranks[numbers >= 0]
        write_table(self.out, "forms", (self.exact.entry(i) if i < size else extra[i - size] for i in order.tolist()))
        self.out.array("forms.exact", np.where(order < size, order, -1).astype(np.int32))
        self.out.array("forms.folded", folded)
        self._remapped(maps)

    def _remapped(self, maps: list[NDArray[np.int32]]) -> None:
        """Write the tokens of all articles, form i of segment s as `maps[s][i]`."""
        from search.codec.kernels import merging

        rare: list[Any] = [np.empty(0, np.uint32)]
        rare_counts: list[Any] = [np.zeros(1, np.uint32)]
        self.out.begin("forward.forms", "<u2")
        for s, docs, tokens in self._pieces():
            forms = np.empty(tokens, np.uint16)
            some = np.empty(tokens, np.uint32)
            counted = np.empty(len(docs), np.uint32)
            old, token_starts, few, few_starts = self.segments[s].forward[:4]
            used = merging.remap_forward(old, token_starts, few, few_starts, docs, maps[s], forms, some, counted)
            self.out.append(forms)
            rare.append(some[:used].copy())
            rare_counts.append(counted)
            self._forget()
        self.out.end()
        self.out.array("forward.rare", np.concatenate(rare))
        self.out.array("forward.rare_starts", np.cumsum(np.concatenate(rare_counts)).astype(np.uint32))
        lengths = [np.diff(s.forward[1])[d] for s, d in zip(self.segments, self.docs, strict=True)]
        self.out.array("forward.starts", _starts(lengths))

    def _pieces(self) -> Iterator[tuple[int, NDArray[np.int32], int]]:
        """(segment, live articles, their tokens) a few million tokens at a time."""
        for s, docs in enumerate(self.docs):
            running = np.cumsum(np.diff(self.segments[s].forward[1])[docs])
            low = 0
            while low < len(docs):
                done = int(running[low - 1]) if low else 0
                high = max(int(np.searchsorted(running, done + CHUNK_TOKENS, side="right")), low + 1)
                yield s, docs[low:high], int(running[high - 1]) - done
                low = high

    def _joined(self) -> None:
        self.out.begin("forward.joined")
        waiting = np.empty(0, np.uint8)
        for s, docs, _ in self._pieces():
            starts = self.segments[s].forward[1]
            packed = self.segments[s].container.array("forward.joined")
            a, b = int(starts[docs[0]]), int(starts[docs[-1] + 1])
            bits = np.unpackbits(packed[a >> 3 : (b + 7) >> 3])[a & 7 :][: b - a]
            if b - a != int((starts[docs + 1] - starts[docs]).sum()):
                kept = np.zeros(int(docs[-1] - docs[0]) + 1, bool)
                kept[docs - docs[0]] = True
                bits = bits[np.repeat(kept, np.diff(starts[docs[0] : docs[-1] + 2]))]
            bits = np.concatenate([waiting, bits])
            whole = len(bits) & ~7
            self.out.append(np.packbits(bits[:whole]))
            waiting = bits[whole:]
        self.out.append(np.packbits(waiting))
        self.out.end()

    def _texts(self) -> None:
        """Offsets of tokens: bytes of two texts an article."""
        lengths = []
        self.out.begin("forward.offsets")
        for segment, docs in zip(self.segments, self.docs, strict=True):
            places = segment.container.array("forward.offset_starts")
            texts = np.stack([2 * docs, 2 * docs + 1], axis=1).ravel().astype(np.int64)
            self._copy(segment.container.array("forward.offsets"), places[texts], places[texts + 1])
            lengths.append(places[texts + 1] - places[texts])
        self.out.end()
        self.out.array("forward.offset_starts", _starts(lengths))

    def _copy(self, source: NDArray[np.uint8], begins: Longs, ends: Longs) -> None:
        from search.codec.kernels import merging

        running = np.cumsum(ends - begins)
        low = 0
        while low < len(begins):
            done = int(running[low - 1]) if low else 0
            high = max(int(np.searchsorted(running, done + CHUNK_BYTES, side="right")), low + 1)
            piece = np.empty(int(running[high - 1]) - done, np.uint8)
            merging.copy_ranges(source, begins[low:high], ends[low:high], piece)
            self.out.append(piece)
            self._forget()
            low = high

    def _codes(self) -> None:
        columns: dict[str, list[Any]] = {"places": [], "lengths": [], "exact": [], "folded": []}
        counts = []
        for s, (segment, docs) in enumerate(zip(self.segments, self.docs, strict=True)):
            starts = segment.forward[7]
            each = np.diff(starts)
            live = np.zeros(segment.size, bool)
            live[docs] = True
            kept = np.repeat(live, each)
            counts.append(each[docs])
            for name, parts in columns.items():
                values = segment.container.array(f"codes.{name}")[kept]
                parts.append(self.ranks[name][s][values] if name in self.ranks else values)
        self.out.array("codes.starts", _starts(counts))
        for name, parts in columns.items():
            values = np.concatenate(parts).astype(np.int32)
            if name == "lengths":
                write_code_lengths(self.out, values)
            else:
                self.out.array(f"codes.{name}", values)

    def _records(self) -> None:
        lengths = []
        self.out.begin("records")
        for segment, docs in zip(self.segments, self.docs, strict=True):
            starts = segment.records.starts
            self._copy(segment.records.packed, starts[docs], starts[docs + 1])
            lengths.append(starts[docs + 1] - starts[docs])
        self.out.end()
        self.out.array("records.starts", _starts(lengths))
        write_dictionaries(self.out, sorted({d for s in self.segments for d in s.records.dictionaries}))


def _starts(lengths: list[Any]) -> Longs:
    return np.concatenate([[0], np.cumsum(np.concatenate(lengths))]).astype(np.int64)
