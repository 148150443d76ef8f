"""What the pages are told about where they run: environment variables arrive, one frozen record leaves."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class StaffSettings(BaseSettings):
    """Where the signed-in pages read: the folder of the releases, and the status of the last run."""

    model_config = SettingsConfigDict(env_prefix="VETRO_", frozen=True, extra="ignore")

    releases: Path = Path("data/releases")
    status: Path | None = None
