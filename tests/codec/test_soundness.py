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
from tests.engines.texts import corpus

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


CHANGES: list[tuple[str, Change]] = [
    *((f"{field}.postings", byte(at, 255)) for field in ("exact", "pair", "title_word") for at in (0.0, 0.5, 1.0)),
    *((f"{field}.postings", byte(0.0, 0)) for field in ("exact", "folded")),
    ("exact.postings", lambda values: np.full_like(values, 255)),
    ("folded.postings", lambda values: values[:-1]),
    ("exact.starts", lambda values: values[::-1].copy()),
    ("pair.starts", byte(1.0, 2**31)),
    ("pair.seconds", byte(0.5, 2**31)),
    ("pair.firsts", byte(0.5, 2**31)),
    ("exact.terms.ends", byte(0.5, 2**31)),
    ("word.terms.text", lambda values: values[::-1].copy()),
    ("ids.docs", byte(0.5, 2**30)),
    ("ids.ranks", byte(0.5, -1)),
    ("city", byte(0.5, 99)),
    ("day", byte(0.5, -1)),
    ("title_positions", byte(0.5, 2**30)),
    ("forward.forms", byte(0.5, 65534)),
    ("forward.forms", byte(0.5, 65535)),
    ("forward.starts", byte(0.5, 2**40)),
    ("forward.offset_starts", byte(0.5, -1)),
    ("forward.offsets", lambda values: np.append(values, np.uint8(255))),
    ("forward.joined", lambda values: values[:-1]),
    ("forms.folded", byte(0.5, 2**30)),
    ("codes.places", byte(0.5, 2**30)),
    ("codes.exact", byte(0.5, -1)),
    ("records.starts", byte(0.5, 2**40)),
    ("digests", lambda values: values[:-16]),
]


@pytest.mark.parametrize(("name", "change"), CHANGES, ids=[f"{i} {name}" for i, (name, _) in enumerate(CHANGES)])
def test_what_does_not_fit_is_named(place: Path, name: str, change: Change) -> None:
    path = next(place.glob("*.seg"))
    whole = path.read_bytes()
    try:
        rewritten(path, name, change)
        assert WhooshEngine(str(place)).check(), name
    finally:
        path.write_bytes(whole)
