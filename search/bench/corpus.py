"""The articles that are measured: a source as it is, or as many articles as wanted made of its sentences.

In: sources and a size. Out: a `Corpus`, a folder with `articles.jsonl` (which `timbao index` reads too), the fragments
that are asked and the figures of both. Must not know engines.

Each line holds, beside the article, its exact terms as one text: what peers index, so that all engines hold the same
terms and only engines are compared. Articles that state no city or day get drawn ones, so that facets have something to
count. The same source, size and seed make the same bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from search.bench.questions import MOST, fragments
from search.errors import InputError
from search.model import Article

LAYOUT: Final = 1
"""Of a corpus's folder; one of another layout is made anew."""
BREAK: Final = "hếttít"
"""A term between title and body: no phrase goes across, in any engine."""
CITIES: Final = tuple(f"Thành phố {number}" for number in range(1, 64))
FIRST_DAY: Final = dt.date(2015, 1, 1)
DAYS: Final = 3650
SOME: Final = 20_000
"""Articles made where no source is named: the sample articles alone are too few to measure."""


class Item(NamedTuple):
    """One article and its exact terms, joined by blanks."""

    article: Article
    terms: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus in its folder. `read` articles were in the source; `made` says whether these are made of them.

    `key` tells corpora of other sources, sizes or seeds apart.
    """

    folder: Path
    articles: int
    read: int
    made: bool
    text_bytes: int
    key: str

    @property
    def path(self) -> Path:
        """The articles as JSON lines."""
        return self.folder / "articles.jsonl"

    def items(self, most: int | None = None) -> Iterator[Item]:
        """The articles with their terms, the first `most` of them."""
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines):
                if number == most:
                    return
                row = orjson.loads(line)
                terms = row.pop("terms")
                yield Item(Article(**row), terms)

    def fragments(self) -> list[list[str]]:
        """The fragments of titles that are asked, each as its terms."""
        return list(orjson.loads((self.folder / "fragments.json").read_bytes()))


def opened(folder: Path) -> Corpus | None:
    """The corpus of a folder; None where there is none, or one of another layout."""
    try:
        found = orjson.loads((folder / "corpus.json").read_bytes())
        corpus = Corpus(folder, **found)
    except (OSError, ValueError, TypeError):
        return None
    return corpus if corpus.key.startswith(f"{LAYOUT}:") and corpus.path.exists() else None


def key(sources: Sequence[str | Path], count: int | None, seed: int) -> str:
    """What tells the corpus of these sources, this size and seed from others, without reading them whole."""
    told: list[Any] = [count, seed]
    for source in sources:
        path = Path(source)
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        told += [(file.name, file.stat().st_size) for file in files if file.is_file()]
    return f"{LAYOUT}:{hashlib.blake2b(repr(told).encode(), digest_size=8).hexdigest()}"


def written(items: Iterable[Item], folder: Path, *, read: int, made: bool, key: str, seed: int) -> Corpus:
    """Write a corpus; what says that it is whole comes last."""
    folder.mkdir(parents=True, exist_ok=True)
    corpus = Corpus(folder, 0, read, made, 0, key)
    (folder / "corpus.json").unlink(missing_ok=True)
    titles: list[list[str]] = []
    draw = random.Random(seed)
    articles = size = 0
    with corpus.path.open("wb") as out:
        for article, terms in items:
            row = {name: getattr(article, name) for name in ("id", "title", "body", "city", "published")}
            out.write(orjson.dumps(row | {"terms": terms}, option=orjson.OPT_APPEND_NEWLINE))
            articles += 1
            size += len(article.title.encode()) + len(article.body.encode())
            # titles are kept evenly over the whole corpus, few enough to hold (reservoir sampling, Vitter 1985)
            place = len(titles) if len(titles) < MOST else draw.randrange(articles)
            if place < MOST:
                titles[place : place + 1] = [terms.split(f" {BREAK}", 1)[0].split()]
    asked = fragments(titles, MOST, seed)
    if not asked:
        raise InputError("nothing can be asked of these articles: none has a title of two words", "name another SOURCE")
    (folder / "fragments.json").write_bytes(orjson.dumps(asked))
    corpus = replace(corpus, articles=articles, text_bytes=size)
    told = {name: value for name, value in asdict(corpus).items() if name != "folder"}
    replaced(folder / "corpus.json", orjson.dumps(told, option=orjson.OPT_INDENT_2))
    return corpus


def replaced(path: Path, content: bytes) -> None:
    """Write a small file at once, so that a run cut short leaves none that is half written."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.replace(path)


def samples() -> Path:
    """The sample articles of the project.

    Raises:
        InputError: this installation has none.
    """
    found = Path(__file__).resolve().parent.parent.parent / "tests" / "articles"
    if not found.is_dir():
        raise InputError("no SOURCE was named and this installation has no sample articles", "name files or folders")
    return found


def read(sources: Sequence[str | Path]) -> list[Article]:
    """Every article of the sources.

    Raises:
        InputError: there is none.
    """
    from search.ingest import read_sources
    from search.model import Record

    found = [item.article for item in read_sources(sources) if isinstance(item, Record)]
    if not found:
        raise InputError(
            f"no article could be read from {', '.join(map(str, sources))}",
            "`timbao read FILE` shows what a file yields",
        )
    return found


def attributed(draw: random.Random, article: Article) -> Article:
    """The article with a city and a day: its own, or drawn ones (few cities have most of the articles)."""
    city = CITIES[min(int(draw.expovariate(0.08)), len(CITIES) - 1)]
    day = FIRST_DAY + dt.timedelta(draw.randrange(DAYS))
    stated = article.published if article.published and len(article.published) == 10 else None
    return replace(article, city=article.city or city, published=stated or day.isoformat())
