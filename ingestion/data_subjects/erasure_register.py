"""Who was erased, as it is kept beside the backups: what an older backup still tells must not come back.

Arrives: a home. Leaves: `erasures.json`, pseudonyms sealed under the key of the house, and the keyed hashes
of erased records; nothing in it can be read without the key. Erasing again belongs to `erasure_request`.
"""

import json
import os
from pathlib import Path

import pyarrow.parquet as pq

from core.atomic_files import replacing, sync
from core.errors import Kind
from core.home import VetroHome
from core.yaml_models import Several, YamlModel, read_json
from ingestion.data_subjects.erased_persons import forgotten_pseudonyms, sealed, unsealed
from ingestion.privacy.pseudonyms import PseudonymKey, open_key

FILE = "erasures.json"


class ErasureRegister(YamlModel):
    """Everybody erased until now, under the key `key_id`: `seals` of the pseudonyms of persons who were
    forgotten, and by instance the hashes of records that were erased, also by its own exports.
    """

    key_id: str
    seals: Several[str]
    records: dict[str, Several[str]]


def register_of(home: VetroHome) -> ErasureRegister:
    """Return what the raw layer of `home` knows; the caller holds its lock. VetroError as `open_key`."""
    key = open_key(home)
    records: dict[str, set[str]] = {}
    for path in sorted(home.raw.glob("instance=*/export=*/_erasure.parquet")):
        instance = path.parent.parent.name.removeprefix("instance=")
        hashes = pq.read_table(path, columns=["person_hash"]).column(0).to_pylist()
        records.setdefault(instance, set()).update(hashes)
    return _register(key, forgotten_pseudonyms(home, key), records)


def read_register(path: Path) -> ErasureRegister:
    """Return the register that stands at `path`; FileUnusable."""
    return read_json(path.read_bytes(), path.name, ErasureRegister, kind=Kind.COULD_NOT_RUN)


def united(key: PseudonymKey, registers: list[ErasureRegister]) -> ErasureRegister:
    """Return all of `registers` as one under `key`. VetroError where `key` does not continue one's key."""
    pseudonyms: set[str] = set()
    records: dict[str, set[str]] = {}
    for register in registers:
        before = key.until(register.key_id)
        pseudonyms |= {key.continued(before, unsealed(before, seal)) for seal in register.seals}
        for instance, hashes in register.records.items():
            carried = {key.continued(before, stored) for stored in hashes}
            records.setdefault(instance, set()).update(carried)
    return _register(key, pseudonyms, records)


def note_erasures(home: VetroHome, folder: Path | None) -> bool:
    """Bring the register in `folder`, where backups are kept, up to what `home` knows; return whether it is.

    What stands in it stays. True where no folder is set; False where it is not there now, or cannot be
    written to: then the erasure holds in the home, and the register has to follow.
    """
    if folder is None:
        return True
    if not folder.is_dir():
        return False
    path = folder / FILE
    before = [read_register(path)] if path.exists() else []
    key = open_key(home)
    try:
        write_register(path, united(key, [*before, register_of(home)]))
    except OSError:
        return False
    return True


def write_register(path: Path, register: ErasureRegister) -> None:
    """Write `register`, readable by its owner only, in one step."""
    with replacing(path) as written:
        written.unlink(missing_ok=True)
        descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps(register.model_dump(), indent=1) + "\n")
        sync(written)


def opened_seals(key: PseudonymKey, register: ErasureRegister) -> set[str]:
    """Return the pseudonyms of a register under `key`, in memory only."""
    return {unsealed(key, seal) for seal in register.seals}


def _register(key: PseudonymKey, pseudonyms: set[str], records: dict[str, set[str]]) -> ErasureRegister:
    return ErasureRegister(
        key_id=key.key_id,
        seals=tuple(sealed(key, pseudonym) for pseudonym in sorted(pseudonyms)),
        records={instance: tuple(sorted(hashes)) for instance, hashes in sorted(records.items())},
    )
