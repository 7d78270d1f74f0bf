"""Numbers of documents typed without their marks: "17 KH TU" is 17-KH/TU.

In: the tokens of a run of words. Out: the stretches of them that are a document's number, whose parts stand side by
side in any article that names it. Must not know the index.

Kinds and issuers are those of Nghị định 30/2020/NĐ-CP and of the party's Hướng dẫn 36-HD/VPTW on document formats.

>>> from search.query.tokens import tokenize
>>> numbers(tokenize("kế hoạch 17 KH TU")), numbers(tokenize("30 2020 ND CP")), numbers(tokenize("17 tháng 5"))
([(2, 5)], [(0, 4)], [])
"""

from __future__ import annotations

from collections.abc import Sequence

from search.query.tokens import Token

_KIND_LIST = """
bb bc bcd cd ct ctr cttr cv da dt gm hd hdlt kh kl l lct lt nd nq nqlt pa pl qc qd qt qyd tb tc tg th tt ttlt
ttr
"""
_ISSUER_LIST = """
bbt bch bct bnv bca bgddt btc bxd byt ca cp ctn cqtw dct du hdnd hu mttq pc qh qu sn stc tccb td ttg tu tw
ubnd ubtvqh vpcp vptw
"""
_KINDS, _ISSUERS = frozenset(_KIND_LIST.split()), frozenset(_ISSUER_LIST.split())


def numbers(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """The stretches `[start, end)`: a number, perhaps a year, a kind of document, perhaps who issued it."""
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(tokens):
        end = _end(tokens, at)
        if end is not None:
            found.append((at, end))
        at = at + 1 if end is None else end
    return found


def _end(tokens: Sequence[Token], at: int) -> int | None:
    """Where a document's number that begins with token `at` ends."""
    if not _digits(tokens[at], 1, 5):
        return None
    kind = at + 1
    if kind < len(tokens) and _digits(tokens[kind], 4, 4):
        kind += 1
    if kind >= len(tokens) or tokens[kind].parts or (tokens[kind].marked and tokens[kind].syllable):
        return None
    if tokens[kind].folded not in _KINDS:
        # of laws the kind is left out: "45 2019 QH14"
        return kind + 1 if kind == at + 2 and tokens[kind].folded.startswith("qh") else None
    issuer = kind + 1
    return issuer + 1 if issuer < len(tokens) and tokens[issuer].folded in _ISSUERS else issuer


def _digits(token: Token, least: int, most: int) -> bool:
    return not token.parts and token.folded.isdigit() and least <= len(token.folded) <= most
