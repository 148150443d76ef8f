"""What people and machines read after `vetro contract` and `vetro validate`.

A list of files or receipts arrive, text in Italian, English or both leaves. A value of an export does not
belong here.
"""

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import typer

from ingestion.contract.codes import CODES
from ingestion.receipts import STATUS_WORDS, Receipt, grouped

PLACES_SHOWN = 10
_ALONE = (
    "Istanza e sequenza non sono state giudicate: --instance ID, dove c'è il registro, lo fa.",
    "Instance and sequence were not judged: --instance ID does, where the registry is.",
)
_ALONE_IN_ORDER = (
    "L'istanza e la prima sequenza non sono state giudicate: --instance ID, dove c'è il registro, lo fa.",
    "The instance and the first sequence were not judged: --instance ID does, where the registry is.",
)
_NO_PAST = (
    "Le righe inviate prima non sono note qui: date tutte le esportazioni dalla prima. Le segnalazioni "
    "(late, near_duplicate, ...) non si giudicano qui.",
    "The rows sent before are not known here: give all exports from the first one on. Flags (late, "
    "near_duplicate, ...) are not judged here.",
)
_UNJUDGED = ("Qui non si può giudicare", "Not judgeable here")


class Language(StrEnum):
    """The language of the text."""

    IT = "it"
    EN = "en"
    BOTH = "both"

    def text(self, words: tuple[str, str], gap: str = "\n") -> str:
        """Return the Italian, the English, or one and then the other with `gap` between them."""
        it, en = words
        return {Language.IT: it, Language.EN: en}.get(self, f"{it}{gap}{en}")


def handbook(files: Sequence[Path], out: Path, version: str, *, as_json: bool) -> None:
    """Print where the handbook stands."""
    if as_json:
        return _json({"version": version, "folder": str(out), "files": [str(path) for path in files]})
    typer.echo(f"welfare-export {version}: {len(files)} file in {out}")
    typer.echo(f"Aprire / Open: {out / 'index.html'}")
    return None


def validation(receipts: Sequence[Receipt], *, place_judged: bool, language: Language, as_json: bool) -> None:
    """Print of every export the outcome, the rows of every entity, and its errors, those that may bring about
    others first. As JSON: the last receipt, and under `earlier` those before it.
    """
    if as_json:
        *earlier, last = [receipt.content() | {"unjudged": list(receipt.unjudged)} for receipt in receipts]
        return _json(last | {"place_judged": place_judged} | ({"earlier": earlier} if earlier else {}))
    for receipt in receipts:
        _receipt(receipt, language)
    if not place_judged:
        typer.echo(language.text(_ALONE if len(receipts) == 1 else _ALONE_IN_ORDER))
    typer.echo(language.text(_NO_PAST))
    return None


def _receipt(receipt: Receipt, language: Language) -> None:
    typer.echo(f"{receipt.export_id}: {language.text(STATUS_WORDS[receipt.status], ' / ')}")
    rows, aside = language.text(("righe", "rows"), " / "), language.text(("scartate", "set aside"), " / ")
    for entity, count in receipt.counts.items():
        bad = f", {count['quarantined']} {aside}" if count["quarantined"] else ""
        typer.echo(f"  {entity}: {count['received']} {rows}{bad}")
    _groups(receipt.errors, language)
    if receipt.errors_left_out:
        words = (f"Altri {receipt.errors_left_out} errori.", f"{receipt.errors_left_out} more errors.")
        typer.echo("\n" + language.text(words))
    if receipt.unjudged:
        typer.echo(f"\n{language.text(_UNJUDGED, ' / ')}:")
        _groups(receipt.unjudged, language)
    typer.echo("")


def _groups(errors: Sequence[dict], language: Language) -> None:
    """Print errors of one code, column and sentence under one heading: how many, and where the first are."""
    for code, about, it, en, found in grouped(errors):
        typer.echo(f"\n{code}{f' {about}' if about else ''} ({len(found)})")
        typer.echo(f"  {language.text((it, en), chr(10) + '  ')}")
        for error in found[:PLACES_SHOWN]:
            place = f"{error['file'] or ''}{':' + str(error['line']) if error['line'] else ''}"
            told = [part for part in (place, error["column"] if CODES[code].whole_export else None) if part]
            if told:
                typer.echo(f"  - {' '.join(told)}")
        if len(found) > PLACES_SHOWN:
            left = len(found) - PLACES_SHOWN
            words = (f"altri {left}, con --json o --html", f"{left} more, with --json or --html")
            typer.echo(f"  … {language.text(words, ' / ')}")


def _json(document: dict) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
