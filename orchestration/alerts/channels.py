"""The ways by which something is told: mail by SMTP, and JSON to a webhook.

Texts and documents arrive, nothing leaves but a `ChannelError`, whose two sentences quote no secret and
nothing that a server said. What is told does not belong here.
"""

import json
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any

from core.errors import VetroError
from core.presentation.bilingual import Said
from orchestration.alerts.settings import Credentials, Mail, Webhook
from orchestration.alerts.words import told

SECONDS = 15
MAIL, WEBHOOK = "mail", "webhook"


class ChannelError(VetroError):
    """A channel did not take what was to be told. `said` is why, in both languages."""

    def __init__(self, said: Said):
        super().__init__(f"{said.it} / {said.en}")
        self.said = said


@dataclass(frozen=True)
class Attachment:
    """A file that a mail carries: its bytes and its type, such as text/html."""

    name: str
    content: bytes
    kind: str


def message(
    mail: Mail, to: Sequence[str], subject: str, text: str, attachments: Sequence[Attachment] = ()
) -> EmailMessage:
    """Return a mail as a machine writes it: nothing answers it by itself."""
    made = EmailMessage()
    made["Subject"] = " ".join(subject.split())
    made["From"], made["To"] = mail.sender, ", ".join(to)
    made["Date"] = format_datetime(datetime.now(UTC))
    made["Message-ID"] = make_msgid(domain=_domain(mail))
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(text)
    for one in attachments:
        main, _, sub = one.kind.partition("/")
        made.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name)
    return made


@contextmanager
def connected(mail: Mail, credentials: Credentials) -> Iterator[smtplib.SMTP]:
    """Yield the mail server, encrypted and signed in to as its settings say. ChannelError where it cannot.

    Nothing is said in clear where encryption is asked for: a server without it, or with a certificate that
    does not hold, is left.
    """
    with _telling():
        server: smtplib.SMTP
        if mail.security == "tls":
            server = smtplib.SMTP_SSL(
                mail.server,
                mail.port,
                local_hostname=_domain(mail),
                timeout=SECONDS,
                context=_trusting(mail.certificates),
            )
        else:
            server = smtplib.SMTP(mail.server, mail.port, local_hostname=_domain(mail), timeout=SECONDS)
        with server:
            if mail.security == "starttls":
                server.starttls(context=_trusting(mail.certificates))
            if mail.user and credentials.mail_password:
                server.login(mail.user, credentials.mail_password)
            yield server


def deliver(server: smtplib.SMTP, made: EmailMessage) -> Said | None:
    """Hand a mail over. Return what is to be said where the server took it for some recipients only;
    ChannelError where it took it for none."""
    with _telling():
        left_out = server.send_message(made)
    return told("failures", "some_recipients", n=len(left_out)) if left_out else None


def post(webhook: Webhook, credentials: Credentials, document: dict[str, Any]) -> None:
    """Post a document as JSON. ChannelError where the answer is not 2xx; a redirection is not followed."""
    headers = {"Content-Type": "application/json", "User-Agent": "casa-di-vetro"}
    if credentials.webhook_token:
        headers["Authorization"] = f"Bearer {credentials.webhook_token}"
    url = webhook.url or credentials.webhook_url or ""
    body = json.dumps(document, ensure_ascii=False).encode("utf-8")
    asked = urllib.request.Request(url, body, headers, method="POST")
    with _telling():
        opener = urllib.request.build_opener(
            _Straight, urllib.request.HTTPSHandler(context=_trusting(webhook.certificates))
        )
        with opener.open(asked, timeout=SECONDS):
            pass


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: it could lead the token to somebody else."""

    def redirect_request(self, *asked: Any) -> None:
        return None


def _trusting(certificates: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if certificates:
        context.load_verify_locations(Path(certificates).expanduser())
    return context


def _domain(mail: Mail) -> str:
    return mail.sender.rpartition("@")[2]


@contextmanager
def _telling() -> Iterator[None]:
    """Say in our own words what went wrong: those of a server may quote what it was told."""
    try:
        yield
    except ssl.SSLError:
        raise ChannelError(told("failures", "certificate")) from None
    except smtplib.SMTPNotSupportedError:
        raise ChannelError(told("failures", "no_encryption")) from None
    except smtplib.SMTPAuthenticationError:
        raise ChannelError(told("failures", "credentials")) from None
    except smtplib.SMTPRecipientsRefused:
        raise ChannelError(told("failures", "recipients")) from None
    except smtplib.SMTPResponseException as error:
        raise ChannelError(told("failures", "rejected", code=str(error.smtp_code))) from None
    except urllib.error.HTTPError as error:
        error.close()
        raise ChannelError(told("failures", "rejected", code=str(error.code))) from None
    except urllib.error.URLError as error:
        key = "certificate" if isinstance(error.reason, ssl.SSLError) else "unreachable"
        raise ChannelError(told("failures", key)) from None
    except (OSError, smtplib.SMTPException, ValueError):
        raise ChannelError(told("failures", "unreachable")) from None
