"""What several commands of `timbao` share: the options that name an index, their meaning, and JSON on standard output.

In: options and variables. Out: an open index, checked values. Must not know any single command.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from search.service import Index


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


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def where(location: str | None, engine: str | None, url: str | None) -> tuple[str, str]:
    """The engine's name and the place of its index, from options, variables and defaults."""
    from search.settings import settings

    chosen = engine or settings().engine
    if chosen == "opensearch":
        return chosen, url or settings().url
    return chosen, location or str(settings().index)


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
