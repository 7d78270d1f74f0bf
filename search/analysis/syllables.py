"""Vietnamese orthography as rules: what makes a syllable, where its tone mark stands, when i and y are the same.

In: one token. Out: its parts, its canonical spelling, or the answer whether it can be a Vietnamese syllable at all.
Must not know texts, words or engines; there is no list of syllables here, only onsets, rimes and their rules.

Sources: the 1984 decision of the ministry of education on orthography (Quyết định 240/QĐ) for i/y and tone placement,
and Đoàn Thiện Thuật, "Ngữ âm tiếng Việt" (1977), for onsets and rimes. Of two accepted spellings the canonical one is
the one most of the press writes: tone on the first letter of open oa, oe, uy (hòa, khỏe, thủy); y after h, k, l, m, t,
qu (hy, kỹ, lý, mỹ, tỷ, quý), i after s (sĩ).

>>> canonical("hoà"), canonical("thuỷ"), canonical("gìa"), canonical("tụynh"), canonical("kĩ"), canonical("tai")
('hòa', 'thủy', 'già', 'tuỵnh', 'kỹ', 'tai')
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple

TONES = "\u0300\u0301\u0303\u0309\u0323"
"""Combining grave, acute, tilde, hook above and dot below: huyền, sắc, ngã, hỏi, nặng."""
VOWELS = "aăâeêioôơuưy"
QUALITY = "ăâêôơư"

_RIME_TABLE = """
a ac ach ai am an ang anh ao ap at au ay  ăc ăm ăn ăng ăp ăt  âc âm ân âng âp ât âu ây
e ec em en eng eo ep et  ê êch êm ên ênh êp êt êu  i ia ich im in inh ip it iu  iêc iêm iên iêng iêp iêt iêu
o oc oi om on ong op ot  oong ooc  oa oac oach oai oam oan oang oanh oao oap oat oay
oăc oăm oăn oăng oăp oăt  oe oem oen oeo oet  ô ôc ôi ôm ôn ông ôp ôt  ơ ơi ơm ơn ơp ơt
u ua uc ui um un ung up ut  uân uâng uât uây  uê uêch uênh  uơ  uôc uôi uôm uôn uông uôt
ư ưa ưc ưi ưm ưn ưng ưt ưu  ươc ươi ươm ươn ương ươp ươt ươu  uy uya uych uyn uynh uyp uyt uyu  uyên uyêt
"""
_AFTER_QU = """
a ac ach ai am an ang anh ao ap at au ay  ăc ăm ăn ăng ăp ăt  ân âng ât ây  e en eo et  ê êch ên ênh êt  ơ ơi ôc
i ich in inh it iu  y ych yn ynh yp yt yu ya  yên yêt
"""
_RIMES = tuple(_RIME_TABLE.split())
_RIMES_AFTER_QU = tuple(_AFTER_QU.split())
_RIMES_ALONE = ("y", "yêm", "yên", "yêng", "yêt", "yêu")
_PLAIN_ONSETS = ("b", "ch", "d", "đ", "h", "l", "m", "n", "nh", "ph", "r", "s", "t", "th", "tr", "v", "x", "p")
_Y_FOR_I = frozenset({"hy", "ky", "ly", "my", "ty", "quy", "quyt", "quynh", "quych", "quyn", "quyu"})
_I_FOR_Y = frozenset({"si"})
_STOPS = ("c", "p", "t", "ch")


def _tables() -> tuple[dict[str, tuple[str, str]], dict[tuple[str, str], str]]:
    taken: dict[str, tuple[str, str]] = {}
    put: dict[tuple[str, str], str] = {}
    for vowel in VOWELS:
        put[vowel, ""] = vowel
        for tone in TONES:
            letter = unicodedata.normalize("NFC", vowel + tone)
            taken[letter] = (vowel, tone)
            put[vowel, tone] = letter
    return taken, put


_TAKEN, _PUT = _tables()
_BARE = str.maketrans({letter: vowel for letter, (vowel, _) in _TAKEN.items()})
MARKED = frozenset(_TAKEN) | frozenset(QUALITY) | {"đ"}
"""Every lower-case Vietnamese letter that carries a mark."""
_TONELESS = frozenset("abcdefghijklmnopqrstuvwxyz" + QUALITY + "đ")


class Spelling(NamedTuple):
    """A token taken apart: letters without tone, the tone ("" for ngang), and how many tone marks were seen."""

    bare: str
    tone: str
    marks: int


def take_apart(token: str) -> Spelling:
    """The lower-case NFC token without its tone mark, and the mark."""
    toned = [letter for letter in token if letter in _TAKEN]
    if not toned:
        return Spelling(token, "", 0)
    vowel, tone = _TAKEN[toned[-1]]
    if len(toned) == 1:
        return Spelling(token.replace(toned[0], vowel), tone, 1)
    return Spelling(token.translate(_BARE), tone, len(toned))


def _onset_rimes() -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for rime in _RIMES:
        front = rime[0] in "eêi"
        pairs.append(("", rime))
        pairs += [(onset, rime) for onset in _PLAIN_ONSETS]
        pairs += [(onset, rime) for onset in (("k", "gh", "ngh") if front else ("c", "g", "ng", "kh"))]
        if front:
            pairs.append(("kh", rime))
        if rime[0] == "i" and rime[1:2] not in ("a", "ê", "u"):
            pairs.append(("g", rime))  # gì, gìn, gít: the i of gi is also the vowel; giá and giũ have their own
        elif rime[0] != "i":
            pairs.append(("gi", rime))
    pairs += [("gi", rime) for rime in ("êc", "êng", "êt", "êp")]  # giếng, giết: one i written for two
    pairs += [("qu", rime) for rime in _RIMES_AFTER_QU]
    pairs += [("", rime) for rime in _RIMES_ALONE]
    pairs += [(onset, "y") for onset in ("h", "k", "l", "m", "s", "t", "v", "th")]
    return [(onset, rime) for onset, rime in pairs if not (onset == "" and rime.startswith("iê"))]


def _tone_place(rime: str) -> int:
    """Index in the rime of the letter that carries the tone mark, by the older placement (hòa, thủy, hoàn, khuya)."""
    marked = [i for i, letter in enumerate(rime) if letter in QUALITY]
    if marked:
        return marked[-1]
    vowels = sum(letter in VOWELS for letter in rime)
    if vowels == 1:
        return 0
    if vowels == 3:
        return 1
    return 1 if len(rime) > 2 else 0


@lru_cache(maxsize=1)
def _syllables() -> tuple[dict[str, int], frozenset[str]]:
    """Every syllable without tone → index of the letter that carries its tone; and all of them folded to ASCII."""
    places = {onset + rime: len(onset) + _tone_place(rime) for onset, rime in reversed(_onset_rimes())}
    fold = str.maketrans("ăâêôơưđ", "aaeooud")
    return places, frozenset(bare.translate(fold) for bare in places)


def canonical_letters(bare: str) -> str:
    """The syllable without tone, with i or y as the press writes it, where orthography allows both."""
    if bare[-1:] == "i" or "ui" in bare:
        other = bare.replace("i", "y", 1)
        if other in _Y_FOR_I:
            return other
    if bare[-1:] == "y" and bare[:-1] + "i" in _I_FOR_Y:
        return bare[:-1] + "i"
    return bare


def _off_consonants(token: str) -> Spelling:
    """A token without the tone mark that was typed after its last letter: nguyêñ, đươc̣."""
    tone, marks, bare = "", 0, []
    for letter in unicodedata.normalize("NFD", token):
        if letter in TONES:
            tone, marks = letter, marks + 1
        else:
            bare.append(letter)
    return Spelling(unicodedata.normalize("NFC", "".join(bare)), tone, marks)


@lru_cache(maxsize=8192)
def canonical(token: str) -> str:
    """The canonical spelling of a lower-case NFC token; a token that is no syllable comes back unchanged."""
    if token.isascii():
        return canonical_letters(token)
    bare, tone, marks = take_apart(token)
    if marks == 0:
        if _TONELESS.issuperset(token):
            return canonical_letters(token)
        bare, tone, marks = _off_consonants(token)
        if marks == 0:
            return canonical_letters(token)
    if marks > 1:
        return token
    bare = canonical_letters(bare)
    place = _syllables()[0].get(bare)
    if place is None:
        return token
    return bare[:place] + _PUT[bare[place], tone] + bare[place + 1 :]


def well_placed(token: str) -> tuple[str, ...]:
    """The lower-case token with its tone by the older and by the newer rule; () when it is no syllable."""
    bare, tone, marks = take_apart(token)
    place = _syllables()[0].get(bare)
    if place is None or marks > 1:
        return ()
    older = bare[:place] + _PUT[bare[place], tone] + bare[place + 1 :] if tone else bare
    return older, newer_placement(older)


def newer_placement(token: str) -> str:
    """A canonical lower-case token with the tone of open oa, oe, uy on the second letter: hoà, khoẻ, thuỷ, uỷ.

    pyvi's dictionary is written so; the words it knows are found only in this spelling.
    """
    if token[-1:] not in "aey":
        return token
    tail = take_apart(token[-2:])
    if tail.marks != 1 or tail.bare not in ("oa", "oe", "uy") or token[-3:-2] == "q":
        return token
    return token[:-2] + tail.bare[0] + _PUT[tail.bare[1], tail.tone]


def has_marks(token: str) -> bool:
    """Whether any letter carries a Vietnamese mark (tone, quality or the bar of đ), in either case and either form."""
    if token.isascii():
        return False
    if token.islower() and not MARKED.isdisjoint(token) and unicodedata.is_normalized("NFC", token):
        return True
    return not MARKED.isdisjoint(unicodedata.normalize("NFC", token).lower().replace("ð", "đ"))


@lru_cache(maxsize=4096)  # a query asks for each of its tokens several times
def is_syllable(token: str) -> bool:
    """Whether the token can be a Vietnamese syllable: as spelled when it has marks, else as typed without them.

    >>> [is_syllable(t) for t in ("nghiêng", "nhung", "vặt", "vatj", "văt", "test", "TP")]
    [True, True, True, False, False, False, False]
    """
    places, folded = _syllables()
    if token.isascii():
        return token.lower() in folded
    low = unicodedata.normalize("NFC", token).lower()
    if not has_marks(low):
        return low in folded
    bare, tone, marks = take_apart(low.replace("ð", "đ"))
    if marks > 1 or bare not in places:
        return False
    return tone in "\u0301\u0323" and tone != "" if bare.endswith(_STOPS) else True
