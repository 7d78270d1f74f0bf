"""What `timbao bench` measures is what it says: same texts, same answers, everything told that is left out."""

from __future__ import annotations

import json
import shutil
import time
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from search.bench import agreement, child, run, workplace
from search.bench.corpus import BREAK, Corpus, Item, key, opened, written
from search.bench.making import items, sentences
from search.bench.peers import PEERS, installed, named, product
from search.bench.peers.base import Answer
from search.bench.questions import DEPTHS, SHAPES, Question, fragments
from search.bench.tables import heading, tables
from search.bench.timing import Timed, latencies, throughput
from search.bench.workplace import Workplace
from search.cli import main
from search.engines.fields import streams
from search.errors import InputError, SettingError, TimBaoError
from search.model import Article
from search.workers import prepared

ARTICLES = [
    Article("a", "Cảng Hải Phòng đón tàu mới", "Tàu cập cảng sáng nay. Cảng mở rộng bến số 3.\nHàng về nhiều!"),
    Article("b", "Hải Phòng trồng thêm cây", "Cây xanh dọc phố. Mỗi phố một hàng cây?", city="Huế"),
    Article("c", "Trường học vùng cao", "Trường mới. Thầy cô lên bản.", published="2019-03-13"),
    Article("d", "Hai phong trong them cay xanh", "Cay xanh doc pho. Moi pho mot hang cay."),
]


def corpus(folder: Path, count: int, seed: int = 1) -> Corpus:
    made, is_made = items(ARTICLES, count, seed)
    return written(made, folder, read=len(ARTICLES), made=is_made, key=f"1:{count}", seed=seed)


def names() -> tuple[str, ...]:
    """The peers that are installed here."""
    return tuple(installed(tuple(PEERS))[0])


@pytest.mark.parametrize("count", [2, 4, 30])
def test_a_corpus_has_as_many_articles_as_asked_all_with_city_and_day(tmp_path: Path, count: int) -> None:
    found = list(corpus(tmp_path, count).items())
    assert len(found) == len({item.article.id for item in found}) == count
    assert all(item.article.city and len(item.article.published or "") == 10 for item in found)


def test_what_the_source_states_is_kept(tmp_path: Path) -> None:
    found = [item.article for item in corpus(tmp_path, 4).items()]
    assert found[1].city == "Huế"
    assert found[2].published == "2019-03-13"


def test_the_same_seed_makes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    first, again, other = (corpus(tmp_path / name, 30, seed) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert first.path.read_bytes() == again.path.read_bytes() != other.path.read_bytes()
    assert first.fragments() == again.fragments()


def test_made_articles_are_sentences_of_the_source(tmp_path: Path) -> None:
    pool = {sentence for article in ARTICLES for sentence in sentences(article.body)}
    for item in corpus(tmp_path, 30).items():
        assert item.article.title in {article.title for article in ARTICLES}
        assert set(sentences(item.article.body)) <= pool


def test_peers_get_the_very_terms_that_the_index_holds(tmp_path: Path) -> None:
    found = list(corpus(tmp_path, 40).items())
    own = prepared([[item.article for item in found]])
    for item, analyzed in zip(found, own, strict=True):
        terms = [term for term in item.terms.split() if term.lstrip("~") not in (BREAK, "hettit")]
        assert terms == streams(analyzed)["exact"].terms


def test_a_corpus_cut_short_is_not_taken_for_whole(tmp_path: Path) -> None:
    whole = corpus(tmp_path, 4)
    assert opened(tmp_path) == whole
    (tmp_path / "corpus.json").unlink()
    assert opened(tmp_path) is None


def test_titles_of_one_word_alone_leave_nothing_to_ask(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing can be asked"):
        written([Item(Article("a", "Tin", ""), f"tin {BREAK}")], tmp_path, read=1, made=False, key="1:1", seed=1)


def test_fragments_are_two_to_four_neighbors_of_one_title() -> None:
    titles = [list("abcdefgh"), list("kl"), ["x"]]
    found = fragments(titles, 200, seed=3)
    assert len(found) == 200
    assert {len(fragment) for fragment in found} == {2, 3, 4}
    joined = ["".join(title) for title in titles]
    assert all(any("".join(fragment) in title for title in joined) for fragment in found)


def test_keys_tell_sources_sizes_and_seeds_apart(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    first = key([tmp_path], 10, 1)
    assert first == key([tmp_path], 10, 1)
    assert len({first, key([tmp_path], 11, 1), key([tmp_path], 10, 2)}) == 3
    (tmp_path / "a.txt").write_text("xy")
    assert key([tmp_path], 10, 1) != first


def test_every_engine_gives_the_same_answers(tmp_path: Path) -> None:
    made = corpus(tmp_path, 60)
    sessions = {}
    for name in ("timbao", *names()):
        peer = named(name)
        peer.build(made.items(), tmp_path / name, 1, 64 << 20)
        assert sum(peer.sizes(tmp_path / name).values()) > 0
        sessions[name] = peer.open(tmp_path / name)
    questions = [Question(shape, tuple(terms)) for terms in made.fragments()[:30] for shape in SHAPES]
    for name, shapes in agreement.disagreements(sessions, questions).items():
        assert all(counts == [0, 30] for counts in shapes.values()), (name, shapes)
    for session in sessions.values():
        ask = session.asker()
        for depth in DEPTHS:
            answer = session.answer(ask(Question("and", ("hải", "phòng")), depth))
            assert answer.found == 10
            if depth != "top":
                assert answer.total is not None
                assert answer.total > 10
            assert sum(answer.cities.values()) == (answer.total if depth == "facets" else 0)
        session.close()


class Fake:
    """A session whose every answer is `total` after `seconds`."""

    segments = 1

    def __init__(self, total: int = 3, seconds: float = 0.0) -> None:
        self.total, self.seconds, self.asked = total, seconds, 0

    def asker(self) -> Any:
        def ask(question: Question, depth: str) -> int:
            self.asked += 1
            time.sleep(self.seconds)
            return self.total

        return ask

    def answer(self, raw: int) -> Answer:
        return Answer(1, raw)

    def close(self) -> None:
        pass


QUESTIONS = [Question("or", (str(number),)) for number in range(100)]


def test_answers_that_differ_are_counted() -> None:
    found = agreement.disagreements({"a": Fake(3), "b": Fake(4), "c": Fake(3)}, QUESTIONS[:7])
    assert found == {"b": {"or": [7, 7]}, "c": {"or": [0, 7]}}


def test_a_slow_engine_is_asked_fewer_questions_and_compared_over_those() -> None:
    # slow enough that the fast one is never taken for slow, however busy the machine
    fast, slow = Fake(), Fake(seconds=0.05)
    timed = latencies({"fast": fast.asker(), "slow": slow.asker()}, QUESTIONS, "top", 3, seconds=1.0)
    assert len(timed["fast"].times_ms) == 100
    assert timed["fast"].rounds == 3
    assert 5 <= len(timed["slow"].times_ms) <= 25
    assert timed["slow"].rounds == 1
    assert timed["slow"].median() >= 50 > timed["fast"].median(len(timed["slow"].times_ms))


def test_one_question_is_enough() -> None:
    assert len(latencies({"a": Fake().asker()}, QUESTIONS[:1], "top", 3, 1.0)["a"].times_ms) == 1


def test_figures_of_times() -> None:
    timed = Timed(tuple(float(number) for number in range(100)), 1)
    assert (timed.median(), timed.median(5), timed.p95) == (49.5, 2.0, 95.0)


def test_throughput_counts_all_threads() -> None:
    waiting = Fake(seconds=0.01)
    one, four = (throughput(waiting, QUESTIONS, "top", threads, 0.3) for threads in (1, 4))
    assert 20 < one <= 100
    assert four > 2 * one


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path / "work", lambda line: None)


def test_corpora_and_indexes_are_made_once(place: Workplace, sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [made] = place.corpora([sample], [20], 1, 1)
    built = place.built(made, product(), None, 64 << 20)
    assert (built["articles"], built["processes"]) == (20, 1)
    assert built["peak_bytes"] > built["start_bytes"] / 2 > 0
    monkeypatch.setattr(workplace, "read", lambda sources: pytest.fail("read again"))
    monkeypatch.setattr(child, "run", lambda task: pytest.fail("built again"))
    assert place.corpora([sample], [20], 1, 1) == place.corpora([], [20], 1, 1) == place.corpora([], [], 1, 1) == [made]
    assert place.built(made, product(), None, 64 << 20) == built


def test_an_index_of_another_version_is_made_anew(place: Workplace, sample: Path) -> None:
    [made] = place.corpora([sample], [20], 1, 1)
    peer = PEERS["fts5"]()
    first = place.built(made, peer, None, 64 << 20)
    peer.version = "another"
    assert place.built(made, peer, None, 64 << 20)["identity"] != first["identity"]


def test_too_little_room_is_told_before_anything_is_made(
    place: Workplace, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(1, 1, 1000))
    with pytest.raises(InputError, match=r"1,000,000 articles .* GB"):
        place.corpora([sample], [1_000_000], 1, 4)
    assert not list(place.folder.iterdir())


def test_a_failed_child_says_what_failed(tmp_path: Path) -> None:
    with pytest.raises(TimBaoError, match=r"open of fts5 failed: .*unable to open"):
        child.run({"do": "open", "peer": "fts5", "url": None, "folder": str(tmp_path / "none"), "terms": ["a"]})


def test_unknown_peers_are_refused_and_missing_ones_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingError, match='no peer "lucene"'):
        installed(("lucene",))

    def absent() -> Any:
        raise ImportError("No module named 'tantivy'")

    monkeypatch.setitem(PEERS, "tantivy", absent)
    found, missing = installed(("tantivy", "fts5"))
    assert list(found) == ["fts5"]
    assert "pip install" in missing["tantivy"]


@pytest.fixture
def opened_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One opening of each engine is as good as three where nothing is measured."""
    monkeypatch.setattr(run, "OPENINGS", 1)


def asked(*arguments: str | Path, code: int = 0) -> Any:
    quick = ("--queries", 6, "--seconds", 0.1, "--repeats", 1, "--threads", "1,2", "--index-articles", 100)
    result = CliRunner().invoke(main, ["bench", *map(str, (*quick, *arguments))])
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


@pytest.mark.usefixtures("opened_once")
def test_the_command_prints_every_table(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.bench.peers.stock_whoosh.StockWhoosh.most", 50)
    out = asked(sample, "--articles", "120", "--peers", "fts5,whoosh", "--work", tmp_path / "work", "--quiet").output
    for part in ("indexing", "latency", "whole answers", "searches a second", "open + first", "what the index holds"):
        assert part in out
    for part in ("Tìm Báo", "FTS5", "Whoosh 2.7.4 + pyvi", "same answers", "not measured above 50 articles", "made of"):
        assert part in out
    assert "tantivy" not in out


@pytest.mark.usefixtures("opened_once")
def test_json_has_every_figure_and_a_second_run_needs_no_source(sample: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    first = json.loads(asked(sample, "--articles", "60", "--peers", "fts5", "--work", work, "--json", "--quiet").stdout)
    again = asked("--only", "query", "--peers", "fts5", "--work", work, "--json", "--quiet")
    second = json.loads(again.stdout)
    [corpus] = first["corpora"]
    assert corpus["articles"] == 60
    assert [row["processes"] for row in corpus["indexing"]] == [1, 2, 1]
    assert all(row["articles_per_s"] > 0 and row["size_to_text"] > 0 for row in corpus["indexing"])
    assert {(row["shape"], row["depth"]) for row in corpus["latency"]} == {(s, d) for s in SHAPES for d in DEPTHS}
    for row in corpus["latency"]:
        assert set(row["cells"]) == {"timbao", "fts5"}
        assert row["cells"]["timbao"]["ratio"] == 1
        assert 0 < row["cells"]["fts5"]["median_ms"] <= row["cells"]["fts5"]["p95_ms"]
    assert set(corpus["throughput"]["timbao"]) == {"1", "2"}
    assert set(corpus["page"]) == {"marks", "no_marks"}
    assert {"exact", "forward", "records"} <= set(corpus["builds"]["timbao"]["sizes"])
    assert "indexing" not in second["corpora"][0]
    assert second["corpora"][0]["builds"] == corpus["builds"]
    assert list(tables(first))
    assert heading(first)


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["--articles", "x"], "whole numbers", 2),
        (["--articles", "0"], "whole numbers", 2),
        (["--peers", "lucene"], "no peer", 2),
        (["--threads", "1,,2"], "whole numbers", 2),
        (["EMPTY"], "no article could be read", 1),
    ],
)
def test_wrong_use_says_what_to_do(tmp_path: Path, arguments: list[str], said: str, code: int) -> None:
    (tmp_path / "empty").mkdir()
    result = asked(*(argument.replace("EMPTY", str(tmp_path / "empty")) for argument in arguments), code=code)
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_cluster_is_measured_through_the_protocol_under_a_name_of_its_own(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from search.engines import engine

    locations = set()

    def cluster(name: str, location: str, **chosen: Any) -> Any:
        assert name == "opensearch"
        locations.add(location)
        return engine("whoosh", str(tmp_path / location.rsplit("/", 1)[1]))

    monkeypatch.setattr("search.bench.peers.timbao_engine.engine_named", cluster)
    monkeypatch.setattr(child, "run", lambda task: {"build": child.build, "open": child.opening}[task["do"]](task))
    request = run.Request(
        sources=(str(sample),),
        sizes=(40,),
        peers=("fts5",),
        threads=(1,),
        work=tmp_path / "work",
        queries=5,
        repeats=1,
        seconds=0.1,
        index_articles=100,
        engine="opensearch",
        url="http://127.0.0.1:1/live",
    )
    [corpus] = run.measure(request, lambda line: None)["corpora"]
    assert set(corpus["builds"]) == {"opensearch", "fts5"}
    assert corpus["latency"][0]["cells"]["opensearch"]["median_ms"] > 0
    assert corpus["indexing"][0]["engine"] == "opensearch"
    assert all("/live-bench-40" in location or "/live-trial-bench-40" in location for location in locations)
