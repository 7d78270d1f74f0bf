"""Questions, and the words that ask them: they say nothing about the articles that answer.

In: a piece of query text and its tokens. Out: which tokens only ask, and whether the whole asks. Must not know the
index. The words themselves are `search.ranking.QUESTIONS`, which weighs them.

>>> from search.query.tokens import tokenize
>>> tokens = tokenize("cau nao dai nhat la gi")
>>> [tokens[i].text for i in sorted(asking(tokens))]
['la', 'gi']
>>> is_question("ai là bí thư", tokenize("ai là bí thư")), is_question("bí thư tỉnh ủy", tokenize("bí thư tỉnh ủy"))
(True, False)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from search.analysis import fold
from search.query.tokens import Token
from search.ranking import QUESTIONS

_MARK = re.compile(r"\?(?!\w)")
"""A question mark, but not the one within an address."""
_EDGES = frozenset({"ai", "đâu", "hả", "chăng"})
"""Words that ask when they begin or end a text typed with diacritics; between others they may be something else."""


def asking(tokens: Sequence[Token]) -> set[int]:
    """Places of the tokens that only ask.

    One word asks only when it is typed with its mark ("gì", not "gi"); an expression of several in either spelling.
    """
    found: set[int] = set()
    accented = any(token.marked for token in tokens)
    for i, token in enumerate(tokens):
        for expression in _expressions().get(token.folded, ()):
            run = tokens[i : i + len(expression)]
            if len(run) == len(expression) and all(map(_says, run, expression)) and (len(run) > 1 or token.marked):
                found.update(range(i, i + len(run)))
        if accented and token.exact in _EDGES and i in (0, len(tokens) - 1):
            found.add(i)
    return found


def spelled(tokens: Sequence[Token]) -> dict[int, str]:
    """How the expressions that ask are spelled, of several words each, where they are typed without diacritics.

    >>> from search.query.tokens import tokenize
    >>> spelled(tokenize("hoc phi bao nhieu"))
    {2: 'bao', 3: 'nhiêu'}
    """
    found: dict[int, str] = {}
    for i, token in enumerate(tokens):
        for expression in _expressions().get(token.folded, ()):
            run = tokens[i : i + len(expression)]
            if len(run) == len(expression) > 1 and not any(map(_differs, run, expression)):
                found |= {i + j: word for j, word in enumerate(expression) if i + j not in found}
    return found


def is_question(text: str, tokens: Sequence[Token]) -> bool:
    """Whether a text is a question: by its mark, or by its words."""
    return _MARK.search(text) is not None or bool(asking(tokens))


def _says(token: Token, word: str) -> bool:
    return token.exact == word if token.marked else token.folded == fold(word)


def _differs(token: Token, word: str) -> bool:
    return token.marked or token.folded != fold(word)


@lru_cache(maxsize=1)
def _expressions() -> dict[str, list[tuple[str, ...]]]:
    """Question expressions by the folded form of their first word."""
    table: dict[str, list[tuple[str, ...]]] = {}
    for expression in QUESTIONS:
        table.setdefault(fold(expression[0]), []).append(expression)
    return table
