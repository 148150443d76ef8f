"""DAGSTER_HOME, so that it works from the first moment and after any end: settings, storage, runs that died.

A home arrives; a folder in which any number of Dagster's processes may start at once leaves. What a run does
stands in `definitions`.
"""

import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import dagster as dg
from alembic.script import ScriptDirectory
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.sql import get_alembic_config

from core.errors import VetroError
from core.home import VetroHome
from core.locks import exclusive, is_held

# Dagster would take what a step writes to the terminal and copy it there by processes of its own: a bar that
# draws on a terminal could not, and our steps write nothing else.
DAGSTER_YAML = """\
telemetry: {enabled: false}
compute_logs: {module: dagster._core.storage.noop_compute_log_manager, class: NoOpComputeLogManager}
# A run whose process ended without a word is made again; one that failed in a step, as at a red gate, is not.
run_retries: {enabled: true, max_retries: 2, retry_on_asset_or_op_failure: false}
# A look that found nothing is of no use after some days.
retention: {sensor: {purge_after_days: {skipped: 7}}, schedule: {purge_after_days: {skipped: 7}}}
# Runs of a backfill would each wait for the turn in a process of its own: they wait in the queue instead.
concurrency: {runs: {tag_concurrency_limits: [{key: dagster/backfill, limit: 1}]}}
"""
# The address holds a password, and so it stands in no file that Dagster shows.
IN_POSTGRESQL = """\
storage: {postgres: {postgres_url: {env: DAGSTER_STORAGE_URL}}}
"""
# Where Dagster keeps runs, events and ticks; each database names the version of its tables.
STORAGE = ("history", "schedules")
DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
# A run that Dagster launched says that it lives only when it has loaded the definitions.
STARTING_SECONDS = 300


def prepare(home: VetroHome, *, in_postgresql: bool = False) -> None:
    """Make DAGSTER_HOME under VETRO_HOME: telemetry off, and the storage, which only one process may make.

    `in_postgresql`: the storage is the database that DAGSTER_STORAGE_URL names; VetroError where it does not
    answer. Two processes that make the same storage leave it with two versions, and no process can open it
    any more: where that has happened it is mended, and said on standard error.
    """
    home.dagster.mkdir(parents=True, exist_ok=True)
    with exclusive(home.dagster / ".prepare.lock", "preparing Dagster's folder"):
        settings = home.dagster / "dagster.yaml"
        content = DAGSTER_YAML + (IN_POSTGRESQL if in_postgresql else "")
        if not settings.is_file() or settings.read_text(encoding="utf-8") != content:
            fresh = settings.with_suffix(".new")
            fresh.write_text(content, encoding="utf-8")
            fresh.replace(settings)
        if in_postgresql:
            try:
                _open_all(home.dagster)
            except Exception:
                # What the driver says may tell the address with its password.
                raise VetroError(
                    "the PostgreSQL database of Dagster does not answer, or does not let us in: see to the "
                    "server and to secrets/dagster_storage (or VETRO_DAGSTER_STORAGE)."
                ) from None
            return
        for leftover in home.dagster.glob(".storage-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if not all((home.dagster / name).is_file() for name in DATABASES):
            _make_storage(home.dagster)
        _mend_versions(home.dagster)


@contextmanager
def alive(home: VetroHome, run_id: str) -> Iterator[None]:
    """Show, as long as the body runs and this process lives, that the run does.

    The mark stays, held by nobody, until `close_dead_runs` has asked Dagster how the run ended.
    """
    _living(home).mkdir(parents=True, exist_ok=True)
    with exclusive(_living(home) / run_id, f"run {run_id}"):
        yield


def close_dead_runs(home: VetroHome, instance: dg.DagsterInstance, *, but: str = "") -> int:
    """Tell Dagster which runs ended without a word, and free what they held; return how many are at work.

    `but` is the run that asks, which is not counted.
    """
    at_work = 0
    unfinished = [
        dg.DagsterRunStatus.NOT_STARTED,
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED,
        dg.DagsterRunStatus.CANCELING,
    ]
    for record in instance.get_run_records(dg.RunsFilter(statuses=unfinished)):
        run = record.dagster_run
        mark = _living(home) / run.run_id
        if run.run_id == but:
            continue
        if is_held(mark) if mark.exists() else _may_be_starting(record):
            at_work += 1
            continue
        instance.report_run_failed(run, "The process of this run ended without a word.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    for mark in _living(home).glob("*"):
        if mark.name != but and not is_held(mark):
            mark.unlink(missing_ok=True)
    # Slots of runs that are over, as earlier versions left them.
    for run_id in instance.event_log_storage.get_concurrency_run_ids():
        over = instance.get_run_by_id(run_id)
        if run_id != but and (over is None or over.is_finished):
            instance.event_log_storage.free_concurrency_slots_for_run(run_id)
    return at_work


def _living(home: VetroHome) -> Path:
    return home.dagster / "alive"


def _may_be_starting(record: dg.RunRecord) -> bool:
    begun = record.start_time or record.create_timestamp.timestamp()
    return time.time() - begun < STARTING_SECONDS


def _make_storage(folder: Path) -> None:
    """Make in a folder aside what is missing, and move it in whole: a kill leaves nothing half made."""
    aside = folder / f".storage-{os.getpid()}"
    aside.mkdir()
    (aside / "dagster.yaml").write_text(DAGSTER_YAML, encoding="utf-8")
    _open_all(aside)
    for name in STORAGE:
        place = folder / name
        if all((folder / database).is_file() for database in DATABASES if database.startswith(name)):
            continue
        # Half of it: Dagster could not have opened it.
        shutil.rmtree(place, ignore_errors=True)
        (aside / name).replace(place)
    shutil.rmtree(aside)


def _open_all(folder: Path) -> None:
    """Open every storage that a folder's settings name; where there is none yet, Dagster makes it."""
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        for storage in (instance.run_storage, instance.event_log_storage, instance.schedule_storage):
            if storage is None:
                raise RuntimeError("Dagster made no storage")


def _mend_versions(folder: Path) -> None:
    mended = [name for name in DATABASES if _mend_version(folder / name)]
    if mended:
        print(
            f"vetro: Dagster's storage in {folder} had been made by two processes at once and could not be "
            f"opened; mended: {', '.join(mended)}. Start its daemon and web server again.",
            file=sys.stderr,
        )


def _mend_version(database: Path) -> bool:
    """Leave one version, that of the tables, where two are noted; return whether it was so."""
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        try:
            noted = connection.execute("select version_num from alembic_version").fetchall()
        except sqlite3.OperationalError:
            return False
        if len(noted) < 2:
            return False
        connection.execute("delete from alembic_version")
        connection.execute("insert into alembic_version values (?)", [_newest_version()])
    return True


def _newest_version() -> str:
    """The version that Dagster gives to tables it makes."""
    head = ScriptDirectory.from_config(get_alembic_config(sqlite_run_storage.__file__)).get_current_head()
    if head is None:
        raise RuntimeError("Dagster names no version of its storage")
    return head
