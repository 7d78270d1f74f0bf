"""Small articles for tests of engines, with an analysis of their own: these tests stand on the protocol alone."""

from __future__ import annotations

import itertools
import random
import re
import unicodedata

import numpy as np
from numpy.typing import NDArray

from search.analysis.streams import Analysis, Code, Plainness
from search.engines.base import Prepared
from search.model import Article


class TestVocabulary:
    """The smallest `Vocabulary` there can be."""

    __test__ = False

    def __init__(self) -> None:
        self._terms: list[str] = []
        self._ids: dict[str, int] = {}
        self._folded: list[str] = []
        self._folded_ids: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._terms)

    def id(self, exact: str) -> int:
        if exact not in self._ids:
            self._ids[exact] = len(self._terms)
            self._terms.append(exact)
            form = fold(exact)
            self._folded_ids.setdefault(form, len(self._folded_ids))
            self._folded.append(form)
        return self._ids[exact]

    def exact(self, id: int) -> str:
        return self._terms[id]

    def folded(self, id: int) -> str:
        return self._folded[id]

    def folded_ids(self) -> NDArray[np.int32]:
        return np.array([self._folded_ids[form] for form in self._folded], np.int32)

    def folded_term(self, folded_id: int) -> str:
        return list(self._folded_ids)[folded_id]


VOCABULARY = TestVocabulary()
CODE = re.compile(r"\w+(?:[-/]\w+)+")


def fold(text: str) -> str:
    """Without diacritics."""
    letters = unicodedata.normalize("NFD", text.replace("đ", "d"))
    return "".join(c for c in letters if not unicodedata.combining(c))


def analysis(text: str) -> Analysis:
    """Runs of letters or digits; a word is joined to the one before it where an underscore stands between them."""
    found = list(re.finditer(r"[^\W_]+", text))
    exact = [VOCABULARY.id(m[0].lower()) for m in found]
    joined = [m.start() > 0 and text[m.start() - 1] == "_" for m in found]
    starts = [m.start() for m in found]
    codes = []
    for code in CODE.finditer(text):
        parts = [i for i, m in enumerate(found) if code.start() <= m.start() < code.end()]
        form = code[0].lower()
        codes.append(Code(parts[0], len(parts), form, fold(form)))
    marked = sum(fold(m[0].lower()) != m[0].lower() for m in found)
    return Analysis(
        text,
        VOCABULARY,
        np.array(exact, np.int32),
        np.array(starts, np.int32),
        np.array([m.end() for m in found], np.int32),
        np.array(joined, bool),
        tuple(codes),
        Plainness(len(found), marked, sum(m[0].isalpha() for m in found)),
    )


def prepared(
    id: str,
    title: str = "",
    body: str = "",
    *,
    city: str | None = None,
    published: str | None = None,
    source: str | None = None,
    byline: str | None = None,
) -> Prepared:
    """An article and its analyses."""
    article = Article(id, title, body, city=city, published=published, source=source, byline=byline)
    return Prepared(article, analysis(title), analysis(body))


_PLACES = ["phòng", "phong", "hà", "nội", "ha", "noi", "sông"]
_OTHERS = ["tham", "nhũng", "nhung", "vặt", "vật", "bản", "bán", "ban", "đảng", "đang", "năm", "nam", "một"]
SYLLABLES = [*_PLACES, *_OTHERS, "17-KH/TU", "2019"]
CITIES = (None, "Hải Phòng", "Hà Nội", "Đà Nẵng", "Tỉnh / A&B", "")
DATES = (None, "2019-03-13", "2019-03-14", "2019-04-01T09:00:00+07:00", "2020", "2021-12", "1975-04-30", "2019-03-13")


def corpus(seed: int, size: int) -> list[Prepared]:
    """Random articles over few syllables, so that most conditions hold somewhere; some without any diacritics."""
    draw = random.Random(seed)
    return [article(draw, f"{draw.choice('abcxyzÀ')}/{number}") for number in range(size)]


def article(draw: random.Random, id: str) -> Prepared:
    """One random article."""

    def text(most: int) -> str:
        words = draw.choices(SYLLABLES, k=draw.randint(0, most))
        joins = ["_" if draw.random() < 0.3 else " " for _ in words]
        written = "".join(itertools.chain.from_iterable(zip(words, joins, strict=True)))
        return fold(written) if plain else written

    plain = draw.random() < 0.15
    return prepared(
        id,
        text(5),
        text(30),
        city=draw.choice(CITIES),
        published=draw.choice(DATES),
        source=draw.choice((None, "Báo A", "Báo B")),
        byline=draw.choice((None, "Lê Minh", "Nhóm PV")),
    )
