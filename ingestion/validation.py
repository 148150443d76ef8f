"""An export checked without being loaded, for whoever produces exports.

Arrives: the path of one export. Leaves: the receipt it would get as the first export of its instance, written
nowhere. What depends on the past (gaps, known rows, reversals of earlier rows) cannot be told here: that is
the door's.
"""

import secrets
import tempfile
from pathlib import Path

from ingestion.arrivals import ArchiveUnsafe, Arrival, PathUnusable, export_id_hint
from ingestion.attempt import read_candidate, receipt_of
from ingestion.contract import CURRENT_VERSION, load_contract
from ingestion.examination import Examiner
from ingestion.history import History, create_held_tables
from ingestion.manifest import MANIFEST_NAME
from ingestion.pseudonyms import KEY_BYTES, PseudonymKey
from ingestion.receipts import ACCEPTED, REFUSED, UNKNOWN_FOLDER, Finding, Receipt, errors_of
from ingestion.workbench import open_workbench


def validate(path: Path) -> Receipt:
    """Return the receipt that the export folder or zip at `path` would get: accepted with its bad rows, or
    refused.

    PathUnusable if nothing is there. Unpacked files live in a temporary folder and are gone at the end; no
    row is written anywhere.
    """
    if not path.exists():
        raise PathUnusable(f"{path}: non esiste / does not exist")
    arrival = Arrival(path.absolute())
    candidate = read_candidate(arrival, 0)
    with tempfile.TemporaryDirectory() as folder:
        try:
            if candidate.manifest is None:
                return _refused(arrival, candidate.refusal, candidate.export_id, candidate.instance)
            manifest = candidate.manifest
            root = arrival.open(Path(folder))
            key = PseudonymKey(secrets.token_bytes(KEY_BYTES), "none")
            version = manifest.version if manifest.contract_is_known else CURRENT_VERSION
            with open_workbench(Path(folder), key, threads=2) as bench:
                create_held_tables(bench)
                history = History(bench, {})
                examiner = Examiner(bench, load_contract(version), manifest.instance, history, Path(folder))
                examination = examiner.examine(manifest, root)
                findings = examination.findings
                if not manifest.contract_is_known:
                    findings = [Finding("contract_unknown", file=MANIFEST_NAME), *findings]
                return receipt_of(bench, examination, REFUSED if findings else ACCEPTED, findings)
        except ArchiveUnsafe:
            return _refused(arrival, Finding("archive_unsafe"), candidate.export_id, candidate.instance)
        finally:
            arrival.close()


def _refused(arrival: Arrival, finding: Finding, export_id: str | None, instance: str | None) -> Receipt:
    errors, left_out = errors_of([finding])
    name = export_id or export_id_hint(arrival.place)
    return Receipt(name, instance or UNKNOWN_FOLDER, REFUSED, errors, {}, errors_left_out=left_out)
