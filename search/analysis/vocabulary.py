"""The table of terms that all analyses of a process share.

In: exact terms. Out: dense ids, folded ids and flags as arrays. Must not know texts, positions or engines.

The table only grows: ids are given from 0 and never reused. Look-ups take no lock; adding a term does.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from search.analysis import forms, syllables

LETTERS, MARKED, SYLLABLE, ORDINAL_CUE, LINK = 1, 2, 4, 8, 16
"""Flags of an exact term: made of letters; has a Vietnamese mark; a syllable without marks; a cue of ordinals; what
stands between two ordinals of one cue (khóa XII và XIII)."""

_NUMBERED = (
    "khóa thứ lần hội kỷ quý chương phần mục kỳ tập đợt đoạn đoàn loại hạng cấp bậc chiến khu vùng đảng games olympic"
)
_CUES = frozenset(word for cue in _NUMBERED.split() for word in (cue, forms.fold(cue)))
_LINKS = frozenset(["và", "va", "đến", "den"])


class TermTable:
    """Append-only table of exact terms with their folded terms; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._ids: dict[str, int] = {}
        self._exact: list[str] = []
        self._folded_of: list[str] = []
        self._folded_ids: dict[str, int] = {}
        self._folded: list[str] = []
        self._folded_array = np.zeros(1 << 12, np.int32)
        self._flags_array = np.zeros(1 << 12, np.uint8)
        self._kinds: list[int] = []

    def __len__(self) -> int:
        return len(self._exact)

    def id(self, exact: str) -> int:
        """Id of an exact term (as `search.analysis.exact_form` makes it), adding it when it is new."""
        known = self._ids.get(exact)
        return self._add(exact) if known is None else known

    def find(self, exact: str) -> int | None:
        """Id of an exact term, None when no analysis has met it."""
        return self._ids.get(exact)

    def find_folded(self, folded: str) -> int | None:
        """Id of a folded term, None when no analysis has met it."""
        return self._folded_ids.get(folded)

    def exact(self, id: int) -> str:
        """The exact term of an id."""
        return self._exact[id]

    def folded(self, id: int) -> str:
        """The folded term of an exact id."""
        return self._folded_of[id]

    def folded_ids(self) -> NDArray[np.int32]:
        """Folded id of every exact id; shape (len(self),), read only."""
        size = len(self._exact)
        view = self._folded_array[:size]
        view.flags.writeable = False
        return view

    def folded_term(self, folded_id: int) -> str:
        """The folded term of a folded id."""
        return self._folded[folded_id]

    def kind(self, id: int) -> int:
        """The flags of one exact id."""
        return self._kinds[id]

    def flags(self) -> NDArray[np.uint8]:
        """Flags of every exact id (`LETTERS`, `MARKED`, `SYLLABLE`, `ORDINAL_CUE`, `LINK`); at least len(self) long."""
        return self._flags_array

    def _add(self, exact: str) -> int:
        with self._lock:
            known = self._ids.get(exact)
            if known is not None:
                return known
            id, folded = len(self._exact), forms.fold_exact(exact)
            if id >= len(self._folded_array):
                self._folded_array = np.concatenate([self._folded_array, np.zeros(id, np.int32)])
                self._flags_array = np.concatenate([self._flags_array, np.zeros(id, np.uint8)])
            folded_id = self._folded_ids.get(folded)
            if folded_id is None:
                folded_id = self._folded_ids[folded] = len(self._folded)
                self._folded.append(folded)
            self._folded_array[id] = folded_id
            kind = _flags(exact)
            self._flags_array[id] = kind
            self._kinds.append(kind)
            self._folded_of.append(self._folded[folded_id])
            self._exact.append(exact)
            self._ids[exact] = id
            return id


def _flags(exact: str) -> int:
    if not exact[:1].isalpha():
        return 0
    flags = LETTERS
    if syllables.has_marks(exact):
        flags |= MARKED
    elif syllables.is_syllable(exact):
        flags |= SYLLABLE
    if exact in _CUES:
        flags |= ORDINAL_CUE
    elif exact in _LINKS:
        flags |= LINK
    return flags
