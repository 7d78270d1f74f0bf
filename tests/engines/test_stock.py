"""Whoosh with its own codec as an engine: slow, and a second opinion on what every engine must answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.engines.base import Engine
from tests.engines.conformance import EngineConformance
from tests.engines.stock import WhooshEngine


class TestStockWhoosh(EngineConformance):
    """Every engine's suite over stock Whoosh."""

    rounds = 40

    @pytest.fixture
    def engine(self, tmp_path: Path) -> Engine:
        return WhooshEngine(str(tmp_path / "index"))
