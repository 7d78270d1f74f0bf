"""The command `timbao bench`: this engine beside others on anyone's articles.

In: options. Out: tables or JSON. Must not know how anything is measured.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from search.cli_options import json_option, print_json, where

if TYPE_CHECKING:
    from search.bench.run import Part


def _numbers(ctx: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, ...]:
    """Whole numbers between commas. Raises click.BadParameter for anything else."""
    if value is None:
        return ()
    from search.bench.options import numbers

    try:
        return numbers(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r}; use whole numbers, for example 1,2,8") from error


def _names(ctx: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    from search.bench.options import names

    return names(value)


def _lines(error_stream: bool) -> Callable[[str], None]:
    """What tells how far a run has come: lines on standard error, nothing where that is not wanted."""
    return (lambda line: click.echo(line, err=True)) if error_stream else (lambda line: None)


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--articles", callback=_numbers, metavar="N[,N…]", help="Sizes; beyond the source's own, made of it.")
@click.option(
    "--peers",
    callback=_names,
    default="tantivy,fts5,whoosh",
    show_default=True,
    metavar="NAME,…",
    help='Engines beside ours; "none" for ours alone.',
)
@click.option("--only", type=click.Choice(["index", "query"]), help="Measure indexing alone, or queries alone.")
@click.option("--threads", callback=_numbers, default="1,2,8", show_default=True, metavar="N,…", help="For throughput.")
@click.option("--queries", type=click.IntRange(1, 2000), default=200, show_default=True, help="Fragments asked.")
@click.option("--repeats", type=click.IntRange(1, 50), default=3, show_default=True, help="Rounds; medians count.")
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 600),
    default=6.0,
    show_default=True,
    help="Time an engine may take for one figure; a slow one is asked fewer of the queries.",
)
@click.option(
    "--index-articles",
    type=click.IntRange(100),
    default=10_000,
    show_default=True,
    help="Articles indexed for speed and memory, at most.",
)
@click.option("--memory", type=click.IntRange(64), default=1024, show_default=True, help="MiB a writer may hold.")
@click.option(
    "--work", type=click.Path(file_okay=False, path_type=Path), help="Keep corpora and indexes in this folder."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of everything drawn.")
@click.option("--engine", envvar="TIMBAO_ENGINE", type=click.Choice(["whoosh", "opensearch"]), help="Engine [whoosh].")
@click.option("--url", envvar="TIMBAO_URL", metavar="URL", help="Cluster and alias, for opensearch; see the docs.")
@click.option("--quiet", is_flag=True, help="Tell nothing on the way.")
@json_option
def bench(
    sources: tuple[str, ...],
    articles: tuple[int, ...],
    only: Part | None,
    memory: int,
    engine: str | None,
    url: str | None,
    quiet: bool,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Measure this engine beside others on your articles: indexing, size, latency, throughput."""
    from search.bench.run import Request, measure
    from search.bench.tables import heading, tables
    from search.cli_output import show_tables

    name, place = where(None, engine, url)
    if not sources:
        click.echo("không nêu SOURCE: đo trên bài mẫu hoặc kho trong --work / no SOURCE: samples, or --work", err=True)
    request = Request(
        sources=sources,
        sizes=articles,
        parts=(only,) if only else (),
        memory_bytes=memory << 20,
        engine=name,
        url=place if name == "opensearch" else None,
        **chosen,
    )
    report = measure(request, _lines(not quiet))
    if as_json:
        print_json(report)
    else:
        show_tables(heading(report), tables(report))
