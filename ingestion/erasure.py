"""The right to be forgotten: what was told about a person leaves the raw layer.

Arrives: the record ids that an instance erases. Leaves: rewritten Parquet files. Staged first, swapped in
after the erasing export is committed, and finished at the next start if the process died in between.
Recognising rows that name an erased person again does not belong here (`row_history`).
"""

import json
import os
from pathlib import Path

from ingestion.contract import Entity, load_contract
from ingestion.home import VetroHome
from ingestion.raw_layer import CommittedExport, discard, sync
from ingestion.reference_data import quoted
from ingestion.workbench import Workbench

# Gone with the person, because they tell of the person; every other entity stays, without naming anybody.
REMOVED = ("person", "household_member", "request", "assessment", "booking", "measurement")
_JOURNAL = "journal.json"


def _staging(home: VetroHome, instance: str, export_id: str) -> Path:
    return home.raw_incoming / f"{instance}~{export_id}.erasure"


def _rewritten(entity: Entity) -> str:
    """Return the SQL that reads an entity's file without the persons in the table `erasing`."""
    column = entity.person_columns[0]
    if entity.name in REMOVED:
        others = f"coalesce({column} not in (select record_id from erasing), true)"
        return f"select * from read_parquet($file) where {others}"
    return (
        f"select * replace (case when {column} in (select record_id from erasing) then null else "
        f"{column} end "
        f"as {column}) from read_parquet($file)"
    )


def stage_erasures(
    bench: Workbench,
    home: VetroHome,
    exports: list[CommittedExport],
    instance: str,
    export_id: str,
    persons: tuple[str, ...],
) -> bool:
    """Write, beside the raw layer, the files of `exports` without `persons`; return whether any file has to
    change.

    Nothing is replaced yet: `finish_erasures` does it once the erasing export is in.
    """
    bench.empty("erasing")
    bench.connection.executemany("insert into erasing values (?)", [(person,) for person in persons])
    staging = _staging(home, instance, export_id)
    discard([staging] if staging.exists() else [])
    moves: list[list[str]] = []
    for entity in load_contract().entities.values():
        if not entity.person_columns:
            continue
        column = entity.person_columns[0]
        for export in exports:
            if entity.name not in export.loaded:
                continue
            source = quoted(export.file(entity.name))
            named = bench.once(
                f"select 1 from read_parquet({source}) where {column} in (select record_id from "
                f"erasing) limit 1"
            ).fetchone()
            if not named:
                continue
            staging.mkdir(parents=True, exist_ok=True)
            staged = staging / f"{len(moves)}.parquet"
            bench.once(
                f"copy ({_rewritten(entity).replace('$file', source)}) to {quoted(staged)} "
                f"(format parquet, compression zstd)"
            )
            sync(staged)
            moves.append([staged.name, os.path.relpath(export.file(entity.name), home.raw)])
    if not moves:
        return False
    (staging / _JOURNAL).write_text(
        json.dumps({"instance": instance, "export_id": export_id, "moves": moves})
    )
    sync(staging / _JOURNAL)
    sync(staging)
    return True


def erased_records(bench: Workbench, exports: list[CommittedExport]) -> list[tuple[str, str]]:
    """Return (entity, record_id) of what goes with the persons last staged, themselves left out."""
    records = set()
    for name in REMOVED:
        entity = load_contract().entities[name]
        column = entity.person_columns[0]
        for export in exports:
            if name == "person" or name not in export.loaded:
                continue
            found = bench.once(
                f"select distinct record_id from read_parquet({quoted(export.file(name))}) "
                f"where {column} in (select record_id from erasing)"
            )
            records |= {(name, record_id) for (record_id,) in found.fetchall()}
    return sorted(records)


def finish_erasures(home: VetroHome, instance: str | None = None) -> int:
    """Swap in the staged files of every committed erasing export, drop those of an export that never got in.

    With an instance, only of its exports: another may be staging at the same time.

    Returns how many exports were finished. Safe to repeat: a move already made is skipped.
    """
    finished = 0
    for staging in sorted(home.raw_incoming.glob("*.erasure")):
        if instance is not None and not staging.name.startswith(f"{instance}~"):
            continue
        journal = staging / _JOURNAL
        moves = json.loads(journal.read_text()) if journal.exists() else None
        if moves and (home.raw / f"instance={moves['instance']}" / f"export={moves['export_id']}").is_dir():
            for staged, target in moves["moves"]:
                if (staging / staged).exists():
                    (staging / staged).replace(home.raw / target)
                    sync((home.raw / target).parent)
            finished += 1
        discard([staging])
    return finished
