"""The places from which an installation fetches exports: `sources.yaml`, and their credentials.

Arrives: the file a person wrote, secrets from the settings or from `secrets/sources/`. Leaves: `Source`
records and `Credentials`. Speaking with a source does not belong here (`source_access`), nor choosing what
to fetch (`fetching`).
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from core.home import VetroHome
from ingestion.instances import INSTANCE_ID, read_instances

LOCAL, S3, SFTP = "file", "s3", "sftp"
FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
SFTP_PORT = 22
_KEYS = {"instance", "url", "endpoint", "region", "host_key"}
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
_LARGEST_FILE = 1024 * 1024


class SourcesError(ValueError):
    """A declaration or credentials that cannot be used; the message quotes no value of theirs."""

    exit_code = 2

    def __init__(self, where: str, it: str, en: str):
        super().__init__(f"{where}: {it} / {en}")


@dataclass(frozen=True)
class Source:
    """Where the exports of one instance arrive.

    `root` is a folder, or `bucket/prefix`. `endpoint` and `region` are of S3, the rest of SFTP; `host_keys`
    are fingerprints, empty where `secrets/known_hosts` decides.
    """

    name: str
    instance: str
    kind: str
    root: str
    endpoint: str | None = None
    region: str | None = None
    host: str = ""
    port: int = SFTP_PORT
    user: str = ""
    host_keys: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The same place has the same text, whatever the source is called."""
        return f"{self.kind}://{self.user}@{self.endpoint or self.host}:{self.port}/{self.root}"


@dataclass(frozen=True)
class Credentials:
    """What opens a source. `key` names a file in `secrets/sources/`; nothing here shows in a repr."""

    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)


def read_sources(home: VetroHome) -> dict[str, Source]:
    """Return the declared sources by name; empty where there is no `sources.yaml`.

    SourcesError if the file cannot be read, a key is wrong, or an instance is not registered.
    """
    if not home.sources_file.exists():
        return {}
    try:
        content = yaml.safe_load(home.sources_file.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError):
        raise _wrong("", "il file non è YAML leggibile", "the file is not readable YAML") from None
    declared = content.get("sources") if isinstance(content, dict) else None
    if not isinstance(declared, dict):
        raise _wrong("", "serve la chiave sources", "the key sources is needed")
    registered = read_instances(home)
    found = {str(name): _source(home, str(name), entry) for name, entry in declared.items()}
    for source in found.values():
        if source.instance not in registered:
            raise _wrong(
                f"{source.name}.instance",
                "l'istanza non è in instances.yaml",
                "the instance is not in instances.yaml",
            )
    return found


def _wrong(where: str, it: str, en: str) -> SourcesError:
    return SourcesError(f"sources.yaml, {where}" if where else "sources.yaml", it, en)


def _source(home: VetroHome, name: str, entry: object) -> Source:
    if not INSTANCE_ID.match(name):
        raise _wrong(
            "sources",
            "il nome di una fonte usa minuscole, cifre, punto, trattino",
            "the name of a source uses lower case, digits, dot, hyphen",
        )
    if not isinstance(entry, dict) or not {"instance", "url"} <= entry.keys():
        raise _wrong(name, "mancano instance o url", "instance or url is missing")
    unknown = entry.keys() - _KEYS
    if unknown or not all(isinstance(value, str) for key, value in entry.items() if key != "host_key"):
        raise _wrong(
            name,
            f"le chiavi sono {', '.join(sorted(_KEYS))}, ognuna un testo; le credenziali stanno in secrets/",
            f"the keys are {', '.join(sorted(_KEYS))}, each a text; credentials stand in secrets/",
        )
    try:
        url = urlsplit(entry["url"] if "://" in entry["url"] else f"file://{entry['url']}")
        port = url.port or SFTP_PORT
    except ValueError:
        raise _wrong(f"{name}.url", "l'indirizzo non è leggibile", "the address cannot be read") from None
    if url.password or url.query or url.fragment:
        raise _wrong(
            f"{name}.url",
            "l'indirizzo non contiene password né parametri; le credenziali stanno in secrets/",
            "the address holds no password and no parameters; credentials stand in secrets/",
        )
    if url.scheme == LOCAL:
        return Source(name, entry["instance"], LOCAL, _folder(home, name, url.netloc, url.path))
    if url.scheme == S3 and url.netloc:
        root = f"{url.netloc}/{url.path.strip('/')}".rstrip("/")
        return Source(
            name, entry["instance"], S3, root, _endpoint(name, entry.get("endpoint")), entry.get("region")
        )
    if url.scheme == SFTP and url.hostname and url.username:
        # As with scp, /~/ is the folder in which the account begins.
        root = url.path.removeprefix("/~/").rstrip("/") or ("." if url.path.startswith("/~/") else "/")
        return Source(
            name, entry["instance"], SFTP, root, host=url.hostname, port=port, user=url.username,
            host_keys=_fingerprints(name, entry.get("host_key")),
        )  # fmt: skip
    raise _wrong(
        f"{name}.url",
        "serve una cartella assoluta, s3://contenitore/prefisso o sftp://utente@host/cartella",
        "needed is an absolute folder, s3://bucket/prefix or sftp://user@host/folder",
    )


def _folder(home: VetroHome, name: str, netloc: str, path: str) -> str:
    folder = Path(path)
    if netloc or not folder.is_absolute() or folder.resolve().is_relative_to(home.root):
        raise _wrong(
            f"{name}.url",
            "serve una cartella assoluta fuori da VETRO_HOME; in landing/ si depone senza fonte",
            "an absolute folder outside VETRO_HOME is needed; landing/ needs no source",
        )
    return str(folder)


def _endpoint(name: str, text: str | None) -> str | None:
    if text is None:
        return None
    url = urlsplit(text)
    safe = url.scheme == "https" or (url.scheme == "http" and url.hostname in _THIS_MACHINE)
    if not safe or not url.hostname or url.username or url.password:
        raise _wrong(
            f"{name}.endpoint",
            "serve https:// senza credenziali: le esportazioni contengono dati personali",
            "https:// without credentials is needed: exports hold personal data",
        )
    return text


def _fingerprints(name: str, value: object) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value or []
    if not isinstance(given, list) or not all(
        isinstance(one, str) and FINGERPRINT.fullmatch(one) for one in given
    ):
        raise _wrong(
            f"{name}.host_key",
            "serve un'impronta SHA256:... come la mostra ssh-keygen -lf, o un elenco di impronte",
            "needed is a fingerprint SHA256:... as ssh-keygen -lf shows it, or a list of them",
        )
    return tuple(given)


def credentials_of(home: VetroHome, source: Source, given: Mapping[str, Mapping[str, str]]) -> Credentials:
    """Return the credentials of `source`: those `given` (settings; hyphens and dots of the name may be `_`),
    or else `secrets/sources/<name>.yaml`.

    SourcesError where they are missing, incomplete, of an unknown kind, or in a file others can read.
    """
    if source.kind == LOCAL:
        return Credentials()
    plain = re.sub(r"[.-]", "_", source.name)
    values: object = given.get(source.name) or given.get(plain)
    where = "VETRO_SOURCE_CREDENTIALS"
    if not values:
        where = f"secrets/sources/{source.name}.yaml"
        values = _secret_values(home.source_secrets / f"{source.name}.yaml", where)
    kinds = {one.name for one in fields(Credentials)}
    if not isinstance(values, dict | Mapping) or not all(
        key in kinds and isinstance(value, str) and value for key, value in values.items()
    ):
        raise SourcesError(
            f"{where} ({source.name})",
            f"le chiavi sono {', '.join(sorted(kinds))}, ognuna un testo tra virgolette",
            f"the keys are {', '.join(sorted(kinds))}, each a text in quotes",
        )
    found = Credentials(**values)
    enough = (found.access_key and found.secret_key) if source.kind == S3 else (found.password or found.key)
    if not enough:
        raise SourcesError(
            f"{where} ({source.name})",
            "servono access_key e secret_key per S3, password o key per SFTP",
            "access_key and secret_key are needed for S3, password or key for SFTP",
        )
    return found


def _secret_values(path: Path, where: str) -> object:
    try:
        return yaml.safe_load(read_secret(path, where))
    except (yaml.YAMLError, UnicodeDecodeError):
        # Not chained: a YAML error quotes the lines around it.
        raise SourcesError(where, "il file non è YAML leggibile", "the file is not readable YAML") from None


def private_key(home: VetroHome, source: Source, credentials: Credentials) -> Path | None:
    """Return the file of the private key, None where there is none; SourcesError if it is not safe to use."""
    if credentials.key is None:
        return None
    path = home.source_secrets / credentials.key
    where = f"secrets/sources/ ({source.name}.key)"
    if path.parent != home.source_secrets:
        raise SourcesError(
            where, "key è il nome di un file in secrets/sources/", "key is the name of a file there"
        )
    read_secret(path, where)
    return path


def read_secret(path: Path, where: str) -> str:
    """Return the text of a secret file; SourcesError if it is missing, a link, or readable by others."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        raise SourcesError(
            where,
            "le credenziali mancano, o il file non si può aprire o è un collegamento",
            "the credentials are missing, or the file cannot be opened or is a link",
        ) from None
    with os.fdopen(descriptor, "rb") as file:
        at = os.fstat(descriptor)
        if not stat.S_ISREG(at.st_mode) or stat.S_IMODE(at.st_mode) & 0o077:
            raise SourcesError(
                where,
                "altri possono leggere il file; eseguire chmod 600",
                "others can read the file; run chmod 600",
            )
        return file.read(_LARGEST_FILE).decode("utf-8")
