"""The sizes a query may have: beyond them it is refused with a `QueryError` that says what to do.

In: nothing. Out: constants. docs/query-language.md names each of them, and a test says so.
"""

from __future__ import annotations

MAX_CHARS = 10_000
"""Code points of a query; the service may allow less."""
MAX_TOKENS = 400
"""Words (syllables, numbers, parts of codes) of a query."""
MAX_CLAUSES = 64
"""Parts of a query set apart by operators, quotation marks, fields or parentheses."""
MAX_DEPTH = 12
"""Parentheses within parentheses."""
MAX_EXPANSION = 2_000
"""Different words of the index that one `prefix*` may stand for."""
MAX_FUZZY_DISTANCE = 2
"""Edits of a `word~`."""
MAX_SLOP = 20
"""Words that may stand between those of a `"phrase"~N`."""
LONG = 6
"""With more words than this a query asks for a stated share of them instead of all."""
