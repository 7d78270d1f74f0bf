"""The documentation says what the server does: every parameter, route and example."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import jsonschema
import pytest
from flask.testing import FlaskClient

from search.settings import Settings
from tests.conftest import ROOT
from tests.serving import served
from tests.web.conftest import make
from tests.web.test_api import schema
from web.openapi import EXAMPLES, search_parameters

API = (ROOT / "docs" / "api.md").read_text("utf-8")
WEB = (ROOT / "docs" / "web.md").read_text("utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text("utf-8")
HERE = "http://127.0.0.1:8800"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a server over the stand-in index."""
    with served(make(), threads=2) as where:
        yield where


def test_every_parameter_of_a_search_is_documented() -> None:
    rows = re.findall(r"^\| (`.+?`) \|", API.split("## Parameters")[1].split("## An answer")[0], re.M)
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    described = {parameter["name"] for parameter in search_parameters(Settings())} | {"explain", "related"}
    assert documented == described


def test_every_route_is_documented(client: FlaskClient) -> None:
    text = API + WEB
    for rule in client.application.url_map.iter_rules():
        path = re.split(r"<|\.<", rule.rule)[0].rstrip("/.-") or "/"
        assert path in text or path in {"/static", "/favicon.ico"}, (
            f"{rule.rule} is in neither docs/api.md nor docs/web.md"
        )


def test_every_key_of_an_answer_is_documented(client: FlaskClient) -> None:
    answer = client.get("/api/v1/search?q=tham").json
    for key in {*answer, *answer["query"], *answer["hits"][0], *answer["facets"]["city"][0]}:
        assert f'"{key}"' in API, key


def test_every_setting_is_documented() -> None:
    for name in Settings.model_fields:
        assert f"TIMBAO_{name.upper()}" in SETTINGS, name


def test_every_setting_that_the_pages_speak_of_exists() -> None:
    named = set(re.findall(r"TIMBAO_([A-Z_]+)", API + WEB))
    assert named <= {name.upper() for name in Settings.model_fields}


def test_the_documented_problem_is_what_the_server_says(client: FlaskClient) -> None:
    import json

    (shown,) = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", API, re.S) if '"status": 400' in block)
    assert client.get("/api/v1/search?sort=best").json == shown
    jsonschema.validate(shown, schema("Problem"))


def test_the_documented_examples_are_those_of_the_server() -> None:
    for _, text in EXAMPLES:
        assert text.replace("{root}", HERE).strip() in API


def test_the_curl_example_runs(address: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    (text,) = [text for name, text in EXAMPLES if name == "curl"]
    done = subprocess.run(
        ["sh", "-c", text.replace("{root}", address)], capture_output=True, text=True, timeout=30, check=True
    )
    assert '"total":1' in done.stdout


def test_the_python_example_runs(address: str) -> None:
    (text,) = [text for name, text in EXAMPLES if name == "Python"]
    program = text.replace("{root}", address)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "2019-03-13 Xử lý dứt điểm tham nhũng vặt ở bộ phận một cửa"


def test_the_javascript_example_runs(address: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node here to run JavaScript")
    (text,) = [text for name, text in EXAMPLES if name == "JavaScript"]
    program = text.replace("{root}", address)
    done = subprocess.run(
        [node, "--input-type=module", "-e", program], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.startswith("2019-03-13 Xử lý dứt điểm")
