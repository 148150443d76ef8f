"""A file that is replaced in one step: a reader finds the old one or the new one, never half of one.

Arrives: the path of a file. Leaves: where to write what will stand there. Files that change together
(`rewriting`), and bringing files to the disk, do not belong here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield where to write; at the end of the block what was written takes the place of `path`, unless the
    block raised."""
    written = path.with_name(f".{path.name}.new")
    yield written
    written.replace(path)
