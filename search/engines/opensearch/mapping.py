"""The shape of an index on a cluster: settings, mappings, and the document an article becomes.

In: `Prepared`, shard and replica counts. Out: JSON bodies. Must not know a client or queries.

The analysis is ours. A text field holds the finished terms of `search.engines.fields`, blanks between positions:
`char_group` splits at U+0020 alone, and terms that share a position (a code and its first part) are joined, each behind
a U+0001, which `pattern_capture` takes apart again without moving on. It leaves what it takes apart there too: as no
term begins with U+0001, no query finds that, and looking for U+0001 is all the work that other terms make. Title and
body are two values of such a field, further apart than any sequence reaches; where positions do not matter (words and
pairs) they are one. All this belongs to every OpenSearch distribution; no plugin is needed. A blank within a term is
written as U+0004.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from search.analysis import VERSION
from search.engines.base import Prepared
from search.engines.fields import FIELDS, Stream, streams
from search.engines.opensearch.grouping import Group, written
from search.engines.opensearch.spoken import packed
from search.engines.stored import values
from search.query.tree import Space

FORMAT: Final = 5
"""Version of the layout, kept in the mapping's `_meta`."""

POSITION_GAP: Final = 100_000
"""Positions between title and body; slop is cut to less."""

TOGETHER: Final = "\x01"
"""Stands before each of several terms of one position. Not white space to Java, and in no term."""

MAX_TERM_CHARS: Final = 8_000
"""Longer terms keep their position and are not looked up; Lucene refuses terms over 32,766 bytes."""

MAX_VALUE_BYTES: Final = 8_000
"""Longest city, source or byline; Lucene refuses values over 32,766 bytes."""

MAX_ID_BYTES: Final = 512
"""Longest article id that a cluster takes."""

POSITIONED: Final[tuple[Space, ...]] = ("exact", "folded")
"""Spaces whose positions are kept, for sequences."""

LEXICON: Final = tuple(name for name in FIELDS if not name.endswith("pair"))
"""Fields whose distinct terms are kept as values too, for look-ups in the lexicon; pairs are too many."""

NO_TERM: Final = "\x03"
"""Stands in a field without terms, so that Lucene counts the article in the field's number of articles all the same."""

LAZY_MERGES: Final = ("segments_per_tier", "max_merge_at_once")
LOADED_SEGMENTS: Final = 50
"""How many segments gather while an index is filled, which are merged at once before it goes live."""

_OMITTED: Final = "\x02"
_BLANK: Final = "\x04"


def placed(term: str) -> str:
    """A term as a text field holds it, where U+0020 parts terms.

    >>> placed("hội đồng\x1fhđ") == "hội\x04đồng\x1fhđ"
    True
    """
    return term.replace(" ", _BLANK)


def lexicon_field(name: str) -> str:
    """The field that holds the distinct terms of a text field.

    >>> lexicon_field("title_word")
    'title_word_terms'
    """
    return f"{name}_terms"


def index_body(shards: int, replicas: int) -> dict[str, Any]:
    """Settings and mappings of a new index; it is neither refreshed nor copied until it is committed."""
    terms = {"type": "text", "analyzer": "plain_terms", "similarity": "bm25", "index_options": "freqs"}
    positioned = terms | {"analyzer": "terms", "index_options": "positions", "position_increment_gap": POSITION_GAP}
    properties: dict[str, Any] = {
        "id": {"type": "keyword"},
        "digest": {"type": "keyword", "index": False},
        "record": {"type": "object", "enabled": False},
        # for articles that were republished: what groups are made of, and the group; see `grouping`
        "signature": {"type": "binary", "doc_values": True},
        "group": {"type": "keyword"},
        "copies": {"type": "integer", "index": False},
        # for the second phase of ranking
        "tokens": {"type": "binary", "doc_values": True},
        "day": {"type": "long"},
        **{name: {"type": "keyword"} for name in ("city", "source", "byline", "year", "month")},
    }
    for name, (space, _) in FIELDS.items():
        properties[name] = positioned if space in POSITIONED else terms
        if name in LEXICON:
            properties[lexicon_field(name)] = {"type": "keyword", "index": False, "doc_values": True}
    tokenizer = {"type": "char_group", "tokenize_on_chars": [" "], "max_token_length": 4 * MAX_TERM_CHARS}
    together = {"type": "pattern_capture", "preserve_original": True, "patterns": [f"{TOGETHER}([^{TOGETHER}]+)"]}
    return {
        "settings": {
            "number_of_shards": shards,
            # copied once, when it is complete
            "number_of_replicas": 0,
            "refresh_interval": -1,
            "merge": {"policy": dict.fromkeys(LAZY_MERGES, LOADED_SEGMENTS)},
            "similarity": {"bm25": {"type": "BM25", "k1": 1.2, "b": 0.85, "discount_overlaps": True}},
            "analysis": {
                "tokenizer": {"blank": tokenizer},
                "filter": {"together": together},
                "analyzer": {
                    "terms": {"type": "custom", "tokenizer": "blank", "filter": ["together"]},
                    "plain_terms": {"type": "custom", "tokenizer": "blank"},
                },
            },
        },
        "mappings": {
            "dynamic": "strict",
            "_meta": {"timbao": {"format": FORMAT, "analysis": VERSION, "commit": 0, "replicas": replicas}},
            "_source": {"includes": ["record", "digest"]},
            "properties": properties,
        },
    }


def document(prepared: Prepared, signed: bytes, group: Group | None = None) -> dict[str, Any]:
    """The values of every field for one article.

    Args:
        prepared: the article.
        signed: its signature, empty for none.
        group: where it belongs, if it has copies.

    Raises:
        ValueError: the date is not a date, or a value is longer than a cluster takes.
    """
    article = prepared.article
    day = article.day
    found: dict[str, Any] = {"id": article.id, "digest": article.digest, "record": values(article)}
    if len(article.id.encode("utf-8")) > MAX_ID_BYTES:
        raise ValueError(f"its id is longer than {MAX_ID_BYTES} bytes")
    for name in ("city", "source", "byline"):
        value = getattr(article, name) or ""
        if len(value.encode("utf-8")) > MAX_VALUE_BYTES:
            raise ValueError(f"its {name} is longer than {MAX_VALUE_BYTES} bytes")
        found[name] = value
    found["year"], found["month"] = (f"{day:%Y}", f"{day:%Y-%m}") if day else ("", "")
    if day:
        found["day"] = day.toordinal()
    if signed:
        found["signature"] = written(signed)
    if group:
        found |= membership(group)
    found["tokens"] = packed(prepared)
    fields = streams(prepared)
    for name, (space, zone) in FIELDS.items():
        stream = fields[name]
        if space not in POSITIONED:
            found[name] = " ".join(_placed(stream.terms)) or NO_TERM
        elif zone == "title":
            whole = fields[space]
            body = Stream(whole.terms[len(stream.terms) :], whole.positions[len(stream.positions) :], 0)
            held = _joined(stream)
            found[name] = held or NO_TERM
            found[space] = [held, _joined(body)] if whole.terms else NO_TERM
        if name in LEXICON:
            found[lexicon_field(name)] = [term for term in set(stream.terms) if len(term) <= MAX_TERM_CHARS]
    return found


def membership(group: Group) -> dict[str, Any]:
    """The values that tell of a group."""
    return {"group": group.leader, "copies": group.others}


def _joined(stream: Stream) -> str:
    """The terms as a field with positions takes them."""
    held, places = _placed(stream.terms), stream.positions
    # nearly all places have one term
    for at in reversed([at for at, (a, b) in enumerate(pairwise(places)) if a == b]):
        following = held.pop(at + 1)
        held[at] = f"{TOGETHER}{held[at]}{'' if following.startswith(TOGETHER) else TOGETHER}{following}"
    return " ".join(held)


def _placed(terms: list[str]) -> list[str]:
    """The terms as text fields hold them, too long ones left out but for their place; a list of its own."""
    joined = " ".join(terms)
    held = [placed(term) for term in terms] if joined.count(" ") >= len(terms) else list(terms)
    if len(joined) > MAX_TERM_CHARS:
        held = [term if len(term) <= MAX_TERM_CHARS else _OMITTED for term in held]
    return held
