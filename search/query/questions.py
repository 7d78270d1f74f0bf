"""Questions, and the words that ask them: they say nothing about the articles that answer.

In: a piece of query text and its tokens. Out: whether it asks, and which tokens only ask. Must not know the index.

>>> from search.query.tokens import tokenize
>>> is_question("ai là bí thư", tokenize("ai là bí thư")), is_question("bí thư tỉnh ủy", tokenize("bí thư tỉnh ủy"))
(True, False)
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from search.query.tokens import Token

_ASKING = frozenset({"gì", "nào", "ai", "sao", "đâu", "mấy", "nhiêu", "hả", "chăng", "không"})
_OPEN = frozenset(
    {("la", "gi"), ("cai", "gi"), ("the", "nao"), ("khi", "nao"), ("luc", "nao"), ("nhu", "nao"), ("nguoi", "nao")}
    | {("bao", "nhieu"), ("bao", "lau"), ("bao", "gio"), ("tai", "sao"), ("vi", "sao"), ("o", "dau"), ("ai", "la")}
    | {("la", "ai"), ("co", "may"), ("nao", "la"), ("what", "is"), ("who", "is")}
)
"""Pairs of folded words that ask, for text without diacritics, where one word alone could mean anything."""


def is_question(text: str, tokens: Sequence[Token]) -> bool:
    """Whether a text is a question: by its mark, or by its words."""
    if "?" in text:
        return True
    if any(token.marked for token in tokens):
        return any(token.exact in _ASKING and token.exact not in ("không", "ai") for token in tokens) or (
            tokens[0].exact == "ai" or tokens[-1].exact == "ai"
        )
    return any((a.folded, b.folded) in _OPEN for a, b in pairwise(tokens))


def asks(token: Token) -> bool:
    """Whether a token typed with its marks only asks."""
    return token.exact in _ASKING
