"""How many saved web pages a second one core reads, and what takes the time.

    python -m tests.bench.html_speed CORPUS.jsonl[.gz] [--pages N] [--peers]

Each article of the corpus is put into a page as papers serve them: a head with scripts, styles and metadata, a menu of
links, a sidebar, related articles, comments, a footer, around 60 KB in all. Printed for the reader of this project:
pages a second of processor time, the share of each step, and whether title, day and text were found again; with
`--peers` the same of lxml's parser alone and of trafilatura. All run in turn over the same pages.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Callable, Iterator
from html import escape
from itertools import islice
from pathlib import Path
from typing import Any

from search.ingest.content import article_text
from search.ingest.html import parse, read_html
from search.ingest.metadata import metadata
from search.model import Record

_RUBRICS = (
    "Thời sự,Góc nhìn,Thế giới,Kinh doanh,Khoa học,Giải trí,Thể thao,Pháp luật,Giáo dục,Sức khỏe,Đời sống,Du lịch"
)
_SCRIPT = "window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)};gtag('js',new Date());" * 60
_STYLE = ".a-%d{margin:0 auto;padding:8px 12px;color:#%06x;font:400 16px/1.6 arial}"


def articles(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a corpus that have a title and a text."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        for line in lines:
            values = json.loads(line)
            if values.get("title") and len(values.get("body") or "") > 500:
                yield values


def page(values: dict[str, Any], others: list[dict[str, Any]]) -> bytes:
    """An article in the page of a paper."""
    title = escape(values["title"])
    style = "".join(_STYLE % (i, i * 4099) for i in range(220))
    menu = "".join(
        f'<li class="menu-item"><a href="/{i}" title="{name}">{name}</a><ul>'
        + "".join(f'<li><a href="/{i}/{j}">{name} {j}</a></li>' for j in range(5))
        + "</ul></li>"
        for i, name in enumerate(_RUBRICS.split(","))
    )
    body = "".join(f'<p class="Normal">{escape(text)}</p>\n' for text in values["body"].split("\n") if text.strip())
    related = "".join(
        f'<article class="item-news"><div class="thumb-art"><a href="/{i}.html" class="thumb"><picture><source '
        f'srcset="/i/{i}.jpg 1x, /i/{i}@2x.jpg 2x"><img src="/i/{i}.jpg" alt="{escape(one["title"])}"></picture></a>'
        f'</div><h3 class="title-news"><a href="/{i}.html">{escape(one["title"])}</a></h3>'
        f'<p class="description"><a href="/{i}.html">{escape(one["body"][:160])}</a></p></article>'
        for i, one in enumerate(others)
    )
    linked = json.dumps({"@context": "https://schema.org", "@type": "NewsArticle", "headline": values["title"],
                         "datePublished": "2021-03-02T08:05:00+07:00"}, ensure_ascii=False)  # fmt: skip
    return (
        f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{title} - Báo Thử</title>'
        f'<meta property="og:title" content="{title}"><meta property="og:site_name" content="Báo Thử">'
        f'<script type="application/ld+json">{linked}</script><script>{_SCRIPT}</script><style>{style}</style></head>'
        f'<body><header><nav class="main-nav"><ul>{menu}</ul></nav></header><section class="container"><div '
        f'class="sidebar-1"><span class="date">Thứ ba, 2/3/2021, 08:05 (GMT+7)</span><h1 class="title-detail">{title}'
        f'</h1><article class="fck_detail">{body}</article><div class="social-share"><a href="#">Facebook</a></div>'
        "</div>"
        f'<div class="sidebar-2"><h2>Xem nhiều</h2>{related}</div></section><script>{_SCRIPT}</script>'
        f'<section class="box-comment"><form><textarea></textarea></form></section><footer><p>Bản quyền</p></footer>'
        "</body></html>"
    ).encode()


def rate(read: Callable[[bytes], object], pages: list[bytes]) -> float:
    """Pages a second of processor time, the better of two runs."""
    best = float("inf")
    for _ in range(2):
        started = time.process_time()
        for data in pages:
            read(data)
        best = min(best, time.process_time() - started)
    return len(pages) / best


def ours(data: bytes) -> Record:
    """This project's reader."""
    record = read_html("page.html", "page", data)
    assert isinstance(record, Record)
    return record


def trafilatura(data: bytes) -> object:
    """The peer, with its own metadata."""
    import trafilatura

    return trafilatura.bare_extraction(data.decode(), with_metadata=True, include_comments=False)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--peers", action="store_true")
    chosen = parser.parse_args()
    taken = list(islice(articles(chosen.corpus), chosen.pages))
    pages = [page(one, (taken * 2)[i + 1 : i + 25]) for i, one in enumerate(taken)]
    print(f"{len(pages)} pages of {sum(map(len, pages)) / len(pages) / 1024:.0f} KB")
    ours(pages[0])
    steps: list[tuple[str, Callable[[bytes], object]]] = [
        ("this reader", ours),
        ("  lxml's parser alone", lambda data: parse(data.decode())),
        ("  + metadata", lambda data: metadata(parse(data.decode()), None)),
        ("  + text of the article", lambda data: article_text(parse(data.decode()), None)),
    ]
    for name, read in steps:
        print(f"{name:26} {rate(read, pages):6.0f} pages/s")
    found = [ours(data) for data in pages]
    title = sum(record.title.value == " ".join(one["title"].split()) for record, one in zip(found, taken, strict=True))
    day = sum((record.published.value or "").startswith("2021-03-02") for record in found)
    whole = sum(_same(record.body, one["body"]) for record, one in zip(found, taken, strict=True))
    print(f"found again: title {title}, day {day}, text {whole} of {len(pages)}")
    if chosen.peers:
        few = pages[: max(1, len(pages) // 8)]
        print(f"{'trafilatura':26} {rate(trafilatura, few):6.0f} pages/s")


def _same(found: str, written: str) -> bool:
    """Whether at least 95 % of the words written were found, and little else."""
    have, want = found.split(), written.split()
    return abs(len(have) - len(want)) <= 0.05 * len(want) + 3


if __name__ == "__main__":
    main()
