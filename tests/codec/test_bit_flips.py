"""One bit flipped anywhere in any file: a right answer or `IndexBroken`, never a crash or a hang; `check` finds it."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from search.codec.container import Container
from search.engines.whoosh import WhooshEngine
from search.errors import IndexBroken, IndexMissing
from search.query.tree import Plan, Sequence, Term
from tests.engines import plans
from tests.engines.conformance import write
from tests.engines.texts import corpus, prepared

SLOW = bool(os.environ.get("TIMBAO_SLOW"))
FLIPS = 2500 if SLOW else 60
"""In each kind of file."""

IN_ONE_PROCESS = 60
SECONDS = 120
"""For the flips of one process; hundreds of times what they take."""

TWICE = (
    "Mưa lớn kéo dài từ đêm qua làm ngập nhiều tuyến đường ở nội thành và gây tắc nghẽn trong nhiều giờ liền sáng nay"
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index with every kind of file."""
    place = tmp_path_factory.mktemp("whole") / "index"
    engine = WhooshEngine(str(place))
    articles = corpus(1, 60)
    copies = [prepared(f"copy-{i}", "Mưa lớn", TWICE) for i in range(3)]
    write(engine, [*articles, *copies])
    write(engine, corpus(2, 4), rebuild=False, deleted=(articles[0].article.id, articles[7].article.id))
    assert engine.check() == []
    assert {p.suffix for p in place.iterdir() if p.name != ".lock"} == {".seg", ".del", ".toc", ".grp"}
    return place


def answers(place: Path) -> Iterator[Any]:
    """What a reader may ask for, one thing after another."""
    draw = random.Random(3)
    with WhooshEngine(str(place)).reader() as reader:
        yield sorted(reader.ids())
        for _ in range(8):
            yield reader.search(plans.plan(draw))
        words = [term for term, _ in reader.terms("exact", "t")][:6]
        yield words
        for first in words[:3]:
            for second in words[:3]:
                slots = ((Term("exact", first),), (Term("exact", second),))
                yield reader.search(Plan(Sequence(slots, slop=3)))
        yield reader.similar_terms("folded", "mua")
        yield list(reader.terms("pair", "m"))
        for identifier in ("copy-0", "copy-2"):
            yield reader.articles([identifier])
            (found,) = reader.prepared([identifier])
            yield found.body.exact_terms(), found.body.starts.tolist(), found.body.joined.tolist()
            yield reader.copies(identifier)
        yield reader.stats().terms


def judged(place: Path, truth: list[Any]) -> str:
    """What is wrong with how the damaged index behaves; empty when nothing is."""
    try:
        for number, answer in enumerate(answers(place)):
            if answer != truth[number]:
                return f"answer {number} is wrong"
    except (IndexBroken, IndexMissing):
        pass
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "" if WhooshEngine(str(place)).check() else "check finds nothing"


def flipped(whole: Path, place: Path, name: str, bit: int) -> None:
    shutil.copytree(whole, place)
    content = bytearray((place / name).read_bytes())
    content[bit >> 3] ^= 1 << (bit & 7)
    (place / name).write_bytes(content)


@pytest.mark.parametrize("suffix", [".seg", ".del", ".toc", ".grp"])
def test_a_flipped_bit_is_survived_and_found(whole: Path, suffix: str, tmp_path: Path) -> None:
    truth = list(answers(whole))
    draw = random.Random(f"flips {suffix}")
    names = sorted(p.name for p in whole.iterdir() if p.suffix == suffix)
    chosen = []
    for _ in range(FLIPS):
        name = draw.choice(names)
        chosen.append((name, draw.randrange(8 * (whole / name).stat().st_size)))
    for at in range(0, len(chosen), IN_ONE_PROCESS):
        report = tmp_path / "report"
        report.unlink(missing_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside the threads of numpy
            child = os.fork()
        if not child:
            signal.alarm(SECONDS)
            with report.open("w", buffering=1) as out:
                for name, bit in chosen[at : at + IN_ONE_PROCESS]:
                    out.write(json.dumps([name, bit]) + "\n")
                    flipped(whole, tmp_path / "flipped", name, bit)
                    if wrong := judged(tmp_path / "flipped", truth):
                        out.write(json.dumps(f"{name}, bit {bit}: {wrong}") + "\n")
                    shutil.rmtree(tmp_path / "flipped")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        lines = [json.loads(line) for line in report.read_text().splitlines()]
        assert status == 0, f"the process ended with {status} at {lines[-1]}"
        assert [line for line in lines if isinstance(line, str)] == []


@pytest.mark.parametrize("section", ["records", "exact.postings", "pair.seconds", "forward.forms", "ids.text"])
def test_damage_is_never_merged(section: str, tmp_path: Path) -> None:
    """What is wrong must not be written again with a checksum that fits."""
    engine = WhooshEngine(str(tmp_path))
    write(engine, corpus(1, 30))
    before = engine.generation()
    (path,) = tmp_path.glob("*.seg")
    found = Container(path)
    content = bytearray(path.read_bytes())
    content[found.begin(section) + found.sizes()[section] // 2] ^= 16
    path.write_bytes(content)
    with pytest.raises(IndexBroken, match=section):
        write(engine, corpus(2, 40), rebuild=False)
    assert engine.generation() == before
    assert list(tmp_path.glob("*.seg")) == [path]
