"""A batch of analysed articles as whole columns, inverted by kernels into the sections of a segment.

In: collected columns and the numbers of the articles that count. Out: every section but the stored originals. Python
touches each distinct term (to sort) and each code; the rest are loops over arrays. Memory at the peak is some ten bytes
a token above the columns themselves (`search.codec.batch.PEAK_BYTES`). Must not know files' places or commits.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.analysis.streams import Vocabulary
from search.codec import copies
from search.codec.collecting import Collected, Ints
from search.codec.columns import write_category, write_code_lengths, write_days, write_ids
from search.codec.container import ContainerWriter
from search.codec.fields import write_pair_field, write_text_field
from search.codec.layout import DIGEST_BYTES, UNMARKED
from search.codec.tables import write_table


class Inversion:
    """One batch as whole columns, without the deleted articles."""

    def __init__(self, columns: Collected, vocabulary: Vocabulary | None, keep: list[int]) -> None:
        self.n = len(keep)
        self.columns, self.keep = columns, keep
        lengths = np.array(columns.lengths, np.int64)
        kept: NDArray[np.bool_] | None = None
        if self.n < len(columns.ids):
            chosen = np.zeros(len(columns.ids), bool)
            chosen[keep] = True
            kept = np.repeat(np.repeat(chosen, 2), lengths)
            lengths = lengths[np.repeat(chosen, 2)]
        exact, self.begins, self.ends, self.joined = (
            column.taken() if kept is None else column.taken()[kept]
            for column in (columns.exact, columns.starts, columns.ends, columns.joined)
        )
        self.text_starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        self.starts = np.ascontiguousarray(self.text_starts[::2])
        self.title_lengths, self.body_lengths = lengths[::2], lengths[1::2]
        self.in_title = np.repeat(np.tile([True, False], self.n), lengths)
        self.title_starts = np.concatenate([[0], np.cumsum(self.title_lengths)]).astype(np.int64)
        self.plain = np.frombuffer(columns.plain, np.uint8)[keep]
        self.codes = columns.codes
        if kept is not None:
            renumbered = {old: new for new, old in enumerate(keep)}
            self.codes = [(renumbered[c[0]], *c[1:]) for c in columns.codes if c[0] in renumbered]
        self.code_numbers = np.array([code[0] for code in self.codes], np.int64)
        self.code_places = np.array([code[1] for code in self.codes], np.int32)
        self._terms(vocabulary, exact)

    def _terms(self, vocabulary: Vocabulary | None, exact_ids: Ints) -> None:
        """Number the distinct terms: forms by frequency, exact and folded terms in order of code points."""
        from search.codec.kernels import inversion

        size = len(vocabulary) if vocabulary is not None else 0
        counts, plain_counts = np.zeros(size, np.int64), np.zeros(size, np.int64)
        inversion.count_ids(exact_ids, counts)
        plain_tokens = np.repeat(self.plain, np.diff(self.starts)).astype(bool)
        inversion.count_ids(exact_ids[plain_tokens], plain_counts)
        used = np.flatnonzero(counts)
        assert vocabulary is not None or not len(used)
        spelled = [vocabulary.exact(i) for i in used.tolist()] if vocabulary is not None else []
        by_text = sorted(range(len(spelled)), key=spelled.__getitem__)
        used, spelled = used[by_text], [spelled[i] for i in by_text]
        self.code_terms = [(UNMARKED + f if self.plain[number] else e, f) for number, _, _, e, f in self.codes]
        in_normal = (plain_counts[used] < counts[used]).tolist()
        exact = {t for t, here in zip(spelled, in_normal, strict=True) if here}
        exact |= {e for e, _ in self.code_terms}
        # by frequency; of equally frequent ones first those that are exact terms: the same order as merging makes
        other = np.array([t not in exact for t in spelled], bool)
        order = np.lexsort((other, -counts[used]))
        form_of = np.full(size, -1, np.int32)
        form_of[used[order]] = np.arange(len(order), dtype=np.int32)
        self.forms: Ints = form_of[exact_ids]
        self.form_texts = [spelled[i] for i in order.tolist()]
        folded_ids = vocabulary.folded_ids()[used[order]] if vocabulary is not None else np.empty(0, np.int32)
        folded_texts = [vocabulary.folded_term(i) for i in folded_ids.tolist()] if vocabulary is not None else []
        in_plain = (plain_counts[used[order]] > 0).tolist()
        exact |= {UNMARKED + t for t, here in zip(folded_texts, in_plain, strict=True) if here}
        folded = set(folded_texts)
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

    def write(self, out: ContainerWriter) -> dict[str, Any]:
        """Write every section; returns the meta."""
        sums = {"positions": len(self.forms), "title_positions": int(self.title_lengths.sum())}
        self._forward(out)
        words, title_words = self._text_spaces(out)
        self._pairs(out)
        self._columns_of(out, words, title_words)
        sums |= {"words": int(words.sum()), "title_words": int(title_words.sum())}
        built = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        return {"articles": self.n, "sums": sums, "built": built}

    def _text_spaces(self, out: ContainerWriter) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        code_starts = self._code_starts(np.ones(len(self.codes), bool))
        title = self.code_places < self.title_lengths[self.code_numbers]
        title_code_starts = self._code_starts(title)
        for name, terms, codes in (
            ("exact", self.exact_terms, self.code_exact),
            ("folded", self.folded_terms, self.code_folded),
        ):
            tokens = (self.form_exact if name == "exact" else self.form_folded)[self.forms]
            if name == "exact":
                tokens[self.plain_tokens] = self.form_plain[self.forms[self.plain_tokens]]
            write_text_field(out, name, terms, tokens, self.starts, codes, code_starts)
            at_title = tokens[self.in_title]
            write_text_field(out, f"title_{name}", terms, at_title, self.title_starts, codes[title], title_code_starts)
            del tokens, at_title
        tokens, terms = self._words()
        none, nowhere = np.empty(0, np.int32), np.zeros(self.n + 1, np.int64)
        write_text_field(out, "word", terms, tokens, self.starts, none, nowhere)
        at_title = tokens[self.in_title]
        write_text_field(out, "title_word", terms, at_title, self.title_starts, none, nowhere)
        return _counts(tokens, self.starts), _counts(at_title, self.title_starts)

    def _code_starts(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        numbers = self.code_numbers[chosen]
        return np.concatenate([[0], np.cumsum(np.bincount(numbers, minlength=self.n))]).astype(np.int64)

    def _words(self) -> tuple[Ints, list[bytes]]:
        """Rank of the word that begins at each token (−1 inside words) and the sorted words."""
        from search.codec.kernels import inversion

        v = len(self.form_texts)
        ids = self.forms.copy()
        ids[self.plain_tokens] += v
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
        for before, last_id in zip((parents >> 32).tolist(), (parents & 0xFFFFFFFF).tolist(), strict=True):
            # nodes are numbered as they arise, so the shorter word before is already spelled
            texts.append(f"{texts[before]}_{continued[last_id]}")
        counts = np.zeros(max(last, 1), np.int64)
        inversion.count_ids(nodes, counts)
        present = np.flatnonzero(counts)
        spelled = [texts[i].encode() for i in present.tolist()]
        # two paths may spell one word only if a form held "_"; ranks go by spelling, so they meet again here
        terms = sorted(set(spelled))
        rank = {t: i for i, t in enumerate(terms)}
        ranks = np.full(last + 1, -1, np.int32)  # −1, inside a word, finds the last
        ranks[present] = [rank[t] for t in spelled]
        return ranks[nodes], terms

    def _pairs(self, out: ContainerWriter) -> None:
        terms = len(self.folded_terms)
        folded = self.form_folded[self.forms]
        write_pair_field(out, "pair", folded, self.text_starts, terms, 2)
        write_pair_field(out, "title_pair", folded[self.in_title], self.title_starts, terms, 1)

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
        del encoded, self.begins, self.ends
        out.array("forward.offset_starts", places)
        hashes = copies.hashes(t.encode() for t in self.form_folded_texts)
        out.array(copies.SECTION, copies.sign(self.forms, self.starts, self.title_lengths, hashes))
        out.array("codes.starts", self._code_starts(np.ones(len(self.codes), bool)))
        out.array("codes.places", self.code_places)
        write_code_lengths(out, np.array([c[2] for c in self.codes], np.int32))
        out.array("codes.exact", self.code_exact)
        out.array("codes.folded", self.code_folded)

    def _columns_of(self, out: ContainerWriter, words: NDArray[Any], title_words: NDArray[Any]) -> None:
        out.array("plain", self.plain)
        out.array("title_positions", self.title_lengths.astype(np.uint32))
        out.array("body_positions", self.body_lengths.astype(np.uint32))
        out.array("title_words", title_words.astype(np.uint32))
        out.array("body_words", (words - title_words).astype(np.uint32))
        digests = np.frombuffer(self.columns.digests, np.uint8).reshape(-1, DIGEST_BYTES)
        out.array("digests", digests[self.keep].ravel())
        write_ids(out, [self.columns.ids[i] for i in self.keep])
        for name, codes in self.columns.categories.items():
            write_category(out, name, list(self.columns.values[name]), np.array(codes, np.int32)[self.keep])
        write_days(out, np.array(self.columns.days, np.int32)[self.keep])


def _sorted(terms: set[str]) -> list[bytes]:
    return sorted(t.encode() for t in terms)


def _counts(chosen: Ints, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    from search.codec.kernels import inversion

    counts = np.empty(len(starts) - 1, np.int64)
    inversion.count_present(chosen, starts, counts)
    return counts
