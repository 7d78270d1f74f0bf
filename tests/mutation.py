"""Does the suite see a changed line? A sample of mutants of chosen modules, each run against the tests of its room.

    python -m tests.mutation matching --sample 150 [--seed 1] [--folder build/mutation]

mutmut changes one expression at a time in a copy of the sources under the folder; nothing of the checkout changes. What
is printed: of each module how many mutants were killed, how many survived, and the survivors, to be read with
`mutmut show NAME` in the folder. Tests of random texts and of the cluster are left out, so that a mutant takes a
second. Compiled loops cannot be changed this way: `search/codec/kernels` is left out, and compiled once for all
mutants, into a cache beside the areas' folders.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
AREAS: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "analysis": (
        ("analysis/syllables.py", "analysis/forms.py", "analysis/codes.py", "analysis/chain.py", "analysis/streams.py"),
        ("tests/test_analysis_chain.py", "tests/test_analysis_spelling.py", "tests/test_analysis_whoosh.py"),
        "not whoosh and not laws",
    ),
    "matching": (
        ("query/matching.py", "query/compiler.py", "query/expansion.py", "query/fallback.py", "query/names.py",
         "query/repair.py", "query/numbers.py", "query/syntax.py", "ranking.py"),
        ("tests/query", "tests/test_ranking.py"),
        "not whoosh and not laws",
    ),
    "codec": (
        tuple(sorted(str(path.relative_to(ROOT / "search")) for path in (ROOT / "search" / "codec").rglob("*.py")
                     if path.parent.name != "kernels")),
        ("tests/codec/test_guards.py", "tests/codec/test_records.py", "tests/codec/test_random_indexes.py",
         "tests/codec/test_sequences.py", "tests/codec/test_soundness.py", "tests/codec/test_backup.py",
         "tests/codec/test_hot.py", "tests/codec/test_long_lists.py", "tests/codec/test_writing_corners.py",
         "tests/codec/test_bit_flips.py", "tests/codec/test_whoosh_corners.py", "tests/codec/test_whoosh_face.py",
         "tests/codec/test_paging.py", "tests/codec/test_restoring.py", "tests/engines/test_whoosh.py",
         "tests/test_fragments.py", "tests/test_related.py", "tests/test_copies.py"),
        "not meanwhile",
    ),
}  # fmt: skip
"""Modules under search/, the tests that should see a change of them, and which of these are left out (as -k says)."""
COPIED = ("search", "web", "tests", "docs", "pyproject.toml", "requirements.lock", "README.md",
          "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "Makefile", "mkdocs.yml")  # fmt: skip
SETTINGS = """[mutmut]
source_paths=search
use_setproctitle=false
use_git_change_detection=false
track_dependencies=false
only_mutate=
    {modules}
also_copy=
    {copied}
pytest_add_cli_args=
    -p
    no:randomly
    -p
    no:cacheprovider
    -m
    not slow and not cluster and not browser
    -k
    {chosen}
    -W
    ignore:overflow encountered:RuntimeWarning
pytest_add_cli_args_test_selection=
    {tests}
"""


def lay(folder: Path, area: str) -> None:
    """A copy of what the tests need, with mutmut's settings for one area."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".corpus"))
        else:
            shutil.copy2(source, target)
    project = folder / "pyproject.toml"  # mutmut would take its settings from there
    modules, tests, chosen = AREAS[area]
    lines = SETTINGS.format(
        modules="\n    ".join(f"search/{module}" for module in modules),
        copied="\n    ".join(name for name in COPIED if name not in ("search", "tests")),
        tests="\n    ".join(tests),
        chosen=chosen,
    )
    (folder / "setup.cfg").write_text(lines, "utf-8")
    assert "[tool.mutmut]" not in project.read_text("utf-8")


def make(folder: Path) -> str:
    """Let mutmut make all mutants and see which test reaches which of them; what it says."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "1", "none of them"]
    done = subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def environment(folder: Path) -> dict[str, str]:
    """Of a run. The copy's loops are compiled in the first one of an area, which takes a minute, and kept."""
    return os.environ | {"NUMBA_CACHE_DIR": str(folder.parent.absolute() / "loops"), "MUTANT_UNDER_TEST": ""}


def run(folder: Path, names: list[str]) -> dict[str, str]:
    """What became of each mutant, told as it is known: codec's take up to minutes each, and a run may be ended."""
    command = [sys.executable, str(ROOT / "tests" / "mutants.py"), *names]
    became: dict[str, str] = {}
    with subprocess.Popen(
        command, cwd=folder / "mutants", env=environment(folder), stdout=subprocess.PIPE, text=True
    ) as trying:
        for line in trying.stdout or ():
            name, outcome = json.loads(line)
            became[name] = outcome
            click.echo(f"{len(became)}/{len(names)} {outcome:10} {name}", err=True)
    if trying.returncode:
        raise click.ClickException(f"the tests of a mutant could not be started (exit {trying.returncode})")
    return became


def mutants(folder: Path) -> list[tuple[str, str]]:
    """All mutants, by file and name."""
    found = []
    for path in sorted((folder / "mutants" / "search").rglob("*.meta")):
        file = str(path.relative_to(folder / "mutants")).removesuffix(".meta")
        found += [(file, name) for name in json.loads(path.read_text("utf-8"))["exit_code_by_key"]]
    return sorted(found)


@click.command()
@click.argument("area", type=click.Choice(list(AREAS)))
@click.option("--sample", default=150, show_default=True, help="Mutants to run.")
@click.option("--seed", default=1, show_default=True, help="Of the choice of mutants.")
@click.option("--folder", type=click.Path(path_type=Path), default=ROOT / "build" / "mutation", show_default=True)
def main(area: str, sample: int, seed: int, folder: Path) -> None:
    """Run a sample of the mutants of AREA and print what became of them."""
    folder = folder / area
    lay(folder, area)
    said = make(folder)
    every = mutants(folder)
    if not every or not (folder / "mutants" / "mutmut-stats.json").exists():
        raise click.ClickException(said[-5000:])  # the tests fail without any change
    chosen = random.Random(seed).sample(every, min(sample, len(every)))
    became = run(folder, [name for _, name in chosen])
    counts: dict[str, Counter[str]] = {}
    for module, name in chosen:
        counts.setdefault(module, Counter())[became[name]] += 1
    rows = [*sorted(counts.items()), (f"{area}, {len(every)} mutants in all", sum(counts.values(), Counter()))]
    for module, count in rows:
        click.echo(f"{module:48} {', '.join(f'{outcome} {number}' for outcome, number in count.most_common())}")
    click.echo("\n".join(sorted(name for name, outcome in became.items() if outcome == "survived")))


if __name__ == "__main__":
    main()
