"""Builds that tests make copies of, kept for as long as what they are built from stays the same.

A name, what the build depends on and a function that makes it arrive; the folder it filled leaves. The
processes of one session build once, and so do sessions over the same code.
"""

import hashlib
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from core.locks import exclusive

ROOT = Path(__file__).resolve().parents[2]
A_DAY = 24 * 60 * 60
# Where pytest keeps what outlives a session.
KEPT = ROOT / ".pytest_cache" / "d" / "builds"


def kept_build(name: str, depends_on: Sequence[str], build: Callable[[Path], None]) -> Path:
    """Return the folder that `build` filled, to be read only.

    `depends_on` -- folders and files of the repository: when one of their files changes, it is built again.
    Builds of other days are removed.
    """
    place = KEPT / name
    place.mkdir(parents=True, exist_ok=True)
    with exclusive(place / ".lock", f"building {name} for the tests"):
        folder = place / _fingerprint(depends_on)
        if not folder.is_dir():
            unfinished = place / "unfinished"
            for other in place.iterdir():
                # A session that began before a change may still read what it was built from.
                if other == unfinished or (other.is_dir() and other.stat().st_mtime < time.time() - A_DAY):
                    shutil.rmtree(other)
            unfinished.mkdir()
            build(unfinished)
            unfinished.rename(folder)
    return folder


def _fingerprint(depends_on: Sequence[str]) -> str:
    hashed = hashlib.sha256()
    for name in depends_on:
        path = ROOT / name
        if not path.exists():
            raise FileNotFoundError(f"a build of the tests is said to depend on {name}, which is not there")
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix != ".pyc":
                hashed.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    return hashed.hexdigest()[:24]
