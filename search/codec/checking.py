"""Everything wrong with the index in a folder: what `timbao check` tells.

In: a folder. Out: (where, what, next step) for each thing found. Reads every byte. Must not know engines.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from search.codec import toc
from search.codec.container import REINDEX, Container
from search.codec.segment import Segment
from search.codec.soundness import unsound
from search.errors import TimBaoError


def problems(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Damaged or missing files, sections that disagree, articles that do not read back as they were stored."""
    try:
        listed = toc.read(folder)
    except TimBaoError as error:
        yield str(folder), error.what, error.next_step
        return
    except OSError as error:
        yield _unread(folder, error)
        return
    try:
        if listed.groups:
            for name in Container(folder / listed.groups, b"G").damaged():
                what = f'section "{name}" does not have the bytes that were committed'
                yield str(folder / listed.groups), what, REINDEX
    except (TimBaoError, OSError) as error:
        yield str(folder / listed.groups), getattr(error, "what", str(error)), REINDEX
    seen: dict[str, str] = {}
    for entry in listed.segments:
        path = folder / entry.file
        try:
            damaged = [(entry.file, name) for name in Container(path).damaged()]
            if entry.deletions:
                damaged += [(entry.deletions, name) for name in Container(folder / entry.deletions, b"D").damaged()]
            for file, name in damaged:
                yield str(folder / file), f'section "{name}" does not have the bytes that were committed', REINDEX
            if damaged:
                continue
            segment = Segment(path, folder / entry.deletions if entry.deletions else None)
            wrong = list(_inside(segment, entry.articles))
            for what in wrong:
                yield str(path), what, REINDEX
            if wrong:
                continue
            for number in range(segment.size):
                if segment.is_live(number):
                    identifier = segment.identifier(number)
                    if identifier in seen:
                        yield f"article {identifier!r}", f"is in {seen[identifier]} and in {entry.file}", REINDEX
                    seen[identifier] = entry.file
        except TimBaoError as error:
            yield str(path), error.what, error.next_step
        except OSError as error:
            yield _unread(path, error)


def _unread(path: Path, error: OSError) -> tuple[str, str, str]:
    told = toc.unreadable(path, error)
    return str(error.filename or path), f"cannot be read: {error.strerror}", told.next_step


def _inside(segment: Segment, articles: int) -> Iterator[str]:
    if segment.size != articles:
        yield f"holds {segment.size} articles where the table of contents has {articles}"
    wrong = list(unsound(segment.container, segment.size))
    yield from wrong
    if wrong:
        return
    for number in range(segment.size):
        if segment.records.article(number).digest != segment.digest(number):
            yield f"article {segment.identifier(number)!r} does not read back as it was stored"
