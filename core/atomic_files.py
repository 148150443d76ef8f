"""Files that are there wholly or not at all: replaced in one step, brought to the disk, removed.

Arrives: a path. Leaves: where to write what will stand there, or nothing. Files that change together do not
belong here (`ingestion.raw.file_transaction`).
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield where to write; at the end of the block what was written takes the place of `path`, unless the
    block raised."""
    written = path.with_name(f".{path.name}.new")
    yield written
    written.replace(path)


def make_durable(folder: Path) -> None:
    """Bring every file of `folder`, and the folder, to the disk, so that the rename cannot
    outrun its content.
    """
    for path in folder.iterdir():
        sync(path)
    sync(folder)


def sync(path: Path) -> None:
    """Bring one file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def discard(paths: Iterable[Path]) -> None:
    """Remove half-written folders and files; one that is not there is no error."""
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
