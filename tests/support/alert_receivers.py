"""What alerts are sent to, as real processes: a mail server (aiosmtpd) and a receiver of posts.

Each is given a folder, and puts every mail or post that it takes there as a file. The port is a free one.
"""

import asyncio
import json
import ssl
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "vetro", "password-of-the-test"
TOKEN = "token-of-the-test"
# Named so, the file makes the receiver answer with the number in it.
ANSWER = "answer"


@dataclass(frozen=True)
class MailServer:
    """A mail server that runs: where, the file of its certificate, and what it took."""

    port: int
    certificate: Path
    folder: Path

    def mails(self) -> list[EmailMessage]:
        """Every mail taken, in the order in which they came."""
        files = sorted(self.folder.glob("*.eml"))
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]


@dataclass(frozen=True)
class PostReceiver:
    """A receiver of posts that runs, and what it took."""

    port: int
    folder: Path

    def posts(self) -> list[dict]:
        """Every post taken: its `headers` and its `body`."""
        return [json.loads(path.read_text("utf-8")) for path in sorted(self.folder.glob("*.json"))]

    def answer(self, code: int) -> None:
        """Answer with this code from now on."""
        (self.folder / ANSWER).write_text(str(code), "utf-8")


def self_signed(folder: Path, host: str = "127.0.0.1") -> Path:
    """Write a certificate for a host, with its key, into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = folder / "server.pem"
    path.write_bytes(key.private_bytes(pem, *plain) + made.public_bytes(pem))
    return path


@contextmanager
def mail_server(folder: Path, security: str = "starttls", host: str = "127.0.0.1") -> Iterator[MailServer]:
    """Run a mail server that asks for the user and, but for `none`, for encryption before.

    host -- what its certificate vouches for; it listens on this machine all the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    certificate = self_signed(folder, host)
    with _process("mail", str(folder), security) as port:
        yield MailServer(port, certificate, folder)


@contextmanager
def post_receiver(folder: Path) -> Iterator[PostReceiver]:
    """Run a receiver of posts that answers 204, or what `answer` said."""
    folder.mkdir(parents=True, exist_ok=True)
    with _process("posts", str(folder)) as port:
        yield PostReceiver(port, folder)


@contextmanager
def _process(*arguments: str) -> Iterator[int]:
    command = [sys.executable, str(Path(__file__)), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


class _Posts(BaseHTTPRequestHandler):
    folder: Path

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = self.folder / ANSWER
        code = int(told.read_text("utf-8")) if told.is_file() else 204
        if code < 300:
            kept = {"headers": dict(self.headers), "body": body}
            number = len(list(self.folder.glob("*.json")))
            (self.folder / f"{number:04}.json").write_text(json.dumps(kept), "utf-8")
        self.send_response(code)
        if code in (301, 302, 307):
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def _serve_posts(folder: Path) -> None:
    _Posts.folder = folder
    server = HTTPServer(("127.0.0.1", 0), _Posts)
    print(server.server_port, flush=True)
    server.serve_forever()


async def _serve_mail(folder: Path, security: str) -> None:
    # Of the process of the server alone.
    from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

    class _Keeping:
        async def handle_RCPT(self, server, session: Session, envelope: Envelope, address: str, options):
            if address.startswith("nobody@"):
                return "550 no such mailbox"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server, session: Session, envelope: Envelope) -> str:
            number = len(list(folder.glob("*.eml")))
            incoming = folder / f".{uuid.uuid4().hex}"
            incoming.write_bytes(bytes(envelope.content or b""))
            incoming.rename(folder / f"{number:04}.eml")
            return "250 OK"

    def authenticated(server, session, envelope, _mechanism, data) -> AuthResult:
        known = data.login == USER.encode() and data.password == PASSWORD.encode()
        return AuthResult(success=known, handled=known)

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")

    def protocol() -> SMTP:
        return SMTP(
            _Keeping(),
            require_starttls=security == "starttls",
            tls_context=context if security == "starttls" else None,
            auth_required=security != "none",
            auth_require_tls=security == "starttls",
            authenticator=authenticated,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    what, place, *more = sys.argv[1:]
    if what == "posts":
        _serve_posts(Path(place))
    else:
        asyncio.run(_serve_mail(Path(place), *more))
