"""Whoosh 2.7.4 (2016) imported once, without the warnings that newer Pythons give when they compile its source."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", SyntaxWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    import whoosh
    from whoosh import analysis, columns, fields, formats, index, matching, query, reading, sorting, writing
    from whoosh.codec import base, whoosh3
    from whoosh.filedb import filestore
    from whoosh.util import numeric

VERSION = ".".join(map(str, whoosh.__version__))

__all__ = ["VERSION", "analysis", "base", "columns", "fields", "filestore", "formats", "index", "matching", "numeric"]
__all__ += ["query", "reading", "sorting", "whoosh3", "writing"]
