"""The gate of the marts: ranges that follow from units, every euro found again, no sudden jump.

The warehouse, attached read only, and the control totals of the raw layer arrive; tables of observations and
the checks over them leave. Keys, nulls, vocabularies and relationships belong to dbt and do not stand here.
"""

from collections.abc import Callable

import duckdb

from core.home import VetroHome
from core.sql import literal
from quality.check import MARTS, Check
from quality.check_result import WARNING
from quality.rules import BETWEEN, IN_SET, Rule


def measure_marts(
    connection: duckdb.DuckDBPyConnection,
    home: VetroHome,
    limits: dict,
    *,
    warehouse: str,
    progress: Callable[[int, int], None] | None = None,
) -> list[Check]:
    """Write the observations into schema main of `connection` and return the checks over them.

    Needs the table landed_export of `landed.measure_landed` and the warehouse attached as `warehouse`.
    """
    checks = [_range(connection, warehouse, limit) for limit in limits["ranges"]]
    checks.append(_reversed(connection, home, warehouse, limits, checks))
    if progress:
        progress(1, 3)
    checks += [
        _declared(connection, home, limits["reconciliation"]),
        _found_again(connection, home, warehouse, limits["reconciliation"]),
    ]
    if progress:
        progress(2, 3)
    checks.append(_sudden_change(connection, warehouse, limits["sudden_change"]))
    if progress:
        progress(3, 3)
    return checks


def _range(connection: duckdb.DuckDBPyConnection, warehouse: str, limit: dict) -> Check:
    table = f"range_{limit['name']}"
    connection.execute(
        f"""
        create table {table} as
        select case when figure.scope_type = 'instance' then figure.scope_id else figure.scope_type end
                   as instance_id,
               figure.indicator_id as subject, figure.scope_type, figure.scope_id, figure.period_start,
               indicator.unit,
               -- A share of one may come out a last digit above it.
               round(figure.value, 6) as value
        from {warehouse}.marts.indicator_value as figure
        inner join {warehouse}.marts.dim_indicator as indicator using (indicator_id)
        where figure.status = 'ok'
            and ($units is null or list_contains($units, indicator.unit))
            and ($indicators is null or list_contains($indicators, figure.indicator_id))
            and ($scopes is null or list_contains($scopes, figure.scope_type))
            and ($periods is null or list_contains($periods, figure.period_type))""",
        {name: limit.get(name) for name in ("units", "indicators", "scopes", "periods")},
    )
    lowest, highest = limit.get("lowest"), limit.get("highest")
    return Check(
        MARTS,
        f"range_{limit['name']}",
        limit["severity"],
        Rule(f"marts.{table}", table, "value", BETWEEN, lowest, highest),
        f"Valori {_limits_it(lowest, highest)}: {limit['it']}",
        f"Values {_limits_en(lowest, highest)}: {limit['en']}",
    )


def _reversed(
    connection: duckdb.DuckDBPyConnection,
    home: VetroHome,
    warehouse: str,
    limits: dict,
    ranges: list[Check],
) -> Check:
    """Move what reversals explain out of the ranges, into a table of its own.

    A reversal counts in the period in which it is made, so that a year may hold more taken back than given.
    An amount is explained where the reversals of that year and scope are at least as large as it is negative;
    a share where there were reversals in it or before.
    """
    connection.execute("""
        create table range_reversed (instance_id varchar, subject varchar, explained varchar)""")
    outside = [check for check in ranges if _has_outside(connection, check, limits["reversals"])]
    if outside:
        _reversals(connection, home, limits["reversals"])
        connection.execute(
            f"""
            create table taken_back as
            with scope as (
                select instance_id, unnest([
                    {{kind: 'instance', id: instance_id}}, {{kind: 'network', id: 'network'}},
                    {{kind: 'region', id: region_code}}, {{kind: 'province', id: province_code}}]) as scope
                from {warehouse}.marts.dim_instance
            )
            select indicator_id, year, scope.kind as scope_type, scope.id as scope_id, sum(amount) as amount
            from reversal inner join scope using (instance_id)
            group by all"""
        )
    for check in outside:
        table = check.rule.table
        explained = f"""
            select seen.rowid from {table} as seen
            where not ({check.rule.sql}) and exists (
                select 1 from taken_back as back
                where back.indicator_id = seen.subject and back.scope_type = seen.scope_type
                    and back.scope_id = seen.scope_id
                    and case when seen.unit = 'EUR'
                        then back.year = year(seen.period_start) and seen.value + back.amount >= 0
                        else back.year <= year(seen.period_start) end)"""
        connection.execute(
            f"insert into range_reversed select instance_id, subject, 'yes' from {table} "
            f"where rowid in ({explained})"
        )
        connection.execute(f"delete from {table} where rowid in ({explained})")
    return Check(
        MARTS,
        "range_reversed",
        WARNING,
        Rule("marts.range_reversed", "range_reversed", "explained", IN_SET, allowed=("no",)),
        "Nessun periodo ha più storni che fatti: dove ne ha, i valori sotto zero sono veri",
        "No period holds more reversals than facts: where one does, its figures below zero are true",
    )


def _has_outside(connection: duckdb.DuckDBPyConnection, check: Check, reversals: list[dict]) -> bool:
    indicators = [indicator for each in reversals for indicator in each["indicators"]]
    [(found,)] = connection.execute(
        f"select count(*) from {check.rule.table} where not ({check.rule.sql}) "
        "and list_contains($indicators, subject)",
        {"indicators": indicators},
    ).fetchall()
    return bool(found)


def _reversals(connection: duckdb.DuckDBPyConnection, home: VetroHome, reversals: list[dict]) -> None:
    """Write what was taken back, by indicator, instance and year, as a positive amount; from raw."""
    connection.execute(
        "create table reversal (indicator_id varchar, instance_id varchar, year bigint, amount double)"
    )
    for each in reversals:
        pattern = f"instance=*/export=*/{each['entity']}.parquet"
        if next(home.raw.glob(pattern), None) is None:
            continue
        files = literal(home.raw / pattern)
        connection.execute(
            f"""
            insert into reversal
            select unnest($indicators), export.instance_id, year(record."{each["date"]}"),
                   sum(abs(record."{each["amount"]}"))
            from read_parquet({files}, filename = true, hive_partitioning = false, union_by_name = true)
                as record
            inner join landed_export as export on export.folder = parse_dirpath(record.filename)
            where record.reverses_id is not null
            group by export.instance_id, year(record."{each["date"]}")""",
            {"indicators": each["indicators"]},
        )


def _limits_it(lowest: float | None, highest: float | None) -> str:
    low, high = (str(limit).replace(".", ",") for limit in (lowest, highest))
    if lowest is not None and highest is not None:
        return f"fra {low} e {high}"
    return f"non sotto {low}" if lowest is not None else f"non sopra {high}"


def _limits_en(lowest: float | None, highest: float | None) -> str:
    if lowest is not None and highest is not None:
        return f"between {lowest} and {highest}"
    return f"not below {lowest}" if lowest is not None else f"not above {highest}"


def _control_totals(home: VetroHome) -> str:
    pattern = "instance=*/export=*/_control_total.parquet"
    if next(home.raw.glob(pattern), None) is None:
        path = home.raw_schema / "_control_total.parquet"
    else:
        path = home.raw / pattern
    return f"read_parquet('{str(path).replace(chr(39), chr(39) * 2)}', hive_partitioning = false)"


def _declared(connection: duckdb.DuckDBPyConnection, home: VetroHome, limit: dict) -> Check:
    connection.execute(f"""
        create table control_total as
        select instance_id, export_id, entity, column_name, declared, loaded, known, quarantined
        from {_control_totals(home)}""")
    connection.execute("""
        create table reconciled_declared as
        select instance_id, entity || '.' || column_name as subject,
               cast(declared - loaded - known - quarantined as decimal(24, 3)) as gap
        from control_total where declared is not null""")
    return _without_gap(
        "reconciled_declared",
        limit,
        "Ogni totale di controllo dichiarato è uguale a caricato + già noto + in quarantena, al centesimo",
        "Every declared control total equals loaded + already known + quarantined, to the cent",
    )


def _found_again(
    connection: duckdb.DuckDBPyConnection, home: VetroHome, warehouse: str, limit: dict
) -> Check:
    connection.execute("""
        create table reconciled_marts (instance_id varchar, subject varchar, gap decimal(24, 3))""")
    for ledger in limit["ledger"]:
        for column in ledger["columns"]:
            connection.execute(
                f"""
                insert into reconciled_marts
                with landed as (
                    select instance_id, sum(loaded) as total from control_total
                    where entity = $entity and column_name = $column group by instance_id
                ),
                mart as (
                    select instance_id, sum("{column}") as total from {warehouse}.marts.{ledger["mart"]}
                    group by instance_id
                )
                select coalesce(landed.instance_id, mart.instance_id), $entity || '.' || $column,
                       coalesce(landed.total, 0) - coalesce(mart.total, 0)
                from landed full join mart on landed.instance_id = mart.instance_id""",
                {"entity": ledger["entity"], "column": column},
            )
    for state in limit["state"]:
        _present_state(connection, home, warehouse, state)
    return _without_gap(
        "reconciled_marts",
        limit,
        "Ogni euro caricato si ritrova nelle tabelle, territorio per territorio, al centesimo",
        "Every euro loaded is found again in the marts, territory by territory, to the cent",
    )


def _without_gap(table: str, limit: dict, it: str, en: str) -> Check:
    """The check that no row of a table of reconciliation has a gap."""
    rule = Rule(f"marts.{table}", table, "gap", BETWEEN, 0, 0)
    return Check(MARTS, table, limit["severity"], rule, it, en)


def _present_state(
    connection: duckdb.DuckDBPyConnection, home: VetroHome, warehouse: str, state: dict
) -> None:
    pattern = f"instance=*/export=*/{state['entity']}.parquet"
    if next(home.raw.glob(pattern), None) is None:
        return
    files = literal(home.raw / pattern)
    for column in state["columns"]:
        connection.execute(f"""
            insert into reconciled_marts
            with version as (
                select export.instance_id, record.record_id, record.op, record."{column}" as amount,
                       row_number() over (
                           partition by export.instance_id, record.record_id
                           order by record.row_version desc, record.updated_at desc, export.sequence desc) as
                           nth
                from read_parquet({files}, filename = true, hive_partitioning = false, union_by_name = true)
                    as record
                inner join landed_export as export on export.folder = parse_dirpath(record.filename)
            ),
            landed as (
                select instance_id, sum(amount) as total from version where nth = 1 and op = 'U' group by
                    instance_id
            ),
            mart as (
                select instance_id, sum("{column}") as total from {warehouse}.marts.{state["mart"]} group by
                    instance_id
            )
            select coalesce(landed.instance_id, mart.instance_id), '{state["entity"]}.{column}',
                   coalesce(landed.total, 0) - coalesce(mart.total, 0)
            from landed full join mart on landed.instance_id = mart.instance_id""")


def _sudden_change(connection: duckdb.DuckDBPyConnection, warehouse: str, limit: dict) -> Check:
    connection.execute("create table change_floor (indicator_id varchar, floor double)")
    connection.executemany("insert into change_floor values (?, ?)", list(limit["floor"].items()))
    connection.execute(
        f"""
        create table sudden_change as
        with covered as (
            select 'instance' as scope_type, instance_id as scope_id, max(period_to) as covered_to
            from landed_export group by instance_id
            union all
            select 'network', 'network', min(covered_to)
            from (select max(period_to) as covered_to from landed_export group by instance_id) having count(*)
                > 0
        ),
        month as (
            select figure.indicator_id, figure.scope_type, figure.scope_id, figure.value, change_floor.floor,
                   lag(figure.value) over series as before,
                   lag(figure.period_start) over series as month_before,
                   case when lag(figure.period_start, 12) over series = figure.period_start - interval 1 year
                       then lag(nullif(figure.value, 0), 12) over series end as a_year_before,
                   figure.period_start,
                   count(*) over series as months,
                   row_number() over (
                       partition by figure.indicator_id, figure.scope_type, figure.scope_id
                       order by figure.period_start desc) as recency
            from {warehouse}.marts.indicator_value as figure
            inner join change_floor using (indicator_id)
            inner join covered using (scope_type, scope_id)
            where figure.status = 'ok' and figure.area = 'ALL' and figure.item = 'ALL'
                and figure.population_group = 'ALL'
                and figure.period_type = 'month' and last_day(figure.period_start) <= covered.covered_to
                and list_contains($scopes, figure.scope_type)
            window series as (
                partition by figure.indicator_id, figure.scope_type, figure.scope_id order by
                figure.period_start)
        )
        -- August is not July: what is like the same month a year before is no jump.
        select scope_id as instance_id, indicator_id as subject,
               case when value / a_year_before between $lowest and $highest then 1 else value / before end
                   as ratio
        from month
        where recency = 1 and months > $months_at_least and before >= floor
            and month_before = period_start - interval 1 month""",
        {
            "scopes": limit["scopes"],
            "months_at_least": limit["months_at_least"],
            "lowest": limit["lowest_ratio"],
            "highest": limit["highest_ratio"],
        },
    )
    return Check(
        MARTS,
        "sudden_change",
        limit["severity"],
        Rule(
            "marts.sudden_change",
            "sudden_change",
            "ratio",
            BETWEEN,
            limit["lowest_ratio"],
            limit["highest_ratio"],
        ),
        "Fra l'ultimo mese chiuso e quello prima nessuna misura salta oltre i limiti",
        "Between the last closed month and the one before no measure jumps beyond the limits",
    )
