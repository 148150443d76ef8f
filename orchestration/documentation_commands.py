"""The command about the documentation of the tables: `vetro docs`.

A port arrives, dbt's documentation (every table, column, test and exposure, with the lineage) is written as
one page and served to this machine. It holds names and definitions, never rows. Logic does not belong here.
"""

import json
from typing import Annotated

import typer

from orchestration import documentation
from orchestration.invocation import AsJson, settings_of


def docs(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to open the page.")] = 8503,
    pages: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Open the page, until Ctrl-C; or only write it.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Write the documentation of the tables as one page, from the built warehouse, and open it.

    Exit code: 0 written (and served until Ctrl-C), 2 usage, 3 nothing built yet, or the port is in use.
    """
    page = documentation.write(settings_of(context))
    typer.echo(json.dumps({"page": str(page)}) if as_json else f"Written: {page}")
    if pages and not as_json:
        documentation.serve(page, port)
