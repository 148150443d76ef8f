"""The answer to every attempt: a receipt in the outbox, and the attempts that loaded nothing in raw.

Arrives: the outcome of one attempt. Leaves: `outbox/<instance>/<export_id>.receipt.json`, with the same for
people as HTML and CSV beside it. Deciding the outcome does not belong here.
"""

import csv
import html
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from core.atomic_files import replacing
from core.home import VetroHome
from ingestion.contract.codes import CODES
from ingestion.contract.findings import ERRORS_KEPT, Finding
from ingestion.contract.instance_id import INSTANCE_ID
from ingestion.contract.sentences import UNJUDGED, is_json, sentence

ACCEPTED, REFUSED, HELD, KNOWN = "accepted", "refused", "held", "known"
STATUS_WORDS = {
    ACCEPTED: ("accettata", "accepted"),
    REFUSED: ("rifiutata", "refused"),
    HELD: ("in attesa", "held"),
    KNOWN: ("già nota", "already known"),
}
UNKNOWN_FOLDER = "_unknown"


@dataclass(frozen=True)
class Receipt:
    """The outcome of one attempt. `counts` maps an entity to received, loaded, known, quarantined (rows)."""

    export_id: str
    instance: str
    status: str
    errors: tuple[dict, ...] = ()
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    path: Path | None = None
    errors_left_out: int = 0
    # What could not be judged where the past is not known: shaped as an error, and none. Ingestion judges
    # all.
    unjudged: tuple[dict, ...] = ()
    # Of the rows loaded, how many bring a record that was in already in another form: what they tell takes
    # the place of what was told before.
    changed: dict[str, int] = field(default_factory=dict)
    # What became of every record of foreign files, file by file: see `adapters.accounts`.
    files: tuple[dict, ...] = ()
    # The export says of itself that its data are simulated.
    simulated: bool = False

    def content(self) -> dict:
        """Return what the receipt file holds."""
        content: dict[str, object] = {
            "export_id": self.export_id,
            "instance": self.instance,
            "status": self.status,
            "errors": list(self.errors),
            "counts": self.counts,
        }
        if self.errors_left_out:
            content["errors_left_out"] = self.errors_left_out
        if self.changed:
            content["changed"] = self.changed
        if self.files:
            content["files"] = list(self.files)
        if self.simulated:
            content["simulated"] = True
        return content


def error_of(finding: Finding) -> dict:
    """Return a finding as it stands in a receipt, with its sentence in Italian and English."""
    said = sentence(
        finding.code, finding.entity, finding.column, finding.detail, is_json=is_json(finding.file)
    )
    return {
        "entity": finding.entity,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "code": finding.code,
        "message_it": said.it,
        "message_en": said.en,
    }


def errors_of(findings: Sequence[Finding]) -> tuple[tuple[dict, ...], int]:
    """Return the errors of a receipt, whole-export codes first, and how many were left out."""
    ordered = sorted(
        findings, key=lambda f: (not CODES[f.code].whole_export, f.entity or "", f.line or 0, f.code)
    )
    return tuple(error_of(finding) for finding in ordered[:ERRORS_KEPT]), max(0, len(ordered) - ERRORS_KEPT)


def unjudged_of(findings: Sequence[Finding]) -> tuple[dict, ...]:
    """Return what a receipt says of rows that nobody here can judge."""
    said = {"message_it": UNJUDGED.it, "message_en": UNJUDGED.en}
    return tuple(error_of(finding) | said for finding in findings[:ERRORS_KEPT])


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


def receipt_page(*receipts: Receipt) -> str:
    """Return the receipts, one after the other, as an HTML page for people."""
    title = html.escape(", ".join(receipt.export_id for receipt in receipts))
    return f"""<!doctype html>
<html lang=it><meta charset=utf-8><meta name=viewport content="width=device-width">
<title>Ricevuta {title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;margin:2rem;max-width:80rem;overflow-wrap:anywhere}}
table{{border-collapse:collapse}}div{{overflow-x:auto}}td,th{{overflow-wrap:normal}}@media(max-width:40rem){{body{{margin:1rem}}}}
th,td{{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #767676;vertical-align:top}}</style>
{"".join(_told(receipt) for receipt in receipts)}</html>
"""


def _lines(errors: Sequence[dict], cell: Callable[[object], str]) -> str:
    rows = "".join(
        f"<tr><td>{cell(e['entity'])}<td>{cell(e['file'])}<td>{cell(e['line'])}<td>{cell(e['column'])}"
        f"<td><code>{cell(e['code'])}</code><td>{cell(e['message_it'])}<td lang=en>{cell(e['message_en'])}"
        for e in errors
    )
    return (
        "<div role=region tabindex=0 aria-label='Errori / Errors'><table>"
        "<tr><th>Entità<th>File<th>Riga<th>Colonna<th>Codice<th>Che cosa fare"
        f"<th lang=en>What to do\n{rows}</table></div>"
    )


def _changed(changed: dict[str, int], cell: Callable[[object], str]) -> str:
    if not changed:
        return ""
    told = ", ".join(f"{cell(entity)} {rows}" for entity, rows in changed.items())
    return (
        f"<p>Righe caricate di record già ricevuti in altra forma: {told}. La versione più recente vale al "
        f"posto di quella di prima. <span lang=en>Rows loaded of records received before in another form: "
        f"{told}. The latest version counts in the place of the one before.</span>\n"
    )


def _files(files: Sequence[dict], cell: Callable[[object], str]) -> str:
    """What became of the records of foreign files: every one is a row, set aside, or left out by a rule."""
    if not files:
        return ""
    rows = "".join(
        f"<tr><th scope=row>{cell(file['file'])}<td>{file['records']}<td>{file['taken']}"
        f"<td>{file['set_aside']}<td>{cell(sum(left['rows'] for left in file['left_out']))}"
        f"<td>{'<br>'.join(cell(it) for _, it, _ in account_sentences(file))}"
        f"<td lang=en>{'<br>'.join(cell(en) for _, _, en in account_sentences(file))}"
        for file in files
    )
    return (
        "<h2>Record dei file <span lang=en>/ Records of the files</span></h2>"
        "<p>Ogni record di un file è preso, messo da parte o escluso da una regola della mappatura: i conti "
        "tornano. <span lang=en>Every record of a file is taken, set aside, or left out by a rule of the "
        "mapping: the account balances.</span>"
        "<div role=region tabindex=0 aria-label='Record / Records'><table>"
        "<tr><th>File<th>Record<th>Presi<th>Messi da parte<th>Esclusi<th>Che cosa ne è stato"
        f"<th lang=en>What became of them\n{rows}</table></div>\n"
    )


def account_sentences(file: dict) -> list[tuple[str, str, str]]:
    """Return what is said of one file's account: the entity concerned or none, then Italian and English."""
    said = [
        (
            "",
            f"{file['records']} record: {file['taken']} presi, {file['set_aside']} messi da parte, "
            f"{sum(left['rows'] for left in file['left_out'])} esclusi.",
            f"{file['records']} records: {file['taken']} taken, {file['set_aside']} set aside, "
            f"{sum(left['rows'] for left in file['left_out'])} left out.",
        )
    ]
    said += [("", *_left_out(left)) for left in file["left_out"]]
    for block in file["entities"]:
        name = block["entity"]
        said.append((name, f"{name}: {block['rows']} righe.", f"{name}: {block['rows']} rows."))
        for left in block["left_out"]:
            it, en = _left_out(left)
            said.append((name, f"{name}: {it}", f"{name}: {en}"))
    if not file["entities"]:
        said.append(("", "Letto solo per ricerche (lookup).", "Read for look-ups only."))
    for key, it, en in (
        ("filled_rows", "Record corti completati: {}.", "Short records filled: {}."),
        ("cut_rows", "Record lunghi tagliati: {}.", "Long records cut: {}."),
        ("rounded", "Numeri arrotondati: {}.", "Numbers rounded: {}."),
    ):
        if key in file:
            said.append(("", it.format(file[key]), en.format(file[key])))
    if "sheets" in file:
        names = ", ".join(file["sheets"])
        said.append(("", f"Fogli non letti: {names}.", f"Sheets not read: {names}."))
    return said


def _left_out(left: dict) -> tuple[str, str]:
    more = left["rows"] - len(left["lines"])
    lines = ", ".join(map(str, left["lines"]))
    return (
        f"{left['rows']} esclusi da «{left['rule']}» (righe {lines}{f' e altre {more}' if more else ''}).",
        f"{left['rows']} left out by “{left['rule']}” (lines {lines}{f' and {more} more' if more else ''}).",
    )


def _told(receipt: Receipt) -> str:
    it, en = STATUS_WORDS[receipt.status]
    cell = lambda value: html.escape("" if value is None else str(value))  # noqa: E731
    counts = "".join(
        f"<tr><th scope=row>{cell(entity)}<td>{c['received']}<td>{c['loaded']}"
        f"<td>{c['known']}<td>{c['quarantined']}"
        for entity, c in receipt.counts.items()
    )
    left_out = (
        f"<p>Altri {receipt.errors_left_out} errori non elencati. / "
        f"<span lang=en>{receipt.errors_left_out} more errors not listed.</span>"
        if receipt.errors_left_out
        else ""
    )
    unjudged = (
        "<h2>Qui non si può giudicare <span lang=en>/ Not judgeable here</span></h2>"
        + _lines(receipt.unjudged, cell)
        if receipt.unjudged
        else ""
    )
    simulated = (
        "<p><strong>Dati simulati.</strong> Nessuna persona e nessun importo di questa esportazione è reale. "
        "<span lang=en>/ Simulated data: no person and no amount in this export is real.</span>\n"
        if receipt.simulated
        else ""
    )
    return f"""<h1>Esportazione {cell(receipt.export_id)}: {it} <span lang=en>({en})</span></h1>
<p>Istanza: {cell(receipt.instance)}
{simulated}<h2>Righe <span lang=en>/ Rows</span></h2>
<div role=region tabindex=0 aria-label='Righe / Rows'><table>
<tr><th>Entità<th>Ricevute<th>Caricate<th>Già note<th>In quarantena{counts}</table></div>
{_changed(receipt.changed, cell)}{_files(receipt.files, cell)}<h2>Errori <span lang=en>/ Errors</span></h2>
{_lines(receipt.errors, cell)}{left_out}{unjudged}
"""


def _defused(value: object) -> object:
    # A spreadsheet runs a cell that starts with one of these as a formula.
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


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


def write_receipt(folder: Path, stem: str, receipt: Receipt) -> Receipt:
    """Write the receipt as the latest attempt, keeping the one before it as `<stem>.<n>.receipt.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    latest = folder / f"{stem}.receipt.json"
    if latest.exists():
        number = 1
        while (folder / f"{stem}.{number}.receipt.json").exists():
            number += 1
        latest.replace(folder / f"{stem}.{number}.receipt.json")
    _replace(latest, json.dumps(receipt.content(), ensure_ascii=False, indent=1) + "\n")
    _replace(folder / f"{stem}.receipt.html", receipt_page(receipt))
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
