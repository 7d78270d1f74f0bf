"""The OpenAPI 3.1 description of the API, and the examples of its documentation.

In: the site's address and settings (for the limits they set). Out: a dict of JSON values. Must not know Flask; tests
hold every route against it, both ways.
"""

from __future__ import annotations

from typing import Any, get_args

from search import __version__
from search.model import Confidence, Counting, Marks, Sort, Units
from search.settings import Settings
from search.state import DEFAULT_LIMIT, MAX_CURSOR_CHARS

Json = dict[str, Any]

EXAMPLES: tuple[tuple[str, str], ...] = (
    (
        "curl",
        'curl --silent --get "{root}/api/v1/search" '
        '--data-urlencode "q=tham nhung vat" --data-urlencode "city=Hải Phòng"',
    ),
    (
        "Python",
        "import json, urllib.parse, urllib.request\n\n"
        'query = urllib.parse.urlencode({"q": "tham nhũng vặt", "from": "2019", "limit": 5})\n'
        'with urllib.request.urlopen(f"{root}/api/v1/search?{query}") as response:\n'
        "    answer = json.load(response)\n"
        'for hit in answer["hits"]:\n'
        '    print(hit["published"], hit["title"])\n',
    ),
    (
        "JavaScript",
        'const query = new URLSearchParams({q: "tham nhũng vặt", sort: "newest"});\n'
        "const answer = await (await fetch(`{root}/api/v1/search?${query}`)).json();\n"
        "for (const hit of answer.hits) console.log(hit.published, hit.title);\n",
    ),
)


def description(root: str, settings: Settings) -> Json:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tìm Báo",
            "version": __version__,
            "summary": "Tìm toàn văn trong bài báo tiếng Việt / Full-text search for Vietnamese articles",
            "description": "Keys are only ever added. Offsets are half-open ranges [start, end) in code points.",
            "license": {"name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later"},
        },
        "servers": [{"url": root}],
        "paths": paths(settings),
        "components": {"schemas": SCHEMAS, "responses": RESPONSES},
    }


_DAY = (
    r"^\s*((?!0000)[0-9]{4}(-(0?[1-9]|1[0-2])(-(0?[1-9]|[12][0-9]|3[01]))?)?"
    r"|((0?[1-9]|[12][0-9]|3[01])[/.\-])?(0?[1-9]|1[0-2])[/.\-](?!0000)[0-9]{4})\s*$"
)


def parameter(name: str, schema: Json, meaning: str, **more: Any) -> Json:
    """One query parameter."""
    return {"name": name, "in": "query", "allowEmptyValue": True, "schema": schema, "description": meaning, **more}


def search_parameters(settings: Settings) -> list[Json]:
    """The parameters that describe a search."""
    many: Json = {"type": "array", "items": {"type": "string", "maxLength": 200}, "maxItems": 50}
    spread: Json = {"style": "form", "explode": True}
    day: Json = {"type": "string", "pattern": _DAY}
    return [
        parameter(
            "q",
            {"type": "string", "maxLength": settings.max_query_chars},
            'Từ cần tìm: mọi từ, "cụm từ", -không có, OR, title: / Words, "a phrase", -without, OR, title:. '
            "Empty lists everything, newest first.",
            example="tham nhũng vặt",
        ),
        parameter(
            "city",
            many,
            'Tỉnh, thành; lặp lại được, viết thế nào cũng được / Place, in any spelling, repeatable; "không rõ" for '
            "articles without one.",
            **spread,
        ),
        parameter("source", many, "Nguồn; lặp lại được / Source, repeatable.", **spread),
        parameter("byline", many, "Tác giả; lặp lại được / Author, repeatable.", **spread),
        parameter("from", day, "Ngày đầu / First day: YYYY-MM-DD, YYYY-MM, YYYY or DD/MM/YYYY.", example="2019-01-01"),
        parameter("to", day, "Ngày cuối / Last day, likewise; a month or year means its last day.", example="2020"),
        parameter("sort", _choice(get_args(Sort)), "Thứ tự / Order; articles without a date come last."),
        parameter(
            "marks",
            _choice(get_args(Marks)),
            "Dấu: typed diacritics are meant and missing ones open (auto), all as typed (strict), none count (ignore).",
        ),
        parameter(
            "copies",
            _choice(get_args(Counting)),
            "Bài đăng lại / Republished articles: counted and shown as one (once), or each (all). A cluster does not "
            "recognize them; `copies` of the answer says what was done.",
        ),
        parameter(
            "units",
            _choice(get_args(Units)),
            "Tỉnh, thành theo lúc đăng hay theo hôm nay / Places as the article's time knew them, or the 34 units "
            "since July 2025, where a city means all that became part of it.",
        ),
        parameter(
            "limit",
            {"type": "integer", "minimum": 0, "maximum": settings.max_limit, "default": DEFAULT_LIMIT},
            "Số bài mỗi trang / Hits of one page.",
        ),
        parameter(
            "cursor",
            {"type": "string", "maxLength": MAX_CURSOR_CHARS},
            "`next` của trang trước / `next` of the page before; it belongs to one search.",
        ),
    ]


def paths(settings: Settings) -> Json:
    """All operations."""
    search = search_parameters(settings)
    named = {p["name"]: p for p in search}
    identifier = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "/api/v1/search": _get(
            "search",
            "Tìm bài / Search articles, with highlights and facets",
            "Result",
            [
                *search,
                parameter(
                    "explain", _choice(("0", "1", "true", "false")), "Giải thích thứ hạng / Say why each hit is there."
                ),
                parameter(
                    "related",
                    _choice(("0", "1", "true", "false")),
                    "Gợi ý tìm thêm / Offer searches near this one, with the first page.",
                ),
            ],
            400,
            503,
        ),
        "/api/v1/articles/{id}": _get(
            "article",
            "Một bài / One article; with q, where its words stand",
            "Article",
            [{**identifier, "description": "Its id; it may hold slashes."}, named["q"], named["marks"]],
            400,
            404,
            503,
        ),
        "/api/v1/similar": _get(
            "similar",
            "Bài cùng chủ đề / Articles on the same matter",
            "Similar",
            [parameter("id", {"type": "string"}, "Bài nào / Id of the article.", required=True), named["limit"]],
            400,
            404,
            503,
        ),
        "/api/v1/copies": _get(
            "copies",
            "Cùng nội dung / The other articles with the text of one article",
            "Similar",
            [parameter("id", {"type": "string"}, "Bài nào / Id of the article.", required=True), named["limit"]],
            400,
            404,
            503,
        ),
        "/api/v1/suggest": _get(
            "suggest",
            "Gợi ý khi đang gõ / Completions of what has been typed",
            "Completions",
            [named["q"], named["limit"]],
            400,
            503,
        ),
        "/api/v1/stats": _get("stats", "Số liệu của chỉ mục / Figures of the index", "Stats", [], 503),
        "/api/v1/openapi.json": _get("openapi", "Bản mô tả này / This description", None, []),
    }


def _get(name: str, summary: str, schema: str | None, parameters: list[Json], *statuses: int) -> Json:
    content: Json = {"$ref": f"#/components/schemas/{schema}"} if schema else {"type": "object"}
    ok = {"description": "OK", "content": {"application/json": {"schema": content}}}
    failed = {str(status): {"$ref": f"#/components/responses/{status}"} for status in (*statuses, 429)}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": parameters,
            "responses": {"200": ok, **failed},
        }
    }


def _choice(values: tuple[str, ...]) -> Json:
    return {"type": "string", "enum": list(values), "default": values[0]}


def _shape(required: Json, optional: Json | None = None) -> Json:
    return {"type": "object", "required": list(required), "properties": required | (optional or {})}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


_TEXT: Json = {"type": "string"}
_MAYBE: Json = {"type": ["string", "null"]}
_WHOLE: Json = {"type": "integer", "minimum": 0}
_NUMBER: Json = {"type": "number"}
_RANGES: Json = _list({"type": "array", "items": _WHOLE, "minItems": 2, "maxItems": 2})
_FIELDS: Json = {
    "id": _TEXT,
    "title": _TEXT,
    "url": {**_MAYBE, "description": "Address of the original."},
    "city": _MAYBE,
    "published": {**_MAYBE, "description": "ISO 8601; its length is its precision."},
    "byline": _MAYBE,
    "source": _MAYBE,
    "evidence": {"type": "object", "additionalProperties": _ref("Evidence")},
    "confidence": {"type": "object", "additionalProperties": {"type": "string", "enum": list(get_args(Confidence))}},
}

SCHEMAS: Json = {
    "Result": _shape(
        {
            "query": _shape({"raw": _TEXT, "normalized": _TEXT, "notes": _list(_ref("Note"))}),
            "total": _WHOLE,
            "took_ms": _NUMBER,
            "hits": _list(_ref("Hit")),
            "facets": {
                "type": "object",
                "description": "By name: city, published (years), month (of a chosen year), day (of a chosen month), "
                "source, byline. A facet's own selection does not shrink its counts.",
                "additionalProperties": _list(_ref("Bucket")),
            },
            "next": {**_MAYBE, "description": "Cursor of the next page; null at the end."},
            "next_url": _MAYBE,
            "suggestions": _list(_ref("Suggestion")),
            "related": {**_list(_ref("Suggestion")), "description": "Searches near this one."},
            "copies": {
                "type": "string",
                "enum": list(get_args(Counting)),
                "description": "How republished articles were counted.",
            },
            "units": {"type": "string", "enum": list(get_args(Units))},
        }
    ),
    "Hit": _shape(
        _FIELDS
        | {
            "title_highlights": _RANGES,
            "score": {**_NUMBER, "description": "Comparable within one query only."},
            "snippets": _list(_shape({"text": _TEXT, "highlights": _RANGES})),
            "page": {**_TEXT, "description": "The article's page on this site."},
            "copies": {**_WHOLE, "description": "How many other articles have its text."},
            "copies_url": {**_MAYBE, "description": "Address of the list of them."},
        },
        {"explanation": _TEXT},
    ),
    "Article": _shape(_FIELDS | {"body": _TEXT}, {"title_highlights": _RANGES, "body_highlights": _RANGES}),
    "Evidence": _shape({"rule": _TEXT, "text": _TEXT, "line": {"type": ["integer", "null"]}}),
    "Bucket": _shape(
        {
            "value": _TEXT,
            "label": _TEXT,
            "count": _WHOLE,
            "selected": {"type": "boolean"},
            "url": {**_MAYBE, "description": "The search with this value chosen, or let go."},
        }
    ),
    "Note": _shape({"kind": _TEXT, "message": _TEXT, "message_en": _TEXT, "query": _MAYBE, "url": _MAYBE}),
    "Suggestion": _shape({"query": _TEXT, "reason": _TEXT, "url": _TEXT}),
    "Similar": _shape({"id": _TEXT, "hits": _list(_ref("Hit"))}),
    "Completions": _shape(
        {"query": _TEXT, "suggestions": _list(_shape({"text": _TEXT, "count": _WHOLE, "url": _TEXT}))}
    ),
    "Stats": _shape(
        {
            "engine": _TEXT,
            "generation": _TEXT,
            "articles": _WHOLE,
            "segments": _WHOLE,
            "size_bytes": _WHOLE,
            "built": _MAYBE,
            **{name: {"type": "object", "additionalProperties": _WHOLE} for name in ("terms", "cities", "years")},
        }
    ),
    "Problem": _shape(
        {
            "type": _TEXT,
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "instance": _TEXT,
            "errors": _list(_shape({"parameter": _MAYBE, "detail": _TEXT, "next_step": _TEXT})),
        }
    ),
}

_MEANINGS = {
    400: "Một tham số chưa đúng; `errors` nói cách sửa / A parameter is wrong; `errors` says how to correct it",
    404: "Không có bài ấy / There is no such article",
    429: "Quá nhiều yêu cầu; đợi `Retry-After` giây / Too many requests; wait `Retry-After` seconds",
    503: "Chỉ mục chưa trả lời được; đợi `Retry-After` giây / No answer from the index; wait `Retry-After` seconds",
}
RESPONSES: Json = {
    str(status): {"description": meaning, "content": {"application/problem+json": {"schema": _ref("Problem")}}}
    for status, meaning in _MEANINGS.items()
}
