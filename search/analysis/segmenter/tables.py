"""Everything that grows with the texts seen: pieces met before and token types.

In: short texts. Out: type ids of their tokens, and which are joined. Must not know labels' rules: it holds the
labelers, which are asked about its token types.

The tables only grow; look-ups take no lock, adding does. A table that is `full` is left for a new one.
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.analysis.piece_index import MAX_PIECE
from search.analysis.segmenter.asking import AskingLabeler
from search.analysis.segmenter.labels import Labeler
from search.analysis.segmenter.lexing import lex, readable
from search.analysis.segmenter.short import ShortLabeler
from search.analysis.segmenter.types import LINE_BREAK, Lexicon, TokenTypes

MAX_TYPES, MAX_PIECES, MAX_CHARS = 40_000, 50_000, 2_000_000
"""Beyond these sizes the tables are begun anew, so that memory stays bounded on any input."""

_BREAK = np.array([LINE_BREAK], np.int32).tobytes()


class Tables:
    """What is known of texts over one lexicon.

    Args:
        lexicon: the model.
        room: how many times the usual number of tokens are held.
        types: the token types to begin with.
    """

    def __init__(self, lexicon: Lexicon, room: int = 1, types: TokenTypes | None = None) -> None:
        self._room = room
        self.types = types or TokenTypes(lexicon)
        known = bool(lexicon.model.weights)
        self.labeler: Labeler | AskingLabeler = Labeler(lexicon) if known else AskingLabeler(self.types)
        self.short: ShortLabeler | AskingLabeler = ShortLabeler(self.types) if known else AskingLabeler(self.types)
        self.pieces = _Pieces(self.types)

    @property
    def full(self) -> bool:
        """Whether it is time to begin anew."""
        most_types, most_chars = self._room * MAX_TYPES, self._room * MAX_CHARS
        return len(self.pieces) > MAX_PIECES or len(self.types) > most_types or self.types.size_chars > most_chars

    def ids(self, text: str) -> bytes:
        """Type ids (int32) of the tokens of a short text."""
        return b"".join(map(self.pieces.__getitem__, text.replace("\n", " \n ").split(" ")))

    def joins(
        self, ids: NDArray[np.integer[Any]], pads: NDArray[np.intp], *, over_breaks: bool = False
    ) -> NDArray[np.bool_]:
        """Whether each token continues the word of the one before it.

        Args:
            ids: type ids, shape (n,); `PAD` first, last and between texts.
            pads: where those stand.
            over_breaks: Whether a line break may continue a word, as pyvi has it.

        Returns:
            bool, shape (n,); False at pads and at first tokens.
        """
        if isinstance(self.labeler, AskingLabeler):
            return self.labeler.joins(ids, pads, over_breaks=over_breaks)
        strings = self.types.strings

        def phrase(first: int, last: int) -> str:
            return " ".join([strings[i] for i in ids[first:last].tolist()])

        return self.labeler.joins(self.types.rows().take(ids), pads, phrase, over_breaks=over_breaks)


class _Pieces(dict[str, bytes]):
    """Pieces of short texts between blanks, and the line break → the type ids (int32) of their tokens."""

    def __init__(self, types: TokenTypes) -> None:
        super().__init__()
        self._id = types.id
        self.update({"\n": _BREAK, "": b""})

    def __missing__(self, piece: str) -> bytes:
        parts = piece.split()
        if parts != [piece]:  # other white space inside, or nothing between two blanks
            return b"".join(map(self.__getitem__, parts))
        ids = array("i", map(self._id, lex(readable(piece)))).tobytes()
        if len(piece) <= MAX_PIECE:
            self[piece] = ids
        return ids
