"""The legacy Vietnamese charsets, each as its table, and the conversion both ways.

In: bytes and a charset's name, or text and a name. Out: NFC text, or bytes. Must not know which charset a text is in.

Sources:
    viscii — RFC 1456 (1993), table of section 2.
    tcvn3 — TCVN 5712:1993, the Vietnamese national standard; the code points of its subset VN3 (the "ABC" fonts) and
        the capitals of VN1. The VN3 fonts draw toned capitals by a font of capitals (".VnTimeH").
    vni — VNI-Windows, the keyboard maker's published scheme: a base letter, then one letter that stands for the marks.
    cp1258 — Microsoft code page 1258, Python's own codec; tones are combining marks there.

>>> decode_charset(b"C\\xe9ng h\\xdfa X\\xb7 h\\xe9i", "tcvn3")
'Cộng hòa Xã hội'
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from search.analysis.syllables import VOWELS

CHARSETS = ("tcvn3", "vni", "viscii", "cp1258")

GRAVE, ACUTE, TILDE, HOOK, DOT = "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"

_VISCII_CONTROLS = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}
_VISCII = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ"  # 80–9F
    "ÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"  # A0–BF
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡư"  # C0–DF
    "àáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"  # E0–FF
)
_TCVN_CONTROLS = dict(
    zip((0x01, 0x02, 0x04, 0x05, 0x06, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17), "ÚỤỪỬỮỨỰỲỶỸÝỴ", strict=True)
)
_TCVN = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ"  # 80–9F
    "\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"  # A0–BF
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịò"  # C0–DF
    "ỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"  # E0–FF
)
_VNI_MARKS = {
    "ù": ACUTE,
    "ø": GRAVE,
    "û": HOOK,
    "õ": TILDE,
    "ï": DOT,
    "â": "\u0302",
    "á": "\u0302" + ACUTE,
    "à": "\u0302" + GRAVE,
    "å": "\u0302" + HOOK,
    "ã": "\u0302" + TILDE,
    "ä": "\u0302" + DOT,
    "ê": "\u0306",
    "é": "\u0306" + ACUTE,
    "è": "\u0306" + GRAVE,
    "ú": "\u0306" + HOOK,
    "ü": "\u0306" + TILDE,
    "ë": "\u0306" + DOT,
}
_VNI_LETTERS = {"ô": "ơ", "ö": "ư", "ñ": "đ", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_VNI_TAKES = {"a": "ùøûõïâáàåãäêéèúüë", "e": "ùøûõïâáàåãä", "o": "ùøûõïâáàåãä"} | dict.fromkeys("uyôö", "ùøûõï")


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


@lru_cache(maxsize=1)
def _vni() -> dict[str, str]:
    """VNI letters as seen in code page 1252 → Vietnamese letters; a capital may carry its mark in either case."""
    table: dict[str, str] = {}
    for written, letter in _VNI_LETTERS.items():
        table[written], table[written.upper()] = letter, letter.upper()
    for base, marks in _VNI_TAKES.items():
        letter = _VNI_LETTERS.get(base, base)
        for mark in marks:
            table[base + mark] = _nfc(letter + _VNI_MARKS[mark])
            for capital in (base.upper() + mark.upper(), base.upper() + mark):
                table[capital] = _nfc(letter.upper() + _VNI_MARKS[mark])
    return table


@lru_cache(maxsize=1)
def _vni_pattern() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(key) for key in sorted(_vni(), key=len, reverse=True)))


@lru_cache(maxsize=2)
def _single_bytes(charset: str) -> dict[int, str]:
    high, controls = (_VISCII, _VISCII_CONTROLS) if charset == "viscii" else (_TCVN, _TCVN_CONTROLS)
    return {0x80 + i: letter for i, letter in enumerate(high)} | controls


def decode_charset(data: bytes, charset: str) -> str:
    """The NFC text that `data` is in one of `CHARSETS`; bytes without a meaning there become U+FFFD."""
    if charset == "cp1258":
        return _nfc(data.decode("cp1258", "replace"))
    if charset == "vni":
        text = data.decode("cp1252", "replace")
        table = _vni()
        return _nfc(_vni_pattern().sub(lambda found: table[found[0]], text))
    return _nfc(data.decode("latin-1").translate(_single_bytes(charset)))


@lru_cache(maxsize=4)
def _encoding(charset: str) -> dict[str, bytes]:
    if charset == "vni":
        found: dict[str, bytes] = {}
        for written, letter in _vni().items():
            if len(written) == 1 or written.isupper() or written.islower():
                found[letter] = written.encode("cp1252")
        return found
    if charset == "cp1258":
        return {letter: _in_cp1258(letter) for letter in alphabet() if not letter.isascii()}
    return {letter: bytes([code]) for code, letter in _single_bytes(charset).items()}


def _in_cp1258(letter: str) -> bytes:
    try:
        return letter.encode("cp1258")
    except UnicodeEncodeError:
        marks = unicodedata.normalize("NFD", letter)
        tone = next(mark for mark in marks if mark in (GRAVE, ACUTE, TILDE, HOOK, DOT))
        return (_nfc(marks.replace(tone, "")) + tone).encode("cp1258")


def encode_charset(text: str, charset: str) -> bytes:
    """The bytes of a text in one of `CHARSETS`.

    Raises:
        UnicodeEncodeError: The charset has no code for a letter.
    """
    table = _encoding(charset)
    rest = "cp1252" if charset == "vni" else charset if charset == "cp1258" else "ascii"
    return b"".join(table.get(letter) or letter.encode(rest) for letter in _nfc(text))


def alphabet() -> list[str]:
    """The letters of Vietnamese writing: twelve vowels in six tones and đ, small and capital; 134 of them not ASCII."""
    small = [_nfc(vowel + tone) for vowel in VOWELS for tone in ("", GRAVE, ACUTE, TILDE, HOOK, DOT)]
    return [*small, "đ"] + [letter.upper() for letter in [*small, "đ"]]
