"""The posting format of our term fields: positions as little-endian uint32, where Whoosh's own would pickle them.

In: positions. Out: bytes. Must not know segments.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from search.codec.whoosh_face.stock import formats


class ArrayPositions(formats.Positions):  # type: ignore[misc]
    """Positions of a term in one article, ascending, 4 bytes each."""

    def encode(self, positions: Iterable[int]) -> bytes:
        """Positions as bytes."""
        return np.fromiter(positions, "<u4").tobytes()

    def decode_positions(self, value: bytes) -> list[int]:
        """Positions of bytes."""
        return np.frombuffer(value, "<u4").tolist()  # type: ignore[no-any-return]

    def decode_frequency(self, value: bytes) -> int:
        """Number of positions."""
        return len(value) // 4

    def decode_weight(self, value: bytes) -> float:
        """Weight by the number of positions."""
        return float(self.decode_frequency(value) * self.field_boost)

    def decode_position_boosts(self, value: bytes) -> list[tuple[int, int]]:
        """Positions, each with boost 1."""
        return [(position, 1) for position in self.decode_positions(value)]

    def combine(self, values: Iterable[bytes]) -> bytes:
        """Positions of several values together."""
        return self.encode(sorted({position for value in values for position in self.decode_positions(value)}))
