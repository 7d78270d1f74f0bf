"""A stand-in for `search.service.Index`: a few articles, matched by folded words, with the real facet buckets.

It answers in the shapes of the service, so that every route can be tried against hostile titles, bodies and ids that
no sample corpus would hold, and against an index that fails.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from search import facets
from search.engines.base import IndexStats
from search.errors import QueryError, TimBaoError
from search.model import Article, Evidence, Hit, Note, Result, Snippet, Suggestion

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Completion:
    text: str
    count: int


HOSTILE = "<script>alert(1)</script> & \"quoted\" 'x' </title><img src=x onerror=alert(1)>"

ARTICLES = (
    Article(
        id="2019/tham-nhung",
        title="Xử lý dứt điểm tham nhũng vặt ở bộ phận một cửa",
        body="Thành phố yêu cầu các quận chấm dứt tham nhũng vặt.\n\nNgười dân không phải đi lại nhiều lần.",
        city="Hải Phòng",
        published="2019-03-13",
        url="https://baomau.example/2019/tham-nhung",
        source="Báo Mẫu",
        byline="Trần Thị Lan",
    ),
    Article(
        id="dao-tau",
        title="Cảng mới đón chuyến tàu đầu tiên",
        body="Sáng 5/8, cảng đón tàu. Lãnh đạo cam kết không để xảy ra tham nhũng.",
        city="Đà Nẵng",
        published="2021-08-05T09:43:00+07:00",
        source="Tin Cảng",
        evidence={"city": Evidence("dateline", "Đà Nẵng:", 1), "published": Evidence("lead", "Sáng 5/8", 2)},
        confidence={"city": "medium", "published": "low"},
    ),
    Article(id="a b?c#d%e", title=HOSTILE, body=f"{HOSTILE}\n{HOSTILE} tham nhũng", url="javascript:alert(1)"),
    Article(id="../up", title="", body="Bài không tiêu đề, nói về lũ và ngập.", city="Huế", published="2021-10"),
    Article(id="x//y", title="=1+1", body="\x00\x07 ký tự lạ \ufffe tham nhũng", city="Huế", published="2021"),
)


def fold(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in plain if not unicodedata.combining(c))


def ranges(text: str, query: str) -> Ranges:
    folded, found = "".join(fold(c)[:1] or " " for c in text), []
    for word in fold(query).split():
        at = folded.find(word)
        while at >= 0:
            found.append((at, at + len(word)))
            at = folded.find(word, at + 1)
    return tuple(sorted(found))


@dataclass
class FakeIndex:
    articles: tuple[Article, ...] = ARTICLES
    generation: str = "g1"
    failure: Exception | None = None
    notes: tuple[Note, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    asked: list[dict[str, Any]] = field(default_factory=list)

    def _fail(self) -> None:
        if self.failure:
            raise self.failure

    def search(self, query: str = "", **given: Any) -> Result:
        self._fail()
        self.asked.append({"query": query, **given})
        days = [dt.date.fromisoformat(given[n]) if given.get(n) else None for n in ("start", "end")]
        choice = facets.Choice(given.get("cities", ()), given.get("sources", ()), given.get("bylines", ()), *days)
        found = [a for a in self.articles if self._matches(a, query)]
        counts = {
            "city": self._count(found, choice, "city"),
            "year": self._count(found, choice, "year", 4),
            "month": self._count(found, choice, "month", 7),
            "day": self._count(found, choice, "day", 10),
            "source": self._count(found, choice, "source"),
            "byline": self._count(found, choice, "byline"),
        }
        wanted = facets.requests(choice)
        kept = [a for a in found if self._kept(a, choice, None)]
        if given.get("sort") == "newest":
            kept.sort(key=lambda a: a.published or "", reverse=True)
        if given.get("cursor") and not str(given["cursor"]).isdigit():
            raise QueryError("cursor cannot be read", "start again without it", "cursor")
        at, limit = int(given.get("cursor") or 0), given.get("limit", 10)
        page = kept[at : at + limit]
        return Result(
            raw=query,
            normalized=query.lower(),
            total=len(kept),
            took_ms=1.25,
            hits=tuple(self._hit(a, query, given.get("explain", False)) for a in page),
            facets=facets.buckets({n: c for n, c in counts.items() if n in wanted}, choice),
            notes=self.notes,
            next=str(at + limit) if limit and at + limit < len(kept) else None,
            suggestions=self.suggestions,
            copies=given.get("copies", "once"),
        )

    def _matches(self, article: Article, query: str) -> bool:
        text = fold(f"{article.title} {article.body}")
        return all(word in text for word in fold(query).split())

    def _kept(self, article: Article, choice: facets.Choice, but: str | None) -> bool:
        for name, values in (("city", choice.cities), ("source", choice.sources), ("byline", choice.bylines)):
            if values and name != but and (getattr(article, name) or "") not in values:
                return False
        if but == "date" or not (choice.start or choice.end):
            return True
        day = article.day
        return day is not None and (choice.start or day) <= day <= (choice.end or day)

    def _count(self, found: Iterable[Article], choice: facets.Choice, name: str, length: int = 0) -> Counter[str]:
        counts: Counter[str] = Counter()
        for article in found:
            if self._kept(article, choice, "date" if length else name):
                value = (article.published or "")[:length] if length else getattr(article, name) or ""
                if not length or len(value) == length or not value:
                    counts[value] += 1
        return counts

    def _hit(self, article: Article, query: str, explain: bool) -> Hit:
        body = article.body[:150]
        return Hit(
            id=article.id,
            title=article.title,
            title_highlights=ranges(article.title, query),
            score=1.0,
            snippets=(Snippet(body, ranges(body, query)),),
            url=article.url,
            city=article.city,
            published=article.published,
            byline=article.byline,
            source=article.source,
            evidence=article.evidence,
            confidence=article.confidence,
            explanation="because" if explain else None,
            copies=sum(a.id != article.id and a.body == article.body for a in self.articles),
        )

    def article(self, id: str) -> Article | None:
        self._fail()
        return next((a for a in self.articles if a.id == id), None)

    def marked(self, id: str, query: str, *, marks: str = "auto") -> tuple[Ranges, Ranges]:
        article = self.article(id)
        return (ranges(article.title, query), ranges(article.body, query)) if article else ((), ())

    def similar(self, id: str, limit: int = 5) -> tuple[Hit, ...]:
        return tuple(self._hit(a, "", False) for a in self.articles if a.id != id)[:limit]

    def copies(self, id: str, limit: int = 100) -> tuple[Hit, ...]:
        article = self.article(id)
        found = (a for a in self.articles if article is not None and a.id != id and a.body == article.body)
        return tuple(self._hit(a, "", False) for a in found)[:limit]

    def suggest(self, prefix: str, limit: int = 8) -> tuple[Completion, ...]:
        self._fail()
        words = ("tham nhũng", "tham nhũng vặt", "thanh tra")
        return tuple(Completion(w, 3) for w in words if fold(w).startswith(fold(prefix)))[:limit]

    def stats(self) -> IndexStats:
        self._fail()
        cities = Counter(a.city or "" for a in self.articles)
        years = Counter((a.published or "")[:4] for a in self.articles)
        return IndexStats("fake", "nowhere", self.generation, len(self.articles), 1, 12345, {"exact": 9}, cities, years)

    def check(self) -> list[Any]:
        return []

    def failing(self, error: TimBaoError | Exception) -> FakeIndex:
        return replace(self, failure=error)
