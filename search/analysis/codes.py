"""Codes, numbers and ordinals: what is one term although marks stand inside it.

In: the runs of letters and digits of one blank-free piece of text. Out: which runs make one code such as `17-KH/TU`,
`29/12/2021`, `58,42`, `TP.HCM`, `Covid-19` or `toasoan@bao.vn`; the value of a Roman or Arabic ordinal. Must not know
positions in the whole text, words or engines.

>>> text = "37-QĐ/TW,"
>>> chains(text, [(0, 2), (3, 5), (6, 8)], ["37", "QĐ", "TW"])
[(0, 3)]
>>> numeral("XVII"), numeral("17"), numeral("Vi"), numeral("50")
(-17, 17, 0, 0)
"""

from __future__ import annotations

from collections.abc import Sequence

from search.analysis.syllables import is_syllable

MAX_PARTS = 24
"""A longer chain of parts is no code that anybody would type."""
MAX_CLOSED = 12
"""Letters of abbreviations that are also looked for without "-" or "&" between them, at most."""
_SHORT = 5
_DOMAINS = frozenset(["vn", "com", "net", "org", "gov", "edu", "info", "io"])


def _roman(number: int) -> str:
    tens, units = divmod(number, 10)
    return ("", "X", "XX", "XXX", "XL")[tens] + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[units]


ROMAN = {number: _roman(number) for number in range(1, 50)}
_NUMERALS = {roman: -number for number, roman in ROMAN.items()} | {str(number): number for number in ROMAN}


def numeral(run: str) -> int:
    """The value of an ordinal from 1 to 49: positive in Arabic digits, negative in Roman capitals, 0 for neither."""
    return _NUMERALS.get(run, 0)


def equivalent(value: int) -> str:
    """The other writing of a numeral as an exact term: 17 → "xvii", −17 → "17"."""
    return str(-value) if value < 0 else ROMAN[value].lower()


def _abbreviation(run: str) -> bool:
    capitals = sum(letter.isupper() for letter in run)
    return capitals >= 2 or (capitals == 1 and len(run) == 1)


def _holds(left: str, mark: str, right: str) -> bool:
    """Whether the mark between two runs joins them in one code."""
    if mark == "" or mark in "-/_&+@":
        return True
    if mark in ",:":
        return left[0].isdigit() and right[0].isdigit()
    if mark == ".":
        if left[0].isdigit() or right[0].isdigit():
            return left[0].isdigit() and right[0].isdigit()
        if left.isascii() and right.isascii() and left.islower() and right.islower():
            return True
        return _abbreviation(left) and _abbreviation(right)
    return False


def _is_code(runs: Sequence[str], marks: Sequence[str]) -> bool:
    if not any(marks):
        return False
    if "@" in marks or any(run[0].isdigit() for run in runs):
        return True
    return _abbreviations(runs, marks) or _is_address(runs, marks)


def _abbreviations(runs: Sequence[str], marks: Sequence[str]) -> bool:
    """Whether all runs are abbreviations; beside "&" small letters are, too: gd&đt."""
    if all(map(_abbreviation, runs)):
        return True
    return "&" in marks and all(len(run) <= _SHORT for run in runs) and not all(map(is_syllable, runs))


def _is_address(runs: Sequence[str], marks: Sequence[str]) -> bool:
    """Whether a domain stands at the end, or before a path: bao.vn, www.bao.vn/tin-tuc."""
    after = [*marks[1:], "/"]
    ends = zip(runs[1:], marks, after, strict=True)
    return any(run in _DOMAINS and before == "." and behind == "/" for run, before, behind in ends)


def numbers_within(text: str, runs: Sequence[tuple[int, int]], first: int, last: int) -> list[tuple[int, int]]:
    """The shorter chains of digits inside a code, as ranges of run numbers, of three numbers at most.

    What "." and "," join is one number: 29/12 and 12/2021 stand in 29/12/2021, 84/2021 in 84/2021/NĐ-CP, 2,5 in 2,5-3;
    1.234 does not stand in 1.234.567. A number that letters follow or precede without a mark is no number of its own.
    """
    numbers: list[tuple[int, int]] = []
    glued = False
    for i in range(first, last):
        mark = text[runs[i - 1][1] : runs[i][0]] if i > first else "-"
        digits, before = text[runs[i][0]].isdigit(), numbers[-1] if numbers else (first, first)
        if digits and mark in (".", ",") and before[1] == i:
            numbers[-1] = (before[0], i + 1)
        elif digits and mark and not glued:
            numbers.append((i, i + 1))
        elif not digits and not mark and before[1] == i and numbers:
            numbers.pop()
        glued = digits and not mark
    found: list[tuple[int, int]] = []
    for k, (begin, end) in enumerate(numbers):
        for n, (a, b) in enumerate(numbers[k : k + 3]):
            if n and a != end:
                break
            end = b
            if end - begin > 1 and (begin, end) != (first, last):
                found.append((begin, end))
    return found


def closed(runs: Sequence[str], marks: Sequence[str]) -> str:
    """A code as it is as often written without its marks, "" where that is unusual.

    So are digits in groups of three (their decimals stay apart), and abbreviations joined by ".", "&" or "-".

    >>> closed(["102", "614"], "."), closed(["1", "234", "56"], ".,"), closed(["58", "42"], ",")
    ('102614', '1234,56', '')
    >>> closed(["LĐ", "TB", "XH"], "-&"), closed(["T", "Ư"], ".")  # tư is a word of its own
    ('LĐTBXH', '')
    """
    whole = "".join(runs)
    if runs[0].isdigit():
        return _ungrouped(runs, marks)
    if not set(marks) <= {".", "&", "-"} or not _abbreviations(runs, marks) or is_syllable(whole):
        return ""
    if set(marks) != {"."} and (len(whole) > MAX_CLOSED or all(map(is_syllable, runs))):
        return ""  # HÀ-NỘI
    return "" if all(map(numeral, runs)) else whole  # XIX-XX


def _ungrouped(runs: Sequence[str], marks: Sequence[str]) -> str:
    mark, last = marks[0], marks[-1]
    if mark not in (".", ",") or runs[0] == "0" or not all(run.isdigit() for run in runs):
        return ""
    decimals = len(marks) > 1 and last != mark and last in (".", ",")
    groups = runs[1:-1] if decimals else runs[1:]
    if any(len(run) != 3 for run in groups) or any(other != mark for other in (marks[:-1] if decimals else marks)):
        return ""
    return "".join(runs[:-1]) + last + runs[-1] if decimals else "".join(runs)


def chains(text: str, runs: Sequence[tuple[int, int]], words: Sequence[str]) -> list[tuple[int, int]]:
    """The codes among `runs`, each as a range `[first, last)` of run numbers.

    Args:
        text: The piece of text, marks already in their plain form.
        runs: Start and end of each run of letters or of digits, in order.
        words: The runs themselves.
    """
    found: list[tuple[int, int]] = []
    first, count = 0, len(runs)
    marks: list[str] = []
    for i in range(1, count + 1):
        if i < count:
            end, begin = runs[i - 1][1], runs[i][0]
            if begin - end <= 1:
                mark = text[end:begin]
                if _holds(words[i - 1], mark, words[i]):
                    marks.append(mark)
                    continue
        if marks:
            if i - first <= MAX_PARTS:
                chain = words[first:i]
                number = next((k for k, word in enumerate(chain) if not word[0].isdigit()), len(chain))
                if number >= 2 and not any(marks[number - 1 :]):
                    chain, marks = chain[:number], marks[: number - 1]  # a unit close by: 2,5km is the number 2,5
                if _is_code(chain, marks):
                    found.append((first, first + len(chain)))
            marks = []
        first = i
    return found
