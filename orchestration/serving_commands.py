"""The commands to look and serve: up, serve, status, deployment.

Arguments arrive, one call is made, its result is shown. Logic does not belong here.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestration import alerting, render, serving
from orchestration import status as operations
from orchestration.alerting import ROME
from orchestration.alerts.settings import AlertsError, AlertSettings
from orchestration.deployment import Machine, write_deployment
from orchestration.invocation import AsJson, settings_of
from orchestration.overview import overview


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

    Readers of the staff pages sign in with OpenID Connect, as access.yaml and secrets/sign_in.yaml in
    VETRO_HOME say; with VETRO_AUTH=off nobody does, and the pages are for this machine only.

    Exit code: 0 stopped with Ctrl-C, 2 usage or no word about signing in, 3 no release is current, a port is
    in use, or a server stopped.
    """
    settings = settings_of(context)
    raise typer.Exit(serving.serve(settings, port or settings.port, public_port or settings.public_port))


def up(
    context: typer.Context,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Signed-in readers; default 8501.")
    ] = None,
    public_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Everybody; default 8502.")
    ] = None,
    dagster_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Dagster's pages, this machine only; default 8500.")
    ] = None,
) -> None:
    """Run everything that one machine needs, until Ctrl-C: Dagster's daemon and pages, and all pages of ours.

    What lands is taken in and published by itself. A server that dies or does not answer is begun again, and
    that is said on standard error. Says on which addresses all of them answer; systemd is told as well.

    Exit code: 0 stopped with Ctrl-C or SIGTERM, 2 usage or no word about signing in, 3 a port is in use, or a
    server could not begin.
    """
    settings = settings_of(context)
    raise typer.Exit(
        serving.run_everything(
            settings,
            port or settings.port,
            public_port or settings.public_port,
            dagster_port or settings.dagster_port,
        )
    )


def deployment(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write them.")],
    public_name: Annotated[str, typer.Option(help="Host name of the public site.")],
    staff_name: Annotated[str, typer.Option(help="Host name of the pages for signed-in readers.")],
    user: Annotated[str, typer.Option(help="Account that runs the service.")] = "vetro",
    backups: Annotated[Path, typer.Option(help="Folder of the nightly backups.")] = Path(
        "/srv/vetro/backups"
    ),
) -> None:
    """Write the files with which a machine runs all this: units of systemd, settings, what nginx must know.

    Nothing is installed: docs/how-to/run-in-production.md says where each goes.

    Exit code: 0 written, 2 usage, 3 the folder cannot be written.
    """
    machine = Machine(user, public_name, staff_name, backups)
    for path in write_deployment(settings_of(context), machine, folder):
        render.sentence(str(path))


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Say in at most ten lines what is fresh, missing and red, and what to do about it.

    Whether a territory is late is told by its own calendar: how often it sends, and how soon.
    """
    settings = settings_of(context)
    found, unusable = operations.read(settings.vetro_home), []
    try:
        alerts = alerting.look(settings)
    except AlertsError as error:
        # How they are told cannot be read; what stands is said here all the same.
        alerts, unusable = alerting.look(settings, AlertSettings()), [str(error)]
    said = overview(settings.vetro_home, found, alerts, datetime.now(ROME), also=unusable)
    render.status(found, said, as_json=as_json)
