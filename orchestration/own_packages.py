"""The packages of the product, and whether those that Python finds are ours.

Their names are plain words, which other distributions may use as well: then Python takes whichever comes
first on its path. Nothing arrives; a sentence and the end leave where one is somebody else's. Nothing of ours
is imported here: it could be theirs.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGES = (
    "core",
    "ingestion",
    "quality",
    "publication",
    "orchestration",
    "simulation",
    "dashboards",
)
COULD_NOT_RUN = 3


def require_own() -> None:
    """Leave with exit code 3 and a sentence on standard error where a package of the product is found
    anywhere but beside this one.
    """
    own = Path(__file__).resolve().parents[1]
    for name in PACKAGES:
        found = find_spec(name)
        origin = Path(found.origin).resolve() if found and found.origin else None
        if origin is None or origin.parents[1] != own:
            where = origin.parent if origin else "nowhere, or in a folder that is no package"
            print(
                f"vetro: the package {name} that Python finds is not of Casa di Vetro ({where}): install the "
                "product into an environment of its own, and set no PYTHONPATH / il pacchetto "
                f"{name} trovato da Python non è di Casa di Vetro: installare il prodotto in un ambiente "
                "proprio, senza PYTHONPATH",
                file=sys.stderr,
            )
            raise SystemExit(COULD_NOT_RUN)
