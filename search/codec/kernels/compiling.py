"""The decorator of kernels: machine code for declared types, brought in when a loop is first called and not before.

In: a function over arrays and the types it is called with. Out: the same under its name, compiled by numba or taken
from numba's cache at the first call, from Python or from another loop that is being compiled. A command uses a third of
the loops or fewer, and bringing one in takes some five milliseconds. Must not know what any loop does.

A loop that calls others holds their code in its own, so that those are not brought in beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import numba as nb
from numba.core.compiler_lock import global_compiler_lock

Function = TypeVar("Function", bound=Callable[..., Any])
_WAITING: Final[dict[str, list[Callable[..., Any]]]] = {}
"""For each module what brings in one of its loops."""


def compiled(*signatures: Any, **options: Any) -> Callable[[Function], Function]:
    """Compile for these types alone, free of the interpreter lock, when first called; kept in numba's cache.

    Like `nb.njit(signatures, cache=True, nogil=True)`, which would compile, or load, at once: arguments are turned into
    the declared types, and other types are a TypeError. `NUMBA_DISABLE_JIT=1` leaves the function as it is. `nogil`
    False, which a loop over Python's objects needs, keeps the lock.
    """

    def decorate(function: Function) -> Function:
        if nb.config.DISABLE_JIT:  # type: ignore[attr-defined]
            return function
        loop = nb.njit(**{"nogil": True, **options})(function)
        plain = loop.compile

        def bring_in(_: Any = None) -> Any:
            # numba's own lock: a loop may be met by two threads, or by the compilation of another one, at a time
            with global_compiler_lock:
                if loop._can_compile:
                    loop.enable_caching()
                    for signature in signatures:
                        plain(signature)
                    loop.disable_compile()
            return loop  # numba calls what it is given with the arguments for which it asked

        # numba asks a loop to compile itself for the types it meets; ours does so once, for those declared
        loop.compile = bring_in
        _WAITING.setdefault(function.__module__, []).append(bring_in)
        return loop  # type: ignore[no-any-return]

    return decorate


def bring_in(module: str) -> None:
    """Compile, or load, all loops of an imported module."""
    for loop in _WAITING.pop(module, ()):
        loop()
