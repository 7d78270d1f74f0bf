"""An application over the stand-in index, and a client for it."""

from __future__ import annotations

from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from search.service import Index
from search.settings import Settings
from tests.web.fake import FakeIndex
from web import create_app


def make(index: FakeIndex | None = None, **given: Any) -> Flask:
    """An application with the settings given, silent."""
    app = create_app(cast(Index, index or FakeIndex()), Settings(**{"access_log": False} | given))
    app.testing = False
    return app


@pytest.fixture
def index() -> FakeIndex:
    return FakeIndex()


@pytest.fixture
def client(index: FakeIndex) -> FlaskClient:
    return make(index).test_client()
