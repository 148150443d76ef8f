"""The command about the documentation of the tables: `vetro docs`.

A port arrives, dbt's documentation (every table, column, test and exposure, with the lineage) is written as
one page and served to this machine. It holds names and definitions, never rows. Logic does not belong here.
"""

from typing import Annotated

import typer

from orchestration.invocation import settings_of

AsJson = Annotated[bool, typer.Option("--json", metavar="", help="Print one JSON document instead of text.")]


def register(app: typer.Typer) -> None:
    """Add the command to the `vetro` command."""
    app.command(rich_help_panel="Look and serve")(docs)


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
    import json

    from orchestration import documentation

    page = documentation.write(settings_of(context))
    typer.echo(json.dumps({"page": str(page)}) if as_json else f"Written: {page}")
    if pages and not as_json:
        documentation.serve(page, port)
