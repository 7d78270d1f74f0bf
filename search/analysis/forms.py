"""The forms of one token: stored text, exact term, folded term.

In: a text or token as written. Out: NFC text; the exact form (lower case, canonical spelling); the folded form (exact
without diacritics). Must not know positions, words or engines.

>>> exact_form("Hoà"), fold("Hoà"), fold("37-QĐ/TW"), exact_form("Ðà"), fold("kĩ"), fold("ky")
('hòa', 'hoa', '37-qd/tw', 'đà', 'ky', 'ky')
"""

from __future__ import annotations

import re
import unicodedata

from search.analysis.syllables import MARKED, TONES, canonical

CONNECTORS = "-/.,:_&+@'"
"""Marks that hold the parts of a code together, in their plain (ASCII) form."""
INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff"
"""Soft hyphen, zero-width blanks and joiners, directional marks: they never belong to a term."""

_VIETNAMESE = MARKED | frozenset("abcdefghijklmnopqrstuvwxyz")
_PLAIN = str.maketrans({letter: unicodedata.normalize("NFD", letter)[0] for letter in MARKED} | {"đ": "d"})
_SURROGATE = re.compile("[\ud800-\udfff]")
_PARTS = re.compile(f"([{re.escape(CONNECTORS)}]+)")
_NOT_PLAIN = re.compile("[^a-z0-9]+")
_STACKED = re.compile(f"([^\\W\\d_])([{TONES}])([\u0302\u0306\u031b])")
_LETTERS = {
    0x00F0: "đ",  # eth, for đ in old fonts and keyboards
    0x0256: "đ",  # African d
    0x01CE: "ă",  # a with caron, for a with breve
    **{ord(mark): None for mark in INVISIBLE},
    **{ord(mark): "-" for mark in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\u2043"},
    **{ord(mark): '"' for mark in "\u201c\u201d\u201e\u201f\u2033\uff02"},
    **{ord(mark): "'" for mark in "\u2018\u2019\u201a\u201b\u2032\u02bc\uff07"},
}
_GROUP_BLANKS = "\u00a0\u2007\u2009\u202f"
_GROUPS = re.compile(rf"(?<![\d.,{_GROUP_BLANKS}])[1-9]\d{{0,2}}(?:[{_GROUP_BLANKS}]\d{{3}})+(?!\d)")
_DOTS = str.maketrans(dict.fromkeys(_GROUP_BLANKS, "."))
_COMPATIBLE = re.compile(
    "[\u00aa\u00b2\u00b3\u00b9\u00ba\u2070-\u209c\u2150-\u217f\u3380-\u33df\ufb00-\ufb06\uff01-\uff5e\U0001d400-\U0001d7ff]"
)
"""Letters and digits that are others in another dress: full-width, superior, Roman numerals, units, mathematical."""


def normalize(text: str) -> str:
    """The text as stored: NFC, each unpaired surrogate (which no encoding can hold) as U+FFFD, otherwise as written.

    >>> normalize("a\\u0302\\u0323\\ud800")
    'ậ\\ufffd'
    """
    if text.isascii():
        return text
    try:
        text.encode("utf-16-le")  # fails on such a one, in a sixth of the time of looking for it
    except UnicodeEncodeError:
        text = _SURROGATE.sub("\ufffd", text)
    return unicodedata.normalize("NFC", text)


def grouped(text: str) -> str:
    """The text as it is read: digits in groups of three apart by a no-break or thin blank have a dot there instead.

    >>> grouped("102\u202f614 tỷ, ngày 12\u00a0345")
    '102.614 tỷ, ngày 12.345'
    """
    if text.isascii() or not any(blank in text for blank in _GROUP_BLANKS):
        return text
    return _GROUPS.sub(lambda found: found[0].translate(_DOTS), text)


def plain_letters(text: str) -> str:
    """Invisible marks gone, dashes and quotes straight, full-width and other dressed letters plain, marks in order."""
    if text.isascii():
        return text
    if _COMPATIBLE.search(text):
        text = _COMPATIBLE.sub(lambda m: unicodedata.normalize("NFKC", m[0]).replace("\u2044", "/"), text)
    return text.translate(_LETTERS)


def exact_form(token: str) -> str:
    """The term of the exact space: lower case, NFC, canonical spelling (tone placement, i/y); a code part by part."""
    low = token.lower()
    if _VIETNAMESE.issuperset(low):
        return canonical(low)
    low = plain_letters(unicodedata.normalize("NFC", token))
    low = unicodedata.normalize("NFC", low.lower()).translate(_LETTERS)
    if low.isalnum():
        return canonical(low)
    if not low.isascii():
        # a tone mark typed before the circumflex, breve or horn: put the mark of quality first
        ordered = _STACKED.sub(r"\1\3\2", unicodedata.normalize("NFD", low))
        low = unicodedata.normalize("NFC", ordered)
    return "".join(part if i % 2 else canonical(part) for i, part in enumerate(_PARTS.split(low)))


def fold(term: str) -> str:
    """The term of the folded space: the exact form in ASCII, without diacritics; codes keep their marks.

    A term that has no ASCII reading (an emoji, an unknown script) keeps its exact form. Idempotent.
    """
    return fold_exact(exact_form(term))


def fold_exact(exact: str) -> str:
    """`fold` of a term that is in its exact form."""
    if exact.isascii():
        return exact
    if _VIETNAMESE.issuperset(exact):
        return canonical(exact.translate(_PLAIN))
    from unidecode import unidecode

    parts = _PARTS.split(exact)
    plain = [part if i % 2 else canonical(_NOT_PLAIN.sub("", unidecode(part).lower())) for i, part in enumerate(parts)]
    return "".join(plain) if any(plain[::2]) else exact
