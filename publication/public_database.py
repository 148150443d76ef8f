"""`publication.indicator_value` and its companions: the only figures that the public pages read.

Protected cells and the words of the registry arrive, tables of schema publication leave. What may be shown
was decided before; nothing is decided here.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from core.sql import literal
from publication.bulk_insert import insert_rows
from publication.calendar import Period
from publication.catalogue.publisher import Publisher
from publication.cells import SUPPRESSED, VALUE, ZERO, Cell, CellSystem
from publication.coverage import create_coverage
from publication.policy import LEGAL_FLOOR, DisclosurePolicy
from publication.revision import Revision
from publication.scope import Scope
from publication.simulated import Simulated
from publication.table_list import TableList

PAIRS = "outcome_pairs"
IMPROVED = "outcome_improved"


def create_indicator_value(
    connection: duckdb.DuckDBPyConnection,
    marts: str,
    system: CellSystem,
    table_list: TableList,
    periods: dict[str, list[Period]],
) -> None:
    """Create publication.indicator_value from the cells, the derived figures and the open table, ordered."""
    connection.execute("""
        create temp table figure (
            indicator_id varchar, scope_type varchar, scope_id varchar, item varchar, area varchar,
            period_type varchar, period_start date, numerator decimal(24, 4), denominator decimal(24, 4),
            value double, ci_low double, ci_high double, status varchar, mark varchar)""")
    starts = {period.name: period for kind in ("quarter", "year") for period in periods[kind]}
    residents = _residents(connection, marts, table_list)
    rows = []
    for key in sorted(system.cells):
        cell = system.cells[key]
        place = dict(zip(table_list.measures[cell.measure].dimensions, cell.at, strict=True))
        if any(place.get(d, table_list.totals[d]) != table_list.totals[d] for d in ("age_band", "sex")):
            continue
        if "area" not in place or place.get("provider") in table_list.trees["provider"]:
            # No indicator has these figures: they stand in their tables only.
            continue
        where = (
            (
                *_scope(place, table_list),
                "ALL",
                place["area"],
                starts[place["period"]].kind,
                starts[place["period"]].start,
            )
            if place["period"] in starts
            else None
        )
        if where is None:
            continue
        shown = cell.mark in (VALUE, ZERO)
        status = "not_collected" if cell.absent else "ok"
        rows.append(
            (
                cell.measure,
                *where,
                cell.value if shown else None,
                None,
                float(cell.value) if shown else None,
                None,
                None,
                status,
                cell.mark,
            )
        )
        rows += _derived(cell, where, shown, table_list, residents)
    insert_rows(connection, "figure", [*rows, *_improved(system, table_list, starts)])
    connection.execute(f"""
        insert into figure
        select indicator_id, scope_type, scope_id, 'ALL', 'ALL', period_type, period_start, numerator,
            denominator,
               value, null, null,
               case when mark = 'missing' then 'denominator_missing'
                    when mark in ('value', 'zero', 'suppressed') then 'ok' else mark end, mark
        from publication.{table_list.open.name}""")
    create_coverage(
        connection,
        marts,
        "covered",
        "select distinct indicator_id, scope_type, scope_id, period_type, period_start from figure",
    )
    connection.execute("""
        create table publication.indicator_value as
        select figure.*, 'ALL' as population_group, covered.n_instances, covered.n_instances_expected,
               covered.data_to, before.value as previous_value, before.mark as previous_mark
        from figure
        left join covered using (indicator_id, scope_type, scope_id, period_type, period_start)
        left join figure as before
            on before.indicator_id = figure.indicator_id and before.scope_type = figure.scope_type
            and before.scope_id = figure.scope_id and before.item = figure.item and before.area = figure.area
            and before.period_type = figure.period_type
            and before.period_start = figure.period_start - interval 1 year
        order by all""")
    connection.execute("drop table covered")
    connection.execute("drop table figure")


def _improved(system: CellSystem, table_list: TableList, starts: dict[str, Period]) -> list[tuple]:
    """The share of pairs that improved, by funder and grant, from the protected counts of its table."""
    rows = []
    for key in sorted(system.cells):
        pairs = system.cells[key]
        if pairs.measure != PAIRS:
            continue
        award, outcome, year = pairs.at
        improved = system.cells.get((PAIRS, (award, "improved", year)))
        if outcome != table_list.totals["outcome"] or improved is None or year not in starts:
            continue
        where = (IMPROVED, *Scope.parse(award), "ALL", "ALL", "year", starts[year].start)
        if pairs.hidden or improved.hidden:
            rows.append((*where, None, None, None, None, None, "ok", SUPPRESSED))
        elif pairs.value == 0:
            rows.append((*where, None, None, None, None, None, "denominator_missing", "missing"))
        else:
            share = float(improved.value / pairs.value)
            rows.append((*where, improved.value, pairs.value, share, None, None, "ok", improved.mark))
    return rows


def _scope(place: dict[str, str], table_list: TableList) -> tuple[str, str]:
    for dimension in ("provider", "funder"):
        if dimension in place and place[dimension] != table_list.totals[dimension]:
            return dimension, place[dimension]
    return Scope.parse(place["territory"])


def _residents(connection: duckdb.DuckDBPyConnection, marts: str, table_list: TableList) -> dict:
    """Denominator by indicator, scope and period of the derived figures; residents are public."""
    return {
        (indicator, scope, scope_id): Decimal(residents)
        for indicator, scope, scope_id, residents in connection.execute(
            f"""
                select indicator_id, scope_type, scope_id, max(denominator) from {marts}.indicator_value
                where list_contains($indicators, indicator_id) and denominator is not null group by all""",
            {"indicators": [figure.indicator for figure in table_list.derived]},
        ).fetchall()
    }


def _derived(cell: Cell, where: tuple, shown: bool, table_list: TableList, residents: dict) -> list[tuple]:
    rows = []
    for figure in table_list.derived:
        if figure.measure != cell.measure:
            continue
        people = residents.get((figure.indicator, where[0], where[1]))
        if cell.mark == SUPPRESSED:
            rows.append((figure.indicator, *where, None, None, None, None, None, "ok", SUPPRESSED))
        elif not people:
            rows.append(
                (figure.indicator, *where, None, None, None, None, None, "denominator_missing", "missing")
            )
        elif shown:
            numerator = cell.value * figure.times
            rows.append(
                (
                    figure.indicator,
                    *where,
                    numerator,
                    people,
                    float(numerator / people),
                    None,
                    None,
                    "ok",
                    cell.mark,
                )
            )
    return rows


def create_territories(
    connection: duckdb.DuckDBPyConnection, marts: str, instance_comune: Path | None
) -> None:
    """Create publication.territory, one row per instance and comune of today, also where the register names
    those it was made of: its residents stand once."""
    comuni = (
        f"read_parquet({literal(instance_comune)})"
        if instance_comune
        else (f"(select instance_id, seat as istat_comune from {marts}.dim_instance)")
    )
    connection.execute(f"""
        create table publication.territory as
        select instance.instance_id, instance.instance_name as name, instance.seat, instance.region_code,
               instance.region_name, instance.province_code, instance.province_name, comune.istat_comune,
               territory.comune_name, territory.residents, territory.residents_source,
               territory.residents_date, instance.first_period_from as data_from, instance.data_to
        from {marts}.dim_instance as instance
        left join (
            select distinct instance_id, coalesce(istat_comune_today, istat_comune) as istat_comune
            from {comuni} as registered
            left join (select istat_comune, istat_comune_today from {marts}.dim_territory) as listed
                using (istat_comune)
        ) as comune using (instance_id)
        left join {marts}.dim_territory as territory on territory.istat_comune = comune.istat_comune
        order by instance.instance_id, comune.istat_comune""")


def create_companions(
    connection: duckdb.DuckDBPyConnection,
    marts: str,
    policy: DisclosurePolicy,
    release_id: str,
    created_at: datetime,
    as_of: date,
    simulated: Simulated,
    publisher: Publisher,
    revisions: Sequence[Revision] = (),
) -> None:
    """Create publication.indicator (registry words), .funder (the name of each
    funder with a published figure), .policy (one row per rule of disclosure control, for the page about
    method), .simulated_instance (one row per instance whose data are simulated, with `whole` where all are),
    .publisher (one row), .release, and .revision (one row per year that was issued again)."""
    connection.execute(f"""
        create table publication.indicator as
        select indicator_id, domain, unit, kind, name_it, name_en, definition_it, definition_en,
               numerator || coalesce(' / ' || denominator, '') as formula
        from {marts}.dim_indicator
        where indicator_id in (select distinct indicator_id from publication.indicator_value)
        order by indicator_id""")
    connection.execute(f"""
        create table publication.funder as
        select distinct tax_code, organisation_name as name
        from {marts}.dim_organisation
        where tax_code in (
            select scope_id from publication.indicator_value where scope_type = 'funder')
        order by tax_code""")
    connection.execute("""
        create table publication.simulated_instance (instance_id varchar, name varchar, whole boolean)""")
    insert_rows(
        connection,
        "publication.simulated_instance",
        [(instance, name, simulated.whole) for instance, name in simulated.instances.items()],
    )
    connection.execute("create table publication.policy (rule varchar, value varchar)")
    insert_rows(connection, "publication.policy", list(_rules(policy.as_record())))
    connection.execute("""
        create table publication.release (
            release_id varchar, created_at timestamp, as_of date, data_to date, threshold integer,
            threshold_high integer, threshold_floor integer, protection double, population_floor integer)""")
    connection.execute(
        "insert into publication.release values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            release_id,
            created_at.replace(tzinfo=None),
            as_of,
            as_of,
            policy.normal,
            policy.high,
            LEGAL_FLOOR,
            policy.protection,
            policy.population_floor,
        ],
    )
    connection.execute("""
        create table publication.publisher (
            name_it varchar, name_en varchar, identifier varchar, email varchar, homepage varchar,
            site_url varchar)""")
    insert_rows(connection, "publication.publisher", [tuple(publisher.model_dump().values())])
    connection.execute("create table publication.revision (year varchar, revised_on date, why varchar)")
    insert_rows(
        connection,
        "publication.revision",
        [(each.year, date.fromisoformat(each.revised_on), each.why) for each in revisions],
    )


def _rules(record: dict[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    """Each value of the policy under its path, as in policy.yaml: amounts.protection."""
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _rules(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", " ".join(map(str, value)) if isinstance(value, list) else str(value)
