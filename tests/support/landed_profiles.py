"""Profiles of simulated networks as the gate sees them, month by month, without files and without a build.

A scale and a seed arrive; the rows of every export are held in memory, and what the gate says of a month, as
it is or with a fault planted in the export of one territory, leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.contract.schema import Entity, load_contract
from quality.landed import judge_profile
from quality.profile import create_tables, profile_entity
from simulation.export import export_id
from simulation.months import date_of, first_day, month_count
from simulation.network import simulate
from simulation.rows import Rows, as_text

TYPES = {"date": "date", "datetime": "timestamptz", "integer": "bigint", "boolean": "boolean"}
TABLES = ("landed_rows", "landed_share", "landed_level")


class _HeldExports:
    """Takes the rows of one territory in the place of files."""

    held: list[tuple[str, str, pa.Table]]

    def __init__(self, folder: Path, instance: str, name: str, **_: object) -> None:
        self.folder, self.instance = folder, instance

    def append(self, rows: Rows) -> None:
        table = as_text(rows).append_column("month", pa.array(np.asarray(rows.month)))
        self.held.append((rows.entity, self.instance, table))

    def erase(self, month: int, record_id: str) -> None:
        pass

    def finish(self) -> int:
        return 0


@dataclass(frozen=True)
class Fault:
    """What is planted in the export of one territory: the rows of an entity are read as `rows` says, SQL with
    {rows} for what was simulated. entity None: every entity. check: what must find it.
    """

    name: str
    check: str
    entity: str | None
    rows: str


FAULTS = (
    Fault("volume halved", "volume", None, "(select * from {rows} where hash(record_id) % 2 = 0)"),
    Fault("entity missing", "silent_entity", "service_delivery", "(select * from {rows} where false)"),
    Fault(
        "amounts times 100",
        "values",
        "service_delivery",
        "(select * replace (amount_total * 100 as amount_total, amount_user * 100 as amount_user, "
        "amount_municipality * 100 as amount_municipality) from {rows})",
    ),
    Fault(
        "columns swapped",
        "values",
        "service_delivery",
        "(select * replace (amount_user as amount_municipality, amount_municipality as amount_user) "
        "from {rows})",
    ),
    Fault("state never sent", "status_mix", "request", "(select * from {rows} where status <> 'ACCEPTED')"),
)


class LandedNetwork:
    """One simulated network and its profile."""

    def __init__(self, scale: float, seed: int) -> None:
        held: list[tuple[str, str, pa.Table]] = []
        exports = type("Held", (_HeldExports,), {"held": held})
        simulate(Path("unwritten"), scale=scale, seed=seed, exports=exports)
        self.months = month_count()
        self.connection = duckdb.connect(config={"threads": 2})
        self.instances = sorted({instance for _, instance, _ in held})
        self._write_exports()
        create_tables(self.connection)
        self.entities: list[Entity] = []
        for entity in load_contract("1.0").entities.values():
            self._hold(entity, [(i, t) for e, i, t in held if e == entity.name])
        self.connection.execute("alter table landed_export rename to every_export")
        for table in TABLES:
            self.connection.execute(f"alter table {table} rename to every_{table}")

    def _write_exports(self) -> None:
        self.connection.execute("""
            create table landed_export (instance_id varchar, export_id varchar, sequence int, mode varchar,
                contract_version varchar, period_from date, period_to date)""")
        self.connection.executemany(
            "insert into landed_export values (?, ?, ?, ?, '1.0', ?, ?)",
            [
                (
                    instance,
                    export_id(instance, month),
                    month + 1,
                    "incremental" if month else "full",
                    date_of(first_day(month)),
                    date_of(first_day(month + 1) - 1),
                )
                for instance in self.instances
                for month in range(self.months)
            ],
        )

    def _hold(self, entity: Entity, parts: list[tuple[str, pa.Table]]) -> None:
        if not parts:
            return
        self.entities.append(entity)
        text = pa.concat_tables(
            table.append_column("instance_id", pa.array([instance] * len(table))) for instance, table in parts
        )
        columns = ", ".join(
            f'try_cast("{f.name}" as {TYPES.get(f.type, f"decimal(18, {f.decimals})")}) as "{f.name}"'
            if f.type in TYPES or f.type == "number"
            else f'"{f.name}"'
            for f in entity.fields
        )
        self.connection.register("text", text)
        self.connection.execute(f"""
            create table "row_{entity.name}" as
            select instance_id, export.export_id, export.period_to, {columns}
            from text inner join landed_export as export using (instance_id)
            where export.sequence = text.month + 1""")
        self.connection.unregister("text")
        self._profile(entity, f'"row_{entity.name}"')

    def _profile(self, entity: Entity, rows: str) -> None:
        profile_entity(self.connection, entity, rows)
        self.connection.execute(
            f"insert into landed_rows select instance_id, export_id, '{entity.name}', count(*) from {rows} "
            "group by all"
        )

    def findings(
        self, month: int, limits: dict, fault: Fault | None = None, instance: str | None = None
    ) -> set[tuple[str, str, str]]:
        """Return check, instance and subject of all that fails once the exports up to a month have landed,
        with a fault in that month's export of an instance.
        """
        c = self.connection
        c.execute(
            """
            create or replace table landed_export as
            select *, row_number() over (partition by instance_id order by sequence desc) as recency
            from every_export where sequence <= $month + 1""",
            {"month": month},
        )
        for table in TABLES:
            c.execute(f"""
                create or replace table {table} as
                select * from every_{table} where export_id in (select export_id from landed_export)""")
        if fault:
            self._plant(fault, export_id(instance, month))
        for (table,) in c.execute(
            "select table_name from information_schema.tables where table_name like 'share_outside%' "
            "or table_name in ('later_column', 'landed_volume', 'landed_empty_share', 'landed_status_mix', "
            "'landed_values', 'landed_silent_entity')"
        ).fetchall():
            c.execute(f"drop table {table}")
        return {
            (check.name, *row)
            for check in judge_profile(c, limits)
            for row in c.execute(
                f"select instance_id, subject from {check.rule.table} where not ({check.rule.sql})"
            ).fetchall()
        }

    def _plant(self, fault: Fault, export: str) -> None:
        for entity in self.entities:
            if fault.entity not in (None, entity.name):
                continue
            for table, column in (
                ("landed_rows", "entity"),
                ("landed_share", "split_part(subject, '.', 1)"),
                ("landed_level", "split_part(subject, '.', 1)"),
            ):
                self.connection.execute(
                    f"delete from {table} where export_id = '{export}' and {column} = '{entity.name}'"
                )
            of_export = f"(select * from \"row_{entity.name}\" where export_id = '{export}')"
            self._profile(entity, fault.rows.format(rows=of_export))


def months_judged(months: int, count: int = 18) -> range:
    """Return the last months, those that are judged."""
    return range(months - count, months)
