"""What ranking is compared with: plain BM25 over three kinds of terms, and other engines where they are installed.

In: the documents of a retrieval set. Out: rankers, each built as its makers advise for plain text: any word may match,
best first. Must not know the product's own matching and ranking.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.analysis import fold, segment
from search.evaluation import DEPTH, Document, Ranker

K1, B = 1.2, 0.75
_WORD = re.compile(r"\w+")


def syllables(text: str) -> list[str]:
    """Lower-case runs of letters and digits: Lucene's standard analyzer, Whoosh's and tantivy's default."""
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def folded(text: str) -> list[str]:
    """The same without diacritics: ICU folding, FTS5's `remove_diacritics` with đ folded too."""
    return [fold(token) for token in syllables(text)]


def words(text: str) -> list[str]:
    """pyvi's words, in lower case: what the Vietnamese plugins for Elasticsearch and OpenSearch index."""
    return [word.lower() for word in segment(text) if _WORD.search(word)]


class BM25:
    """A plain inverted index in memory, Lucene's form of BM25 (Robertson et al. 1994)."""

    def __init__(self, documents: Sequence[Document], terms_of: Callable[[str], list[str]]) -> None:
        self._ids = [document.id for document in documents]
        self._terms_of = terms_of
        lists: dict[str, list[tuple[int, int]]] = {}
        lengths = np.zeros(len(documents))
        for number, document in enumerate(documents):
            terms = [term for part in (document.title, document.text) for term in terms_of(part)]
            lengths[number] = len(terms)
            for term, times in Counter(terms).items():
                lists.setdefault(term, []).append((number, times))
        norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()), 1e-9))
        self._postings: dict[str, tuple[NDArray[np.intp], NDArray[np.float64]]] = {}
        for term, pairs in lists.items():
            table = np.array(pairs, np.intp)
            numbers, tf = table[:, 0], table[:, 1].astype(float)
            idf = np.log(1 + (len(documents) - len(pairs) + 0.5) / (len(pairs) + 0.5))
            self._postings[term] = numbers, idf * tf / (tf + norm[numbers])

    def __call__(self, query: str) -> list[str]:
        """Ids of the best documents; a term of the query counts as often as it is typed, ties by place."""
        scores = np.zeros(len(self._ids))
        for term, times in Counter(self._terms_of(query)).items():
            if term in self._postings:
                numbers, weights = self._postings[term]
                scores[numbers] += times * weights
        found = np.flatnonzero(scores > 0)
        best = found[np.lexsort((found, -scores[found]))][:DEPTH]
        return [self._ids[number] for number in best.tolist()]


def fts5(documents: Sequence[Document]) -> Ranker | None:
    """SQLite's FTS5 with `unicode61 remove_diacritics 2`; None where SQLite lacks it."""
    import sqlite3
    import weakref

    connection = sqlite3.connect(":memory:", check_same_thread=False)
    try:
        connection.execute(
            "CREATE VIRTUAL TABLE texts USING fts5(title, body, tokenize = 'unicode61 remove_diacritics 2')"
        )
    except sqlite3.OperationalError:
        connection.close()
        return None
    connection.executemany(
        "INSERT INTO texts(rowid, title, body) VALUES (?, ?, ?)",
        ((i, d.title, d.text) for i, d in enumerate(documents)),
    )

    def rank(query: str) -> list[str]:
        asked = " OR ".join(f'"{token}"' for token in syllables(query))
        if not asked:
            return []
        rows = connection.execute(
            "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY bm25(texts), rowid LIMIT ?", (asked, DEPTH)
        )
        return [documents[number].id for (number,) in rows]

    weakref.finalize(rank, connection.close)
    return rank


def tantivy(documents: Sequence[Document]) -> Ranker | None:
    """tantivy with its default tokenizer, title and body as two fields; None where it is not installed."""
    try:
        import tantivy as library
    except ImportError:
        return None
    held: Any = library
    builder = held.SchemaBuilder()
    builder.add_integer_field("number", stored=True)
    builder.add_text_field("title")
    builder.add_text_field("body")
    index = held.Index(builder.build())
    writer = index.writer(heap_size=128_000_000, num_threads=1)
    for i, document in enumerate(documents):
        title, body = (unicodedata.normalize("NFC", text) for text in (document.title, document.text))
        writer.add_document(held.Document(number=i, title=title, body=body))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def rank(query: str) -> list[str]:
        asked = " ".join(syllables(query))
        if not asked:
            return []
        found = searcher.search(index.parse_query_lenient(asked, ["title", "body"])[0], DEPTH).hits
        return [documents[searcher.doc(address)["number"][0]].id for _, address in found]

    return rank


PEERS: Mapping[str, Callable[[Sequence[Document]], Ranker | None]] = {
    "syllables": lambda documents: BM25(documents, syllables),
    "folded": lambda documents: BM25(documents, folded),
    "words": lambda documents: BM25(documents, words),
    "fts5": fts5,
    "tantivy": tantivy,
}
"""Name → a ranker over documents, or None where what it needs is not installed."""
