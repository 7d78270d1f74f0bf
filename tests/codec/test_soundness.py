"""Files whose checksums are right and whose content is not: `check` names what does not fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search.codec.container import Container, ContainerWriter
from search.engines.whoosh import WhooshEngine
from tests.engines.conformance import write
from tests.engines.texts import corpus, prepared

Change = Callable[[Any], Any]


def rewritten(path: Path, name: str, change: Change) -> None:
    """The same file with one section changed, its checksums right."""
    old = Container(path)
    sections = {each: old.array(each).copy() for each in old.sizes()}
    sections[name] = change(sections[name])
    meta = old.meta
    with ContainerWriter(path) as out:
        for each, values in sections.items():
            out.array(each, values)
        out.close(meta)


def byte(at: float, value: int) -> Change:
    def change(values: Any) -> Any:
        values[int(at * (len(values) - 1))] = value
        return values

    return change


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    write(WhooshEngine(str(folder)), corpus(1, 300))
    assert WhooshEngine(str(folder)).check() == []
    return folder


def more(values: Any) -> Any:
    return np.append(values, values[-1:])


def swapped(values: Any) -> Any:
    values[[3, 4]] = values[[4, 3]]
    return values


NOTHING = "has a number that stands for nothing"
DIVIDED = "does not divide what it should"
CHANGES: list[tuple[str, Change, str]] = [
    *(
        (f"{field}.postings", byte(at, 255), f'of field "{field}" cannot be read')
        for field in ("exact", "pair", "title_word")
        for at in (0.0, 0.5, 1.0)
    ),
    *((f"{field}.postings", byte(0.0, 0), f'list 0 of field "{field}" cannot') for field in ("exact", "folded")),
    ("exact.postings", lambda values: np.full_like(values, 255), 'posting list 0 of field "exact" cannot be read'),
    ("folded.postings", lambda values: values[:-1], 'field "folded" has'),
    ("exact.starts", lambda values: values[::-1].copy(), 'field "exact" has'),
    ("exact.starts", lambda values: values[:-1], 'field "exact" has 117 terms and 116 posting lists'),
    ("title_exact.starts", byte(0.0, 1), 'field "title_exact" has'),
    ("pair.starts", byte(1.0, 65535), 'field "pair" has'),
    ("pair.bases", byte(0.0, 1), 'field "pair" has'),
    ("pair.bases", byte(0.5, 2**32 - 1), 'of field "pair" cannot be read'),
    ("exact.bases", more, 'section "exact.bases" is not of 118 places'),
    ("word.bases", lambda values: values[:0], 'field "word" has'),
    ("title_pair.starts", more, 'field "title_pair" has 157 terms and 158 posting lists'),
    ("pair.seconds", byte(0.5, 65535), NOTHING),
    ("pair.seconds", byte(0.5, 78), NOTHING),  # of 78 terms
    ("title_pair.seconds", byte(0.5, 78), NOTHING),
    ("pair.firsts", byte(0.5, 2**31), DIVIDED),
    ("pair.firsts", byte(0.0, 1), DIVIDED),
    ("title_pair.firsts", byte(1.0, 156), DIVIDED),
    ("exact.terms.ends", byte(0.5, 2**31), 'table "exact.terms" do not follow each other'),
    ("ids.ends", lambda values: values[:-1], 'table "ids" do not follow each other'),
    ("forms.ends", byte(0.5, 0), 'table "forms" do not follow each other'),
    ("word.terms.text", lambda values: values[::-1].copy(), 'table "word.terms" are not in order'),
    ("city.values.text", lambda values: np.full_like(values, 65), 'table "city.values" are not in order'),
    ("ids.docs", byte(0.5, 2**30), "the ids are not those of the articles, each once"),
    ("ids.docs", lambda values: np.append(values[1:], values[-1]), "the ids are not those of the articles, each once"),
    ("ids.docs", swapped, "the ranks of the ids are not those of the articles"),
    ("ids.ranks", byte(0.5, -1), "the ranks of the ids are not those of the articles"),
    ("city", byte(0.5, 99), f'section "city" {NOTHING}'),
    ("city", byte(0.5, 5), f'section "city" {NOTHING}'),  # of five cities
    ("source", byte(0.5, 3), f'section "source" {NOTHING}'),
    ("byline", byte(0.5, -1), f'section "byline" {NOTHING}'),
    ("day", byte(0.5, -1), f'section "day" {NOTHING}'),
    ("day", byte(0.5, 7), f'section "day" {NOTHING}'),  # of seven days
    ("title_positions", byte(0.5, 2**30), "the lengths of the articles are not those of their tokens"),
    ("body_positions", swapped, "the lengths of the articles are not those of their tokens"),
    ("forward.forms", byte(0.5, 65534), f'section "forward.forms" {NOTHING}'),
    ("forward.forms", byte(0.5, 28), f'section "forward.forms" {NOTHING}'),  # of 28 forms
    ("forward.forms", byte(0.5, 65535), 'section "forward.rare_starts" does not say where rare tokens are'),
    ("forward.rare", lambda values: np.array([28], values.dtype), f'section "forward.rare_starts" {DIVIDED}'),
    ("forward.rare", lambda values: np.array([28], values.dtype), f'section "forward.rare" {NOTHING}'),
    ("forward.rare_starts", more, f'section "forward.rare_starts" {DIVIDED}'),
    ("forward.starts", byte(0.5, 2**40), f'section "forward.starts" {DIVIDED}'),
    ("forward.starts", byte(0.0, 1), f'section "forward.starts" {DIVIDED}'),
    ("forward.offset_starts", byte(0.5, -1), f'section "forward.offset_starts" {DIVIDED}'),
    ("forward.offsets", lambda values: np.append(values, np.uint8(255)), f'section "forward.offset_starts" {DIVIDED}'),
    ("forward.joined", lambda values: values[:-1], 'section "forward.joined" is not of these tokens'),
    ("forward.joined", more, 'section "forward.joined" is not of these tokens'),
    ("forms.folded", byte(0.5, 2**30), f'section "forms.folded" {NOTHING}'),
    ("forms.folded", byte(0.5, 78), f'section "forms.folded" {NOTHING}'),
    ("forms.folded", byte(0.5, -1), f'section "forms.folded" {NOTHING}'),
    ("forms.exact", byte(0.5, -2), f'section "forms.exact" {NOTHING}'),
    ("forms.exact", byte(0.5, 117), f'section "forms.exact" {NOTHING}'),
    ("codes.starts", byte(0.5, 2**30), f'section "codes.starts" {DIVIDED}'),
    ("codes.places", byte(0.5, 2**30), "a code stands outside its article"),
    ("codes.places", byte(0.5, -1), "a code stands outside its article"),
    ("codes.lengths", byte(0.5, 255), "a code stands outside its article"),
    ("codes.lengths", more, "the columns of the codes are not of one length"),
    ("codes.exact", byte(0.5, -1), f'section "codes.exact" {NOTHING}'),
    ("codes.exact", byte(0.5, 117), f'section "codes.exact" {NOTHING}'),
    ("codes.folded", byte(0.5, 78), f'section "codes.folded" {NOTHING}'),
    ("records.starts", byte(0.5, 2**40), f'section "records.starts" {DIVIDED}'),
    ("records.starts", lambda values: values[:-1], f'section "records.starts" {DIVIDED}'),
    *(
        (name, lambda values: values[:-1], f'section "{name}" is not of 300 articles')
        for name in ("plain", "day", "city", "source", "byline", "ids.docs", "ids.ranks", "digests", "title_positions",
                     "body_positions", "title_words", "body_words", "signatures2")
    ),
    ("digests", lambda values: values[:-16], 'section "digests" is not of 300 articles'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "what"), CHANGES, ids=[f"{i} {row[0]}" for i, row in enumerate(CHANGES)])
def test_what_does_not_fit_is_named(place: Path, name: str, change: Change, what: str) -> None:
    path = next(place.glob("*.seg"))
    whole = path.read_bytes()
    try:
        rewritten(path, name, change)
        found = WhooshEngine(str(place)).check()
        assert any(what in problem.what for problem in found), [problem.what for problem in found]
        assert all(problem.where == str(path) and problem.next_step for problem in found)
    finally:
        path.write_bytes(whole)


def test_places_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    """Of each token that does not follow by one blank three numbers are kept; the last byte of one is below 128."""
    write(WhooshEngine(str(tmp_path)), [prepared(f"{n}", "Một,  hai", "ba... bốn!  năm -- sáu") for n in range(3)])
    path = next(tmp_path.glob("*.seg"))
    size = len(Container(path).array("forward.offsets"))
    whole = path.read_bytes()
    for at in (0, size // 2, size - 1):
        for value in (128, 255):
            rewritten(
                path,
                "forward.offsets",
                lambda values, at=at, value=value: np.r_[values[:at], np.uint8(value), values[at + 1 :]],
            )
            assert [p.what for p in WhooshEngine(str(tmp_path)).check()] == ['section "forward.offsets" cannot be read']
            path.write_bytes(whole)
    assert WhooshEngine(str(tmp_path)).check() == []
