"""The examples of docs/analysis.md do what they say."""

from __future__ import annotations

import doctest
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs" / "analysis.md"


def test_examples_of_the_document() -> None:
    done = doctest.testfile(str(DOCS), module_relative=False, encoding="utf-8", optionflags=doctest.ELLIPSIS)
    assert done.attempted >= 12
    assert done.failed == 0
