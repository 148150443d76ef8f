"""The exports of one instance, one after the other: accepted, refused, held or known.

Each is translated where it came as foreign files, validated and pseudonymised in one pass, loaded, and
acknowledged. Finding exports, and which instance comes when, does not belong here (`loading.ingest`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from core.atomic_files import discard
from core.home import VetroHome
from core.sql import literal
from ingestion.adapters.foreign_files import FilesUnfit
from ingestion.adapters.mapping import Mapping
from ingestion.adapters.translation import Delivery, translate
from ingestion.contract.schema import load_contract
from ingestion.data_subjects.erased_persons import forgotten_pseudonyms
from ingestion.landing.archives import ArchiveUnsafe
from ingestion.landing.exports import LandedExport, export_id_hint, files_in, hold, release
from ingestion.landing.log import LandingLog
from ingestion.landing.manifest import Manifest, read_manifest
from ingestion.landing.plain_names import plain_path
from ingestion.loading.acknowledgement import Acknowledgement, receipt_of
from ingestion.loading.load import load
from ingestion.loading.sequence import sequence_findings, status_of
from ingestion.privacy.pseudonyms import PseudonymKey
from ingestion.raw.layer import CommittedExport
from ingestion.raw.waivers import read_waivers
from ingestion.receipts import (
    ACCEPTED,
    HELD,
)
from ingestion.session import IngestionSession
from ingestion.validation.export_validation import ExportValidator
from ingestion.validation.file_reading import hash_file
from ingestion.validation.history import History
from ingestion.validation.result import ExportValidation


def _same_bytes(manifest: Manifest, root: Path) -> bool:
    present, plain = files_in(root)
    if not plain or present.keys() != {plain_path(resource.path) for resource in manifest.resources}:
        return False
    return all(
        hash_file(root / present[plain_path(resource.path)]) == (resource.hash, resource.bytes)
        for resource in manifest.resources
    )


@dataclass
class InstanceIngestion:
    """Ingestion for one instance at a time, on one session. `work` is its own folder for unpacked files."""

    session: IngestionSession
    key: PseudonymKey
    acknowledgement: Acknowledgement
    mappings: dict[str, Mapping]
    work: Path
    step: Callable[[str], None]

    def ingest(self, instance: str, exports: list[LandedExport]) -> None:
        """Decide over the exports of one instance, in the order of their sequence."""
        history = History.of(self.session, self.acknowledgement.home, instance)
        waived = read_waivers(self.acknowledgement.home, instance)
        self._load_erased(history)
        for export in sorted(exports, key=lambda each: each.turn):
            self.step(export.export_id or export.place.name)
            try:
                if export.foreign is None:
                    self._ingest_export(export, history, waived)
                else:
                    self._ingest_foreign_files(export, history, waived)
            except FilesUnfit as error:
                self.acknowledgement.refuse_unread(export, error.findings)
            except ArchiveUnsafe as error:
                export.refusal = error.finding
                self.acknowledgement.refuse_unread(export)
            finally:
                export.close()
        history.forget()

    def _load_erased(self, history: History) -> None:
        self.session.empty("erased")
        for export in history.exports.values():
            if export.file("_erasure").exists():
                persons = f"read_parquet({literal(export.file('_erasure'))})"
                self.session.once(f"insert into erased select person_hash from {persons}")
        self.session.empty("forgotten")
        forgotten = forgotten_pseudonyms(self.acknowledgement.home, self.key)
        if forgotten:
            self.session.connection.executemany(
                "insert into forgotten values (?)", [(pseudonym,) for pseudonym in sorted(forgotten)]
            )

    def _ingest_foreign_files(self, export: LandedExport, history: History, waived: set[int]) -> None:
        """Make a contract export of foreign files and take it in with the next free sequence.

        The sender has no sequence: what is refused takes none, and the same files are known by
        their export id.
        """
        instance = export.instance
        mapping = self.mappings[instance]
        root, paths = export.open_foreign(self.work)
        delivery = Delivery(export_id_hint(export.place), root, tuple(paths), export.changed())
        export.export_id = delivery.export_id(instance, mapping)
        if earlier := history.exports.get(export.export_id):
            self.acknowledgement.acknowledge_committed(export, earlier)
            return
        taken = {export.sequence for export in history.exports.values()} | waived
        sequence = next(number for number in count(1) if number not in taken)
        translation = translate(
            delivery,
            mapping,
            instance=instance,
            export_id=export.export_id,
            sequence=sequence,
            work=self.work,
        )
        export.translated = translation.root
        export.accounts = translation.accounts
        export.manifest = read_manifest(export.manifest_bytes())
        self._ingest_export(export, history, waived, translation.origins)

    def _ingest_export(
        self, export: LandedExport, history: History, waived: set[int], origins: Path | None = None
    ) -> None:
        manifest = export.manifest
        root = export.open(self.work)
        earlier = history.exports.get(manifest.export_id)
        if earlier and earlier.manifest_sha256 == manifest.sha256 and _same_bytes(manifest, root):
            self._acknowledge_again(export, earlier)
            return
        sequence = sequence_findings(manifest, self.acknowledgement.registered, history.exports, waived)
        validation = self._validate(manifest, root, history, with_history=not sequence, origins=origins)
        findings = sequence + validation.findings
        status = status_of(findings)
        if status == ACCEPTED:
            self._load(export, validation, history)
        else:
            if status == HELD:
                hold(self.acknowledgement.home, export, manifest.instance, manifest.export_id)
            self.acknowledgement.acknowledge(export, receipt_of(self.session, validation, status, findings))
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
        validator = ExportValidator(
            self.session,
            load_contract(manifest.judged_version),
            manifest.instance,
            history,
            self.work,
            with_history=with_history,
            any_erased=erased,
            any_forgotten=forgotten,
            origins=origins,
        )
        return validator.validate(manifest, root)

    def _load(self, export: LandedExport, validation: ExportValidation, history: History) -> None:
        manifest, home, log = validation.manifest, self.acknowledgement.home, self.acknowledgement.log
        load(
            self.session,
            home,
            validation,
            history,
            key=self.key,
            accepted_at=datetime.now(UTC),
        )
        receipt = receipt_of(self.session, validation, ACCEPTED, [])
        self.acknowledgement.acknowledge(export, receipt)
        release(home, export, manifest.instance)
        log.remember(export, receipt)
        if validation.forgotten:
            forget_files_kept(home, log, manifest.instance, keep=None)
        elif manifest.erasures:
            forget_files_kept(home, log, manifest.instance, keep=export.place)

    def _acknowledge_again(self, export: LandedExport, earlier: CommittedExport) -> None:
        manifest, home = export.manifest, self.acknowledgement.home
        first = self.acknowledgement.acknowledge_committed(export, earlier)
        release(home, export, manifest.instance)
        if first and manifest.erasures:
            forget_files_kept(home, self.acknowledgement.log, manifest.instance, keep=export.place)


def add_erased(session: IngestionSession, key: PseudonymKey, manifest: Manifest) -> None:
    """Count the persons that the export erases as erased from now on."""
    hashes = [(key.pseudonym("erased", manifest.instance, person),) for person in manifest.erasures]
    if hashes:
        session.connection.executemany("insert into erased values (?)", hashes)


def forget_files_kept(home: VetroHome, log: LandingLog, instance: str, *, keep: Path | None) -> None:
    """Remove from landing the instance's exports already loaded: they still tell of the erased person.

    `keep` is an erasing export, which names the person's record only to have it erased.
    """
    for place in log.places(instance):
        if place != keep:
            discard([place])
            log.forget(place)
