"""The layout keeps its promises: imports point one way, each library has one room, nothing heavy loads early.

When a test here fails, move the code to the room that owns it; ARCHITECTURE.md says which one that is.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Higher numbers may import lower ones of this list, never the other way round.
LAYERS = (
    ("search.model", "search.errors", "search.settings", "search.deadline"),
    ("search.state", "search.gazetteer"),
    ("search.analysis",),
    ("search.query.tree", "search.ingest"),
    ("search.ranking",),
    ("search.query",),
    ("search.engines.base",),
    ("search.codec",),
    ("search.engines",),
    ("search.occurrences", "search.heads", "search.completions"),
    (
        "search.snippets",
        "search.reranking",
        "search.facets",
        "search.suggest",
        "search.similar",
        "search.explain",
        "search.cursors",
        "search.querylog",
        "search.readers",
    ),
    ("search.workers",),
    ("search.indexing",),
    ("search.service",),
    ("search.wire", "search.evaluation", "search.evaluation_peers", "search.bench"),
    ("search.cli_output", "search.cli_options"),
    ("search.cli_measure", "search.cli_start", "search.cli_bench", "search.cli_backup"),
    ("web",),
    ("search.cli",),
)
OWNERS = {
    "flask": ("web",),
    "werkzeug": ("web",),
    "click": (
        "search.cli",
        "search.cli_options",
        "search.cli_measure",
        "search.cli_start",
        "search.cli_bench",
        "search.cli_backup",
    ),
    "rich": ("search.cli_output",),
    "numba": ("search.codec",),
    "pyvi": ("search.analysis",),
    "opensearchpy": ("search.engines.opensearch",),
    "whoosh": ("search.codec", "search.engines.whoosh", "search.analysis.whoosh_parts"),
}
HEAVY = ("numpy", "numba", "whoosh", "pyvi", "sklearn", "scipy", "flask", "pydantic", "rich", "opensearchpy", "orjson")


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources() -> Iterator[Path]:
    for folder in ("search", "web"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def within(name: str, owner: str) -> bool:
    return name == owner or name.startswith(owner + ".")


def layer(name: str) -> int | None:
    """The layer with the longest matching name."""
    best = max(
        ((len(owner), number) for number, owners in enumerate(LAYERS) for owner in owners if within(name, owner)),
        default=None,
    )
    return best[1] if best else None


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}"
                is_module = (ROOT / Path(*deeper.split("."))).with_suffix(".py").exists()
                is_package = (ROOT / Path(*deeper.split(".")) / "__init__.py").exists()
                yield deeper if is_module or is_package else node.module


@pytest.mark.parametrize("path", list(sources()), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    name = module_name(path)
    own = layer(name)
    if name in {"search", "search.__main__"}:
        return
    assert own is not None, f"{name} has no layer: add it to LAYERS and to ARCHITECTURE.md"
    for imported in imports(path):
        if imported.split(".")[0] in {"search", "web"} and imported != "search":
            theirs = layer(imported)
            assert theirs is not None, f"{imported} has no layer"
            assert theirs <= own, f"{name} may not import {imported}: dependencies point one way"


@pytest.mark.parametrize("path", list(sources()), ids=lambda p: str(p.relative_to(ROOT)))
def test_each_library_has_one_room(path: Path) -> None:
    name = module_name(path)
    for imported in imports(path):
        owners = OWNERS.get(imported.split(".")[0])
        if owners:
            assert any(within(name, owner) for owner in owners), f"{name} imports {imported}, which belongs to {owners}"


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, search.cli; print(sorted(set(sys.modules) & set(sys.argv[1:])))"
    done = subprocess.run([sys.executable, "-c", code, *HEAVY], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_files_are_short_enough_to_hold_in_the_head() -> None:
    folders = ("search", "web", "tests")
    long = [
        f"{path.relative_to(ROOT)}: {count} lines"
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if (count := len(path.read_text("utf-8").splitlines())) > 400
    ]
    assert not long, "divide these files by what they do"


def test_every_room_is_in_the_architecture_page() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    named = set(re.findall(r"`(?:search/)?(\w+)(?:\.py|/)`", page))
    rooms = {path.stem for path in (ROOT / "search").glob("*.py")} | {
        path.name for path in (ROOT / "search").iterdir() if (path / "__init__.py").exists()
    }
    assert not rooms - named - {"__init__", "__main__"}, "name these rooms in ARCHITECTURE.md"
