# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Eight bytes of a posting list at a time: the articles of four or eight postings by one multiplication.

In a block whose gaps and frequencies are one byte each (`postings` says how a reader knows), a word of eight bytes is
four postings: gap, frequency, gap, frequency, …; or eight gaps, where frequencies stand apart. With one added to each
gap and all multiplied by `LANES`, lane k of the product is how far the article of posting k lies behind the article
before the word ("SIMD within a register": Lamport, 1975, https://doi.org/10.1145/360933.360994).
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from llvmlite import ir
from numba.extending import intrinsic

LANES = np.uint64(0x0001000100010001)
LOW = np.uint64(0x00FF00FF00FF00FF)
MASK = np.uint64(0xFFFF)
BYTE = np.uint64(0xFF)
_TOPS = np.uint64(0x8000800080008000)
_8 = np.uint64(8)
_24 = np.uint64(24)


if nb.config.DISABLE_JIT:  # the same in plain Python

    def load_word(array: Any, place: int) -> Any:
        """The eight bytes of an array at a place (uint64), the first the lowest."""
        return np.frombuffer(array[int(place) : int(place) + 8].tobytes(), np.uint64)[0]

    def load_half(array: Any, place: int) -> Any:
        """Four bytes likewise."""
        return np.frombuffer(array[int(place) : int(place) + 4].tobytes(), np.uint32)[0]

    def store_word(array: Any, place: int, word: int) -> None:
        """Put a word (uint64) into eight bytes of an array at a place (not checked), the lowest byte first."""
        array[int(place) : int(place) + 8] = np.frombuffer(np.uint64(word).tobytes(), np.uint8)

    def fetch(array: Any, place: int) -> None:
        """Nothing: there is no other work to do meanwhile."""

    def count_bits(word: int) -> Any:
        """How many bits of a word (uint64) are set."""
        return np.uint64(int(word).bit_count())

    def lowest_bit(word: int) -> Any:
        """Number of the lowest bit set of a word (uint64) that is not 0."""
        return np.uint64((int(word) & -int(word)).bit_length() - 1)

else:

    def _loading(bits: int, kind: Any) -> Any:
        def load(typing: Any, array: Any, place: Any) -> Any:
            def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
                held = context.make_array(signature.args[0])(context, builder, given[0])
                at = builder.gep(held.data, [given[1]])
                return builder.load(builder.bitcast(at, ir.IntType(bits).as_pointer()), align=1)

            return kind(array, nb.uint64), generate

        return load

    load_word = intrinsic(_loading(64, nb.uint64))
    """The eight bytes of an array at a place (uint64, not checked), the first the lowest."""

    load_half = intrinsic(_loading(32, nb.uint32))
    """Four bytes likewise."""

    @intrinsic
    def store_word(typing: Any, array: Any, place: Any, word: Any) -> Any:
        """Put a word (uint64) into eight bytes of an array at a place (not checked), the lowest byte first."""

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            held = context.make_array(signature.args[0])(context, builder, given[0])
            at = builder.bitcast(builder.gep(held.data, [given[1]]), ir.IntType(64).as_pointer())
            builder.store(given[2], at, align=1)
            return context.get_dummy_value()

        return nb.void(array, nb.uint64, nb.uint64), generate

    @intrinsic
    def fetch(typing: Any, array: Any, place: Any) -> Any:
        """Have the memory of an array's element at a place (not checked) on its way while other work is done."""

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            held = context.make_array(signature.args[0])(context, builder, given[0])
            at = builder.bitcast(builder.gep(held.data, [given[1]]), ir.IntType(8).as_pointer())
            number = ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [at.type, number, number, number])
            function = builder.module.declare_intrinsic("llvm.prefetch", [at.type], kind)
            builder.call(function, [at, number(0), number(2), number(1)])
            return context.get_dummy_value()

        return nb.void(array, nb.uint64), generate

    @intrinsic
    def count_bits(typing: Any, word: Any) -> Any:
        """How many bits of a word (uint64) are set."""

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return builder.ctpop(given[0])

        return nb.uint64(nb.uint64), generate

    @intrinsic
    def lowest_bit(typing: Any, word: Any) -> Any:
        """Number of the lowest bit set of a word (uint64) that is not 0."""

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return builder.cttz(given[0], ir.IntType(1)(1))

        return nb.uint64(nb.uint64), generate


@nb.njit(inline="always")
def steps(word: int) -> int:
    """How far each of four articles lies behind the one before the word, 16 bits each, the first lowest."""
    return ((word & LOW) + LANES) * LANES


@nb.njit(inline="always")
def steps_of_ones(word: int) -> int:
    """Of eight articles without frequencies: the same of the second, fourth, sixth and eighth."""
    return ((word & LOW) + ((word >> _8) & LOW) + LANES + LANES) * LANES


@nb.njit(inline="always")
def lane_of(lanes: int, wanted: int) -> int:
    """The highest bit of the first lane that is `wanted`, 0 where none is; lanes are under 2¹⁵.

    Behind that lane others may be marked as well ("Hacker's Delight", 2nd edition, 6–1).
    """
    rest = lanes ^ (wanted * LANES)
    return (rest - LANES) & ~rest & _TOPS
