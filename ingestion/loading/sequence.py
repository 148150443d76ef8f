"""Where an export stands among those of its instance: contract, instance, export_id and sequence.

A manifest and what was accepted before arrive, findings leave. What its files hold does not belong here.
"""

from collections.abc import Container

from ingestion.contract.findings import Finding
from ingestion.landing.manifest import Manifest
from ingestion.landing.plain_names import MANIFEST_NAME
from ingestion.raw.layer import CommittedExport


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
