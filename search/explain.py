"""Why a hit is where it is: the parts of its score, in numbers that add up and words a reader understands.

In: the reader that answered, the scored terms of the query, the hits. Out: the hits with `explanation`, Vietnamese
first and English beside it. Must not know how the query was typed, how an index stores scores, or the web.

>>> split(1.0, (0.3333, 0.3333, 0.3334))
('1.00', ('0.33', '0.33', '0.34'))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from search.engines.base import Reader
from search.model import Hit
from search.query.tree import Sequence as Phrase
from search.query.tree import Term, Weighted

_SPACES = {
    "exact": ("viết đúng “{}”", "spelled “{}”"),
    "folded": ("có “{}”, không kể dấu", "has “{}”, diacritics aside"),
    "pair": ("“{}” liền nhau, không kể dấu", "“{}” side by side, diacritics aside"),
    "word": ("có từ “{}”", "has the word “{}”"),
}
_PHRASE = ("có cụm “{}”", "has the phrase “{}”")
_BARE = ("bài không dấu, có “{}”", "typed without diacritics, has “{}”")
_TITLE = (" trong tiêu đề", " in the title")
_DATED = (
    "Xếp theo ngày đăng; phần khớp với câu hỏi đáng {} điểm.",
    "Ordered by date of publication; what matches the query would be worth {}.",
)
_NOTHING = (
    "Câu hỏi chỉ nêu điều kiện, không có từ nào để tính điểm.",
    "The query holds conditions only, and no word to score.",
)
_REST = ("phần làm tròn trong chỉ mục", "rounding inside the index")


class Scored(Protocol):
    """A reading of a query that has scored terms."""

    @property
    def score(self) -> tuple[Weighted, ...]:
        """The terms that add to the score."""


def explained(reader: Reader, attempt: Scored, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits, each with a line for every part of its score, the largest first.

    The numbers shown add up to the score shown, to the last digit.
    """
    ids = tuple(hit.id for hit in hits)
    parts = [(weighted, reader.scores(weighted.term, ids)) for weighted in attempt.score]
    return tuple(
        replace(hit, explanation=_explanation(hit, [(w, w.weight * of.get(hit.id, 0.0)) for w, of in parts]))
        for hit in hits
    )


def _explanation(hit: Hit, parts: Sequence[tuple[Weighted, float]]) -> str:
    held = sorted(((value, weighted) for weighted, value in parts if value > 0), key=lambda part: -part[0])
    total = sum(value for value, _ in held)
    if not held:
        return f"{_NOTHING[0]} / {_NOTHING[1]}"
    dated = abs(hit.score - total) > max(1.0, 0.25 * total)  # the sort value is a day, not a score
    named = [(_named(weighted.term), weighted.weight) for _, weighted in held]
    values = [value for value, _ in held]
    score = total if dated else hit.score
    if abs(score - total) >= 0.005:
        values.append(score - total)
        named.append((_REST, 1.0))
    shown, amounts = split(score, values)
    lines = [f"{_DATED[0].format(shown)} / {_DATED[1].format(shown)}"] if dated else []
    lines.append(f"{shown} =")
    width = max(map(len, amounts))
    for amount, value, ((vietnamese, english), weight) in zip(amounts, values, named, strict=True):
        made = "" if (vietnamese, english) == _REST else f"  [{weight:g} × {value / weight:.2f}]"
        lines.append(f"  {amount:>{width}}  {vietnamese} / {english}{made}")
    return "\n".join(lines)


def _named(term: Term | Phrase) -> tuple[str, str]:
    """What a term stands for, in Vietnamese and in English."""
    if isinstance(term, Phrase):
        text = " ".join(slot[0].text.removeprefix("~") for slot in term.slots if slot)
        forms = _PHRASE
    else:
        text = term.text.removeprefix("~")
        forms = _SPACES[term.space]
        if term.space in ("pair", "word"):
            text = text.replace("_", " ")
        elif term.text.startswith("~"):
            forms = _BARE
    place = _TITLE if term.zone == "title" else ("", "")
    return forms[0].format(text) + place[0], forms[1].format(text) + place[1]


def split(total: float, parts: Sequence[float]) -> tuple[str, tuple[str, ...]]:
    """A total and its parts in hundredths, rounded so that the parts shown add up to the total shown.

    What plain rounding leaves over goes to the parts that lost most by it (largest remainder).
    """
    whole = round(100 * total)
    exact = [100 * part for part in parts]
    floors = [int(value // 1) for value in exact]
    by_loss = sorted(range(len(parts)), key=lambda i: (floors[i] - exact[i], i))
    for i in by_loss[: max(whole - sum(floors), 0)]:
        floors[i] += 1
    return f"{whole / 100:.2f}", tuple(f"{value / 100:.2f}" for value in floors)
