"""A second folder with the newest generation of an index: hard links of files that never change, the table last.

In: the folder of an index, in use or not, and another folder. Out: an index there that opens, checks and can be written
on its own. Must not know engines.

Files of an index are written once and never changed, so a link is as good as a copy and takes no room where both
folders are on one file system; elsewhere files are copied. Readers and writers of the index go on meanwhile. Made again
into the same folder, only what is new is added and what the older backup alone needed is removed.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from search.codec import toc
from search.codec.checking import problems
from search.codec.container import REINDEX
from search.codec.toc import Toc
from search.errors import EngineUnavailable, IndexBroken, IndexLocked

_ATTEMPTS = 10


def back_up(folder: Path, target: Path) -> Toc:
    """Make `target` hold the newest generation of the index in `folder`, and verify every byte of it.

    Raises:
        IndexMissing: there is no index in `folder`.
        IndexBroken: it is damaged; a backup that was in `target` is as it was when files were missing, and named.
        IndexLocked: another backup, or a writer, is at work in `target`.
        EngineUnavailable: `target` cannot be written, or holds a newer generation than `folder`.
    """
    if target.resolve() == folder.resolve():
        raise EngineUnavailable(f"{target} is the index itself", "choose another folder for the backup")
    try:
        lock = toc.Lock(target)
    except IndexLocked:
        raise
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        listed = _made(folder, target)
    finally:
        lock.release()
    for where, what, step in problems(target):
        raise IndexBroken(f"the backup is not whole: {where}: {what}", step)
    return listed


def _made(folder: Path, target: Path) -> Toc:
    for attempt in range(_ATTEMPTS):
        try:
            listed = toc.read(folder)
            newest = toc.newest(target) or 0
            if newest > listed.number:
                raise EngineUnavailable(
                    f"{target} holds generation {newest}, newer than generation {listed.number} of {folder}",
                    "choose another folder for the backup",
                )
            _link(folder, target, listed)
            return listed
        except FileNotFoundError as error:
            # a commit may have replaced the generation since its table was read
            if attempt + 1 == _ATTEMPTS:
                raise IndexBroken(f"{error.filename} is missing", REINDEX) from error
        except OSError as error:
            raise _unwritable(target, error) from error
    raise AssertionError("the last attempt returns or raises")


def _link(folder: Path, target: Path, listed: Toc) -> None:
    name = toc.toc_name(listed.number)
    for file in sorted(listed.files - {name}):
        _put(folder / file, target / file)
    toc.sync(target)
    # by another name first, like every table
    fresh = target / f"{name}.new"
    _put(folder / name, fresh)
    os.replace(fresh, target / name)
    toc.sync(target)
    toc.clean(target, listed.files)


def _put(source: Path, copy: Path) -> None:
    if copy.exists() and os.path.samefile(source, copy):
        return
    copy.unlink(missing_ok=True)
    try:
        os.link(source, copy)
    except FileNotFoundError:
        raise
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, copy)
        toc.sync(copy)


def _unwritable(target: Path, error: OSError) -> EngineUnavailable:
    return EngineUnavailable(
        f"the backup at {target} cannot be written: {error.strerror or error}",
        "free space or mend the folder's permissions, then run the same command again",
    )
