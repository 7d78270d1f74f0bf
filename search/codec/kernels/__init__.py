"""The compiled loops of the codec: inversion and merging when writing; scoring, matching and counting when reading.

Compiled by numba when a loop is first called, free of the interpreter lock, and kept in numba's cache on the disk, so
that later processes only load those that they use. They know arrays only: no files, no articles. `load` brings in all
of them at once.
"""

from __future__ import annotations

import atexit
import hashlib
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final

MODULES: Final = (
    "words", "postings", "sums", "inversion", "reading", "lookups", "rows", "blocks", "counting", "best", "screening",
    "subsets", "conditions", "filtering", "answering", "bits", "wordwise", "objects", "forward", "runs", "gaps",
    "edits", "merging", "copies", "marking", "strings", "soundness", "originals", "sentences", "fragments", "heads",
)  # fmt: skip
"""In the order of their imports of each other."""


def load(progress: Callable[[str], None] | None = None) -> None:
    """Bring in every kernel, compiling those that are not in the cache; `progress` is told each module's name.

    The first time takes half a minute to a minute, later times half a second behind the import of numba.
    """
    from search.codec.kernels.compiling import bring_in

    for name in MODULES:
        if progress is not None:
            progress(name)
        import_module(f"{__name__}.{name}")
        bring_in(f"{__name__}.{name}")


def _writable(folder: Path) -> bool:
    while not folder.exists():
        folder = folder.parent
    return os.access(folder, os.W_OK)


def _remove(folder: str, process: int) -> None:
    if os.getpid() == process:  # a forked process leaves it to its parent
        shutil.rmtree(folder, ignore_errors=True)


def _name() -> str:
    """The cache's folder: another one for other sources.

    numba looks at the file that holds a loop alone; a loop it calls or a constant it takes from another file may change
    without being noticed, and a stale loop gives wrong answers.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"timbao-{digest.hexdigest()[:16]}"


def _place(name: str) -> Path:
    """Where compiled loops are kept: where the variable says, beside the sources, in the user's cache, or nowhere."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    if given:
        return Path(given) if Path(given).name == name else Path(given) / name
    beside = Path(__file__).with_name("__pycache__")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path(os.path.expanduser("~")) / ".cache")
    for base in (beside, home / "timbao"):
        if _writable(base):
            for old in base.glob("timbao-*"):  # of sources that are no longer there
                if old.name != name:
                    shutil.rmtree(old, ignore_errors=True)
            return base / name
    # numba refuses to cache where it cannot write, and then fails to import; a folder of this process always works
    own = tempfile.mkdtemp(prefix="timbao-kernels-")
    atexit.register(_remove, own, os.getpid())
    logging.getLogger(__name__).warning(
        "không ghi được vào %s và %s: phải biên dịch lại mỗi lần chạy (nửa phút đến một phút); "
        "hãy đặt NUMBA_CACHE_DIR là một thư mục ghi được / cannot write to %s nor %s: compiling anew at every "
        "start (half a minute to a minute); set NUMBA_CACHE_DIR to a folder that can be written",
        beside, home, beside, home,
    )  # fmt: skip
    return Path(own) / name


os.environ["NUMBA_CACHE_DIR"] = str(_place(_name()))
if "numba" in sys.modules:  # it has read the variable already
    sys.modules["numba"].config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]
