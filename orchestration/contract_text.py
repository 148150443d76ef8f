"""What people and machines read after `vetro contract` and `vetro validate`.

A list of files or a receipt arrives, text in Italian and English leaves. A value of an export does not
belong here.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import typer

from ingestion.receipts import STATUS_WORDS, Receipt

ALONE = (
    "Istanza e sequenza non sono state giudicate: --instance ID, dove c'è il registro, lo fa. / "
    "Instance and sequence were not judged: --instance ID does, where the registry is."
)
NO_PAST = "Le righe inviate prima non sono note qui. / The rows sent before are not known here."


def handbook(files: Sequence[Path], out: Path, version: str, *, as_json: bool) -> None:
    """Print where the handbook stands."""
    if as_json:
        return _json({"version": version, "folder": str(out), "files": [str(path) for path in files]})
    typer.echo(f"welfare-export {version}: {len(files)} file in {out}")
    typer.echo(f"Aprire / Open: {out / 'index.html'}")
    return None


def validation(receipt: Receipt, *, place_judged: bool, as_json: bool) -> None:
    """Print the outcome, the rows of every entity, and every error under its code and what to do."""
    if as_json:
        return _json(receipt.content() | {"place_judged": place_judged})
    it, en = STATUS_WORDS[receipt.status]
    typer.echo(f"{receipt.export_id}: {it} / {en}")
    for entity, count in receipt.counts.items():
        aside = f", {count['quarantined']} in quarantena / quarantined" if count["quarantined"] else ""
        typer.echo(f"  {entity}: {count['received']} righe / rows{aside}")
    _errors(receipt)
    typer.echo("")
    if not place_judged:
        typer.echo(ALONE)
    typer.echo(NO_PAST)
    return None


def _errors(receipt: Receipt) -> None:
    by_code: dict[str, list[dict]] = defaultdict(list)
    for error in receipt.errors:
        by_code[error["code"]].append(error)
    for code, errors in by_code.items():
        typer.echo(f"\n{code}: {errors[0]['message_it']}\n  {errors[0]['message_en']}")
        for error in errors:
            place = f"{error['file'] or ''}{':' + str(error['line']) if error['line'] else ''}"
            typer.echo("  " + " ".join(part for part in ("-", place, error["column"]) if part))
    if receipt.errors_left_out:
        typer.echo(f"\n+ {receipt.errors_left_out} errori non elencati / errors not listed")


def _json(document: dict) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
