"""A release with many times the data: territories and organisations of one stand again, under other ids."""

from pathlib import Path

import duckdb

from dashboards.access.scoped_copy import lay_down
from dashboards.release import DATABASE, Release
from publication.private_side import IN_ORDER


def multiplied(release: Release, folder: Path, times: int) -> str:
    """Write a release in which every territory and organisation stands so many times, under other ids, with
    all that is about it; what is of the network, of regions and provinces stands once. Return the path of
    its private database."""
    private = Path(release.database)
    for side in ("private", "public"):
        (folder / side).mkdir(parents=True)
        source = private.parent.with_name(side) / DATABASE
        with duckdb.connect(str(folder / side / DATABASE)) as opened_file:
            opened_file.execute(f"attach '{source}' as source (read_only)")
            tables = opened_file.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'source'"
            ).fetchall()
            for schema, table in tables:
                opened_file.execute(f"create schema if not exists {schema}")
                _multiply(opened_file, schema, table, times)
    # As publication does.
    lay_down(folder / "private" / DATABASE)
    return str(folder / "private" / DATABASE)


def _multiply(opened_file: duckdb.DuckDBPyConnection, schema: str, table: str, times: int) -> None:
    source = f"source.{schema}.{table}"
    columns = [name for name, *_ in opened_file.execute(f"describe {source}").fetchall()]
    ids = [name for name in columns if name in _IDS or name.endswith(("tax_code", "_key"))]
    if not ids or table in _OF_NOBODY:
        opened_file.execute(f"create table {schema}.{table} as from {source}")
        return
    # In front, as the ids of other territories and organisations differ from their first sign on.
    replaced = ", ".join(f"case when copy = 0 then {name} else copy || {name} end as {name}" for name in ids)
    own = "true"
    if "scope_type" in columns:
        own = "scope_type not in ('network', 'region', 'province')"
    copies = f"select * replace ({replaced}) from {source} cross join range({times}) as copies(copy)"
    order = IN_ORDER.get(f"{schema}.{table}")
    kinds = [("", "true")]
    if order and "scope_type" in columns:
        found = opened_file.execute(f"select distinct scope_type from {source} order by 1").fetchall()
        kinds = [(kind, f"scope_type = '{kind}'") for (kind,) in found]
    opened_file.execute(f"create table {schema}.{table} as from {source} limit 0")
    for _, kind in kinds:
        opened_file.execute(
            f"insert into {schema}.{table} select * exclude (copy) from ({copies} where copy = 0 or ({own})) "
            f"where {kind}" + (f" order by {order}" if order else "")
        )


_IDS = frozenset(
    ("instance_id", "seat", "istat_comune", "scope_id", "parent_scope_id", "subject_key", "provider_in")
)
_OF_NOBODY = frozenset(("dim_month", "dim_indicator", "dim_territory", "check_result", "gate", "release"))
