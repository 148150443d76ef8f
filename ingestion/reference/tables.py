"""The reference data of Italy and the registry, as Parquet for the build.

Arrives: `reference/*.csv` beside this file, newer residents, and the instance registry. Leaves:
`home.reference/*.parquet`, typed. What the figures mean does not belong here; see reference/README.md
for their sources.
"""

from pathlib import Path

import duckdb

from core.atomic_files import replacing
from core.duckdb_sessions import connect
from core.home import VetroHome
from core.sql import literal
from ingestion.instances import read_instances

FOLDER = Path(__file__).parent
COLUMNS = {
    "comune": {
        "istat_comune": "VARCHAR",
        "comune_name": "VARCHAR",
        "province_code": "VARCHAR",
        "province_name": "VARCHAR",
        "uts_code": "VARCHAR",
        "region_code": "VARCHAR",
        "region_name": "VARCHAR",
        "cadastral_code": "VARCHAR",
        "nuts3_code": "VARCHAR",
        "tax_code": "VARCHAR",
        "valid_from": "DATE",
        "valid_to": "DATE",
        "istat_comune_today": "VARCHAR",
    },
    "residents": {
        "istat_comune": "VARCHAR",
        "residents": "BIGINT",
        "source": "VARCHAR",
        "reference_date": "DATE",
    },
    "residents_by_group": {
        "istat_comune": "VARCHAR",
        "sex": "VARCHAR",
        "age_band": "VARCHAR",
        "residents": "BIGINT",
    },
}


def reference_relation(name: str) -> str:
    """Return the SQL that reads one of the compiled lists (comune, residents, residents_by_group), typed."""
    columns = ", ".join(f"{column}: '{kind}'" for column, kind in COLUMNS[name].items())
    return (
        f"read_csv({literal(FOLDER / f'{name}.csv')}, auto_detect=false, header=true, delim=',', quote='\"', "
        f"escape='\"', columns={{{columns}}})"
    )


def _copy(connection: duckdb.DuckDBPyConnection, relation: str, target: Path) -> None:
    with replacing(target) as written:
        connection.execute(f"copy ({relation}) to {literal(written)} (format parquet, compression zstd)")


def _of_today(name: str, rows: str) -> str:
    """The residents in `rows` added up by the comune of today; a code that has none keeps its own."""
    told = {
        "istat_comune": "coalesce(istat_comune_today, istat_comune) as istat_comune",
        "residents": "sum(residents)::bigint as residents",
    }
    return (
        f"select {', '.join(told.get(column, column) for column in COLUMNS[name])} "
        f"from ({rows}) as counted left join (select istat_comune, istat_comune_today "
        f"from {reference_relation('comune')}) as comune using (istat_comune) group by all"
    )


def _with_newer(name: str, rows: str, newer: Path) -> str:
    """The newer rows, and the older ones of the comuni that have none."""
    newer_rows = _of_today(name, f"from read_parquet({literal(newer)})")
    return (
        f"select * from ({rows}) as older where istat_comune not in "
        f"(select istat_comune from ({newer_rows}) as newer) union all by name {newer_rows}"
    )


def residents_in_use(home: VetroHome) -> str:
    """Return SQL for the residents that a build divides by now, by comune of today: see `COLUMNS`."""
    newer = home.reference / "newer_residents.parquet"
    rows = _of_today("residents", f"from {reference_relation('residents')}")
    return _with_newer("residents", rows, newer) if newer.exists() else rows


def write_reference(home: VetroHome) -> None:
    """Write comune, residents, residents_by_group, instance and instance_comune under `home.reference`.

    Lists already written from the same files are left alone; the two of the registry are always rewritten.
    Residents are those of the comuni of today: each list is added up by them. Residents that
    `residents.adopt` kept take the place of older ones, comune by comune.
    """
    home.reference.mkdir(parents=True, exist_ok=True)
    instances = read_instances(home)
    with connect() as connection:
        for name in COLUMNS:
            target, newer = home.reference / f"{name}.parquet", home.reference / f"newer_{name}.parquet"
            shipped = (FOLDER / f"{name}.csv", FOLDER / "comune.csv")
            sources = [path for path in (*shipped, newer) if path.exists()]
            if not target.exists() or target.stat().st_mtime_ns < max(p.stat().st_mtime_ns for p in sources):
                rows = f"from {reference_relation(name)}"
                if name != "comune":
                    rows = _of_today(name, rows)
                _copy(connection, _with_newer(name, rows, newer) if newer in sources else rows, target)
        connection.execute(
            "create table instance (instance_id varchar, name varchar, seat varchar, timezone varchar, "
            "active_from date, active_to date)"
        )
        connection.execute("create table instance_comune (instance_id varchar, istat_comune varchar)")
        if instances:
            connection.executemany(
                "insert into instance values (?, ?, ?, ?, ?, ?)",
                [
                    (key, one.name, one.seat, one.timezone, one.active_from, one.active_to)
                    for key, one in instances.items()
                ],
            )
            connection.executemany(
                "insert into instance_comune values (?, ?)",
                [(key, code) for key, one in instances.items() for code in one.comuni],
            )
        for name in ("instance", "instance_comune"):
            _copy(connection, f"from {name}", home.reference / f"{name}.parquet")
