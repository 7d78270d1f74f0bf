"""Files that claim what they do not hold, checksums and all: refused with advice, and named by `check`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from search.codec import backup, memory, merge, statistics, toc, writing
from search.codec.container import _HEADER, _MAGIC, FORMAT, Container, ContainerWriter
from search.codec.copies import KIND, read_groups
from search.codec.layout import DIGEST_BYTES
from search.codec.segment import Segment
from search.engines.whoosh import WhooshEngine
from search.errors import IndexBroken
from search.query.tree import Term
from tests.codec.test_soundness import rewritten
from tests.engines.conformance import write
from tests.engines.texts import corpus, prepared


def digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=8).digest()


@pytest.fixture
def container(tmp_path: Path) -> Path:
    with ContainerWriter(tmp_path / "file") as out:
        out.array("a", np.arange(40, dtype=np.int32))
        out.array("b", np.arange(3, dtype=np.uint8))
        out.close({"n": 1})
    return tmp_path / "file"


def described_anew(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """The same file with another directory, its checksums right."""
    content = path.read_bytes()
    magic, kind, version, offset, length = _HEADER.unpack_from(content)
    described = orjson.loads(content[offset : offset + length])
    change(described)
    directory = orjson.dumps(described)
    header = _HEADER.pack(magic, kind, version, offset, len(directory))
    assert magic == _MAGIC
    rest = content[_HEADER.size + 16 : offset]
    path.write_bytes(header + digest(header) + digest(directory) + rest + directory)


def test_a_directory_whose_checksum_is_another_is_refused(container: Path) -> None:
    content = container.read_bytes()
    container.write_bytes(content.replace(b'"n":1', b'"n":2'))
    with pytest.raises(IndexBroken, match=r"directory of .* is damaged"):
        Container(container)


@pytest.mark.parametrize("missing", ["sums", "meta", "sections"])
def test_a_directory_without_its_parts_is_refused(container: Path, missing: str) -> None:
    described_anew(container, lambda described: described.pop(missing))
    with pytest.raises(IndexBroken, match="cannot be read"):
        Container(container)


def test_sums_of_another_checksum_are_refused(container: Path) -> None:
    described_anew(container, lambda described: described["sums"].__setitem__(2, "0" * 16))
    with pytest.raises(IndexBroken, match=r"checksums of .* are damaged.*timbao index"):
        Container(container)


@pytest.mark.parametrize(("at", "value"), [(0, 65), (0, -64), (1, 1 << 40), (2, "|O"), (2, "<f8"), (3, 99), (1, "x")])
def test_sections_of_other_types_or_outside_of_the_file_are_refused(container: Path, at: int, value: object) -> None:
    described_anew(container, lambda described: described["sections"]["a"].__setitem__(at, value))
    opened = Container(container)
    for read in (opened.array, opened.unverified):
        with pytest.raises(IndexBroken, match="lacks a readable section 'a'"):
            read("a")
    with pytest.raises(IndexBroken, match="lacks"):
        opened.array("none")
    assert opened.array("b").tolist() == [0, 1, 2]


def test_bytes_between_sections_are_found(container: Path) -> None:
    offset = _HEADER.unpack_from(container.read_bytes())[3]
    start, length, *_ = Container(container)._sections["b"]
    content = bytearray(container.read_bytes())
    assert start + length < offset - 16
    told: list[str] = []
    assert Container(container).damaged(told.append) == []
    assert told == ["a", "b"]
    content[start + length] = 1
    container.write_bytes(content)
    assert Container(container).damaged() == ["padding"]


def test_a_section_is_written_once_and_alone(tmp_path: Path) -> None:
    with ContainerWriter(tmp_path / "file") as out:
        out.array("a", np.arange(4))
        with pytest.raises(ValueError, match="'a' cannot be started"):
            out.begin("a")
        with pytest.raises(ValueError, match="<f8"):
            out.begin("b", "<f8")
        out.begin("b")
        with pytest.raises(ValueError, match="'c'"):
            out.begin("c")
        out.end()
    assert not (tmp_path / "file").exists(), "it was not closed, so it is not there"


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    made = WhooshEngine(str(tmp_path / "index"))
    write(made, corpus(1, 30))
    write(made, corpus(2, 5), rebuild=False, deleted=(corpus(1, 30)[3].article.id,))
    assert made.check() == []
    return made


def tabled(folder: Path, **values: Any) -> None:
    """Make a table of contents with other values, its checksum right."""
    listed = toc.read(folder)
    path = folder / toc.toc_name(listed.number)
    head, _, body = path.read_bytes().partition(b"\n")
    body = orjson.dumps(orjson.loads(body) | values)
    words = head.split(b" ")
    path.write_bytes(b" ".join([*words[:-1], digest(body).hex().encode()]) + b"\n" + body)


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"groups": "../g000001.grp"}, "no groups"),
        ({"number": 7}, "generation 7"),
        ({"segments": [{"file": "../s000001_0.seg", "articles": 3}]}, "no segments"),
        ({"segments": [{"file": "s000001_0.seg", "articles": 3, "deletions": "/etc/passwd"}]}, "no segments"),
        ({"segments": [{"file": "s000001_0.seg", "articles": 3, "more": 1}]}, "cannot be read"),
        ({"segments": 3}, "cannot be read"),
        ({"analysis": "x"}, "cannot be read"),
    ],
)
def test_a_table_that_names_what_it_must_not_is_refused(engine: WhooshEngine, values: Any, what: str) -> None:
    tabled(Path(engine.location), **values)
    with pytest.raises(IndexBroken, match=what):
        engine.reader()
    found = engine.check()[0]
    assert what in found.what
    assert "timbao index" in found.next_step


def test_a_table_that_is_none_is_refused(engine: WhooshEngine) -> None:
    folder = Path(engine.location)
    path = folder / toc.toc_name(toc.read(folder).number)
    for content in (b"", b"TIMBAO TOC 2\n{}", b"something else"):
        path.write_bytes(content)
        with pytest.raises(IndexBroken, match="not a table of contents"):
            toc.read(folder)
    path.write_bytes(b"TIMBAO TOC 99 0123456789abcdef\n{}")
    with pytest.raises(IndexBroken, match="has format 99"):
        toc.read(folder)
    path.unlink()
    path.mkdir()
    with pytest.raises(IndexBroken, match="cannot be read"):
        toc.read(folder)


def test_a_lock_may_be_released_twice(tmp_path: Path) -> None:
    lock = toc.Lock(tmp_path)
    lock.release()
    lock.release()
    toc.Lock(tmp_path).release()


def test_counts_that_differ_from_the_table_are_named(engine: WhooshEngine) -> None:
    folder = Path(engine.location)
    segments = [{"file": e.file, "articles": e.articles + 1, "deletions": e.deletions, "deleted": e.deleted}
                for e in toc.read(folder).segments]  # fmt: skip
    tabled(folder, segments=segments)
    assert "where the table of contents has" in engine.check()[0].what


def test_one_article_in_two_segments_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    engine = WhooshEngine(str(folder))
    write(engine, corpus(1, 4))
    (first,) = toc.read(folder).segments
    second = "s000001_1.seg"
    (folder / second).write_bytes((folder / first.file).read_bytes())
    tabled(folder, segments=[{"file": name, "articles": first.articles} for name in (first.file, second)])
    found = [problem.what for problem in engine.check()]
    assert len(found) == 4
    assert all(first.file in what and second in what for what in found)
    with pytest.raises(IndexBroken, match="in several segments"):
        merge.merge([Segment(folder / first.file), Segment(folder / second)], folder / "merged.seg")


def test_a_text_that_is_not_what_was_stored_is_named(tmp_path: Path) -> None:
    engine = WhooshEngine(str(tmp_path))
    write(engine, corpus(1, 4))
    path = next(tmp_path.glob("*.seg"))
    rewritten(path, "digests", lambda values: np.roll(values, DIGEST_BYTES))
    found = engine.check()
    assert len(found) == 4
    assert all("does not read back" in problem.what for problem in found)


def test_what_is_wrong_with_every_segment_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check ends at no problem: damaged, made wrongly, missing, cut short, of other texts, whole."""
    monkeypatch.setattr(writing, "_groups", lambda sizes: [])  # never merge
    engine = WhooshEngine(str(tmp_path))
    for step in range(6):
        write(engine, [prepared(f"{step}", "Tin", f"bài {step}"), prepared(f"{step}/2")], rebuild=not step)
    paths = [tmp_path / entry.file for entry in toc.read(tmp_path).segments]
    content = bytearray(paths[0].read_bytes())
    content[Container(paths[0]).begin("records")] ^= 1
    paths[0].write_bytes(content)
    rewritten(paths[1], "ids.ranks", lambda values: values[::-1].copy())
    paths[2].unlink()
    paths[3].write_bytes(paths[3].read_bytes()[:-9])
    rewritten(paths[4], "digests", lambda values: np.roll(values, DIGEST_BYTES))
    found = [(problem.where, problem.what) for problem in engine.check()]
    assert [(where, what.split(" ")[0]) for where, what in found] == [
        (str(paths[0]), "section"),
        (str(paths[1]), "the"),
        (str(paths[2]), "cannot"),
        (str(paths[3]), str(paths[3])),
        (str(paths[4]), "article"),
        (str(paths[4]), "article"),
    ]
    assert "'4'" in found[4][1] or "'4/2'" in found[4][1]
    assert all(problem.next_step for problem in engine.check())


def test_deletions_of_another_segment_are_refused(engine: WhooshEngine) -> None:
    folder = Path(engine.location)
    deletions = next(folder.glob("*.del"))
    old = Container(deletions, b"D")
    live, meta = old.array("live").copy(), old.meta
    with ContainerWriter(deletions, b"D") as out:
        out.array("live", live[:-1])
        out.close(meta)
    with pytest.raises(IndexBroken, match="is not of the 30 articles"):
        engine.reader()
    assert "is not of the 30 articles" in engine.check()[0].what


@pytest.mark.parametrize(
    ("docs", "groups", "ranks"), [([0, 1], [0], [0, 1]), ([0, 99], [0, 0], [0, 1]), ([-1, 2], [0, 0], [0, 1])]
)
def test_groups_of_other_segments_are_refused(
    engine: WhooshEngine, tmp_path: Path, docs: list[int], groups: list[int], ranks: list[int]
) -> None:
    path = tmp_path / "g"
    with ContainerWriter(path, KIND) as out:
        for name, values in (("docs", docs), ("groups", groups), ("ranks", ranks)):
            out.array(f"0.{name}", np.array(values, np.int32))
        out.close({})
    with engine.reader() as reader, pytest.raises(IndexBroken, match="not of these segments"):
        read_groups(path, reader.segments[:1])


def test_figures_that_are_kept_stay_few(engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader remembers of terms is thrown away when it is much, and found again."""
    monkeypatch.setattr(statistics, "_KEPT", 3)
    with engine.reader() as reader:
        figures = statistics.Statistics(reader.segments)
        terms = [Term("exact", text) for text, _ in list(reader.terms("exact"))[:9]]
        first = [(figures.places(term).df, figures.lists(term).df) for term in terms]
        assert {len(kept) for kept in (figures._places, figures._lists)} == {3}
        assert [(figures.places(term).df, figures.lists(term).df) for term in terms] == first
        found = [figures.once(n, lambda n=n: n * n) for n in (1, 2, 3, 4, 5, 1)]
        assert found == [1, 4, 9, 16, 25, 1]
        assert len(figures._kept) <= 3


def test_a_backup_names_what_is_missing(engine: WhooshEngine, tmp_path: Path) -> None:
    next(Path(engine.location).glob("*.seg")).unlink()
    with pytest.raises(IndexBroken, match=r"\.seg is missing"):
        engine.back_up(str(tmp_path / "backup"))


def test_a_backup_made_twice_of_one_generation_links_nothing_anew(engine: WhooshEngine, tmp_path: Path) -> None:
    folder, target = Path(engine.location), tmp_path / "backup"
    listed = backup.back_up(folder, target)
    before = {path.name: path.stat().st_ino for path in target.iterdir()}
    assert backup.back_up(folder, target) == listed
    assert {path.name: path.stat().st_ino for path in target.iterdir()} == before


def test_memory_is_given_back_where_the_system_can(monkeypatch: pytest.MonkeyPatch) -> None:
    memory.give_back()
    called: list[int] = []
    monkeypatch.setattr(memory, "_trim", lambda: called.append)
    memory.give_back()
    assert called == [0]
    monkeypatch.setattr(memory, "_trim", lambda: None)
    memory.give_back()


def test_memory_in_use_is_told_where_the_system_can() -> None:
    if not Path("/proc/self/statm").exists():
        pytest.skip("the system does not tell how much memory is in use")
    before = memory.resident_bytes()
    assert 10 << 20 < before < 1 << 40
    taken = np.ones(8 << 20)
    assert memory.resident_bytes() > before + taken.nbytes // 2


TYPES = {
    "<i8": ("codes.starts", "forward.offset_starts", "forward.starts", "records.starts"),
    "<i4": ("byline", "city", "codes.exact", "codes.folded", "codes.places", "day", "day.values",
            "forms.exact", "forms.folded", "ids.docs", "ids.ranks", "source"),
    "<u4": ("body_positions", "body_words", "byline.values.ends", "city.values.ends", "exact.bases",
            "exact.terms.ends", "folded.bases", "folded.terms.ends", "forms.ends", "forward.rare",
            "forward.rare_starts", "ids.ends", "pair.bases", "pair.firsts", "source.values.ends",
            "title_exact.bases", "title_exact.terms.ends", "title_folded.bases", "title_folded.terms.ends",
            "title_pair.bases", "title_pair.firsts", "title_positions", "title_word.bases",
            "title_word.terms.ends", "title_words", "word.bases", "word.terms.ends"),
    "<u2": ("exact.starts", "folded.starts", "forward.forms", "pair.seconds", "pair.starts", "title_exact.starts",
            "title_folded.starts", "title_pair.seconds", "title_pair.starts", "title_word.starts", "word.starts"),
    "|u1": ("byline.values.text", "city.values.text", "codes.lengths", "digests", "exact.postings",
            "exact.terms.text", "folded.postings", "folded.terms.text", "forms.text", "forward.joined",
            "forward.offsets", "ids.text", "pair.postings", "plain", "records", "records.dictionaries", "signatures2",
            "source.values.text", "title_exact.postings", "title_exact.terms.text", "title_folded.postings",
            "title_folded.terms.text", "title_pair.postings", "title_word.postings", "title_word.terms.text",
            "word.postings", "word.terms.text"),
}  # fmt: skip
"""The sections of a segment by the type of their entries: what format 3 is. Others are another format."""


@pytest.mark.parametrize("size", [0, 30])
@pytest.mark.parametrize("merged", [False, True])
def test_sections_are_of_the_types_of_the_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, merged: bool
) -> None:
    assert FORMAT == 3, "another format has other sections"
    articles = corpus(2, size) if size else [prepared("a")]
    if merged:
        half = len(articles) // 2 or 1
        paths = []
        for name, part in (("1", articles[:half]), ("2", articles[half:] or [prepared("b")])):
            write(WhooshEngine(str(tmp_path / name)), part)
            paths += (tmp_path / name).glob("*.seg")
        merge.merge([Segment(path) for path in paths], tmp_path / "merged.seg")
        opened = Container(tmp_path / "merged.seg")
    else:
        write(WhooshEngine(str(tmp_path / "index")), articles)
        opened = Container(next((tmp_path / "index").glob("*.seg")))
    assert {name: opened.array(name).dtype.str for name in opened.sizes()} == {
        name: kind for kind, names in TYPES.items() for name in names
    }
