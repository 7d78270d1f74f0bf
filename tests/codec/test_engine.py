from __future__ import annotations

from pathlib import Path

import pytest

from search.engines.base import Engine
from search.engines.embedded import WhooshEngine
from tests.engines.conformance import EngineConformance


class TestEmbedded(EngineConformance):
    @pytest.fixture
    def engine(self, tmp_path: Path) -> Engine:
        return WhooshEngine(str(tmp_path / "index"))
