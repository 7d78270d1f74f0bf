"""What the command line shows to people: progress, reports, hits and tables on a terminal.

In: values of the service. Out: text on standard output (and the progress bar on standard error). Must not decide
anything: programs read `--json` instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from search.bench.tables import Table as Figures
    from search.engines.base import IndexStats
    from search.indexing import Progress, Report
    from search.model import Reading, Record, Result
    from search.querylog import Queries

SHOWN_SKIPS = 20
"""Skipped inputs listed on the terminal; --report and --json have them all."""


WIDE = 180
"""Columns of tables that go to a file; on a terminal they fold to its width."""


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def _source_bytes(sources: Sequence[str]) -> int | None:
    """Size of all sources; None when one of them has no size of its own (standard input)."""
    total = 0
    for source in sources:
        path = Path(source)
        if path.is_dir():
            total += sum(os.path.getsize(p) for p in path.rglob("*") if p.is_file())
        elif path.is_file():
            total += path.stat().st_size
        else:
            return None
    return total


@contextmanager
def preparing(*, quiet: bool) -> Iterator[Callable[[str], None] | None]:
    """A line that says what is being prepared and that it is so only the first time; nothing when quiet."""
    if quiet:
        yield None
        return
    with Console(stderr=True).status("chuẩn bị / preparing") as status:
        yield lambda part: status.update(f"chuẩn bị, chỉ lâu ở lần đầu / preparing, slow only once: {part}")


@contextmanager
def indexing(sources: Sequence[str], *, quiet: bool) -> Iterator[Progress | None]:
    """A live bar with articles, rate and time while an index is made; nothing when quiet."""
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    if quiet:
        yield None
        return
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[articles]} bài / articles, {task.fields[rate]:.0f}/s"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    total = _source_bytes(sources)
    with bar:
        task = bar.add_task("lập chỉ mục / indexing", total=total, articles=0, rate=0.0)

        def tell(report: Report, size: int) -> None:
            rate = report.indexed / report.seconds if report.seconds else 0.0
            bar.update(task, completed=min(size, total or size), articles=report.indexed, rate=rate)

        yield tell


def show_report(report: Report) -> None:
    """The summary of an indexing run; skipped inputs with their reasons."""
    console = _console()
    for skipped in report.skipped[:SHOWN_SKIPS]:
        console.print(f"[yellow]bỏ qua / skipped[/] {escape(str(skipped))}")
    if len(report.skipped) > SHOWN_SKIPS:
        console.print(f"… {len(report.skipped) - SHOWN_SKIPS} nữa / more: --report FILE")
    rate = report.indexed / report.seconds if report.seconds else 0.0
    _rows(
        [
            ("đọc / read", f"{report.read:,}"),
            ("đã lập chỉ mục / indexed", f"{report.indexed:,}"),
            ("không đổi / unchanged", f"{report.unchanged:,}"),
            ("bỏ qua / skipped", f"{len(report.skipped):,}"),
            ("bài trong chỉ mục / articles in the index", f"{report.articles:,}"),
            ("thời gian / time", f"{report.seconds:.1f} s ({rate:,.0f} bài/s)"),
            ("chỉ mục / index", report.location),
        ]
    )


def _rows(rows: Sequence[tuple[str, str]]) -> None:
    """Labels and values in two columns; values are never cut, so that a path can be copied."""
    width = max(len(label) for label, _ in rows)
    for label, value in rows:
        _console().print(Text(f"{label:<{width}}  {value}"))


def _marked(text: str, ranges: Sequence[tuple[int, int]], style: str = "bold yellow") -> Text:
    shown = Text(text)
    for start, end in ranges:
        shown.stylize(style, start, end)
    return shown


def show_result(result: Result) -> None:
    """Ranked hits with highlights, notices, and counts by city and year."""
    console = _console()
    for note in result.notes:
        console.print(f"[cyan]{escape(note.message)}[/] · {escape(note.message_en)}")
    console.print(f"{result.total:,} bài / articles · {result.took_ms:.0f} ms")
    for suggestion in result.suggestions:
        console.print(f"Có phải bạn tìm / did you mean: [bold]{escape(suggestion.query)}[/]")
    for number, hit in enumerate(result.hits, 1):
        console.print()
        console.print(Text(f"{number}. ").append_text(_marked(hit.title or hit.id, hit.title_highlights)))
        about = " · ".join(part for part in (hit.city, hit.published, hit.source, hit.byline, hit.id) if part)
        console.print(Text(f"   {about}", style="dim"))
        if hit.copies:
            console.print(Text(f"   cùng nội dung ở {hit.copies} trang khác / same text elsewhere", style="dim"))
        for snippet in hit.snippets:
            line = Text("   ").append_text(_marked(snippet.text, snippet.highlights))
            console.print(line)
        if hit.explanation:
            console.print(Text(hit.explanation, style="dim"))
    if result.related:
        named = ", ".join(suggestion.query for suggestion in result.related)
        console.print(Text(f"\nTìm thêm / related: {named}", style="dim"))
    for key, label in (("city", "Nơi / city"), ("published", "Năm / year")):
        counted = [b for b in result.facets.get(key, ()) if b.count][:12]
        if counted:
            console.print(f"\n[bold]{label}[/]: " + " · ".join(f"{escape(b.label)} {b.count}" for b in counted))
    if result.next:
        console.print(f"\ntrang sau / next page: --cursor {result.next}")


def show_record(record: Record) -> None:
    """What a page yields, each value with its confidence and evidence."""
    console = _console()
    console.print(f"[bold]{escape(record.file)}[/] → {escape(record.id)}")
    fields = ("title", "published", "event_date", "city", "byline", "source", "url", "language")
    for name in fields:
        reading: Reading = getattr(record, name)
        found = [f"{e.rule}: {e.text!r}" + (f" (dòng / line {e.line})" if e.line else "") for e in reading.evidence]
        why = "; ".join(found)
        value = reading.value if reading.value is not None else "không rõ"
        console.print(f"  {name:<10} {escape(value)}  [dim]{reading.confidence} {escape(why)}[/]")
    console.print(
        f"  body       {len(record.body):,} ký tự / characters, {len(record.removed)} dòng bỏ / lines removed"
    )
    for removed in record.removed:
        console.print(f"    [dim]{removed.line}: {escape(removed.text[:60])} ({removed.reason})[/]")


def show_analysis(described: Mapping[str, Any]) -> None:
    """The streams of a text side by side, one row a position."""
    table = Table(title=escape(str(described["text"])[:80]))
    spaces = [name for name in ("exact", "folded", "pair", "word", "codes") if name in described]
    for heading in ("vị trí / position", "đoạn / offsets", *spaces):
        table.add_column(heading)
    rows: dict[int, dict[str, list[str]]] = {}
    offsets: dict[int, str] = {}
    for space in spaces:
        for item in described[space]:
            rows.setdefault(item["position"], {}).setdefault(space, []).append(item["term"])
            if space == "exact":
                offsets[item["position"]] = f"{item['start']}–{item['end']}"
    for position in sorted(rows):
        cells = [" ".join(rows[position].get(space, [])) for space in spaces]
        table.add_row(str(position), offsets.get(position, ""), *(escape(cell) for cell in cells))
    _console().print(table)


def show_stats(figures: IndexStats) -> None:
    """Figures of an index."""
    cities = list(figures.cities.items())[:15]
    rows = [
        ("bài / articles", f"{figures.articles:,}"),
        ("cỡ / size", f"{figures.size_bytes / 1e6:,.1f} MB"),
        ("segment", str(figures.segments)),
        ("thế hệ / generation", figures.generation),
        ("engine", f"{figures.engine} · {figures.location}"),
        ("từ / terms", " · ".join(f"{space} {count:,}" for space, count in figures.terms.items())),
        (
            "nơi / cities",
            " · ".join(f"{name or 'không rõ'} {count:,}" for name, count in cities),
        ),
        ("năm / years", " · ".join(f"{year or 'không rõ'} {count:,}" for year, count in sorted(figures.years.items()))),
    ]
    _rows(rows)


def show_queries(found: Queries) -> None:
    """What is searched for: totals, the most frequent queries, those that found nothing."""
    median = "" if found.median_ms is None else f" · {found.median_ms:.1f} ms"
    _rows([("lần tìm / searches", f"{found.searches:,}{median}"), ("dòng hỏng / unreadable", f"{found.unreadable:,}")])
    for heading, counted in (("hay tìm / most frequent", found.top), ("không có kết quả / no hits", found.nothing)):
        table = Table(heading, "", box=None)
        for query, count in counted:
            table.add_row(escape(query), f"{count:,}")
        _console().print(table)


def show_evaluation(measured: Mapping[str, Any]) -> None:
    """Relevance figures as a table: a row for each ranking, queries as written and without diacritics."""
    table = Table(box=None)
    for heading in ("", "nDCG@10", "MRR@10", "recall@100", "no marks", "queries", "difference (p)"):
        table.add_column(heading, justify="left" if not heading else "right")
    rows = {"timbao": measured, **(measured.get("peers") or {})}
    if "weights" in measured:
        rows[str(measured["weights"]["changed"])] = measured["weights"]
    for name, row in rows.items():
        if row is None:
            table.add_row(name, "not installed")
            continue
        apart = [f"{d['ndcg@10']:+.4f} ({d['p']:.3f})" for d in row.get("difference", {}).values()]
        figures = [f"{row[key]:.4f}" for key in ("ndcg@10", "mrr@10", "recall@100")]
        plain = f"{row['no_marks']['ndcg@10']:.4f}" if "no_marks" in row else ""
        table.add_row(name, *figures, plain, str(row["queries"]), "  ".join(apart))
    _console().print(table)


def show_tables(lines: Iterable[str], tables: Iterable[Figures]) -> None:
    """Lines of text, then tables: the first column to the left, figures to the right."""
    console = _console()
    if not console.is_terminal:
        console.width = WIDE
    for line in lines:
        console.print(Text(line))
    for figures in tables:
        table = Table(title=escape(figures.title), title_justify="left", box=None)
        for number, heading in enumerate(figures.headings):
            table.add_column(escape(heading), justify="right" if number else "left", overflow="fold")
        for row in figures.rows:
            table.add_row(*map(escape, row))
        console.print()
        console.print(table)
