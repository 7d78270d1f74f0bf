"""A cluster of one process: the calls of OpenSearch's interface that the engine makes, over indexes in memory.

In: HTTP. Out: answers of the shapes that the documentation shows, found by `query_language`. What is written is seen
after a refresh, a point in time sees what was seen when it was opened, and a document changes only under the number
that its writer has read. Not here: shards, nodes, merging, and how Lucene rounds lengths.
"""

from __future__ import annotations

import fnmatch
import gzip
import itertools
import json
import math
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.engines.query_language import Body, Held, answer, counted, matches, spans

Answer = tuple[int, Any]
WHOLE = {"total": 1, "successful": 1, "skipped": 0, "failed": 0}
K1, B = 1.2, 0.85


class Index:
    """One index: what is noted about it, documents by id with their numbers, and those that searches see."""

    def __init__(self, body: Body) -> None:
        self.mappings: Body = body.get("mappings", {})
        self.documents: dict[str, tuple[int, Body]] = {}
        self.numbers = itertools.count(1)
        self.seen: list[Held] = []

    def put(self, id: str, source: Body) -> int:
        number = next(self.numbers)
        self.documents[id] = number, source
        return number

    def refresh(self) -> None:
        self.seen = [Held(source) for _, source in self.documents.values()]


def failed(status: int, kind: str) -> Answer:
    return status, {"error": {"type": kind, "reason": kind, "root_cause": [{"type": kind, "reason": kind}]},
                    "status": status}  # fmt: skip


class SmallCluster:
    """Serves on a port of the loopback address from construction to `close`."""

    def __init__(self) -> None:
        self.indexes: dict[str, Index] = {}
        self.aliases: dict[str, set[str]] = {}
        self.points: dict[str, list[Held]] = {}
        self._point_numbers = itertools.count(1)
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def reply(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                parts = urlsplit(self.path)
                with outer._lock:
                    status, content = outer.answer(
                        self.command, unquote(parts.path), dict(parse_qsl(parts.query)), body
                    )
                sent = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(sent)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = reply  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def answer(self, method: str, path: str, params: dict[str, str], body: bytes) -> Answer:
        for wanted, pattern, call in self.routes():
            if method in wanted.split() and (found := re.fullmatch(pattern, path)):
                return call(found.groupdict(), params, body)
        raise AssertionError(f"the engine asks for something new: {method} {path}")

    def routes(self) -> Iterable[tuple[str, str, Callable[[Body, dict[str, str], bytes], Answer]]]:
        """Method, path, and what answers."""
        index, done = r"/(?P<index>[^/_][^/]*)", (200, {"acknowledged": True, "_shards": WHOLE})
        return (
            ("GET", "/", lambda *_: (200, {"version": {"distribution": "opensearch", "number": "3.8.0"}})),
            ("HEAD", index, lambda p, *_: (200 if p["index"] in self.indexes else 404, {})),
            ("PUT", index, lambda p, _, b: self._create(p["index"], json.loads(b or b"{}"))),
            ("DELETE", index, lambda p, *_: self._delete(p["index"])),
            ("GET", index, lambda p, *_: (200, {name: {} for name in self._named(p["index"])})),
            ("GET", index + "/_mapping", lambda p, *_: self._mapping(p["index"])),
            ("PUT", index + "/_mapping", lambda p, _, b: self._note(p["index"], json.loads(b))),
            ("GET", "/_alias/(?P<alias>.+)", lambda p, *_: self._alias(p["alias"])),
            ("POST", "/_aliases", lambda _, __, b: self._move(json.loads(b)["actions"])),
            ("POST", index + "/_refresh", lambda p, *_: self._refresh(p["index"])),
            ("GET", index + "/_stats/.*", lambda p, *_: self._stats(p["index"])),
            ("POST", index + "/_(?:flush|forcemerge)", lambda *_: done),
            ("PUT", index + "/_settings", lambda *_: done),
            ("GET", "/_cluster/health/.*", lambda *_: (200, {"status": "green"})),
            ("PUT POST", index + "/_(?:doc|create)/(?P<id>.+)", self._put),
            ("GET", index + "/_doc/(?P<id>.+)", lambda p, *_: self._get(p["index"], p["id"])),
            ("DELETE", index + "/_doc/(?P<id>.+)", self._remove),
            ("POST GET", index + "/_mget", self._several),
            ("POST", index + "/_bulk", lambda p, _, b: self._bulk(p["index"], b)),
            ("POST", index + "/_search/point_in_time", lambda p, *_: self._open(p["index"])),
            ("DELETE", "/_search/point_in_time", lambda _, __, b: self._forget(json.loads(b)["pit_id"])),
            ("POST GET", "/_search", lambda _, __, b: self._search(json.loads(b))),
            ("POST GET", "/_msearch", self._searches),
        )

    def _named(self, name: str) -> list[str]:
        found = self.aliases.get(name) or fnmatch.filter(self.indexes, name)
        return sorted(found)

    def _one(self, name: str) -> Index:
        (found,) = self._named(name)
        return self.indexes[found]

    def _create(self, name: str, body: Body) -> Answer:
        if name in self.indexes:
            return failed(400, "resource_already_exists_exception")
        self.indexes[name] = Index(body)
        return 200, {"acknowledged": True}

    def _delete(self, name: str) -> Answer:
        for found in self._named(name):
            del self.indexes[found]
            for held in self.aliases.values():
                held.discard(found)
        return 200, {"acknowledged": True}

    def _mapping(self, name: str) -> Answer:
        names = self._named(name)
        if not names and "*" not in name:
            return failed(404, "index_not_found_exception")
        return 200, {found: {"mappings": self.indexes[found].mappings} for found in names}

    def _note(self, name: str, body: Body) -> Answer:
        self._one(name).mappings |= body
        return 200, {"acknowledged": True}

    def _alias(self, alias: str) -> Answer:
        names = self.aliases.get(alias)
        found = {name: {"aliases": {alias: {}}} for name in sorted(names or ())}
        return (200, found) if names else (404, {"error": f"alias [{alias}] missing", "status": 404})

    def _move(self, actions: list[Body]) -> Answer:
        for action in actions:
            ((kind, about),) = action.items()
            held = self.aliases.setdefault(about["alias"], set())
            (held.add if kind == "add" else held.discard)(about["index"])
        return 200, {"acknowledged": True}

    def _refresh(self, name: str) -> Answer:
        self._one(name).refresh()
        return 200, {"_shards": WHOLE}

    def _stats(self, name: str) -> Answer:
        size = sum(len(json.dumps(source)) for _, source in self._one(name).documents.values())
        return 200, {"_all": {"primaries": {"store": {"size_in_bytes": size + 1}, "segments": {"count": 9}}}}

    def _put(self, p: Body, params: dict[str, str], body: bytes) -> Answer:
        index = self._one(p["index"])
        known = index.documents.get(p["id"])
        wanted = int(params.get("if_seq_no", known[0] if known else 0))
        if known and (params.get("op_type") == "create" or wanted != known[0]):
            return failed(409, "version_conflict_engine_exception")
        return 201, {"_seq_no": index.put(p["id"], json.loads(body)), "_primary_term": 1}

    def _get(self, name: str, id: str) -> Answer:
        known = self._one(name).documents.get(id)
        if known is None:
            return 404, {"found": False}
        return 200, {"found": True, "_seq_no": known[0], "_primary_term": 1, "_source": known[1]}

    def _remove(self, p: Body, params: dict[str, str], body: bytes) -> Answer:
        status, found = self._get(p["index"], p["id"])
        if status == 200 and found["_seq_no"] != int(params["if_seq_no"]):
            return failed(409, "version_conflict_engine_exception")
        self._one(p["index"]).documents.pop(p["id"], None)
        return 200, {}

    def _several(self, p: Body, params: dict[str, str], body: bytes) -> Answer:
        index = self._one(p["index"])
        if params.get("realtime") == "false":
            held = {document.source["id"]: document.source for document in index.seen}
        else:
            held = {id: source for id, (_, source) in index.documents.items()}
        ids = json.loads(body)["ids"]
        return 200, {
            "docs": [{"found": id in held, "_source": {"digest": held.get(id, {}).get("digest")}} for id in ids]
        }

    def _bulk(self, name: str, body: bytes) -> Answer:
        index, lines = self._one(name), iter(body.splitlines())
        for line in lines:
            ((kind, about),) = json.loads(line).items()
            if kind == "delete":
                index.documents.pop(about["_id"], None)
            else:
                index.put(about["_id"], json.loads(next(lines)))
        return 200, {"errors": False, "items": []}

    def _open(self, name: str) -> Answer:
        point = f"point-{next(self._point_numbers)}"
        self.points[point] = self._one(name).seen
        return 200, {"pit_id": point, "_shards": WHOLE}

    def _forget(self, points: list[str]) -> Answer:
        for point in points:
            self.points.pop(point, None)
        return 200, {"pits": []}

    def _searches(self, _: Body, __: dict[str, str], body: bytes) -> Answer:
        answers = [self._search(json.loads(line))[1] for line in body.splitlines()[1::2]]
        return 200, {"responses": answers}

    def _search(self, request: Body) -> Answer:
        held = self.points.get(request["pit"]["id"])
        if held is None:
            return failed(404, "search_context_missing_exception")
        return 200, {"took": 1, "timed_out": False, "_shards": WHOLE, **_found(request, held)}


def _found(request: Body, held: list[Held]) -> Body:
    """Hits and counts of one search."""
    told: Body = {}
    asked_for = dict(request.get("aggs", {}))
    if "composite" in asked_for.get("values", {}):
        told["values"] = _paged(request, asked_for.pop("values")["composite"], held)
    counting = {name: each for name, each in asked_for.items() if set(each) != {"filter", "aggs"}}
    facets = {name: each for name, each in asked_for.items() if name not in counting}
    if counting:
        told |= counted(request | {"aggs": counting}, held)["aggregations"]
    scored = _scorer(request["query"], held) if "query" in request else lambda _: 0.0
    asked = {"sort": [{"_score": "desc"}], "size": 10, "query": {"match_all": {}}} | request | {"aggs": facets}
    total, page, counts = answer(asked, held, scored)
    for name, of in counts.items():
        most = of.most_common(facets[name]["aggs"]["values"]["terms"]["size"])
        buckets = [{"key": key, "doc_count": n} for key, n in most]
        left = of.total() - sum(n for _, n in most)
        told[name] = {"values": {"buckets": buckets, "sum_other_doc_count": left, "doc_count_error_upper_bound": 0}}
    names = request.get("docvalue_fields", ())
    hits = [
        {
            "fields": {name: [_given(each.source[name])] for name in names if name in each.source},
            "sort": sort,
            "_score": scored(each),
            "_source": {name: each.source[name] for name in ("record", "digest")},
        }
        for each, sort in page
    ]
    return {"hits": {"total": {"value": total, "relation": "eq"}, "hits": hits}, "aggregations": told}


def _paged(request: Body, asked: Body, held: list[Held]) -> Body:
    """A page of a field's values in their order, those without one first."""
    field = asked["sources"][0]["value"]["terms"]["field"]
    values = Counter(one.source.get(field) for one in held if matches(request["query"], one))
    ordered = sorted(values, key=lambda value: (value is not None, value))
    if "after" in asked:
        ordered = ordered[ordered.index(asked["after"]["value"]) + 1 :]
    page = ordered[: asked["size"]]
    buckets = [{"key": {"value": value}, "doc_count": values[value]} for value in page]
    return {"buckets": buckets, **({"after_key": {"value": page[-1]}} if page else {})}


def _given(value: Any) -> Any:
    """A value as it comes back: binary ones, which are sent in one base64 alphabet, in the other and unpadded."""
    if isinstance(value, str) and len(value) > 60 and re.fullmatch(r"[A-Za-z0-9+/]+=*", value):
        return value.rstrip("=").replace("+", "-").replace("/", "_")
    return value


def _scorer(query: Body, held: list[Held]) -> Callable[[Held], float]:
    """BM25 as Lucene has it, but for the rounding of lengths: idf × tf ÷ (tf + k1 (1 − b + b length ÷ mean))."""
    clauses = [(each, *_weight(each)) for each in query.get("bool", {}).get("should", ())]
    figures = [(clause, boost, field, *_figures(clause, field, held)) for clause, boost, field in clauses]

    def score(one: Held) -> float:
        found = 0.0
        for clause, boost, field, idf, mean in figures:
            if frequency := _frequency(clause, one):
                norm = K1 * (1 - B + B * one.length(field) / mean)
                found += boost * idf * frequency / (frequency + norm)
        return found

    return score


def _weight(clause: Body) -> tuple[float, str]:
    """The weight of a scored clause and the field it is of."""
    ((kind, options),) = clause.items()
    if kind == "bool":
        (part,) = options["must"]
        return options.get("boost", 1.0), "" if part == {"match_none": {}} else spans(part, Held({}))[0]
    ((field, wanted),) = options.items()
    return wanted["boost"], field


def _figures(clause: Body, field: str, held: list[Held]) -> tuple[float, float]:
    """The inverse frequency of a clause, of a sequence the sum of its terms', and the mean length of the field."""
    lengths = [one.length(field) for one in held]
    terms = [clause] if "term" in clause else [{"span_term": term} for term in _terms(clause)]
    holding = [sum(_frequency(term, one) > 0 for one in held) for term in terms]
    idf = sum(math.log1p((len(held) - n + 0.5) / (n + 0.5)) for n in holding if n)
    return idf, max(sum(lengths) / max(len(lengths), 1), 1e-9)


def _terms(clause: Any) -> list[Body]:
    """The distinct terms of a span query."""
    found: dict[str, Body] = {}

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if "span_term" in value:
                found.setdefault(json.dumps(value["span_term"]), value["span_term"])
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    walk(clause)
    return list(found.values())


def _frequency(clause: Body, one: Held) -> float:
    ((kind, options),) = clause.items()
    if kind == "term":
        ((field, wanted),) = options.items()
        return sum(term == wanted["value"] for _, term in one.places(field))
    part = options["must"][0] if kind == "bool" else clause
    return len(spans(part, one)[1]) if matches(part, one) else 0
