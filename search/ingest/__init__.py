"""Files of any kind → articles with evidence for date, city and author.

In: files, folders, standard input. Out: `search.model.Record` and `Skipped`. Must not know engines or the web.
Readers are imported when first used: importing this package costs nothing.

>>> from search.ingest import article_of
>>> article_of({"id": "1", "title": "Tin", "body": "Một đoạn.", "city": "haiphong"}).city
'Hải Phòng'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from search.ingest.output import record_json
    from search.ingest.records import article_of
    from search.ingest.sources import read_file, read_sources

_HOMES = {
    "article_of": "records",
    "read_file": "sources",
    "read_sources": "sources",
    "record_json": "output",
}
__all__ = ["article_of", "read_file", "read_sources", "record_json"]


def __getattr__(name: str) -> Any:
    """Import the module of a name when it is first used."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
