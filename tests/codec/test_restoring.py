"""What is read of an index for a page of hits is what was written: articles in columns, tokens, codes, forms."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from search.codec import restoring, writing
from search.codec.restoring import Restorer
from search.engines.base import Prepared, Reader, Texts, texts
from search.engines.whoosh import WhooshEngine
from tests.engines.generations import write
from tests.engines.texts import corpus, prepared
from tests.reference import Document


@pytest.fixture
def grown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[WhooshEngine, dict[str, Prepared]]:
    """An index of three segments, of which two have deletions, and what it holds."""
    monkeypatch.setattr(writing, "_groups", lambda sizes: [])  # never merge
    engine = WhooshEngine(str(tmp_path))
    kept: dict[str, Prepared] = {}
    for step in range(3):
        new = {item.article.id: item for item in corpus(step, 25)}
        gone = tuple(sorted(kept)[step::7])
        write(engine, list(new.values()), rebuild=step == 0, deleted=gone)
        kept = {id: item for id, item in (kept | new).items() if id not in gone}
    assert any(item.plain and (item.title.codes or item.body.codes) for item in kept.values())
    assert any(not item.plain and item.title.codes and item.body.codes for item in kept.values())
    return engine, kept


def codes(item: Prepared) -> list[list[tuple[object, ...]]]:
    """The codes of title and body as an index keeps them: of articles without diacritics in their folded form alone."""
    return [
        [(c.position, c.length, c.folded if item.plain else c.exact, c.folded) for c in text.codes]
        for text in (item.title, item.body)
    ]


def rows(found: Texts) -> dict[str, tuple[Any, ...]]:
    """What is said of each article."""
    given = {}
    for i, article in enumerate(found.articles):
        sides = []
        for text in (2 * i, 2 * i + 1):
            low, high = found.bounds[text : text + 2].tolist()
            a, b = found.point_bounds[text : text + 2].tolist()
            words = [found.vocabulary.exact(id) for id in found.exact[low:high].tolist()]
            spans = list(zip(found.starts[low:high].tolist(), found.ends[low:high].tolist(), strict=True))
            sides.append((words, spans, found.points[a:b].tobytes().decode("utf-32-le")))
        given[article.id] = (article, sides, int(found.plain[i]))
    return given


def test_articles_in_columns_are_those_written(grown: tuple[WhooshEngine, dict[str, Prepared]]) -> None:
    engine, kept = grown
    asked = [*sorted(kept), "nobody"]
    random.Random(1).shuffle(asked)
    with engine.reader() as reader:
        assert len(reader.segments) == 3
        groups = reader.texts(asked)
        assert len(groups) == 3
        found = {id: row for group in groups for id, row in rows(group).items()}
        assert found == {id: row for group in texts(kept.values()) for id, row in rows(group).items()}
        for group in groups:
            assert len(group.codes) == 2 * len(group.articles)
            pairs = zip(group.codes[::2], group.codes[1::2], strict=True)
            for article, pair in zip(group.articles, pairs, strict=True):
                read = [[(c.position, c.length, c.exact, c.folded) for c in text] for text in pair]
                assert read == codes(kept[article.id])
                assert [len(text) for text in pair] == [len(text) for text in read]


def test_articles_are_given_in_the_order_asked(grown: tuple[WhooshEngine, dict[str, Prepared]]) -> None:
    engine, kept = grown
    asked = random.Random(2).sample(sorted(kept), 30)
    with engine.reader() as reader:
        assert [article.id for article in reader.articles(asked)] == asked
        for group in reader.texts(asked):
            mine = [article.id for article in group.articles]
            assert mine == [id for id in asked if id in set(mine)]
        for group in reader.tokens(asked):
            assert list(group.ids) == [id for id in asked if id in set(group.ids)]


@pytest.mark.parametrize("joined", [False, True])
def test_tokens_alone_are_those_written(grown: tuple[WhooshEngine, dict[str, Prepared]], joined: bool) -> None:
    engine, kept = grown
    seen = []
    with engine.reader() as reader:
        for group in reader.tokens([*kept, "nobody"], joined=joined):
            assert len(group.joined) == (len(group.exact) if joined else 0)
            for i, id in enumerate(group.ids):
                item = kept[id]
                low, high = group.starts[i : i + 2].tolist()
                assert [group.vocabulary.exact(form) for form in group.exact[low:high].tolist()] == [
                    *item.title.exact_terms(),
                    *item.body.exact_terms(),
                ]
                assert (int(group.titles[i]), bool(group.plain[i])) == (len(item.title), item.plain)
                if joined:
                    flags = [*item.title.joined.tolist(), *item.body.joined.tolist()]
                    assert group.joined[low:high].tolist() == flags
                seen.append(id)
        assert sorted(seen) == sorted(kept)
        assert reader.tokens([]) == reader.tokens(["nobody"]) == []


def test_codes_are_spelled_only_where_one_of_the_terms_may_be(
    grown: tuple[WhooshEngine, dict[str, Prepared]],
) -> None:
    """One code by its exact form, one by its folded one, one that is nowhere; asked for again with other terms."""
    engine, kept = grown
    held = 0
    with engine.reader() as reader:
        for group in reader.texts(sorted(kept)):
            for terms in ({"17-kh/tu"}, {"nowhere"}, {"17-kh/tu", "nowhere"}, set[str]()):
                for i, article in enumerate(group.articles):
                    for side, written in enumerate(codes(kept[article.id])):
                        found = [tuple(c)[:4] for c in group.codes_among(2 * i + side, frozenset(terms))]
                        assert found == [c for c in written if terms & {c[2], c[3]}]
                        held += len(found)
    assert held


def mixed(tmp_path: Path) -> Reader:
    engine = WhooshEngine(str(tmp_path))
    first = prepared("a", "Số 37-QĐ/TW", "và 17-KH/TU ở đó 58-QĐ/UB", city="Huế")
    plain = prepared("b", "so 37-QD/TW", "va 99-QD/TW chieu nay")
    assert Document(plain).unmarked
    write(engine, [first, plain])
    return engine.reader()


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ({"37-qđ/tw"}, {"a": ["37-qđ/tw"]}),
        ({"37-qd/tw"}, {"a": ["37-qđ/tw"], "b": ["37-qd/tw"]}),
        ({"58-qđ/ub", "99-qd/tw"}, {"a": ["58-qđ/ub"], "b": ["99-qd/tw"]}),
        ({"58-qd/ub"}, {"a": ["58-qđ/ub"]}),
    ],
)
def test_codes_are_found_by_either_form(tmp_path: Path, terms: set[str], found: dict[str, list[str]]) -> None:
    with mixed(tmp_path) as reader:
        (group,) = reader.texts(["b", "a"])
        read = {
            article.id: [c.exact for side in (0, 1) for c in group.codes_among(2 * i + side, frozenset(terms))]
            for i, article in enumerate(group.articles)
        }
        assert {id: spelled for id, spelled in read.items() if spelled} == found


def test_forms_are_looked_up_both_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restoring, "_KEPT", 3)  # the table starts anew several times
    with mixed(tmp_path) as reader:
        (segment,) = reader.segments  # type: ignore[attr-defined]
        (group,) = reader.texts(["a"])
        forms = group.vocabulary
        assert len(forms) == len(segment.forms)
        spelled = [forms.exact(number) for number in range(len(forms))]
        assert {"số", "đó", "chieu", "va", "và"} <= set(spelled)
        for _ in range(2):
            for number, text in enumerate(spelled):
                assert forms.id(text) == number
                assert forms.folded_term(int(forms.folded_ids()[number])) == forms.folded(number)
        assert forms.folded(forms.id("số")) == "so"
        assert forms.find("vắng") is None  # type: ignore[attr-defined]
        assert forms.find_folded("vang") is None  # type: ignore[attr-defined]
        for _ in range(2):
            with pytest.raises(KeyError, match="vắng"):
                forms.id("vắng")
        assert len(forms._found) <= 3  # type: ignore[attr-defined]


def test_only_what_is_read_is_verified_and_damage_is_told(tmp_path: Path) -> None:
    """An article's tokens in a damaged block are refused, whichever way they are asked for."""
    from search.errors import IndexBroken

    engine = WhooshEngine(str(tmp_path))
    articles = [prepared("!", "Một,  hai", "ba... bốn!  năm"), *corpus(1, 12)]  # what is not one blank is written down
    write(engine, articles)
    (path,) = tmp_path.glob("*.seg")
    with engine.reader() as reader:
        (segment,) = reader.segments
        places = {
            name: segment.container.begin(name) for name in ("forward.forms", "forward.offsets", "forward.joined")
        }
    whole = path.read_bytes()
    ids = [item.article.id for item in articles if len(item.body) > 2]
    readers = {
        "forward.forms": (lambda r: r.prepared(ids), lambda r: r.texts(ids), lambda r: r.tokens(ids)),
        "forward.offsets": (lambda r: r.prepared(ids), lambda r: r.texts(ids)),
        "forward.joined": (lambda r: r.prepared(ids), lambda r: r.tokens(ids, joined=True)),
    }
    for name, ways in readers.items():
        content = bytearray(whole)
        content[places[name]] ^= 1
        path.write_bytes(content)
        for read in ways:
            with engine.reader() as reader, pytest.raises(IndexBroken, match=name):
                read(reader)
    path.write_bytes(whole)
    with engine.reader() as reader:
        assert isinstance(reader._restorer(reader.segments[0]), Restorer)
        assert len(reader.prepared(ids)) == len(ids)
