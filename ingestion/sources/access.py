"""Speaking with a source of any kind: what it holds, and the bytes of a file.

Arrives: a `Source` with its credentials. Leaves: a listing, copies of files, or one sentence about why not.
Nothing is ever written or removed at a source. How a connection of a kind is made does not belong here
(`kinds`), nor what is fetched and where it goes (`fetching`).
"""

import errno
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from fsspec import AbstractFileSystem

from core.errors import VetroError
from core.home import VetroHome
from ingestion.sources.kinds.kind import Credentials, FileChanged, Refused, Source, SourcesError

PAUSES = (1.0, 4.0)  # seconds before the second and the third attempt
MOST_ENTRIES = 200_000
_CHUNK = 8 * 1024 * 1024
_T = TypeVar("_T")

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
    "certificate": (
        "il certificato del server non è di chi dice: nulla è stato inviato. Verificarlo con il gestore",
        "the server's certificate does not vouch for its name: nothing was sent. Check it with its keeper",
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


class SourceFailed(VetroError):
    """A source could not be used; the sentence holds no credential. `code` is a key of `WHY`."""

    def __init__(self, source: str, code: str, detail: str = ""):
        it, en = WHY[code]
        shown = f" ({detail})" if detail else ""
        super().__init__(f"{source}: {it} / {en}{shown}")
        self.code = code


@dataclass(frozen=True)
class RemoteFile:
    """One file as listed. `version` changes when its bytes do (ETag, or time of change); `plain` is False for
    links and devices.
    """

    size: int
    version: str
    plain: bool = True


Listing = dict[str, RemoteFile]


class _TooMuch(VetroError):
    """The listing goes on and on."""


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
        if self._filesystem is not None:
            self.source.close(self._filesystem)
        self._filesystem = None

    def _opened(self) -> AbstractFileSystem:
        if self._filesystem is None:
            self._filesystem = self.source.connect(self._home, self._credentials)
        return self._filesystem

    def _persist(self, attempt: Callable[[], _T]) -> _T:
        for pause in (*self.pauses, None):
            try:
                return attempt()
            except (FileChanged, SourcesError):
                raise
            except Exception as error:
                code, detail = _reason(self.source, error)
                self.close()
                # Never chained: an error of a library may quote what was sent.
                if code != "unreachable" or pause is None:
                    raise SourceFailed(self.source.name, code, detail) from None
                time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _listed(self, folder: str) -> Iterator[tuple[str, RemoteFile]]:
        filesystem, root = self._opened(), self.source.root
        start = f"{root}/{folder}" if folder else root
        found = self.source.entries(filesystem, start, folder.count("/") + 1 if folder else 0)
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

    def _chunks(self, path: str, expected: RemoteFile | None, most: int) -> Iterator[bytes]:
        version = expected.version if expected else None
        try:
            with self.source.opened(self._opened(), f"{self.source.root}/{path}", version) as file:
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


def _remote_file(entry: dict) -> RemoteFile:
    version = entry.get("ETag") or entry.get("mtime")
    plain = entry["type"] == "file" and not entry.get("islink")
    return RemoteFile(int(entry.get("size") or 0), str(version), plain)


def _reason(source: Source, error: Exception) -> tuple[str, str]:
    """Return the key of `WHY` for an error of a library, and what may be shown of it besides."""
    if isinstance(error, Refused):
        return error.code, error.detail
    if found := source.why(error):
        return found
    if isinstance(error, PermissionError):
        return "refused", ""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "missing", ""
    if isinstance(error, _TooMuch):
        return "too_much", ""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "no_room", ""
    if isinstance(error, UnicodeDecodeError):
        return "names", ""
    return "unreachable", type(error).__name__
