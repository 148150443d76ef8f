"""What holds for every command: where the home is, and whether a program reads the answer.

The options before a command arrive, the settings that it works with leave. What a command does with them does
not belong here.
"""

from pathlib import Path
from typing import Annotated

import typer

from core import home_version
from core.errors import Kind, VetroError
from core.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", metavar="", help="Print one JSON document instead of text.")]


def settings_of(context: typer.Context) -> Settings:
    """Return the settings, with the home that the command line names in the place of VETRO_HOME.

    HomeVersionError where a later version of the product has written that home.
    """
    home: Path | None = context.obj
    settings = Settings(home=home) if home else Settings()
    home_version.require_readable(settings.vetro_home.root)
    return settings


def settings_of_house(context: typer.Context) -> Settings:
    """Return the same for a command that makes no sense on an empty home. VetroError where there is none."""
    settings = settings_of(context)
    root = settings.vetro_home.root
    if not root.is_dir():
        raise VetroError(
            f"there is no home in {root}: name another with --home or VETRO_HOME / "
            f"in {root} non c'è una casa: indicarne un'altra con --home o VETRO_HOME",
            kind=Kind.USAGE,
        )
    return settings
