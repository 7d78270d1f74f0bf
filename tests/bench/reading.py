"""How well dates and cities are read: accuracy on a corpus that states them, with the stated values withheld.

    python -m tests.bench.reading CORPUS.jsonl[.gz] [--limit N] [--confusion N] [--body-only]

The corpus is JSON lines with `city`, `published` (or `date`) on some records. Each record is read without these
fields; `--body-only` also withholds the address and takes a place that opens the title as a dateline off the title.
For each field: how many were right, wrong and not known, by confidence, and the list of confusions.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from search.ingest.places import dateline
from search.ingest.records import record


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The records of the corpus."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        for line in lines:
            yield json.loads(line)


def withhold(values: dict[str, Any], *, body_only: bool) -> dict[str, Any]:
    """The record without what is asked of it."""
    kept = {name: value for name, value in values.items() if name not in ("city", "date", "published")}
    if body_only:
        kept.pop("url", None)
        if found := dateline(kept.get("title", "")):
            kept["title"] = kept["title"][len(found[1]) :].strip(" -–:")
    return kept


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--confusion", type=int, default=12)
    parser.add_argument("--body-only", action="store_true")
    parser.add_argument("--show", choices=["city", "published"])
    chosen = parser.parse_args()
    outcomes: dict[str, Counter[tuple[str, str]]] = {"city": Counter(), "published": Counter()}
    confusions: dict[str, Counter[tuple[str, str]]] = {"city": Counter(), "published": Counter()}
    rules: Counter[tuple[str, str]] = Counter()
    seconds = 0.0
    count = 0
    for values in read(chosen.corpus):
        truth = {"city": values.get("city"), "published": values.get("published") or values.get("date")}
        if not any(truth.values()):
            continue
        if chosen.limit and count >= chosen.limit:
            break
        count += 1
        asked = withhold(values, body_only=chosen.body_only)
        started = time.perf_counter()
        found = record(asked, str(chosen.corpus), count)
        seconds += time.perf_counter() - started
        for name, expected in truth.items():
            if not expected:
                continue
            reading = found.city if name == "city" else found.published
            value = reading.value
            if name == "published" and value:
                value, expected = value[: len(expected)], expected[: max(len(value), 4)]
            outcome = "not known" if value is None else "right" if value == expected else "wrong"
            outcomes[name][outcome, reading.confidence] += 1
            if reading.evidence:
                rules[f"{name}: {reading.evidence[0].rule}", outcome] += 1
            if outcome == "wrong":
                confusions[name][expected, str(value)] += 1
            if chosen.show == name and outcome != "right":
                evidence = [(e.rule, e.text) for e in reading.evidence]
                print(
                    outcome,
                    expected,
                    value,
                    evidence,
                    values["title"][:80],
                    "|",
                    values["body"][:160].replace("\n", " "),
                )
    for name, table in outcomes.items():
        total = sum(table.values())
        print(f"\n{name}: {total} with truth")
        for (outcome, confidence), number in sorted(table.items()):
            print(f"  {outcome:10} {confidence:7} {number:6} {number / max(total, 1):7.1%}")
        for (expected, value), number in confusions[name].most_common(chosen.confusion):
            print(f"    {number:4} × {expected} read as {value}")
    print("\nrules")
    for (rule, outcome), number in sorted(rules.items()):
        print(f"  {number:6} {outcome:10} {rule}")
    print(f"\n{count} records in {seconds:.2f} s: {count / max(seconds, 1e-9):.0f}/s", file=sys.stderr)


if __name__ == "__main__":
    main()
