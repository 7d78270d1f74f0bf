"""One request on its way in: its head as it was sent, made what the rest of the server reads.

In: the bytes of a head. Out: the request, as waitress has it. Must not know routes.

An address with Vietnamese letters as they are is none by the standard, but what a person types behind `curl` is one:
letters outside ASCII are percent-encoded, as a browser does it.
"""

from __future__ import annotations

import re

from waitress.parser import HTTPRequestParser

_OUTSIDE = re.compile(rb"[\x80-\xff]")


def encoded(head: bytes) -> bytes:
    """A head whose first line is ASCII.

    >>> encoded("GET /search?q=lũ HTTP/1.1\\r\\nHost: đê\\r\\n".encode())[:31]
    b'GET /search?q=l%C5%A9 HTTP/1.1\\r'
    """
    if head.isascii():
        return head
    line, end, rest = head.partition(b"\r\n")
    return _OUTSIDE.sub(lambda found: b"%%%02X" % found[0][0], line) + end + rest


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Reads one request."""

    def parse_header(self, header_plus: bytes) -> None:
        """Take over the first line and the headers."""
        super().parse_header(encoded(header_plus))
