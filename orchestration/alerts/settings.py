"""How alerts are told: `alerts.yaml`, and the secrets of its channels.

The file a person wrote and its credentials arrive, `AlertSettings` leaves. What is told does not belong here.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from core.home import VetroHome
from core.loopback import is_loopback
from core.presentation.bilingual import Lang
from core.secret_files import SecretFileError, read_secret_file
from core.yaml_models import FileUnusable, Place, Several, YamlModel, checked, problem, read_yaml
from ingestion.instances import MailAddress

Text = Annotated[str, StringConstraints(min_length=1)]
Port = Annotated[int, Field(ge=1, le=65535)]


class AlertsError(FileUnusable):
    """alerts.yaml, or what opens its channels, cannot be used; no sentence quotes a value."""


class Mail(YamlModel):
    """A mail server and whom it writes to. `certificates`: a file of certificates to trust besides those of
    the system, where the server's is of the house's own."""

    server: Text
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: Annotated[MailAddress, Field(alias="from")]
    to: Annotated[Several[MailAddress], Field(min_length=1)]
    user: Text | None = None
    certificates: Text | None = None

    @model_validator(mode="after")
    def _is_encrypted(self) -> Self:
        if self.security == "none" and not is_loopback(self.server):
            raise problem(
                "senza cifratura solo verso questa macchina: starttls o tls",
                "without encryption to this machine only: starttls or tls",
                "security",
            )
        return self


class Webhook(YamlModel):
    """An address that takes JSON. Without `url` the secret `webhook_url` holds it, as where the address is
    itself the password."""

    url: Text | None = None
    certificates: Text | None = None

    @model_validator(mode="after")
    def _is_encrypted(self) -> Self:
        if self.url is not None and not _is_safe(self.url):
            raise _unsafe("url")
        return self


class Credentials(YamlModel):
    """What opens the channels; nothing here shows in a repr or in a message."""

    keys_are_told: ClassVar[bool] = False

    mail_password: Text | None = None
    webhook_token: Text | None = None
    webhook_url: Text | None = None

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        return iter(())

    @model_validator(mode="after")
    def _is_encrypted(self) -> Self:
        if self.webhook_url is not None and not _is_safe(self.webhook_url):
            raise _unsafe("webhook_url")
        return self


class AlertSettings(YamlModel):
    """What `alerts.yaml` says. `owner` is whom to call about the house itself; an alert that stands is told
    again after `again_after_days`."""

    language: Lang = "it"
    owner: Text | None = None
    again_after_days: Annotated[int, Field(ge=1)] = 7
    free_gigabytes_at_least: Annotated[float, Field(gt=0)] = 5.0
    mail: Mail | None = None
    webhook: Webhook | None = None


def read_alert_settings(home: VetroHome) -> AlertSettings | None:
    """Return what `alerts.yaml` says; None where there is none. AlertsError where it cannot be used."""
    path = home.alerts_file
    if not path.exists():
        return None
    return read_yaml(path.read_bytes(), path.name, AlertSettings, AlertsError)


def read_credentials(home: VetroHome, settings: AlertSettings, given: Mapping[str, str]) -> Credentials:
    """Return what opens the channels: what variables gave, or else `secrets/alerts.yaml`.

    AlertsError where a channel lacks what it needs, or the file is one that others can read.
    """
    if given:
        found = checked(dict(given), "VETRO_ALERT_CREDENTIALS", Credentials, AlertsError)
    else:
        found = _in_file(home.alert_secrets)
    needed = {
        "mail_password": bool(settings.mail and settings.mail.user),
        "webhook_url": bool(settings.webhook and settings.webhook.url is None),
    }
    for key, is_needed in needed.items():
        if is_needed and getattr(found, key) is None:
            where = Place(f"secrets/{home.alert_secrets.name}")
            raise AlertsError(where, f"manca {key}", f"{key} is missing")
    return found


def _in_file(path: Path) -> Credentials:
    try:
        content = read_secret_file(path)
    except SecretFileError as error:
        if error.why == "missing":
            return Credentials()
        raise
    return read_yaml(content, f"secrets/{path.name}", Credentials, AlertsError)


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def _unsafe(key: str) -> Exception:
    return problem(
        "serve un indirizzo https (http solo su questa macchina)",
        "an https address is needed (http on this machine only)",
        key,
    )
