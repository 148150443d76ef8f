"""The files with which a machine runs the product: units of systemd, settings, a configuration of nginx.

Settings and the names of the machine arrive, files leave, each with its place in its first lines. To put them
there is for whoever runs the machine: docs/how-to/run-in-production.md.
"""

import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.atomic_files import replacing
from core.errors import Kind, VetroError
from core.settings import PRODUCT, Settings

TEMPLATES = Path(__file__).with_name("templates") / "deployment"
# What units, shells and nginx read as one word.
PLAIN = re.compile(r"[A-Za-z0-9_./-]+")


@dataclass(frozen=True)
class Machine:
    """What a deployment decides: the account of the service, the names under which everybody and signed-in
    readers reach it, and where backups are kept.
    """

    user: str
    public_name: str
    staff_name: str
    backups: Path


def write_deployment(settings: Settings, machine: Machine, folder: Path) -> list[Path]:
    """Write the files into `folder` and return their paths, by name. VetroError for a word that a unit or a
    web server could not read as one.
    """
    words = {
        **{name: str(value) for name, value in asdict(machine).items()},
        "home": str(settings.vetro_home.root),
        "product": str(PRODUCT),
        "vetro": str(Path(sys.executable).with_name("vetro")),
        "port": str(settings.port),
        "public_port": str(settings.public_port),
        "dagster_port": str(settings.dagster_port),
    }
    for name, word in words.items():
        if not PLAIN.fullmatch(word):
            raise VetroError(
                f"{name}: {word!r} has characters other than letters, digits and ._/-: choose another.",
                kind=Kind.USAGE,
            )
    # Nothing here is HTML, and every word was looked at above.
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in sorted(templates.list_templates()):
        with replacing(folder / name) as fresh:
            fresh.write_text(templates.get_template(name).render(words), encoding="utf-8")
        written.append(folder / name)
    return written
