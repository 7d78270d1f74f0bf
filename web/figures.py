"""What the page of statistics shows: articles by place as a map and a table, by year as a chart and a table.

In: `IndexStats`. Out: `FiguresView`. Must not know Flask or how articles are counted. Figures count every article, also
those that say the same; so do the searches they lead to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from search import gazetteer
from search.engines.base import IndexStats, regrouped
from search.facets import regrouped as names_of
from search.model import Bucket, Units
from search.state import State, span
from web.histogram import Histogram, histogram
from web.language import Language
from web.presenters import SEARCH_PAGE, Link
from web.tilemap import TileMap, tilemap


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: what is counted, how many, their share and where they are found."""

    label: str
    count: str
    share: str
    width: float
    """Percent of the longest bar."""
    url: str


@dataclass(frozen=True, slots=True)
class FiguresView:
    """The page of statistics. `texts` is empty where no two articles say the same."""

    texts: str
    cities: tuple[Row, ...]
    years: tuple[Row, ...]
    map: TileMap
    chart: Histogram | None
    units: tuple[Link, ...]


def figures_view(figures: IndexStats, texts: int, units: Units, language: Language) -> FiguresView:
    """The page of statistics, ready to show; `texts` are the articles with republished ones counted once."""
    counts = regrouped(figures.cities, names_of(units))
    cities = sorted(counts.items(), key=lambda item: (item[0] == "", -item[1], item[0]))
    years = sorted(figures.years.items(), reverse=True)
    state = State(copies="all")
    buckets = [Bucket(year, year, count) for year, count in years]

    def row(label: str, count: int, most: int, url: str) -> Row:
        share = f"{language.decimal(100 * count / (figures.articles or 1))} %"
        return Row(label or language("unknown"), language.number(count), share, round(100 * count / most, 2), url)

    most_city = max((count for _, count in cities), default=1)
    most_year = max((count for _, count in years), default=1)
    return FiguresView(
        texts=language.number(texts) if texts < figures.articles else "",
        cities=tuple(
            row(gazetteer.label(name), n, most_city, State(cities=(name,), units=units, copies="all").url(SEARCH_PAGE))
            for name, n in cities
        ),
        years=tuple(
            row(name, n, most_year, state.only_dates(*span(name)).url(SEARCH_PAGE) if name else "") for name, n in years
        ),
        map=tilemap(counts, units, SEARCH_PAGE, language),
        chart=histogram(buckets, state, SEARCH_PAGE, language),
        units=tuple(
            Link(
                language(f"units_{name}"),
                State(units=name).url("/stats"),
                name == units,
                language(f"units_{name}_title"),
            )
            for name in get_args(Units)
        ),
    )
