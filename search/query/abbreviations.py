"""Abbreviations and what they stand for: the curated table, and pairs that an index may add.

In: `abbreviations.tsv`. Out: `Abbreviation`s. Must not know queries or engines.

>>> next(entry for entry in table() if entry.short == "HĐND").words
'hội đồng nhân dân'
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """`short` stands for `words`. `name` says the words are one fixed expression; `both` that the words also lead to
    the short form (else only the short form leads to the words)."""

    short: str
    words: str
    name: bool = False
    both: bool = True


@lru_cache(maxsize=1)
def table() -> tuple[Abbreviation, ...]:
    """The curated abbreviations, in the order of the file."""
    text = files("search.query").joinpath("abbreviations.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(
        Abbreviation(short, words, kind == "name", direction == "both") for short, words, kind, direction in rows
    )
