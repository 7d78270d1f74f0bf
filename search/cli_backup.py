"""The command `timbao backup`.

In: the options that name an index, and a folder. Out: a backup there. Must not know how it is made.
"""

from __future__ import annotations

import click

from search.cli_options import json_option, place_options, print_json, where
from search.errors import SettingError


@click.command()
@click.argument("target", type=click.Path(file_okay=False), metavar="DIR")
@place_options
@json_option
def backup(target: str, location: str | None, engine: str | None, url: str | None, as_json: bool) -> None:
    """Make DIR a verified copy of the index, which stays in use; links where it can, copies where it must."""
    from search.engines.whoosh import WhooshEngine

    name, place = where(location, engine, url)
    if name != "whoosh":
        raise SettingError("a cluster makes its backups itself", "see its snapshots, in docs/cluster.md")
    generation = WhooshEngine(place).back_up(target)
    if as_json:
        print_json({"index": place, "backup": target, "generation": generation})
    else:
        click.echo(f"{target}: thế hệ / generation {generation}, nguyên vẹn / whole")
