"""States, addresses and the JSON of answers."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.errors import QueryError
from search.model import Article, Bucket, Evidence, Hit, Note, Result, Snippet, Suggestion
from search.state import Field, ParametersError, State, clean, parse, period, read, span
from search.wire import article_json, article_path, result_bytes, result_json

DAY = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
VALUE = st.text(min_size=1, max_size=20).map(lambda t: clean(t).strip()).filter(bool)
NAMES = st.lists(VALUE, max_size=4, unique=True).map(tuple)
STATES = st.builds(
    State,
    q=VALUE | st.just(""),
    cities=NAMES,
    sources=NAMES,
    bylines=NAMES,
    sort=st.sampled_from(["relevance", "newest", "oldest"]),
    marks=st.sampled_from(["auto", "strict", "ignore"]),
    copies=st.sampled_from(["once", "all"]),
    units=st.sampled_from(["publication", "today"]),
    limit=st.integers(1, 100),
    cursor=st.none() | VALUE,
).flatmap(lambda state: st.tuples(DAY, DAY).map(lambda days: state.only_dates(*sorted(days)).at(state.cursor)))


@given(STATES)
def test_a_state_survives_its_address(state: State) -> None:
    assert parse(state.query_string) == state


@given(STATES, st.sampled_from(["city", "source", "byline"]), NAMES, VALUE | st.just(""))
def test_addresses_written_in_one_go_are_those_of_the_states(
    state: State, field: Field, kept: tuple[str, ...], value: str
) -> None:
    if value not in kept:
        assert state.adding(field, kept, "/x")(value) == state.choosing(field, (*kept, value)).url("/x")
    for days in (span("2019"), span("2020-02"), span("2021-03-04")):
        assert state.dating("/x")(days) == state.only_dates(*days).url("/x")


@given(
    st.lists(
        st.tuples(st.sampled_from(["q", "city", "from", "to", "sort", "marks", "limit", "cursor", "x"]), st.text())
    )
)
def test_any_parameters_give_a_state_or_say_what_is_wrong(pairs: list[tuple[str, str]]) -> None:
    wrong: tuple[QueryError, ...] = ()
    try:
        read(pairs).query_string.encode("ascii")
    except ParametersError as error:
        wrong = error.errors
    assert all(e.parameter and e.what and e.next_step for e in wrong)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2019", "2019-01-01", "2019-12-31"),
        ("2019-02", "2019-02-01", "2019-02-28"),
        ("2020-2", "2020-02-01", "2020-02-29"),
        ("2020-02-29", "2020-02-29", "2020-02-29"),
        ("9/1/2020", "2020-01-09", "2020-01-09"),
        ("13-03-2019", "2019-03-13", "2019-03-13"),
        ("12.2023", "2023-12-01", "2023-12-31"),
    ],
)
def test_a_date_may_be_written_in_the_usual_ways(text: str, first: str, last: str) -> None:
    assert [day.isoformat() for day in span(text)] == [first, last]


@pytest.mark.parametrize("text", ["31/02/2020", "2019-13", "0000", "hôm qua", "2019-01-01x", "99999", "١٩/٠١/٢٠٢٠x"])
def test_what_is_no_date_is_refused_with_advice(text: str) -> None:
    with pytest.raises(ParametersError) as caught:
        read([("from", text)])
    assert caught.value.parameter == "from"
    assert "YYYY-MM-DD" in caught.value.next_step


def test_every_wrong_parameter_is_listed() -> None:
    with pytest.raises(ParametersError) as caught:
        read(
            [("sort", "best"), ("limit", "101"), ("marks", "maybe"), ("to", "x"), ("q", "a" * 2001), ("nonsense", "y")]
        )
    assert [e.parameter for e in caught.value.errors] == ["to", "q", "sort", "marks", "limit"]


def test_dates_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ParametersError, match="after"):
        parse("from=2020&to=2019")


def test_empty_parameters_mean_no_filter_and_the_word_means_unknown() -> None:
    assert parse("q=&city=&city=&from=&to=&sort=&marks=&cursor=") == State()
    for written in ("không rõ", "Không rõ", "khong ro", "unknown"):
        assert read([("city", written)]).cities == ("",)
    assert parse(State(cities=("",)).query_string).cities == ("",)


def test_changing_a_filter_goes_back_to_the_first_page() -> None:
    state = State(q="x", cursor="abc")
    changed = [
        state.asking("y"),
        state.choosing("city", ["Huế"]),
        state.choosing("source", ["Báo"]),
        state.choosing("byline", ["An"]),
        state.only_dates(None, None),
        state.sorting("newest"),
        state.unfiltered(),
    ]
    assert [s.cursor for s in changed] == [None] * len(changed)


def test_periods() -> None:
    assert [period(*span(text)) for text in ("2019", "2020-02", "2020-02-03")] == ["2019", "2020-02", "2020-02-03"]
    assert period(dt.date(2019, 1, 1), None) is None
    assert period(dt.date(2019, 1, 1), dt.date(2019, 2, 27)) is None


RESULT = Result(
    raw="tham nhung\x00 \udc80",
    normalized="tham nhung",
    total=7,
    took_ms=1.23456,
    hits=(
        Hit(
            id="2019/a b",
            title="Tham nhũng vặt",
            title_highlights=((0, 10),),
            score=1.5,
            snippets=(Snippet("chống tham nhũng", ((6, 16),)),),
            published="2019-03-13",
            evidence={"published": Evidence("dateline", "Chiều 9/1", 12)},
            confidence={"published": "medium"},
        ),
    ),
    facets={
        "city": (Bucket("Huế", "Huế", 4, True), Bucket("Đà Nẵng", "Đà Nẵng", 2), Bucket("", "không rõ", 1)),
        "published": (Bucket("2019", "2019", 5, True), Bucket("", "không rõ", 1)),
        "month": (Bucket("2019-03", "03/2019", 2),),
    },
    notes=(Note("repair", "đã sửa", "repaired", "tham nhungx"),),
    next="c1",
    suggestions=(Suggestion("tham nhũng"),),
    related=(Suggestion("phòng chống", "related"),),
)
STATE = parse("q=tham+nhung&city=hue&from=2019&to=2019&sort=newest&limit=1")


def query_of(url: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(urlsplit(url).query):
        found.setdefault(name, []).append(value)
    return found


def test_an_answer_is_json_with_the_names_of_the_contract() -> None:
    shape = json.loads(json.dumps(result_json(RESULT, STATE)))
    first = ["query", "total", "took_ms", "hits", "facets", "next", "next_url", "suggestions"]
    assert list(shape) == [*first, "copies", "units", "related"]
    assert shape["query"]["raw"].encode("utf-8")
    assert shape["took_ms"] == 1.235
    hit = shape["hits"][0]
    assert hit["snippets"] == [{"text": "chống tham nhũng", "highlights": [[6, 16]]}]
    assert hit["evidence"] == {"published": {"rule": "dateline", "text": "Chiều 9/1", "line": 12}}
    assert hit["confidence"] == {"published": "medium"}
    assert unquote(hit["page"]) == "/articles/2019/a b?q=tham+nhung"
    assert query_of(shape["next_url"]) == query_of(STATE.at("c1").url("/"))


BUCKETS = st.lists(st.builds(Bucket, VALUE | st.just(""), VALUE, st.integers(0, 9), st.booleans()), max_size=5)


@given(STATES, st.dictionaries(st.sampled_from(["city", "source", "byline"]), BUCKETS.map(tuple)))
def test_an_answer_written_in_one_go_is_the_same_json(state: State, facets: dict[str, tuple[Bucket, ...]]) -> None:
    for answer in (RESULT, replace(RESULT, facets=facets)):
        assert json.loads(result_bytes(answer, state)) == json.loads(json.dumps(result_json(answer, state)))


def test_facet_addresses_toggle_one_value_and_keep_the_rest() -> None:
    facets = result_json(RESULT, STATE, "/search")["facets"]
    hue, danang, unknown = (query_of(bucket["url"]) for bucket in facets["city"])
    assert "city" not in hue
    assert danang["city"] == ["Huế", "Đà Nẵng"], "the alias in the address becomes the bucket's value"
    assert unknown["city"] == ["Huế", "không rõ"]
    assert (hue["sort"], hue["from"]) == (["newest"], ["2019-01-01"])
    assert facets["city"][2]["value"] == "không rõ"


def test_a_chosen_period_gives_way_to_the_wider_one() -> None:
    year, unknown = result_json(RESULT, STATE)["facets"]["published"]
    (month,) = result_json(RESULT, STATE)["facets"]["month"]
    assert "from" not in query_of(year["url"])
    assert (query_of(month["url"])["from"], query_of(month["url"])["to"]) == (["2019-03-01"], ["2019-03-31"])
    assert unknown["url"] is None
    in_march = result_json(RESULT, STATE.only_dates(*span("2019-03")))["facets"]["month"]
    assert query_of(in_march[0]["url"])["to"] == ["2019-12-31"]


def test_notes_and_suggestions_lead_to_their_query() -> None:
    shape = result_json(RESULT, STATE)
    assert query_of(shape["query"]["notes"][0]["url"])["q"] == ["tham nhungx"]
    assert query_of(shape["suggestions"][0]["url"])["q"] == ["tham nhũng"]
    assert query_of(shape["related"][0]["url"])["q"] == ["phòng chống"]
    assert shape["related"][0]["reason"] == "related"


@pytest.mark.parametrize("id", ["a", "2019/tin", "a b?c#d%e", "../up", "a//b", "/x", ".", "đê/điều", "a\\b", "x;y"])
def test_any_id_has_an_address_that_gives_it_back(id: str) -> None:
    url = urlsplit("http://h" + article_path(id, "q"))
    assert query_of(url.geturl())["q"] == ["q"]
    assert id == (query_of(url.geturl()).get("id", [None])[0] or unquote(url.path.removeprefix("/articles/")))


def test_an_article_carries_its_marks_only_when_asked() -> None:
    article = Article(id="a", title="T", body="B")
    assert "body_highlights" not in article_json(article)
    assert article_json(article, (((0, 1),), ()))["title_highlights"] == [[0, 1]]
