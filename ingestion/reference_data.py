"""The reference data of Italy and the registry, as Parquet for the build.

Arrives: `reference/*.csv` beside this file, newer residents, and the instance registry. Leaves:
`home.reference/*.parquet`, typed. What the figures mean does not belong here; see reference/README.md
for their sources.
"""

from pathlib import Path

import duckdb

from ingestion.home import VetroHome
from ingestion.instances import read_instances

FOLDER = Path(__file__).parent / "reference"
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


def quoted(text: str | Path) -> str:
    """Return `text` as a SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"


def reference_relation(name: str) -> str:
    """Return the SQL that reads one of the compiled lists (comune, residents, residents_by_group), typed."""
    columns = ", ".join(f"{column}: '{kind}'" for column, kind in COLUMNS[name].items())
    return (
        f"read_csv({quoted(FOLDER / f'{name}.csv')}, auto_detect=false, header=true, delim=',', quote='\"', "
        f"escape='\"', columns={{{columns}}})"
    )


def _copy(connection: duckdb.DuckDBPyConnection, relation: str, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.new")
    connection.execute(f"copy ({relation}) to {quoted(temporary)} (format parquet, compression zstd)")
    temporary.replace(target)


def _with_newer(relation: str, newer: Path) -> str:
    """The newer rows, and the older ones of the comuni that have none."""
    return (
        f"from (select * from ({relation}) as older "
        f"where istat_comune not in (select istat_comune from read_parquet({quoted(newer)})) "
        f"union all by name from read_parquet({quoted(newer)})) as every"
    )


def write_reference(home: VetroHome) -> None:
    """Write comune, residents, residents_by_group, instance and instance_comune under `home.reference`.

    Lists already written from the same files are left alone; the two of the registry are always rewritten.
    Residents that `residents.adopt` kept take the place of older ones, comune by comune.
    """
    home.reference.mkdir(parents=True, exist_ok=True)
    instances = read_instances(home)
    with duckdb.connect(config={"threads": 2}) as connection:
        for name in COLUMNS:
            target, newer = home.reference / f"{name}.parquet", home.reference / f"newer_{name}.parquet"
            sources = [path for path in (FOLDER / f"{name}.csv", newer) if path.exists()]
            if not target.exists() or target.stat().st_mtime_ns < max(p.stat().st_mtime_ns for p in sources):
                relation = f"from {reference_relation(name)}"
                _copy(connection, _with_newer(relation, newer) if newer in sources else relation, target)
        connection.execute(
            "create table instance (instance_id varchar, name varchar, seat varchar, timezone varchar, "
            "active_from date, active_to date)"
        )
        connection.execute("create table instance_comune (instance_id varchar, istat_comune varchar)")
        if instances:
            connection.executemany(
                "insert into instance values (?, ?, ?, ?, ?, ?)",
                [(i.id, i.name, i.seat, i.timezone, i.active_from, i.active_to) for i in instances.values()],
            )
            connection.executemany(
                "insert into instance_comune values (?, ?)",
                [(i.id, code) for i in instances.values() for code in i.comuni],
            )
        for name in ("instance", "instance_comune"):
            _copy(connection, f"from {name}", home.reference / f"{name}.parquet")
