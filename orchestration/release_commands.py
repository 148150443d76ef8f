"""The commands about releases: verify, attack, rebuild, diff, rollback, trace.

A release id arrives, one call to publication is made, its result is shown. Exit codes are the same for all:
0 it holds, 1 a finding or a difference, 2 usage, 3 could not run. Logic does not belong here.
"""

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from core.home import VetroHome
from core.progress import progress_bar
from ingestion.corrections.lines import CorrectionsFile
from orchestration import change_detection, render, status, turns
from orchestration.invocation import AsJson, settings_of
from orchestration.warehouse import Warehouse
from publication import difference, rebuilding, release, tracing, verification
from publication.attack import attacker
from publication.difference import NOT_FOR_PUBLICATION
from publication.tracing import InstanceExports

HOLDS, FINDING = 0, 1

ReleaseId = Annotated[
    str, typer.Argument(metavar="ID", help="The name of a folder in releases/, or 'current'.")
]


def verify(context: typer.Context, release_id: ReleaseId = "current", as_json: AsJson = False) -> None:
    """Hash every file of a release again.

    Exit code: 0 it holds, 1 a file differs, 2 no such release, 3 release.json cannot be read.
    """
    with progress_bar(quiet=as_json) as progress:
        result = verification.verify(_home(context), release_id, progress)
    lines = [f"{difference.kind}: {difference.name}" for difference in result.differences]
    verdict = "it holds" if result.holds else "it does not hold"
    lines.append(f"{result.release_id}: {result.files} files, {verdict}")
    _show(asdict(result), lines, result.holds, as_json)


def attack(
    context: typer.Context,
    release_id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="The name of a folder in releases/, or 'current', or the path of a folder."
        ),
    ] = "current",
    previous: Annotated[
        str | None,
        typer.Option("--with", metavar="ID", help="Attack it together with this earlier release or folder."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try to find out what a release hides.

    Exit code: 0 nothing found, 1 a finding, 2 usage, 3 could not run.
    """
    home = _home(context)
    target = _folder(home, release_id)
    earlier = _folder(home, previous) if previous else None
    with progress_bar(quiet=as_json) as progress:

        def step(done: int, total: int) -> None:
            if progress:
                progress("Attacking", done, total)

        report = attacker.attack(target, earlier, step)
    lines = [f"{finding.kind}: {finding.place}" for finding in report.findings]
    lines += [f"told before: {finding.place}" for finding in report.told_before]
    verdict = "something was found" if report.findings else "nothing was found"
    lines.append(
        f"{report.places} places, {report.hidden} hidden, {report.programmes} programmes solved: {verdict}"
    )
    inside = bool(report.findings or report.told_before)
    _show(asdict(report), lines, not report.findings, as_json, inside=inside)


def rebuild(
    context: typer.Context,
    release_id: ReleaseId = "current",
    as_of: Annotated[
        datetime | None,
        typer.Option(
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="Say instead what the tables would have said with the exports made by the end of this day.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a release again from raw, aside, and compare bytes; with --as-of, the figures as known then.

    What --as-of prints may be what the current release protects: it is not for publication.

    Exit code: 0 same, 1 different, 2 usage, 3 could not run (another version of the code, or somebody was
    erased, or the time of raw is over: verify still holds).
    """
    settings = settings_of(context)

    def build_warehouse(scratch: VetroHome, as_of: date) -> None:
        Warehouse(settings.model_copy(update={"home": scratch.root})).build(as_of=as_of)

    home = settings.vetro_home
    code, corrections = change_detection.code_version(), CorrectionsFile.of(home)
    if as_of:
        known = rebuilding.rebuild_as_known(
            home, release_id, as_of.date(), build_warehouse, code_version=code, corrections=corrections
        )
        lines = [f"{each.figure}: {each.then or '-'} then, {each.now or '-'} now" for each in known.different]
        lines.append(
            f"{known.release_id} as of {known.as_of}: {known.exports} of {known.exports_of_release} exports, "
            f"{known.figures} figures, {len(known.different)} different"
        )
        _show(asdict(known) | {"as_of": known.as_of.isoformat()}, lines, known.holds, as_json, inside=True)
    result = rebuilding.rebuild(home, release_id, build_warehouse, code_version=code, corrections=corrections)
    lines = [f"different: {name}" for name in result.different]
    lines.append(f"{result.release_id}: {len(result.same)} files the same, {len(result.different)} different")
    _show(asdict(result), lines, result.holds, as_json)


def diff(
    context: typer.Context,
    before: Annotated[str, typer.Argument(metavar="A", help="The earlier release.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The later release.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also write changes.txt, .csv and .json there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Every public figure that changed, with its reason, and the years issued again in between.

    A figure of A that the current release protects is not for publication any more.

    Exit code: 0 none, 1 some changed, 2 usage, 3 a release is damaged.
    """
    result = release.diff(_home(context), before, after)
    if out:
        difference.write(result, out)
    lines = [line for line in result.as_text().splitlines() if line]
    lines.append(f"{result.before} to {result.after}: {len(result.changes)} figures changed")
    _show(asdict(result), lines, result.holds and not result.changes, as_json, inside=True)


def trace(
    context: typer.Context,
    figure: Annotated[
        str,
        typer.Argument(
            metavar="FIGURE",
            help="The id of a figure, or the file and line where it stands: t08_persons_by_wait.csv:2.",
        ),
    ],
    release_id: Annotated[str, typer.Option("--release", metavar="ID", help="Which release.")] = "current",
    all_exports: Annotated[
        bool, typer.Option("--exports", metavar="", help="Name every export, not only how many by territory.")
    ] = False,
    with_rows: Annotated[
        bool,
        typer.Option(
            "--rows",
            metavar="",
            help="Also the rows behind it, for whoever runs the house: not for publication.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """From a published figure to what is behind it.

    Exit code: 0 found, 2 no such figure or release, 3 the release is damaged.
    """
    result = tracing.trace(_home(context), figure, release_id=release_id, with_rows=with_rows)
    shown = result.value if result.value is not None else result.mark
    lines = [
        f"{result.figure} in {result.release_id}: {shown}",
        f"Formula: {result.formula}",
        f"SQL: {result.sql}",
        *([f"SQL of the rows: {result.rows_sql}"] if result.rows_sql else []),
        f"Checks: {result.checks['passed']} passed, {result.checks['failed']} failed",
        f"Exports: {len(result.exports)}",
        *(f"  {each.instance_id}: {each.exports}, {_until(each)}" for each in result.instances),
        *(f"  {export}" for _, export in result.exports if all_exports),
        *(f"{row.entity} {row.export_id} {row.file}:{row.line}" for row in result.rows or ()),
        *([f"Rows: none; {result.why_no_rows}"] if with_rows and not result.rows else []),
    ]
    inside = with_rows or release_id != "current"
    _show(result.as_record(), lines, True, as_json, inside=inside)


def _until(exports: InstanceExports) -> str:
    if exports.exports == 1:
        return f"up to {exports.last_to}"
    return f"the first up to {exports.first_to}, the last up to {exports.last_to}"


def rollback(context: typer.Context, release_id: ReleaseId, as_json: AsJson = False) -> None:
    """Make an earlier release current again; nothing is removed.

    What the other releases printed was public and stays known: the next release takes it over for the periods
    that this one does not have. To correct it, issue the year again: vetro publish --revise-year.

    Exit code: 0 done, 2 no such release, 3 it is damaged, or nothing can be written.
    """
    home = _home(context)
    release.find(home, release_id)
    with turns.turn(home, "making another release current"):
        made = release.rollback(home, release_id)
        status.record_release(home, made.release_id, made.created_at)
    lines = [
        f"{made.release_id} is current.",
        "What later releases printed was public and stays known: the next release repeats it for the "
        "periods that this one does not have. To correct a year: vetro publish --revise-year YEAR.",
    ]
    _show({"release_id": made.release_id}, lines, True, as_json)


def _home(context: typer.Context) -> VetroHome:
    return settings_of(context).vetro_home


def _folder(home: VetroHome, name: str) -> Path:
    """The release of this name; else the folder at this path, which needs tables.json, or public/ with it."""
    try:
        return release.find(home, name).path
    except release.UnknownReleaseError:
        folder = Path(name)
        if name and folder.is_dir():
            return folder
        raise


def _show(
    document: dict[str, Any], lines: list[str], holds: bool, as_json: bool, *, inside: bool = False
) -> None:
    """Print the result and leave with its code; `inside` where it may show what the current release hides."""
    if inside:
        document = {"not_for_publication": NOT_FOR_PUBLICATION} | document
        lines = [*NOT_FOR_PUBLICATION.values(), *lines]
    render.finding(document, lines, as_json=as_json)
    raise typer.Exit(HOLDS if holds else FINDING)
