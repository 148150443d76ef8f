"""The command about reference data: residents.

A file arrives, one call to ingestion is made, what was taken in is said. Logic does not belong here.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ingestion.reference.residents import adopt, read_posas
from orchestration.invocation import AsJson, settings_of


def residents(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", exists=True, dir_okay=False, help="A POSAS file of demo.istat.it, CSV or zip."
        ),
    ],
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], metavar="DAY", help="Its day, if the title has none."),
    ] = None,
    replace_newer: Annotated[
        bool, typer.Option("--replace-newer", help="Let them replace residents of a later day.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Divide by newer residents: of every comune in the file, by sex and age. The next build uses them.

    Residents of other comuni stay: the files of several provinces add up. Those of a later day stay unless
    --replace-newer is given.

    Exit code: 0 taken in, 2 usage, 3 the file could not be used (the residents of before stay).
    """
    read = read_posas(file, day.date() if day else None)
    adopt(settings_of(context).vetro_home, read, replace_newer=replace_newer)
    comuni, source = len(read.by_age), read.source
    taken = {
        "comuni": comuni,
        "source": source,
        "reference_date": read.reference_date.isoformat(),
        "not_final": read.not_final,
    }
    typer.echo(
        json.dumps(taken)
        if as_json
        else f"Residents of {comuni} comuni on {read.reference_date} ({source}) are kept. Run 'vetro build'."
    )
