"""The command `timbao`: options to the service's parameters, answers to the terminal or to JSON.

In: arguments and `TIMBAO_…` variables. Out: text for people on a terminal, JSON for programs with `--json`, exit code 0
(done), 1 (could not), 2 (wrong use). Must not know Flask; `serve` hands over to the web package. Nothing heavy is
imported before a command runs.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

import click

from search.cli_backup import backup
from search.cli_bench import bench
from search.cli_measure import evaluate, queries
from search.cli_options import (
    Words,
    failed,
    json_option,
    name_values,
    opened_index,
    place_options,
    print_json,
    share,
    to_type,
    where,
)
from search.cli_start import completion, next_steps
from search.errors import TimBaoError

RELATED = 6
"""Related searches shown below an answer."""
COLLECTED_AFTER = 20_000
"""So many objects more than before, and Python looks for circles among them. What a command imports leaves few; looking
after each 700, as by default, is a tenth of a search's time."""


class _Commands(click.Group):
    """The group of commands: errors of the product become one line and its exit code, never a trace."""

    def invoke(self, ctx: click.Context) -> Any:
        before = gc.get_threshold()
        if 0 < before[0] < COLLECTED_AFTER:
            gc.set_threshold(COLLECTED_AFTER, *before[1:])
        try:
            return super().invoke(ctx)
        except TimBaoError as error:
            click.echo(f"timbao: {to_type(str(error))}", err=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            sys.stderr.close()
            ctx.exit(0)
        except OSError as error:
            click.echo(f"timbao: {failed(error)}", err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo("timbao: dừng giữa chừng / stopped; nothing is half done, run the same command again", err=True)
            ctx.exit(1)
        finally:
            gc.set_threshold(*before)


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"auto_envvar_prefix": "TIMBAO", "help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="timbao")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Full-text search for Vietnamese articles: `tham nhũng vặt` or `tham nhung vat`, ranked, with facets."""
    if ctx.invoked_subcommand is None:
        click.echo(next_steps(), nl=False)


@main.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@place_options
@click.option("--update", is_flag=True, help="Add new and changed articles instead of rebuilding.")
@click.option("--workers", type=click.IntRange(1, 64), default=None, help="Processes that read and analyze.")
@click.option("--memory", type=click.IntRange(64), default=1024, show_default=True, help="MiB the writer may hold.")
@click.option("--shard", callback=share, metavar="I/N", help="Index only share I of N (by hash of the id).")
@click.option("--keep", type=click.IntRange(0, 20), metavar="N", help="Earlier indexes that stay on a cluster [1].")
@click.option(
    "--defaults", callback=name_values, multiple=True, metavar="NAME=VALUE", help="For fields no source gives."
)
@click.option("--strict", is_flag=True, help="Stop at the first input that cannot be read; nothing is changed.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the report as JSON to FILE.")
@json_option
def index(
    sources: tuple[str, ...],
    location: str | None,
    engine: str | None,
    url: str | None,
    update: bool,
    workers: int | None,
    memory: int,
    shard: tuple[int, int] | None,
    keep: int | None,
    defaults: dict[str, str],
    strict: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """Index files and folders ("-" reads JSON lines): rebuilds beside the live index and swaps it in."""
    import orjson

    from search.cli_output import indexing, preparing, show_report
    from search.engines import prepare
    from search.indexing import index_sources

    name, place = where(location, engine, url)
    if report:
        report.open("ab").close()  # a place that cannot be written is told now, not after hours
    with preparing(quiet=as_json) as tell:
        prepare(name, tell)
    with indexing(sources, quiet=as_json) as progress:
        done = index_sources(
            sources,
            place,
            engine=name,
            update=update,
            workers=workers,
            memory_bytes=memory << 20,
            strict=strict,
            shard=shard,
            keep=keep,
            defaults=defaults,
            progress=progress,
        )
    if report:
        report.write_bytes(orjson.dumps(done.as_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    if as_json:
        print_json(done.as_json())
    else:
        show_report(done)


@main.command(cls=Words)
@click.argument("query", nargs=-1)
@place_options
@click.option("--city", "cities", multiple=True, metavar="C", help="Keep articles of this place; may be repeated.")
@click.option("--source", "sources", multiple=True, metavar="S", help="Keep articles of this source.")
@click.option("--byline", "bylines", multiple=True, metavar="B", help="Keep articles of this author.")
@click.option("--from", "start", metavar="DATE", help="First day: YYYY, YYYY-MM or YYYY-MM-DD.")
@click.option("--to", "end", metavar="DATE", help="Last day.")
@click.option("--sort", type=click.Choice(["relevance", "newest", "oldest"]), default="relevance", show_default=True)
@click.option("--marks", type=click.Choice(["auto", "strict", "ignore"]), default="auto", show_default=True)
@click.option(
    "--copies", type=click.Choice(["once", "all"]), default="once", show_default=True, help="Republished articles."
)
@click.option(
    "--units",
    type=click.Choice(["publication", "today"]),
    default="publication",
    show_default=True,
    help="Places as of publication or since July 2025.",
)
@click.option("--limit", type=int, default=10, show_default=True, help="Hits of one page, 0 to 100.")
@click.option("--cursor", metavar="C", help="`next` of the page before.")
@click.option("--explain", is_flag=True, help="Say why each hit is there.")
@json_option
def search(
    query: tuple[str, ...], location: str | None, engine: str | None, url: str | None, as_json: bool, **chosen: Any
) -> None:
    """Search the index: all words, "a phrase", -without, OR, title:, city:, date:."""
    from search import state as states
    from search.cli_output import show_result
    from search.wire import result_json

    single = {
        "q": " ".join(query),
        "from": chosen.pop("start"),
        "to": chosen.pop("end"),
        "cursor": chosen.pop("cursor"),
    }
    single |= {name: str(chosen.pop(name)) for name in ("sort", "marks", "copies", "units", "limit")}
    pairs = [(name, str(value)) for name, value in single.items() if value is not None]
    for name in ("city", "source", "byline"):
        pairs += [(name, value) for value in chosen.pop({"city": "cities"}.get(name, f"{name}s"))]
    state = states.read(pairs)
    with opened_index(location, engine, url) as opened:
        result = opened.search(state.q, **state.arguments, **chosen, related=RELATED)
    if as_json:
        print_json(result_json(result, state))
    else:
        show_result(result)


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@json_option
def read(files: tuple[str, ...], as_json: bool) -> None:
    """Show what pages yield (title, date, city … with evidence); touches no index."""
    from search.cli_output import show_record
    from search.ingest import read_sources, record_json
    from search.model import Skipped

    skipped = 0
    # each by itself: a page may be looked at whatever else has its name
    for item in (item for file in files for item in read_sources([file])):
        if isinstance(item, Skipped):
            skipped += 1
            click.echo(f"timbao: {item}", err=True)
        elif as_json:
            print_json(record_json(item))
        else:
            show_record(item)
    if skipped:
        sys.exit(1)


@main.command()
@click.argument("text", nargs=-1, required=True)
@json_option
def analyze(text: tuple[str, ...], as_json: bool) -> None:
    """Show the four term streams of a text, with positions and offsets."""
    from search.analysis.table import describe
    from search.cli_output import show_analysis

    described = describe(" ".join(text))
    if as_json:
        print_json(described)
    else:
        show_analysis(described)


@main.command()
@click.argument("prefix", nargs=-1, required=True)
@place_options
@click.option("--limit", type=int, default=8, show_default=True)
@json_option
def suggest(
    prefix: tuple[str, ...], location: str | None, engine: str | None, url: str | None, limit: int, as_json: bool
) -> None:
    """Complete what has been typed so far."""
    with opened_index(location, engine, url) as opened:
        found = opened.suggest(" ".join(prefix), limit)
    if as_json:
        print_json([{"text": item.text, "count": item.count} for item in found])
    else:
        for item in found:
            click.echo(f"{item.text}\t{item.count}")


@main.command()
@place_options
@json_option
def stats(location: str | None, engine: str | None, url: str | None, as_json: bool) -> None:
    """Figures of the index: articles, size, terms, places and years."""
    from dataclasses import asdict

    from search.cli_output import show_stats

    with opened_index(location, engine, url) as opened:
        figures = opened.stats()
    if as_json:
        print_json(asdict(figures))
    else:
        show_stats(figures)


@main.command()
@place_options
@json_option
def check(location: str | None, engine: str | None, url: str | None, as_json: bool) -> None:
    """Verify the index; exit 0 when whole, 1 when broken, naming what is wrong."""
    from search.service import check_index

    name, place = where(location, engine, url)
    problems = check_index(place, engine=name)
    if as_json:
        found = [{"where": p.where, "what": p.what, "next_step": p.next_step} for p in problems]
        print_json({"index": place, "whole": not problems, "problems": found})
    elif problems:
        for problem in problems:
            click.echo(f"{problem.where}: {problem.what}; {to_type(problem.next_step)}")
    else:
        click.echo(f"{place}: nguyên vẹn / whole")
    sys.exit(1 if problems else 0)


@main.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@place_options
@json_option
def delete(ids: tuple[str, ...], location: str | None, engine: str | None, url: str | None, as_json: bool) -> None:
    """Remove articles by id; exit 1 when an id was not there."""
    from search.indexing import delete as remove

    name, place = where(location, engine, url)
    removed, missing = remove(ids, place, engine=name)
    if as_json:
        print_json({"removed": removed, "missing": missing})
    else:
        click.echo(f"đã xóa / removed: {len(removed)}")
        for identifier in missing:
            click.echo(f"timbao: no article has the id {identifier!r}; `timbao search` shows ids with --json", err=True)
    sys.exit(1 if missing else 0)


@main.command()
@place_options
@click.option("--host", envvar="TIMBAO_HOST", help="Address to listen on [127.0.0.1].")
@click.option("--port", envvar="TIMBAO_PORT", type=click.IntRange(0, 65535), help="Port [8800]; 0 takes a free one.")
@click.option("--workers", envvar="TIMBAO_WORKERS", type=click.IntRange(0, 64), help="Processes [one a processor].")
@click.option("--threads", envvar="TIMBAO_THREADS", type=click.IntRange(1, 64), help="Request threads of each [4].")
def serve(
    location: str | None,
    engine: str | None,
    url: str | None,
    host: str | None,
    port: int | None,
    workers: int | None,
    threads: int | None,
) -> None:
    """Serve the search page and the API; prints the address."""
    from search.settings import settings
    from web.server import serve as run

    name, place = where(location, engine, url)
    given = {"host": host, "port": port, "workers": workers, "threads": threads, "engine": name}
    given["index" if name == "whoosh" else "url"] = place
    run(settings().model_copy(update={key: value for key, value in given.items() if value is not None}))


main.add_command(queries)
main.add_command(evaluate)
main.add_command(bench)
main.add_command(backup)
main.add_command(completion)


if __name__ == "__main__":
    main()
