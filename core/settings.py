"""What a deployment decides: places, memory, ports. Read once, passed down.

Environment variables named VETRO_* arrive, one frozen object leaves. Policy (thresholds, limits) and
vocabulary (territories) live in their own commented files and do not belong here.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import Kind, VetroError
from core.home import VetroHome
from core.secret_files import read_secret_file

PRODUCT = Path(__file__).resolve().parents[1]
DBT_PROJECT = PRODUCT / "dbt_project"


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class MachineSettings(BaseSettings):
    """How much of the machine may be used; every DuckDB session keeps to it."""

    model_config = SettingsConfigDict(
        env_prefix="VETRO_", env_nested_delimiter="__", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    memory: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*(MB|GB)$")] = Field(
        "2GB",
        description="Memory that ingestion, the build and the checks may each use; "
        "beyond it they spill to disk.",
    )
    threads: int = Field(
        default_factory=usable_cores,
        ge=1,
        le=256,
        description="Threads that ingestion, the build and the checks may use; "
        "without it, every core of the machine.",
    )

    @property
    def memory_megabytes(self) -> int:
        """The memory in MB."""
        return int(self.memory[:-2]) * (1000 if self.memory.endswith("GB") else 1)


class Settings(MachineSettings):
    """Every setting has a default that works on a laptop; docs/reference/settings.md lists these fields."""

    home: Path = Field(Path("data"), description="The folder that holds everything a run writes.")
    engine: Literal["duckdb", "spark"] = Field(
        "duckdb", description="What computes the tables: DuckDB on this machine, or Apache Spark."
    )
    spark_master: str = Field(
        "",
        description="The master of Spark, such as `spark://host:7077`; without it, what Spark's own "
        "configuration says, else all cores of this machine.",
    )
    port: int = Field(8501, ge=1, le=65535, description="Port of the pages for signed-in readers.")
    public_port: int = Field(8502, ge=1, le=65535, description="Port of the pages for everybody.")
    dagster_port: int = Field(
        8500, ge=1, le=65535, description="Port of Dagster's pages, which listen to this machine alone."
    )
    dagster_storage: SecretStr | None = Field(
        None,
        description="PostgreSQL database for Dagster's storage, postgresql://account:password@host/database; "
        "without it VETRO_HOME/secrets/dagster_storage is read, and without both it is SQLite.",
    )
    address: str = Field(
        "127.0.0.1",
        description="Address on which the pages for signed-in readers listen; others than this machine's own "
        "only with sign-in.",
    )
    auth: Literal["oidc", "off"] = Field(
        "oidc",
        description="`oidc`: readers sign in. `off`: nobody does, on this machine only, for a demonstration.",
    )
    access: Path | None = Field(
        None, description="The policy of access; without it, `access.yaml` in VETRO_HOME."
    )
    session_hours: int = Field(8, ge=1, le=168, description="Hours after which a reader signs in again.")
    public_address: str = Field(
        "", description="Address of the public site, for links to it; without it, that of VETRO_PUBLIC_PORT."
    )
    sign_in: dict[str, SecretStr] = Field(
        {},
        description="What the provider of identities is told, as VETRO_SIGN_IN__CLIENT_SECRET and the like; "
        "without it VETRO_HOME/secrets/sign_in.yaml is read.",
    )
    release_calendar: str = Field(
        "",
        description="When Dagster makes releases, as a line of cron by the clock of Rome, such as "
        "`0 6 10 2,5,8,11 *` for a quarterly calendar; without it, whenever what is new was judged green.",
    )
    landing_days: int = Field(90, ge=1, description="Days an export stays in landing once it is in.")
    refused_days: int = Field(30, ge=1, description="Days a refused export stays in landing untouched.")
    backups: Path | None = Field(
        None,
        description="The folder of the backups, on another disk. Every erasure is noted there at once, so "
        "that an older backup brings nobody back.",
    )
    source_credentials: dict[str, dict[str, SecretStr]] = Field(
        {},
        description="What opens the sources, as VETRO_SOURCE_CREDENTIALS__NAME__PASSWORD and the like; "
        "without it VETRO_HOME/secrets/sources/ is read.",
    )

    alert_credentials: dict[str, SecretStr] = Field(
        {},
        description="What opens the mail server and the webhook of alerts, as "
        "VETRO_ALERT_CREDENTIALS__MAIL_PASSWORD and the like; without it VETRO_HOME/secrets/alerts.yaml is "
        "read.",
    )
    openlineage_url: Annotated[str, StringConstraints(pattern=r"^(https?://.+)?$")] = Field(
        "",
        description="Address of a receiver of OpenLineage events, without its path /api/v1/lineage: it is "
        "told the start and the end of every step. One that does not answer stops nothing.",
    )
    openlineage_api_key: SecretStr = Field(
        SecretStr(""), description="What that receiver knows this house by, sent as a bearer token."
    )

    @property
    def vetro_home(self) -> VetroHome:
        """The home these settings point at, with absolute paths."""
        return VetroHome.at(self.home)

    def credentials(self) -> dict[str, dict[str, str]]:
        """Return the credentials of the sources in clear, for whoever connects."""
        return {
            source: {key: value.get_secret_value() for key, value in values.items()}
            for source, values in self.source_credentials.items()
        }

    @property
    def access_file(self) -> Path:
        """The policy of access."""
        return self.access.expanduser().resolve() if self.access else self.vetro_home.access_file

    def sign_in_told(self) -> dict[str, str]:
        """Return what variables say of signing in, in clear, for whoever starts the pages."""
        return {key.lower(): value.get_secret_value() for key, value in self.sign_in.items()}

    def alert_credentials_told(self) -> dict[str, str]:
        """Return what variables say of the channels of alerts, in clear, for whoever writes to them."""
        return {key.lower(): value.get_secret_value() for key, value in self.alert_credentials.items()}

    def dbt_environment(self) -> dict[str, str]:
        """Return the variables that dbt_project/profiles.yml reads."""
        home = self.vetro_home
        return {
            "VETRO_WAREHOUSE": str(home.warehouse),
            "VETRO_RAW": str(home.raw),
            "VETRO_REFERENCE": str(home.reference),
            "VETRO_DUCKDB_MEMORY": self.memory,
            "VETRO_DUCKDB_THREADS": str(self.threads),
            "VETRO_DUCKDB_TEMP": str(home.temporary),
            "DO_NOT_TRACK": "1",
        }

    def dagster_environment(self) -> dict[str, str]:
        """Return the variables that keep Dagster inside VETRO_HOME, silent towards other hosts, and in the
        PostgreSQL database of its storage, if it has one. SecretFileError where its file cannot be used.
        """
        kept = {"DAGSTER_HOME": str(self.vetro_home.dagster), "DAGSTER_DISABLE_TELEMETRY": "1"}
        address = self._dagster_storage_address()
        return kept | ({"DAGSTER_STORAGE_URL": address} if address else {})

    def _dagster_storage_address(self) -> str:
        """The address in clear with the driver that is installed named in it; an empty text for SQLite."""
        file = self.vetro_home.dagster_storage_file
        if self.dagster_storage:
            address = self.dagster_storage.get_secret_value()
        elif file.exists():
            address = read_secret_file(file).decode("utf-8").strip()
        else:
            return ""
        scheme, _, rest = address.partition("://")
        if scheme.partition("+")[0] not in ("postgresql", "postgres") or not rest:
            raise VetroError(
                f"{file} or VETRO_DAGSTER_STORAGE: an address begins with postgresql:// / "
                "un indirizzo comincia con postgresql://",
                kind=Kind.USAGE,
            )
        return f"postgresql+psycopg2://{rest}"


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for the libraries that read nothing else, and put the old ones back."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def inherited_environment() -> dict[str, str]:
    """Return this process's environment without any setting of ours: a child knows only what it is given."""
    ours = ("VETRO_", "STREAMLIT_", "DAGSTER_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def whole_environment() -> dict[str, str]:
    """Return this process's environment as it is, for a child that reads the same settings."""
    return dict(os.environ)


def service_manager_socket() -> str:
    """Return where systemd wants to be told how a service is (`Type=notify`); an empty text where not."""
    return os.environ.get("NOTIFY_SOCKET", "")
