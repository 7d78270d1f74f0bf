"""Whether engines that are measured side by side answer the same: as many best articles, totals and facet counts.

In: open sessions, questions. Out: how many answers differ from the first engine's. Must not know engines. Scores are
not compared: each engine rounds the lengths of texts in its own way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from search.bench.peers.base import Answer, Session
from search.bench.questions import Question


def _common(answer: Answer) -> tuple[int, int | None, dict[str, int], dict[str, int]]:
    cities, months = ({value: n for value, n in counts.items() if n} for counts in (answer.cities, answer.months))
    return answer.found, answer.total, cities, months


def disagreements(sessions: Mapping[str, Session], questions: Sequence[Question]) -> dict[str, dict[str, list[int]]]:
    """For each engine but the first and each shape: answers that differ, and answers compared."""
    first, *others = sessions
    asks = {name: session.asker() for name, session in sessions.items()}
    found: dict[str, dict[str, list[int]]] = {name: {} for name in others}
    for question in questions:
        expected = _common(sessions[first].answer(asks[first](question, "facets")))
        for name in others:
            counted = found[name].setdefault(question.shape, [0, 0])
            counted[0] += _common(sessions[name].answer(asks[name](question, "facets"))) != expected
            counted[1] += 1
    return found
