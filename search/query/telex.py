"""Telex keystrokes that no input method turned into letters: "vawtj" is "vặt".

In: one word of ASCII letters. Out: every syllable that those keys can write, keys in any order ("nguoiwf" is "người").
Must not know texts or the index: whether the word was meant as keystrokes is decided by `search.query.repair`.

Keys (the usual Telex rules, as documented by every Vietnamese input method): aa â, ee ê, oo ô, aw ă, ow ơ, uw or w ư,
uow ươ, dd đ; s sắc, f huyền, r hỏi, x ngã, j nặng. Written anew; no input method's code was used.

>>> sorted(decode("vawtj")), sorted(decode("nguowif")), sorted(decode("dduwowngf")), sorted(decode("nhung"))
(['vặt'], ['người'], ['đường'], [])
"""

from __future__ import annotations

from search.query.keystrokes import MAX_KEYS, State, written

_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_HATS = {"a": "â", "e": "ê", "o": "ô"}


def decode(word: str) -> set[str]:
    """The syllables, as exact terms, that a word of Telex keys writes; empty when no key of it is a mark."""
    word = word.lower()
    if not 2 <= len(word) <= MAX_KEYS or not word.isascii() or not word.isalpha():
        return set()
    return written(word, _press)


def _press(state: State, key: str) -> list[State]:
    """The states that one more key can lead to."""
    after = [state.with_letter(key)]
    if key in _TONES and not state.tone and state.has_vowel:
        after.append(state.with_tone(_TONES[key]))
    if key in _HATS and key in state.letters:
        after.append(state.with_mark(key, _HATS[key]))
    if key == "d" and state.letters.startswith("d"):
        after.append(state.with_mark("d", "đ"))
    if key == "w":
        after.append(State(state.letters + "ư", state.tone, state.marks + 1))
        after += state.with_horns()
        if "a" in state.letters:
            after.append(state.with_mark("a", "ă"))
    return after
