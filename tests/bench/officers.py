"""How much of the table of office-holders is known and read at its source: `python -m tests.bench.officers`.

In: the table. Out: terms, and the share of months from January 2010 to June 2025 (the 63 units) with a known party
secretary and a known chair, all lines and those whose source was read.
"""

from __future__ import annotations

from collections.abc import Iterator

from search import gazetteer
from search.ingest.officers import OPEN, Officer, officers

FIRST, LAST = 2010 * 12, 2025 * 12 + 5
"""Months counted from year 0; the units of June 2025 are the last of the 63."""


def months(officer: Officer) -> Iterator[int]:
    """The months of a term within the span, each as year × 12 + month - 1."""
    start, end = _month(officer.start), LAST if officer.end == OPEN else _month(officer.end)
    yield from range(max(FIRST, start), min(LAST, end) + 1)


def _month(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7] or 1) - 1


def main() -> None:
    """Print the shares."""
    terms = officers()
    seen = sum(officer.basis == "seen" for officer in terms)
    print(f"{len(terms)} terms, {seen} with a source that was read")
    possible = len(gazetteer.units()) * (LAST - FIRST + 1)
    for office in ("Bí thư", "Chủ tịch"):
        shares = []
        for bases in (("seen", "general knowledge"), ("seen",)):
            chosen = (o for o in terms if o.office.startswith(office) and o.basis in bases)
            shares.append(len({(o.unit, month) for o in chosen for month in months(o)}) / possible)
        print(f"{office}: {shares[0]:.1%} of months known, {shares[1]:.1%} from sources that were read")


if __name__ == "__main__":
    main()
