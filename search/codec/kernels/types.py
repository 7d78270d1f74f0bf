"""Names for the argument types of kernels: one-dimensional contiguous arrays that a kernel only reads."""

from __future__ import annotations

from numba.core.types import Array, float64, int32, int64, uint8, uint16, uint32, uint64

U8 = Array(uint8, 1, "C", readonly=True)
U16 = Array(uint16, 1, "C", readonly=True)
U32 = Array(uint32, 1, "C", readonly=True)
U64 = Array(uint64, 1, "C", readonly=True)
I32 = Array(int32, 1, "C", readonly=True)
I64 = Array(int64, 1, "C", readonly=True)
F64 = Array(float64, 1, "C", readonly=True)
