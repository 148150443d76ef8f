"""alerts.yaml: what is wrong is said with its place, and no secret is quoted or goes in clear."""

from pathlib import Path

import pytest

import orchestration.alerts
from core.errors import VetroError
from core.home import VetroHome
from orchestration.alerts.settings import AlertsError, read_alert_settings, read_credentials

EXAMPLE = Path(orchestration.alerts.__file__).with_name("alerts.example.yaml")
SECRET = "secret-of-the-test"
MAIL = "mail: {server: smtp.example.org, from: a@example.org, to: [b@example.org], user: a"


@pytest.fixture
def home(tmp_path: Path) -> VetroHome:
    return VetroHome.at(tmp_path).ensure()


def told(home: VetroHome, text: str) -> str:
    home.alerts_file.write_text(text, "utf-8")
    with pytest.raises(AlertsError) as found:
        read_alert_settings(home)
    return str(found.value)


def test_without_a_file_nothing_is_told_and_the_example_can_be_used(home: VetroHome) -> None:
    assert read_alert_settings(home) is None
    home.alerts_file.write_bytes(EXAMPLE.read_bytes())
    found = read_alert_settings(home)
    assert found is not None and found.mail is not None and found.webhook is not None
    assert (found.mail.security, found.mail.port, found.again_after_days) == ("starttls", 587, 7)


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        (MAIL + ", password: x}", "alerts.yaml:1", "unknown key"),
        (MAIL + ", security: none}", "mail.security", "to this machine only"),
        (MAIL.replace("b@example.org", "b at example") + "}", "mail.to[0]", "e-mail address"),
        (MAIL.replace("[b@example.org]", "[]") + "}", "mail.to", "at least 1"),
        ("webhook: {url: 'http://example.org/x'}", "webhook.url", "https"),
        ("again_after_days: 0", "again_after_days", "at least 1"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(home: VetroHome, text: str, place: str, sentence: str) -> None:
    said = told(home, text)
    assert place in said and sentence in said


def test_secrets_come_from_a_file_of_the_owner_alone_or_from_variables(home: VetroHome) -> None:
    home.alerts_file.write_text(MAIL + "}\nwebhook: {}", "utf-8")
    settings = read_alert_settings(home)
    assert settings is not None
    with pytest.raises(AlertsError, match="mail_password is missing"):
        read_credentials(home, settings, {})
    home.alert_secrets.write_text(f"mail_password: {SECRET}\n", "utf-8")
    home.alert_secrets.chmod(0o644)
    with pytest.raises(VetroError, match="chmod 600"):
        read_credentials(home, settings, {})
    home.alert_secrets.chmod(0o600)
    with pytest.raises(AlertsError, match="webhook_url is missing") as missing:
        read_credentials(home, settings, {})
    assert SECRET not in str(missing.value)
    given = {"mail_password": SECRET, "webhook_url": "https://example.org/secret-path"}
    found = read_credentials(home, settings, given)
    assert found.mail_password == SECRET and SECRET not in repr(found)
    with pytest.raises(AlertsError, match="https"):
        read_credentials(home, settings, given | {"webhook_url": "http://example.org/secret-path"})
