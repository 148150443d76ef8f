"""Checksums of the files of a committed export, kept in its folder: whether they are as they were written.

Folders of exports arrive; their sums, and the folders that differ from them, leave. A Parquet file may be
read to its end although bytes of it have changed: rows and totals say nothing of texts and days. When files
change together their sums change with them (`file_transaction`).
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from core.atomic_files import sync

# Not among the files that decide whether a build has something to read: those say it themselves.
FILE = ".checksums.json"


def write_checksums(folder: Path) -> None:
    """Note the sums of the files of an export that is being written."""
    path = folder / FILE
    path.write_text(as_text(sums_of(folder)), encoding="ascii")
    sync(path)


def as_text(sums: dict[str, str]) -> str:
    """Return the content of the file: sums by the names of files."""
    return json.dumps(sums, indent=0, sort_keys=True) + "\n"


def sums_of(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every Parquet file of a folder, in hexadecimal, by its name."""
    return {path.name: sum_of(path) for path in sorted(folder.glob("*.parquet"))}


def sum_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def noted_sums(folder: Path) -> dict[str, str] | None:
    """Return the sums that were noted; None where there are none, as an earlier version left it, and empty
    where they cannot be read.
    """
    try:
        noted = json.loads((folder / FILE).read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def has_changed(folder: Path) -> bool:
    """Whether a file of a committed export is other than it was written, is missing or was put in. False
    where no sums were noted.
    """
    noted = noted_sums(folder)
    try:
        return noted is not None and noted != sums_of(folder)
    except OSError:
        return True


def changed_exports(folders: Iterable[Path]) -> list[str]:
    """Return `instance=.../export=...` of every folder of which a file is other than it was written."""
    return [f"{folder.parent.name}/{folder.name}" for folder in folders if has_changed(folder)]
