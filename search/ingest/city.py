"""Which of the 63 units an article is about: weighed evidence, strongest first, and "not known" where it is weak.

In: title and text (and date, source, address). Out: `Reading` whose value is a canonical name as of publication. Must
not know files. Order of evidence: dateline and title, counts in the body, nicknames, office-holders with their years,
source. A person named Hồ Chí Minh is not the city, nor is "Nguyễn Hòa Bình" a province.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from search.gazetteer import today
from search.ingest.officers import OPEN, officers_in
from search.ingest.places import Place, dateline, from_source, lines_between, places
from search.model import Candidate, Confidence, Evidence, Reading

_WEIGHTS = {"name": 1.0, "nickname": 0.6, "district": 0.5, "route": 0.2, "origin": 0.3}
DATELINE, TITLE, LEAD, OFFICER, SOURCE = 8.0, 4.0, 2.0, 3.0, 1.5
_ORDER = ("dateline", "named", "district", "nickname", "office-holder", "source")
"""First words of the rules, strongest evidence first."""
MAX_BODY_COUNT = 10.0
LEAST_SCORE = 2.0
LEAST_SHARE = 0.4
LEAST_SOLE_SCORE = 1.0
MOST_DATELINES = 8
"""What is enough where no other place is told of: the name once in the text, a district or nickname in the lead."""
MERGED = "2025-07-01"
"""From this day the units are those of today."""


@dataclass(slots=True)
class _Case:
    """What speaks for one unit."""

    score: float = 0.0
    body: float = 0.0
    rules: set[str] = field(default_factory=set)
    evidence: list[tuple[float, Evidence]] = field(default_factory=list)

    def add(self, weight: float, rule: str, words: str, line: int | None) -> None:
        self.score += weight
        if rule not in self.rules:
            self.rules.add(rule)
            self.evidence.append((weight, Evidence(rule, words, line)))


def city(
    title: str,
    paragraphs: Sequence[tuple[int | None, str]],
    published: str | None = None,
    source: str | None = None,
    url: str | None = None,
    *,
    quick: bool = False,
    written_at: tuple[str, str, int | None] | None = None,
) -> Reading:
    """The unit an article is about.

    Args:
        title: its title, "" when it has none.
        paragraphs: line number and words of each paragraph, the lead first.
        published: ISO 8601 day, against which terms of office are checked.
        source: name of the paper or office it is from.
        url: its address.
        quick: look for nicknames in title and lead alone.
        written_at: the unit on the date line of a letter ("Bắc Kạn, ngày 17 tháng 5 năm 2021"), its words and line.
    """
    cases: dict[str, _Case] = {}
    is_merged = published is not None and published >= MERGED

    def case(unit: str) -> _Case:
        return cases.setdefault(today(unit) if is_merged else unit, _Case())

    lead = next(((n, text) for n, text in paragraphs if text), (None, ""))
    for where, text, line in (("title", title, None), ("text", lead[1], lead[0])):
        if found := dateline(text):
            case(found[0]).add(DATELINE, f"dateline of the {where}", found[1], line)
    for line, text in paragraphs[1:MOST_DATELINES]:
        # a round-up has one for each item; in an article of one place the first stands alone
        if found := dateline(text):
            case(found[0]).add(DATELINE, "dateline of a paragraph", found[1], line)
    if written_at is not None:
        case(written_at[0]).add(TITLE, "dateline beside the date", written_at[1], written_at[2])
    shared: list[tuple[Place, float, int | None]] = []
    for place in lines_between(title, list(places(title))):
        if len(place.units) > 1:
            shared.append((place, TITLE, None))
        else:
            case(place.units[0]).add(TITLE * _WEIGHTS[place.kind], _rule(place, "in the title"), place.text, None)
    for index, (line, text) in enumerate(paragraphs):
        weight = LEAD if index == 0 else 1.0
        for place in lines_between(text, list(places(text, nicknames=index == 0 or not quick))):
            if len(place.units) > 1:
                shared.append((place, weight, line))
                continue
            _count(case(place.units[0]), place, weight, line)
    for place, weight, line in shared:
        # a name that several units share speaks only for one that is named otherwise, the one told of most
        owners = {today(unit) if is_merged else unit for unit in place.units} & cases.keys()
        if owners:
            _count(cases[max(sorted(owners), key=lambda unit: cases[unit].score)], place, weight, line)
    for officer, words, line in officers_in(paragraphs, published):
        case(officer.unit).add(
            OFFICER,
            "office-holder",
            f"{words} ({officer.start[:4]}–{officer.end[:4] if officer.end != OPEN else ''})",
            line,
        )
    if origin := from_source(source, url):
        case(origin[0]).add(SOURCE, "source", origin[1], None)
    return _decide(cases)


def _count(case: _Case, place: Place, weight: float, line: int | None) -> None:
    weight *= _WEIGHTS[place.kind]
    if case.body + weight <= MAX_BODY_COUNT:
        case.body += weight
        case.add(weight, _rule(place, "in the text"), place.text, line)


def _rule(place: Place, where: str) -> str:
    return {"name": "named", "nickname": "nickname", "district": "district or town"}.get(
        place.kind, "named"
    ) + f" {where}"


def _decide(cases: dict[str, _Case]) -> Reading:
    if not cases:
        return Reading(None)
    ranked = sorted(cases.items(), key=lambda item: -item[1].score)
    total = sum(case.score for _, case in ranked)
    name, best = ranked[0]
    rest = ranked[1:]
    is_sure = any(rule.startswith("dateline") or rule.endswith("in the title") for rule in best.rules)
    share = best.score / total
    second = rest[0][1].score if rest else 0.0
    known = best.score >= LEAST_SCORE and (share >= LEAST_SHARE or (is_sure and best.score >= 1.3 * second))
    known = known or (not rest and best.score >= LEAST_SOLE_SCORE)
    if best.rules <= {"source"}:
        known = False
    rejected = tuple(
        Candidate(
            unit, case.evidence[0][1], f"also told of, with less weight ({case.score:.1f} against {best.score:.1f})"
        )
        for unit, case in rest[:5]
    )
    if not known:
        weak = Candidate(
            name, best.evidence[0][1], f"too weak ({best.score:.1f}; {share:.0%} of what is said of places)"
        )
        return Reading(None, "none", (), (weak, *rejected))
    evidence = sorted((one for _, one in best.evidence), key=lambda one: _ORDER.index(one.rule.split()[0]))
    return Reading(name, _confidence(best, share, is_sure), tuple(evidence[:5]), rejected)


def _confidence(best: _Case, share: float, is_sure: bool) -> Confidence:
    if best.rules <= {"office-holder", "source"}:
        return "medium"
    if share >= 0.6 and best.score >= 5.0 and (is_sure or "named in the text" in best.rules):
        return "high"
    return "medium" if share >= 0.5 and best.score >= 3.0 else "low"
