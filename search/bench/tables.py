"""A report as tables of text, for a terminal or a page.

In: the report of `search.bench.run.measure`. Out: `Table`s. Must not know how they are drawn. Ratios are peer / ours,
or ours / peer where more is better: above 1 this engine is ahead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

SHAPE_NAMES: Final = {
    "or": "một từ bất kỳ / OR",
    "and": "mọi từ / AND",
    "phrase": "cụm từ / phrase",
    "prefix": "tiền tố / prefix",
}
DEPTH_NAMES: Final = {"top": "top 10", "total": "+ tổng / total", "facets": "+ facets"}


@dataclass(frozen=True, slots=True)
class Table:
    """A title, column headings and rows; the first column is text, the others figures."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(report: Mapping[str, Any]) -> Iterator[Table]:
    """Every table of a report."""
    labels: Mapping[str, str] = report["engines"]
    for corpus in report["corpora"]:
        about = f"{corpus['articles']:,} bài / articles"
        if "indexing" in corpus:
            yield _indexing(corpus, about)
        if "latency" in corpus:
            yield _latency(corpus, labels, about)
            yield _pages(corpus, about)
            yield _throughput(corpus, labels, about)
            yield _builds(corpus, labels, about)
            yield _kinds(corpus, labels, about)


def heading(report: Mapping[str, Any]) -> list[str]:
    """What was measured where, in lines."""
    machine = report["machine"]
    memory = machine["memory_bytes"]
    lines = [
        f"{report['made']} · {machine['processors']} CPU · {memory / 2**30:.0f} GB · {machine['system']}"
        f" · Python {machine['python']}"
    ]
    for corpus in report["corpora"]:
        made = f", ghép từ câu của / made of the sentences of {corpus['read']:,}" if corpus["made"] else ""
        size = corpus["text_bytes"]
        lines.append(f"{corpus['articles']:,} bài / articles{made}; {size / 1e6:,.1f} MB UTF-8")
        for name, reason in corpus["missing"].items():
            lines.append(f"{corpus['articles']:,}: {report['engines'][name]}: {reason}")
        lines += _differences(corpus, report["engines"])
    lines += [f"{name}: {reason}" for name, reason in report["missing"].items()]
    return lines


def _differences(corpus: Mapping[str, Any], labels: Mapping[str, str]) -> Iterator[str]:
    for name, shapes in corpus.get("differ", {}).items():
        differ, compared = (sum(counts[i] for counts in shapes.values()) for i in (0, 1))
        told = "; ".join(f"{shape} {counts[0]}/{counts[1]}" for shape, counts in shapes.items() if counts[0])
        yield (
            f"{corpus['articles']:,}: {labels[name]}: "
            + (f"trả lời giống hệt / same answers: {compared}/{compared}" if not differ else f"khác / differ: {told}")
        )


def _ratio(ratio: float) -> str:
    return f"{ratio:.1f}×" if ratio < 100 else f"{ratio:,.0f}×"


def _ms(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def _indexing(corpus: Mapping[str, Any], about: str) -> Table:
    rows = []
    own = {row["processes"]: row["articles_per_s"] for row in corpus["indexing"][:2]}
    for row in corpus["indexing"]:
        rate = row["articles_per_s"]
        rows.append(
            (
                row["label"],
                f"{row['processes']}",
                f"{row['articles']:,}",
                f"{rate:,.0f}",
                _ratio(own.get(row["processes"], rate) / rate),
                f"{row['own_bytes'] / 2**20:,.0f}",
                f"{row['peak_bytes'] / 2**20:,.0f}",
                f"{row['start_bytes'] / 2**20:,.0f}",
                f"{row['size_to_text']:.2f}",
            )
        )
    headings: tuple[str, ...] = (
        "",
        "tiến trình / processes",
        "bài / articles",
        "bài/s / articles/s",
        "ta/họ / ours ÷ theirs",
    )
    headings += ("MB cao nhất / peak", "+ tệp ánh xạ / mapped", "lúc đầu / at start", "cỡ ÷ UTF-8 / size")
    return Table(f"Lập chỉ mục / indexing · {about}", headings, tuple(rows))


def _latency(corpus: Mapping[str, Any], labels: Mapping[str, str], about: str) -> Table:
    names = [name for name in labels if name in corpus["latency"][0]["cells"]]
    headings = ["", ""]
    for number, name in enumerate(names):
        headings += [f"{labels[name]} p50", "p95", *(["×"] if number else [])]
    rows = []
    for row in corpus["latency"]:
        cells = [SHAPE_NAMES[row["shape"]], DEPTH_NAMES[row["depth"]]]
        for number, name in enumerate(names):
            cell = row["cells"][name]
            cells += [_ms(cell["median_ms"]), _ms(cell["p95_ms"]), *([_ratio(cell["ratio"])] if number else [])]
        rows.append(tuple(cells))
    return Table(f"Thời gian trả lời, ms / latency, ms · {about}", tuple(headings), tuple(rows))


def _pages(corpus: Mapping[str, Any], about: str) -> Table:
    typed = {"marks": "gõ có dấu / with diacritics", "no_marks": "gõ không dấu / without"}
    rows = tuple((typed[name], _ms(cell["median_ms"]), _ms(cell["p95_ms"])) for name, cell in corpus["page"].items())
    title = f"Cả trang: 10 bài, trích đoạn, mọi facet, ms / whole answers of Tìm Báo, ms · {about}"
    return Table(title, ("", "p50", "p95"), rows)


def _throughput(corpus: Mapping[str, Any], labels: Mapping[str, str], about: str) -> Table:
    found = corpus["throughput"]
    threads = list(next(iter(found.values())))
    rows = tuple((labels[name], *(f"{rates[count]:,.0f}" for count in threads)) for name, rates in found.items())
    return Table(
        f"Lượt tìm mỗi giây (OR, tổng, nơi, tháng) / searches a second (OR with facets) · {about}",
        ("", *(f"{count} luồng / threads" for count in threads)),
        rows,
    )


def _builds(corpus: Mapping[str, Any], labels: Mapping[str, str], about: str) -> Table:
    rows = []
    for name, built in corpus["builds"].items():
        size = sum(built["sizes"].values())
        opened = corpus["opening"][name]
        rows.append(
            (
                labels[name],
                f"{size / 1e6:,.1f}",
                f"{size / corpus['text_bytes']:.2f}",
                f"{corpus['segments'][name]}",
                f"{built['articles'] / built['seconds']:,.0f}",
                f"{built['own_bytes'] / 2**20:,.0f}",
                f"{built['peak_bytes'] / 2**20:,.0f}",
                f"{_ms(opened['open_ms'])} + {_ms(opened['first_ms'])}",
                f"{opened['resident_bytes'] / 2**20:,.0f}",
            )
        )
    headings: tuple[str, ...] = (
        "",
        "MB",
        "÷ UTF-8",
        "segments",
        "bài/s / articles/s",
        "MB cao nhất / peak",
        "+ tệp ánh xạ / mapped",
    )
    headings += ("mở + hỏi đầu / open + first, ms", "MB khi hỏi / while asking")
    return Table(f"Chỉ mục / index · {about}", headings, tuple(rows))


def _kinds(corpus: Mapping[str, Any], labels: Mapping[str, str], about: str) -> Table:
    rows = []
    for name, built in corpus["builds"].items():
        for kind, size in sorted(built["sizes"].items(), key=lambda item: -item[1]):
            rows.append((labels[name], kind, f"{size / 1e6:,.2f}", f"{size / corpus['text_bytes']:.3f}"))
    return Table(f"Trong chỉ mục / what the index holds · {about}", ("", "loại / kind", "MB", "÷ UTF-8"), tuple(rows))
