"""Why a hit is where it is: the parts of its score, in numbers that add up and words a reader understands.

In: the reader that answered, the scored terms of the query, the hits and what the second phase added. Out: the hits
with `explanation`, Vietnamese first and English beside it. Must not know how the query was typed, how an index stores
scores, or the web.

>>> split(1.0, (0.3333, 0.3333, 0.3334))
('1.00', ('0.33', '0.33', '0.34'))
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from search.engines.base import Reader
from search.model import Hit
from search.query.tree import Sequence as Phrase
from search.query.tree import Term, Weighted
from search.reranking import Bonus, Ranked

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
_SPELLING = (
    "cách viết có dấu “{}”, như các bài đứng đầu",
    "the spelling “{}”, as the best articles have it",
)
_LEAD = ("các chữ đứng sớm trong bài", "the words stand early in the article")
_RECENCY = ("bài mới", "recent")
_REST = ("phần làm tròn trong chỉ mục", "rounding inside the index")


class Scored(Protocol):
    """A reading of a query that has scored terms."""

    @property
    def score(self) -> tuple[Weighted, ...]:
        """The terms that add to the score."""


def explained(
    reader: Reader,
    attempt: Scored,
    hits: Sequence[Hit],
    ranked: Ranked | None = None,
    *,
    dated: bool = False,
) -> tuple[Hit, ...]:
    """The hits, each with a line for every part of its score, the largest first.

    The numbers shown add up to the score shown, to the last digit.

    Args:
        reader: The open index.
        attempt: The reading that was answered.
        hits: Hits of that answer.
        ranked: The answer as the second phase left it; None where there was none.
        dated: Whether the hits are in order of date, so that their score is a day.
    """
    ids = tuple(hit.id for hit in hits)
    parts = [(weighted, reader.scores(weighted.term, ids)) for weighted in attempt.score]
    found = []
    for hit in hits:
        lines = []
        for weighted, of in parts:
            if (value := of.get(hit.id, 0.0)) > 0:
                lines.append(
                    _Line(weighted.weight * value, *_named(weighted.term), f"{weighted.weight:g} × {value:.2f}")
                )
        if ranked is not None:
            lines += _gained(ranked.bonuses.get(hit.id, Bonus()), ranked.spelled)
        score = sum(line.value for line in lines) if dated else hit.score
        found.append(replace(hit, explanation=_explanation(score, lines, dated=dated)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Line:
    """One part of a score: its value, its name in both languages, and how it is made."""

    value: float
    vietnamese: str
    english: str
    made: str = ""


def _gained(bonus: Bonus, spelled: Sequence[str]) -> Iterator[_Line]:
    """What the second phase added."""
    names = (
        (bonus.spelling, tuple(text.format(" ".join(spelled)) for text in _SPELLING)),
        (bonus.lead, _LEAD),
        (bonus.recency, _RECENCY),
    )
    for value, (vietnamese, english) in names:
        if value > 0:
            yield _Line(value, vietnamese, english)


def _explanation(score: float, parts: Sequence[_Line], *, dated: bool) -> str:
    if not parts:
        return f"{_NOTHING[0]} / {_NOTHING[1]}"
    held = sorted(parts, key=lambda part: -part.value)
    rest = score - sum(part.value for part in held)
    if abs(rest) >= 0.005:
        held.append(_Line(rest, *_REST))
    shown, amounts = split(score, [part.value for part in held])
    lines = [f"{_DATED[0].format(shown)} / {_DATED[1].format(shown)}"] if dated else []
    lines.append(f"{shown} =")
    width = max(map(len, amounts))
    for amount, part in zip(amounts, held, strict=True):
        made = f"  [{part.made}]" if part.made else ""
        lines.append(f"  {amount:>{width}}  {part.vietnamese} / {part.english}{made}")
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
