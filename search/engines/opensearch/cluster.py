"""The way to a cluster: address, credentials, retries, and errors that say what is wrong in its place.

In: a location such as "https://a:9200,b:9200/timbao" and the settings. Out: JSON answers, or errors of `search.errors`.
Must not know plans or documents. Credentials come from the environment or files alone and are never shown.
"""

from __future__ import annotations

import logging
import random
import re
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from search import deadline
from search.errors import EngineUnavailable, IndexMissing, QueryError, SettingError, TimBaoError
from search.settings import Settings, settings

OLDEST: Final = (2, 19)
"""The oldest OpenSearch that is tried in tests."""

ATTEMPTS: Final = 6
"""How often a request that may be repeated is sent; the pauses between grow from 0.1 to 3 s."""

LONGER: Final = 4
"""How many times as long a batch is waited for as another request: sent again, it would only add to the work."""

BUSY: Final = frozenset({429, 502, 503, 504})

OVER_S: Final = 0.005
"""How much longer than a search may take its last answer is waited for."""

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that are this machine."""

T = TypeVar("T")


class Cluster:
    """A connection to one cluster, shared by threads; `alias` names the index on it."""

    def __init__(self, location: str, chosen: Settings | None = None) -> None:
        self.location = location
        self.settings = chosen or settings()
        self.hosts, self.alias = parse(location)
        self.near = all(urlsplit(host).hostname in LOOPBACK for host in self.hosts)
        """Whether all nodes are on this machine, so that compressing what is sent gains nothing."""
        self._lock = threading.Lock()
        self._client: Any = None

    @property
    def client(self) -> Any:
        """The client, connected and of a version known to do.

        Raises:
            EngineUnavailable: nothing answers, credentials are refused, or the server is another or too old.
        """
        with self._lock:
            if self._client is None:
                client = self._connect()
                _verify(self._translated(client.info), self.location)
                self._client = client
            return self._client

    def call(self, request: Callable[[Any], T], *, repeat: bool = True) -> T:
        """The answer to a request, sent again while the cluster is busy or out of reach.

        Args:
            request: called with the client; must be safe to send twice if `repeat`.
            repeat: False for what must be sent once only.

        Raises:
            SearchTooLong: the time of the search that asks is over; no request takes longer than what is left of it.
        """
        for attempt in range(ATTEMPTS if repeat else 1):
            rest(attempt)
            try:
                client = self.client
                return self._translated(partial(request, client))
            except Passing as error:
                # where nothing has ever answered, the address is wrong more likely than a node is away
                stranger = isinstance(error, Unreachable) and self._client is None and attempt + 1 >= len(self.hosts)
                if attempt == ATTEMPTS - 1 or not repeat or stranger:
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _connect(self) -> Any:
        from opensearchpy import OpenSearch

        # what it warns of is raised here as an error with advice
        logging.getLogger("opensearch").setLevel(logging.ERROR)
        chosen = self.settings
        options: dict[str, Any] = {}
        if chosen.cluster_user:
            options["http_auth"] = (chosen.cluster_user, chosen.cluster_secret)
        elif chosen.cluster_secret:
            options["headers"] = {"Authorization": f"ApiKey {chosen.cluster_secret}"}
        if chosen.cluster_ca:
            options["ca_certs"] = str(chosen.cluster_ca)
        return OpenSearch(
            hosts=self.hosts,
            timeout=chosen.cluster_timeout_s,
            max_retries=0,
            pool_maxsize=chosen.threads + 2,
            connection_class=_connection(),
            **options,
        )

    def _translated(self, request: Callable[[], T]) -> T:
        from opensearchpy import exceptions

        try:
            return request()
        except exceptions.SSLError as error:
            raise EngineUnavailable(
                f"the certificate of {self.location} is not trusted: {_cause(error)}",
                "name the authority that signed it with TIMBAO_CLUSTER_CA",
            ) from error
        except exceptions.ConnectionTimeout as error:
            deadline.check()
            most = self.settings.cluster_timeout_s
            raise Passing(
                f"{self.location} did not answer within {most:g} s (a batch of articles: {LONGER * most:g} s)",
                "try again; raise TIMBAO_CLUSTER_TIMEOUT_S when it is always that slow",
            ) from error
        except exceptions.ConnectionError as error:
            raise Unreachable(
                f"{self.location} cannot be reached: {_cause(error)}", "start the cluster, or correct TIMBAO_URL"
            ) from error
        except exceptions.TransportError as error:
            raise self.refused(error.status_code, error.error, error.info) from error
        except (exceptions.OpenSearchException, AttributeError, ValueError) as error:
            # the client itself stumbles over answers that are no objects, as proxies give
            raise EngineUnavailable(f"{self.location} was not understood: {error}", "is it an OpenSearch?") from error

    def refused(self, status: Any, kind: str, info: Any) -> TimBaoError:
        """The error that says what a refusal means: its status, its kind and what else the cluster said."""
        said = f"{status} {kind}: {reason(info)}"
        if status == 401 or (status == 403 and "security" in said):
            return EngineUnavailable(
                f"{self.location} refuses the credentials", "set TIMBAO_CLUSTER_USER and TIMBAO_CLUSTER_PASSWORD"
            )
        if status in (403, 429) and ("cluster_block" in said or "create_block" in said):
            return EngineUnavailable(
                f"{self.location} does not take writes: {reason(info)}",
                "free disk space on the nodes (beyond its watermarks a cluster blocks writes), then try again",
            )
        if "too_many" in said and "clause" in said:
            return QueryError(
                "the query has more terms than the cluster allows",
                "shorten it, or raise indices.query.bool.max_clause_count on the cluster",
            )
        if status == 404 and "index_not_found" in said:
            return IndexMissing(f"there is no index at {self.location}", "build one: timbao index SOURCE")
        # one shard that has lost it names it, all of them together say only that the search has failed
        if status == 404 and ("search_context_missing" in said or "No search context found" in said):
            return Expired(f"a point in time of {self.location} is gone", "try again")
        if status == 409:
            return Conflict(f"another run changed {self.location} meanwhile", "try again")
        # 500 is also what comes of a node that dies while it searches
        if status in BUSY or (isinstance(status, int) and status >= 500):
            return Passing(f"{self.location} is busy or has lost nodes ({said})", "try again in a while")
        return EngineUnavailable(f"{self.location} refuses a request ({said})", "see the log of the cluster")


class Passing(EngineUnavailable):
    """A fault that may be over soon: busy, out of reach, nodes lost."""


class Unreachable(Passing):
    """No connection at all."""


class Expired(EngineUnavailable):
    """A point in time that the cluster no longer holds."""


class Conflict(EngineUnavailable):
    """A document that another run has written first."""


def parse(location: str) -> tuple[list[str], str]:
    """Hosts and alias of a location.

    >>> parse("https://a:9200,b:9200/timbao")
    (['https://a:9200', 'https://b:9200'], 'timbao')

    Raises:
        SettingError: it is no such address, or holds a password.
    """
    parts = urlsplit(location)
    alias = parts.path.strip("/")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SettingError(f'"{location}" is no address of a cluster', "write http://HOST:9200/ALIAS")
    if "@" in parts.netloc:
        raise SettingError(
            "the address of the cluster holds a password", "set TIMBAO_CLUSTER_USER and TIMBAO_CLUSTER_PASSWORD instead"
        )
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,200}", alias):
        raise SettingError(
            f'"{alias}" cannot name an index', "end the address in lower-case letters, digits, dots and hyphens"
        )
    return [f"{parts.scheme}://{host}" for host in parts.netloc.split(",") if host], alias


def rest(attempt: int) -> None:
    """Wait before a repetition (there is none before the first attempt), no longer than a search may take.

    Raises:
        SearchTooLong: its time is over.
    """
    if attempt:
        left = deadline.left()
        time.sleep(pause(attempt) if left is None else min(pause(attempt), left))
    deadline.check()


def pause(attempt: int) -> float:
    """Seconds to wait before a repetition, spread so that many writers do not return at once."""
    return min(3.0, 0.1 * 2.0**attempt) * random.uniform(0.5, 1.0)


def reason(info: Any) -> str:
    """The root cause that the cluster gives."""
    try:
        error = info["error"]
        causes = error.get("root_cause") or [error]
        return str(causes[0].get("reason") or causes[0].get("type"))
    except (TypeError, KeyError, AttributeError, IndexError):
        return str(info)[:200]


def _connection() -> type[Any]:
    """What sends requests: the client's own, waiting no longer for an answer than a search may take."""
    from opensearchpy import Urllib3HttpConnection

    class Connection(Urllib3HttpConnection):
        def perform_request(self, *given: Any, **options: Any) -> Any:
            left = deadline.left()
            if left is not None:
                # a little more, so that the time is over when the waiting is
                options["timeout"] = min(left + OVER_S, options.get("timeout") or self.timeout)
            return super().perform_request(*given, **options)

    return Connection


def _cause(error: Any) -> str:
    return str(getattr(error, "info", error) or error)[:300]


def _verify(info: Any, location: str) -> None:
    version = info.get("version", {}) if isinstance(info, dict) else {}
    number = str(version.get("number", "?"))
    if version.get("distribution") != "opensearch":
        raise EngineUnavailable(f"{location} is not an OpenSearch ({number})", "use OpenSearch 2.19 or newer")
    found = tuple(int(part) for part in re.findall(r"\d+", number)[:2])
    if found < OLDEST:
        raise EngineUnavailable(f"{location} is OpenSearch {number}", "upgrade it to 2.19 or newer")
