"""A cluster behind TLS: whoever signed its certificate must be known, and the error says which setting names them."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from search.engines.opensearch import OpenSearchEngine
from search.errors import EngineUnavailable
from search.settings import Settings
from tests.engines.test_opensearch_faults import Server, without_pauses


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that nobody else has signed, with its key in the same file."""
    if shutil.which("openssl") is None:
        pytest.skip("the command openssl, which makes a certificate, is not here")
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *named]
    subprocess.run([*made, "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


@pytest.fixture
def server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    without_pauses(monkeypatch)
    made = Server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    made.http.socket = context.wrap_socket(made.http.socket, server_side=True)
    made.location = made.location.replace("http:", "https:")
    yield made
    made.http.shutdown()
    made.thread.join()
    made.http.server_close()


def test_a_certificate_of_nobody_known_is_refused(server: Server) -> None:
    with pytest.raises(EngineUnavailable, match="not trusted") as caught:
        OpenSearchEngine(server.location, Settings()).reader()
    assert "TIMBAO_CLUSTER_CA" in caught.value.next_step
    assert caught.value.status == 503
    assert server.asked == []


def test_a_certificate_whose_signer_is_named_is_trusted(server: Server, certificate: Path) -> None:
    engine = OpenSearchEngine(server.location, Settings(cluster_ca=Path(f"{certificate}.crt")))
    assert engine.exists()
    engine._cluster.close()


def test_a_certificate_of_another_place_is_refused(server: Server, certificate: Path) -> None:
    place = server.location.replace("127.0.0.1", "localhost")
    with pytest.raises(EngineUnavailable, match="not trusted"):
        OpenSearchEngine(place, Settings(cluster_ca=Path(f"{certificate}.crt"))).exists()
    assert server.asked == []


def test_plain_words_to_a_server_behind_tls_are_an_error(server: Server) -> None:
    with pytest.raises(EngineUnavailable):
        OpenSearchEngine(server.location.replace("https:", "http:"), Settings()).exists()
