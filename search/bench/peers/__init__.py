"""The engines that are measured, by name: each a room of its own, set up as its authors would for this work.

In: a name. Out: a `Peer` of `search.bench.peers.base`, or the reason why there is none. Imports an engine only when it
is asked for. Every engine indexes the same exact terms of title and body as one field with positions, and city and
month in the form it counts fastest; how, says each module, and docs/benchmarks.md repeats it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from search.bench.peers.base import Peer
from search.errors import SettingError

if TYPE_CHECKING:
    from search.bench.peers.timbao_engine import Product


def _tantivy() -> Peer:
    from search.bench.peers.tantivy_engine import Tantivy

    return Tantivy()


def _fts5() -> Peer:
    from search.bench.peers.fts5 import Fts5

    return Fts5()


def _whoosh() -> Peer:
    from search.bench.peers.stock_whoosh import StockWhoosh

    return StockWhoosh()


def _tantivy_of_all() -> Peer:
    from search.bench.peers.tantivy_of_all import TantivyOfAll

    return TantivyOfAll()


def _whoosh_with_pyvi() -> Peer:
    from search.bench.peers.whoosh_with_pyvi import WhooshWithPyvi

    return WhooshWithPyvi()


PEERS: Final[dict[str, Callable[[], Peer]]] = {"tantivy": _tantivy, "fts5": _fts5, "whoosh": _whoosh}
"""Engines that are indexed and asked."""
TRIALS: Final[dict[str, tuple[str, Callable[[], Peer]]]] = {
    "tantivy-all": ("tantivy", _tantivy_of_all),
    "whoosh-pyvi": ("whoosh", _whoosh_with_pyvi),
}
"""What is only indexed, for speed and size: name → the peer it goes with, and itself."""


def product(engine: str = "whoosh", url: str | None = None) -> Product:
    """This project's engine: the embedded one, or the one on a cluster."""
    from search.bench.peers.timbao_engine import Product

    return Product(engine, url)


def installed(names: tuple[str, ...]) -> tuple[dict[str, Peer], dict[str, str]]:
    """The peers of these names that can be measured here, and why others cannot.

    Raises:
        SettingError: there is no peer of that name.
    """
    found: dict[str, Peer] = {}
    missing: dict[str, str] = {}
    for name in names:
        if name not in PEERS:
            raise SettingError(f'there is no peer "{name}"', f"choose of: {', '.join(PEERS)}, none")
        try:
            found[name] = PEERS[name]()
        except ImportError as error:
            missing[name] = f"not installed ({error}); pip install 'timbao[bench]'"
    return found, missing


def named(name: str, url: str | None = None) -> Peer:
    """The engine that a report calls `name`."""
    if name in PEERS:
        return PEERS[name]()
    if name in TRIALS:
        return TRIALS[name][1]()
    return product("whoosh" if name == "timbao" else name, url)
