"""Which version of the product last wrote a home, and whether this one may.

The root of a home arrives; its file `.version` leaves, or an error that says which version is needed. What is
of an earlier form is upgraded where it stands, by whoever reads it, and does not belong here.
"""

import os
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path

from core.errors import VetroError

FILE = ".version"
# The earliest version whose homes this one brings up to date by itself.
OLDEST = "0.1.0"

Number = tuple[int, ...]


class HomeVersionError(VetroError):
    """A home was written by a version that this one cannot follow; says which one can."""


@cache
def product_version() -> str:
    """Return the version of the product that runs."""
    return version("casa-di-vetro")


def require_readable(root: Path) -> None:
    """Raise HomeVersionError where a later version has written the home at `root`, or one too early.

    A home without the file is of the first version, or is none yet.
    """
    require_version(read_version(root), str(root))


def require_version(written: str, what: str) -> None:
    """Raise the same for `what` (a home, a backup) that the version `written` has made."""
    if _number(written) > _number(product_version()):
        raise HomeVersionError(
            f"{what} was written by version {written}, this is {product_version()}: install {written} or "
            f"later; nothing was changed / è stata scritta dalla versione {written}, questa è la "
            f"{product_version()}: installare la {written} o una successiva; nulla è stato cambiato"
        )
    if _number(written) < _number(OLDEST):
        raise HomeVersionError(
            f"{what} was written by version {written}: run 'vetro run' once with version {OLDEST}, then with "
            f"this one / è stata scritta dalla versione {written}: eseguire una volta 'vetro run' con la "
            f"{OLDEST}, poi con questa"
        )


def note_version(root: Path) -> None:
    """Note in the home at `root` that this version writes it. HomeVersionError as `require_readable`."""
    require_readable(root)
    path = root / FILE
    if path.is_file() and read_version(root) == product_version():
        return
    # Two processes may begin on one home together, each with a file of its own.
    written = root / f"{FILE}.{os.getpid()}"
    written.write_text(product_version() + "\n", encoding="ascii")
    written.replace(path)


def read_version(root: Path) -> str:
    """Return the version that wrote the home; the first one where it does not say. HomeVersionError."""
    try:
        text = (root / FILE).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return OLDEST
    except UnicodeDecodeError:
        text = ""
    if not re.match(r"\d+(\.\d+)*", text):
        raise HomeVersionError(
            f"{root / FILE} names no version: write there the one that wrote the home / "
            "non indica una versione: scrivervi quella che ha scritto la casa"
        )
    return text


def _number(text: str) -> Number:
    """Return the numbers of a version, 0.10.1 as (0, 10, 1); what follows them (rc1, .dev0) is left out."""
    found = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
