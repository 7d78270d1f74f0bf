"""Texts of any length that would take a careless reader quadratic time, by what they are."""

from __future__ import annotations

from collections.abc import Callable

HOSTILE: dict[str, Callable[[int], str]] = {
    "a-a-a-": lambda n: "a-" * (n // 2),
    "a-a-a-@": lambda n: "a-" * (n // 2) + "@",
    "@a-a-a-": lambda n: "@" + "a-" * (n // 2),
    "a@a@a@": lambda n: "a@" * (n // 2),
    "a.a.a.@b.c": lambda n: "a." * (n // 2) + "@b.c",
    "x@a.a.a.a": lambda n: "x@" + "a." * (n // 2),
    "----": lambda n: "-" * n,
    "____": lambda n: "_" * n,
    "no blank": lambda n: "nghiêng" * (n // 7),
    "newlines": lambda n: "\n" * n,
    "blanks": lambda n: " " * n,
    "AAAA": lambda n: "A" * n,
    "1.1.1": lambda n: "1." * (n // 2),
    "11111": lambda n: "1" * n,
    "://://": lambda n: "a:/" * (n // 3),
    "marks": lambda n: "a" + "\u0301" * (n - 1),
    "học học học": lambda n: "học " * (n // 4),
    "sinh học": lambda n: "sinh học " * (n // 9),
    "invisible": lambda n: "a\u200b" * (n // 2),
    "surrogates": lambda n: "\ud800" * n,
    "surrogates within words": lambda n: "tha\udc00m " * (n // 6),
    "families": lambda n: "👨\u200d👩\u200d👧\u200d👦" * (n // 7),
    "families apart": lambda n: "👨\u200d👩\u200d👧 " * (n // 6),
    "right to left": lambda n: "\u202eשלום \u200fعربى " * (n // 12),
    "groups of three": lambda n: "123\u00a0" * (n // 4) + "1",
    "groups of four": lambda n: "1234\u202f" * (n // 5),
    "ampersands": lambda n: "gd&" * (n // 3),
    "dots and ampersands": lambda n: "A.&" * (n // 3),
    "slashes": lambda n: "29/" * (n // 3),
    "marks alone": lambda n: "\u0323" * n,
    "marks of many kinds": lambda n: "e\u0302\u0323\u0301" * (n // 4),
    "jamo": lambda n: "\u1100\u1161\u11a8" * (n // 3),
    "ordinals": lambda n: "khóa XVI và " * (n // 12),
    "parentheses": lambda n: "(" * n,
}
