"""The commands that measure: `timbao eval` (relevance on a retrieval set) and `timbao queries` (the log of searches).

In: options. Out: tables or JSON. Must not know how anything is measured.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from search.cli_options import json_option, print_json, where


@click.command()
@click.option("--log", envvar="TIMBAO_QUERY_LOG", type=click.Path(path_type=Path), required=True, help="The log.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Queries of each list.")
@json_option
def queries(log: Path, limit: int, as_json: bool) -> None:
    """Show what is searched for most and what finds nothing, from the query log."""

    from search.cli_output import show_queries
    from search.querylog import summary

    found = summary(log, limit)
    if as_json:
        print_json(asdict(found))
    else:
        show_queries(found)


@click.command("eval")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="BEIR_DIR")
@click.option("--no-marks", is_flag=True, help="Ask the queries without diacritics only; else both ways.")
@click.option("--corpus", type=click.Path(path_type=Path), help="File of texts, for a set that has none of its own.")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Ask N of the queries, evenly spread.")
@click.option("--peers", is_flag=True, help="Compare with BM25 over syllables, folded syllables, words; FTS5, tantivy.")
@click.option("--weights", metavar="NAME=X,…", help="Compare with other weights, for example pair=0.7,word=0.")
@click.option("--per-query", type=click.Path(path_type=Path), help="Write one JSON line a query to this file.")
@click.option("--engine", envvar="TIMBAO_ENGINE", type=click.Choice(["whoosh", "opensearch"]), help="Engine [whoosh].")
@click.option("--url", envvar="TIMBAO_URL", metavar="URL", help="Cluster and alias, for opensearch; kept as it is.")
@json_option
def evaluate(
    folder: Path,
    no_marks: bool,
    corpus: Path | None,
    sample: int | None,
    peers: bool,
    weights: str | None,
    per_query: Path | None,
    engine: str | None,
    url: str | None,
    as_json: bool,
) -> None:
    """Measure relevance on a retrieval set in BEIR form: nDCG@10, MRR@10, recall@100."""
    from search.cli_output import show_evaluation
    from search.evaluation import evaluate as run

    name, place = where(None, engine, url)
    measured = run(
        folder,
        no_marks=no_marks,
        corpus=corpus,
        sample=sample,
        weights=weights,
        peers=peers,
        per_query=per_query,
        engine=name,
        url=place,
    )
    if as_json:
        print_json(measured)
    else:
        show_evaluation(measured)
