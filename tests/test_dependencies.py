"""No locked version, and no lower bound of ours, is one with a fault that docs/testing.md knows of."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.advisories import LOCKS, accepted, pins
from tests.conftest import ROOT

ROW = re.compile(r"^\| ([a-z0-9-]+) \| ([0-9.]+) \| ((?:CVE|GHSA|PYSEC)-[^|]+)\|$", re.MULTILINE)
KNOWN = {name: Version(fixed) for name, fixed, _ in ROW.findall((ROOT / "docs" / "testing.md").read_text("utf-8"))}


@pytest.mark.parametrize("lock", LOCKS)
def test_locked_versions_have_no_known_fault(lock: str) -> None:
    locked = pins(ROOT / lock)
    assert len(locked) > 50
    faulty = [f"{name} {version}" for name, versions in locked.items() for version in versions
              if version < KNOWN.get(name, Version("0"))]  # fmt: skip
    assert faulty == []


def test_each_row_is_of_a_library_in_use() -> None:
    # the lock for development holds everything that is installed to run, and more
    assert set(KNOWN) - set(pins(ROOT / "requirements-dev.lock")) == set()
    assert len(set(KNOWN) & set(pins(ROOT / "requirements.lock"))) > 10


def test_the_audit_with_a_network_accepts_the_same_faults() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    named = re.search(r"^ACCEPTED := (.*)$", makefile, re.MULTILINE)
    assert named is not None
    assert named[1].split() == sorted(accepted())


def test_lower_bounds_leave_known_faults_out() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    bounds = [Requirement(text) for text in project["dependencies"]]
    open_to = [
        f"{bound} allows {name} before {fixed}"
        for bound in bounds
        for name, fixed in KNOWN.items()
        if canonicalize_name(bound.name) == name
        and not any(spec.operator in (">=", "==") and Version(spec.version) >= fixed for spec in bound.specifier)
    ]
    assert open_to == []
