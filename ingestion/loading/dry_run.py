"""Exports checked without being loaded, for whoever produces them.

Arrives: the paths of one export, or of several that follow each other. Leaves: the receipts they would get,
written nowhere. What a house has received can only be judged there: of a reversal whose row is in none of the
exports given, where one before them is missing, the receipt says that it is not judged.
"""

import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from core.home import VetroHome
from ingestion.contract.findings import Finding
from ingestion.contract.schema import load_contract
from ingestion.instances import read_instances
from ingestion.landing.archives import ArchiveUnsafe
from ingestion.landing.exports import LandedExport, PathUnusable
from ingestion.landing.manifest import Manifest
from ingestion.loading.acknowledgement import receipt_of, refusal_of
from ingestion.loading.instance_exports import add_erased
from ingestion.loading.load import load
from ingestion.loading.sequence import sequence_findings, status_of
from ingestion.privacy.pseudonyms import KEY_BYTES, PseudonymKey
from ingestion.raw.layer import committed_exports, write_schemas
from ingestion.raw.waivers import read_waivers
from ingestion.receipts import ACCEPTED, Receipt, unjudged_of
from ingestion.session import IngestionSession, open_session
from ingestion.validation.export_validation import ExportValidator
from ingestion.validation.history import History, create_held_tables
from ingestion.validation.result import ExportValidation


def validate(path: Path, *, instance: str | None = None, home: VetroHome | None = None) -> Receipt:
    """Return the receipt of one export: see `validate_in_order`."""
    (receipt,) = validate_in_order([path], instance=instance, home=home)
    return receipt


def validate_in_order(
    paths: Sequence[Path], *, instance: str | None = None, home: VetroHome | None = None
) -> list[Receipt]:
    """Return the receipts that the export folders or zips at `paths` would get, in the order of their
    sequence: accepted with their bad rows, refused, or held.

    Each is judged with those before it as what was sent earlier, as far as they were accepted; an
    export whose descriptor cannot be read comes last. Without `instance` nobody's registry is asked,
    and the first one is in place whatever its sequence. With it, all must be of that instance; and
    where `home` has a registry, the instance must be in it, and export_id and sequence are judged by
    what that house has accepted.

    PathUnusable if nothing is there, or the exports are of several instances; FileUnusable if the registry
    cannot be read. What is unpacked and laid down for the checks lives in a temporary folder and is gone at
    the end.
    """
    for path in paths:
        if not path.exists():
            raise PathUnusable(f"{path}: non esiste / does not exist")
    exports = [LandedExport(path.absolute(), order=order) for order, path in enumerate(paths)]
    for export in exports:
        export.read_manifest()
    exports.sort(key=lambda each: each.turn)
    instances = sorted({each.manifest.instance for each in exports if each.manifest})
    if len(instances) > 1:
        raise PathUnusable(
            f"{', '.join(instances)}: esportazioni di più istanze, validarle una istanza per volta / "
            f"exports of several instances, validate one instance at a time"
        )
    with tempfile.TemporaryDirectory() as folder:
        key = PseudonymKey(secrets.token_bytes(KEY_BYTES), "none")
        with open_session(Path(folder), key) as session:
            create_held_tables(session)
            series = _Series(session, key, Path(folder), instance, home, goes_on=len(exports) > 1)
            return [series.judge(export) for export in exports]


def place_is_judged(instance: str | None, home: VetroHome | None) -> bool:
    """True where `validate` judges export_id and sequence too."""
    return instance is not None and home is not None and home.instances_file.exists()


@dataclass
class _Series:
    """Exports that follow each other, judged one by one. What is accepted becomes the history of the next in
    a raw layer of its own, in the work folder, under a key that nobody keeps.
    """

    session: IngestionSession
    key: PseudonymKey
    work: Path
    instance: str | None
    home: VetroHome | None
    goes_on: bool
    first: int | None = None
    erasing: list[Manifest] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.history = History(self.session, {})
        self.own_home = VetroHome.at(self.work / "home")
        if self.goes_on:
            write_schemas(self.own_home.ensure())

    def judge(self, export: LandedExport) -> Receipt:
        """Return the receipt of the next export."""
        manifest = export.manifest
        try:
            if manifest is None:
                return refusal_of(export)
            root = export.open(self.work)
            if self.first is None:
                self.first = manifest.sequence
            self._erase(manifest)
            validation = self._validator(manifest).validate(manifest, root)
            findings = [*self._place(manifest), *validation.findings]
            status = status_of(findings)
            if self.goes_on and status == ACCEPTED:
                self._take_in(validation)
            receipt = receipt_of(self.session, validation, status, findings)
            return replace(receipt, unjudged=unjudged_of(validation.unjudged))
        except ArchiveUnsafe as error:
            return refusal_of(export, [error.finding])
        finally:
            export.close()

    def _validator(self, manifest: Manifest) -> ExportValidator:
        seen = {export.sequence for export in self.history.exports.values()}
        return ExportValidator(
            self.session,
            load_contract(manifest.judged_version),
            manifest.instance,
            self.history,
            self.work,
            past_is_whole=all(before in seen for before in range(1, manifest.sequence)),
            any_erased=bool(manifest.erasures or self.erasing),
        )

    def _erase(self, manifest: Manifest) -> None:
        self.session.empty("erased")
        for each in (*self.erasing, manifest):
            add_erased(self.session, self.key, each)

    def _take_in(self, validation: ExportValidation) -> None:
        manifest = validation.manifest
        load(
            self.session,
            self.own_home,
            validation,
            self.history,
            key=self.key,
            accepted_at=datetime.now(UTC),
        )
        if manifest.erasures:
            self.erasing.append(manifest)

    def _place(self, manifest: Manifest) -> list[Finding]:
        given = self.history.exports
        if place_is_judged(self.instance, self.home):
            registered = {self.instance} & set(read_instances(self.home))
            accepted = committed_exports(self.home, self.instance) | given
            return sequence_findings(manifest, registered, accepted, read_waivers(self.home, self.instance))
        registered = {self.instance or manifest.instance}
        return sequence_findings(manifest, registered, given, (), first=self.first)
