"""An validated export becomes part of the raw layer.

Arrives: a validation without findings. Leaves: its folder in raw, committed by one rename, and the erasures
it asks for. Whether it may be accepted does not belong here.
"""

import hashlib
import shutil
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from core.atomic_files import discard
from core.home import VetroHome
from core.sql import literal
from ingestion.landing.manifest import Manifest
from ingestion.privacy.direct_identifiers import masked
from ingestion.privacy.pseudonymisation import raw_columns
from ingestion.privacy.pseudonyms import PseudonymKey
from ingestion.raw.erasure import erased_records, stage_export_erasures
from ingestion.raw.file_transaction import finish_transactions
from ingestion.raw.layer import (
    CONTROL_TOTAL_SCHEMA,
    ENTITY_SCHEMA,
    ERASED_RECORD_SCHEMA,
    ERASURE_SCHEMA,
    EXPORT_SCHEMA,
    CommittedExport,
    commit,
    export_folder,
    write_rows,
)
from ingestion.session import IngestionSession
from ingestion.validation.history import ROWS_TAKEN_OVER, History
from ingestion.validation.result import CheckedRows, EntityValidation, ExportValidation

ROME = ZoneInfo("Europe/Rome")


def load(
    session: IngestionSession,
    home: VetroHome,
    validation: ExportValidation,
    history: History,
    *,
    key: PseudonymKey,
    accepted_at: datetime,
) -> CommittedExport:
    """Write the export's folder, commit it, carry out its erasures, and return it as
    now part of `history`.
    """
    manifest = validation.manifest
    content_sha256 = content_hash(manifest)
    incoming = home.raw_incoming / f"{manifest.instance}.{manifest.export_id}"
    discard([incoming])
    incoming.mkdir(parents=True)
    with ExitStack() as unfinished:
        # What a full disk stopped takes no room; once committed it is not there any more.
        unfinished.callback(discard, [incoming])
        for name, validated in validation.entities.items():
            _write_entity(session, home, incoming / f"{name}.parquet", validated, validation.has_origins)
        _write_log(session, incoming, validation, key, content_sha256, accepted_at)
        erasing = False
        erasures = (*manifest.erasures, *validation.forgotten)
        if erasures:
            write_rows(
                incoming / "_erasure.parquet",
                ERASURE_SCHEMA,
                [
                    {
                        "instance_id": manifest.instance,
                        "export_id": manifest.export_id,
                        "person_hash": key.pseudonym("erased", manifest.instance, person),
                    }
                    for person in erasures
                ],
            )
            erasing = stage_export_erasures(
                session,
                home,
                list(history.exports.values()),
                manifest.instance,
                manifest.export_id,
                erasures,
            )
            write_rows(
                incoming / "_erased_record.parquet",
                ERASED_RECORD_SCHEMA,
                [
                    {
                        "instance_id": manifest.instance,
                        "export_id": manifest.export_id,
                        "entity": entity,
                        "record_id": record_id,
                    }
                    for entity, record_id in erased_records(session, list(history.exports.values()))
                ],
            )
        target = export_folder(home, manifest.instance, manifest.export_id)
        commit(incoming, target)
    committed = CommittedExport(
        manifest.instance,
        manifest.export_id,
        manifest.sequence,
        manifest.sha256,
        content_sha256,
        target,
        {name: validated.loaded for name, validated in validation.entities.items() if validated.loaded},
        manifest.simulated,
    )
    if erasing:
        # Only of this instance: another may be staging at the same time.
        finish_transactions(home, f"{manifest.instance}~")
        history.forget()
    history.add(
        committed,
        {}
        if erasing
        else {
            name: f"select * from {validated.checked.table} where {validated.checked.loaded}"
            for name, validated in validation.entities.items()
            if validated.checked and validated.loaded <= ROWS_TAKEN_OVER
        },
    )
    return committed


def content_hash(manifest: Manifest) -> str:
    """Return one hash for the descriptor and all files it declares, which were found to be as declared."""
    digest = hashlib.sha256(manifest.sha256.encode())
    for resource in sorted(manifest.resources, key=lambda resource: resource.path):
        digest.update(f"\n{resource.path}\0{resource.hash}".encode())
    return digest.hexdigest()


def loaded_rows(checked: CheckedRows, path: str) -> str:
    """Return the SELECT of the rows to load, with exactly the columns of the raw file."""
    columns = ", ".join(f'"{column.name}"' for column in raw_columns(checked.entity))
    return (
        f"select {columns}, {checked.line} as _line, {literal(path)} as _file "
        f"from {checked.table} where {checked.loaded}"
    )


def _write_entity(
    session: IngestionSession, home: VetroHome, target: Path, validated: EntityValidation, has_origins: bool
) -> None:
    if not validated.loaded:
        shutil.copyfile(home.raw_schema / target.name, target)
        return
    rows = loaded_rows(validated.checked, masked(validated.resource.path))
    if has_origins:
        rows = (
            f"select loaded.* replace (origin.line as _line, origin.file as _file) from ({rows}) loaded "
            f"join origin on origin.place = loaded._line and origin.entity = '{validated.entity.name}'"
        )
    session.once(f"copy ({rows}) to {literal(target)} (format parquet, compression zstd)")


def _write_log(
    session: IngestionSession,
    incoming: Path,
    validation: ExportValidation,
    key: PseudonymKey,
    content_sha256: str,
    accepted_at: datetime,
) -> None:
    manifest = validation.manifest
    of = {"instance_id": manifest.instance, "export_id": manifest.export_id}
    write_rows(
        incoming / "_export.parquet",
        EXPORT_SCHEMA,
        [
            of
            | {
                "sequence": manifest.sequence,
                "mode": manifest.mode,
                "contract_version": manifest.version,
                "period_from": manifest.period_from,
                "period_to": manifest.period_to,
                "created": manifest.created.astimezone(UTC).replace(tzinfo=None),
                "created_on": manifest.created.astimezone(ROME).date(),
                "accepted_at": accepted_at.astimezone(UTC).replace(tzinfo=None),
                "manifest_sha256": manifest.sha256,
                "content_sha256": content_sha256,
                "key_id": key.key_id,
                "simulated": manifest.simulated,
            }
        ],
    )
    write_rows(
        incoming / "_entity.parquet",
        ENTITY_SCHEMA,
        [
            of
            | {
                "entity": name,
                "file": masked(validated.resource.path),
                "format": validated.resource.format,
                "bytes": validated.resource.bytes,
                "sha256": validated.resource.hash,
                **validated.counts,
            }
            for name, validated in validation.entities.items()
        ],
    )
    write_rows(
        incoming / "_control_total.parquet",
        CONTROL_TOTAL_SCHEMA,
        [
            of
            | {
                "entity": name,
                "column_name": total.column,
                "declared": total.declared,
                "loaded": total.loaded,
                "known": total.known,
                "quarantined": total.quarantined,
            }
            for name, validated in validation.entities.items()
            for total in validated.totals
            if not total.personal
        ],
    )
    session.once(
        f"copy (select {literal(manifest.instance)}::varchar as instance_id, "
        f"{literal(manifest.export_id)}::varchar as "
        f"export_id, entity, file, line, column_name, code from quarantine order by entity, line, code) "
        f"to {literal(incoming / '_quarantine.parquet')} (format parquet, compression zstd)"
    )
