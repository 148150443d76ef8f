"""Who was forgotten: enough to refuse them when they come again, and no more.

Arrives: the pseudonyms of persons being forgotten. Leaves: `raw/.forgotten.json`, one entry per request with
its moment, counts, and the pseudonyms sealed under the key of the house. Sealed and not hashed, because a
rotation has to carry them over to the new key; without the key a seal tells as little as a hash. Forgetting
itself does not belong here (`forgetting`).
"""

import json
import secrets
from pathlib import Path

from core.errors import Kind
from core.home import VetroHome
from core.yaml_models import Several, YamlModel, read_json
from ingestion.privacy.pseudonyms import KEPT_HEX_CHARACTERS, PseudonymKey


class Forgotten(YamlModel):
    """Persons forgotten together: when (UTC), how many, in which instances, how many rows changed, and the
    seals of their pseudonyms.
    """

    at: str
    persons: int
    instances: Several[str]
    rows: int
    seals: Several[str]


def read_forgotten(home: VetroHome) -> list[Forgotten]:
    """Return the entries, the earliest first; FileUnusable."""
    path = home.forgotten_file
    if not path.exists():
        return []
    name = path.relative_to(home.root).as_posix()
    return list(read_json(path.read_bytes(), name, Several[Forgotten], kind=Kind.COULD_NOT_RUN))


def write_forgotten(path: Path, entries: list[Forgotten]) -> None:
    """Write `entries` to `path`, in whatever place they are staged."""
    path.write_text(json.dumps([entry.model_dump() for entry in entries], indent=1) + "\n", encoding="utf-8")


def forgotten_pseudonyms(home: VetroHome, key: PseudonymKey) -> set[str]:
    """Return the pseudonyms of everybody forgotten, in memory only."""
    return {unsealed(key, seal) for entry in read_forgotten(home) for seal in entry.seals}


def carried_over(entries: list[Forgotten], before: PseudonymKey, after: PseudonymKey) -> list[Forgotten]:
    """Return `entries` under the key `after`, which has one link more than `before`."""
    return [
        entry.model_copy(
            update={
                "seals": tuple(
                    sealed(after, after.carried_over(unsealed(before, seal))) for seal in entry.seals
                )
            }
        )
        for entry in entries
    ]


def sealed(key: PseudonymKey, pseudonym: str) -> str:
    """Return `pseudonym` so that only `key` can read it: a nonce, and the pseudonym masked by its HMAC."""
    nonce = secrets.token_hex(KEPT_HEX_CHARACTERS // 2)
    return nonce + _masked(key, nonce, pseudonym)


def unsealed(key: PseudonymKey, seal: str) -> str:
    """Return the pseudonym that `sealed` was given."""
    return _masked(key, seal[:KEPT_HEX_CHARACTERS], seal[KEPT_HEX_CHARACTERS:])


def _masked(key: PseudonymKey, nonce: str, text: str) -> str:
    masked = int(text, 16) ^ int(key.pseudonym("seal", nonce), 16)
    return f"{masked:0{KEPT_HEX_CHARACTERS}x}"
