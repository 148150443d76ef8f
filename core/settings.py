"""What a deployment decides: places, memory, ports. Read once, passed down.

Environment variables named VETRO_* arrive, one frozen object leaves. Policy (thresholds, limits) and
vocabulary (territories) live in their own commented files and do not belong here.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.home import VetroHome

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
    port: int = Field(8501, ge=1, le=65535, description="Port of the pages for signed-in readers.")
    public_port: int = Field(8502, ge=1, le=65535, description="Port of the pages for everybody.")
    landing_days: int = Field(90, ge=1, description="Days an export stays in landing once it is in.")
    refused_days: int = Field(30, ge=1, description="Days a refused export stays in landing untouched.")
    source_credentials: dict[str, dict[str, SecretStr]] = Field(
        {},
        description="What opens the sources, as VETRO_SOURCE_CREDENTIALS__NAME__PASSWORD and the like; "
        "without it VETRO_HOME/secrets/sources/ is read.",
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
        """Return the variables that keep Dagster inside VETRO_HOME and silent towards other hosts."""
        return {"DAGSTER_HOME": str(self.vetro_home.dagster), "DAGSTER_DISABLE_TELEMETRY": "1"}


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
