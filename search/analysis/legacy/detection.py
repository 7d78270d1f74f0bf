"""Which encoding a text is in: the one that makes Vietnamese syllables of its marked words.

In: bytes, or a string read in the wrong encoding. Out: `Decoded`: NFC text, encoding, confidence. Must not know the
tables; it compares readings. A reading is good when its words with marks are possible syllables (by the rules of
`search.analysis.syllables`, tones included), which wrong readings hardly ever are.

>>> decode(b"C\\xe9ng h\\xdfa X\\xb7 h\\xe9i")
Decoded(text='Cộng hòa Xã hội', encoding='tcvn3', confidence=0.97)
>>> convert_text("5 µm ¶ 20 °C").text
'5 µm ¶ 20 °C'
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from search.analysis.forms import normalize
from search.analysis.legacy.charsets import decode_charset
from search.analysis.segmenter.model import ModelMismatch, dictionary
from search.analysis.syllables import canonical, is_syllable, newer_placement, well_placed
from search.gazetteer import districts, units

SAMPLE_CHARS = 20_000
"""Readings are compared on this much of a text."""

SHORT_BYTES = 60
"""Only texts so short are UTF-8 by chance."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORD = re.compile(r"[^\W\d_]+")
_USUAL = frozenset("\u00a0“”‘’–—…•°§«»©®™€")
_BEYOND_LATIN_1 = re.compile("[\u0102\u0103\u0110\u0111\u0128\u0129\u0168\u0169\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f]")
_SMALL_AMONG_CAPITALS = re.compile("[A-Z]{2}[^\\W\\d_A-Z]|[^\\W\\d_A-Z][A-Z]")
_WITHIN_WORDS = re.compile("[A-Za-z][\u0080-\u00bf\u00d7\u00f7][A-Za-z]")
"""What Latin-1 holds no letters for, between letters."""
_TWO_SCRIPTS = re.compile("[A-Za-z][\u0370-\u07ff]|[\u0370-\u07ff][A-Za-z]")
"""A word of two scripts: bytes of a legacy charset that happen to be UTF-8."""
_ORDER = ("cp1258", "tcvn3", "vni", "viscii")
_HANDICAP = {"viscii": 0.1}
"""What a reading must be better by: VISCII was written on mailing lists, hardly ever by the press."""
_RARITY = {
    letter: bits
    for bits, letters in {
        3: "đ",
        4: "àưá",
        5: "ôếệạảêộóớố",
        6: "ấờâủềợểịơìậầựăíứã",
        7: "ởụồữọúổắòừùặ",
        8: "ỉũửýỏễẽằéẫẩ",
        9: "ĩỗỹẻẹỷ",
        10: "ỳõẳỡè",
        11: "ẵ",
        14: "ỵ",
    }.items()
    for letter in letters
}
"""How rare each marked letter is among marked letters of the press, in bits (counted over 8,000 articles)."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text as read: NFC; the encoding ("tcvn3 in utf-8" when one was inside another); confidence from 0 to 1."""

    text: str
    encoding: str
    confidence: float


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Of a reading: marked words, how many are syllables (and distinct), misfit marks, share of all words.

    `rarity` is the mean rarity of the marked letters, in bits, `words` how many known words hold a marked syllable, for
    each marked letter: of two readings that both make syllables, the one with common letters and words is
    right. A word is worth some nine bits: so seldom do other syllables make one by chance.
    """

    marked: int
    good: int
    distinct: int
    odd: int
    syllables: float
    rarity: float
    words: float

    @property
    def score(self) -> float:
        return self.good / (self.marked + self.odd) if self.marked + self.odd else 0.0

    @property
    def rank(self) -> float:
        return self.score - 0.08 * (self.rarity - 9.0 * min(self.words, 0.5))


def _evidence(text: str) -> _Evidence:
    sample = text[:SAMPLE_CHARS]
    words = Counter(_WORD.findall(sample))
    marked = good = distinct = total = syllables = 0
    for word, count in words.items():
        total += count
        fits = len(word) <= 7 and _is_spelled(word[:-1] + "c" if word[-1] in "kK" else word)  # Đắk Lắk
        syllables += count * fits
        if not word.isascii():
            marked += count
            good += count * fits
            distinct += fits and len(word) > 1
    marks = [c for c in sample.lower() if not c.isascii() and c.isalpha()]
    rarity = sum(_RARITY.get(c, 14) for c in marks) / len(marks) if marks else 14.0
    odd = sum(not c.isascii() and not c.isalpha() and c not in _USUAL for c in sample) + len(_CONTROLS.findall(sample))
    found = _words(sample) / len(marks) if marks else 0.0
    return _Evidence(marked, good, distinct, odd, syllables / total if total else 0.0, rarity, found)


def _is_spelled(word: str) -> bool:
    """Whether a word can be a syllable with its tone where either rule puts it: "hời", not "hơì"."""
    if word.isascii():
        return is_syllable(word)
    low = word.lower()
    return _is_cased(word) and is_syllable(low) and low in well_placed(low)


def _is_cased(word: str) -> bool:
    """Whether the capitals of a word stand where they can: none within, all, or all but marked ones (TCVN3 fonts)."""
    if word.isupper() or word[1:].islower() or len(word) == 1:
        return True
    return all(letter.isupper() == letter.isascii() for letter in word)


@lru_cache(maxsize=1)
def _known_words() -> tuple[frozenset[str], frozenset[str]]:
    """Words of two and of three syllables: pyvi's dictionary (where it is installed), provinces and districts."""
    try:
        pairs, triples = dictionary()
    except ModelMismatch:
        pairs, triples = frozenset(), frozenset()
    places = [_newer(name.lower().split()) for name in (*units(), *(district.name for district in districts()))]
    return (
        pairs.union(name for name in places if name.count(" ") == 1),
        triples.union(name for name in places if name.count(" ") == 2),
    )


def _newer(words: list[str]) -> str:
    """Words as the dictionary spells them."""
    return " ".join([newer_placement(canonical(word)) for word in words])


def _words(sample: str) -> int:
    """How many known words with a marked letter stand in a text."""
    words = _WORD.findall(sample.lower())[:2000]
    found = 0
    for size, known in enumerate(_known_words(), 2):
        for i in range(len(words) - size + 1):
            run = words[i : i + size]
            word = " ".join(run)
            found += not word.isascii() and (word in known or _newer(run) in known)
    return found


def _readings(data: bytes) -> list[tuple[str, _Evidence]]:
    """Every reading of the bytes, best first."""
    readings = [(name, _evidence(decode_charset(data[:SAMPLE_CHARS], name))) for name in _ORDER]
    return sorted(readings, key=lambda reading: _HANDICAP.get(reading[0], 0.0) - reading[1].rank)


def _confidence(best: _Evidence, second: _Evidence) -> float:
    """How sure: the share of words that fit, less when little was seen or another reading fits nearly as well."""
    seen: float = 1.0 - 0.5 ** (best.distinct + 1)
    apart: float = 1.0 - 0.5 ** (1.0 + 4.0 * best.distinct * (best.rank - second.rank))
    most = 0.98 if best.distinct > 1 or best.words else 0.5  # one syllable is one in many charsets
    if best.distinct <= 2 and not best.words and second.score == 1.0:
        most = 0.45  # two are, too, in some; no word tells which
    return round(min(best.score * seen * apart, most), 2)


def decode(data: bytes) -> Decoded:
    """The text of some bytes: UTF-8, UTF-16 and UTF-32 (with or without their marks), cp1258, TCVN3, VNI or VISCII.

    Never raises: bytes that are none of them are read as cp1252 with a confidence of 0.2 or less. A string of a legacy
    font that was saved as Unicode is converted too ("tcvn3 in utf-8"); text that is Unicode stays as it is.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            plain = name.removesuffix("-sig")
            return _converted(data.decode(name, "replace"), plain, 1.0)
    if data.isascii() and not _looks_wide(data):
        return Decoded(data.decode("ascii"), "utf-8", 1.0)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        if _looks_wide(data):
            return _wide(data)
        chance = _legacy(data) if len(data) < SHORT_BYTES and _TWO_SCRIPTS.search(text) else None
        if chance is not None and chance.confidence > 0.5:
            return chance
        return _converted(text, "utf-8", 0.99)
    if _looks_wide(data):
        return _wide(data)
    return _in_both(data) or _broken_utf8(data) or _legacy(data)


def _looks_wide(data: bytes) -> bool:
    sample = data[:2000]
    return len(data) % 2 == 0 and max(sample[0::2].count(0), sample[1::2].count(0)) * 4 > len(sample) // 2 > 0


def _wide(data: bytes) -> Decoded:
    sample = data[:2000]
    name = "utf-16-le" if sample[1::2].count(0) >= sample[0::2].count(0) else "utf-16-be"
    text = data.decode(name, "replace")
    clean = not _CONTROLS.search(text) and "\ufffd" not in text
    return _converted(text, name, 0.95) if clean else Decoded(_latin(data), "cp1252", 0.0)


def _in_both(data: bytes) -> Decoded | None:
    """Lines of UTF-8 beside lines of one legacy charset (pasted together), None where it is not so."""
    lines: list[str | bytes] = []
    for line in data.split(b"\n"):
        try:
            lines.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            lines.append(line)
    if not any(isinstance(line, str) and _BEYOND_LATIN_1.search(normalize(line)) for line in lines):
        return None
    old = [line.decode("latin-1") for line in lines if isinstance(line, bytes)]
    found = _convert_latin("\n".join(old), alone=False)
    if found.encoding == "unicode":
        return None
    new = iter(found.text.split("\n"))
    text = "\n".join([next(new) if isinstance(line, bytes) else line for line in lines])
    return Decoded(normalize(text), f"utf-8 and {found.encoding}", found.confidence)


def _broken_utf8(data: bytes) -> Decoded | None:
    """UTF-8 with a few broken bytes (a cut end, a bad paste), None when it is another encoding altogether."""
    text = data.decode("utf-8", "replace")
    if len(data) < SHORT_BYTES and _TWO_SCRIPTS.search(text):
        return None
    broken, marked = text.count("\ufffd"), sum(not c.isascii() for c in text)
    cut = broken == 1 and text.endswith("\ufffd") and marked > 1
    if broken * 3 > marked - broken and not cut:  # in other encodings hardly any bytes make letters of UTF-8
        return None
    return Decoded(normalize(text), "utf-8", round(0.9 * (1 - broken / marked), 2))


def _latin(data: bytes) -> str:
    return normalize(data.decode("cp1252", "replace"))


def _legacy(data: bytes) -> Decoded:
    (name, best), (_, second) = _readings(data)[:2]
    latin = _latin(data)
    letters = any("\u00c0" <= c <= "\u024f" and c not in "×÷" for c in latin)
    certain = best.distinct >= 2 and best.syllables == 1.0 and best.odd == 0
    if best.score < 0.5 or best.good == 0 or not (letters or certain or _is_told(best)):
        return Decoded(latin, "cp1252", 0.2)
    text = _capitals(decode_charset(data, name), name)
    return Decoded(text, "cp1252" if text == latin else name, _confidence(best, second))


def _is_told(reading: _Evidence) -> bool:
    """Whether a short text is Vietnamese by its words: syllables all, and a word of the dictionary among them."""
    return reading.syllables == 1.0 and reading.odd == 0 and reading.words > 0.0


def _capitals(text: str, charset: str) -> str:
    """Lines set in a capitals font of TCVN3 (ASCII letters all capital, marked ones small) in capitals throughout."""
    if charset != "tcvn3":
        return text
    lines = text.split("\n")
    for i, line in enumerate(lines):
        ascii_letters = [c for c in line if c.isascii() and c.isalpha()]
        if not all(c.isupper() for c in ascii_letters):
            continue
        if len(ascii_letters) >= 3 or _SMALL_AMONG_CAPITALS.search(line):
            lines[i] = line.upper()
    return "\n".join(lines)


def _converted(text: str, encoding: str, confidence: float) -> Decoded:
    found = convert_text(text)
    if found.encoding == "unicode":
        return Decoded(found.text, encoding, confidence)
    return Decoded(found.text, f"{found.encoding} in {encoding}", found.confidence)


def convert_text(text: str) -> Decoded:
    """The text that a string of a legacy font stands for, or the string itself (NFC) when it is Unicode already.

    A string is taken for a legacy one only when it has no Vietnamese letter beyond Latin-1, its own marked words are
    mostly no syllables, and another reading makes syllables of nearly all of them and of most words around them. In a
    string that has such letters, the lines without them are judged together, more strictly.
    """
    stored = normalize(text)
    if text.isascii():
        return Decoded(stored, "unicode", 1.0)
    if not _BEYOND_LATIN_1.search(stored):
        return _convert_latin(text)
    lines = stored.split("\n")
    old = [i for i, line in enumerate(lines) if not (line.isascii() or _BEYOND_LATIN_1.search(line))]
    found = _convert_latin("\n".join([lines[i] for i in old]), alone=False) if old else None
    if found is None or found.encoding in ("unicode", "utf-8"):
        return Decoded(stored, "unicode", 1.0)
    for i, line in zip(old, found.text.split("\n"), strict=True):
        lines[i] = line
    return Decoded("\n".join(lines), f"unicode and {found.encoding}", found.confidence)


def _convert_latin(text: str, *, alone: bool = True) -> Decoded:
    """`convert_text` of a string without Vietnamese letters beyond Latin-1; not `alone`: beside text that has them."""
    stored = normalize(text)
    data = _as_bytes(text)
    if data is None:
        return Decoded(stored, "unicode", 1.0)
    try:
        return Decoded(normalize(data.decode("utf-8")), "utf-8", 0.95)  # UTF-8 once read as cp1252
    except UnicodeDecodeError:
        pass
    own = _evidence(stored)
    (name, best), (_, second) = _readings(data)[:2]
    certain = best.distinct >= 2 and best.syllables == 1.0 and best.odd == 0 and own.score < 0.5
    likely = best.distinct >= 3 and best.score >= 0.8 and best.syllables >= 0.6 and own.score < 0.5
    clear = best.distinct >= 6 and best.score >= 0.95 and best.syllables >= 0.8 and own.score < 0.75
    told = _is_told(best) and alone and _WITHIN_WORDS.search(stored) is not None and own.score < 0.5
    if not ((certain and alone) or likely or clear or told):
        return Decoded(stored, "unicode", 0.9)
    return Decoded(_capitals(decode_charset(data, name), name), name, _confidence(best, second))


def _as_bytes(text: str) -> bytes | None:
    """The bytes that were read as cp1252 or Latin-1 to give this string; None when some letter is in neither."""
    try:
        return text.encode("cp1252")
    except UnicodeEncodeError:
        pass
    try:
        return b"".join(c.encode("latin-1") if "\x80" <= c <= "\x9f" else c.encode("cp1252") for c in text)
    except UnicodeEncodeError:
        return None
