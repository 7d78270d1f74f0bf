"""What an article's page says of where it comes from."""

from __future__ import annotations

import pytest

from search.model import Article
from web.language import language
from web.reading import article_view


@pytest.mark.parametrize(
    ("title", "source", "published", "url", "tail"),
    [
        ("Cảng mới", "Báo A", "2019-03-13", "https://a.vn/x", ". Báo A, 13/3/2019. https://a.vn/x"),
        ("Cảng mới", None, "2019-03", None, ". 3/2019."),
        ("Cảng mới", "Báo A", None, None, ". Báo A."),
        ("Cảng mới", None, None, None, "."),
        ("Vì sao cảng mới vắng tàu?", "Báo A", None, "javascript:alert(1)", " Báo A."),
        ("Cảng mới…", None, None, None, ""),
    ],
)
def test_a_citation_has_each_stop_once(
    title: str, source: str | None, published: str | None, url: str | None, tail: str
) -> None:
    article = Article(id="x", title=title, body="", source=source, published=published, url=url)
    assert article_view(article, ((), ()), (), (), "", language("vi")).citation_tail == tail
