"""Keyed pseudonyms: what replaces a direct identifier before anything is written.

Arrives: the key folder of the home. Leaves: SQL expressions, and Python values, of HMAC-SHA-256 under a
secret key. Which columns are replaced does not belong here: that is `pseudonymisation`.

The message names its domain (`wx1|person|CF|...`), so that a person's pseudonym can never equal an
organisation's. Identifiers are compared as NFKC(trim(upper(id))); two omocodic forms of a codice fiscale stay
two people.

A key is a chain: each rotation adds a link, and a pseudonym is the HMAC under the first link, then of that
under the second, and so on. What is stored can so be carried over to a new key without the identifier, and
who knows only the earlier links can make none of the pseudonyms that are stored now.
"""

import hashlib
import hmac
import os
import secrets
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.atomic_files import sync
from core.errors import VetroError
from core.home import VetroHome

KEY_BYTES = 32
KEY_FILE = "pseudonym.key"
KEPT_HEX_CHARACTERS = 32  # 128 bits: no two of a billion persons are expected to share a pseudonym.
_BLOCK = 64
# What a later link hashes; no message that a first link hashes begins so.
_LINK_MESSAGE = "wx1|link|"
# Before a pseudonym that stands inside a text.
_WITHIN = "cf-"


@dataclass(frozen=True)
class PseudonymKey:
    """The secret of a house. `key_id` names it in logs and tables without telling anything of it.

    `secret` is the first link, `later` are those that rotations added.
    """

    secret: bytes
    key_id: str
    later: tuple[bytes, ...] = ()

    @property
    def links(self) -> tuple[bytes, ...]:
        """Every link, the first one first."""
        return (self.secret, *self.later)

    def pseudonym(self, *parts: str) -> str:
        """Return the pseudonym of the message `wx1|part|part...`, 32 hexadecimal characters."""
        pseudonym = _keyed(self.secret, "|".join(("wx1", *parts)))
        for link in self.later:
            pseudonym = _keyed(link, _LINK_MESSAGE + pseudonym)
        return pseudonym

    def carried_over(self, stored: str) -> str:
        """Return the pseudonym under this key of what is `stored` under the one without the last link."""
        return _keyed(self.links[-1], _LINK_MESSAGE + stored)

    def until(self, key_id: str) -> "PseudonymKey":
        """Return the key that this one was when its id was `key_id`; VetroError if it never was."""
        for count in range(1, len(self.links) + 1):
            earlier = _key_of(list(self.links[:count]))
            if earlier.key_id == key_id:
                return earlier
        raise VetroError(
            f"la chiave di questa casa non continua la chiave {key_id}: dare secrets/ di allora o di dopo. / "
            f"the key of this house does not continue the key {key_id}: give secrets/ of then or later."
        )

    def steps_from(self, before: "PseudonymKey") -> list["PseudonymKey"]:
        """Return the keys from `before`, without it, to this one, each with one link more."""
        return [
            _key_of(list(self.links[:count])) for count in range(len(before.links) + 1, len(self.links) + 1)
        ]

    def continued(self, before: "PseudonymKey", stored: str) -> str:
        """Return the pseudonym under this key of what is `stored` under `before`, which it continues."""
        for link in self.links[len(before.links) :]:
            stored = _keyed(link, _LINK_MESSAGE + stored)
        return stored

    def pads(self) -> tuple[bytes, ...]:
        """Return the inner and outer pad of HMAC, one hash block each, of every link."""
        padded = [link.ljust(_BLOCK, b"\0") for link in self.links]
        return tuple(bytes(byte ^ mask for byte in link) for link in padded for mask in (0x36, 0x5C))


def _keyed(link: bytes, message: str) -> str:
    return hmac.new(link, message.encode("utf-8"), hashlib.sha256).hexdigest()[:KEPT_HEX_CHARACTERS]


def _keyed_sql(link: int, message: str) -> str:
    inside = f"sha256(getvariable('inner_pad_{link}') || encode({message}))"
    return f"left(sha256(getvariable('outer_pad_{link}') || unhex({inside})), {KEPT_HEX_CHARACTERS})"


def pseudonym_sql(message: str) -> str:
    """Return SQL for the pseudonym of the text that the SQL `message` yields (without `wx1|`);
    null stays null.

    The chain is a macro of the connection and the pads are its variables (`prepare_pseudonyms`), so that the
    key stands in no statement and in no error that quotes one, and a whole column is hashed at once.
    """
    return f"pseudonym_of({message})"


def carried_over_sql(column: str) -> str:
    """Return SQL for `PseudonymKey.carried_over` of a column; null stays null."""
    return f"carried_over({column})"


def within_text_sql(text: str, found: str, message: str) -> str:
    """Return SQL for `text` with the pseudonym of `message` in place of `found`, marked so that a rotation
    knows it; the text as it is where `found` is empty or null.
    """
    return (
        f"case when coalesce({found}, '') = '' then {text} "
        f"else replace({text}, {found}, '{_WITHIN}' || {pseudonym_sql(message)}) end"
    )


def carried_over_within_sql(column: str) -> str:
    """Return SQL for a text in which `within_text_sql` put a pseudonym, with that one carried over."""
    stored = pseudonym_within_sql(column)
    carried = f"replace({column}, {stored}, {carried_over_sql(stored)})"
    return f"case when {stored} = '' then {column} else {carried} end"


def pseudonym_within_sql(column: str) -> str:
    """Return SQL for the pseudonym that `within_text_sql` put into a text, empty where there is none."""
    return f"regexp_extract({column}, '{_WITHIN}([0-9a-f]{{{KEPT_HEX_CHARACTERS}}})', 1)"


def normalised(identifier: str) -> str:
    """Return `identifier` in the one form that is hashed: NFKC, upper case, without surrounding blanks."""
    return unicodedata.normalize("NFKC", identifier.upper().strip())


def normalised_sql(column: str) -> str:
    """Return SQL for `normalised`; plain ASCII, nearly always, never leaves the vectorised path."""
    return (
        f"case when strlen({column}) = length({column}) then trim(upper({column})) "
        f"else normalised_identifier({column}) end"
    )


def prepare_pseudonyms(connection: duckdb.DuckDBPyConnection, key: PseudonymKey) -> None:
    """Give `connection` the key's pads and chain, and the function that `normalised_sql` calls for text
    outside ASCII.
    """
    connection.create_function("normalised_identifier", normalised, ["VARCHAR"], "VARCHAR")
    for place, pad in enumerate(key.pads()):
        name = ("inner_pad", "outer_pad")[place % 2]
        connection.execute(f"set variable {name}_{place // 2} = unhex('{pad.hex()}')")
    chain = _keyed_sql(0, "'wx1|' || message")
    for link in range(1, len(key.links)):
        chain = _keyed_sql(link, f"'{_LINK_MESSAGE}' || {chain}")
    connection.execute(f"create macro pseudonym_of(message) as {chain}")
    last = _keyed_sql(len(key.links) - 1, f"'{_LINK_MESSAGE}' || stored")
    connection.execute(f"create macro carried_over(stored) as {last}")


def _write_secret(path: Path, content: str) -> Path:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _write_once(path: Path, content: str) -> None:
    temporary = _write_secret(path, content)
    try:
        os.link(temporary, path)  # fails if another process was first: then its key is the key
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def _key_of(links: list[bytes]) -> PseudonymKey:
    return PseudonymKey(
        links[0], hashlib.sha256(b"key id|" + b"".join(links)).hexdigest()[:12], tuple(links[1:])
    )


def open_key(home: VetroHome) -> PseudonymKey:
    """Return the key of the house, made on first use with mode 0600.

    VetroError if others can read the file or a line of it does not hold 64 hexadecimal characters.
    """
    home.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home.secrets / KEY_FILE
    if not path.exists():
        _write_once(path, secrets.token_bytes(KEY_BYTES).hex() + "\n")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise VetroError(
            "secrets/pseudonym.key: altri possono leggere la chiave; eseguire chmod 600 sul file. / "
            "others can read the key; run chmod 600 on the file."
        )
    try:
        links = [bytes.fromhex(line) for line in path.read_text(encoding="ascii").split()]
    except ValueError as error:
        raise VetroError("secrets/pseudonym.key: non è una chiave. / is not a key.") from error
    if not links or any(len(link) != KEY_BYTES for link in links):
        raise VetroError("secrets/pseudonym.key: la chiave ha 32 byte. / a key has 32 bytes.")
    return _key_of(links)


def lengthened(key: PseudonymKey) -> PseudonymKey:
    """Return `key` with one new random link."""
    return _key_of([*key.links, secrets.token_bytes(KEY_BYTES)])


def put_key(home: VetroHome, key: PseudonymKey) -> None:
    """Make `key` the key of the house, in one step."""
    path = home.secrets / KEY_FILE
    temporary = _write_secret(path, "".join(f"{link.hex()}\n" for link in key.links))
    temporary.replace(path)
    sync(home.secrets)
