"""Tìm Báo: full-text search for Vietnamese articles, typed with or without diacritics.

The names a program needs are here; everything else is reached through `search.service`.

>>> import search
>>> search.Article(id="1", title="Tin", body="…").id
'1'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from search.model import Article

if TYPE_CHECKING:
    from search.indexing import build
    from search.service import Index
    from search.service import open_index as open

__all__ = ["Article", "Index", "build", "open"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import the service only when it is used: `import search` alone stays cheap."""
    if name == "open":
        from search.service import open_index

        return open_index
    if name == "build":
        from search.indexing import build

        return build
    if name == "Index":
        from search.service import Index

        return Index
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
