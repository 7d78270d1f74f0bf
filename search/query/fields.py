"""Values of the fields `city:`, `source:` and `byline:` as the index holds them.

In: what was typed after a field's name, the gazetteer, and the values of the index where it tells them. Out: whether a
value is known, and the `Attribute` it means. Must not know operators or any engine.
"""

from __future__ import annotations

from search.analysis import exact_form, fold, has_marks
from search.query.clauses import Valued
from search.query.lexicon import Known
from search.query.tree import Attribute, AttributeField

UNKNOWN_NAMES = frozenset({"không rõ", "khong ro", "unknown"})
"""What stands for articles without a value."""


class Fields:
    """The values of one index, looked up when a query asks for them."""

    def __init__(self, lexicon: Known) -> None:
        self._lexicon = lexicon

    def known(self, field: AttributeField, value: str) -> bool:
        """Whether `value` is written like a value of the field."""
        if _plain(value) in UNKNOWN_NAMES:
            return True
        if field == "city" and _city(value) is not None:
            return True
        return bool(self._stored(field, value))

    def unit(self, asked: Valued) -> str | None:
        """The canonical name of the place asked for."""
        return _city(asked.text) if asked.field == "city" else None

    def resolve(self, asked: Valued) -> Attribute:
        """The condition that a field has the value asked for, in whatever spelling the index holds."""
        if _plain(asked.text) in UNKNOWN_NAMES:
            return Attribute(asked.field, ("",))
        values = [asked.text, *self._stored(asked.field, asked.text)]
        if asked.field == "city" and (name := _city(asked.text)) is not None:
            values.insert(0, name)
        return Attribute(asked.field, tuple(dict.fromkeys(values)))

    def _stored(self, field: AttributeField, value: str) -> list[str]:
        """The index's values that hold the words of `value`; typed diacritics must agree, missing ones are open."""
        asked = [(word, fold(word), has_marks(word)) for word in _words(value)]
        if not asked or field == "id":
            return []
        found = []
        for stored in self._lexicon.values(field):
            words = [(word, fold(word)) for word in _words(stored)]
            for i in range(len(words) - len(asked) + 1):
                if all(
                    word[1] == wanted[1] and (not wanted[2] or word[0] == wanted[0])
                    for word, wanted in zip(words[i:], asked, strict=False)
                ):
                    found.append(stored)
                    break
        return found


def _plain(value: str) -> str:
    return " ".join(value.lower().split())


def _words(value: str) -> list[str]:
    return [exact_form(word) for word in value.split()]


def _city(value: str) -> str | None:
    from search import gazetteer

    return gazetteer.canonical(value)
