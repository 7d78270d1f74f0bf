"""What the page of an article shows: its text with the words of a query marked, where it comes from, what is like it.

In: an `Article` and its neighbors, a `Language`. Out: `ArticleView`, finished text and finished addresses. Must not
know Flask or how neighbors are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from search import gazetteer
from search.model import Article, Hit
from search.state import State
from search.wire import article_path
from web.language import Language
from web.marking import excerpt, host, joined, mark, paragraphs, web_address
from web.presenters import SEARCH_PAGE, HitView, Inference, Link, hit_view, inferences

SHOWN_MATCHES = 12


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article's page."""

    article: Article
    title: Markup
    plain_title: str
    citation_tail: str
    """What follows the title in a citation: where and when it was published, its address."""
    paragraphs: tuple[Markup, ...]
    match_count: int
    matches: tuple[Link, ...]
    """The first matches, for those who have no script to go from one to the next."""
    place: str
    date: str
    source: str
    byline: str
    description: str
    original: Link | None
    inferences: tuple[Inference, ...]
    back: str
    exports: tuple[Link, ...]
    similar: tuple[HitView, ...]
    copies: tuple[HitView, ...]
    """Other articles with the same text."""


def article_view(
    article: Article,
    marked: tuple[Sequence[tuple[int, int]], Sequence[tuple[int, int]]],
    similar: Sequence[Hit],
    copies: Sequence[Hit],
    q: str,
    language: Language,
) -> ArticleView:
    """An article's page, ready to show; `marked` are the query's ranges in title and body."""
    address = web_address(article.url)
    body = tuple(paragraphs(article.body, marked[1]))
    count = sum(paragraph.count("<mark") for paragraph in body)
    title = article.title if article.title.strip() else language("untitled")
    return ArticleView(
        article=article,
        title=mark(title, marked[0] if article.title.strip() else ()),
        plain_title=title,
        citation_tail=_citation_tail(article, title, address, language),
        paragraphs=body,
        match_count=count,
        matches=tuple(Link(str(n), f"#m{n}") for n in range(1, min(count, SHOWN_MATCHES) + 1)),
        place=gazetteer.label(article.city) if article.city else "",
        date=language.date(article.published) if article.published else "",
        source=article.source or "",
        byline=article.byline or "",
        description=excerpt(article.body),
        original=Link(host(address), address) if address else None,
        inferences=inferences(article.evidence, article.confidence, language),
        back=State(q=q).url(SEARCH_PAGE) if q else "",
        exports=tuple(
            Link(name, article_path(article.id).replace("/articles/", f"/cite.{kind}/", 1))
            for kind, name in (("ris", "RIS"), ("bib", "BibTeX"), ("jsonl", "JSON"))
        ),
        similar=tuple(hit_view(hit, language) for hit in similar),
        copies=tuple(hit_view(hit, language) for hit in copies),
    )


def _citation_tail(article: Article, title: str, address: str | None, language: Language) -> str:
    """Source, date and address, each with its stop; a title that ends a sentence by itself gets none."""
    where = joined((article.source, language.date(article.published) if article.published else None), ", ")
    ended = title.rstrip().endswith(("?", "!", ".", "…"))
    return joined(("" if ended else ".", f" {where}." if where else None, f" {address}" if address else None), "")
