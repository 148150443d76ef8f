"""The operations status: what each step did, beside the releases, so that a red gate can be explained.

Results of steps arrive, `VETRO_HOME/operations/status.duckdb` leaves, replaced as a whole each time so that
a reader never finds it half written. Counts, names and times only: no value of any export belongs here.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from core.duckdb_sessions import connect
from core.home import VetroHome
from core.locks import exclusive
from core.sql import literal
from ingestion.instances import read_instances
from orchestration import stopping
from orchestration.failures import reason
from quality.check_result import CRITICAL, CheckResult

SCHEMA = """
create table run (step varchar, started_at timestamp, seconds double, outcome varchar, detail varchar);
create table export (instance_id varchar, export_id varchar, status varchar, period_to date, received bigint,
                     loaded bigint, known bigint, quarantined bigint, sequence bigint, created timestamp,
                     answered_at timestamp, attempts bigint, codes varchar);
create table check_result (gate varchar, check_name varchar, passed boolean, observed_count bigint,
                           total_count bigint, severity varchar, checked_at timestamp,
                           detail_it varchar, detail_en varchar, could_not_run boolean);
create table finding (gate varchar, check_name varchar, instance_id varchar, subject varchar);
create table gate (green boolean, checked_at timestamp);
create table release (release_id varchar, created_at timestamp);
create table contact (instance_id varchar, contact varchar);
create table run_history (step varchar, started_at timestamp, seconds double, outcome varchar, rows bigint);
"""
TABLES = ("run", "export", "check_result", "finding", "gate", "release", "contact", "run_history")
# Of each step: a sensor may look every few minutes, and a night of it must not push the builds out.
KEPT_RUNS = 100


@dataclass
class Step:
    """One step of the pipeline as it happened. `outcome`: ok, unchanged, refused, red, failed; `rows`: how
    many it loaded, built or published, None where rows are not what it makes.
    """

    name: str
    started_at: datetime
    seconds: float = 0.0
    outcome: str = "ok"
    detail: str = ""
    rows: int | None = None


@dataclass
class Status:
    """The whole content of the status database, one list of rows per table."""

    run: list[tuple] = field(default_factory=list)
    export: list[tuple] = field(default_factory=list)
    check_result: list[tuple] = field(default_factory=list)
    finding: list[tuple] = field(default_factory=list)
    gate: list[tuple] = field(default_factory=list)
    release: list[tuple] = field(default_factory=list)
    contact: list[tuple] = field(default_factory=list)
    run_history: list[tuple] = field(default_factory=list)

    def steps(self) -> list[Step]:
        """The latest run of every step, in the order they happened."""
        return [Step(*row) for row in sorted(self.run, key=lambda row: row[1])]

    def failed_checks(self) -> list[CheckResult]:
        """The critical checks that did not pass, those that could not run first."""
        results = [replace(CheckResult(*row), could_not_run=bool(row[-1])) for row in self.check_result]
        failed = [result for result in results if not result.passed and result.severity == CRITICAL]
        return sorted(failed, key=lambda result: not result.could_not_run)


def read(home: VetroHome) -> Status:
    """Return the status as last written; an empty one when nothing ran yet."""
    if not home.status_database.is_file():
        return Status()
    # A copy of the bytes under a fresh name: DuckDB remembers files by path, and this path is replaced.
    with _scratch(home) as copy:
        copy.write_bytes(home.status_database.read_bytes())
        with connect() as connection:
            connection.execute(SCHEMA)
            connection.execute(f"attach {literal(copy)} as kept (read_only)")
            kept = connection.sql("select table_name from duckdb_tables() where database_name = 'kept'")
            held = {name for (name,) in kept.fetchall()}
            for name in held.intersection(TABLES):
                # By name: one that an earlier version wrote may lack a column, or a whole table.
                connection.execute(f"insert into {name} by name select * from kept.{name}")
            return Status(**{name: connection.sql(f"select * from {name}").fetchall() for name in TABLES})


def write(home: VetroHome, status: Status) -> None:
    """Replace the status database in one rename."""
    home.operations.mkdir(parents=True, exist_ok=True)
    with _scratch(home) as fresh:
        with connect(fresh) as connection:
            connection.execute(SCHEMA)
            for name in TABLES:
                rows = getattr(status, name)
                if rows:
                    # In one statement: one for each row takes seconds over a long history.
                    marks = ", ".join([f"({', '.join('?' * len(rows[0]))})"] * len(rows))
                    connection.execute(f"insert into {name} values {marks}", list(chain.from_iterable(rows)))
        fresh.replace(home.status_database)


@contextlib.contextmanager
def step(home: VetroHome, name: str) -> Iterator[Step]:
    """Time one step and record how it ended; an exception is recorded as `failed` and goes on its way."""
    this = Step(name, _now())
    clock = time.perf_counter()
    try:
        yield this
    except BaseException as error:
        this.outcome, this.detail = "failed", "stopped" if stopping.received() else reason(error)
        raise
    finally:
        this.seconds = round(time.perf_counter() - clock, 2)
        with _changing(home) as status:
            status.run = [row for row in status.run if row[0] != name]
            status.run.append((this.name, this.started_at, this.seconds, this.outcome, this.detail))
            status.run_history = _with(this, status.run_history)


def _with(this: Step, history: list[tuple]) -> list[tuple]:
    """The history with this run, without the oldest of its step."""
    others = [row for row in history if row[0] != this.name]
    same = sorted((row for row in history if row[0] == this.name), key=lambda row: row[1])
    same.append((this.name, this.started_at, this.seconds, this.outcome, this.rows))
    return [*others, *same[-KEPT_RUNS:]]


def record_exports(home: VetroHome) -> None:
    """Rewrite the export table from the raw layer and its attempts, and whom to call from the register."""
    registered = read_instances(home)
    with _changing(home) as status:
        status.export = _exports(home)
        status.contact = [(name, each.contact) for name, each in registered.items() if each.contact]


def record_gate(
    home: VetroHome, green: bool, results: Sequence[tuple], findings: Sequence[tuple] = ()
) -> None:
    """Record the verdict, the check results, columns as in `check_result`, and who and what broke a rule,
    columns as in `finding`."""
    with _changing(home) as status:
        status.gate = [(green, _now())]
        status.check_result = list(results)
        status.finding = list(findings)


def record_release(home: VetroHome, release_id: str, created_at: datetime) -> None:
    """Record which release is current."""
    with _changing(home) as status:
        status.release = [(release_id, created_at)]


@contextlib.contextmanager
def _changing(home: VetroHome) -> Iterator[Status]:
    """Yield what is recorded, and record it as the body leaves it. Steps of two processes may end at once."""
    home.root.mkdir(parents=True, exist_ok=True)
    with exclusive(home.root / ".status.lock", "recording a step"):
        status = read(home)
        yield status
        write(home, status)


def _exports(home: VetroHome) -> list[tuple]:
    """One row per export: the committed ones with their row counts, then attempts that never came in, with
    how often and the codes of the last."""
    rows: list[tuple] = []
    if next(home.raw.glob("instance=*/export=*/_export.parquet"), None):
        pattern = str(home.raw / "instance=*" / "export=*")
        with connect() as connection:
            rows = connection.execute(
                """
                with entity as (
                    select instance_id, export_id, sum(received) as received, sum(loaded) as loaded,
                           sum(known) as known, sum(quarantined) as quarantined
                    from read_parquet($entities, hive_partitioning = false, union_by_name = true)
                    group by instance_id, export_id
                )
                select e.instance_id, e.export_id, 'accepted', e.period_to,
                       coalesce(n.received, 0)::bigint, coalesce(n.loaded, 0)::bigint,
                       coalesce(n.known, 0)::bigint, coalesce(n.quarantined, 0)::bigint,
                       e.sequence, e.created, e.accepted_at, 0, ''
                from read_parquet($exports, hive_partitioning = false, union_by_name = true) as e
                left join entity as n on n.instance_id = e.instance_id and n.export_id = e.export_id
                order by e.instance_id, e.sequence
                """,
                {"entities": f"{pattern}/_entity.parquet", "exports": f"{pattern}/_export.parquet"},
            ).fetchall()
    accepted = {(row[0], row[1]) for row in rows}
    latest: dict[tuple[str, str], dict] = {}
    for path in home.raw_attempts.glob("*/*.json"):
        attempt = json.loads(path.read_text(encoding="utf-8"))
        key = (str(attempt["instance_id"]), str(attempt["export_id"]))
        if int(attempt["attempt"]) > int(latest.get(key, {"attempt": 0})["attempt"]):
            latest[key] = attempt
    for key, attempt in sorted(latest.items()):
        if key in accepted or attempt["status"] == "known":
            continue
        answered = attempt.get("attempted_at")
        at = datetime.fromisoformat(answered).astimezone(UTC).replace(tzinfo=None) if answered else None
        codes = ",".join(attempt.get("codes") or ())
        counts = (None, 0, 0, 0, 0)
        told = (attempt.get("sequence"), None, at, int(attempt["attempt"]), codes)
        rows.append((*key, str(attempt["status"]), *counts, *told))
    return rows


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


@contextlib.contextmanager
def _scratch(home: VetroHome) -> Iterator[Path]:
    """A path in the operations folder that is gone afterwards, whatever happened."""
    path = home.operations / f".status.{os.getpid()}.{time.monotonic_ns()}.duckdb"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
        path.with_suffix(".duckdb.wal").unlink(missing_ok=True)
