"""Is a locked version one with a known fault? Asked of a copy of PyPA's advisory database, without a network.

    python -m tests.advisories ADVISORIES [LOCK …]
    make audit ADVISORIES=/path/to/advisory-database

ADVISORIES is a clone of https://github.com/pypa/advisory-database (or its `vulns` alone), the database that pip-audit
asks; without LOCK both locks are held against it. Printed are faults, each with the version that mends it, and how new
the newest advisory is that names a locked library: a copy of last year knows nothing of this one. The answer is 1 if
a fault was found that docs/testing.md does not accept, 2 if the database or one of its files cannot be read.

>>> fault = {"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "2.0"}, {"fixed": "2.4.1"}]}]}
>>> affects(fault, Version("2.4")), affects(fault, Version("2.4.1")), affects(fault, Version("1.9"))
(True, False, False)
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
ACCEPTED = re.compile(r"^\| ((?:CVE|GHSA|PYSEC)-[\w-]+) \| ([a-z0-9-]+) \| ([^|]+) \|$", re.MULTILINE)


class Unreadable(Exception):
    """The database, or a file of it, is not what it should be; the message says what and where."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An advisory that names a locked version."""

    library: str
    version: Version
    ids: tuple[str, ...]
    """The advisory's own id first, then its other names."""
    mended: str
    """The first version without the fault above the locked one, "" if the database knows none."""


def pins(lock: Path) -> dict[str, set[Version]]:
    """Versions that a lock installs, by canonical name; more than one where Pythons differ."""
    found: dict[str, set[Version]] = {}
    for name, version in PIN.findall(lock.read_text("utf-8")):
        found.setdefault(canonicalize_name(name), set()).add(Version(version))
    return found


def affects(affected: dict[str, Any], version: Version) -> bool:
    """Whether one entry of `affected` covers a version: named there, or inside a range (OSV schema 1.6)."""
    if any(_version(listed) == version for listed in affected.get("versions", ())):
        return True
    return any(
        _in_range(range_["events"], version) for range_ in affected.get("ranges", ()) if range_["type"] == "ECOSYSTEM"
    )


def _version(text: object) -> Version | None:
    try:
        return Version(str(text))
    except InvalidVersion:
        return None


def _in_range(events: list[dict[str, Any]], version: Version) -> bool:
    """Ranges are a list of switches: on from `introduced`, off from `fixed`, off behind `last_affected`."""
    inside = False
    switches = [(Version(str(at)), kind) for event in events for kind, at in event.items()]
    for at, kind in sorted(switches, key=lambda switch: switch[0]):
        if kind == "introduced" and version >= at:
            inside = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            inside = False
    return inside


def _mended(affected: dict[str, Any], version: Version) -> str:
    fixed = [
        Version(str(event["fixed"]))
        for range_ in affected.get("ranges", ())
        if range_["type"] == "ECOSYSTEM"
        for event in range_["events"]
        if "fixed" in event
    ]
    return str(min((at for at in fixed if at > version), default=""))


def advisories(database: Path, library: str) -> Iterator[dict[str, Any]]:
    """Advisories of a library that are not withdrawn, in the order of their files' names.

    Raises:
        Unreadable: a file is no advisory.
    """
    for path in sorted((database / library).glob("*.yaml")):
        try:
            advisory = yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            advisory["id"], advisory["affected"][0]["package"]["name"]
        except (yaml.YAMLError, UnicodeDecodeError, KeyError, IndexError, TypeError) as error:
            raise Unreadable(f"{path}: not an advisory: {error!r}; is the copy of the database whole?") from error
        if "withdrawn" not in advisory:
            yield advisory


def vulnerabilities(copy: Path) -> Path:
    """The folder of libraries in a copy of the database.

    Raises:
        Unreadable: there is none.
    """
    for folder in (copy / "vulns", copy):
        if any(folder.glob("*/PYSEC-*.yaml")):
            return folder
    raise Unreadable(
        f"{copy}: no vulns/LIBRARY/PYSEC-….yaml in it; fetch https://github.com/pypa/advisory-database where there is "
        "a network and name its folder here"
    )


def faults(database: Path, locked: dict[str, set[Version]]) -> tuple[list[Fault], int, str]:
    """Faults of locked versions, how many advisories were read, and the newest date among them ("" without any)."""
    found: list[Fault] = []
    read, newest = 0, ""
    for library, versions in sorted(locked.items()):
        for advisory in advisories(database, library):
            read += 1
            newest = max(newest, str(advisory.get("published", ""))[:10], str(advisory.get("modified", ""))[:10])
            ids = (advisory["id"], *advisory.get("aliases", ()))
            for affected in advisory["affected"]:
                if canonicalize_name(affected["package"]["name"]) == library:
                    found += [Fault(library, version, ids, _mended(affected, version))
                              for version in sorted(versions) if affects(affected, version)]  # fmt: skip
    return found, read, newest


def accepted() -> dict[str, str]:
    """Faults that docs/testing.md says why it lives with, by id."""
    return {id_: reason for id_, _, reason in ACCEPTED.findall((ROOT / "docs" / "testing.md").read_text("utf-8"))}


@click.command(help=(__doc__ or "").split(">>>")[0].replace("\n\n    ", "\n\n\b\n    "))
@click.argument("copy", metavar="ADVISORIES", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("locks", metavar="[LOCK]...", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(copy: Path, locks: tuple[Path, ...]) -> None:
    refused = 0
    try:
        database = vulnerabilities(copy)
        for lock in locks or [ROOT / name for name in LOCKS]:
            locked = pins(lock)
            found, read, newest = faults(database, locked)
            click.echo(
                f"{lock.name}: {len(locked)} libraries, {read} advisories of them, the newest of {newest or '–'}"
            )
            for fault in found:
                reason = next((accepted()[id_] for id_ in fault.ids if id_ in accepted()), "")
                refused += not reason
                mend = f"mended in {fault.mended}" if fault.mended else "no version without it is known"
                click.echo(f"  {fault.library} {fault.version}: {', '.join(fault.ids)}; {mend}"
                           + (f"; accepted: {reason}" if reason else ""))  # fmt: skip
    except Unreadable as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)
    click.echo(f"{refused} not accepted")
    sys.exit(1 if refused else 0)


if __name__ == "__main__":
    main()
