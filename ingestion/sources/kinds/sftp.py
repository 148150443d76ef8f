"""A folder on a server that speaks SFTP, whose key somebody vouched for."""

import re
import socket
import stat
from collections.abc import Sequence
from logging import NullHandler, getLogger
from pathlib import Path
from typing import Annotated, BinaryIO, ClassVar, Self

import paramiko
from fsspec import AbstractFileSystem
from fsspec.implementations.sftp import SFTPFileSystem
from pydantic import BeforeValidator, Field, field_validator, model_validator

from core.home import VetroHome
from core.yaml_models import Place, Several, problem
from ingestion.sources.kinds.kind import (
    CONNECT_SECONDS,
    SILENCE_SECONDS,
    Credentials,
    Refused,
    Secret,
    Source,
    SourcesError,
    address_needed,
    read_secret,
    register,
    split_address,
)

FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
PORT = 22
_REQUEST = 255 * 1024  # what OpenSSH answers at once; a server that sends less is asked again

# Without a handler of its own it writes to stderr what we say in a sentence.
getLogger("paramiko").addHandler(NullHandler())


class SftpCredentials(Credentials):
    """A password, or a private key: `key` names a file in `secrets/sources/`."""

    password: Secret | None = None
    key: Secret | None = None
    passphrase: Secret | None = None

    @model_validator(mode="after")
    def _one_is_given(self) -> Self:
        if not (self.password or self.key):
            raise problem("per SFTP serve password o key", "password or key is needed for SFTP")
        return self


def _fingerprints(value: object) -> object:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not all(
        isinstance(one, str) and FINGERPRINT.fullmatch(one) for one in given
    ):
        raise problem(
            "serve un'impronta SHA256:... come la mostra ssh-keygen -lf, o un elenco di impronte",
            "needed is a fingerprint SHA256:... as ssh-keygen -lf shows it, or a list of them",
        )
    return given


@register
class SftpSource(Source):
    """A folder of an account. `host_key` are the fingerprints of the server's keys; without one
    `secrets/known_hosts` decides.
    """

    protocol: ClassVar[str] = "sftp"
    form: ClassVar[tuple[str, str]] = ("sftp://utente@host/cartella", "sftp://user@host/folder")
    credentials: ClassVar[type[Credentials]] = SftpCredentials

    host_key: Annotated[Several[str], BeforeValidator(_fingerprints)] = Field(())

    @property
    def root(self) -> str:
        """The folder; as with scp, /~/ is the one in which the account begins."""
        path = self.address.path
        return path.removeprefix("/~/").rstrip("/") or ("." if path.startswith("/~/") else "/")

    @property
    def port(self) -> int:
        """Where the server listens."""
        return self.address.port or PORT

    @property
    def place(self) -> str:
        """The same place has the same text."""
        return f"sftp://{self.address.username}@{self.address.hostname}:{self.port}/{self.root}"

    def connect(self, home: VetroHome, credentials: SftpCredentials) -> AbstractFileSystem:
        """Return the server's file system, after its key was compared."""
        known_hosts = home.secrets / "known_hosts"
        if not self.host_key and not known_hosts.is_file():
            raise Refused("host_key", "host_key, secrets/known_hosts")
        return _VerifiedSFTP(
            self.address.hostname or "",
            None if self.host_key else str(known_hosts),
            host_key_policy=_Vouched(self.host_key),
            port=self.port,
            username=self.address.username,
            password=credentials.password,
            pkey=self._unlocked(home, credentials),
            timeout=CONNECT_SECONDS,
            banner_timeout=CONNECT_SECONDS,
            auth_timeout=CONNECT_SECONDS,
            skip_instance_cache=True,
        )

    def close(self, filesystem: AbstractFileSystem) -> None:
        """End the session."""
        filesystem.client.close()

    def opened(self, filesystem: AbstractFileSystem, path: str, version: str | None) -> BinaryIO:
        """Return a file to read."""
        file = filesystem.open(path, "rb")
        # Paramiko's own read-ahead falls back to small questions at random; one large question after another
        # does not.
        file.MAX_REQUEST_SIZE = _REQUEST
        return file

    def why(self, error: Exception) -> tuple[str, str] | None:
        """Tell a wrong host key and refused credentials apart from the rest."""
        if isinstance(error, paramiko.BadHostKeyException):
            return "host_key", f"{error.key.get_name()} {error.key.fingerprint}"
        return ("refused", "") if isinstance(error, paramiko.AuthenticationException) else None

    def private_key(self, home: VetroHome, credentials: SftpCredentials) -> Path | None:
        """Return the file of the private key, None where there is none; SourcesError if it is not safe."""
        if credentials.key is None:
            return None
        path, where = home.source_secrets / credentials.key, f"secrets/sources/ ({self.name}.key)"
        if path.parent != home.source_secrets:
            raise SourcesError(
                Place(where),
                "key è il nome di un file in secrets/sources/",
                "key is the name of a file in secrets/sources/",
            )
        read_secret(path, where)
        return path

    def _unlocked(self, home: VetroHome, credentials: SftpCredentials) -> paramiko.PKey | None:
        path = self.private_key(home, credentials)
        if path is None:
            return None
        try:
            return paramiko.PKey.from_path(path, (credentials.passphrase or "").encode() or None)
        except Exception:
            # Whatever is wrong with it, an error of the parser may quote the key.
            raise Refused("key_unreadable") from None

    @field_validator("url")
    @classmethod
    def _names_an_account(cls, url: str) -> str:
        address = split_address(url)
        if not address.hostname or not address.username:
            raise address_needed()
        return url


class _Vouched(paramiko.MissingHostKeyPolicy):
    """Accept only the keys whose fingerprints were declared."""

    def __init__(self, fingerprints: Sequence[str]):
        self.fingerprints = fingerprints

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        if key.fingerprint not in self.fingerprints:
            raise Refused("host_key", f"{key.get_name()} {key.fingerprint}")


class _VerifiedSFTP(SFTPFileSystem):
    """fsspec's SFTP, which by itself reads no known_hosts and takes any file that is no folder for plain."""

    def __init__(self, host: str, known_hosts: str | None, **connection: object):
        self.known_hosts = known_hosts
        super().__init__(host, **connection)

    def _connect(self) -> None:
        self.client = paramiko.SSHClient()
        if self.known_hosts:
            self.client.load_host_keys(self.known_hosts)
        self.client.set_missing_host_key_policy(self.host_key_policy)
        self.client.connect(self.host, allow_agent=False, look_for_keys=False, **self.ssh_kwargs)
        # Without it each question waits some 40 ms for company: a tenth of the speed.
        self.client.get_transport().sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ftp = self.client.open_sftp()
        self.ftp.get_channel().settimeout(SILENCE_SECONDS)

    def info(self, path: str) -> dict:
        """Return what stands at `path` itself, a link for a link."""
        return self._decode_stat(self.ftp.lstat(path)) | {"name": path}

    @staticmethod
    def _decode_stat(at: paramiko.SFTPAttributes, parent_path: str | None = None) -> dict:
        found = SFTPFileSystem._decode_stat(at, parent_path)
        if found["type"] == "file" and not stat.S_ISREG(at.st_mode):
            found["type"] = "other"
        return found
