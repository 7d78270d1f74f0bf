"""The words and places of an index in order of their folded spelling, so that what begins a word is a range of them.

In: the word space of an open index and the gazetteer. Out: what completes some syllables, and how bare ones are most
often spelled. Must not know titles, nor how completions are put in order with others.

The words of one first letter are put together when something that begins with it is asked for first: a lone process
needs one letter or two, and reading all words of a large index takes half a second.
"""

from __future__ import annotations

import logging
import threading
import time
import unicodedata
import weakref
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from search import gazetteer
from search.analysis import analyze, fold
from search.analysis.forms import fold_exact
from search.analysis.streams import Analysis
from search.engines.base import Reader
from search.errors import IndexBroken
from search.query.lexicon import foresee
from search.query.tree import Prefix, Term

COMMON = 0.05
"""A single syllable that more than this part of the articles hold is a function word: it completes nothing."""
MAX_WORDS = 3
"""A completion continues at most this many of the last words typed."""
LARGE = 10_000
"""Articles of an index whose words take a noticeable time to put together."""
_TONES = dict.fromkeys((0x300, 0x301, 0x303, 0x309, 0x323))
_OTHER = {"đ": "d", "ø": "o", "ł": "l", "æ": "a", "œ": "o", "ß": "s", "þ": "t", "ı": "i"}
"""Letters without a plain one in them."""


@lru_cache(maxsize=1 << 16)
def folded(text: str) -> str:
    """The text's letters without diacritics, in lower case."""
    return " ".join(map(fold, text.lower().split()))


class _Folded(dict[str, str]):
    """Exact terms with their folded forms, each worked out once."""

    def __missing__(self, word: str) -> str:
        found = self[word] = word if word.isascii() else fold_exact(word)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Completions of one letter in order: `keys[i]` folded, `texts[i]` as shown, `counts[i]` (int32)."""

    keys: list[str]
    texts: list[str]
    counts: NDArray[np.int32]


class Completions:
    """What an index completes; each letter's part is made when it is first needed."""

    def __init__(self, reader: Reader, parts: Mapping[str, _Part] | None = None) -> None:
        self._reader = weakref.ref(reader)  # the table is kept for as long as its reader is
        self._parts = dict(parts or {})
        self._making = threading.Lock()

    def complete(self, tail: Sequence[str], limit: int) -> Iterator[tuple[str, int]]:
        """What begins with the typed syllables, the last of them unfinished; the most used first."""
        key = " ".join(map(folded, tail))
        part = self._part(key)
        low, high = bisect_left(part.keys, key), bisect_left(part.keys, key + "\U0010ffff")
        marked = [typed for typed in tail if typed != folded(typed)]
        wanted = min(high - low, limit if not marked else 50 * limit)
        if wanted <= 0:
            return
        counts = part.counts[low:high]
        best = np.argpartition(-counts, wanted - 1)[:wanted]
        for at in (best[np.argsort(-counts[best], kind="stable")] + low).tolist():
            if not marked or continues(tail, part.texts[at]):
                yield part.texts[at], int(part.counts[at])
                limit -= 1
                if not limit:
                    return

    def spelled(self, typed: Analysis, end: int) -> str:
        """The text before position `end`: words typed without diacritics as they are most often spelled, the rest as
        typed.
        """
        text, bare, exact = typed.text, typed.folded_terms(), typed.exact_terms()
        parts: list[str] = []
        at = 0
        while at < end:
            length = 1
            found = text[int(typed.starts[at]) : int(typed.ends[at])]
            for stop in range(min(end, at + MAX_WORDS), at + 1, -1):
                word = self._whole(" ".join(bare[at:stop])) if exact[at:stop] == bare[at:stop] else None
                if word is not None:
                    found, length = word, stop - at
                    break
            parts.append(found)
            at += length
            parts.append(text[int(typed.ends[at - 1]) : int(typed.starts[at])])
        return "".join(parts)

    def _whole(self, key: str) -> str | None:
        """The most used entry of just this folded spelling."""
        part = self._part(key)
        low, high = bisect_left(part.keys, key), bisect_right(part.keys, key)
        return part.texts[low + int(part.counts[low:high].argmax())] if high > low else None

    def _part(self, key: str) -> _Part:
        letter = _class(key)
        known = self._parts.get(letter)
        reader = self._reader()
        if known is not None or reader is None:
            return known or _NOTHING
        with self._making:
            if letter not in self._parts:
                self._parts |= _read(reader, [letter])
            return self._parts[letter]

    def prepare(self, seconds: float) -> float:
        """Read the words of every letter, as far as it can be done in so many seconds; returns those that are left."""
        end = time.monotonic() + seconds
        with suppress(IndexBroken):  # damage is told by the search that meets it
            for letter in _variants():
                if time.monotonic() < end:
                    self._part(letter)
        return end - time.monotonic()

    def follow(self, reader: Reader) -> Completions:
        """A table for a newer generation, which answers by the words of this one until its own are read."""
        newer = Completions(reader, self._parts)
        threading.Thread(target=newer.renew, args=(reader,), name="completions", daemon=True).start()
        return newer

    def renew(self, reader: Reader) -> None:
        """Read the words of each letter anew."""
        try:
            for letter in list(self._parts):
                self._parts |= _read(reader, [letter])
        except Exception:  # a reader closed meanwhile, a cluster away: the next generation tries again
            logging.getLogger(__name__).debug("completions not renewed", exc_info=True)


_NOTHING = _Part([], [], np.empty(0, np.int32))
_tables: weakref.WeakKeyDictionary[Reader, Completions] = weakref.WeakKeyDictionary()
_opening = threading.Lock()


def completions(reader: Reader) -> Completions:
    """The table of a reader's generation."""
    with _opening:
        known = _tables.get(reader)
        if known is None:
            known = _tables[reader] = Completions(reader)
        return known


def follow(old: Reader, new: Reader) -> None:
    """Let a newer generation of an index complete with the words of the one before until its own are put together.

    Of an index that is large, they are put together in the background; small ones are read when they are asked for.
    """
    known = _tables.get(old)
    if known is not None and len(new) >= LARGE:
        _tables[new] = known.follow(new)


def continues(tail: Sequence[str], text: str) -> bool:
    """Whether a completion keeps to the diacritics typed; a tone may still be missing from a syllable."""
    for typed, full in zip(tail, text.lower().split(" "), strict=False):
        if typed != folded(typed) and not full.startswith(typed) and not _toneless(full).startswith(typed):
            return False
    return True


@lru_cache(maxsize=4096)
def _toneless(syllable: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", syllable).translate(_TONES))


def _class(key: str) -> str:
    """The letter under which a folded spelling is kept; i and y are one, for a word may be written with either."""
    return "y" if key[:1] == "i" else key[:1]


@lru_cache(maxsize=1)
def _variants() -> dict[str, list[str]]:
    """The Latin letters that words may begin with, by the letter under which they are kept."""
    found: dict[str, list[str]] = {}
    for point in [*range(ord("a"), ord("z") + 1), *range(0xC0, 0x250), *range(0x1E00, 0x1F00)]:
        letter = chr(point)
        plain = _OTHER.get(letter) or unicodedata.normalize("NFD", letter)[0]
        if letter.islower() and "a" <= plain <= "z":
            found.setdefault(_class(plain), []).append(letter)
    return found


def _read(reader: Reader, letters: Sequence[str]) -> dict[str, _Part]:
    """The parts of some letters."""
    articles = len(reader)
    rare = 1 if articles < 2000 else 2  # a word of one article in many thousands is most often a slip
    names = _Folded()
    return {letter: _part(reader, letter, articles, rare, names) for letter in letters}


def _part(reader: Reader, letter: str, articles: int, rare: int, names: _Folded) -> _Part:
    entries: dict[str, tuple[str, int]] = {}
    for word, count in _words(reader, letter):
        if count < rare:
            continue
        if "_" not in word:
            if len(word) > 1 and count <= COMMON * articles:
                entries[word] = (names[word], count)
            continue
        syllables = word.split("_")
        entries[" ".join(syllables)] = (" ".join([names[syllable] for syllable in syllables]), count)
    together = {
        name: (low, [Term("pair", f"{a}_{b}") for a, b in pairwise(key.split(" "))])
        for name, low, key in _places()
        if _class(key) == letter
    }
    foresee(reader, (pair for _, pairs in together.values() for pair in pairs))
    for name, (low, pairs) in together.items():
        count = max(entries.pop(low, ("", 0))[1], min(map(reader.frequency, pairs), default=0))
        if count:
            entries[name] = (folded(low), count)
    rows = sorted((key, text, count) for text, (key, count) in entries.items())
    return _Part(
        [key for key, _, _ in rows], [text for _, text, _ in rows], np.array([count for _, _, count in rows], np.int32)
    )


def _words(reader: Reader, letter: str) -> Iterable[tuple[str, int]]:
    """The words that begin with a letter, whatever marks it has, with the number of articles."""
    variants = _variants().get(letter, ())
    foresee(reader, (Prefix("word", first) for first in variants))
    return (entry for first in variants for entry in reader.terms("word", first))


@lru_cache(maxsize=1)
def _places() -> list[tuple[str, str, str]]:
    """The names of places, as shown, as exact syllables and folded, blanks between."""
    return [(name, low, folded(low)) for name in gazetteer.units() for low in [" ".join(analyze(name).exact_terms())]]
