"""What several commands of `timbao` share: the options that name an index, their meaning, and JSON on standard output.

In: options and variables. Out: an open index, checked values. Must not know any single command.
"""

from __future__ import annotations

import errno
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from search.service import Index

PLACE = "timbao.place"
"""Where a command keeps which index it was told of, if that is not the one it would take by itself."""
MINUS = "\0"
"""Stands before a word's minus while options are told from words; no argument of a process can hold it."""


def place_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which index is meant."""
    options = (
        click.option("--index", "location", envvar="TIMBAO_INDEX", metavar="DIR", help="Folder of the index [index/]."),
        click.option(
            "--engine", envvar="TIMBAO_ENGINE", type=click.Choice(["whoosh", "opensearch"]), help="Engine [whoosh]."
        ),
        click.option("--url", envvar="TIMBAO_URL", metavar="URL", help="Cluster and alias, for opensearch."),
    )
    for option in reversed(options):
        command = option(command)
    return command


class Words(click.Command):
    """A command whose words may begin with a minus: `timbao search lũ -huế` excludes, as the query language says.

    What begins with two is an option still, so that a slip in its name is told and not searched for.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take words off the command line; click would read their letters as options (`-h` of `-huế` among them)."""
        own = {name for option in self.get_params(ctx) for name in option.opts}
        valued = {name for option in self.params if not getattr(option, "is_flag", True) for name in option.opts}
        words, before = [], ""
        for word in args:
            minus = word[:1] == "-" and word[1:2] not in {"", "-"} and word not in own and before not in valued
            words.append(MINUS + word if minus else word)
            before = word
        rest = super().parse_args(ctx, words)
        ctx.params["query"] = tuple(word.removeprefix(MINUS) for word in ctx.params.get("query") or ())
        return rest


def failed(error: OSError) -> str:
    """What the system refused, of which file, and what may be done about it."""
    advice = {
        errno.EACCES: "change its permissions or run as another user",
        errno.EPERM: "change its permissions or run as another user",
        errno.EROFS: "choose a place that can be written",
        errno.ENOENT: "check the path",
        errno.ENOTDIR: "check the path",
        errno.ENOSPC: "free space, then run the same command again",
        errno.EMFILE: "raise the limit of open files (ulimit -n)",
    }.get(error.errno or 0, "")
    said = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)
    return f"{said}; {advice}" if advice else said


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def where(location: str | None, engine: str | None, url: str | None) -> tuple[str, str]:
    """The engine's name and the place of its index, from options, variables and defaults."""
    from search.settings import settings

    chosen = engine or settings().engine
    if chosen == "opensearch":
        return chosen, url or settings().url
    place = location or str(settings().index)
    if place != str(settings().index) and (context := click.get_current_context(silent=True)):
        context.meta[PLACE] = place
    return chosen, place


def to_type(advice: str) -> str:
    """Advice as it must be typed: the command that it names is about the index that this command was told of."""
    context = click.get_current_context(silent=True)
    place = context.meta.get(PLACE) if context else None
    if place is None or "` --index" in advice:
        return advice
    return advice.replace("timbao index SOURCE`", f"timbao index SOURCE --index {shlex.quote(place)}`")


@contextmanager
def opened_index(location: str | None, engine: str | None, url: str | None) -> Iterator[Index]:
    """The index that the options name, open until the block ends."""
    from search.service import open_index

    name, place = where(location, engine, url)
    with open_index(place, engine=name) as index:
        yield index


def print_json(value: Any) -> None:
    """Write a value as one line of JSON on standard output."""
    import orjson

    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS))
    sys.stdout.flush()


def share(ctx: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """The share I/N of an option. Raises click.BadParameter for anything else."""
    if value is None:
        return None
    number, _, count = value.partition("/")
    if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise click.BadParameter(f"{value!r} is not a share; use I/N with 1 ≤ I ≤ N, for example 1/4")
    return int(number), int(count)


def name_values(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Values by field name. Raises click.BadParameter for an unknown name."""
    known = {"city", "source", "byline", "published", "url"}
    pairs = {}
    for part in (part for value in values for part in value.split(",")):
        name, sign, value = part.partition("=")
        if not sign or name.strip() not in known:
            raise click.BadParameter(f"{part!r}; use NAME=VALUE with a name of {', '.join(sorted(known))}")
        pairs[name.strip()] = value.strip()
    return pairs
