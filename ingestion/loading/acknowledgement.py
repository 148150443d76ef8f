"""The answer to an export: its receipt, from its validation or from what raw holds of it.

A validated export, a committed one, or one that cannot be read arrives; a receipt leaves, written to the
outbox with the attempt. What is decided does not belong here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.parquet as pq

from core.home import VetroHome
from ingestion.contract.findings import ERRORS_KEPT, Finding
from ingestion.instances import Instance
from ingestion.landing.exports import LandedExport, export_id_hint
from ingestion.landing.log import LandingLog
from ingestion.outbox import outbox_place, write_attempt, write_receipt
from ingestion.raw.layer import CommittedExport
from ingestion.receipt_page import receipt_page
from ingestion.receipts import ACCEPTED, KNOWN, REFUSED, UNKNOWN_FOLDER, Receipt, errors_of
from ingestion.session import IngestionSession
from ingestion.validation.result import ExportValidation


@dataclass
class Acknowledgement:
    """Where receipts go. `given` collects them with the order in which their exports were found."""

    home: VetroHome
    registered: Mapping[str, Instance]
    log: LandingLog
    given: list[tuple[int, Receipt]]

    def acknowledge(self, export: LandedExport, receipt: Receipt) -> None:
        """Write the receipt, and the attempt where nothing was loaded.

        An export that waits in landing or is held, and was not touched since it last got the same answer, was
        not sent again: nothing is written for it.
        """
        manifest = export.manifest
        if export.accounts:
            receipt = replace(receipt, files=export.accounts)
        known = self.registered.get(receipt.instance)
        if known:
            receipt = replace(receipt, name=known.name)
        if manifest:
            receipt = replace(receipt, period=(manifest.period_from, manifest.period_to))
        folder, stem = outbox_place(
            self.home,
            export.instance,
            export.export_id,
            export.instance in self.registered,
            export_id_hint(export.place),
        )
        latest = folder / f"{stem}.receipt.json"
        waits = (export.from_landing or export.held) and self.log.is_same(export)
        if waits and _latest(latest) == receipt.content():
            self.given.append((export.order, replace(receipt, path=latest)))
            return
        if receipt.status != ACCEPTED:
            sequence, sha256 = (manifest.sequence, manifest.sha256) if manifest else (None, None)
            write_attempt(self.home, folder, stem, receipt, sequence=sequence, manifest_sha256=sha256)
        page = receipt_page(receipt, language=known.language if known else "it")
        self.given.append((export.order, write_receipt(folder, stem, receipt, page)))
        self.log.remember(export, receipt)

    def refuse_unread(self, export: LandedExport, findings: Sequence[Finding] = ()) -> None:
        """Answer an export whose descriptor or archive, or whose foreign files, cannot be read."""
        self.acknowledge(export, refusal_of(export, findings))

    def acknowledge_committed(self, export: LandedExport, earlier: CommittedExport) -> bool:
        """Answer known to what is in already; or accepted, where a process died after the commit and
        before it could say so. Return whether it is said for the first time.
        """
        first = not self._was_accepted(earlier)
        self.acknowledge(export, receipt_from_raw(earlier, ACCEPTED if first else KNOWN))
        return first

    def _was_accepted(self, export: CommittedExport) -> bool:
        folder, name = self.home.outbox / export.instance, export.export_id
        receipts = [folder / f"{name}.receipt.json", *folder.glob(f"{name}.*.receipt.json")]
        return any((_latest(path) or {}).get("status") in (ACCEPTED, KNOWN) for path in receipts)


def refusal_of(export: LandedExport, findings: Sequence[Finding] = ()) -> Receipt:
    """Return the receipt of an export that cannot be read: because of `findings`, or of its own `refusal`."""
    errors, left_out = errors_of(findings or ([export.refusal] if export.refusal else []))
    instance = export.instance or UNKNOWN_FOLDER
    return Receipt(export.name, instance, REFUSED, errors, {}, errors_left_out=left_out)


def receipt_of(
    session: IngestionSession, validation: ExportValidation, status: str, findings: list[Finding]
) -> Receipt:
    """Return the receipt of a validation: the findings, and the faults of its rows
    from the table `quarantine`.
    """
    [(total,)] = session.again("select count(*) from quarantine").fetchall()
    rows = []
    if total:
        rows = session.once(
            "select code, entity, file, line, column_name from quarantine order by entity, line, code "
            f"limit {ERRORS_KEPT}"
        ).fetchall()
    faults = [
        Finding(code, entity, file, line, column, _reason(validation, (code, entity, file, line, column)))
        for code, entity, file, line, column in rows
    ]
    errors, left_out = errors_of([*findings, *faults])
    counts = validation.counts
    if status != ACCEPTED:
        counts = {name: {**count, "loaded": 0, "known": 0} for name, count in counts.items()}
    changed = {
        name: validated.checked.changed
        for name, validated in validation.entities.items()
        if status == ACCEPTED and validated.checked and validated.checked.changed
    }
    manifest = validation.manifest
    left_out += total - len(rows)
    return Receipt(
        manifest.export_id,
        manifest.instance,
        status,
        errors,
        counts,
        errors_left_out=left_out,
        changed=changed,
        simulated=manifest.simulated,
        period=(manifest.period_from, manifest.period_to),
    )


def _reason(validation: ExportValidation, fault: tuple) -> tuple[str, ...]:
    code, entity, file, line, _ = fault
    if said := validation.said.get((entity, file, line, code)):
        return said
    reason = validation.reasons.get((entity, line)) if code == "reversal_invalid" else None
    return (reason,) if reason else ()


def receipt_from_raw(export: CommittedExport, status: str) -> Receipt:
    """Return the receipt of an export that is in, as its folder tells it: accepted with
    its errors, or known.
    """
    entities = pq.read_table(export.file("_entity")).to_pylist()
    counts = {
        row["entity"]: {name: row[name] for name in ("received", "loaded", "known", "quarantined")}
        for row in entities
    }
    if status == KNOWN:
        for count in counts.values():
            count.update(loaded=0, known=count["received"] - count["quarantined"])
        return Receipt(export.export_id, export.instance, status, (), counts, simulated=export.simulated)
    quarantine = pq.read_table(export.file("_quarantine")).to_pylist()
    errors, left_out = errors_of(
        [
            Finding(row["code"], row["entity"], row["file"], row["line"], row["column_name"])
            for row in quarantine
        ]
    )
    return Receipt(
        export.export_id,
        export.instance,
        status,
        errors,
        counts,
        errors_left_out=left_out,
        simulated=export.simulated,
    )


def _latest(path: Path) -> dict | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
