"""How often "did you mean" offers what was meant: slips made in stretches of an index's own titles.

    python -m tests.bench.slips INDEX [--each 50] [--seed 11] [--json]

Prints, for each kind of slip, how many queries had few hits, and for how many of those the first offer was the stretch
itself; then how often something is offered for the stretches as they stand, and the processor time of an offer.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator

from search.analysis import analyze, is_syllable
from search.engines import engine
from search.engines.base import Reader
from search.evaluation import strip_marks
from search.query.interpret import Interpretation, interpret
from search.query.tree import Plan
from search.service import FEW

LETTERS, TONES = "abcdeghiklmnopqrstuvxy", "\u0300\u0301\u0309\u0303\u0323"
SOUNDS = (("tr", "ch"), ("s", "x"), ("l", "n"), ("gi", "d"), ("r", "gi"), ("ng", "n"), ("c", "t"))
KINDS = ("more", "less", "other", "swapped", "tone", "hỏi/ngã", "sound")


def slipped(word: str, kind: str, rng: random.Random) -> str:
    """The word with one slip of a kind, or as it is where it has no place for it."""
    at = rng.randrange(len(word))
    decomposed = unicodedata.normalize("NFD", word)
    match kind:
        case "more":
            return word[:at] + rng.choice((strip_marks(word[at]).lower(), rng.choice(LETTERS))) + word[at:]
        case "less":
            return word[:at] + word[at + 1 :]
        case "other":
            return word[:at] + rng.choice(LETTERS) + word[at + 1 :]
        case "swapped":
            return word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
        case "tone":
            tone = next((c for c in decomposed if c in TONES), "")
            return unicodedata.normalize("NFC", decomposed.replace(tone, rng.choice(TONES))) if tone else word
        case "hỏi/ngã":
            other = decomposed.translate({0x309: "\u0303", 0x303: "\u0309"})
            return unicodedata.normalize("NFC", other)
    pairs = [pair for one, two in SOUNDS for pair in ((one, two), (two, one))]
    said = [b + word[len(a) :] for a, b in pairs if word.lower().startswith(a) and is_syllable(b + word[len(a) :])]
    said += [word[: -len(a)] + b for a, b in pairs if word.lower().endswith(a) and is_syllable(word[: -len(a)] + b)]
    return rng.choice(said) if said else word


def stretches(reader: Reader, rng: random.Random) -> Iterator[str]:
    """Two to four syllables of a title, from word to word of pyvi, of titles in any order."""
    ids = sorted(reader.ids())
    rng.shuffle(ids)
    for id in ids:
        title = analyze(reader.articles((id,))[0].title)
        starts = [i for i in range(len(title)) if not title.joined[i]] + [len(title)]
        found = [(a, b) for a in starts for b in starts if b - a == (size := rng.choice((2, 3, 4))) and size]
        if found:
            a, b = rng.choice(found)
            words = title.text[int(title.starts[a]) : int(title.ends[b - 1])].split(" ")
            if len(words) == b - a and all(is_syllable(word.lower()) for word in words):
                yield " ".join(words)


def offered(reader: Reader, query: str) -> tuple[bool, Interpretation]:
    """Whether a query has so few hits that another is offered, and what it means."""
    understood = interpret(query, reader)
    for attempt in understood.attempts:
        total = reader.search(Plan(attempt.match, attempt.score, limit=1)).total
        if total:
            break
    return total <= FEW or attempt.label != "strict", understood


def _terms(text: str) -> list[str]:
    return analyze(text.lower()).exact_terms()


def measure(reader: Reader, each: int, seed: int) -> dict[str, object]:
    """Counts by kind, with diacritics and without, and over all."""
    rng = random.Random(seed)
    given = stretches(reader, rng)
    counts: dict[str, Counter[str]] = {}
    times: list[float] = []
    meant: list[str] = []
    for kind in KINDS:
        for marked in (True, False) if kind in ("more", "less", "other", "swapped", "sound") else (True,):
            count = counts[kind + ("" if marked else ", no marks")] = Counter()
            while count["queries"] < each:
                right = next(given) if marked else strip_marks(next(given))
                words = right.split(" ")
                at = rng.randrange(len(words))
                words[at] = slipped(words[at], kind, rng)
                if _terms(" ".join(words)) == _terms(right) or not words[at]:
                    continue
                meant.append(right)
                count["queries"] += 1
                few, understood = offered(reader, " ".join(words))
                if few:
                    began = time.thread_time()
                    first = [offer.query for offer in understood.suggestions][:1]
                    times.append((time.thread_time() - began) * 1000)
                    count["few hits"] += 1
                    count["none" if not first else "right" if _terms(first[0]) == _terms(right) else "wrong"] += 1
    asked = [offered(reader, text) for text in meant]
    needless = sum(few and bool(understood.suggestions) for few, understood in asked)
    total = sum(counts.values(), Counter())
    return {
        "kinds": counts,
        "right": total["right"] / max(total["few hits"], 1),
        "wrong": total["wrong"] / max(total["few hits"], 1),
        "needless": needless,
        "asked": len(meant),
        "ms_median": statistics.median(times),
        "ms_95": sorted(times)[int(0.95 * len(times))],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index")
    parser.add_argument("--each", type=int, default=50)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with engine("whoosh", given.index).reader() as reader:
        found = measure(reader, given.each, given.seed)
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for key, value in found.items():
        rows = value.items() if isinstance(value, dict) else [(key, value)]
        for name, each in rows:
            print(f"{name:20}", dict(each) if isinstance(each, Counter) else each)


if __name__ == "__main__":
    main()
