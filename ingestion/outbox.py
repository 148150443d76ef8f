"""The answer to every attempt: a receipt in the outbox, and the attempts that loaded nothing in raw.

Arrives: a receipt and its page. Leaves: `outbox/<instance>/<export_id>.receipt.json`, with the same for
people as HTML and CSV beside it. What it says does not belong here.
"""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from core.atomic_files import replacing
from core.home import VetroHome
from core.spreadsheet_text import harmless
from ingestion.contract.instance_id import INSTANCE_ID
from ingestion.receipts import UNKNOWN_FOLDER, Receipt, account_sentences


def safe_name(text: str) -> str:
    """Return a file name made of `text` with everything but letters, digits, dot,
    hyphen, underscore replaced.
    """
    return re.sub(r"[^A-Za-z0-9._-]", "_", text).lstrip(".-")[:80] or "export"


def outbox_place(
    home: VetroHome, instance: str | None, export_id: str | None, registered: bool, source: str
) -> tuple[Path, str]:
    """Return the outbox folder and the file stem of an attempt; `_unknown/` where the names
    cannot be trusted.
    """
    if registered and instance and export_id and INSTANCE_ID.match(instance) and INSTANCE_ID.match(export_id):
        return home.outbox / instance, export_id
    return home.outbox / UNKNOWN_FOLDER, safe_name(export_id or source)


def _replace(path: Path, text: str) -> None:
    with replacing(path) as written:
        written.write_text(text, encoding="utf-8")


def _defused(value: object) -> object:
    return harmless(value) if isinstance(value, str) else value


def _as_csv(receipt: Receipt) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    columns = ("entity", "file", "line", "column", "code", "message_it", "message_en")
    writer.writerow(columns)
    writer.writerows([_defused(error[column]) for column in columns] for error in receipt.errors)
    # Under the errors, without line and code, what became of the records of foreign files.
    for file in receipt.files:
        for entity, it, en in account_sentences(file):
            writer.writerow(map(_defused, (entity, file["file"], "", "", "", it, en)))
    return "\ufeff" + text.getvalue()


def write_receipt(folder: Path, stem: str, receipt: Receipt, page: str) -> Receipt:
    """Write the receipt as the latest attempt, keeping the one before it as `<stem>.<n>.receipt.json`; `page`
    is the same for people, in HTML."""
    folder.mkdir(parents=True, exist_ok=True)
    latest = folder / f"{stem}.receipt.json"
    if latest.exists():
        number = 1
        while (folder / f"{stem}.{number}.receipt.json").exists():
            number += 1
        latest.replace(folder / f"{stem}.{number}.receipt.json")
    _replace(latest, json.dumps(receipt.content(), ensure_ascii=False, indent=1) + "\n")
    _replace(folder / f"{stem}.receipt.html", page)
    _replace(folder / f"{stem}.receipt.csv", _as_csv(receipt))
    return replace(receipt, path=latest)


def write_attempt(
    home: VetroHome,
    folder: Path,
    stem: str,
    receipt: Receipt,
    *,
    sequence: int | None,
    manifest_sha256: str | None,
) -> None:
    """Record an attempt that loaded nothing: `raw/.attempts/<instance>/<export_id>.<n>.json`."""
    place = home.raw_attempts / folder.name
    place.mkdir(parents=True, exist_ok=True)
    number = 1
    while (place / f"{stem}.{number}.json").exists():
        number += 1
    _replace(
        place / f"{stem}.{number}.json",
        json.dumps(
            {
                "instance_id": folder.name,
                "export_id": stem,
                "attempt": number,
                "status": receipt.status,
                "sequence": sequence,
                "attempted_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "manifest_sha256": manifest_sha256,
                "error_count": len(receipt.errors) + receipt.errors_left_out,
                "codes": sorted({error["code"] for error in receipt.errors}),
            }
        )
        + "\n",
    )
