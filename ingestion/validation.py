"""An export checked without being loaded, for whoever produces exports.

Arrives: the path of one export. Leaves: the receipt it would get, written nowhere. Its place among the other
exports of its instance is judged only where somebody says which house to ask. What depends on rows sent
before (known rows, reversals of earlier rows) cannot be told here: that is the door's.
"""

import secrets
import tempfile
from pathlib import Path

from ingestion.arrivals import ArchiveUnsafe, Arrival, PathUnusable, export_id_hint
from ingestion.attempt import place_findings, read_candidate, receipt_of
from ingestion.contract import CURRENT_VERSION, load_contract
from ingestion.examination import Examiner
from ingestion.history import History, create_held_tables
from ingestion.home import VetroHome
from ingestion.instances import read_instances
from ingestion.manifest import Manifest
from ingestion.pseudonyms import KEY_BYTES, PseudonymKey
from ingestion.raw_layer import committed_exports
from ingestion.receipts import ACCEPTED, HELD, REFUSED, UNKNOWN_FOLDER, Finding, Receipt, errors_of
from ingestion.waivers import read_waivers
from ingestion.workbench import open_workbench


def validate(path: Path, *, instance: str | None = None, home: VetroHome | None = None) -> Receipt:
    """Return the receipt that the export folder or zip at `path` would get: accepted with its bad rows,
    refused, or held.

    Without `instance` it is judged alone, as the first export of anybody. With it, its instance must be that
    one; and where `home` has a registry, the instance must be in it, and export_id and sequence are judged
    by what that house has accepted.

    PathUnusable if nothing is there; RegistryError if the registry cannot be read. What is unpacked and laid
    down for the checks lives in a temporary folder and is gone at the end.
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
                findings = [*_place(manifest, instance, home), *examination.findings]
                return receipt_of(bench, examination, _status(findings), findings)
        except ArchiveUnsafe:
            return _refused(arrival, Finding("archive_unsafe"), candidate.export_id, candidate.instance)
        finally:
            arrival.close()


def place_is_judged(instance: str | None, home: VetroHome | None) -> bool:
    """True where `validate` judges export_id and sequence too."""
    return instance is not None and home is not None and home.instances_file.exists()


def _place(manifest: Manifest, instance: str | None, home: VetroHome | None) -> list[Finding]:
    if place_is_judged(instance, home):
        registered = {instance} & set(read_instances(home))
        accepted, waived = committed_exports(home, instance), read_waivers(home, instance)
        return place_findings(manifest, registered, accepted, waived)
    # Alone, no sequence is out of place.
    return place_findings(manifest, {instance or manifest.instance}, {}, range(1, manifest.sequence))


def _status(findings: list[Finding]) -> str:
    if not findings:
        return ACCEPTED
    return HELD if [finding.code for finding in findings] == ["sequence_gap"] else REFUSED


def _refused(arrival: Arrival, finding: Finding, export_id: str | None, instance: str | None) -> Receipt:
    errors, left_out = errors_of([finding])
    name = export_id or export_id_hint(arrival.place)
    return Receipt(name, instance or UNKNOWN_FOLDER, REFUSED, errors, {}, errors_left_out=left_out)
