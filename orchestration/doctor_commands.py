"""The command that looks over an installation: doctor.

Settings arrive, one call is made, its findings are shown. Logic does not belong here.
"""

import typer

from orchestration import doctor as installation
from orchestration import render
from orchestration.invocation import AsJson, settings_of


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Check an installation and its home, and say what to mend. Nothing is changed.

    Exit code: 0 nothing is to be mended, 1 something is.
    """
    findings = installation.examine(settings_of(context))
    render.findings(findings, as_json=as_json)
    raise typer.Exit(0 if all(finding.holds for finding in findings) else 1)
