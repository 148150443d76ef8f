"""Speaking with a source: what it holds, and the bytes of a file, over a folder, S3 or SFTP.

Arrives: a `Source` with its credentials. Leaves: a listing, copies of files, or one sentence about why not.
Nothing is ever written or removed at a source. What is fetched, and where it goes, does not belong here
(`fetching`).
"""

import errno
import hashlib
import os
import re
import socket
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from logging import NullHandler, getLogger
from pathlib import Path
from typing import TypeVar

import paramiko
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.sftp import SFTPFileSystem

from core.home import VetroHome
from ingestion.sources.settings import LOCAL, S3, SFTP, Credentials, Source, SourcesError, private_key

PAUSES = (1.0, 4.0)  # seconds before the second and the third attempt
CONNECT_SECONDS = 15
SILENCE_SECONDS = 60
MOST_ENTRIES = 200_000
DEEPEST_FOLDER = 12
_CHUNK = 8 * 1024 * 1024
_REQUEST = 255 * 1024  # what OpenSSH answers at once; a server that sends less is asked again
_CODE = re.compile(r"[A-Za-z0-9]{1,60}")
_T = TypeVar("_T")

# Without a handler of their own these write to stderr what we say in a sentence.
for _name in ("paramiko", "s3fs", "aiobotocore", "asyncio"):
    getLogger(_name).addHandler(NullHandler())

WHY = {
    "unreachable": (
        "non risponde o ha interrotto la connessione; verificare rete e servizio, poi ripetere vetro fetch",
        "does not answer or broke the connection; check network and service, then run vetro fetch again",
    ),
    "refused": (
        "ha rifiutato le credenziali o il permesso di leggere; verificarle con chi gestisce la fonte",
        "refused the credentials or the right to read; check them with whoever runs the source",
    ),
    "missing": (
        "la cartella o il contenitore dell'indirizzo non esiste; correggere url in sources.yaml",
        "the folder or bucket of the address does not exist; correct url in sources.yaml",
    ),
    "host_key": (
        "la chiave del server non è quella attesa: nulla è stato inviato. Chiedere l'impronta al gestore e "
        "scriverla in host_key o in secrets/known_hosts",
        "the server's key is not the expected one: nothing was sent. Ask its keeper for the fingerprint and "
        "write it in host_key or in secrets/known_hosts",
    ),
    "key_unreadable": (
        "la chiave privata non è leggibile o la sua passphrase è sbagliata",
        "the private key cannot be read or its passphrase is wrong",
    ),
    "too_much": (
        f"ha più di {MOST_ENTRIES} file; indicare una cartella più precisa o archiviare i vecchi",
        f"has more than {MOST_ENTRIES} files; name a narrower folder or archive the old ones",
    ),
    "no_room": (
        "non c'è più posto sul disco di landing/; liberarne e ripetere vetro fetch",
        "the disk of landing/ is full; make room and run vetro fetch again",
    ),
    "names": (
        "un nome di file non è in UTF-8: rinominarlo alla fonte",
        "a file name is not UTF-8: rename it at the source",
    ),
}


class SourceFailed(RuntimeError):
    """A source could not be used; the sentence holds no credential. `code` is a key of `WHY`."""

    def __init__(self, source: str, code: str, detail: str = ""):
        it, en = WHY[code]
        shown = f" ({detail})" if detail else ""
        super().__init__(f"{source}: {it} / {en}{shown}")
        self.code = code


class FileChanged(RuntimeError):
    """A file is no longer what the listing said."""


class HostKeyRefused(paramiko.SSHException):
    """The server showed a key that nobody vouched for."""


@dataclass(frozen=True)
class RemoteFile:
    """One file as listed. `version` changes when its bytes do (ETag, or time of change); `plain` is False for
    links and devices.
    """

    size: int
    version: str
    plain: bool = True


Listing = dict[str, RemoteFile]


class _KeyUnreadable(Exception):
    """The private key is no key, or is locked."""


class _TooMuch(Exception):
    """The listing goes on and on."""


class _Vouched(paramiko.MissingHostKeyPolicy):
    """Accept only the keys whose fingerprints were declared."""

    def __init__(self, fingerprints: Sequence[str]):
        self.fingerprints = fingerprints

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        if key.fingerprint not in self.fingerprints:
            raise HostKeyRefused(f"{key.get_name()} {key.fingerprint}")


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


def _open_s3(source: Source, credentials: Credentials) -> AbstractFileSystem:
    # Heavy, and only needed by whoever has a bucket.
    import s3fs

    filesystem = s3fs.S3FileSystem(
        key=credentials.access_key,
        secret=credentials.secret_key,
        token=credentials.session_token,
        endpoint_url=source.endpoint,
        client_kwargs={"region_name": source.region} if source.region else {},
        config_kwargs={
            "retries": {"total_max_attempts": 1},
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": SILENCE_SECONDS,
        },
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    # One attempt: how often to try is said once, in PAUSES.
    filesystem.retries = 1
    return filesystem


def _open_sftp(home: VetroHome, source: Source, credentials: Credentials) -> AbstractFileSystem:
    known_hosts = home.secrets / "known_hosts"
    if not source.host_keys and not known_hosts.is_file():
        raise HostKeyRefused("host_key, secrets/known_hosts")
    return _VerifiedSFTP(
        source.host,
        None if source.host_keys else str(known_hosts),
        host_key_policy=_Vouched(source.host_keys),
        port=source.port,
        username=source.user,
        password=credentials.password,
        pkey=_private_key(home, source, credentials),
        timeout=CONNECT_SECONDS,
        banner_timeout=CONNECT_SECONDS,
        auth_timeout=CONNECT_SECONDS,
        skip_instance_cache=True,
    )


def _private_key(home: VetroHome, source: Source, credentials: Credentials) -> paramiko.PKey | None:
    path = private_key(home, source, credentials)
    if path is None:
        return None
    passphrase = credentials.passphrase.encode() if credentials.passphrase else None
    try:
        return paramiko.PKey.from_path(path, passphrase)
    except Exception:
        # Whatever is wrong with it, an error of the parser may quote the key.
        raise _KeyUnreadable from None


class OpenSource:
    """A source to list and copy from. A broken connection is made again, a few times.

    Not for two threads at once. `close` when done.
    """

    def __init__(
        self, home: VetroHome, source: Source, credentials: Credentials, pauses: Sequence[float] = PAUSES
    ):
        self.source, self.pauses = source, pauses
        self._home, self._credentials = home, credentials
        self._filesystem: AbstractFileSystem | None = None

    def listing(self, folder: str = "") -> Listing:
        """Return every file under `folder`, by path relative to the source's root; SourceFailed.

        Empty for a folder that is gone; the root itself has to be there.
        """
        return self._persist(lambda: dict(self._listed(folder)))

    def look(self, path: str) -> RemoteFile | None:
        """Return what one file is like now, None where it is gone; SourceFailed."""
        return self._persist(lambda: self._looked(path))

    def read(self, path: str, most: int) -> bytes:
        """Return up to `most` bytes of a file; FileChanged if it is gone, SourceFailed."""
        return self._persist(lambda: b"".join(self._chunks(path, None, most)))

    def copy(self, path: str, expected: RemoteFile, target: Path) -> str:
        """Write the file as the new file `target`, on the disk before it returns, and return its SHA-256.

        FileChanged if it is not `expected`; SourceFailed.
        """
        return self._persist(lambda: self._copied(path, expected, target))

    def close(self) -> None:
        """Leave the source."""
        client = getattr(self._filesystem, "client", None)
        if client is not None:
            client.close()
        self._filesystem = None

    def _opened(self) -> AbstractFileSystem:
        if self._filesystem is None:
            if self.source.kind == LOCAL:
                self._filesystem = LocalFileSystem(skip_instance_cache=True)
            elif self.source.kind == S3:
                self._filesystem = _open_s3(self.source, self._credentials)
            else:
                self._filesystem = _open_sftp(self._home, self.source, self._credentials)
        return self._filesystem

    def _persist(self, attempt: Callable[[], _T]) -> _T:
        for pause in (*self.pauses, None):
            try:
                return attempt()
            except (FileChanged, SourcesError):
                raise
            except Exception as error:
                code, detail = _reason(error)
                self.close()
                # Never chained: an error of a library may quote what was sent.
                if code != "unreachable" or pause is None:
                    raise SourceFailed(self.source.name, code, detail) from None
                time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _listed(self, folder: str) -> Iterator[tuple[str, RemoteFile]]:
        filesystem, root = self._opened(), self.source.root
        start = f"{root}/{folder}" if folder else root
        if self.source.kind == S3:
            # A bucket has no folders to enter: one question answers for all of them.
            found = iter(filesystem.find(start, detail=True).values()) if self._holds_any(start) else iter(())
        else:
            found = _walked(filesystem, start, folder.count("/") + 1 if folder else 0)
        for number, entry in enumerate(found):
            if number >= MOST_ENTRIES:
                raise _TooMuch
            name = entry["name"]
            if root == ".":
                name = f"./{name.removeprefix('./')}"
            prefix = f"{root.rstrip('/')}/"
            # A key that ends with a slash is a bucket's way to show an empty folder.
            if name.startswith(prefix) and not name.endswith("/"):
                yield name.removeprefix(prefix), _remote_file(entry)

    def _looked(self, path: str) -> RemoteFile | None:
        try:
            return _remote_file(self._opened().info(f"{self.source.root}/{path}"))
        except FileNotFoundError:
            return None

    def _holds_any(self, start: str) -> bool:
        bucket, _, key = start.partition("/")
        answer = self._opened().call_s3(
            "list_objects_v2", Bucket=bucket, Prefix=f"{key}/" if key else "", MaxKeys=1
        )
        return bool(answer.get("Contents"))

    def _chunks(self, path: str, expected: RemoteFile | None, most: int) -> Iterator[bytes]:
        options = {"cache_type": "none"} if self.source.kind == S3 else {}
        try:
            with self._opened().open(f"{self.source.root}/{path}", "rb", **options) as file:
                if expected and self.source.kind == S3 and file.details["ETag"] != expected.version:
                    raise FileChanged
                if self.source.kind == SFTP:
                    # Paramiko's own read-ahead falls back to small questions at random; one large question
                    # after another does not.
                    file.MAX_REQUEST_SIZE = _REQUEST
                left = most
                while left > 0 and (chunk := file.read(min(_CHUNK, left))):
                    left -= len(chunk)
                    yield chunk
        except FileNotFoundError:
            raise FileChanged from None
        except OSError as error:
            if type(error).__name__ == "FileExpired":
                raise FileChanged from None
            raise

    def _copied(self, path: str, expected: RemoteFile, target: Path) -> str:
        target.unlink(missing_ok=True)
        digest, written = hashlib.sha256(), 0
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            # One byte more than listed tells a file that has grown.
            for chunk in self._chunks(path, expected, expected.size + 1):
                file.write(chunk)
                digest.update(chunk)
                written += len(chunk)
            file.flush()
            os.fsync(file.fileno())
        if written != expected.size:
            raise FileChanged
        return digest.hexdigest()


def _walked(filesystem: AbstractFileSystem, folder: str, depth: int) -> Iterator[dict]:
    try:
        entries = filesystem.ls(folder, detail=True)
    except FileNotFoundError:
        if not depth:
            raise
        return
    for entry in entries:
        # Links are listed, so that they can be told of, and never entered.
        if entry["type"] == "directory" and not entry.get("islink"):
            if depth < DEEPEST_FOLDER and not entry["name"].rsplit("/", 1)[-1].startswith("."):
                yield from _walked(filesystem, entry["name"], depth + 1)
        else:
            yield entry


def _remote_file(entry: dict) -> RemoteFile:
    version = entry.get("ETag") or entry.get("mtime")
    plain = entry["type"] == "file" and not entry.get("islink")
    return RemoteFile(int(entry.get("size") or 0), str(version), plain)


def _reason(error: Exception) -> tuple[str, str]:
    """Return the key of `WHY` for an error of a library, and what may be shown of it besides."""
    if isinstance(error, HostKeyRefused):
        return "host_key", str(error)
    if isinstance(error, paramiko.BadHostKeyException):
        return "host_key", f"{error.key.get_name()} {error.key.fingerprint}"
    if isinstance(error, _KeyUnreadable):
        return "key_unreadable", ""
    if isinstance(error, PermissionError | paramiko.AuthenticationException):
        return "refused", ""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "missing", ""
    if isinstance(error, _TooMuch):
        return "too_much", ""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "no_room", ""
    if isinstance(error, UnicodeDecodeError):
        return "names", ""
    response = getattr(error.__cause__ or error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return "unreachable", code if code and _CODE.fullmatch(code) else type(error).__name__
