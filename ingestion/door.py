"""The door: exports come in, are examined, and are wholly in or wholly out.

Arrives: paths of exports, or whatever stands in landing. Leaves: committed exports in raw, held ones under
`landing/.held/`, and a receipt for every attempt. How a row or a file is checked does not belong here.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fcntl import LOCK_EX, flock
from pathlib import Path

from ingestion.acceptance import accept, forget_files_kept
from ingestion.arrivals import ArchiveUnsafe, Arrival, export_id_hint, files_in, find_arrivals, hold, release
from ingestion.contract import CURRENT_VERSION, load_contract
from ingestion.erasure import finish_erasures
from ingestion.examination import Examination, Examiner
from ingestion.file_reading import hash_file
from ingestion.history import History, create_held_tables
from ingestion.home import VetroHome
from ingestion.instances import Instance, read_instances
from ingestion.landing_log import LandingLog
from ingestion.manifest import Manifest, ManifestUnreadable, read_manifest
from ingestion.pseudonyms import PseudonymKey, open_key
from ingestion.raw_layer import CommittedExport, discard, export_folder, write_schemas
from ingestion.receipts import (
    ACCEPTED,
    ERRORS_KEPT,
    HELD,
    KNOWN,
    REFUSED,
    Finding,
    Receipt,
    errors_of,
    outbox_place,
    write_attempt,
    write_receipt,
)
from ingestion.reference_data import quoted
from ingestion.waivers import read_waivers, write_waiver
from ingestion.workbench import Workbench, open_workbench

Progress = Callable[[str, int, int], None]


@contextmanager
def locked(home: VetroHome) -> Iterator[None]:
    """Let one process at a time through the door; a second waits."""
    home.raw.mkdir(parents=True, exist_ok=True)
    with (home.raw / ".lock").open("w") as file:
        flock(file, LOCK_EX)
        yield


@contextmanager
def _work(home: VetroHome) -> Iterator[Path]:
    """Give an empty `landing/.work/`, and leave none."""
    discard([home.landing_work] if home.landing_work.exists() else [])
    home.landing_work.mkdir(parents=True)
    try:
        yield home.landing_work
    finally:
        discard([home.landing_work])


@dataclass
class _Candidate:
    """An arrival with what its descriptor says, or why it says nothing."""

    arrival: Arrival
    manifest: Manifest | None = None
    refusal: Finding | None = None
    export_id: str | None = None
    instance: str | None = None


def _read(arrival: Arrival) -> _Candidate:
    try:
        manifest = read_manifest(arrival.manifest_bytes())
    except ManifestUnreadable as error:
        return _Candidate(arrival, refusal=error.finding, export_id=error.export_id, instance=error.instance)
    except ArchiveUnsafe:
        return _Candidate(arrival, refusal=Finding("archive_unsafe"))
    return _Candidate(arrival, manifest, export_id=manifest.export_id, instance=manifest.instance)


def _without_doubles(candidates: list[_Candidate]) -> list[_Candidate]:
    """Drop a held export that was brought again in this run: the one brought speaks for both."""
    brought = {c.manifest.sha256 for c in candidates if c.manifest and not c.arrival.held}
    return [c for c in candidates if not (c.arrival.held and c.manifest and c.manifest.sha256 in brought)]


@dataclass
class _Door:
    """One run. `today` is fixed at its start, so that an interrupted and a whole run differ in nothing else."""

    home: VetroHome
    bench: Workbench
    key: PseudonymKey
    registered: dict[str, Instance]
    log: LandingLog
    work: Path
    step: Callable[[str], None]
    receipts: list[Receipt] = field(default_factory=list)

    def run(self, candidates: list[_Candidate]) -> None:
        for candidate in candidates:
            if candidate.manifest is None:
                self._refuse_unread(candidate)
        instances = sorted({c.manifest.instance for c in candidates if c.manifest})
        for instance in instances:
            group = [c for c in candidates if c.manifest and c.manifest.instance == instance]
            group.sort(key=lambda candidate: candidate.manifest.sequence)
            self._instance(instance, group)

    def _refuse_unread(self, candidate: _Candidate) -> None:
        self.step(candidate.arrival.place.name)
        errors, left_out = errors_of([candidate.refusal])
        receipt = Receipt(
            candidate.export_id or export_id_hint(candidate.arrival.place),
            candidate.instance or "_unknown",
            REFUSED,
            errors,
            {},
            errors_left_out=left_out,
        )
        self._answer(candidate, receipt)

    def _instance(self, instance: str, group: list[_Candidate]) -> None:
        history = History.of(self.bench, self.home, instance)
        waived = read_waivers(self.home, instance)
        self._load_erased(history)
        for candidate in group:
            self.step(candidate.manifest.export_id)
            try:
                self._export(candidate, history, waived)
            except ArchiveUnsafe:
                candidate.refusal = Finding("archive_unsafe")
                self._refuse_unread(candidate)
            finally:
                candidate.arrival.close()
        history.forget()

    def _load_erased(self, history: History) -> None:
        self.bench.once("delete from erased")
        for export in history.exports.values():
            if export.file("_erasure").exists():
                self.bench.once(
                    f"insert into erased select person_hash from read_parquet({quoted(export.file('_erasure'))})"
                )

    def _export(self, candidate: _Candidate, history: History, waived: set[int]) -> None:
        manifest, arrival = candidate.manifest, candidate.arrival
        earlier = history.exports.get(manifest.export_id)
        if earlier and earlier.manifest_sha256 == manifest.sha256:
            if arrival.from_landing and self.log.is_same(arrival):
                self.receipts.append(self._known(manifest, earlier))
                return
            root = arrival.open(self.work)
            if _same_bytes(manifest, root):
                self._answer(candidate, self._known(manifest, earlier))
                return
        root = arrival.open(self.work)
        place = self._place_findings(manifest, history, waived)
        examination = self._examine(manifest, root, history, with_history=not place)
        findings = place + examination.findings
        if not findings:
            self._accept(candidate, examination, root, history)
        elif [finding.code for finding in findings] == ["sequence_gap"]:
            hold(self.home, arrival, manifest.instance, manifest.export_id)
            self._answer(candidate, self._receipt(examination, HELD, findings))
        else:
            self._answer(candidate, self._receipt(examination, REFUSED, findings))

    def _place_findings(self, manifest: Manifest, history: History, waived: set[int]) -> list[Finding]:
        """Return what is wrong with the export's place among the others: contract, instance, id, sequence."""
        findings = []
        if not manifest.contract_is_known:
            findings.append(Finding("contract_unknown", file="datapackage.json"))
        if manifest.instance not in self.registered:
            findings.append(Finding("instance_unknown", file="datapackage.json"))
        sequences = {export.sequence: export.export_id for export in history.exports.values()}
        if manifest.export_id in history.exports:
            findings.append(Finding("export_id_reused", file="datapackage.json"))
        elif manifest.sequence in sequences:
            findings.append(Finding("sequence_reused", file="datapackage.json"))
        elif not all(before in sequences or before in waived for before in range(1, manifest.sequence)):
            findings.append(Finding("sequence_gap", file="datapackage.json"))
        return findings

    def _examine(
        self, manifest: Manifest, root: Path, history: History, *, with_history: bool
    ) -> Examination:
        if manifest.erasures:
            self.bench.connection.executemany(
                "insert into erased values (?)",
                [(self.key.pseudonym("erased", manifest.instance, person),) for person in manifest.erasures],
            )
        erased = self.bench.once("select count(*) from erased").fetchone()[0]
        version = manifest.version if manifest.contract_is_known else CURRENT_VERSION
        examiner = Examiner(
            self.bench,
            load_contract(version),
            manifest.instance,
            history,
            self.work,
            with_history=with_history,
            any_erased=bool(erased),
        )
        return examiner.examine(manifest, root)

    def _receipt(self, examination: Examination, status: str, findings: list[Finding]) -> Receipt:
        rows = self.bench.once(
            "select code, entity, file, line, column_name from quarantine order by entity, line, code limit ?",
            [ERRORS_KEPT],
        ).fetchall()
        total = self.bench.once("select count(*) from quarantine").fetchone()[0]
        errors, left_out = errors_of([*findings, *(Finding(*row) for row in rows)])
        counts = examination.counts
        if status != ACCEPTED:
            counts = {name: {**count, "loaded": 0, "known": 0} for name, count in counts.items()}
        return Receipt(
            examination.manifest.export_id,
            examination.manifest.instance,
            status,
            errors,
            counts,
            errors_left_out=left_out + total - len(rows),
        )

    def _known(self, manifest: Manifest, earlier: CommittedExport) -> Receipt:
        counts = {
            name: {
                "received": received,
                "loaded": 0,
                "known": received - quarantined,
                "quarantined": quarantined,
            }
            for name, received, quarantined in self.bench.once(
                f"select entity, received, quarantined from read_parquet({quoted(earlier.file('_entity'))})"
            ).fetchall()
        }
        return Receipt(manifest.export_id, manifest.instance, KNOWN, (), counts)

    def _accept(self, candidate: _Candidate, examination: Examination, root: Path, history: History) -> None:
        manifest = examination.manifest
        committed = accept(
            self.bench,
            self.home,
            examination,
            history,
            key=self.key,
            content_sha256=content_hash(manifest),
            accepted_at=datetime.now(UTC),
        )
        self._answer(candidate, self._receipt(examination, ACCEPTED, []))
        release(self.home, candidate.arrival, manifest.instance)
        self.log.remember(candidate.arrival, ACCEPTED)
        if manifest.erasures:
            forget_files_kept(self.home, self.log, manifest.instance, keep=candidate.arrival.place)
        history.exports[committed.export_id] = committed

    def _answer(self, candidate: _Candidate, receipt: Receipt) -> None:
        """Write the receipt, and the attempt where nothing was loaded, unless an unchanged export gets the same answer."""
        arrival = candidate.arrival
        folder, stem = outbox_place(
            self.home,
            candidate.instance,
            candidate.export_id,
            candidate.instance in self.registered,
            export_id_hint(arrival.place),
        )
        unchanged = (arrival.from_landing or arrival.held) and self.log.is_same(arrival)
        if unchanged and _latest(folder / f"{stem}.receipt.json") == receipt.content():
            self.receipts.append(
                Receipt(
                    receipt.export_id,
                    receipt.instance,
                    receipt.status,
                    receipt.errors,
                    receipt.counts,
                    folder / f"{stem}.receipt.json",
                    receipt.errors_left_out,
                )
            )
            return
        if receipt.status != ACCEPTED:
            manifest = candidate.manifest
            write_attempt(
                self.home,
                folder,
                stem,
                receipt,
                sequence=manifest.sequence if manifest else None,
                manifest_sha256=manifest.sha256 if manifest else None,
            )
        self.receipts.append(write_receipt(folder, stem, receipt))
        self.log.remember(arrival, receipt.status)


def _latest(path: Path) -> dict | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _same_bytes(manifest: Manifest, root: Path) -> bool:
    present, plain = files_in(root)
    if not plain or present != {resource.path for resource in manifest.resources}:
        return False
    return all(
        hash_file(root / resource.path) == (resource.hash, resource.bytes) for resource in manifest.resources
    )


def content_hash(manifest: Manifest) -> str:
    """Return one hash for the descriptor and all files it declares, which were found to be as declared."""
    digest = hashlib.sha256(manifest.sha256.encode())
    for resource in sorted(manifest.resources, key=lambda resource: resource.path):
        digest.update(f"\n{resource.path}\0{resource.hash}".encode())
    return digest.hexdigest()


def ingest(home: VetroHome, paths: Sequence[Path] = (), *, progress: Progress | None = None) -> list[Receipt]:
    """Take in the exports at `paths`, or all that stand in landing, and return a receipt for each.

    A path is an export folder, a zip, or a folder of exports; they may come in any order, and exports of one instance
    are loaded in theirs. Exports held before are tried too. `progress` hears (label, done, total).

    PathUnusable for a path that holds no export; RegistryError if `instances.yaml` cannot be read; KeyUnsafe if the
    key can be read by others. No export, however hostile, raises: it gets a receipt.
    """
    home.ensure()
    key, registered = open_key(home), read_instances(home)
    with locked(home), _work(home) as work:
        finish_erasures(home)
        discard(home.raw_incoming.iterdir())
        write_schemas(home)
        arrivals = find_arrivals(home, paths)
        if not arrivals:
            return []
        done = 0

        def step(label: str) -> None:
            nonlocal done
            if progress:
                progress(label, done, len(arrivals))
            done += 1

        log = LandingLog.read(home)
        with open_workbench(home, key) as bench:
            create_held_tables(bench)
            door = _Door(home, bench, key, registered, log, work, step)
            try:
                door.run(_without_doubles([_read(arrival) for arrival in arrivals]))
            finally:
                log.write()
        if progress:
            progress("", len(arrivals), len(arrivals))
        return door.receipts


def waive(home: VetroHome, instance: str, sequence: int) -> None:
    """Declare that export `sequence` of `instance` will not come, so that those held behind it load at the next run.

    KeyError for an instance that is not registered, ValueError for a sequence below 1 or one already accepted.
    """
    if instance not in read_instances(home):
        raise KeyError(f"{instance}: istanza non registrata / instance not registered")
    home.ensure()
    with locked(home):
        write_waiver(home, instance, sequence)


__all__ = ["Receipt", "export_folder", "ingest", "waive"]
