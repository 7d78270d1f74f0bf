"""Bytes → text, for the encodings that text files come in.

In: bytes. Out: `Decoded`. Must not know formats.
"""

from __future__ import annotations

from dataclasses import dataclass

from search.model import Confidence


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and the encoding it was read with."""

    text: str
    encoding: str
    confidence: Confidence


def decode(data: bytes) -> Decoded:
    """The text of `data`: UTF-16 with a mark, else UTF-8, undecodable bytes as U+FFFD."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Decoded(data.decode("utf-16", "replace"), "utf-16", "high")
    try:
        return Decoded(data.decode("utf-8-sig"), "utf-8", "high")
    except UnicodeDecodeError:
        return Decoded(data.decode("utf-8", "replace"), "utf-8", "low")
