"""The command about reporting packs: `vetro pack`.

A kind, an id and a folder arrive, one call to the packs is made, its files are written and their hashes
shown. What a pack says does not belong here.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from core.atomic_files import replacing
from core.errors import Kind as ErrorKind
from core.errors import VetroError
from core.home import VetroHome
from core.presentation.formatting import Lang
from dashboards.packs.document import Kind
from dashboards.packs.pack import Pack, Refused, known_years, make_pack
from dashboards.release import Release, release_at
from orchestration import render, status
from orchestration.invocation import AsJson, settings_of_house
from publication import release as releases

WRITTEN, REFUSED = 0, 1


def pack(
    context: typer.Context,
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help="grant, territory or provider.")],
    subject: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="Of a grant rho:GR-5, of a territory its instance id, of a provider its tax code.",
        ),
    ],
    year: Annotated[
        int | None, typer.Option(metavar="YEAR", help="Which year; not for a grant, which is told whole.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to write the files.")] = Path(),
    lang: Annotated[Lang, typer.Option(help="The language of the pack.")] = "it",
    release_id: Annotated[
        str, typer.Option("--release", metavar="ID", help="From which release.")
    ] = "current",
    as_json: AsJson = False,
) -> None:
    """Write the reporting pack of a grant, a territory's year or a provider's year: PDF, XLSX, JSON.

    It is refused, with the failed checks, while the gate is red or where the numbers do not hold together.

    Exit code: 0 written, 1 refused, 2 usage or no such subject, 3 could not run.
    """
    if (year is None) != (kind == "grant"):
        raise VetroError(
            "the pack of a grant has no --year; those of a territory and of a provider need one / "
            "quello di un intervento non ha --year; quelli di un territorio e di un fornitore lo chiedono",
            kind=ErrorKind.USAGE,
        )
    home = settings_of_house(context).vetro_home
    found = release_at(releases.find(home, release_id).path)
    if found is None:
        raise VetroError(f"the release {release_id} has no private side to read", kind=ErrorKind.USAGE)
    made = make_pack(
        found,
        kind,
        subject,
        year=year,
        lang=lang,
        texts=home.packs,
        last_run=_last_run(home) if release_id == "current" else None,
    )
    if made is None:
        raise VetroError(_unknown(found, kind, subject, year), kind=ErrorKind.USAGE)
    if isinstance(made, Refused):
        lines = [f"{each.name}: {each.sentence}".removesuffix(": ") for each in made.failed]
        render.finding(
            {"release_id": made.release_id, "refused": [asdict(each) for each in made.failed]},
            [*lines, f"refused: {len(made.failed)} checks failed"],
            as_json=as_json,
        )
        raise typer.Exit(REFUSED)
    written = _write(made, out)
    document = {"release_id": made.release_id, "files": written}
    render.finding(document, [f"{one['sha256']}  {one['file']}" for one in written], as_json=as_json)
    raise typer.Exit(WRITTEN)


def _write(made: Pack, out: Path) -> list[dict[str, str]]:
    written = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for ending, content in made.files.items():
            path = out / f"{made.stem}.{ending}"
            with replacing(path) as fresh:
                fresh.write_bytes(content)
            written.append({"file": str(path), "sha256": made.sha256[ending]})
    except OSError as error:
        raise VetroError(f"{out} cannot be written: {error.strerror}") from None
    return written


def _last_run(home: VetroHome) -> dict[str, Any] | None:
    """What the last run left, as a pack asks for it; None before any gate."""
    known = status.read(home)
    if not known.gate:
        return None
    green, _ = max(known.gate, key=lambda row: row[1])
    failed = [asdict(result) for result in known.failed_checks()]
    return {"green": bool(green), "checks": failed}


def _unknown(found: Release, kind: Kind, subject: str, year: int | None) -> str:
    years = known_years(found, kind, subject)
    if year is not None and years:
        told = ", ".join(map(str, years))
        return (
            f"nothing is known of {subject} in {year}; known years: {told} / "
            f"di {subject} nel {year} non si sa niente; anni noti: {told}"
        )
    return (
        f"{found.release_id} knows no {kind} {subject} / "
        f"{found.release_id} non conosce {subject}: controllare l'identificativo"
    )
