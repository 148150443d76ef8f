"""What a kind of source is: its settings, its credentials and its connection, in one class.

Nothing is ever written or removed at a source. How often to try, and what becomes of the bytes, does not
belong here (`sources.access`).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO, ClassVar, Self, TypeVar
from urllib.parse import SplitResult, urlsplit

from fsspec import AbstractFileSystem
from pydantic import Field, PrivateAttr, ValidationInfo, field_validator

from core.errors import VetroError
from core.home import VetroHome
from core.secret_files import SecretFileError, read_secret_file
from core.yaml_models import FileUnusable, Place, YamlModel, problem

DEEPEST_FOLDER = 12
CONNECT_SECONDS = 15
SILENCE_SECONDS = 60
_Kind = TypeVar("_Kind", bound="type[Source]")

KINDS: "dict[str, type[Source]]" = {}
Secret = Annotated[str, Field(min_length=1)]


class SourcesError(FileUnusable):
    """A declaration or credentials that cannot be used; the message quotes no value of theirs."""


class FileChanged(VetroError):
    """A file is no longer what the listing said."""


class Refused(VetroError):
    """Why a connection is not made: a key of `source_access.WHY`, and what may be shown of it besides."""

    def __init__(self, code: str, detail: str = ""):
        super().__init__(code)
        self.code, self.detail = code, detail


class Credentials(YamlModel):
    """What opens a source; nothing here shows in a repr or in a message."""

    keys_are_told: ClassVar[bool] = False

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        return iter(())


class Source(YamlModel):
    """Where the exports of one instance arrive; the keys are those of its entry in `sources.yaml`.

    A kind says its `protocol` (of the address), the `form` of its addresses for people, and its
    `credentials`, and reads the address in `root`: a folder, or `bucket/prefix`.
    """

    protocol: ClassVar[str]
    form: ClassVar[tuple[str, str]]
    credentials: ClassVar[type[Credentials]] = Credentials
    hint: ClassVar[tuple[str, str]] = (
        "ognuna è un testo, e le credenziali stanno in secrets/",
        "each is a text, and credentials stand in secrets/",
    )

    instance: str
    url: str
    _name: str = PrivateAttr("")

    @property
    def name(self) -> str:
        """What the source is called in `sources.yaml`."""
        return self._name

    def named(self, name: str) -> Self:
        """Return the source under its name."""
        copy = self.model_copy()
        copy._name = name
        return copy

    @property
    def address(self) -> SplitResult:
        """The parts of the address."""
        return split_address(self.url)

    @property
    def root(self) -> str:
        """What every path of a listing begins with, without a final slash."""
        raise NotImplementedError

    @property
    def place(self) -> str:
        """The same place has the same text, whatever the source is called: it notes what was fetched."""
        return f"{self.protocol}://@:22/{self.root}"

    def connect(self, home: VetroHome, credentials: Any) -> AbstractFileSystem:
        """Return the open source; `credentials` are of the kind's own class. Refused, or
        the library's error.
        """
        raise NotImplementedError

    def close(self, filesystem: AbstractFileSystem) -> None:
        """Leave an open source."""

    def entries(self, filesystem: AbstractFileSystem, start: str, depth: int) -> Iterator[dict]:
        """Yield what fsspec says of every file under `start`, which lies `depth` folders below the root.

        FileNotFoundError where the root itself is gone.
        """
        return walked(filesystem, start, depth)

    def opened(self, filesystem: AbstractFileSystem, path: str, version: str | None) -> BinaryIO:
        """Return a file to read; FileChanged if it can be told that it is not of `version` (None: any)."""
        return filesystem.open(path, "rb")

    def why(self, error: Exception) -> tuple[str, str] | None:
        """Return the key of `source_access.WHY` for an error of the kind's library, and what may be shown of
        it besides; None for what every library raises alike.
        """
        return None

    @field_validator("instance")
    @classmethod
    def _is_registered(cls, instance: str, info: ValidationInfo) -> str:
        if info.context and instance not in info.context["registered"]:
            raise problem("l'istanza non è in instances.yaml", "the instance is not in instances.yaml")
        return instance

    @field_validator("url")
    @classmethod
    def _has_no_secret(cls, url: str) -> str:
        try:
            address = split_address(url)
            address.port  # noqa: B018  it is read here
        except ValueError:
            raise problem("l'indirizzo non è leggibile", "the address cannot be read") from None
        if address.password or address.query or address.fragment:
            raise problem(
                "l'indirizzo non contiene password né parametri; le credenziali stanno in secrets/",
                "the address holds no password and no parameters; credentials stand in secrets/",
            )
        return url


def register(kind: _Kind) -> _Kind:
    """Make sources of `kind` known by their protocol. A decorator."""
    KINDS[kind.protocol] = kind
    return kind


def split_address(url: str) -> SplitResult:
    """Return the parts of an address; one without a protocol is a folder. ValueError if it is none."""
    return urlsplit(url if "://" in url else f"file://{url}")


def address_needed(*key: str) -> Exception:
    """Return what to raise for an address that is of no kind, or lacks a part; `key` is as in `problem`."""
    it, en = (list(forms) for forms in zip(*(kind.form for kind in KINDS.values()), strict=True))
    return problem(
        f"serve {', '.join(it[:-1])} o {it[-1]}", f"needed is {', '.join(en[:-1])} or {en[-1]}", *key
    )


def walked(filesystem: AbstractFileSystem, folder: str, depth: int) -> Iterator[dict]:
    """Yield what fsspec says of every file under `folder`, which is entered folder by folder."""
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
                yield from walked(filesystem, entry["name"], depth + 1)
        else:
            yield entry


def read_secret(path: Path, where: str) -> bytes:
    """Return the bytes of a secret file; SourcesError if it is missing, a link, or readable by others."""
    try:
        return read_secret_file(path)
    except SecretFileError as error:
        if error.why == "shared":
            italian = "altri possono leggere il file; eseguire chmod 600"
            english = "others can read the file; run chmod 600"
        else:
            italian = "le credenziali mancano, o il file non si può aprire o è un collegamento"
            english = "the credentials are missing, or the file cannot be opened or is a link"
        raise SourcesError(Place(where), italian, english) from None
