"""Where an export stands among those of its instance, and what becomes of it.

A manifest and what was accepted before arrive. Findings about contract, instance, export_id and sequence
leave, and, of all findings, whether it is accepted, held or refused. What its files hold does not belong
here, nor what is done about it.
"""

from collections.abc import Container, Sequence

from ingestion.contract.findings import Finding
from ingestion.landing.manifest import Manifest
from ingestion.landing.plain_names import MANIFEST_NAME
from ingestion.raw.layer import CommittedExport
from ingestion.receipts import ACCEPTED, HELD, REFUSED


def sequence_findings(
    manifest: Manifest,
    registered: Container[str],
    exports: dict[str, CommittedExport],
    waived: Container[int],
    *,
    first: int = 1,
) -> list[Finding]:
    """Return what is wrong with the export's place among the others: contract, instance, id, sequence.

    `exports` are the accepted ones of its instance by export_id, `waived` the sequences nobody waits for,
    `first` the sequence before which nothing is asked.
    """
    codes = []
    if not manifest.contract_is_known:
        codes.append("contract_unknown")
    if manifest.instance not in registered:
        codes.append("instance_unknown")
    sequences = {export.sequence for export in exports.values()}
    if manifest.export_id in exports:
        codes.append("export_id_reused")
    elif manifest.sequence in sequences:
        codes.append("sequence_reused")
    elif "instance_unknown" not in codes and any(
        before not in sequences and before not in waived for before in range(first, manifest.sequence)
    ):
        codes.append("sequence_gap")
    return [Finding(code, file=MANIFEST_NAME) for code in codes]


def status_of(findings: Sequence[Finding]) -> str:
    """Return what becomes of an export with these findings: accepted without any, held where nothing is
    wrong but that an earlier one is missing, else refused.
    """
    if not findings:
        return ACCEPTED
    return HELD if [finding.code for finding in findings] == ["sequence_gap"] else REFUSED
