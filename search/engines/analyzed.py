"""Telling that an index was made by an earlier analysis: it answers, but some writings are not found in it.

In: where an index is, the version noted in it. Out: one warning for each. Must not know how an engine notes it.
"""

from __future__ import annotations

import logging
from functools import lru_cache

from search.analysis import VERSION


def tell_of_older_terms(location: str, version: int) -> None:
    """Warn, once for each index of a process, when `version` is below that of this analysis."""
    if version < VERSION:
        _tell(location, version)


@lru_cache(maxsize=64)
def _tell(location: str, version: int) -> None:
    logging.getLogger(__name__).warning(
        "chỉ mục %s do phân tích phiên bản %d tạo, nay là %d: có cách viết chưa tìm ra; hãy chạy lại timbao index / "
        "the index was made by analysis version %d, now %d: some writings are not found; run timbao index again",
        *(location, version, VERSION, version, VERSION),
    )
