"""The command about sources: fetch.

Names of sources arrive, one call to a step is made, its result is shown. Logic does not belong here.
"""

from typing import Annotated

import typer

from core.progress import progress_bar
from orchestration import render, steps
from orchestration.invocation import AsJson, settings_of


def fetch(
    context: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SOURCE]...", help="Names in sources.yaml; default: all of them."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy what is whole and new from the sources into landing. 'vetro ingest' and 'vetro run' do it first.

    Exit code: 0 all is well, 1 a source could not be used or an export was left there, 2 usage, or
    sources.yaml is wrong.
    """
    with progress_bar(quiet=as_json) as progress:
        found = steps.fetch(settings_of(context), sources or (), progress=progress)
    render.sources(found, as_json=as_json)
    raise typer.Exit(1 if any(source.needs_somebody for source in found) else 0)
