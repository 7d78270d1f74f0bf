"""Names for the argument types of kernels: one-dimensional contiguous arrays that a kernel only reads.

Every module of kernels imports this one before it compiles anything, so this is also where numba's array functions are
brought in.
"""

from __future__ import annotations

import importlib
import sys
import threading

from numba.core.types import Array, float64, int16, int32, int64, uint8, uint16, uint32, uint64


def _without_linear_algebra() -> None:
    """Import numba's array functions without `scipy.linalg`, which takes as long as all the rest of a first kernel.

    numba tries whether it is there, and goes on without it: only `np.dot` and the like would miss it, which no kernel
    uses. An entry of None in `sys.modules` is the documented way to make an import fail
    (https://docs.python.org/3/reference/import.html#the-module-cache). It stands for the time of this one import, and
    only where no other thread could meet it and nobody has brought in `scipy.linalg` or numba's functions before.
    """
    if threading.active_count() > 1 or "scipy.linalg" in sys.modules or "numba.np.arraymath" in sys.modules:
        return
    hidden: dict[str, object] = sys.modules  # type: ignore[assignment]
    hidden["scipy.linalg"] = None
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        del hidden["scipy.linalg"]


_without_linear_algebra()
# numba asks for it when it first meets an array that may not be written
importlib.import_module("numpy.ma")

U8 = Array(uint8, 1, "C", readonly=True)
U16 = Array(uint16, 1, "C", readonly=True)
U32 = Array(uint32, 1, "C", readonly=True)
U64 = Array(uint64, 1, "C", readonly=True)
I16 = Array(int16, 1, "C", readonly=True)
I32 = Array(int32, 1, "C", readonly=True)
I64 = Array(int64, 1, "C", readonly=True)
F64 = Array(float64, 1, "C", readonly=True)
