"""The command about alerts.

Options arrive, one call is made, its result is shown. Logic does not belong here.
"""

from typing import Annotated

import typer

from orchestration import alerting, render
from orchestration.invocation import AsJson, settings_of_house


def alerts(
    context: typer.Context,
    send: Annotated[
        bool,
        typer.Option("--send", metavar="", help="Also tell what is due, and mail the receipts that wait."),
    ] = False,
    test: Annotated[
        bool,
        typer.Option("--test", metavar="", help="Only send a word by every channel, to see that it works."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong, since when, whose it is and what to do. 'vetro run' tells it by mail and webhook.

    Each alert is told once, again after some days or when it gets worse, and once more when it ends, as
    alerts.yaml in VETRO_HOME says.

    Exit code: 0 nothing stands, 1 something does, 2 usage, or alerts.yaml or its secrets cannot be used, 3 a
    channel did not take what was to be told; with --test, 0 or 3.
    """
    settings = settings_of_house(context)
    if test:
        tried = alerting.test(settings)
        render.told(tried, as_json=as_json)
        raise typer.Exit(3 if tried.failures else 0)
    done = alerting.tell(settings) if send else None
    standing = alerting.look(settings)
    render.alerts(standing, done, as_json=as_json)
    raise typer.Exit(3 if done and done.failures else 1 if standing else 0)
