"""VNI keystrokes that no input method turned into letters: "d9a3ng" is "đảng".

In: one word of ASCII letters and digits. Out: every syllable that those keys can write, keys in any order after the
letter they mark. Must not know texts or the index: whether the word was meant as keystrokes is decided by
`search.query.repair`.

Keys (the usual VNI rules, as documented by every Vietnamese input method): 1 sắc, 2 huyền, 3 hỏi, 4 ngã, 5 nặng;
6 for â ê ô, 7 for ơ ư, 8 for ă, 9 for đ. Written anew; no input method's code was used.

>>> sorted(decode("d9a3ng")), sorted(decode("nguoi72")), sorted(decode("vat85")), sorted(decode("nam2023"))
(['đảng'], ['người'], ['vặt'], [])
"""

from __future__ import annotations

from search.query.keystrokes import MAX_KEYS, State, written

_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
_HATS = {"a": "â", "e": "ê", "o": "ô"}


def decode(word: str) -> set[str]:
    """The syllables, as exact terms, that a word of VNI keys writes; empty when a digit of it cannot be a mark."""
    word = word.lower()
    if not 2 <= len(word) <= MAX_KEYS or not word.isascii() or not word.isalnum() or not word[0].isalpha():
        return set()
    return written(word, _press)


def _press(state: State, key: str) -> list[State]:
    """The states that one more key can lead to; a digit is always a mark."""
    if key.isalpha():
        return [state.with_letter(key)]
    if key in _TONES and not state.tone and state.has_vowel:
        return [state.with_tone(_TONES[key])]
    if key == "6":
        return [state.with_mark(letter, hat) for letter, hat in _HATS.items() if letter in state.letters]
    if key == "7":
        return state.with_horns()
    if key == "8" and "a" in state.letters:
        return [state.with_mark("a", "ă")]
    if key == "9" and state.letters.startswith("d"):
        return [state.with_mark("d", "đ")]
    return []
