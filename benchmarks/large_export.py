"""The large export that is measured: deliveries and persons, with faults planted among them.

Arrives: a folder and a number of rows. Leaves: an export of the contract, two CSV files with the manifest,
and how many rows are bad by design. Who reads it does not belong here.

The persons are nobody: the birthplace of every codice fiscale was never assigned.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from core.sql import literal
from simulation.identity import codici_fiscali

# One row in so many is a person; the rest are deliveries.
PERSON_EVERY = 12
SUMS = ("quantity", "amount_total", "amount_user", "amount_municipality", "amount_ssn", "amount_other")
# Every ten thousand rows, on the row that leaves this remainder, one column says something else.
DELIVERY_FAULTS = {
    1001: ("istat_place", "'999'"),
    2001: ("amount_total", "amount_total + 5"),
    3001: ("istat_place", "'999999'"),
    4001: ("record_id", "'SD-' || (i - 1)"),
    5001: ("end_date", "(date '2025-12-31')::varchar"),
    6001: ("quantity", "replace(quantity::varchar, '.', ',')"),
}
PERSON_FAULTS = {
    1001: ("id_value", "left(id_value, 15) || case right(id_value, 1) when 'A' then 'B' else 'A' end"),
    2001: ("sex", "'Q'"),
    3001: ("id_value", "null"),
    4001: ("birth_date", "'31/12/1980'"),
}
_UPDATED = (
    "strftime(timestamp '2026-01-01 08:00:00' + to_minutes((i * 7 % 400000)::int), '%Y-%m-%dT%H:%M:%S') "
    "|| '+01:00'"
)
_DELIVERIES = f"""
    select i, 'SD-' || i as record_id, 'U' as op, {_UPDATED} as updated_at, 1 as row_version,
           'P-' || (i * 31 % 400000) as person_id, 'S-' || (i % 180) as service_id,
           'O-' || (i % 900) as provider_id, case when i % 3 = 0 then 'B-' || i end as booking_id,
           case when i % 2 = 0 then 'R-' || (i // 2) end as request_id, '015182' as istat_place,
           (date '2026-01-01' + (i % 300)::int)::varchar as start_date, null::varchar as end_date,
           (1 + i % 40)::decimal(18,3) as quantity, (10 + i % 90)::decimal(18,2) as amount_total,
           2.00::decimal(18,2) as amount_user, (3 + i % 90)::decimal(18,2) as amount_municipality,
           1.00::decimal(18,2) as amount_ssn, 4.00::decimal(18,2) as amount_other,
           null::varchar as reverses_id
    from range($rows) t(i)
"""
_PERSONS = f"""
    select i, 'P-' || i as record_id, 'U' as op, {_UPDATED} as updated_at, 1 as row_version,
           case when i % 10 = 7 then 'NONE' else 'CF' end as id_kind,
           case when i % 10 = 7 then null else code end as id_value, birth_date::varchar as birth_date,
           case when i % 2 = 0 then 'F' else 'M' end as sex, 'IT' as citizenship,
           '015182' as istat_residence, null::varchar as employer_id,
           case when i % 50 = 0 then 'true' end as disability
    from (select *, row_number() over () - 1 as i from people)
"""


@dataclass(frozen=True)
class LargeExport:
    """An export on disk. `rows` and `bad` count by entity."""

    place: Path
    rows: dict[str, int]
    bad: dict[str, int]

    @property
    def bytes(self) -> int:
        """The size of its files."""
        return sum(self.file(entity).stat().st_size for entity in self.rows)

    def file(self, entity: str) -> Path:
        """Return the CSV file of an entity."""
        return self.place / f"{entity}.csv"


def _spoiled(relation: str, faults: dict[int, tuple[str, str]]) -> str:
    columns: dict[str, str] = {}
    for remainder, (column, wrong) in faults.items():
        columns[column] = columns.get(column, "") + f" when i % 10000 = {remainder} then ({wrong})::varchar"
    changed = ", ".join(f"case{cases} else {name}::varchar end as {name}" for name, cases in columns.items())
    return f"(select * exclude (i) replace ({changed}) from ({relation}))"


def _planted(rows: int, faults: dict[int, tuple[str, str]]) -> int:
    return sum(len(range(remainder, rows, 10_000)) for remainder in faults)


def _people(count: int) -> pa.Table:
    numbers = np.arange(count)
    births = 1_000 + numbers * 37 % 9_000
    codes = codici_fiscali(numbers, births, numbers % 2 == 0)
    return pa.table(
        {
            "code": pa.array(codes.view("S16").ravel().astype("U16")),
            "birth_date": pa.array(births.astype("datetime64[D]")),
        }
    )


def _declared(file: Path, entity: str, rows: int, totals: dict[str, str]) -> dict:
    content = hashlib.sha256()
    with file.open("rb") as source:
        while chunk := source.read(1 << 20):
            content.update(chunk)
    return {
        "name": entity,
        "path": file.name,
        "format": "csv",
        "dialect": {"delimiter": ";"},
        "bytes": file.stat().st_size,
        "hash": f"sha256:{content.hexdigest()}",
        "rows": rows,
        "controlTotals": totals,
    }


def write_export(folder: Path, rows: int) -> LargeExport:
    """Write an export of `rows` rows to `folder`, and return it."""
    place = folder / "rho-bench-0001"
    place.mkdir(parents=True)
    persons = rows // PERSON_EVERY
    counts = {"service_delivery": rows - persons, "person": persons}
    bad = {
        "service_delivery": _planted(counts["service_delivery"], DELIVERY_FAULTS),
        "person": _planted(persons, PERSON_FAULTS),
    }
    export = LargeExport(place, counts, bad)
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as connection:
        connection.register("people", _people(persons))
        deliveries = _spoiled(_DELIVERIES.replace("$rows", str(counts["service_delivery"])), DELIVERY_FAULTS)
        relations = {"service_delivery": deliveries, "person": _spoiled(_PERSONS, PERSON_FAULTS)}
        for entity, relation in relations.items():
            connection.execute(
                f"copy (select * from {relation}) to {literal(export.file(entity))} (header, delimiter ';')"
            )
        sums = ", ".join(
            f"sum(try_cast({name} as decimal(18,{3 if name == 'quantity' else 2})))" for name in SUMS
        )
        # What is no number is in no total: the comma of a spoiled quantity would be read as nothing.
        totals = connection.execute(f"select {sums} from {deliveries}").fetchone()
    resources = [
        _declared(
            export.file("service_delivery"),
            "service_delivery",
            counts["service_delivery"],
            dict(zip(SUMS, map(str, totals), strict=True)),
        ),
        _declared(export.file("person"), "person", persons, {}),
    ]
    (place / "datapackage.json").write_text(
        json.dumps(
            {
                "name": place.name,
                "created": "2026-11-03T02:10:00+01:00",
                "welfare": {
                    "contract": "welfare-export",
                    "version": "1.0",
                    "instance": "rho",
                    "export_id": place.name,
                    "sequence": 1,
                    "mode": "incremental",
                    "period": {"from": "2026-01-01", "to": "2026-10-31"},
                },
                "resources": resources,
            }
        )
    )
    return export
