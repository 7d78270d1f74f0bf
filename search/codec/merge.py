"""Several segments written as one, without what is deleted.

In: open segments, in the order their articles shall have. Out: one segment file, the same as if the live articles had
been inverted together (but for the order of equally frequent forms). Posting lists are joined by a kernel a few million
bytes at a time, so memory does not grow with the corpus. Must not know folders or commits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search.codec.batch import write_category, write_days, write_ids
from search.codec.container import ContainerWriter
from search.codec.fields import PostingSink, write_pair_keys
from search.codec.layout import CATEGORIES, DIGEST_BYTES, FIELDS, LENGTHS
from search.codec.records import write_dictionaries
from search.codec.segment import Field, Segment
from search.codec.tables import Table, write_table

CHUNK_BYTES: Final = 32 << 20
"""Bytes of posting lists or records joined at a time."""

CHUNK_TERMS: Final = 400_000
"""Terms joined at a time: where most lists hold one article, their starts need more memory than the lists."""

CHUNK_TOKENS: Final = 4 << 20
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
    out = ContainerWriter(path)
    try:
        meta = _Merge(segments, out).write()
        out.close(meta)
    except BaseException:
        out.abandon()
        raise
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
        self.folded_terms = 0
        self.ranks: dict[str, list[NDArray[np.int32]]] = {}
        """For "exact" and "folded": new number of each term of each segment, −1 where it vanishes."""

    def write(self) -> dict[str, Any]:
        """Write every section; returns the meta."""
        for name, (space, _) in FIELDS.items():
            if space != "pair":
                self._text_field(name)
        for name, (space, _) in FIELDS.items():
            if space == "pair":
                self._pair_field(name)
        self._forms()
        self._joined()
        self._texts()
        self._codes()
        self._columns()
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

    def _surviving(self, segment: Segment, field: Field) -> Longs:
        """Numbers of the terms that some live article holds."""
        from search.codec.kernels import merging

        if not len(segment.live):
            return np.arange(len(field), dtype=np.int64)
        counts = np.empty(len(field), np.int64)
        merging.live_frequencies(field.postings, field.starts[:-1].astype(np.int64), segment.live, counts)
        return np.flatnonzero(counts)

    def _text_field(self, name: str) -> None:
        fields = [segment.field(name) for segment in self.segments]
        surviving = [self._surviving(s, f) for s, f in zip(self.segments, fields, strict=True)]
        texts = []
        for field, kept in zip(fields, surviving, strict=True):
            assert field.terms is not None
            entries = field.terms.entries()
            texts.append(entries if len(kept) == len(entries) else [entries[i] for i in kept.tolist()])
        union = sorted(set().union(*texts))
        number = {text: i for i, text in enumerate(union)}
        new = [np.fromiter((number[t] for t in entries), np.int64, len(entries)) for entries in texts]
        del number, texts
        write_table(self.out, f"{name}.terms", union)
        sink = PostingSink(self.out, name)
        self._lists(sink, fields, surviving, new, len(union))
        sink.end()
        if name == "folded":
            self.folded_terms = len(union)
        if name in ("exact", "folded"):
            self.ranks[name] = []
            for field, kept, places in zip(fields, surviving, new, strict=True):
                ranks = np.full(len(field), -1, np.int32)
                ranks[kept] = places
                self.ranks[name].append(ranks)

    def _pair_field(self, name: str) -> None:
        """Pairs go by the number of their first folded term, a range at a time: there may be very many."""
        fields = [segment.field(name) for segment in self.segments]
        keys, surviving = [], []
        for segment, field, ranks in zip(self.segments, fields, self.ranks["folded"], strict=True):
            kept = self._surviving(segment, field)
            old = field.pair_keys()[kept]
            # renumbering keeps the order of terms, so keys stay sorted
            first = ranks[(old >> np.uint64(32)).astype(np.int64)].astype(np.uint64)
            second = ranks[(old & np.uint64(0xFFFFFFFF)).astype(np.int64)].astype(np.uint64)
            keys.append((first << np.uint64(32)) | second)
            surviving.append(kept)
        union = np.unique(np.concatenate(keys)) if keys else np.empty(0, np.uint64)
        new = [np.searchsorted(union, k).astype(np.int64) for k in keys]
        write_pair_keys(self.out, name, union, self.folded_terms)
        sink = PostingSink(self.out, name)
        self._lists(sink, fields, surviving, new, len(union))
        sink.end()

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
            high = min(high, low + CHUNK_TERMS)
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
            low = high

    def _forms(self) -> None:
        from search.codec.kernels import merging

        found: dict[bytes, int] = {}
        new, counts = [], np.zeros(0, np.int64)
        for segment, docs in zip(self.segments, self.docs, strict=True):
            mine = np.zeros(len(segment.forms), np.int64)
            forms, token_starts, few, few_starts = segment.forward[:4]
            merging.count_forms(forms, token_starts, few, few_starts, docs, mine)
            places = np.fromiter((found.setdefault(t, len(found)) for t in segment.forms), np.int64, len(segment.forms))
            counts = np.concatenate([counts, np.zeros(len(found) - len(counts), np.int64)])
            counts[places] += mine
            new.append(places)
        texts = list(found)
        order = [i for i in np.argsort(-counts, kind="stable").tolist() if counts[i]]
        final = np.full(len(texts), -1, np.int32)
        final[order] = np.arange(len(order), dtype=np.int32)
        exact, folded = np.full(len(order), -1, np.int32), np.zeros(len(order), np.int32)
        maps = []
        for s, (segment, places) in enumerate(zip(self.segments, new, strict=True)):
            numbers = final[places]
            maps.append(numbers)
            for target, name in ((exact, "exact"), (folded, "folded")):
                old = segment.container.array(f"forms.{name}")
                ranks = np.where(old >= 0, self.ranks[name][s][old], -1)
                known = (numbers >= 0) & (ranks >= 0)
                target[numbers[known]] = ranks[known]
        write_table(self.out, "forms", (texts[i] for i in order))
        self.out.array("forms.exact", exact)
        self.out.array("forms.folded", folded)
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
            self.out.array(f"codes.{name}", np.concatenate(parts).astype(np.int32))

    def _columns(self) -> None:
        pairs = list(zip(self.segments, self.docs, strict=True))
        for name in ("plain", *LENGTHS):
            self.out.array(name, np.concatenate([s.columns[name][d] for s, d in pairs]))
        digests = [s.container.array("digests").reshape(-1, DIGEST_BYTES)[d].ravel() for s, d in pairs]
        self.out.array("digests", np.concatenate(digests))
        ids: list[bytes] = []
        for segment, docs in pairs:
            entries = Table(segment.container, "ids").entries()
            ids += [entries[r] for r in segment.columns["ids.ranks"][docs].tolist()]
        write_ids(self.out, ids)
        for name in CATEGORIES:
            values: list[bytes] = []
            for segment, docs in pairs:
                known = [v.encode() for v in segment.values[name]]
                values += [known[c] for c in segment.columns[name][docs].tolist()]
            write_category(self.out, name, values)
        write_days(self.out, np.concatenate([s.days[s.columns["day"][d]] for s, d in pairs]))

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
