"""The files of docs/deploy and the Dockerfile are sound: linted, and about settings and paths that exist."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from search.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "docs" / "deploy"
FILES = sorted([ROOT / "Dockerfile", *DEPLOY.iterdir()])


def program(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(*command: str | Path) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def test_the_dockerfile_has_no_lint() -> None:
    run(program("hadolint"), ROOT / "Dockerfile")


def test_the_image_needs_only_what_is_let_into_it() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split("\n")
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    assert names == let_in
    assert all((ROOT / name).exists() for name in names)


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".yml"], ids=lambda path: path.name)
def test_compose_files_lock_down_what_is_ours(path: Path) -> None:
    services: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))["services"]
    for service in services.values():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), "open to this machine only; a proxy opens it to others"
        if service["image"] == "timbao":
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
            assert (path.parent / service["build"]).resolve() == ROOT
            for source in re.findall(r"\$\{ARTICLES:-([^}]+)\}", " ".join(service["volumes"])):
                # Compose reads relative paths from the file's own folder, not from where it is called
                assert (path.parent / source).resolve() == ROOT / "articles"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_settings_that_are_named_exist(path: Path) -> None:
    named = set(re.findall(r"\bTIMBAO_([A-Z_]+)\b", path.read_text("utf-8")))
    assert named <= {name.upper() for name in Settings.model_fields}


def test_units_are_understood_by_systemd(tmp_path: Path) -> None:
    analyze = program("systemd-analyze")
    units = []
    for unit in [*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")]:
        # the command need not be installed where it is tested
        copy = tmp_path / unit.name
        copy.write_text(unit.read_text("utf-8").replace("/opt/timbao/bin/timbao", shutil.which("true") or "/bin/true"))
        units.append(copy)
    assert len(units) == 3
    said = run(analyze, "verify", *units)
    assert "timbao" not in said, said


def test_the_proxy_is_understood_by_nginx(tmp_path: Path) -> None:
    nginx, openssl = program("nginx"), program("openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=tim.example.vn"
    run(openssl, *made.split(), "-keyout", key, "-out", certificate)
    site = (DEPLOY / "nginx.conf").read_text("utf-8")
    site = site.replace("/etc/ssl/timbao/fullchain.pem", str(certificate))
    site = site.replace("/etc/ssl/timbao/privkey.pem", str(key))
    (tmp_path / "site.conf").write_text(site)
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{ include {tmp_path}/site.conf; }}\n")
    assert "successful" in run(nginx, "-t", "-e", tmp_path / "errors", "-c", whole)
