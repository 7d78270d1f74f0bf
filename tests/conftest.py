"""What every test may ask for: the sample articles, an index of them, and the measured material where it is present."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from search.engines import prepare

# a busy machine is no failure; slow runs try more, and every failure can be had again
settings.register_profile("suite", deadline=None, print_blob=True)
settings.register_profile("slow", settings.get_profile("suite"), max_examples=1000)
settings.load_profile("slow" if os.environ.get("TIMBAO_SLOW") else "suite")

# shared test classes: their assertions explain themselves only when rewritten before the first import
pytest.register_assert_rewrite("tests.engines.conformance", "tests.engines.generations")

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tests" / "articles"
SHARED = Path(os.environ.get("TIMBAO_SHARED", ROOT.parent / "shared"))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile all loops before the first test, once for all processes: half a minute or more on a new machine.

    A test that compiled them by the way would measure that, or be told that a search took too long.
    """
    if not hasattr(session.config, "workerinput") and not session.config.option.collectonly:
        prepare("whoosh")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave tests marked slow out unless TIMBAO_SLOW is set; the reason is printed.

    Files that wait for a cluster or a browser come first: begun last, one would leave the other processes idle.
    """
    items.sort(key=lambda item: not (item.get_closest_marker("cluster") or item.get_closest_marker("browser")))
    if os.environ.get("TIMBAO_SLOW"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="slow: set TIMBAO_SLOW=1, or run `make test-slow`"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real pages, corpus and retrieval sets; tests skip with a reason where it is absent."""
    if not (SHARED / "pages").is_dir():
        pytest.skip(f"the measured material is not at {SHARED}; set TIMBAO_SHARED to its folder")
    return SHARED


@pytest.fixture(scope="session")
def sample() -> Path:
    """The folder of sample articles that the project wrote itself."""
    return SAMPLE


@pytest.fixture(scope="session")
def sample_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of an index of the sample articles; built once a session, never written by a test."""
    from search.indexing import index_sources

    path = tmp_path_factory.mktemp("sample") / "index"
    index_sources([SAMPLE], path)
    return path


@pytest.fixture(scope="session")
def pages_index(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of an index of the five real pages."""
    from search.indexing import index_sources

    path = tmp_path_factory.mktemp("pages") / "index"
    index_sources([shared / "pages"], path)
    return path


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads a setting of the machine it runs on."""
    for name in [n for n in os.environ if n.startswith("TIMBAO_") and n not in {"TIMBAO_SHARED", "TIMBAO_SLOW"}]:
        monkeypatch.delenv(name)
