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
        out = ContainerWriter(path, durable=durable)
        try:
            keep = [i for i in range(len(self)) if i not in deleted]
            self._records.write(out, keep)
            meta = Inversion(self._columns, self._vocabulary, keep).write(out)
            out.close(meta)
        except BaseException:
            out.abandon()
            raise
        return meta


class _Inversion:
    """One batch as whole columns, without the deleted articles."""

    def __init__(self, columns: _Columns, vocabulary: Vocabulary | None, deleted: set[int]) -> None:
        keep = [i for i in range(len(columns.ids)) if i not in deleted]
        texts = [t for i in keep for t in (2 * i, 2 * i + 1)] if deleted else range(2 * len(keep))
        self.n = len(keep)
        self.columns, self.keep = columns, keep
        self.exact: Ints = _joined([columns.exact[t] for t in texts], np.int32)
        self.begins: Ints = _joined([columns.starts[t] for t in texts], np.int32)
        self.ends: Ints = _joined([columns.ends[t] for t in texts], np.int32)
        self.joined: NDArray[np.uint8] = _joined([columns.joined[t] for t in texts], np.uint8)
        lengths = np.fromiter((len(columns.exact[t]) for t in texts), np.int64, 2 * self.n)
        for spent in (columns.exact, columns.starts, columns.ends, columns.joined):
            spent.clear()  # joined by now: half of the memory at the peak would hold them twice
        self.text_starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        self.starts = np.ascontiguousarray(self.text_starts[::2])
        self.title_lengths, self.body_lengths = lengths[::2], lengths[1::2]
        self.in_title = np.repeat(np.tile([True, False], self.n), lengths)
        self.title_starts = np.concatenate([[0], np.cumsum(self.title_lengths)]).astype(np.int64)
        self.plain = np.array([columns.plain[i] for i in keep], np.uint8)
        renumbered = {old: new for new, old in enumerate(keep)}
        self.codes = [(renumbered[c[0]], *c[1:]) for c in columns.codes if c[0] in renumbered]
        self._terms(vocabulary)

    def _terms(self, vocabulary: Vocabulary | None) -> None:
        """Number the distinct terms: forms by frequency, exact and folded terms in order of code points."""
        size = len(vocabulary) if vocabulary is not None else 0
        counts = np.bincount(self.exact, minlength=size)
        used = np.flatnonzero(counts)
        order = used[np.argsort(-counts[used], kind="stable")]
        self.form_of = np.full(size, -1, np.int32)
        self.form_of[order] = np.arange(len(order), dtype=np.int32)
        self.forms: Ints = self.form_of[self.exact]
        assert vocabulary is not None or not len(used)
        self.form_texts = [vocabulary.exact(i) for i in order.tolist()] if vocabulary is not None else []
        folded_ids = vocabulary.folded_ids()[order] if vocabulary is not None else np.empty(0, np.int32)
        folded_texts = [vocabulary.folded_term(i) for i in folded_ids.tolist()] if vocabulary is not None else []
        plain_tokens = np.repeat(self.plain, np.diff(self.starts)).astype(bool)
        plain_counts = np.bincount(self.forms[plain_tokens], minlength=len(order))
        in_plain, in_normal = plain_counts > 0, plain_counts < counts[order]
        exact = {t for t, here in zip(self.form_texts, in_normal.tolist(), strict=True) if here}
        exact |= {UNMARKED + t for t, here in zip(folded_texts, in_plain.tolist(), strict=True) if here}
        folded = set(folded_texts)
        self.code_terms = [(UNMARKED + f if self.plain[number] else e, f) for number, _, _, e, f in self.codes]
        exact |= {e for e, _ in self.code_terms}
        folded |= {f for _, f in self.code_terms}
        self.exact_terms, self.folded_terms = _sorted(exact), _sorted(folded)
        exact_rank = {t.decode(): i for i, t in enumerate(self.exact_terms)}
        folded_rank = {t.decode(): i for i, t in enumerate(self.folded_terms)}
        self.form_exact = np.array([exact_rank.get(t, -1) for t in self.form_texts], np.int32)
        self.form_plain = np.array([exact_rank.get(UNMARKED + t, -1) for t in folded_texts], np.int32)
        self.form_folded = np.array([folded_rank[t] for t in folded_texts], np.int32)
        self.form_folded_texts = folded_texts
        self.code_exact = np.array([exact_rank[e] for e, _ in self.code_terms], np.int32)
        self.code_folded = np.array([folded_rank[f] for _, f in self.code_terms], np.int32)
        self.plain_tokens = plain_tokens

    def write(self, out: ContainerWriter, dictionary: Dictionary | None, threads: int) -> dict[str, Any]:
        """Write every section; returns the meta."""
        sums = {"positions": len(self.exact), "title_positions": int(self.title_lengths.sum())}
        words, title_words = self._text_spaces(out)
        self._pairs(out)
        self._forward(out)
        self._columns_of(out, words, title_words)
        write_records(out, [self.columns.records[i] for i in self.keep], dictionary, threads)
        sums |= {"words": int(words.sum()), "title_words": int(title_words.sum())}
        built = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        return {"articles": self.n, "sums": sums, "built": built}

    def _text_spaces(self, out: ContainerWriter) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        code_starts = self._code_starts(np.ones(len(self.codes), bool))
        title = np.array([place < self.title_lengths[number] for number, place, *_ in self.codes], bool)
        title_code_starts = self._code_starts(title)
        exact = np.where(self.plain_tokens, self.form_plain[self.forms], self.form_exact[self.forms])
        for name, terms, tokens, codes in (
            ("exact", self.exact_terms, exact, self.code_exact),
            ("folded", self.folded_terms, self.form_folded[self.forms], self.code_folded),
        ):
            write_text_field(out, name, terms, tokens, self.starts, codes, code_starts)
            at_title = tokens[self.in_title]
            write_text_field(out, f"title_{name}", terms, at_title, self.title_starts, codes[title], title_code_starts)
        del exact
        tokens, terms = self._words()
        none, nowhere = np.empty(0, np.int32), np.zeros(self.n + 1, np.int64)
        write_text_field(out, "word", terms, tokens, self.starts, none, nowhere)
        at_title = tokens[self.in_title]
        write_text_field(out, "title_word", terms, at_title, self.title_starts, none, nowhere)
        return _counts(tokens >= 0, self.starts), _counts(at_title >= 0, self.title_starts)

    def _code_starts(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        numbers = np.array([c[0] for c in self.codes], np.int64)[chosen]
        return np.concatenate([[0], np.cumsum(np.bincount(numbers, minlength=self.n))]).astype(np.int64)

    def _words(self) -> tuple[Ints, list[bytes]]:
        """Rank of the word that begins at each token (−1 inside words) and the sorted words."""
        from search.codec.kernels import inversion

        v = len(self.form_texts)
        ids = np.where(self.plain_tokens, self.forms + v, self.forms).astype(np.int32)
        nodes = np.empty(len(ids), np.int32)
        size = 1 << 16
        while True:
            keys, values = np.full(size, -1, np.int64), np.zeros(size, np.int64)
            last = inversion.word_nodes(ids, self.joined, self.text_starts, keys, values, 2 * v, nodes)
            if last >= 0:
                break
            size *= 4
        parents = np.zeros(max(last - 2 * v, 0), np.int64)
        filled = keys >= 0
        parents[values[filled] - 2 * v] = keys[filled]
        texts = [*self.form_texts, *(UNMARKED + t for t in self.form_folded_texts)]
        continued = [*self.form_texts, *self.form_folded_texts]
        for key in parents.tolist():
            # nodes are numbered as they arise, so the shorter word before is already spelled
            texts.append(f"{texts[key >> 32]}_{continued[key & 0xFFFFFFFF]}")
        present = np.flatnonzero(np.bincount(nodes[nodes >= 0], minlength=1))
        spelled = [texts[i].encode() for i in present.tolist()]
        # two paths may spell one word only if a form held "_"; ranks go by spelling, so they meet again here
        terms = sorted(set(spelled))
        rank = {t: i for i, t in enumerate(terms)}
        ranks = np.full(max(last, 1), -1, np.int32)
        ranks[present] = [rank[t] for t in spelled]
        return np.where(nodes >= 0, ranks[nodes], -1).astype(np.int32), terms

    def _pairs(self, out: ContainerWriter) -> None:
        from search.codec.kernels import inversion

        a, b, texts = inversion.sort_pairs(self.form_folded[self.forms], self.text_starts, len(self.folded_terms))
        terms = len(self.folded_terms)
        write_pair_field(out, "pair", a, b, texts >> 1, terms)
        title = texts & 1 == 0
        write_pair_field(out, "title_pair", a[title], b[title], texts[title] >> 1, terms)

    def _forward(self, out: ContainerWriter) -> None:
        from search.codec.kernels import inversion

        write_table(out, "forms", (t.encode() for t in self.form_texts))
        out.array("forms.exact", self.form_exact)
        out.array("forms.folded", self.form_folded)
        forward = np.empty(len(self.forms), np.uint16)
        rare = np.empty(int((self.forms >= 65535).sum()), np.uint32)
        rare_starts = np.empty(self.n + 1, np.uint32)
        inversion.put_forward(self.forms, self.starts, forward, rare, rare_starts)
        out.array("forward.forms", forward)
        out.array("forward.starts", self.starts)
        out.array("forward.rare", rare)
        out.array("forward.rare_starts", rare_starts)
        out.array("forward.joined", np.packbits(self.joined))
        widths = np.array([len(t) for t in self.form_texts], np.int32)
        encoded = np.empty(15 * len(self.forms), np.uint8)  # the most it can be; untouched pages cost nothing
        places = np.empty(2 * self.n + 1, np.int64)
        used = inversion.put_offsets(self.forms, self.text_starts, self.begins, self.ends, widths, encoded, places)
        out.array("forward.offsets", encoded[:used])
        out.array("forward.offset_starts", places)
        out.array("codes.starts", self._code_starts(np.ones(len(self.codes), bool)))
        out.array("codes.places", np.array([c[1] for c in self.codes], np.int32))
        out.array("codes.lengths", np.array([c[2] for c in self.codes], np.int32))
        out.array("codes.exact", self.code_exact)
        out.array("codes.folded", self.code_folded)

    def _columns_of(self, out: ContainerWriter, words: NDArray[Any], title_words: NDArray[Any]) -> None:
        out.array("plain", self.plain)
        out.array("title_positions", self.title_lengths.astype(np.uint32))
        out.array("body_positions", self.body_lengths.astype(np.uint32))
        out.array("title_words", title_words.astype(np.uint32))
        out.array("body_words", (words - title_words).astype(np.uint32))
        out.array("digests", np.frombuffer(b"".join(self.columns.digests[i] for i in self.keep), np.uint8))
        write_ids(out, [self.columns.ids[i] for i in self.keep])
        for name in CATEGORIES:
            values = [self.columns.categories[name][i].encode() for i in self.keep]
            write_category(out, name, values)
        write_days(out, np.array([self.columns.days[i] for i in self.keep], np.int32))


def write_ids(out: ContainerWriter, ids: list[bytes]) -> None:
    """Write the ids in their order, with the article of each and the rank of each article."""
    order = sorted(range(len(ids)), key=ids.__getitem__)
    ranks = np.empty(len(ids), np.int32)
    ranks[order] = np.arange(len(ids), dtype=np.int32)
    write_table(out, "ids", (ids[i] for i in order))
    out.array("ids.docs", np.array(order, np.int32))
    out.array("ids.ranks", ranks)


def write_category(out: ContainerWriter, name: str, values: list[bytes]) -> None:
    """Write a facet column: code of each article and the sorted values; code 0 is always the empty value."""
    distinct = sorted({b"", *values})
    code = {value: i for i, value in enumerate(distinct)}
    write_table(out, f"{name}.values", distinct)
    out.array(name, np.array([code[v] for v in values], np.int32))


def write_days(out: ContainerWriter, days: Ints) -> None:
    """Write the column of days: code of each article and the sorted ordinals; code 0 is always ordinal 0, undated."""
    distinct = np.unique(np.concatenate([[0], days])).astype(np.int32)
    out.array("day.values", distinct)
    out.array("day", np.searchsorted(distinct, days).astype(np.int32))


def _joined(pieces: list[Any], dtype: Any) -> NDArray[Any]:
    if not pieces:
        return np.empty(0, dtype)
    return np.concatenate(pieces).astype(dtype, copy=False)


def _sorted(terms: set[str]) -> list[bytes]:
    return sorted(t.encode() for t in terms)


def _counts(chosen: NDArray[np.bool_], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    running = np.concatenate([[0], np.cumsum(chosen)]).astype(np.int64)
    counts: NDArray[np.int64] = running[starts[1:]] - running[starts[:-1]]
    return counts
