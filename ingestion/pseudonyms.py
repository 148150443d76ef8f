"""Keyed pseudonyms: what replaces a direct identifier before anything is written.

Arrives: the key folder of the home. Leaves: SQL expressions, and Python values, of HMAC-SHA-256 under a
secret key. Which columns are replaced does not belong here: that is `privacy`.

The message names its domain (`wx1|person|CF|...`), so that a person's pseudonym can never equal an
organisation's. Identifiers are compared as NFKC(trim(upper(id))); two omocodic forms of a codice fiscale stay
two people.
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

from ingestion.home import VetroHome

KEY_BYTES = 32
KEPT_HEX_CHARACTERS = 32  # 128 bits: no two of a billion persons are expected to share a pseudonym.
_BLOCK = 64


class KeyUnsafe(RuntimeError):
    """The key file can be read by others, or is not a key. Nothing is ingested until somebody looks."""


@dataclass(frozen=True)
class PseudonymKey:
    """The secret of a house. `key_id` names it in logs and tables without telling anything of it."""

    secret: bytes
    key_id: str

    def pseudonym(self, *parts: str) -> str:
        """Return the pseudonym of the message `wx1|part|part...`, 32 hexadecimal characters."""
        message = "|".join(("wx1", *parts)).encode("utf-8")
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()[:KEPT_HEX_CHARACTERS]

    def pads(self) -> tuple[bytes, bytes]:
        """Return the inner and outer pad of HMAC for this key, one hash block each."""
        padded = self.secret.ljust(_BLOCK, b"\0")
        return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)


def pseudonym_sql(message: str) -> str:
    """Return SQL for the pseudonym of the text that the SQL `message` yields (without `wx1|`); null stays
    null.

    The pads of the key are variables of the connection (`prepare_pseudonyms`), so that the key stands in no
    statement and in no error that quotes one, and a whole column is hashed at once.
    """
    inside = f"sha256(getvariable('inner_pad') || encode('wx1|' || ({message})))"
    return f"left(sha256(getvariable('outer_pad') || unhex({inside})), {KEPT_HEX_CHARACTERS})"


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
    """Give `connection` the key's pads, and the function that `normalised_sql` calls for text outside ASCII.
    """
    connection.create_function("normalised_identifier", normalised, ["VARCHAR"], "VARCHAR")
    for name, pad in zip(("inner_pad", "outer_pad"), key.pads(), strict=True):
        connection.execute(f"set variable {name} = unhex('{pad.hex()}')")


def _write_once(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)  # fails if another process was first: then its key is the key
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def open_key(home: VetroHome) -> PseudonymKey:
    """Return the key of the house, made on first use with mode 0600.

    KeyUnsafe if others can read the file or it does not hold 64 hexadecimal characters.
    """
    home.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home.secrets / "pseudonym.key"
    if not path.exists():
        _write_once(path, secrets.token_bytes(KEY_BYTES).hex().encode() + b"\n")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyUnsafe(
            "secrets/pseudonym.key: altri possono leggere la chiave; eseguire chmod 600 sul file. / "
            "others can read the key; run chmod 600 on the file."
        )
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError as error:
        raise KeyUnsafe("secrets/pseudonym.key: non è una chiave. / is not a key.") from error
    if len(secret) != KEY_BYTES:
        raise KeyUnsafe("secrets/pseudonym.key: la chiave ha 32 byte. / a key has 32 bytes.")
    return PseudonymKey(secret, hashlib.sha256(b"key id|" + secret).hexdigest()[:12])
