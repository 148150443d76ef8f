"""Files that only their owner may read, as keys and credentials are kept.

A path arrives, its bytes leave, or an error that says what is wrong. What they hold does not belong here.
"""

import os
import stat
from pathlib import Path
from typing import Literal

from core.errors import Kind, VetroError

_LARGEST = 1 << 20


# missing; unopened: it cannot be opened, or is a link; shared: others can read it, or it is no file.
Why = Literal["missing", "unopened", "shared"]
_SENTENCES: dict[Why, str] = {
    "missing": "il file manca / the file is missing",
    "unopened": "il file non si può aprire o è un collegamento / the file cannot be opened or is a link",
    "shared": "altri possono leggere il file; eseguire chmod 600 / others can read the file; run chmod 600",
}


class SecretFileError(VetroError):
    """A secret file cannot be used; says which, `why`, and what to do."""

    kind = Kind.USAGE

    def __init__(self, path: Path, why: Why) -> None:
        super().__init__(f"{path}: {_SENTENCES[why]}")
        self.why = why


def read_secret_file(path: Path) -> bytes:
    """Return the bytes of a secret file. Raises SecretFileError; no sentence quotes what stands in it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise SecretFileError(path, "missing") from None
    except OSError:
        raise SecretFileError(path, "unopened") from None
    with os.fdopen(descriptor, "rb") as file:
        at = os.fstat(descriptor)
        if not stat.S_ISREG(at.st_mode) or stat.S_IMODE(at.st_mode) & 0o077:
            raise SecretFileError(path, "shared")
        return file.read(_LARGEST)
