"""The language of a text, by the letters and little words that only it has.

In: text. Out: `Reading` of "vi", "en" or not known. Must not know pages.

>>> language("Thành phố họp bàn về đê điều.").value, language("The city has met on the dikes of the river.").value
('vi', 'en')
>>> language("thanh pho hop ban va cac so nganh cua tinh khong co y kien").value
'vi'
"""

from __future__ import annotations

import re
import unicodedata

from search.model import Evidence, Reading

_MARKED = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_VIETNAMESE = re.compile(r"\b(?:cua|va|cac|khong|duoc|nhung|nguoi|trong|thanh pho|nghi|viec|cong|tinh|den|tai)\b")
_ENGLISH = re.compile(r"\b(?:the|of|and|in|to|is|was|for|with|that|has|have)\b")
SAMPLE_CHARS = 1000
FIRST_CHARS = 300
"""So many characters tell Vietnamese as written; the rest is for texts without diacritics and other languages."""


def language(text: str) -> Reading:
    """The language of a text, judged by its first 1,000 characters."""
    for size in (FIRST_CHARS, SAMPLE_CHARS):
        sample = unicodedata.normalize("NFC", text[:size]).lower()
        letters = len(_LETTER.findall(sample))
        marked = len(_MARKED.findall(sample)) / letters if letters else 0.0
        if marked >= (0.1 if size < len(text) else 0.02) or (marked >= 0.02 and size == SAMPLE_CHARS):
            return Reading("vi", "high", (Evidence("Vietnamese letters", f"{marked:.0%} of the letters"),))
    if not letters:
        return Reading(None)
    words = max(1, sample.count(" "))
    vietnamese, english = len(_VIETNAMESE.findall(sample)) / words, len(_ENGLISH.findall(sample)) / words
    if vietnamese > english and vietnamese >= 0.05:
        return Reading(
            "vi", "medium", (Evidence("Vietnamese words without diacritics", f"{vietnamese:.0%} of the words"),)
        )
    if english >= 0.1:
        return Reading("en", "medium", (Evidence("English words", f"{english:.0%} of the words"),))
    return Reading(None)
