"""`release.json`, the record that a release keeps of itself: a folder arrives, what the record says leaves.

Who makes a release and what stands in its files does not belong here.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from core.errors import VetroError

RELEASE_JSON = "release.json"
NEEDED = {"release_id", "created_at", "as_of", "tables", "exports", "files", "policy", "code_version", "gate"}


def damaged_release(release_id: str) -> VetroError:
    """Return the error that a file of a release is not as it was written: nothing can be said from it."""
    return VetroError(
        f"{release_id} is damaged: put back from a copy what `vetro verify` names, or release.json where "
        "it names nothing; or go on from a whole release with `vetro rollback` / "
        f"{release_id} è danneggiata: ripristinare da una copia ciò che `vetro verify` indica, o "
        "release.json se non indica nulla; oppure ripartire da un rilascio integro con "
        "`vetro rollback`"
    )


def read_release(path: Path) -> dict:
    """Return release.json of the release at `path`. Raises VetroError."""
    with reading(path):
        record = json.loads((path / RELEASE_JSON).read_text(encoding="utf-8"))
        if NEEDED - record.keys():
            raise damaged_release(path.name)
    return record


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say VetroError of the release at `path` for whatever reading a damaged file raises."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, AttributeError, duckdb.Error) as error:
        raise damaged_release(path.name) from error


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def rows_of_tables(folder: Path) -> int:
    """Return how many rows the tables for signed-in readers hold in the release in `folder`."""
    # Each is described by its rows and a hash over them.
    return sum(int(told.partition("-")[0]) for told in read_release(folder)["private_tables"].values())
