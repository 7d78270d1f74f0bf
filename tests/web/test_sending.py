"""One answer on its way out: the same head as waitress's, in one piece with the body."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from itertools import product
from typing import Any

import pytest
from waitress.task import WSGITask

from tests.serving import served
from web import connections
from web.sending import TOGETHER_BYTES

BODY = b"x" * 5000


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answers as its path says."""
    kind = environ["PATH_INFO"].strip("/")
    headers = [("content-type", "text/plain"), ("X-one-two", "three")]
    if kind == "empty":
        start_response("204 No Content", headers)
        return []
    if kind == "parts":
        start_response("200 OK", [*headers, ("Content-Length", "10")])
        return iter([b"01234", b"", b"56789"])
    if kind == "unknown":
        start_response("200 OK", headers)
        return iter([b"0123456789"])
    if kind == "server":
        headers += [("Server", "behind"), ("Date", "Sun, 22 Nov 2026 00:00:00 GMT")]
    body = b"y" * (TOGETHER_BYTES + 1) if kind == "large" else BODY
    start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
    return [body]


def ask(address: str, method: str, kind: str, version: str, more: str) -> tuple[Any, ...]:
    """Version, status, headers and body of an answer, and whether its connection is kept."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as door:
        door.sendall(f"{method} /{kind} HTTP/{version}\r\nHost: x\r\n{more}\r\n".encode())
        answer = http.client.HTTPResponse(door, method=method)
        answer.begin()
        headers = sorted(answer.getheaders())
        return answer.version, answer.status, answer.reason, headers, answer.read(), answer.will_close


REQUESTS = list(
    product(
        ("GET", "HEAD"),
        ("plain", "empty", "parts", "unknown", "large", "server"),
        ("1.1", "1.0"),
        ("", "Connection: close\r\n", "Connection: keep-alive\r\n"),
    )
)


def test_answers_are_those_of_waitress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("waitress.task.build_http_date", lambda when: "now")
    monkeypatch.setattr("web.sending._date", lambda second: "now")
    with served(app) as address:  # type: ignore[arg-type]
        ours = [ask(address, *request) for request in REQUESTS]
    monkeypatch.setattr(connections._Channel, "task_class", WSGITask)
    with served(app) as address:  # type: ignore[arg-type]
        theirs = [ask(address, *request) for request in REQUESTS]
    for request, mine, its in zip(REQUESTS, ours, theirs, strict=True):
        if request[1:] in (("empty", "1.1", ""), ("empty", "1.1", "Connection: keep-alive\r\n")):
            continue  # waitress closes the connection behind an answer without a body
        assert mine == its, request


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_answer_without_a_body_leaves_the_connection_open(method: str) -> None:
    with served(app) as address:  # type: ignore[arg-type]
        _, status, _, headers, body, closes = ask(address, method, "empty", "1.1", "")
        assert (status, body, closes) == (204, b"", False)
        assert {"Connection", "Content-Length", "Transfer-Encoding"}.isdisjoint(dict(headers))
        host, port = address.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=5)
        for path in ("/empty", "/plain", "/empty", "/plain"):  # by one connection
            connection.request("GET", path)
            answer = connection.getresponse()
            assert len(answer.read()) == (0 if path == "/empty" else len(BODY))
            assert not answer.will_close
        connection.close()


def test_the_date_is_that_of_the_answer() -> None:
    with served(app) as address:  # type: ignore[arg-type]
        headers = dict(ask(address, "GET", "plain", "1.1", "")[3])
    assert abs(parsedate_to_datetime(headers["Date"]).timestamp() - time.time()) < 60


def test_head_and_body_leave_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    send = connections._Channel.send

    def counted(self: Any, data: bytes, do_close: bool = True) -> Any:
        sent.append(bytes(data))
        return send(self, data, do_close)

    monkeypatch.setattr(connections._Channel, "send", counted)
    with served(app) as address:  # type: ignore[arg-type]
        ask(address, "GET", "plain", "1.1", "")
    assert len(sent) == 1
    assert sent[0].endswith(b"\r\n\r\n" + BODY)
