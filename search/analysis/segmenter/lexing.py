"""Blank-free text → pyvi's tokens, in time linear in its length.

In: a piece of text without white space. Out: the tokens that pyvi 0.1.1's regular expression finds in it. Must not know
the model.

pyvi tries its alternatives in this order: abbreviations with their dot, `==>` `->` `...` `>>`, line break, web address,
e-mail, number with inner marks, one mark, a word. Tried by the regular-expression engine at every place, the e-mail
alternative takes quadratic time on `a-a-a-a…`; here the places where an address can stand are found first.

>>> lex("TP.HCM"), lex("58,42%"), lex("29/12/2021"), lex("gửi:a.b@c.vn,")
(['TP.', 'HCM'], ['58,42', '%'], ['29', '/', '12', '/', '2021'], ['gửi', ':', 'a.b@c.vn', ','])
"""

from __future__ import annotations

import re
import unicodedata

_ABBREVIATIONS = [r"[A-ZĐ]+\.", r"Tp\.", r"Mr\.", r"Mrs\.", r"Ms\.", r"Dr\.", r"ThS\."]
_SIGNS = ["==>", "->", r"\.\.\.", ">>"]
NUMBER = re.compile(r"\d+(?:[\.,_]\d+)+")
ABBREVIATION = re.compile("|".join(_ABBREVIATIONS))
_REST = [NUMBER.pattern, r"[^\w\s]", r"\w+"]
_FIRST = re.compile("|".join(_ABBREVIATIONS + _SIGNS))
_LAST = re.compile("|".join(_REST))
_ALL = re.compile("(?:" + "|".join(_ABBREVIATIONS + _SIGNS + _REST) + ")")
_WORD = re.compile(r"\w+")
_ENDS = frozenset(',.;:!?)”’…"')
"""Marks that are a token of their own after a word; a dot only after a small one."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_LOCAL_PART = re.compile(r"[a-zA-Z0-9_.+-]+")
_DOMAIN = re.compile(r"(?:[a-zA-Z0-9-]+\.)+[a-zA-Z0-9-]+")


def readable(text: str) -> str:
    """The text with unpaired surrogates as U+FFFD: pyvi itself fails on them."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def lex_all(pieces: list[str]) -> tuple[list[str], list[int]]:
    """pyvi's tokens of some pieces of text without white space, and how many each piece has."""
    joined = "\n".join(pieces)
    if not joined.isascii():
        usual = unicodedata.normalize("NFC", readable(joined))
        if usual != joined:
            pieces = usual.split("\n")
    found: list[str] = []
    counts: list[int] = []
    for piece in pieces:
        if piece.isalpha():
            found.append(piece)
            counts.append(1)
            continue
        mark, word = piece[-1:], piece[:-1]
        if mark in _ENDS and word.isalpha() and (mark != "." or word.islower()):
            found += word, mark
            counts.append(2)
        else:
            tokens = lex_piece(piece)
            found += tokens
            counts.append(len(tokens))
    return found, counts


def lex(piece: str) -> list[str]:
    """pyvi's tokens of a piece of text without white space."""
    return lex_piece(piece if piece.isascii() else unicodedata.normalize("NFC", piece))


def lex_piece(piece: str) -> list[str]:
    """pyvi's tokens of a piece in NFC."""
    if "@" in piece or "://" in piece:
        return _with_addresses(piece)
    return _ALL.findall(piece)


def _mail_ends(piece: str) -> list[tuple[int, int, int]]:
    """For each e-mail address: the first place it can begin at, its @, its end."""
    found = []
    for local in _LOCAL_PART.finditer(piece):
        at = local.end()
        if piece.startswith("@", at):
            domain = _DOMAIN.match(piece, at + 1)
            if domain:
                found.append((local.start(), at, domain.end()))
    return found


def _with_addresses(piece: str) -> list[str]:
    tokens: list[str] = []
    mails = iter([*_mail_ends(piece), (len(piece) + 1, len(piece) + 1, 0)])
    first, at, mail_end = next(mails)
    place, size = 0, len(piece)
    while place < size:
        while at <= place:
            first, at, mail_end = next(mails)
        found = _FIRST.match(piece, place)
        if found is None:
            word = _WORD.match(piece, place)
            if word is not None and piece.startswith("://", word.end()) and word.end() + 3 < size:
                tokens.append(piece[place:])
                break
            if first <= place:
                tokens.append(piece[place:mail_end])
                place = mail_end
                continue
            found = _LAST.match(piece, place)
        if found is None:  # a character that is neither word, mark nor blank to the engine
            place += 1
            continue
        tokens.append(found[0])
        place = found.end()
    return tokens
