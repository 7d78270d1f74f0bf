"""Changed seeds: what a careless keyboard, a broken disk or an attacker makes of an input.

In: a source of randomness, seeds, words. Out: bytes. The same randomness gives the same bytes.
"""

from __future__ import annotations

import random

MAX_CHANGES = 6
MAX_BYTES = 8192
NOISE = "ạảãầẩẫờởỡđĐưỚ̀​ \u00a0\ud7ff\ufffe\U0001f600".encode("utf-8", "surrogatepass")


def changed(rng: random.Random, seeds: list[bytes], words: tuple[bytes, ...]) -> bytes:
    """One seed after one to six changes; one input in fifty is pure noise."""
    if rng.random() < 0.02:
        return rng.randbytes(rng.randrange(200))
    data = bytearray(rng.choice(seeds)[:MAX_BYTES])
    for _ in range(rng.randint(1, MAX_CHANGES)):
        _change(rng, data, seeds, words)
    return bytes(data[:MAX_BYTES])


def _change(rng: random.Random, data: bytearray, seeds: list[bytes], words: tuple[bytes, ...]) -> None:
    at = rng.randint(0, len(data))
    kind = rng.randrange(8)
    if kind == 0:  # a word that matters
        data[at:at] = rng.choice(words)
    elif kind == 1:  # a part of another seed
        other = rng.choice(seeds)
        start = rng.randint(0, len(other))
        data[at:at] = other[start : start + rng.randint(0, 60)]
    elif kind == 2:  # a flipped bit
        if data:
            data[at % len(data)] ^= 1 << rng.randrange(8)
    elif kind == 3:  # something left out
        del data[at : at + rng.randint(1, 30)]
    elif kind == 4:  # something again, now and then very often
        piece = bytes(data[at : at + rng.randint(1, 20)])
        data[at:at] = piece * (rng.randint(2, 400) if rng.random() < 0.1 else 2)
    elif kind == 5:  # letters with marks, blanks that are none, half a character
        start = rng.randrange(len(NOISE))
        data[at:at] = NOISE[start : start + rng.randint(1, 9)]
    elif kind == 6:  # two places change sides
        half = len(data) // 2
        data[:] = data[half:] + data[:half]
    else:  # any byte
        data[at:at] = rng.randbytes(rng.randint(1, 4))
