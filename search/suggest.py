"""Completions of what is being typed, and searches related to what was found.

In: a prefix as typed, with or without diacritics, and an open index. Out: `Completion`s, the most used first. Must not
know the web, nor how an index is stored.

What can be completed is what the corpus uses: its words (of two and more syllables first), the names of places, and
stretches of its titles. Words and places are kept in `search.completions`; stretches of titles are read from the best
few titles at the time of asking.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from search import gazetteer
from search.analysis import analyze, analyze_batch
from search.analysis.streams import Analysis
from search.completions import MAX_WORDS, Completions, completions, continues, folded
from search.engines.base import Reader
from search.heads import words_of
from search.model import Hit
from search.query.lexicon import foresee
from search.query.tree import All, Node, Plan, Prefix, Term, Weighted

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
    table = completions(reader)
    found = {_spelled(text): Completion(text, count) for text, count in table.complete(tail, 2 * limit)}
    for start in range(max(len(typed) - MAX_WORDS, 1), len(typed)):
        least = ACCIDENT * max((offer.count for offer in found.values()), default=0)
        offers = _continued(typed, start, tail[start:], table, reader, least)
        least = max(least, ACCIDENT * max((offer.count for offer in offers), default=0))
        plain = {folded(text) for text in found}
        found |= {_spelled(o.text): o for o in offers if o.count > least and folded(o.text) not in plain}
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
    known = {folded(term) for term in analyze(query).exact_terms()}
    shared = _shared(reader, [hit.id for hit in hits][:10])
    articles = max(len(reader), 1)
    weighed: list[tuple[float, str, int]] = []
    foresee(reader, (Term("word", word) for word, times in shared.most_common(200) if times > 1))
    for word, times in shared.most_common(200):
        if times < 2 or all(folded(part) in known for part in word.split("_")):
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


def _spelled(text: str) -> str:
    return " ".join(_TYPED.findall(text.lower()))


def _continued(
    typed: Analysis, start: int, tail: Sequence[str], table: Completions, reader: Reader, least: float
) -> list[Completion]:
    """What completes the words from `start` on, where more than `least` articles hold it with the words before.

    "Together" is counted by pairs of neighbors, all in one article: nearly always the phrase, for a small part of its
    price. Far below the best of all, one is an accident of two other phrases.
    """
    before = table.spelled(typed, start)
    pairs = typed.pair_terms()[: start - 1]
    last = typed.folded_terms()[start - 1]

    def joint(text: str) -> Term:
        return Term("pair", f"{last}_{folded(text.lower().split(' ')[0])}")

    chains = []
    possible = list(table.complete(tail, WORDS))
    foresee(reader, (joint(text) for text, _ in possible))
    for text, count in possible:
        if " " not in text and tail[-1] == folded(tail[-1]):
            continue  # a lone syllable typed without diacritics could be any of its spellings
        chains.append((min(count, reader.frequency(joint(text))), text))
    offers = []
    for most, text in sorted(chains, reverse=True)[:TOGETHER]:
        if most <= least:
            break
        syllables = [folded(part) for part in text.lower().split(" ")]
        chain = dict.fromkeys([*pairs, *(f"{a}_{b}" for a, b in pairwise([last, *syllables]))])
        terms = tuple(Term("pair", pair) for pair in chain)
        total = reader.search(Plan(All(terms), limit=0)).total if len(terms) > 1 else reader.frequency(terms[0])
        if total:
            offers.append(Completion(before + text, total))
            least = max(least, ACCIDENT * total)
    texts = [(folded(offer.text), offer) for offer in offers]
    return [
        offer
        for text, offer in texts
        if not any(o.count > WHOLE * offer.count and longer.startswith(text + " ") for longer, o in texts)
    ]


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
        Term("folded", folded(part), "title") if part == folded(part) else Term("exact", part, "title")
        for part in whole
    ]
    if begun:
        needed.append(Prefix("folded", folded(begun), "title"))
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
    exact, bare = title.exact_terms(), title.folded_terms()
    n = len(whole)
    for at in range(len(exact) - n):
        if not all(_same(part, exact[at + i], bare[at + i]) for i, part in enumerate(whole)):
            continue
        end = at + n
        if not bare[end].startswith(folded(begun)) or not continues((begun,), exact[end]):
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


def _same(typed: str, exact: str, bare: str) -> bool:
    """Whether a word is the one typed: as it stands, or by its letters alone when it was typed without diacritics."""
    return typed in (exact, bare)
