# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Python's objects made from numbers in one go: dictionaries of counts, and the hits of a page.

The only loops that touch objects. They hold the interpreter lock from end to end, and call functions of Python's stable
interface (https://docs.python.org/3/c-api/stable.html#contents-of-limited-api) by their names, as numba's own wrappers
of compiled functions do. Objects are told by their addresses (`id`), and the caller keeps these alive as long as a call
lasts; what is made belongs to the container it was put into, and to nobody else. Where Python has no memory, a rank is
of no id or an id is not UTF-8, a loop answers False: what it made is released, no error is pending, and the caller does
the same in Python, which tells what is wrong.

`NUMBA_DISABLE_JIT=1` has no such loops: `AVAILABLE` is False, and callers do the same in Python.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np
from numba.core.types import ExternalFunction

from search.codec.kernels.compiling import compiled
from search.codec.kernels.types import F64, I64, U8, U32

AVAILABLE: Final = not nb.config.DISABLE_JIT
"""Whether loops are compiled, and so can make objects."""
_AT = nb.uintp
_1 = np.uint64(1)
_SIZE = nb.intp
_INT = nb.int32

_new_int = ExternalFunction("PyLong_FromLongLong", _AT(nb.int64))
_new_float = ExternalFunction("PyFloat_FromDouble", _AT(nb.float64))
_new_text = ExternalFunction("PyUnicode_DecodeUTF8", _AT(_AT, _SIZE, _AT))
_new_dict = ExternalFunction("PyDict_New", _AT())
_new_tuple = ExternalFunction("PyTuple_New", _AT(_SIZE))
_new_of_type = ExternalFunction("PyType_GenericAlloc", _AT(_AT, _SIZE))
_copied = ExternalFunction("PyDict_Copy", _AT(_AT))
_put = ExternalFunction("PyDict_SetItem", _INT(_AT, _AT, _AT))
_remove = ExternalFunction("PyDict_DelItem", _INT(_AT, _AT))
_give_to_tuple = ExternalFunction("PyTuple_SetItem", _INT(_AT, _SIZE, _AT))
_give_to_list = ExternalFunction("PyList_SetItem", _INT(_AT, _SIZE, _AT))
_release = ExternalFunction("Py_DecRef", nb.void(_AT))
_forget_error = ExternalFunction("PyErr_Clear", nb.void())


@compiled(nb.boolean(I64, nb.int64, nb.uint64, nb.uint64, I64, _AT), nogil=False)
def _fill(counts: Any, at: int, start: int, stop: int, values: Any, into: Any) -> bool:
    """Put the counts `[start, stop)` that are not 0 into a dictionary that has no values but those, or all of them."""
    for i in range(start, stop):
        found = counts[nb.uint64(at) + i]
        if found != 0:
            number = _new_int(found)
            if number == 0:
                return False
            failed = _put(into, nb.uint64(values[i]), number)
            _release(number)
            if failed != 0:
                return False
    return True


@compiled(nb.boolean(I64, nb.int64, I64, I64, _AT), nogil=False)
def count(counts: Any, at: int, values: Any, facets: Any, into: Any) -> bool:
    """Put a dictionary of counts for each facet into one: under its name, counts that are not 0 under their values.

    Args:
        counts: the counts of all facets, from `at` on.
        values: addresses of the texts that these count, all different within a facet.
        facets: for each facet the addresses of its name and of a dictionary that has 0 for all its values, in their
            order; first of its counts, and the one behind its last.
        into: the address of a dictionary.
    """
    for f in range(facets.size // 4):
        start, stop = nb.uint64(facets[4 * f + 2]), nb.uint64(facets[4 * f + 3])
        held = nb.uint64(0)
        for i in range(start, stop):
            held += nb.uint64(counts[nb.uint64(at) + i] != 0)
        most = 4 * held > 3 * (stop - start)  # then striking some out costs less than letting it grow
        own = _copied(nb.uint64(facets[4 * f + 1])) if most else _new_dict()
        if own == 0:
            _forget_error()
            return False
        done = _fill(counts, at, start, stop, values, own)
        if done and most and held < stop - start:
            for i in range(start, stop):
                if counts[nb.uint64(at) + i] == 0 and _remove(own, nb.uint64(values[i])) != 0:
                    done = False
        if not done or _put(into, nb.uint64(facets[4 * f]), own) != 0:
            done = False
        _release(own)
        if not done:
            _forget_error()
            return False
    return True


@nb.njit(inline="always")
def _match(kind: Any, text: Any, size: int, key: float) -> Any:
    """A hit, or 0."""
    name = _new_text(text, size, nb.uint64(0))
    value = _new_float(key)
    copies = _new_int(0)
    found = _new_of_type(kind, 3) if name != 0 and value != 0 and copies != 0 else nb.uint64(0)
    if found == 0:
        for own in (name, value, copies):
            if own != 0:
                _release(own)
        return found
    _give_to_tuple(found, 0, name)
    _give_to_tuple(found, 1, value)
    _give_to_tuple(found, 2, copies)
    return found


@compiled(
    nb.boolean(I64, nb.int64, nb.int64, F64, U8, U32, _AT, _AT),
    nb.boolean(I64, nb.int64, nb.int64, F64, U8, I64, _AT, _AT),
    nogil=False,
)
def page(ranks: Any, at: int, size: int, keys: Any, text: Any, ends: Any, kind: Any, into: Any) -> bool:
    """Put a tuple of hits (id, key, 0) into the first place of a list.

    Args:
        ranks: numbers of the hits' ids, from `at` on, `size` of them.
        keys: their keys, as many or more.
        text: all ids, UTF-8, end to end.
        ends: where each ends.
        kind: the address of the hits' type, a named tuple of three.
        into: the address of a list of one.
    """
    found = _new_tuple(size)
    if found == 0:
        _forget_error()
        return False
    for i in range(size):
        rank = nb.uint64(ranks[at + i])
        start, stop = nb.uint64(0), nb.uint64(0)
        if rank < nb.uint64(ends.size):
            start = nb.uint64(ends[rank - _1]) if rank > 0 else nb.uint64(0)
            stop = nb.uint64(ends[rank])
        match = nb.uint64(0)
        if start < stop <= nb.uint64(text.size):
            match = _match(kind, nb.uint64(text.ctypes.data) + start, nb.int64(stop - start), keys[i])
        if match == 0:
            _release(found)
            _forget_error()
            return False
        _give_to_tuple(found, i, match)
    return _give_to_list(into, 0, found) == 0
