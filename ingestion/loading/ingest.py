"""Ingestion: exports come in, are validated, and are wholly in or wholly out.

Arrives: paths of exports, or whatever stands in landing. Leaves: committed exports in raw, held ones under
`landing/.held/`, and a receipt for every attempt. What is decided over one export does not belong here
(`attempt`).
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Lock

from core.atomic_files import discard
from core.home import VetroHome
from ingestion.adapters.mapping import Mapping
from ingestion.adapters.mapping_files import read_mapping
from ingestion.instances import Instance, mapped_instances, read_instances
from ingestion.landing.exports import LandedExport, PathUnusable, find_exports
from ingestion.landing.log import LandingLog
from ingestion.loading.instance_exports import Answers, Candidate, InstanceIngestion, read_candidate
from ingestion.privacy.pseudonyms import PseudonymKey, open_key
from ingestion.raw.file_transaction import finish_transactions
from ingestion.raw.layer import export_folder, locked, write_schemas
from ingestion.raw.upgrade import upgrade_raw
from ingestion.raw.waivers import InstanceUnknown, write_waiver
from ingestion.receipts import KNOWN, Receipt
from ingestion.session import open_session
from ingestion.validation.history import create_held_tables

Progress = Callable[[str, int, int], None]
CORES = 2


@contextmanager
def _work(home: VetroHome) -> Iterator[Path]:
    """Give an empty `landing/.work/`, and leave none."""
    discard([home.landing_work] if home.landing_work.exists() else [])
    home.landing_work.mkdir(parents=True)
    try:
        yield home.landing_work
    finally:
        discard([home.landing_work])


def _without_doubles(candidates: list[Candidate]) -> list[Candidate]:
    """Drop a held export that was brought again in this run: the one brought speaks for both."""
    brought = {c.manifest.sha256 for c in candidates if c.manifest and not c.landed.held}
    return [c for c in candidates if not (c.landed.held and c.manifest and c.manifest.sha256 in brought)]


def _unchanged(home: VetroHome, log: LandingLog, landed: LandedExport) -> Receipt | None:
    """Return the answer to an export in landing that is in already and was not touched since, read from the
    log.
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


def _pass_instances(
    home: VetroHome,
    key: PseudonymKey,
    answers: Answers,
    work: Path,
    groups: dict[str, list[Candidate]],
    step: Callable[[str], None],
) -> None:
    """Take every instance through ingestion, two at a time where there are several: they share nothing."""
    waiting: SimpleQueue[str] = SimpleQueue()
    # The one with most to tell first, so that no core is left alone with it at the end.
    for instance in sorted(groups, key=lambda name: -len(groups[name])):
        waiting.put(instance)
    workers = min(CORES, len(groups))

    def pass_waiting(number: int) -> None:
        place = work / str(number)
        place.mkdir()
        with open_session(place, key, threads=CORES // workers, share=workers) as session:
            create_held_tables(session)
            ingestion = InstanceIngestion(session, key, answers, place, step)
            while not waiting.empty():
                instance = waiting.get()
                ingestion.pass_through(instance, groups[instance])

    if workers == 1:
        pass_waiting(0)
        return
    with ThreadPoolExecutor(workers) as pool:
        for finished in [pool.submit(pass_waiting, number) for number in range(workers)]:
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

    PathUnusable for a path that holds no export, or an `instance` without a mapping; RegistryError if
    `instances.yaml` cannot be read, MappingError if a mapping cannot; KeyUnsafe if the key can be read by
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
        answers = Answers(home, registered, log, [], _mappings(home, registered, landed_exports))
        counting, done = Lock(), 0

        def step(label: str) -> None:
            nonlocal done
            with counting:
                if progress:
                    progress(label, done, len(landed_exports))
                done += 1

        candidates = []
        for place, landed in enumerate(landed_exports):
            if receipt := _unchanged(home, log, landed):
                answers.given.append((place, receipt))
                step(receipt.export_id)
            else:
                candidates.append(read_candidate(landed, place))
        groups: dict[str, list[Candidate]] = {}
        try:
            for candidate in _without_doubles(candidates):
                if candidate.manifest is None and candidate.landed.foreign is None:
                    step(candidate.landed.place.name)
                    answers.refuse_unread(candidate)
                else:
                    groups.setdefault(candidate.instance, []).append(candidate)
            if groups:
                _pass_instances(home, key, answers, work, groups, step)
        finally:
            log.write()
        if progress and landed_exports:
            progress("", len(landed_exports), len(landed_exports))
        return [receipt for _, receipt in sorted(answers.given, key=lambda given: given[0])]


def waive(home: VetroHome, instance: str, sequence: int) -> None:
    """Declare that export `sequence` of `instance` will not come, so that those behind it load at the next
    run.

    InstanceUnknown for an instance that is not registered, WaiverError for a sequence below 1 or one already
    accepted.
    """
    if instance not in read_instances(home):
        raise InstanceUnknown(
            f"{instance}: istanza non registrata: scriverla come in instances.yaml / "
            "instance not registered: write it as in instances.yaml"
        )
    home.ensure()
    with locked(home):
        write_waiver(home, instance, sequence)


__all__ = ["Receipt", "ingest", "waive"]
