"""Whoosh 2.7.4 (2016) imported once, without the warnings that newer Pythons give when compiling it."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", SyntaxWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    import whoosh.codec.whoosh3
    import whoosh.columns
    import whoosh.fields
    import whoosh.formats
    import whoosh.index
    import whoosh.reading
    import whoosh.writing

VERSION = whoosh.versionstring()
