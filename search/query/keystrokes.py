"""What the keys of a Vietnamese input method have written so far: letters, a tone, and how many marks were set.

In: single keys, from `telex` and `vni`. Out: syllables. Must not know which method has which keys.

>>> spelled(State("", "", 0).with_letter("a").with_tone("\\u0301"))
'á'
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from search.analysis import exact_form, is_syllable

MAX_KEYS = 12
"""Keys of one syllable: "nghieengs" has nine."""
MAX_LETTERS = 7
"""Letters of the longest syllable, "nghiêng"."""
MAX_STATES = 256
"""Ways to read one word that are followed; keys mashed at random have more and mean nothing."""
_VOWELS = frozenset("aăâeêioôơuưy")


@dataclass(frozen=True, slots=True)
class State:
    """Letters without tone, the tone as a combining mark ("" for none), and the number of marks set by keys."""

    letters: str
    tone: str
    marks: int

    @property
    def has_vowel(self) -> bool:
        """Whether a letter is there that could carry a tone."""
        return not _VOWELS.isdisjoint(self.letters)

    def with_letter(self, letter: str) -> State:
        """One more letter."""
        return State(self.letters + letter, self.tone, self.marks)

    def with_tone(self, tone: str) -> State:
        """The tone set."""
        return State(self.letters, tone, self.marks + 1)

    def with_mark(self, plain: str, marked: str) -> State:
        """The last `plain` letter replaced by `marked`."""
        before, _, after = self.letters.rpartition(plain)
        return State(before + marked + after, self.tone, self.marks + 1)

    def with_horns(self) -> list[State]:
        """The horn on o, on u, or on both of "uo" with one key."""
        found = [self.with_mark(plain, horned) for plain, horned in (("o", "ơ"), ("u", "ư")) if plain in self.letters]
        both = next((plain for plain in ("uo", "ưo", "uơ") if plain in self.letters), None)
        if both is not None:
            found.append(State(self.letters.replace(both, "ươ", 1), self.tone, self.marks + 1))
        return found


def written(word: str, press: Callable[[State, str], list[State]]) -> set[str]:
    """The syllables that keys write, given what each key does; empty when no key sets a mark."""
    states = {State("", "", 0)}
    for key in word:
        states = {after for state in states for after in press(state, key) if len(after.letters) <= MAX_LETTERS}
        if len(states) > MAX_STATES:
            return set()
    return {syllable for state in states if state.marks and (syllable := spelled(state))}


def spelled(state: State) -> str | None:
    """The syllable as an exact term; None when the letters make none."""
    vowel = next((i for i, letter in enumerate(state.letters) if letter in _VOWELS), None)
    if vowel is None:
        return None
    toned = state.letters[: vowel + 1] + state.tone + state.letters[vowel + 1 :]
    syllable = exact_form(unicodedata.normalize("NFC", toned))
    return syllable if is_syllable(syllable) else None
