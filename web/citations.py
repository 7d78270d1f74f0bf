r"""Articles as CSV, JSON lines, RIS and BibTeX.

In: articles. Out: text, piece by piece. JSON lines are what `timbao index` reads. Must not know searches or Flask.

Formats: RFC 4180; RIS specification (2011), type NEWS; BibTeX, with TeX's special characters escaped.

>>> from search.model import Article
>>> print(bib(Article(id="2019/a", title="Chi 5% & hơn", body="", published="2019-03-13", source="Báo A")), end="")
@misc{2019-a,
  title = {{Chi 5\% \& hơn}},
  howpublished = {Báo A},
  year = {2019},
  month = {3},
  day = {13},
  note = {2019/a},
}
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping

from search.model import Article
from search.state import clean

COLUMNS = ("id", "title", "city", "published", "byline", "source", "url")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_URL = str.maketrans({"{": "%7B", "}": "%7D", "\\": "%5C"})
"""What would open, close or escape a BibTeX field is percent-encoded in an address (RFC 3986, 2.1)."""
_NOT_KEY = re.compile(r"[^a-z0-9]+")

MIMETYPES = {
    "csv": "text/csv",
    "jsonl": "application/jsonl",
    "ris": "application/x-research-info-systems",
    "bib": "application/x-bibtex",
}


def written(kind: str, articles: Iterable[Article]) -> Iterator[str]:
    """The articles in one of the kinds of `MIMETYPES`, piece by piece."""
    if kind == "csv":
        yield "\ufeff" + row(COLUMNS)
        write: Callable[[Article], str] = line
    else:
        write = {"jsonl": record, "ris": ris, "bib": bib}[kind]
    for article in articles:
        yield write(article)


def row(cells: Iterable[str]) -> str:
    """One row of CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def line(article: Article) -> str:
    """An article as a row of CSV; what a spreadsheet would run as a formula gets an apostrophe before it."""
    values = (clean(getattr(article, name) or "") for name in COLUMNS)
    return row(f"'{value}" if value.startswith(_FORMULA) else value for value in values)


def record(article: Article) -> str:
    """An article as a line of JSON, as `timbao index` reads it."""
    shape = {name: getattr(article, name) for name in (*COLUMNS[:2], "body", *COLUMNS[2:])}
    return json.dumps({n: v for n, v in shape.items() if v is not None}, ensure_ascii=False) + "\n"


def ris(article: Article) -> str:
    """An article as a RIS record."""
    year, month, day = [*(article.published or "")[:10].split("-"), "", "", ""][:3]
    tags = [
        ("TY", "NEWS"),
        ("TI", article.title),
        ("AU", article.byline),
        ("T2", article.source),
        ("PY", year),
        ("DA", f"{year}/{month}/{day}" if month else ""),
        ("CY", article.city),
        ("UR", article.url),
        ("ID", article.id),
    ]
    lines = [f"{tag}  - {clean(value).strip()}" for tag, value in tags if value]
    return "\r\n".join([*lines, "ER  - ", "", ""])


def bib(article: Article) -> str:
    """An article as a BibTeX entry."""
    parts = (article.published or "")[:10].split("-") if article.published else []
    fields: Mapping[str, str | None] = {
        "title": f"{{{tex(article.title)}}}",
        "author": tex(article.byline or ""),
        "howpublished": tex(article.source or ""),
        "address": tex(article.city or ""),
        "year": parts[0] if parts else "",
        "month": str(int(parts[1])) if len(parts) > 1 else "",
        "day": str(int(parts[2])) if len(parts) > 2 else "",
        "url": clean(article.url or "").translate(_URL),
        "note": tex(article.id),
    }
    body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@misc{{{key(article.id)},\n{body}}}\n"


def key(id: str) -> str:
    """An id as a BibTeX key: Latin letters, digits and hyphens."""
    plain = unicodedata.normalize("NFD", id.lower().replace("đ", "d"))
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return _NOT_KEY.sub("-", bare).strip("-") or "bai"


def tex(text: str) -> str:
    """Text with TeX's special characters escaped."""
    return "".join(_TEX.get(c, c) for c in clean(text).strip())
