"""Alerts by mail and webhook, to real servers: encrypted or not at all, and no failure quotes a secret."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.alerts.channels import ChannelError, connected, deliver, message, post
from orchestration.alerts.settings import Credentials, Mail, Webhook
from tests.support.alert_receivers import (
    PASSWORD,
    TOKEN,
    USER,
    MailServer,
    PostReceiver,
    mail_server,
    post_receiver,
)

OPENING = Credentials(mail_password=PASSWORD, webhook_token=TOKEN)


def mail_to(server: MailServer, **more: object) -> Mail:
    told = {
        "server": "127.0.0.1",
        "port": server.port,
        "from": "vetro@example.org",
        "to": ["dati@example.org"],
        "user": USER,
        "certificates": str(server.certificate),
    }
    return Mail.model_validate(told | more)


def send(mail: Mail, credentials: Credentials = OPENING, subject: str = "A subject"):
    with connected(mail, credentials) as server:
        return deliver(server, message(mail, mail.to, subject, "Un testo: è così."))


@pytest.fixture(scope="module")
def starttls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with mail_server(tmp_path_factory.mktemp("starttls")) as server:
        yield server


@pytest.fixture(scope="module")
def posts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostReceiver]:
    with post_receiver(tmp_path_factory.mktemp("posts")) as receiver:
        yield receiver


def refusal(mail: Mail, credentials: Credentials = OPENING) -> str:
    with pytest.raises(ChannelError) as found:
        send(mail, credentials)
    assert PASSWORD not in str(found.value) and "wrong-password" not in str(found.value)
    return found.value.said.en


def test_a_mail_goes_through_starttls_to_a_user_with_a_password(starttls: MailServer) -> None:
    assert send(mail_to(starttls), subject="Rho: an alert\nBcc: other@example.org") is None
    got = starttls.mails()[-1]
    assert got["Subject"] == "Rho: an alert Bcc: other@example.org" and got["Bcc"] is None
    assert (got["From"], got["To"], got["Auto-Submitted"]) == (
        "vetro@example.org",
        "dati@example.org",
        "auto-generated",
    )
    assert got.get_content().strip() == "Un testo: è così."


def test_a_mail_goes_through_tls_from_the_first_byte(tmp_path: Path) -> None:
    with mail_server(tmp_path, "tls") as server:
        assert send(mail_to(server, security="tls")) is None
        assert len(server.mails()) == 1


def test_nothing_is_sent_to_a_server_whose_certificate_is_of_somebody_else(
    starttls: MailServer, tmp_path: Path
) -> None:
    before = len(starttls.mails())
    assert "certificate" in refusal(mail_to(starttls, certificates=None))
    with mail_server(tmp_path, host="127.0.0.9") as other:
        assert "certificate" in refusal(mail_to(other))
        assert not other.mails()
    assert len(starttls.mails()) == before


def test_a_server_that_offers_no_encryption_is_told_nothing(tmp_path: Path) -> None:
    with mail_server(tmp_path, "none") as server:
        assert "STARTTLS" in refusal(mail_to(server))
        assert not server.mails()
        # To this machine, where somebody says so, it goes in clear.
        assert send(mail_to(server, security="none", user=None)) is None
        assert len(server.mails()) == 1


def test_a_refusal_is_said_without_what_was_typed(starttls: MailServer) -> None:
    assert "user or password" in refusal(mail_to(starttls), Credentials(mail_password="wrong-password"))
    assert "every recipient" in refusal(mail_to(starttls, to=["nobody@example.org"]))
    said = send(mail_to(starttls, to=["nobody@example.org", "dati@example.org"]))
    assert said is not None and said.en == "sent, but the server refused 1 recipient"


def test_a_server_that_is_not_there_does_not_answer(tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        mail = mail_to(server)
    assert "does not answer" in refusal(mail)


def test_a_post_carries_the_token_and_is_json(posts: PostReceiver) -> None:
    post(Webhook(url=f"http://127.0.0.1:{posts.port}/vetro"), OPENING, {"event": "alerts", "è": "così"})
    got = posts.posts()[-1]
    assert got["body"] == {"event": "alerts", "è": "così"}
    assert got["headers"]["Authorization"] == f"Bearer {TOKEN}"
    assert got["headers"]["Content-Type"] == "application/json"


@pytest.mark.parametrize("code", [307, 500])
def test_another_answer_is_a_failure_and_leads_nowhere_else(posts: PostReceiver, code: int) -> None:
    before = len(posts.posts())
    posts.answer(code)
    try:
        with pytest.raises(ChannelError) as found:
            post(Webhook(url=f"http://127.0.0.1:{posts.port}/"), OPENING, {})
    finally:
        posts.answer(204)
    assert str(code) in found.value.said.en and TOKEN not in str(found.value)
    assert len(posts.posts()) == before
