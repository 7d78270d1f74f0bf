"""Completions of what is being typed, and searches related to what was found.

In: a prefix as typed, with or without diacritics, and an open index. Out: `Completion`s, the most used first. Must not
know the web, nor how an index is stored.

What can be completed is what the corpus uses: its words (of two and more syllables first), the names of places, and
stretches of its titles. The words are put into one table for each generation, in order of their folded spelling, so
that a prefix is a range of it; stretches of titles are read from the best few titles at the time of asking.
"""

from __future__ import annotations

import logging
import re
import threading
import unicodedata
import weakref
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from search import gazetteer
from search.analysis import analyze, analyze_batch, fold
from search.analysis.forms import fold_exact
from search.analysis.streams import Analysis
from search.engines.base import Reader
from search.heads import words_of
from search.model import Hit
from search.query.lexicon import foresee
from search.query.tree import All, Node, Plan, Prefix, Term, Weighted

COMMON = 0.05
"""A single syllable that more than this part of the articles hold is a function word: it completes nothing."""
MAX_WORDS = 3
"""A completion continues at most this many of the last words typed."""
TITLES = 5
"""So many titles are looked at for what follows."""
WORDS = 60
"""So many completions of the last words are looked at beside the word before them …"""
TOGETHER = 8
"""… and so many of those most used beside it, with all the words before."""
ACCIDENT = 0.25
"""Part of the best continuation's count below which one is taken for an accident."""
WHOLE = 0.8
"""A continuation is left out where one that goes further has more than this part of its count."""
LARGE = 10_000
"""Articles of an index whose words take a noticeable time to put together."""
_TONES = dict.fromkeys((0x300, 0x301, 0x303, 0x309, 0x323))
_TYPED = re.compile(r"[^\W_]+")
_BREAK = re.compile(r"[.:;!?…|“”\"()]|\s[-–]\s")


@dataclass(frozen=True, slots=True)
class Completion:
    """A query to offer and the number of articles that use what was completed."""

    text: str
    count: int


def suggest(prefix: str, reader: Reader, limit: int = 8) -> tuple[Completion, ...]:
    """Completions of a prefix, the most used first.

    Args:
        prefix: What has been typed so far. Typed diacritics are kept to; a syllable without any stands for all.
        reader: The open index.
        limit: At most this many.
    """
    typed = analyze(prefix)
    if limit < 1 or not len(typed):
        return ()
    tail = typed.exact_terms()
    if typed.text[-1:].isspace():
        tail.append("")
    table = _table(reader)
    found = {_spelled(text): Completion(text, count) for text, count in table.complete(tail, 2 * limit)}
    for start in range(max(len(typed) - MAX_WORDS, 1), len(typed)):
        offers = _continued(typed, start, tail[start:], table, reader)
        # far below the best of all, one is an accident of two other phrases
        least = ACCIDENT * max((offer.count for offer in (*found.values(), *offers)), default=0)
        plain = {_fold(text) for text in found}
        found |= {_spelled(o.text): o for o in offers if o.count > least and _fold(o.text) not in plain}
    if len(found) < limit:
        for offer in _from_titles(typed, tail, reader):
            found.setdefault(_spelled(offer.text), offer)
    found.pop(_spelled(prefix), None)
    return tuple(sorted(found.values(), key=lambda offer: (-offer.count, len(offer.text), offer.text))[:limit])


def related(reader: Reader, hits: Iterable[Hit], query: str = "", limit: int = 6) -> tuple[Completion, ...]:
    """Searches near a query: the words that its best hits share and the rest of the corpus has less of.

    Args:
        reader: The open index.
        hits: The hits of the query, best first; the first ten are read.
        query: The query itself, whose words are not offered again.
        limit: At most this many.
    """
    known = {_fold(term) for term in analyze(query).exact_terms()}
    shared = _shared(reader, [hit.id for hit in hits][:10])
    articles = max(len(reader), 1)
    weighed: list[tuple[float, str, int]] = []
    foresee(reader, (Term("word", word) for word, times in shared.most_common(200) if times > 1))
    for word, times in shared.most_common(200):
        if times < 2 or all(_fold(part) in known for part in word.split("_")):
            continue
        count = reader.frequency(Term("word", word))
        if 0 < count < 0.2 * articles or (count and articles < 50):
            weighed.append((times * float(np.log(1 + articles / count)), word.replace("_", " "), count))
    weighed.sort(key=lambda item: (-item[0], item[1]))
    return tuple(Completion(_as_named(text), count) for _, text, count in weighed[:limit])


def _shared(reader: Reader, ids: list[str]) -> Counter[str]:
    """In how many of some articles each word of several syllables stands; those of one alone may be missing."""
    shared: Counter[str] = Counter()
    groups = reader.tokens(ids, joined=True)
    for group in groups:
        shared.update(words_of(group, 2 if len(groups) == 1 else 1))
    if not groups:
        for prepared in reader.prepared(ids):
            texts = prepared.title, prepared.body
            shared.update({word.text for text in texts for word in text.words() if word.length > 1})
    return shared


@lru_cache(maxsize=1 << 16)
def _fold(text: str) -> str:
    """The text's letters without diacritics, in lower case."""
    return " ".join(map(fold, text.lower().split()))


class _Folded(dict[str, str]):
    """Exact terms with their folded forms, each worked out once."""

    def __missing__(self, word: str) -> str:
        found = self[word] = word if word.isascii() else fold_exact(word)
        return found


def _spelled(text: str) -> str:
    return " ".join(_TYPED.findall(text.lower()))


def _continued(typed: Analysis, start: int, tail: Sequence[str], table: _Table, reader: Reader) -> list[Completion]:
    """What completes the words from `start` on, where articles hold it together with the words before.

    "Together" is counted by pairs of neighbors, all in one article: nearly always the phrase, for a small part of its
    price.
    """
    before = table.spelled(typed, start)
    pairs = typed.pair_terms()[: start - 1]
    last = typed.folded_terms()[start - 1]

    def joint(text: str) -> Term:
        return Term("pair", f"{last}_{_fold(text.lower().split(' ')[0])}")

    chains = []
    possible = list(table.complete(tail, WORDS))
    foresee(reader, (joint(text) for text, _ in possible))
    for text, count in possible:
        if " " not in text and tail[-1] == _fold(tail[-1]):
            continue  # a lone syllable typed without diacritics could be any of its spellings
        chains.append((min(count, reader.frequency(joint(text))), text))
    offers = []
    for most, text in sorted(chains, reverse=True)[:TOGETHER]:
        if most:
            syllables = [_fold(part) for part in text.lower().split(" ")]
            chain = dict.fromkeys([*pairs, *(f"{a}_{b}" for a, b in pairwise([last, *syllables]))])
            total = reader.search(Plan(All(tuple(Term("pair", pair) for pair in chain)), limit=0)).total
            if total:
                offers.append(Completion(before + text, total))
    texts = [(_fold(offer.text), offer) for offer in offers]
    return [
        offer
        for text, offer in texts
        if not any(o.count > WHOLE * offer.count and longer.startswith(text + " ") for longer, o in texts)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Completions in order of their folded spelling: `keys[i]` folded, `texts[i]` as shown, `counts[i]` (int32)."""

    keys: list[str]
    texts: list[str]
    counts: NDArray[np.int32]

    def spelled(self, typed: Analysis, end: int) -> str:
        """The text before position `end`: words typed without diacritics as they are most often spelled, the rest as
        typed.
        """
        text, folded, exact = typed.text, typed.folded_terms(), typed.exact_terms()
        parts: list[str] = []
        at = 0
        while at < end:
            length = 1
            found = text[int(typed.starts[at]) : int(typed.ends[at])]
            for stop in range(min(end, at + MAX_WORDS), at + 1, -1):
                word = self._whole(" ".join(folded[at:stop])) if exact[at:stop] == folded[at:stop] else None
                if word is not None:
                    found, length = word, stop - at
                    break
            parts.append(found)
            at += length
            parts.append(text[int(typed.ends[at - 1]) : int(typed.starts[at])])
        return "".join(parts)

    def _whole(self, key: str) -> str | None:
        """The most used entry of just this folded spelling."""
        low, high = bisect_left(self.keys, key), bisect_right(self.keys, key)
        return self.texts[low + int(self.counts[low:high].argmax())] if high > low else None

    def complete(self, tail: Sequence[str], limit: int) -> Iterator[tuple[str, int]]:
        """What begins with the typed syllables, the last of them unfinished; the most used first."""
        key = " ".join(_fold(part) for part in tail)
        low, high = bisect_left(self.keys, key), bisect_left(self.keys, key + "\U0010ffff")
        marked = [part for part in tail if part != _fold(part)]
        wanted = min(high - low, limit if not marked else 50 * limit)
        if wanted <= 0:
            return
        counts = self.counts[low:high]
        best = np.argpartition(-counts, wanted - 1)[:wanted]
        for at in (best[np.argsort(-counts[best], kind="stable")] + low).tolist():
            if not marked or _continues(tail, self.texts[at]):
                yield self.texts[at], int(self.counts[at])
                limit -= 1
                if not limit:
                    return


def _continues(tail: Sequence[str], text: str) -> bool:
    """Whether a completion keeps to the diacritics typed; a tone may still be missing from a syllable."""
    for typed, full in zip(tail, text.lower().split(" "), strict=False):
        if typed != _fold(typed) and not full.startswith(typed) and not _toneless(full).startswith(typed):
            return False
    return True


@lru_cache(maxsize=4096)
def _toneless(syllable: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", syllable).translate(_TONES))


_tables: weakref.WeakKeyDictionary[Reader, _Table] = weakref.WeakKeyDictionary()
_building = threading.Lock()


def _table(reader: Reader) -> _Table:
    """The table of a reader's generation, made at the first call or by `follow`."""
    known = _tables.get(reader)
    if known is None:
        with _building:
            known = _tables.get(reader)
            if known is None:
                known = _tables[reader] = _build(reader)
    return known


def follow(old: Reader, new: Reader) -> None:
    """Let a newer generation of an index complete with the words of the one before until its own are put together.

    Of an index that is large, they are put together in the background; small ones are read when they are asked for.
    """
    known = _tables.get(old)
    if known is None or len(new) < LARGE:
        return
    _tables[new] = known
    threading.Thread(target=_renew, args=(new, known), name="completions", daemon=True).start()


def _renew(reader: Reader, known: _Table) -> None:
    try:
        fresh = _build(reader)
    except Exception:  # a reader closed meanwhile, a cluster away: the next generation tries again
        logging.getLogger(__name__).debug("completions not renewed", exc_info=True)
    else:
        with _building:
            if _tables.get(reader) is known:
                _tables[reader] = fresh


def _build(reader: Reader) -> _Table:
    articles = len(reader)
    rare = 1 if articles < 2000 else 2  # a word of one article in many thousands is most often a slip
    folded = _Folded()
    entries: dict[str, tuple[str, int]] = {}
    for word, count in reader.terms("word"):
        if count < rare or not word[0].isalpha():
            continue
        if "_" not in word:
            if len(word) > 1 and count <= COMMON * articles:
                entries[word] = (folded[word], count)
            continue
        parts = word.split("_")
        entries[" ".join(parts)] = (" ".join([folded[part] for part in parts]), count)
    named = {name: analyze(name).exact_terms() for name in gazetteer.units()}
    together = {
        name: [Term("pair", f"{_fold(a)}_{_fold(b)}") for a, b in pairwise(syllables)]
        for name, syllables in named.items()
    }
    foresee(reader, (pair for pairs in together.values() for pair in pairs))
    for name, syllables in named.items():
        low = " ".join(syllables)
        pairs = together[name]
        count = max(entries.pop(low, ("", 0))[1], min(map(reader.frequency, pairs), default=0))
        if count:
            entries[name] = (_fold(low) if not pairs else " ".join(_fold(part) for part in syllables), count)
    rows = sorted((key, text, count) for text, (key, count) in entries.items())
    return _Table(
        [key for key, _, _ in rows], [text for _, text, _ in rows], np.array([count for _, _, count in rows], np.int32)
    )


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {name.lower(): name for name in gazetteer.units()}


def _as_named(text: str) -> str:
    return _names().get(text, text)


def _from_titles(typed: Analysis, tail: Sequence[str], reader: Reader) -> Iterator[Completion]:
    """Stretches of titles that continue the words typed, to the end of the word begun or of the next one."""
    *whole, begun = tail
    if not whole and len(begun) < 3:
        return
    needed: list[Node] = [
        Term("folded", _fold(part), "title") if part == _fold(part) else Term("exact", part, "title") for part in whole
    ]
    if begun:
        needed.append(Prefix("folded", _fold(begun), "title"))
    pairs = typed.pair_terms()[: max(len(whole) - 1, 0)]
    score = tuple(Weighted(Term("pair", pair, "title"), 1.0) for pair in dict.fromkeys(pairs))
    matches = reader.search(Plan(All(tuple(dict.fromkeys(needed))), score, limit=TITLES)).matches
    seen: Counter[str] = Counter()
    for title in analyze_batch([article.title for article in reader.articles([match.id for match in matches])]):
        seen.update(_stretches(title, whole, begun))
    for text, count in seen.items():
        yield Completion(text, count)


def _stretches(title: Analysis, whole: Sequence[str], begun: str) -> Iterator[str]:
    """The first place of a title that goes on as typed, in its own spelling."""
    exact, folded = title.exact_terms(), title.folded_terms()
    n = len(whole)
    for at in range(len(exact) - n):
        if not all(_same(part, exact[at + i], folded[at + i]) for i, part in enumerate(whole)):
            continue
        end = at + n
        if not folded[end].startswith(_fold(begun)) or not _continues((begun,), exact[end]):
            continue
        if exact[end] == begun and end + 1 < len(exact):
            end += 1
        end += 1
        while end < len(exact) and title.joined[end]:
            end += 1
        text = title.text[int(title.starts[at]) : int(title.ends[end - 1])]
        if not _BREAK.search(text):
            yield _lowered(text, title, at)
        return


def _lowered(text: str, title: Analysis, at: int) -> str:
    """A stretch at the beginning of a title without the capital that stands there for its place only."""
    first = title.text[int(title.starts[at]) : int(title.ends[at])]
    second = title.text[int(title.starts[at + 1]) : int(title.ends[at + 1])] if at + 1 < len(title) else ""
    if at == 0 and first.istitle() and not second[:1].isupper():
        return text[0].lower() + text[1:]
    return text


def _same(typed: str, exact: str, folded: str) -> bool:
    """Whether a word is the one typed: as it stands, or by its letters alone when it was typed without diacritics."""
    return typed in (exact, folded)
