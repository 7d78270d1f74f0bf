"""Assertions of the shared suite are explained like those of a test module."""

import pytest

pytest.register_assert_rewrite("tests.engines.conformance", "tests.engines.generations")
