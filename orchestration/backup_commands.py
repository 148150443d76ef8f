"""The commands about backups: backup and restore.

Options arrive, one call is made, what was done is shown, and what whoever runs the house must still do. Logic
does not belong here.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from core.errors import Kind, VetroError
from core.progress import progress_bar
from orchestration import render
from orchestration.backup import back_up
from orchestration.invocation import AsJson, settings_of, settings_of_house
from orchestration.restoring import restore as restore_home


def backup(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Where backups are kept; without it VETRO_BACKUPS."),
    ] = None,
    with_secrets: Annotated[
        bool,
        typer.Option(
            "--with-secrets",
            help="Put the key and the credentials in: whoever has the backup can then recognise persons.",
        ),
    ] = False,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Keep so many backups, the last ones, and remove the others.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy what a home cannot make again into a folder, with checksums; without landing and without secrets.

    Exit code: 0 made, 1 made, but the register of erasures could not be written, 2 usage, or there is no such
    home, 3 could not run.
    """
    settings = settings_of_house(context)
    folder = folder or settings.backups
    if folder is None:
        raise VetroError(
            "name a folder, or set VETRO_BACKUPS / indicare una cartella o impostare VETRO_BACKUPS",
            kind=Kind.USAGE,
        )
    with progress_bar(quiet=as_json) as progress:
        made = back_up(settings.vetro_home, folder, with_secrets=with_secrets, keep=keep, progress=progress)
    lines = [f"Backup: {made.folder} ({made.files} files, {made.bytes} bytes)."]
    if made.has_secrets:
        lines.append("The secrets are in it: whoever has it can recognise persons. Keep it under lock.")
    else:
        lines.append("The secrets are not in it. Without secrets/pseudonym.key it cannot be restored: keep a "
                     "copy of secrets/ apart from it.")  # fmt: skip
    if made.removed:
        lines.append(f"Removed: {', '.join(made.removed)}.")
    if not made.register_noted:
        lines.append("The register of erasures could not be written beside it: make the backup again.")
    document = asdict(made) | {"folder": str(made.folder)}
    render.finding(document, lines, as_json=as_json)
    raise typer.Exit(0 if made.register_noted else 1)


def restore(
    context: typer.Context,
    backup: Annotated[Path, typer.Argument(metavar="BACKUP", help="The folder of one backup.")],
    secrets: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="The secrets, where they are not in the backup; a later key will do."
        ),
    ] = None,
    erasures: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PLACE",
            help="What else knows of erasures: a home that was moved away, an erasures.json. Repeatable.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a home from a backup, checked file by file; whoever was erased since then is erased again.

    Exit code: 0 restored, 2 usage, or the home is not empty, 3 the backup or the key is not the right one.
    """
    home = settings_of(context).vetro_home
    done = restore_home(home, backup, secrets=secrets, erasures=erasures or ())
    known = (
        f"Erased again: {done.erased_again}."
        if done.registers
        else "No register of erasures was found: whoever was erased after the backup is back. Run 'vetro "
        "forget' again for them before anything else."
    )
    lines = [f"Restored: {done.home}, as of {done.made_at} ({done.files} files, by version "
             f"{done.product_version}).", known,
             "Exports taken in since then have to land again. 'vetro run' builds the tables."]  # fmt: skip
    render.finding(asdict(done) | {"home": str(done.home)}, lines, as_json=as_json)
