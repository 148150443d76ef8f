"""Landing ages: exports that are in, or were refused, leave landing after their time.

Arrives: the policy and the time. Leaves: fewer files with direct identifiers, and a line in
`operations/landing_retention.jsonl` for each export that went. Receipts stay, and raw is the proof that an
export is in. Erasing a person does not belong here (`erasure`).
"""

import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from core.home import VetroHome
from ingestion.instances import mapped_instances, read_instances
from ingestion.landing.exports import LandedExport, find_exports
from ingestion.landing.log import LandingLog
from ingestion.raw.layer import export_folder, locked
from ingestion.receipts import ACCEPTED, KNOWN, REFUSED, UNKNOWN_FOLDER

_GOING = ".aged-"


@dataclass(frozen=True)
class LandingPolicy:
    """For how many days landing keeps an export: once it is in, and once it was refused."""

    loaded_days: int = 90
    refused_days: int = 30


@dataclass(frozen=True)
class AgedOut:
    """How many exports left landing."""

    loaded: int = 0
    refused: int = 0

    @property
    def total(self) -> int:
        """Both together."""
        return self.loaded + self.refused


def age_out(home: VetroHome, policy: LandingPolicy, now: datetime | None = None) -> AgedOut:
    """Remove from landing what the policy no longer keeps at `now` (UTC, default: this moment).

    An export goes when its load was committed, or it was refused and has not been touched, for longer than
    the policy says. Held exports, those changed since ingestion saw them and unfinished uploads stay.
    """
    moment = now or datetime.now(UTC)
    counts = {ACCEPTED: 0, REFUSED: 0}
    with locked(home):
        _finish(home)
        log = LandingLog.read(home)
        for landed in find_exports(home, (), mapped_instances(read_instances(home))):
            # What was held is told by `held`; only what ingestion has answered as it stands now has an age.
            entry = log.entry(landed)
            if entry is None or landed.held or not log.is_same(landed):
                continue
            status = ACCEPTED if entry["status"] in (ACCEPTED, KNOWN) else entry["status"]
            since = _since(home, landed, entry, status)
            days = policy.loaded_days if status == ACCEPTED else policy.refused_days
            if since is None or moment - since <= timedelta(days=days):
                continue
            # Noted first: a line too many after a crash is better than a removal nobody knows of.
            _note(home, entry, status, since, moment)
            _remove(home, landed.place)
            log.forget(landed.place)
            counts[status] += 1
        if any(counts.values()):
            log.write()
    return AgedOut(counts[ACCEPTED], counts[REFUSED])


def _since(home: VetroHome, landed: LandedExport, entry: dict, status: str) -> datetime | None:
    """Return when the export's load was committed, or its files last changed if it was refused, else None."""
    if status == REFUSED:
        # The time of change, unlike that of modification, cannot be set by whoever brought the file.
        changed = [landed.place.lstat().st_ctime]
        if not landed.is_zip:
            changed += [path.lstat().st_ctime for path in landed.place.rglob("*")]
        return datetime.fromtimestamp(max(changed), UTC)
    if status != ACCEPTED:
        return None
    committed = export_folder(home, entry["instance"], entry["export_id"]) / "_export.parquet"
    if not committed.is_file():
        return None
    accepted_at = pq.read_table(committed, columns=["accepted_at"]).column(0)[0].as_py()
    return accepted_at.replace(tzinfo=UTC)


def _note(home: VetroHome, entry: dict, status: str, since: datetime, moment: datetime) -> None:
    known = entry["instance"] != UNKNOWN_FOLDER
    line = {
        "removed_at": moment.isoformat(timespec="seconds"),
        # Where ingestion could not make out an instance, the name is whatever a stranger chose.
        "instance": entry["instance"] if known else None,
        "export_id": entry["export_id"] if known else None,
        "status": status,
        "since": since.isoformat(timespec="seconds"),
    }
    home.operations.mkdir(parents=True, exist_ok=True)
    with (home.operations / "landing_retention.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _remove(home: VetroHome, place: Path) -> None:
    """Remove an export that stands in landing.

    It is renamed first, so that a process killed half-way leaves no half export for ingestion; and every
    folder is opened without following links, so that nothing outside landing can go.
    """
    *above, name = place.relative_to(home.landing).parts
    folder = os.open(home.landing, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in above:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        os.rename(name, _GOING + name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
        _erase(_GOING + name, folder)
    finally:
        os.close(folder)


def _erase(name: str, folder: int) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except IsADirectoryError:
        shutil.rmtree(name, dir_fd=folder)


def _finish(home: VetroHome) -> None:
    """Remove what a killed process had begun to remove."""
    for parent, folders, files, descriptor in os.fwalk(home.landing, follow_symlinks=False):
        going = [name for name in (*folders, *files) if name.startswith(_GOING)]
        # Below what is held or being worked on nothing is ours.
        held = home.landing_held.name if Path(parent) == home.landing else None
        folders[:] = [name for name in folders if name not in going and name != held]
        for name in going:
            _erase(name, descriptor)
