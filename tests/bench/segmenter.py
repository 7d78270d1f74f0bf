"""How fast and how good: segmentation against pyvi and underthesea in one run, analysis, start-up, memory.

    python -m tests.bench.segmenter [--shared DIR] [--articles N] [--underthesea PYTHON] [--whole] [--json]

In: the folder of measured material, and the Python of an environment that has underthesea 9.5 (none: it is left out).
Out: one row a measurement. Times are CPU seconds of one core; of repeated passes the fastest counts. Words are compared
with the treebank by the characters they span (precision and recall of whole words).
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
OTHER = """
import json, sys, time
texts = json.load(sys.stdin)
began = time.process_time()
from underthesea import word_tokenize
word_tokenize("Thành phố Huế")
started = time.process_time() - began
began = time.process_time()
words = [word_tokenize(text) for text in texts["speed"]]
seconds = time.process_time() - began
json.dump({"start": started, "seconds": seconds, "gold": [word_tokenize(t) for t in texts["gold"]]}, sys.stdout)
"""
WHOLE = """
import gzip, json, resource, sys, time
from search.analysis import analyze_batch, segment_batch
work = {"segment": segment_batch, "analyze": analyze_batch}[sys.argv[1]]
texts, count, size, seconds = [], 0, 0, 0.0
def run():
    global seconds
    began = time.process_time()
    work(texts)
    seconds += time.process_time() - began
with gzip.open(sys.argv[2], "rt", encoding="utf-8") as lines:
    for line in lines:
        body = json.loads(line)["body"]
        texts.append(body)
        count += 1
        size += len(body.encode())
        if len(texts) == 64:
            run()
            texts = []
run()
print(count, size / 1e6, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
FRESH = """
import json, resource, sys, time
from search.analysis import analyze_batch, segment, segment_batch
work = {
    "one by one": lambda texts: [segment(text) for text in texts],
    "batched": segment_batch,
    "analysis": analyze_batch,
}[sys.argv[1]]
texts = json.load(sys.stdin)
began = time.process_time()
work(["Thành phố Huế " * 40])  # reads the model
started = time.process_time() - began
began = time.process_time()
answers = work(texts)
seconds = time.process_time() - began
try:  # the other figure counts what the parent held before this program was started, too
    with open("/proc/self/status") as lines:
        peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(seconds, started, peak / 1024)
"""
QUERIES = """
import json, sys, time
from search.analysis import analyze
queries = json.load(sys.stdin)
analyze("thành phố")
times = []
for query in queries:
    began = time.process_time()
    analyze(query)
    times.append((time.process_time() - began) * 1e6)
times.sort()
print(*[times[int(part * len(times))] for part in (0.5, 0.9, 0.99)])
"""
MEMORY = """
import resource, sys, time
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.process_time()
{code}
print(time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, before / 1024)
"""


def cpu_seconds(work: Callable[[], object], passes: int = 1) -> float:
    """CPU seconds of the fastest pass."""
    best = float("inf")
    for _ in range(passes):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def articles(shared: Path, count: int) -> list[str]:
    """A fixed random choice of article bodies."""
    with gzip.open(shared / "corpus" / "news.jsonl.gz", "rt", encoding="utf-8") as lines:
        bodies = [json.loads(line)["body"] for line in lines]
    return random.Random(1).sample(bodies, count)


def spans(words: Iterable[str]) -> set[tuple[int, int]]:
    """The stretches of visible characters that the words cover."""
    found, place = set(), 0
    for word in words:
        size = len(word.replace("_", "").replace(" ", ""))
        found.add((place, place + size))
        place += size
    return found


def f1(gold: list[list[str]], found: list[list[str]]) -> float:
    """Harmonic mean of precision and recall of words."""
    pairs = [(spans(a), spans(b)) for a, b in zip(gold, found, strict=True)]
    both = sum(len(a & b) for a, b in pairs)
    return 2 * both / (sum(len(a) for a, _ in pairs) + sum(len(b) for _, b in pairs))


def treebank(shared: Path, part: str = "test") -> tuple[list[list[str]], list[str]]:
    """The sentences of a part as words, and as text."""
    with open(shared / "seg" / f"vtb-{part}.txt", encoding="utf-8") as lines:
        gold = [line.split() for line in lines if line.strip()]
    return gold, [" ".join(words).replace("_", " ") for words in gold]


def analyzed(text: str) -> list[str]:
    """The words of the analysis, which normalizes spelling first, with the marks between them."""
    from search.analysis import analyze

    found = analyze(text)
    words, place = [], 0
    starts, ends = found.starts.tolist(), found.ends.tolist()
    for first, length, _ in found.words():
        words += text[place : starts[first]].split()
        place = ends[first + length - 1]
        words.append(text[starts[first] : place].replace(" ", ""))
    return words + text[place:].split()


def measure_words(shared: Path, count: int, other: str | None) -> list[tuple[str, str]]:
    """Speed and quality of segmentation and analysis."""
    from pyvi import ViTokenizer

    from search.analysis import analyze, analyze_batch, segment
    from search.analysis.chain import segment_batch

    texts = articles(shared, count)
    gold, sentences = treebank(shared)
    size = sum(len(text.encode()) for text in texts) / 1e6
    rows = [("texts", f"{count} articles, {size:.2f} MB of UTF-8")]
    pyvis: list[str] = []
    base = cpu_seconds(lambda: pyvis.extend(ViTokenizer.tokenize(text) for text in texts))
    rows.append(("pyvi", f"{size / base:.2f} MB/s, {count / base:.0f} articles/s"))
    segment("một")

    def row(name: str, seconds: float) -> None:
        speed = f"{size / seconds:.2f} MB/s, {count / seconds:.0f} articles/s, {base / seconds:.1f} × pyvi"
        rows.append((name, speed))

    for name, job in (("segment", "one by one"), ("segment", "batched"), ("analysis", "analysis")):
        seconds, started, peak = fresh(job, texts)
        how = "batched" if job == "analysis" else job
        row(f"{name}, never seen, {how}, fresh process", seconds)
        rows.append(("    its start and peak", f"{started:.2f} s before, {peak:.0f} MB with texts and answers kept"))
    row("segment, again, one by one", cpu_seconds(lambda: [segment(text) for text in texts], 5))
    row("segment, again, batched", cpu_seconds(lambda: segment_batch(texts), 5))
    row("analysis, again (four spaces, codes, offsets)", cpu_seconds(lambda: analyze_batch(texts), 5))
    queries = [" ".join(text.split()[4:9]) for text in texts]
    seconds = cpu_seconds(lambda: [analyze(query) for query in queries], 5)
    rows.append(("analysis of a five-piece query", f"{seconds / len(queries) * 1e6:.1f} µs"))
    command = [sys.executable, "-c", QUERIES]
    done = subprocess.run(command, input=json.dumps(queries), capture_output=True, text=True, check=True, cwd=ROOT)
    half, most, nearly_all = map(float, done.stdout.split())
    rows.append(("    each asked once, fresh process", f"median {half:.0f}, 90 % {most:.0f}, 99 % {nearly_all:.0f} µs"))
    same = sum(answer == segmenter_string(text) for answer, text in zip(pyvis, texts, strict=True))
    rows.append(("texts cut exactly as by pyvi", f"{same} of {count}"))
    rows.append(("word F1, pyvi", f"{f1(gold, [ViTokenizer.tokenize(s).split(' ') for s in sentences]):.4f}"))
    rows.append(("word F1, segment", f"{f1(gold, [segment(s) for s in sentences]):.4f}"))
    rows.append(("word F1, analysis (spelling normalized)", f"{f1(gold, [analyzed(s) for s in sentences]):.4f}"))
    other = other or (sys.executable if importlib.util.find_spec("underthesea") else None)
    if other:
        part = texts[: max(1, count // 4)]
        done = subprocess.run(
            [other, "-c", OTHER],
            input=json.dumps({"speed": part, "gold": sentences}),
            capture_output=True,
            text=True,
            check=True,
        )
        answer = json.loads(done.stdout)
        mega = sum(len(text.encode()) for text in part) / 1e6
        rate = f"{mega / answer['seconds']:.2f} MB/s, {len(part) / answer['seconds']:.0f} articles/s"
        rows.append(("underthesea", f"{rate} ({len(part)} of the articles; starts in {answer['start']:.1f} s)"))
        rows.append(("word F1, underthesea", f"{f1(gold, answer['gold']):.4f}"))
    return rows


def fresh(job: str, texts: list[str]) -> tuple[float, float, float]:
    """CPU seconds of one pass over texts in a new process, which has read nothing but the model; of that; peak MB."""
    done = subprocess.run(
        [sys.executable, "-c", FRESH, job],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    seconds, started, peak = map(float, done.stdout.split())
    return seconds, started, peak


def segmenter_string(text: str) -> str:
    """pyvi's output as the segmenter gives it."""
    from search.analysis.segmenter.words import segmenter

    return segmenter().tokenize(text)


def measure_start() -> list[tuple[str, str]]:
    """CPU seconds and resident memory of starting things, each in a process of its own."""
    programs = {
        "import search.analysis": "import search.analysis",
        "first segment()": "from search.analysis import segment; segment('tham nhũng vặt')",
        "first analyze()": "from search.analysis import analyze; analyze('tham nhũng vặt')",
        "import pyvi": "from pyvi import ViTokenizer; ViTokenizer.tokenize('tham nhũng vặt')",
    }
    rows = []
    for name, code in programs.items():
        command = [sys.executable, "-W", "ignore", "-c", MEMORY.format(code=code)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        seconds, mega, before = map(float, done.stdout.split()[-3:])
        rows.append((name, f"{seconds:.2f} s, {mega:.0f} MB (of them {before:.0f} MB Python itself)"))
    return rows


def measure_whole(shared: Path) -> list[tuple[str, str]]:
    """Every article of the corpus once, 64 at a time, each job in a process of its own: speed and peak memory."""
    rows = []
    for job in ("segment", "analyze"):
        command = [sys.executable, "-c", WHOLE, job, str(shared / "corpus" / "news.jsonl.gz")]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        count, size, seconds, peak = map(float, done.stdout.split())
        speed = f"{size / seconds:.2f} MB/s, {count / seconds:.0f} articles/s, {peak:.0f} MB at the peak"
        rows.append((f"{job} {count:.0f} different articles, new process", speed))
    return rows


def measure_commands(folder: Path) -> list[tuple[str, str]]:
    """Time and memory of the commands as a person starts them, on the sample articles."""
    timbao = str(Path(sys.executable).parent / "timbao")
    index = str(folder / "bench-index")
    commands = {
        "timbao --help": [timbao, "--help"],
        "timbao analyze": [timbao, "analyze", "tham nhũng vặt", "--json"],
        "timbao index (sample articles)": [timbao, "index", str(ROOT / "tests" / "articles"), "--index", index],
        "timbao search": [timbao, "search", "tham nhũng vặt", "--index", index, "--json"],
    }
    rows = []
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for command in commands.values():  # once for compiling what it imports
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, check=False)
    for name, command in commands.items():
        began = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
        assert child.stderr is not None
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
        failed = "" if status == 0 else f"; failed: {said.decode(errors='replace').strip().splitlines()[-1:]}"
        cpu = usage.ru_utime + usage.ru_stime
        rows.append((name, f"{seconds:.2f} s ({cpu:.2f} s CPU), {usage.ru_maxrss / 1024:.0f} MB{failed}"))
    return rows


def main() -> None:
    """Run what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("TIMBAO_SHARED", ROOT.parent / "shared")))
    parser.add_argument("--articles", type=int, default=600)
    parser.add_argument("--underthesea", metavar="PYTHON")
    parser.add_argument("--scratch", type=Path, help="folder for an index of the sample articles")
    parser.add_argument("--whole", action="store_true", help="also a pass over the whole corpus, for its memory")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    rows = measure_start()
    if chosen.scratch:
        rows += measure_commands(chosen.scratch)
    if chosen.whole:
        rows += measure_whole(chosen.shared)
    rows += measure_words(chosen.shared, chosen.articles, chosen.underthesea)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows.append(("peak memory of this run, pyvi and texts included", f"{peak:.0f} MB"))
    if chosen.json:
        sys.stdout.write(json.dumps(dict(rows), ensure_ascii=False, indent=1) + "\n")
    else:
        width = max(len(name) for name, _ in rows)
        for name, value in rows:
            sys.stdout.write(f"{name:<{width}}  {value}\n")


if __name__ == "__main__":
    main()
