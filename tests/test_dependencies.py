"""No locked version, and no lower bound of ours, is one with a fault that docs/testing.md knows of."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.conftest import ROOT

ROW = re.compile(r"^\| ([a-z0-9-]+) \| ([0-9.]+) \| ((?:CVE|GHSA|PYSEC)-[^|]+)\|$", re.MULTILINE)
KNOWN = {name: Version(fixed) for name, fixed, _ in ROW.findall((ROOT / "docs" / "testing.md").read_text("utf-8"))}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locked_versions_have_no_known_fault(lock: str) -> None:
    pinned = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE)
    assert len(pinned) > 50
    faulty = [f"{name} {version}" for name, version in pinned
              if Version(version) < KNOWN.get(canonicalize_name(name), Version("0"))]  # fmt: skip
    assert faulty == []
    assert set(KNOWN) <= {canonicalize_name(name) for name, _ in pinned}, "a row for a library that is not used"


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
