"""One answer on its way out: its head, and the body behind it.

In: a request and its channel, as waitress has them. Out: bytes for the channel. Must not know routes.

waitress sends head and body apart: two calls of the system for each answer, and a client that wakes up twice. And it
closes the connection behind an answer that has no body by its status, such as "not modified". What most answers are,
HTTP/1.1 with a known length on a connection that is kept, is written here by a shorter way; everything else by
waitress's own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from waitress.task import WSGITask
from waitress.utilities import build_http_date

TOGETHER_BYTES: Final = 1 << 17
"""Bodies up to this size are copied behind their head; larger ones take more calls anyway."""


@lru_cache(maxsize=256)
def _capitalized(name: str) -> str:
    """A header's name as waitress writes it."""
    return "-".join([part.capitalize() for part in name.split("-")])


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    """The Date of answers begun within a second."""
    return str(build_http_date(second))


class Task(WSGITask):  # type: ignore[misc]
    """One answer; the last of its connection when the server is about to end."""

    wrote_header: bool

    def build_response_header(self) -> bytes:
        """The head of the answer."""
        if self.channel.server.ending:
            self.set_close_on_finish()
        length, bare = self.content_length, not self.has_body
        kept = not (self.close_on_finish or "CONNECTION" in self.request.headers)
        if self.version == "1.1" and kept and (bare or length is not None):
            lines = [(_capitalized(name), value) for name, value in self.response_headers]
            if bare:
                lines = [(name, value) for name, value in lines if name != "Content-Length"]
            names = {name for name, _ in lines}
            if "Server" not in names:  # a server behind this one is told of in Via
                if not bare and "Content-Length" not in names:
                    lines.append(("Content-Length", str(length)))
                if "Date" not in names:
                    lines.append(("Date", _date(int(self.start_time))))
                head = "".join([f"{name}: {value}\r\n" for name, value in lines])
                return f"HTTP/1.1 {self.status}\r\n{head}\r\n".encode("latin-1")
        return bytes(super().build_response_header())

    def write(self, data: bytes) -> None:
        """Send a part of the body; the first one behind the head."""
        whole = self.complete and not self.wrote_header and self.has_body and 0 < len(data) <= TOGETHER_BYTES
        if whole and self.content_length == len(data):
            head = self.build_response_header()
            self.wrote_header = True
            self.content_bytes_written = len(data)
            self.channel.write_soon(head + data)
        else:
            super().write(data)
