"""What the pages are told about where they run: environment variables arrive, one frozen record leaves.

The public app is given `VETRO_PUBLIC` and nothing else, so that it could not reach a private table
if it tried.
"""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class StaffSettings(BaseSettings):
    """Where the signed-in pages read: the folder of the releases, and the status of the last run."""

    model_config = SettingsConfigDict(env_prefix="VETRO_", frozen=True, extra="ignore")

    releases: Path = Path("data/releases")
    status: Path | None = None
