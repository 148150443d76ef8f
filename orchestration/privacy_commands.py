"""The commands about persons and their secrecy: forget, merge-person, rotate-key, processing-register.

Standard input arrives, one call is made, what was done is shown: counts and line numbers, never a name or an
identifier. Persons are never named on the command line, where every process and the shell's history could
read them. Logic does not belong here.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from core.progress import progress_bar
from orchestration import privacy, render
from orchestration.invocation import AsJson, settings_of_house
from orchestration.processing_register import write_register

DONE, SOMEBODY_UNKNOWN, COULD_NOT_RUN = 0, 1, 3


def forget(context: typer.Context, as_json: AsJson = False) -> None:
    """Forget persons everywhere, and refuse them when they come again; money and releases stay as they are.

    Reads a person per line from standard input, never from the command line: 'id_kind id_value', or
    'instance record_id'.

    Exit code: 0 done, also before; 1 somebody named is not here (all others are done), 2 a line names nobody,
    or there is no such home, 3 could not run: run it again.
    """
    settings = settings_of_house(context)
    with progress_bar(quiet=as_json) as progress:
        done = privacy.forget(settings, _lines(), progress=progress)
    report, build = done.report, done.build
    lines = [
        f"Forgotten: {report.forgotten}. Forgotten before: {report.known}.",
        f"Rows changed: {report.rows}, in {', '.join(report.instances) or 'no instance'}.",
        f"Exports removed from landing: {report.landing}.",
        *(f"Ask {instance} to send {export} again: it waited, and named the person."
          for instance, export in report.send_again),
        *_unknown(report.not_found),
    ]  # fmt: skip
    if build:
        failed = "The warehouse is removed, but could not be built again: run 'vetro build'."
        lines.append("The warehouse was built again." if build.succeeded else failed)
    if not done.register_noted:
        lines.append("VETRO_BACKUPS cannot be written to: an older backup would bring them back. Mend it, "
                     "and run 'vetro backup'.")  # fmt: skip
    built = {"register_noted": done.register_noted, "warehouse_built": build.succeeded if build else None}
    _show(asdict(report) | built, lines, as_json)
    if build and not build.succeeded:
        raise typer.Exit(COULD_NOT_RUN)
    raise typer.Exit(SOMEBODY_UNKNOWN if report.not_found else DONE)


def merge_person(context: typer.Context, as_json: AsJson = False) -> None:
    """Say that two identifiers are one person, as when a temporary code was replaced; for all instances.

    Reads a pair per line from standard input, never from the command line: the earlier and the present
    identifier, 'id_kind id_value id_kind id_value'. The next 'vetro run' counts them once.

    Exit code: 0 noted, also before; 1 no instance has told of an identifier (all other lines are noted), 2 a
    line names no pair, or there is no such home.
    """
    report = privacy.merge_persons(settings_of_house(context), _lines())
    lines = [f"Noted: {report.noted}. Noted before: {report.known}.", *_unknown(report.not_found)]
    _show(asdict(report), lines, as_json)
    raise typer.Exit(SOMEBODY_UNKNOWN if report.not_found else DONE)


def rotate_key(context: typer.Context, as_json: AsJson = False) -> None:
    """Make a new key, and carry every pseudonym over to it; the old key alone is then worth nothing.

    Keep secrets/ and raw/ together in the backup that follows: neither goes with the other's past.

    Exit code: 0 done, 2 no such home, 3 could not run: the old key stands, or running it again completes it.
    """
    settings = settings_of_house(context)
    with progress_bar(quiet=as_json) as progress:
        rotation = privacy.rotate_key(settings, progress=progress)
    what = (
        "A rotation that was cut short is complete."
        if rotation.resumed
        else f"{rotation.pseudonyms} pseudonyms in {rotation.files} files were carried over."
    )
    lines = [f"The key of the house is now {rotation.key_id}. {what}",
             "Back up secrets/ and raw/ together. 'vetro run' builds the warehouse anew."]  # fmt: skip
    _show(asdict(rotation), lines, as_json)


def processing_register(
    context: typer.Context,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to write.")] = Path("processing"),
    as_json: AsJson = False,
) -> None:
    """Write the register of processing, retention and erasures, and the inputs of a DPIA, in two languages.

    Exit code: 0 written, 2 there is no such home, or a file in it cannot be read.
    """
    files = write_register(settings_of_house(context), out)
    lines = [f"Written: {path}" for path in files]
    render.finding({"files": [str(path) for path in files]}, lines, as_json=as_json)


def _unknown(lines: tuple[int, ...]) -> list[str]:
    return [f"Line {number}: nobody here has it." for number in lines]


def _lines() -> list[str]:
    stream = typer.get_text_stream("stdin")
    if stream.isatty():
        typer.echo("One per line, then Ctrl-D:", err=True)
    return stream.read().splitlines()


def _show(document: dict[str, Any], lines: list[str], as_json: bool) -> None:
    render.finding(document, lines, as_json=as_json)
