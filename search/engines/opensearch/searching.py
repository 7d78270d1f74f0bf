"""Searches sent to a cluster: one by itself, several in one request, and no answer that is not whole.

In: a `Cluster` and search bodies. Out: their answers, in order. Must not know plans, nor how a point in time is opened.
"""

from __future__ import annotations

from typing import Any, Final

from search.engines.opensearch.cluster import Cluster, Passing

GLOBAL: Final = "dfs_query_then_fetch"
"""Frequencies of all shards are gathered first."""

Json = dict[str, Any]


def searched(cluster: Cluster, bodies: list[Json], *, spread: bool = True) -> list[Json]:
    """The answers of every shard to each search, sent once.

    Args:
        cluster: where to.
        bodies: the searches.
        spread: whether there are several shards, whose frequencies have to be gathered.

    Raises:
        Passing: some shard did not answer, or not in time.
        Expired: the point in time of a search is gone.
        EngineUnavailable, QueryError: the cluster refuses one of them.
    """
    if len(bodies) == 1:
        answers = [
            cluster.call(lambda client: client.search(body=bodies[0], params=_params(bodies[0], spread)), repeat=False)
        ]
    else:
        lines = [line for body in bodies for line in (_params(body, spread), body)]
        answers = cluster.call(lambda client: client.msearch(body=lines), repeat=False)["responses"]
    for answer in answers:
        if "error" in answer:
            raise cluster.refused(answer.get("status"), str(answer["error"].get("type")), answer)
        failed = answer["_shards"]["failed"]
        if failed or answer["timed_out"]:
            raise Passing(
                f"{failed} of {answer['_shards']['total']} shards of {cluster.location} did not answer",
                "try again in a while",
            )
    return answers


def _params(body: Json, spread: bool) -> Json:
    params: Json = {"allow_partial_search_results": "false"}
    if spread and "should" in body.get("query", {}).get("bool", {}):
        # only where there is something to score
        params["search_type"] = GLOBAL
    return params
