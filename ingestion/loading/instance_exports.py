"""One attempt after another of one instance: accepted, refused, held or known.

Arrives: the exports of an instance, in the order of their sequence. Leaves: for each a decision and a
receipt, and in raw what was accepted. Finding exports, and whose turn it is, does not belong here
(`loading.ingest`).
"""

import hashlib
import json
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pyarrow.parquet as pq

from core.atomic_files import discard
from core.home import VetroHome
from core.sql import quoted
from ingestion.adapters.foreign_files import FilesUnfit
from ingestion.adapters.mapping import Mapping
from ingestion.adapters.translation import Delivery, translate
from ingestion.contract.findings import ERRORS_KEPT, Finding
from ingestion.contract.schema import CURRENT_VERSION, load_contract
from ingestion.data_subjects.erased_persons import forgotten_pseudonyms
from ingestion.instances import Instance
from ingestion.landing.archives import ArchiveUnsafe
from ingestion.landing.exports import LandedExport, export_id_hint, files_in, hold, release
from ingestion.landing.log import LandingLog
from ingestion.landing.manifest import Manifest, ManifestUnreadable, read_manifest
from ingestion.landing.plain_names import MANIFEST_NAME, plain_path
from ingestion.loading.load import accept
from ingestion.privacy.pseudonyms import PseudonymKey
from ingestion.raw.layer import CommittedExport
from ingestion.raw.waivers import read_waivers
from ingestion.receipts import (
    ACCEPTED,
    HELD,
    KNOWN,
    REFUSED,
    UNKNOWN_FOLDER,
    Receipt,
    errors_of,
    outbox_place,
    write_attempt,
    write_receipt,
)
from ingestion.session import IngestionSession
from ingestion.validation.export_validation import ExportValidator
from ingestion.validation.file_reading import hash_file
from ingestion.validation.history import History
from ingestion.validation.result import ExportValidation


@dataclass
class Candidate:
    """a landed export with what its descriptor says, or why it says nothing. `place` is its turn among the
    receipts.
    """

    landed: LandedExport
    place: int
    manifest: Manifest | None = None
    refusal: Finding | None = None
    export_id: str | None = None
    instance: str | None = None
    # What became of every record of foreign files.
    accounts: tuple[dict, ...] = ()


def read_candidate(landed: LandedExport, place: int) -> Candidate:
    """Return the landed export with its descriptor read; foreign files have none until their turn comes."""
    if landed.foreign is not None:
        return Candidate(landed, place, instance=landed.foreign)
    try:
        manifest = read_manifest(landed.manifest_bytes())
    except ManifestUnreadable as error:
        return Candidate(
            landed, place, refusal=error.finding, export_id=error.export_id, instance=error.instance
        )
    except ArchiveUnsafe as error:
        return Candidate(landed, place, refusal=error.finding)
    return Candidate(landed, place, manifest, export_id=manifest.export_id, instance=manifest.instance)


def _turn(candidate: Candidate) -> tuple[bool, int, int]:
    """Contract exports in the order of their sequence, then foreign files, whose sequence is what is free."""
    return (
        candidate.manifest is None,
        candidate.manifest.sequence if candidate.manifest else 0,
        candidate.place,
    )


def content_hash(manifest: Manifest) -> str:
    """Return one hash for the descriptor and all files it declares, which were found to be as declared."""
    digest = hashlib.sha256(manifest.sha256.encode())
    for resource in sorted(manifest.resources, key=lambda resource: resource.path):
        digest.update(f"\n{resource.path}\0{resource.hash}".encode())
    return digest.hexdigest()


def _same_bytes(manifest: Manifest, root: Path) -> bool:
    present, plain = files_in(root)
    if not plain or present.keys() != {plain_path(resource.path) for resource in manifest.resources}:
        return False
    return all(
        hash_file(root / present[plain_path(resource.path)]) == (resource.hash, resource.bytes)
        for resource in manifest.resources
    )


def _latest(path: Path) -> dict | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


@dataclass
class Answers:
    """Where receipts go. `given` collects them with the turn of their candidate.

    `mappings` are those of the instances that brought foreign files.
    """

    home: VetroHome
    registered: dict[str, Instance]
    log: LandingLog
    given: list[tuple[int, Receipt]]
    mappings: dict[str, Mapping] = field(default_factory=dict)

    def give(self, candidate: Candidate, receipt: Receipt) -> None:
        """Write the receipt, and the attempt where nothing was loaded.

        An export that waits in landing or is held, and was not touched since it last got the same answer, was
        not sent again: nothing is written for it.
        """
        landed, manifest = candidate.landed, candidate.manifest
        if candidate.accounts:
            receipt = replace(receipt, files=candidate.accounts)
        folder, stem = outbox_place(
            self.home,
            candidate.instance,
            candidate.export_id,
            candidate.instance in self.registered,
            export_id_hint(landed.place),
        )
        latest = folder / f"{stem}.receipt.json"
        waits = (landed.from_landing or landed.held) and self.log.is_same(landed)
        if waits and _latest(latest) == receipt.content():
            self.given.append((candidate.place, replace(receipt, path=latest)))
            return
        if receipt.status != ACCEPTED:
            sequence, sha256 = (manifest.sequence, manifest.sha256) if manifest else (None, None)
            write_attempt(self.home, folder, stem, receipt, sequence=sequence, manifest_sha256=sha256)
        self.given.append((candidate.place, write_receipt(folder, stem, receipt)))
        self.log.remember(landed, receipt)

    def refuse_unread(self, candidate: Candidate, findings: Sequence[Finding] = ()) -> None:
        """Answer an export whose descriptor or archive, or whose foreign files, cannot be read."""
        errors, left_out = errors_of(findings or [candidate.refusal])
        name = candidate.export_id or export_id_hint(candidate.landed.place)
        instance = candidate.instance or UNKNOWN_FOLDER
        self.give(candidate, Receipt(name, instance, REFUSED, errors, {}, errors_left_out=left_out))

    def was_accepted(self, instance: str, export_id: str) -> bool:
        """True if a receipt says that the export was accepted."""
        folder = self.home.outbox / instance
        receipts = [folder / f"{export_id}.receipt.json", *folder.glob(f"{export_id}.*.receipt.json")]
        return any((_latest(path) or {}).get("status") in (ACCEPTED, KNOWN) for path in receipts)


@dataclass
class InstanceIngestion:
    """Ingestion for one instance at a time, on one session. `work` is its own folder for unpacked files."""

    session: IngestionSession
    key: PseudonymKey
    answers: Answers
    work: Path
    step: Callable[[str], None]

    def pass_through(self, instance: str, candidates: list[Candidate]) -> None:
        """Decide over the exports of one instance, in the order of their sequence."""
        history = History.of(self.session, self.answers.home, instance)
        waived = read_waivers(self.answers.home, instance)
        self._load_erased(history)
        for candidate in sorted(candidates, key=_turn):
            self.step(candidate.export_id or candidate.landed.place.name)
            try:
                if candidate.landed.foreign is None:
                    self._export(candidate, history, waived)
                else:
                    self._foreign(candidate, history, waived)
            except FilesUnfit as error:
                self.answers.refuse_unread(candidate, error.findings)
            except ArchiveUnsafe as error:
                candidate.refusal = error.finding
                self.answers.refuse_unread(candidate)
            finally:
                candidate.landed.close()
        history.forget()

    def _load_erased(self, history: History) -> None:
        self.session.empty("erased")
        for export in history.exports.values():
            if export.file("_erasure").exists():
                persons = f"read_parquet({quoted(export.file('_erasure'))})"
                self.session.once(f"insert into erased select person_hash from {persons}")
        self.session.empty("forgotten")
        forgotten = forgotten_pseudonyms(self.answers.home, self.key)
        if forgotten:
            self.session.connection.executemany(
                "insert into forgotten values (?)", [(pseudonym,) for pseudonym in sorted(forgotten)]
            )

    def _foreign(self, candidate: Candidate, history: History, waived: set[int]) -> None:
        """Make a contract export of foreign files and take it in with the next free sequence.

        The sender has no sequence: what is refused takes none, and the same files are known by their export
        id.
        """
        landed, instance = candidate.landed, candidate.instance
        mapping = self.answers.mappings[instance]
        root, paths = landed.open_foreign(self.work)
        delivery = Delivery(export_id_hint(landed.place), root, tuple(paths), landed.changed())
        candidate.export_id = delivery.export_id(instance, mapping)
        if earlier := history.exports.get(candidate.export_id):
            first = not self.answers.was_accepted(instance, earlier.export_id)
            self.answers.give(candidate, receipt_from_raw(earlier, ACCEPTED if first else KNOWN))
            return
        taken = {export.sequence for export in history.exports.values()} | waived
        sequence = next(number for number in count(1) if number not in taken)
        translation = translate(
            delivery,
            mapping,
            instance=instance,
            export_id=candidate.export_id,
            sequence=sequence,
            work=self.work,
        )
        landed.translated = translation.root
        candidate.accounts = translation.accounts
        candidate.manifest = read_manifest(landed.manifest_bytes())
        self._export(candidate, history, waived, translation.origins)

    def _export(
        self, candidate: Candidate, history: History, waived: set[int], origins: Path | None = None
    ) -> None:
        manifest, landed = candidate.manifest, candidate.landed
        root = landed.open(self.work)
        earlier = history.exports.get(manifest.export_id)
        if earlier and earlier.manifest_sha256 == manifest.sha256 and _same_bytes(manifest, root):
            self._already_in(candidate, earlier)
            return
        place = place_findings(manifest, self.answers.registered, history.exports, waived)
        validation = self._validate(manifest, root, history, with_history=not place, origins=origins)
        findings = place + validation.findings
        if not findings:
            self._accept(candidate, validation, history)
        elif [finding.code for finding in findings] == ["sequence_gap"]:
            hold(self.answers.home, landed, manifest.instance, manifest.export_id)
            self.answers.give(candidate, receipt_of(self.session, validation, HELD, findings))
        else:
            self.answers.give(candidate, receipt_of(self.session, validation, REFUSED, findings))
        if findings and (manifest.erasures or validation.forgotten):
            self._load_erased(history)

    def _validate(
        self, manifest: Manifest, root: Path, history: History, *, with_history: bool, origins: Path | None
    ) -> ExportValidation:
        add_erased(self.session, self.key, manifest)
        erased, forgotten = (
            bool(self.session.again(f"select count(*) from {table}").fetchone()[0])
            for table in ("erased", "forgotten")
        )
        version = manifest.version if manifest.contract_is_known else CURRENT_VERSION
        validator = ExportValidator(
            self.session,
            load_contract(version),
            manifest.instance,
            history,
            self.work,
            with_history=with_history,
            any_erased=erased,
            any_forgotten=forgotten,
            origins=origins,
        )
        return validator.validate(manifest, root)

    def _accept(self, candidate: Candidate, validation: ExportValidation, history: History) -> None:
        manifest, home, log = validation.manifest, self.answers.home, self.answers.log
        accept(
            self.session,
            home,
            validation,
            history,
            key=self.key,
            content_sha256=content_hash(manifest),
            accepted_at=datetime.now(UTC),
        )
        receipt = receipt_of(self.session, validation, ACCEPTED, [])
        self.answers.give(candidate, receipt)
        release(home, candidate.landed, manifest.instance)
        log.remember(candidate.landed, receipt)
        if validation.forgotten:
            forget_files_kept(home, log, manifest.instance, keep=None)
        elif manifest.erasures:
            forget_files_kept(home, log, manifest.instance, keep=candidate.landed.place)

    def _already_in(self, candidate: Candidate, earlier: CommittedExport) -> None:
        """Answer known; or accepted, where a process died after the commit and before it could say so."""
        manifest, home = candidate.manifest, self.answers.home
        first = not self.answers.was_accepted(manifest.instance, manifest.export_id)
        self.answers.give(candidate, receipt_from_raw(earlier, ACCEPTED if first else KNOWN))
        release(home, candidate.landed, manifest.instance)
        if first and manifest.erasures:
            forget_files_kept(home, self.answers.log, manifest.instance, keep=candidate.landed.place)


def add_erased(session: IngestionSession, key: PseudonymKey, manifest: Manifest) -> None:
    """Count the persons that the export erases as erased from now on."""
    hashes = [(key.pseudonym("erased", manifest.instance, person),) for person in manifest.erasures]
    if hashes:
        session.connection.executemany("insert into erased values (?)", hashes)


def place_findings(
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


def receipt_of(
    session: IngestionSession, validation: ExportValidation, status: str, findings: list[Finding]
) -> Receipt:
    """Return the receipt of a validation: the findings, and the faults of its rows from the table
    `quarantine`.
    """
    total = session.again("select count(*) from quarantine").fetchone()[0]
    rows = []
    if total:
        rows = session.once(
            "select code, entity, file, line, column_name from quarantine order by entity, line, code "
            f"limit {ERRORS_KEPT}"
        ).fetchall()
    faults = [Finding(*row, detail=_reason(validation, row)) for row in rows]
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
    )


def _reason(validation: ExportValidation, fault: tuple) -> tuple[str, ...]:
    code, entity, file, line, _ = fault
    if said := validation.said.get((entity, file, line, code)):
        return said
    reason = validation.reasons.get((entity, line)) if code == "reversal_invalid" else None
    return (reason,) if reason else ()


def receipt_from_raw(export: CommittedExport, status: str) -> Receipt:
    """Return the receipt of an export that is in, as its folder tells it: accepted with its errors, or known.
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


def forget_files_kept(home: VetroHome, log: LandingLog, instance: str, *, keep: Path | None) -> None:
    """Remove from landing the instance's exports already loaded: they still tell of the erased person.

    `keep` is an erasing export, which names the person's record only to have it erased.
    """
    for place in log.places(instance):
        if place != keep:
            discard([place])
            log.forget(place)
