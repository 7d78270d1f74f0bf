"""A reader of an index on a cluster: one point in time, from first to last hit, whatever writers and nodes do.

In: a `Cluster`. Out: what `search.engines.base.Reader` promises. Must not know how documents are written.

A point in time is lost with a node, or when nothing is asked for `KEEP_ALIVE`; it is then opened anew on the same
version, and paging goes on from its last sort value. An answer without every shard is never given.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Final, Self

from search.engines.base import IndexStats, Match, Matches, Prepared, Texts, Tokens, regrouped, texts
from search.engines.opensearch import dsl, once
from search.engines.opensearch.cluster import ATTEMPTS, Cluster, Expired, Passing, rest
from search.engines.opensearch.grouping import Group, Signed, read
from search.engines.opensearch.lexicon import Lexicon
from search.engines.opensearch.searching import searched
from search.engines.opensearch.spoken import unpacked
from search.engines.opensearch.versions import Versions
from search.engines.stored import analyzed, restored
from search.errors import EngineUnavailable, TimBaoError
from search.model import Article
from search.query.tree import (
    EVERYTHING,
    Attribute,
    FacetField,
    Fuzzy,
    Plan,
    Prefix,
    Sequence,
    Space,
    Term,
    Weighted,
    Zone,
)

FEW: Final = 20
MANY: Final = 60
"""A first page of so many articles, from FEW to MANY, is one that the second phase of ranking will read."""
KEPT_TOKENS: Final = 1_000
"""Articles whose tokens are kept, some 3 KB each."""
KEEP_ALIVE: Final = "10m"
PAGE: Final = 1_000
PAGE_VALUES: Final = 10_000
"""Articles of one request when only short values are asked for; the most that a cluster allows by default."""


class OpenSearchReader:
    """One generation; shareable between threads.

    Args:
        cluster: where the index lives.
        index: a version that is not live yet.
    """

    def __init__(self, cluster: Cluster, index: str = "") -> None:
        self._cluster = cluster
        self._versions = Versions(cluster)
        self._index, self._meta = (index, self._versions.meta(index)) if index else self._versions.current()
        self.generation = f"{self._index}.{self._meta['commit']}"
        self._lock = threading.Lock()
        self._spread = True
        self._point = self._open()
        self._lexicon = Lexicon(self.ask_all)
        self._values: dict[Plan, Matches] = {}
        self._tokens: dict[str, str] = {}
        """Of the best articles of answers, for the second phase of ranking, which asks for them next."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the cluster forget the point in time."""
        with self._lock:
            point, self._point = self._point, ""
        if point:
            self._forget(point)

    def __len__(self) -> int:
        return len(self._lexicon)

    def warm(self, seconds: float) -> None:
        """Nothing: what is read often is kept where it lies."""

    def search(self, plan: Plan) -> Matches:
        """Answer a plan.

        Raises:
            QueryError: the plan is larger than the cluster allows.
            EngineUnavailable: the cluster cannot give a whole answer.
        """
        if plan != Plan(EVERYTHING, facets=plan.facets, limit=0):
            return self._search(plan)
        # the values of a field, which queries with fields ask for each time
        known = self._values.get(plan)
        if known is None:
            known = self._values[plan] = self._search(plan)
        return known

    def _search(self, plan: Plan) -> Matches:
        # one more than asked tells whether there is a next page
        request = dsl.body(plan, self._weighed(plan.score) if plan.sort == "relevance" else ())
        limit = max(plan.limit, 0)
        request["size"] = limit + 1 if limit else 0
        if plan.sort == "relevance" and plan.score and plan.after is None and FEW <= limit <= MANY:
            request["docvalue_fields"] = [*request["docvalue_fields"], "tokens"]
        counted = once.Once(plan) if plan.copies == "once" else None
        answer = self.ask(request) if counted is None else self._set_aside(plan, request, counted)
        self._keep_tokens(answer["hits"]["hits"])
        page = [
            Match(hit["fields"]["id"][0], dsl.sort_value(plan, hit["sort"][0]), hit["fields"].get("copies", (0,))[0])
            for hit in answer["hits"]["hits"]
        ]
        facets: dict[str, dict[str, int]] = {
            name: self._facet(name, plan, answer["aggregations"][name]["values"]) for name in plan.facets
        }
        if "city" in facets:
            facets["city"] = regrouped(facets["city"], plan.regrouped)
        total = answer["hits"]["total"]["value"]
        if counted is not None:
            total += counted.total
            page = sorted([*page, *counted.page()], key=lambda match: once.order(plan, match))
            for name, counts in counted.facets.items():
                facets[name] = dict(Counter(facets[name]) + Counter(counts))
        return Matches(total, tuple(page[:limit]), facets, once.following(page, limit))

    def _set_aside(self, plan: Plan, request: dict[str, Any], counted: once.Once) -> dict[str, Any]:
        """The answer for articles without copies; the others are counted."""
        apart = once.aside(plan, request, PAGE_VALUES)
        answer, held = self.ask_all([once.alone(request), apart])
        while True:
            hits = held["hits"]["hits"]
            counted.take(hits)
            if len(hits) < PAGE_VALUES:
                return answer
            held = self.ask(apart | {"search_after": hits[-1]["sort"]})

    def scores(self, term: Term | Sequence, ids: tuple[str, ...]) -> dict[str, float]:
        """The score of one term in each of `ids`; 0 where it is absent."""
        clauses = [dsl.weighted(item.term, item.weight) for item in self._weighed((Weighted(term, 1.0),))]
        query = {"filter": [dsl.condition(Attribute("id", ids))], "should": clauses, "minimum_should_match": 0}
        request = {"query": {"bool": query}, "size": len(ids), "_source": False, "docvalue_fields": ["id"]}
        found = {hit["fields"]["id"][0]: hit["_score"] for hit in self.ask(request)["hits"]["hits"]} if ids else {}
        return {identifier: found.get(identifier, 0.0) for identifier in ids}

    def articles(self, ids: Iterable[str]) -> list[Article]:
        """The stored articles, in the order asked; unknown ids are left out."""
        asked = list(ids)
        found: dict[str, Article] = {}
        for start in range(0, len(asked), PAGE):
            part = tuple(asked[start : start + PAGE])
            query = dsl.condition(Attribute("id", part))
            answer = self.ask({"query": query, "size": len(part), "_source": ["record"]})
            for hit in answer["hits"]["hits"]:
                article = restored(hit["_source"]["record"])
                found[article.id] = article
        return [found[identifier] for identifier in asked if identifier in found]

    def prepared(self, ids: Iterable[str]) -> list[Prepared]:
        """Stored articles analyzed anew."""
        return analyzed(self.articles(ids))

    def texts(self, ids: Iterable[str]) -> list[Texts]:
        """Stored articles analyzed anew, in columns."""
        return texts(self.prepared(ids))

    def copies(self, id: str) -> tuple[str, ...]:
        """Ids of the other articles of an article's group, in order; none for an unknown id."""
        own = {"bool": {"filter": [dsl.condition(Attribute("id", (id,))), once.GROUPED]}}
        for fields in self._columns(("group",), own):
            like = {"term": {"group": fields["group"][0]}}
            return tuple(found["id"][0] for found in self._columns(("id",), like) if found["id"][0] != id)
        return ()

    def tokens(self, ids: Iterable[str], *, joined: bool = False) -> list[Tokens]:
        """The tokens of stored articles, as they were when they were written."""
        asked = tuple(ids)
        with self._lock:
            found = {id: self._tokens[id] for id in asked if id in self._tokens}
        missing = tuple(id for id in asked if id not in found)
        for start in range(0, len(missing), PAGE):
            some = Attribute("id", missing[start : start + PAGE])
            found |= {
                fields["id"][0]: fields["tokens"][0]
                for fields in self._columns(("id", "tokens"), {"bool": {"filter": [dsl.condition(some)]}})
            }
        return unpacked(((id, found[id]) for id in asked if id in found), joined=joined)

    def _keep_tokens(self, hits: list[dict[str, Any]]) -> None:
        """Keep the tokens that came with hits."""
        held = {hit["fields"]["id"][0]: hit["fields"]["tokens"][0] for hit in hits if "tokens" in hit["fields"]}
        if held:
            with self._lock:
                if len(self._tokens) + len(held) > KEPT_TOKENS:
                    self._tokens.clear()
                self._tokens |= held

    def ids(self) -> Iterator[str]:
        """All article ids."""
        return (identifier for identifier, _ in self.records(source=False))

    def records(self, *, source: bool) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every id with what is stored under it (nothing, unless `source`)."""
        request: dict[str, Any] = {"size": PAGE, "_source": source, "docvalue_fields": ["id"], "sort": [{"id": "asc"}]}
        while True:
            hits = self.ask(request)["hits"]["hits"]
            for hit in hits:
                yield hit["fields"]["id"][0], hit.get("_source", {})
            if len(hits) < PAGE:
                return
            request["search_after"] = hits[-1]["sort"]

    def digests(self) -> dict[str, str]:
        """The digest of every article by id."""
        return {fields["id"][0]: fields["digest"][0] for fields in self._columns(("id", "digest"))}

    def signed(self) -> Iterator[Signed]:
        """Signature and group of every article, in the order of ids."""
        for fields in self._columns(("id", "signature", "group", "copies")):
            group = Group(fields["group"][0], fields["copies"][0]) if "group" in fields else None
            yield Signed(fields["id"][0], read(fields.get("signature", ("",))[0]), group)

    def _columns(self, names: tuple[str, ...], query: dict[str, Any] = dsl.EVERYTHING) -> Iterator[dict[str, Any]]:
        """Some short values of every article, in the order of ids."""
        request: dict[str, Any] = {"query": query, "size": PAGE_VALUES, "sort": [{"id": "asc"}]}
        request |= {"docvalue_fields": list(names), "_source": False, "stored_fields": "_none_"}
        request["track_total_hits"] = False
        while True:
            hits = self.ask(request)["hits"]["hits"]
            yield from (hit["fields"] for hit in hits)
            if len(hits) < PAGE_VALUES:
                return
            request["search_after"] = hits[-1]["sort"]

    def foresee(self, terms: Iterable[Term | Sequence | Prefix | Fuzzy]) -> None:
        """Fetch at once what will be asked for: frequencies, terms that begin with prefixes, similar terms."""
        self._lexicon.foresee(terms)

    def frequency(self, term: Term | Sequence) -> int:
        """Number of articles that hold the term."""
        return self._lexicon.frequency(term)

    def terms(self, space: Space, prefix: str = "", zone: Zone = "any") -> Iterator[tuple[str, int]]:
        """Terms that begin with `prefix`, in order of code points, with document frequencies."""
        return self._lexicon.terms(space, prefix, zone)

    def similar_terms(self, space: Space, text: str, distance: int = 1) -> list[tuple[str, int]]:
        """Terms within `distance` edits, nearest and most frequent first."""
        return self._lexicon.similar(space, text, distance)

    def stats(self) -> IndexStats:
        """Figures of this generation; numbers of terms are estimates above 40,000, and pairs are not counted."""
        counts = self.search(Plan(EVERYTHING, facets=("city", "year"), limit=0)).facets
        measured = self._cluster.call(lambda client: client.indices.stats(index=self._index, metric="store,segments"))
        primaries = measured["_all"]["primaries"]
        return IndexStats(
            engine="opensearch",
            location=self._cluster.location,
            generation=self.generation,
            articles=len(self),
            segments=primaries["segments"]["count"],
            size_bytes=primaries["store"]["size_in_bytes"],
            terms=self._lexicon.counts(),
            cities=dict(counts["city"]),
            years=dict(counts["year"]),
            built=self._meta.get("built"),
        )

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The whole answer to a search at this reader's point in time.

        Raises:
            EngineUnavailable: some shard did not answer, again and again.
        """
        return self.ask_all([request])[0]

    def ask_all(self, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The whole answers to searches at this reader's point in time, in one journey.

        Raises:
            EngineUnavailable: some shard did not answer, again and again.
            SearchTooLong: the time of the search that asks is over, which is looked at before each journey.
        """
        for attempt in range(ATTEMPTS):
            rest(attempt)
            with self._lock:
                point = self._point
            if not point:
                raise EngineUnavailable("this reader is closed", "open another")
            pinned = [request | {"pit": {"id": point, "keep_alive": KEEP_ALIVE}} for request in requests]
            try:
                return searched(self._cluster, pinned, spread=self._spread)
            except (Expired, Passing) as error:
                fault: TimBaoError = error
                self._renew(point)
        raise fault

    def _weighed(self, score: tuple[Weighted, ...]) -> tuple[Weighted, ...]:
        """The weights to send: Lucene sums the rarity of a sequence's terms, the tree takes it as one term."""
        weighed = []
        rarities = self._lexicon.rarities(item.term for item in score if isinstance(item.term, Sequence))
        for item in score:
            weight = item.weight
            if isinstance(item.term, Sequence):
                weight *= rarities[item.term]
            if weight:
                weighed.append(Weighted(item.term, weight))
        return tuple(weighed)

    def _facet(self, name: FacetField, plan: Plan, counted: dict[str, Any]) -> dict[str, int]:
        if not counted["sum_other_doc_count"] and not counted["doc_count_error_upper_bound"]:
            return {dsl.facet_value(name, bucket["key"]): bucket["doc_count"] for bucket in counted["buckets"]}
        found: dict[str, int] = {}
        after: dict[str, Any] | None = None
        while True:
            page = self.ask(_only(plan, dsl.facet_pages(name, plan, after)))["aggregations"]["values"]
            for bucket in page["buckets"]:
                value = bucket["key"]["value"]
                found[dsl.facet_value(name, 0 if value is None else value)] = bucket["doc_count"]
            after = page.get("after_key")
            if after is None:
                return found

    def _open(self) -> str:
        params = {"keep_alive": KEEP_ALIVE, "allow_partial_pit_creation": "false"}
        answer = self._cluster.call(lambda client: client.create_pit(index=self._index, params=params))
        self._spread = answer.get("_shards", {}).get("total", 2) > 1
        return str(answer["pit_id"])

    def _renew(self, point: str) -> None:
        """Open a new point in time in place of a lost one, unless another thread has."""
        with contextlib.suppress(Passing):
            fresh = self._open()
            with self._lock:
                replaced = self._point == point
                if replaced:
                    self._point = fresh
            self._forget(point if replaced else fresh)

    def _forget(self, point: str) -> None:
        with contextlib.suppress(TimBaoError):
            self._cluster.call(lambda client: client.delete_pit(body={"pit_id": [point]}), repeat=False)


def _only(plan: Plan, request: dict[str, Any]) -> dict[str, Any]:
    return once.alone(request) if plan.copies == "once" else request
