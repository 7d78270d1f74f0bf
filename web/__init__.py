"""The pages and the HTTP API: `create_app` makes the Flask application, `server.serve` runs it.

In: HTTP requests. Out: pages, JSON, feeds, exports. Must not know engines: everything is asked of `search.service`.
"""

from __future__ import annotations

from web.app import create_app

__all__ = ["create_app"]
