"""Articles on the same matter as one article: a query made of its own telling words.

In: an analyzed article and an index. Out: a `Plan`. Must not know how an engine answers it.

A telling word is a pyvi word of two or more syllables that the article repeats and few others hold (tf·idf, Spärck
Jones 1972). An article resembles it when it shares at least three of the best, or as many as there are.
"""

from __future__ import annotations

import math
from collections import Counter

from search.engines.base import Prepared, Reader
from search.query.lexicon import foresee
from search.query.tree import Any, Plan, Term, Weighted

CONSIDERED = 60
"""Words of an article whose frequency in the index is looked up: its most repeated ones."""
TELLING = 20
SHARED = 3


def resembling(prepared: Prepared, reader: Reader, limit: int = 10) -> Plan:
    """The plan that finds what resembles an article; it finds the article itself too, usually first."""
    plain = prepared.plain
    counts: Counter[str] = Counter()
    for analysis, factor in ((prepared.title, 3), (prepared.body, 1)):
        for word in analysis.words():
            if word.length > 1:
                counts[_held(word.text, plain)] += factor
    articles = len(reader)
    weighed = []
    considered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:CONSIDERED]
    foresee(reader, (Term("word", text) for text, _ in considered))
    for text, count in considered:
        term = Term("word", text)
        held_by = reader.frequency(term)
        if 1 < held_by <= max(articles // 10, 20):
            weighed.append((count / (count + 1) * math.log(1 + articles / held_by), term))
    best = sorted(weighed, key=lambda item: (-item[0], item[1].text))[:TELLING]
    terms = tuple(term for _, term in best)
    score = tuple(Weighted(term, weight) for weight, term in best)
    return Plan(Any(terms, minimum=min(SHARED, max(1, len(terms)))), score, limit=limit)


def _held(word: str, plain: bool) -> str:
    """A word as the index holds it: articles without diacritics hold "~" and the folded form."""
    if not plain:
        return word
    from search.analysis import fold

    return "~" + fold(word)
