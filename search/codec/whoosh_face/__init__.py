"""The codec at Whoosh's extension points: any Whoosh query over our segments, any Whoosh schema written in our arrays.

In: an index folder, or a Whoosh schema. Out: Whoosh indexes, readers and writers. `open_articles(folder)` opens an
index of articles for reading by `whoosh.searching.Searcher`; `create_index` and `open_index` make and open an index of
any schema, written by Whoosh's own writer through `ArrayCodec`. Neither reads a pickle: tables of contents are JSON,
and a schema is given by the program, never taken from a file. Must not know plans or Vietnamese.

Stock Whoosh stays the reference: queries, scorers, spans, collectors and the merging of generic segments are its own.
"""

from __future__ import annotations

from search.codec.whoosh_face.codec import ArrayCodec
from search.codec.whoosh_face.index import create_index, open_articles, open_index

__all__ = ["ArrayCodec", "create_index", "open_articles", "open_index"]
