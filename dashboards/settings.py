"""What the pages are told about where they run: environment variables arrive, one frozen record leaves."""

from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict


class StaffSettings(BaseSettings):
    """Where the signed-in pages read: the folder of the releases, the status of the last run, the policy of
    access; where they write who opened what, and keep what people write beside a pack; and where the
    public site is. Without a word about it, readers
    have to sign in."""

    model_config = SettingsConfigDict(env_prefix="VETRO_", frozen=True, extra="ignore")

    releases: Path = Path("data/releases")
    status: Path | None = None
    auth: Literal["oidc", "off"] = "oidc"
    access: Path | None = None
    access_log: Path | None = None
    session_hours: int = 8
    public_address: str = ""
    packs: Path | None = None
