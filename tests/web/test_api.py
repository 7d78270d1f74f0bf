"""The HTTP API: shapes, problems, and its own description."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from search.errors import EngineUnavailable, IndexBroken, IndexMissing, QueryError
from search.settings import Settings
from tests.web.conftest import make
from tests.web.fake import FakeIndex
from web.openapi import description, search_parameters

CALLS = {
    "Result": [
        "/api/v1/search",
        "/api/v1/search?q=tham+nhung&limit=1&explain=1",
        "/api/v1/search?q=tham&from=2021&to=2021&city=Hu%E1%BA%BF&city=kh%C3%B4ng+r%C3%B5",
        "/api/v1/search?q=khongco",
        "/api/v1/search?q=&city=&city=&from=&to=&sort=&marks=&cursor=",
        "/api/v1/search?q=x&nonsense=1",
        "/api/v1/search?limit=0",
    ],
    "Article": ["/api/v1/articles/2019/tham-nhung", "/api/v1/articles/dao-tau?q=tau", "/api/v1/articles/?id=../up"],
    "Similar": ["/api/v1/copies?id=dao-tau", "/api/v1/similar?id=dao-tau", "/api/v1/similar?id=dao-tau&limit=1"],
    "Completions": ["/api/v1/suggest?q=th", "/api/v1/suggest", "/api/v1/suggest?q=th&limit=1"],
    "Stats": ["/api/v1/stats"],
}
WRONG = [
    ("/api/v1/search?sort=best", "sort"),
    ("/api/v1/search?marks=no", "marks"),
    ("/api/v1/search?limit=101", "limit"),
    ("/api/v1/search?limit=-1", "limit"),
    ("/api/v1/search?limit=ten", "limit"),
    ("/api/v1/search?limit=99999999999999999999", "limit"),
    ("/api/v1/search?limit=%C2%B2", "limit"),
    ("/api/v1/search?from=31/02/2020", "from"),
    ("/api/v1/search?to=hom+qua", "to"),
    ("/api/v1/search?from=2021&to=2020", "from"),
    ("/api/v1/search?cursor=%00%FF", "cursor"),
    ("/api/v1/search?explain=maybe", "explain"),
    ("/api/v1/search?q=" + "a" * 2001, "q"),
    ("/api/v1/search?" + "city=a&" * 60, "city"),
    ("/api/v1/suggest?limit=x", "limit"),
]


def schema(name: str) -> dict[str, Any]:
    whole = description("http://x", Settings())
    return {"$ref": f"#/components/schemas/{name}", "components": whole["components"]}


@pytest.mark.parametrize(("name", "path"), [(n, p) for n, paths in CALLS.items() for p in paths])
def test_answers_have_the_shape_that_is_described(client: FlaskClient, name: str, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/json"
    jsonschema.validate(response.json, schema(name))


def test_the_description_is_valid(client: FlaskClient) -> None:
    validate(client.get("/api/v1/openapi.json").json)


def test_every_route_of_the_api_is_described_and_nothing_else(client: FlaskClient) -> None:
    described = set(client.get("/api/v1/openapi.json").json["paths"])
    rules = {rule.rule.replace("<path:id>", "{id}") for rule in client.application.url_map.iter_rules()}
    routes = {rule for rule in rules if rule.startswith("/api/v1/")} - {"/api/v1/articles/"}
    assert routes == described


@pytest.mark.parametrize(("path", "parameter"), WRONG)
def test_a_wrong_value_is_a_problem_that_says_what_to_do(client: FlaskClient, path: str, parameter: str) -> None:
    response = client.get(path)
    assert response.status_code == 400
    assert response.mimetype == "application/problem+json"
    shape = response.json
    assert shape is not None
    jsonschema.validate(shape, schema("Problem"))
    assert shape["status"] == 400
    assert [error["parameter"] for error in shape["errors"]] == [parameter]
    assert all(error["detail"] and error["next_step"] for error in shape["errors"])


def test_every_described_limit_is_kept(client: FlaskClient) -> None:
    parameters = {p["name"]: p["schema"] for p in search_parameters(Settings())}
    most = parameters["limit"]["maximum"]
    assert client.get(f"/api/v1/search?limit={most}").status_code == 200
    assert client.get(f"/api/v1/search?limit={most + 1}").status_code == 400
    longest = parameters["q"]["maxLength"]
    assert client.get("/api/v1/search", query_string={"q": "ấ" * longest}).status_code == 200
    assert client.get("/api/v1/search", query_string={"q": "ấ" * (longest + 1)}).status_code == 400
    for name in ("sort", "marks"):
        for value in parameters[name]["enum"]:
            assert client.get(f"/api/v1/search?{name}={value}").status_code == 200


def test_all_that_is_wrong_is_said_at_once(client: FlaskClient) -> None:
    shape = client.get("/api/v1/search?sort=a&marks=b&limit=c").json
    assert shape is not None
    assert [error["parameter"] for error in shape["errors"]] == ["sort", "marks", "limit"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (IndexMissing("no index", "build one"), 503),
        (IndexBroken("checksum", "build anew"), 503),
        (EngineUnavailable("no cluster", "start it"), 503),
        (QueryError("bad", "better", "q"), 400),
        (RuntimeError("inside"), 500),
    ],
)
def test_failures_are_problems_of_the_right_status(error: Exception, status: int) -> None:
    client = make(FakeIndex(failure=error)).test_client()
    for path in ("/api/v1/search?q=x", "/api/v1/articles/x", "/api/v1/suggest?q=x", "/api/v1/stats"):
        response = client.get(path)
        assert (response.status_code, response.mimetype) == (status, "application/problem+json")
        jsonschema.validate(response.json, schema("Problem"))
        assert "inside" not in response.text


def test_what_is_not_there_is_a_problem_too(client: FlaskClient) -> None:
    for path in ("/api/v1/articles/none", "/api/v1/similar?id=none", "/api/v1/nothing", "/api/"):
        response = client.get(path)
        assert (response.status_code, response.mimetype) == (404, "application/problem+json")
    assert client.post("/api/v1/search").status_code == 405
    assert client.delete("/api/v1/articles/dao-tau").mimetype == "application/problem+json"


def test_a_facet_address_answers_with_its_own_count(client: FlaskClient) -> None:
    facets = client.get("/api/v1/search?q=tham+nhung").json["facets"]
    for name in ("city", "published", "source", "byline"):
        for bucket in facets[name]:
            if bucket["url"] is None:
                continue
            answer = client.get(bucket["url"]).json
            assert answer["total"] == bucket["count"], bucket
            (chosen,) = [b for b in answer["facets"][name] if b["selected"]]
            assert (chosen["value"], chosen["count"]) == (bucket["value"], bucket["count"])
            assert client.get(chosen["url"]).json["total"] == 4, "the same address lets it go"


def test_cursors_reach_every_hit_once(client: FlaskClient) -> None:
    seen, path = [], "/api/v1/search?limit=2"
    while path:
        answer = client.get(path).json
        seen += [hit["id"] for hit in answer["hits"]]
        path = answer["next_url"]
    assert sorted(seen) == sorted(article.id for article in FakeIndex().articles)


def test_the_pages_of_hits_exist(client: FlaskClient) -> None:
    for hit in client.get("/api/v1/search").json["hits"]:
        assert client.get(hit["page"]).status_code == 200, hit["page"]


def test_the_state_reaches_the_service_as_it_was_written(index: FakeIndex, client: FlaskClient) -> None:
    client.get("/api/v1/search?q=%20t%C3%ACm%00&city=unknown&source=a&byline=b&from=2/2020&to=2021&marks=strict")
    asked = index.asked[-1]
    assert asked["query"] == "tìm"
    assert (asked["cities"], asked["sources"], asked["bylines"]) == (("",), ("a",), ("b",))
    assert (asked["start"], asked["end"], asked["marks"]) == ("2020-02-01", "2021-12-31", "strict")
