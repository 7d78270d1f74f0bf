"""Every setting once, with its default and its `TIMBAO_…` variable.

In: the environment. Out: a frozen `Settings`. Must not know which room uses a setting.

Command-line options of the same meaning win over variables; docs/settings.md lists them all.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from search.errors import SettingError


class Settings(BaseSettings):
    """The settings of one process. Variables are the upper-case names with the prefix `TIMBAO_`."""

    model_config = SettingsConfigDict(env_prefix="TIMBAO_", frozen=True, extra="ignore")

    index: Path = Field(default=Path("index"), description="Folder of the embedded index.")
    engine: Literal["whoosh", "opensearch"] = Field(default="whoosh", description="Which engine holds the index.")
    url: str = Field(default="http://127.0.0.1:9200/timbao", description="Cluster and alias (OpenSearch).")
    host: str = Field(default="127.0.0.1", description="Address that `timbao serve` listens on.")
    port: int = Field(default=8800, ge=0, le=65535, description="Port of `timbao serve`; 0 takes any free port.")
    workers: int = Field(default=0, ge=0, le=64, description="Processes of `timbao serve`; 0 for one a processor.")
    threads: int = Field(default=4, ge=1, le=64, description="Request threads of each process of `timbao serve`.")
    request_timeout_s: float = Field(
        default=15.0, gt=0, le=600, description="Seconds in which a request must have arrived whole."
    )
    search_timeout_s: float = Field(
        default=5.0, gt=0, le=600, description="Seconds that computing one answer of `timbao serve` may take."
    )
    answer_cache_mb: int = Field(
        default=16, ge=0, le=65536, description="MiB of answers each process of `timbao serve` keeps; 0 for none."
    )
    language: Literal["vi", "en"] = Field(default="vi", description="Language of the page before a visitor chooses.")
    base_url: str | None = Field(
        None, description="Public address of the site, for feeds and links; else the request's."
    )
    trusted_proxies: int = Field(
        0, ge=0, le=8, description="Number of reverse proxies whose X-Forwarded headers count."
    )
    max_query_chars: int = Field(default=2000, ge=16, le=2000, description="Longer queries are refused with a 400.")
    max_limit: int = Field(default=100, ge=1, le=100, description="Largest `limit` of one page of hits.")
    max_export: int = Field(default=5000, ge=1, le=1_000_000, description="Most articles of one export of an answer.")
    rate_limit: str = Field(
        default="600 per minute",
        description="Requests one address may make, in Flask-Limiter's words; empty for no limit. Loopback is exempt.",
    )
    cors_origins: str = Field(
        default="", description='Origins whose scripts may read the API, separated by blanks; "*" for all.'
    )
    metrics: Literal["loopback", "all", "off"] = Field(
        default="loopback", description="Who may read /metrics: this machine, everybody or nobody."
    )
    access_log: bool = Field(default=True, description="Write one JSON line to stderr for each request.")
    query_log: Path | None = Field(
        default=None, description="File that queries are appended to, without addresses of readers; none by default."
    )
    cluster_user: str | None = Field(default=None, description="User at the cluster (OpenSearch).")
    cluster_password: SecretStr | None = Field(default=None, description="Password of that user.")
    cluster_api_key: SecretStr | None = Field(default=None, description="API key, in place of user and password.")
    cluster_secret_file: Path | None = Field(
        default=None, description="File whose first line is the password, or the API key where no user is set."
    )
    cluster_ca: Path | None = Field(
        default=None, description="PEM file of the authority that signed the cluster's certificate."
    )
    cluster_timeout_s: float = Field(default=30.0, gt=0, le=600, description="Seconds one request may take.")
    cluster_shards: int = Field(default=1, ge=1, le=1024, description="Primary shards of a new index.")
    cluster_replicas: int = Field(default=1, ge=0, le=10, description="Copies of each shard, made before the swap.")
    cluster_keep: int = Field(default=1, ge=0, le=20, description="Indexes before the live one that are kept.")

    @property
    def cluster_secret(self) -> str | None:
        """The password or API key, from its variable or its file."""
        secret = self.cluster_password or self.cluster_api_key
        if secret is not None:
            return secret.get_secret_value()
        if self.cluster_secret_file is None:
            return None
        try:
            return self.cluster_secret_file.read_text("utf-8").split("\n", 1)[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError(
                f"{self.cluster_secret_file} cannot be read: {error}", "correct TIMBAO_CLUSTER_SECRET_FILE"
            ) from error


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once.

    Raises:
        SettingError: a variable has a value that its setting cannot have; all such variables are named.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = [
            f"TIMBAO_{str(each['loc'][0]).upper()} is {str(each['input'])!r}: {each['msg']}" for each in error.errors()
        ]
        raise SettingError("; ".join(wrong), "docs/settings.md says what each may be") from error
