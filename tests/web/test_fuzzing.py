"""The API answers whatever its description allows, and whatever it does not, as described: never with a 5xx.

Schemathesis makes the calls from the OpenAPI description: parameters inside and outside their ranges, missing,
repeated, of other types, with any characters. Each answer has a described status, media type and shape. A short run
belongs to the suite; `TIMBAO_FUZZ_CALLS=20000 pytest tests/web/test_fuzzing.py` makes a long one. Both tell the count.
"""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import search
from search.settings import Settings
from web import create_app
from web.server import warm

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of packages it brings along, not of ours
    schemathesis = pytest.importorskip("schemathesis", reason="the fuzz test needs the package schemathesis")

CALLS = int(os.environ.get("TIMBAO_FUZZ_CALLS", "240"))
OPERATIONS = ("search", "article", "similar", "copies", "suggest", "stats")
IDS = ("hai-phong-2016-phong-bi-ben-lau", "ha-noi-2018-duong-day-nong-tham-nhung-vat")
"""Articles that are there, since no made-up id ever is."""
SHARE = {"search": 0.6, "stats": 0.01}
"""Of all calls; the others share the rest evenly."""


@pytest.fixture(scope="module")
def schema(sample_index: Path) -> Iterator[Any]:
    """The description of an API over the sample articles, without limits on how often it is called."""
    with search.open(sample_index) as index:
        app = create_app(index, Settings(access_log=False, rate_limit=""))
        warm(app, index)
        yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


@pytest.fixture(scope="module")
def counted(request: pytest.FixtureRequest) -> Iterator[Counter[str]]:
    found: Counter[str] = Counter()
    yield found
    statuses = ", ".join(f"{n} × {status}" for status, n in sorted(found.items()))
    if reporter := request.config.pluginmanager.get_plugin("terminalreporter"):
        reporter.write_line(f"\n{sum(found.values())} calls: {statuses}")


@pytest.mark.parametrize("kind", ["allowed", "not allowed"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_is_as_described(schema: Any, counted: Counter[str], name: str, kind: str) -> None:
    operation = next(o.ok() for o in schema.get_all_operations() if o.ok().definition.raw["operationId"] == name)
    mode = schemathesis.GenerationMode.POSITIVE if kind == "allowed" else schemathesis.GenerationMode.NEGATIVE
    if kind == "not allowed" and not operation.query and not operation.path_parameters:
        pytest.skip(f"{name} takes no parameter that could be wrong")
    share = SHARE.get(name, (1 - sum(SHARE.values())) / (len(OPERATIONS) - len(SHARE)))
    calls = max(4, round(CALLS * share / 2))

    @settings(
        max_examples=calls,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), known=st.none() | st.sampled_from(IDS))
    def called(case: Any, known: str | None) -> None:
        if known is not None and kind == "allowed":
            for place in (case.path_parameters, case.query):
                if place and "id" in place:
                    place["id"] = known
        response = case.call(headers={"Accept-Encoding": "identity"})  # its test client does not unpack
        counted[str(response.status_code)] += 1
        assert response.status_code < 500, response.text
        case.validate_response(
            response,
            checks=[
                schemathesis.checks.not_a_server_error,
                schemathesis.checks.status_code_conformance,
                schemathesis.checks.content_type_conformance,
                schemathesis.checks.response_schema_conformance,
            ],
        )

    called()
