"""The commands to look and serve: serve, status.

Arguments arrive, one call is made, its result is shown. Logic does not belong here.
"""

from typing import Annotated

import typer

from orchestration import render, serving
from orchestration import status as operations
from orchestration.invocation import AsJson, settings_of


def serve(
    context: typer.Context,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Signed-in readers; default 8501.")
    ] = None,
    public_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Everybody; default 8502.")
    ] = None,
) -> None:
    """Open the pages of the current release, for signed-in readers and for everybody, until Ctrl-C.

    Exit code: 0 stopped with Ctrl-C, 2 usage, 3 no release is current, a port is in use, or a server stopped.
    """
    settings = settings_of(context)
    raise typer.Exit(serving.serve(settings, port or settings.port, public_port or settings.public_port))


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Say what the last steps did, how long they took, and which release is current."""
    home = settings_of(context).vetro_home
    render.status(operations.read(home), home, as_json=as_json)
