"""Ingestion: exports come in, are validated, and are wholly in or wholly out.

Arrives: paths of exports, or whatever stands in landing. Leaves: committed exports in raw, held ones
under `landing/.held/`, and a receipt for every attempt. What is decided over one export does not
belong here (`instance_exports`).
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Lock

from core.atomic_files import discard
from core.errors import Kind, VetroError
from core.home import VetroHome
from core.progress import Progress
from core.settings import MachineSettings
from ingestion.adapters.mapping import Mapping
from ingestion.adapters.mapping_files import read_mapping
from ingestion.instances import Instance, mapped_instances, read_instances
from ingestion.landing.exports import LandedExport, PathUnusable, find_exports
from ingestion.landing.log import LandingLog
from ingestion.loading.acknowledgement import Acknowledgement
from ingestion.loading.instance_exports import InstanceIngestion
from ingestion.privacy.pseudonyms import PseudonymKey, open_key
from ingestion.raw.file_transaction import finish_transactions
from ingestion.raw.layer import export_folder, locked, write_schemas
from ingestion.raw.upgrade import upgrade_raw
from ingestion.raw.waivers import write_waiver
from ingestion.receipts import KNOWN, Receipt
from ingestion.session import open_session
from ingestion.validation.history import create_held_tables

# A large file of one instance needs about as much to be validated without spilling.
MEMORY_OF_ONE_MB = 1000


@contextmanager
def _work(home: VetroHome) -> Iterator[Path]:
    """Give an empty `landing/.work/`, and leave none."""
    discard([home.landing_work])
    home.landing_work.mkdir(parents=True)
    try:
        yield home.landing_work
    finally:
        discard([home.landing_work])


def _without_doubles(exports: list[LandedExport]) -> list[LandedExport]:
    """Drop a held export that was brought again in this run: the one brought speaks for both."""
    brought = {c.manifest.sha256 for c in exports if c.manifest and not c.held}
    return [c for c in exports if not (c.held and c.manifest and c.manifest.sha256 in brought)]


def _unchanged(home: VetroHome, log: LandingLog, landed: LandedExport) -> Receipt | None:
    """Return the answer to an export in landing that is in already and was not touched since, read
    from the log.
    """
    told = log.answer(landed) if landed.from_landing else None
    if told is None or not export_folder(home, told["instance"], told["export_id"]).is_dir():
        return None
    counts = {
        name: {**count, "loaded": 0, "known": count["received"] - count["quarantined"]}
        for name, count in told["counts"].items()
    }
    path = home.outbox / told["instance"] / f"{told['export_id']}.receipt.json"
    return Receipt(told["export_id"], told["instance"], KNOWN, (), counts, path)


def _ingest_instances(
    home: VetroHome,
    key: PseudonymKey,
    acknowledgement: Acknowledgement,
    mappings: dict[str, Mapping],
    work: Path,
    groups: dict[str, list[LandedExport]],
    step: Callable[[str], None],
) -> None:
    """Ingest the exports of every instance, as many instances at a time as threads and memory allow: they
    share nothing."""
    waiting: SimpleQueue[str] = SimpleQueue()
    # The one with most to tell first, so that no core is left alone with it at the end.
    for instance in sorted(groups, key=lambda name: -len(groups[name])):
        waiting.put(instance)
    machine = MachineSettings()
    threads = machine.threads
    workers = min(threads, len(groups), max(1, machine.memory_megabytes // MEMORY_OF_ONE_MB))

    def ingest_waiting(number: int) -> None:
        place = work / str(number)
        place.mkdir()
        with open_session(place, key, threads=threads // workers, share=workers) as session:
            create_held_tables(session)
            ingestion = InstanceIngestion(session, key, acknowledgement, mappings, place, step)
            while not waiting.empty():
                instance = waiting.get()
                ingestion.ingest(instance, groups[instance])

    if workers == 1:
        ingest_waiting(0)
        return
    with ThreadPoolExecutor(workers) as pool:
        for finished in [pool.submit(ingest_waiting, number) for number in range(workers)]:
            finished.result()


def _mappings(
    home: VetroHome, registered: dict[str, Instance], landed_exports: list[LandedExport]
) -> dict[str, Mapping]:
    """Return the mappings of the instances that brought foreign files."""
    foreign = sorted({landed.foreign for landed in landed_exports if landed.foreign})
    return {instance: read_mapping(home, registered[instance].mapping) for instance in foreign}


def ingest(
    home: VetroHome,
    paths: Sequence[Path] = (),
    *,
    instance: str | None = None,
    progress: Progress | None = None,
) -> list[Receipt]:
    """Take in the exports at `paths`, or all that stand in landing, and return a receipt for each.

    A path is an export folder, a zip, or a folder of exports; they may come in any order, and exports of one
    instance are loaded in theirs. Exports held before are tried too. `instance` names the instance whose
    mapping reads the paths that are no contract exports; it is known already where they stand in its landing
    folder. `progress` hears (label, done, total).

    PathUnusable for a path that holds no export, or an `instance` without a mapping; FileUnusable if
    `instances.yaml` cannot be read, FileUnusable if a mapping cannot; VetroError if the key can be read by
    others. No export, however hostile, raises: it gets a receipt.
    """
    home.ensure()
    registered = read_instances(home)
    mapped = mapped_instances(registered)
    if instance is not None and instance not in mapped:
        raise PathUnusable(
            f"{instance}: istanza senza mapping in instances.yaml / "
            f"instance without mapping in instances.yaml"
        )
    with locked(home), _work(home) as work:
        finish_transactions(home)
        key = open_key(home)
        discard(home.raw_incoming.iterdir())
        upgrade_raw(home)
        write_schemas(home)
        landed_exports = find_exports(home, paths, mapped, instance)
        log = LandingLog.read(home)
        acknowledgement = Acknowledgement(home, registered, log, [])
        mappings = _mappings(home, registered, landed_exports)
        counting, done = Lock(), 0

        def step(label: str) -> None:
            nonlocal done
            with counting:
                if progress:
                    progress(label, done, len(landed_exports))
                done += 1

        exports = []
        for order, landed in enumerate(landed_exports):
            landed.order = order
            if receipt := _unchanged(home, log, landed):
                acknowledgement.given.append((order, receipt))
                step(receipt.export_id)
            else:
                landed.read_manifest()
                exports.append(landed)
        groups: dict[str, list[LandedExport]] = {}
        try:
            for export in _without_doubles(exports):
                if export.manifest is None and export.foreign is None:
                    step(export.place.name)
                    acknowledgement.refuse_unread(export)
                else:
                    groups.setdefault(export.instance, []).append(export)
            if groups:
                _ingest_instances(home, key, acknowledgement, mappings, work, groups, step)
        finally:
            log.write()
        if progress and landed_exports:
            progress("", len(landed_exports), len(landed_exports))
        return [receipt for _, receipt in sorted(acknowledgement.given, key=lambda given: given[0])]


def waive(home: VetroHome, instance: str, sequence: int) -> None:
    """Declare that export `sequence` of `instance` will not come, so that those behind it load at
    the next run.

    VetroError for an instance that is not registered, and for a sequence below 1 or one already accepted.
    """
    if instance not in read_instances(home):
        raise VetroError(
            f"{instance}: istanza non registrata: scriverla come in instances.yaml / "
            "instance not registered: write it as in instances.yaml",
            kind=Kind.USAGE,
        )
    home.ensure()
    with locked(home):
        write_waiver(home, instance, sequence)


__all__ = ["Receipt", "ingest", "waive"]
