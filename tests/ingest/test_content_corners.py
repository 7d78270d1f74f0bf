"""Pages whose parts lie where few pages have them: an article inside forms and templates, boxes, heads far above."""

from __future__ import annotations

import pytest
from lxml import html as markup

from search.ingest.content import MAX_BETWEEN, article_text, block_lines
from search.ingest.metadata import metadata
from search.ingest.places import places
from tests.ingest.test_odd_files import FIRST, SECOND

BODY = f"<p>{FIRST}</p><p>{SECOND}</p>"


def lines(body: str, title: str | None = None) -> list[str]:
    return article_text(markup.document_fromstring(f"<html><body>{body}</body></html>"), title).split("\n")


def test_comments_and_instructions_are_no_text() -> None:
    element = markup.fragment_fromstring("<div>một <!-- lời chú --> hai<?php x ?> ba</div>")
    assert block_lines(element) == ["một hai ba"]


def test_what_stands_between_headline_and_article_is_kept() -> None:
    head = "<h1>Guốc mộc</h1><div><p>Thứ Bảy, 3/4/2021</p></div>"
    assert lines(f"<div>{head}</div><section>{BODY}</section>") == ["Guốc mộc", "Thứ Bảy, 3/4/2021", FIRST, SECOND]


def test_a_headline_far_above_is_joined_without_what_lies_between() -> None:
    boxes = "".join(f"<p>Tin {number}</p>" for number in range(MAX_BETWEEN + 3))
    found = lines(f"<div><h1>Guốc mộc</h1>{boxes}</div><section>{BODY}</section>")
    assert found == ["Guốc mộc", FIRST, SECOND]


def test_a_headline_below_the_article_is_a_line_of_its_own() -> None:
    assert lines(f"<section>{BODY}</section><div><h1>Guốc mộc</h1></div>")[0] == "Guốc mộc"


@pytest.mark.parametrize("above", ["<div><b>Guốc mộc</b></div><p>3/4/2021</p>", ""])
def test_short_blocks_above_an_article_without_headline_are_its_head(above: str) -> None:
    wanted = ["Guốc mộc", "3/4/2021", FIRST, SECOND] if above else [FIRST, SECOND]
    assert lines(f"{above}<section>{BODY}</section>") == wanted


def test_a_signature_may_stand_behind_an_empty_block() -> None:
    assert lines(f"<h1>Guốc mộc</h1><section>{BODY}</section><div> </div><div>Lê Hà</div>")[-1] == "Lê Hà"
    assert lines(f"<h1>Guốc mộc</h1><section>{BODY}</section><div><a href='/x'>Tin khác</a></div>")[-1] == SECOND


def test_dates_of_two_tags_that_agree_are_one() -> None:
    head = '<meta property="article:published_time" content="2021-04-03T07:15:00+07:00">'
    head += '<meta name="pubdate" content="2021-04-03"><meta name="pubdate" content="2021-04-04">'
    reading = metadata(markup.document_fromstring(f"<html><head>{head}</head><body></body></html>"))["published"]
    assert reading.value == "2021-04-03T07:15:00+07:00"
    assert len(reading.rejected) <= 1


def test_the_name_of_a_man_is_no_city() -> None:
    assert not list(places("Tư tưởng Hồ Chí Minh, gương Bác Hồ Chí Minh"))
    assert [place.units for place in places("ở TP Hồ Chí Minh")] == [("Hồ Chí Minh",)]
    assert [place.units for place in places("thành phố Hồ Chí Minh")] == [("Hồ Chí Minh",)]
