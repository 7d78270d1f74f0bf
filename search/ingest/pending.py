"""Readings put off: what a record or page needs so that another process may read it, with the id that it will have.

In: a function of this package and its arguments, as a reader would call it. Out: `Pending`, which pickles, or the item
at once where the source asks for no delay. Must not know formats or processes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from search.ingest.fields import FieldError, Fields
from search.model import Article, Record, Skipped

if TYPE_CHECKING:
    from search.ingest.sources import Source


@dataclass(frozen=True, slots=True)
class Pending:
    """An item not yet read: where it stands, the id it will have, and what reads it.

    `reader` is a function at the top of a module, which travels between processes by its name.
    """

    file: str
    id: str
    line: int | None
    reader: Callable[..., Record | Skipped]
    arguments: tuple[Any, ...]
    defaults: Fields
    duplicate: Skipped | None = None
    """What is told of it unless the item that had its id before turns out to hold no article."""

    def read(self) -> Article | Skipped:
        """The article, or why there is none; nothing that a text holds is raised."""
        from search.ingest.sources import unforeseen, with_defaults

        try:
            item = self.reader(*self.arguments)
        except FieldError as error:
            return Skipped(self.file, self.line, str(error))
        except Exception as error:
            return unforeseen(self.file, error)
        return with_defaults(item, self.defaults).article if isinstance(item, Record) else item

    @property
    def size(self) -> int:
        """About how many characters or bytes wait in it."""
        return sum(_size(argument) for argument in self.arguments)


def put_off(
    source: Source, identifier: str, line: int | None, reader: Callable[..., Record | Skipped], *arguments: Any
) -> Record | Skipped | Pending:
    """What `reader` makes of its arguments, now or, where the source may wait, when somebody reads it.

    Raises:
        FieldError: the reader's, when it is called at once.
    """
    if source.deferred:
        return Pending(source.file, identifier, line, reader, arguments, source.defaults)
    return reader(*arguments)


def _size(argument: Any) -> int:
    if isinstance(argument, (str, bytes)):
        return len(argument)
    if isinstance(argument, dict):
        return sum(len(value) for value in argument.values() if isinstance(value, str))
    return 0
