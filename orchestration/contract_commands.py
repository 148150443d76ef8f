"""The commands for whoever produces exports: contract and validate.

A folder or an export arrives, one call to ingestion is made, its result is shown. Both work on a machine
that has nothing but the product: no home, no registry, no key. Logic does not belong here.
"""

from pathlib import Path
from typing import Annotated

import typer

from core.home import VetroHome
from ingestion.contract.schema import CURRENT_VERSION, VERSIONS
from ingestion.handbook.folder import write_handbook
from ingestion.landing.exports import PathUnusable
from ingestion.loading.dry_run import place_is_judged, validate_in_order
from ingestion.receipt_page import receipt_page
from orchestration import contract_text
from orchestration.contract_text import Language
from orchestration.invocation import AsJson, settings_of


def contract(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to write.")] = Path("contract"),
    version: Annotated[
        str,
        typer.Option("--contract-version", metavar="VERSION", help=f"One of {', '.join(VERSIONS)}."),
    ] = CURRENT_VERSION,
    as_json: AsJson = False,
) -> None:
    """Write what a vendor needs: a page, the contract as JSON, schemas, templates, a complete example.

    Exit code: 0 written, 2 no such version, 3 the folder cannot be written.
    """
    if version not in VERSIONS:
        raise typer.BadParameter(
            f"'{version}' is not one of {', '.join(VERSIONS)}.", param_hint="--contract-version"
        )
    contract_text.handbook(write_handbook(out, version), out, version, as_json=as_json)


def validate(
    context: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            exists=True,
            help="The folder or the zip of one export, or of several that follow each other.",
        ),
    ],
    instance: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="It must be of this instance; where VETRO_HOME registers it, its sequence is judged too.",
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Also write the receipts as a page.")
    ] = None,
    language: Annotated[Language, typer.Option("--lang", help="Language of the text.")] = Language.BOTH,
    as_json: AsJson = False,
) -> None:
    """Check exports without loading them, and tell every error at once. Nothing is kept.

    Several are judged in the order of their sequence, each with those before it as what was sent earlier: so
    a correction of an earlier row can be judged. The verdict is that of the last one.

    Exit code: 0 nothing to report, 1 any error in the last one, 2 usage.
    """
    home = _home(context) if instance else None
    try:
        receipts = validate_in_order(paths, instance=instance, home=home)
    except PathUnusable as error:
        raise typer.BadParameter(str(error), param_hint="PATH") from None
    if html:
        try:
            html.write_text(receipt_page(*receipts, language=language.value), encoding="utf-8")
        except OSError as error:
            raise typer.BadParameter(
                f"{html}: non si può scrivere / cannot be written ({error.strerror})", param_hint="--html"
            ) from None
    judged = place_is_judged(instance, home)
    contract_text.validation(receipts, place_judged=judged, language=language, as_json=as_json)
    raise typer.Exit(1 if receipts[-1].errors else 0)


def _home(context: typer.Context) -> VetroHome:
    return settings_of(context).vetro_home
