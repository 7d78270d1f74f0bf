"""The two languages say the same things."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from tests.conftest import ROOT
from web.language import language
from web.phrases import PHRASES

SOURCES = [*(ROOT / "web").glob("*.py"), *(ROOT / "web/templates").glob("*.html")]
CALL = re.compile(r"""(?<![\w.])(?:t|language|chosen)\(\s*"(\w+)"|(?<![\w.])(?:t|language)\(\s*'(\w+)'""")
FAMILY = re.compile(r"""(?:t|language|chosen)\(f?"(\w+_)["{]""")


def names(phrase: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}


@pytest.mark.parametrize("key", PHRASES)
def test_both_languages_fill_in_the_same_values(key: str) -> None:
    vi, en = PHRASES[key]
    assert vi.strip()
    assert all(names(part) == names(vi) for part in en.split("|"))
    assert "|" not in vi, "Vietnamese has no plural"


def used() -> tuple[set[str], set[str]]:
    keys: set[str] = set()
    families: set[str] = set()
    for source in SOURCES:
        text = Path(source).read_text("utf-8")
        keys |= {a or b for a, b in CALL.findall(text)}
        families |= set(FAMILY.findall(text))
    return keys, families


def test_every_phrase_asked_for_is_there() -> None:
    keys, families = used()
    assert len(keys) > 50
    missing = {key for key in keys if key not in PHRASES and key not in families and key not in {"vi", "en"}}
    assert not missing


def test_every_phrase_is_asked_for() -> None:
    keys, families = used()
    dynamic = {"per_year", "per_month", "per_day", "city", "source", "byline", "published", "site"}
    unused = {k for k in PHRASES if k not in keys and k not in dynamic and not any(k.startswith(f) for f in families)}
    assert not unused


def test_numbers_and_sizes_are_written_as_each_language_does() -> None:
    vi, en = language("vi"), language("en")
    assert (vi.number(1234567), en.number(1234567)) == ("1.234.567", "1,234,567")
    assert (vi.decimal(1234.56), en.decimal(1234.56)) == ("1.234,6", "1,234.6")
    assert (vi.size(999), vi.size(1_500_000), en.size(2_000_000_000_000)) == ("999 B", "1,5 MB", "2.0 TB")


@pytest.mark.parametrize(
    ("stored", "vi", "en"),
    [
        ("2019", "2019", "2019"),
        ("2019-03", "3/2019", "March 2019"),
        ("2019-03-09", "9/3/2019", "9 March 2019"),
        ("2021-12-29T09:43:00+07:00", "29/12/2021 09:43", "29 December 2021 09:43"),
        ("không rõ", "không rõ", "không rõ"),
        ("2019-99", "99/2019", "2019-99"),
        ("", "", ""),
    ],
)
def test_dates_keep_their_precision(stored: str, vi: str, en: str) -> None:
    assert (language("vi").date(stored), language("en").date(stored)) == (vi, en)


def test_another_language_falls_back() -> None:
    assert language("fr").code == "vi"
    assert language(None, "en").code == "en"
