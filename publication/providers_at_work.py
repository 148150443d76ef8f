"""Which provider works in which territory: what every reader may know besides the tables.

The contributions behind the spending by provider arrive; what each provider delivered in each territory goes
into the system as places that no table shows, and who worked where is kept inside for the attack. Which
equations follow, and what must be hidden for them, does not belong here.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

import duckdb

from core.duckdb_sessions import connect
from core.sql import literal
from publication.bulk_insert import insert_rows
from publication.calendar import Period
from publication.cells import CellSystem
from publication.contributions import SOURCE
from publication.scope import Scope
from publication.table_list import TableList

SPENDING = "spend_delivered"
AT_WORK = "providers_at_work.parquet"

# Year, territory, provider; a kind of provider where somebody worked without an organisation's tax code.
AtWork = tuple[str, str, str]


def add_shares(
    system: CellSystem,
    connection: duckdb.DuckDBPyConnection,
    marts: str,
    table_list: TableList,
    years: Sequence[Period],
) -> None:
    """Add to `system.shares` what each provider delivered in each territory and year, in euro."""
    measure = table_list.measures[SPENDING]
    names = {year.start: year.name for year in years}
    rows = connection.execute(
        f"""
        select instance_id, member, period_start, sum(amount) from {marts}.{SOURCE}
        where measure = $measure and list_contains($years, period_start) group by all order by all""",
        {"measure": SPENDING, "years": list(names)},
    ).fetchall()
    for instance, provider, start, amount in rows:
        place = dict(table_list.totals) | {"territory": str(Scope("instance", instance))}
        place |= {"provider": provider, "period": names[start]}
        system.shares[SPENDING, tuple(place[d] for d in measure.dimensions)] = amount


def write_at_work(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    system: CellSystem,
    table_list: TableList,
    former: Sequence[Path],
    revised_years: Collection[str],
) -> None:
    """Write who worked where to the file `path`: for a year that was public before, and is not issued again,
    as the first of the `former` folders that knows says it."""
    dimensions = table_list.measures[SPENDING].dimensions
    places = [dict(zip(dimensions, at, strict=True)) for _, at in system.shares]
    now = {(place["period"], place["territory"], place["provider"]) for place in places}
    kept: set[AtWork] = set()
    for folder in former:
        known = {year for year, _, _ in kept} | set(revised_years)
        kept |= {row for row in _read(folder / "private" / AT_WORK) if row[0] not in known}
    told = {year for year, _, _ in kept}
    rows = sorted(kept | {row for row in now if row[0] not in told})
    connection.execute("create temp table at_work (period varchar, territory varchar, provider varchar)")
    insert_rows(connection, "at_work", rows)
    connection.execute(f"copy (select * from at_work order by all) to {literal(path)} (format parquet)")
    connection.execute("drop table at_work")


def _read(path: Path) -> list[AtWork]:
    if not path.exists():
        return []
    with connect() as connection:
        return connection.execute(
            "select period, territory, provider from read_parquet($path)", {"path": str(path)}
        ).fetchall()
