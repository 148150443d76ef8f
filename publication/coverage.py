"""How much of the network a public figure knows: places and periods arrive, of each how many territories are
in it, of how many, and to which day they are known.

It follows from the territories, their exports and what they collect, never from a figure: the marts have no
row where nothing happened, and what stands beside a hidden figure must not tell that it is nothing.
"""

from collections.abc import Sequence

import duckdb

COLUMNS = ("data_to", "n_instances", "n_instances_expected")
_OF_TABLES = "covered_place"
# Of a row of a public table: the columns that say where it stands, with the scope that they mean as SQL.
_SCOPES = {
    "territory": "{0}.territory",
    "award": "{0}.award",
    "funder": "if({0}.funder = 'ALL', 'network', 'funder:' || {0}.funder)",
    "provider": "if({0}.provider = 'ALL', 'network', 'provider:' || {0}.provider)",
    "call": "if({0}.call = 'ALL', 'network', 'instance:' || split_part({0}.call, ':', 1))",
    "scheme": "if({0}.scheme = 'ALL', 'network', 'instance:' || split_part({0}.scheme, ':', 1))",
    "scope_id": "if({0}.scope_type = 'network', 'network', {0}.scope_type || ':' || {0}.scope_id)",
}
# The same of its period: kind and first day.
_PERIODS = {
    "year": ("'year'", "try_cast({0}.year || '-01-01' as date)"),
    "quarter": (
        "'quarter'",
        "make_date(left({0}.quarter, 4)::int, 3 * right({0}.quarter, 1)::int - 2, 1)",
    ),
    "period_start": ("'month'", "{0}.period_start"),
}


def coverage_columns(
    connection: duckdb.DuckDBPyConnection, marts: str, tables: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """Return by public table the columns of its coverage, as `write_files` takes them: to which day its rows
    are known, from how many territories, of how many that were expected. Whether a territory collects an
    indicator does not come into it: that stands beside each figure."""
    placed = {table: _place(connection, table) for table in tables}
    places = " union ".join(
        f"""select null as indicator_id, split_part({scope}, ':', 1) as scope_type,
                if({scope} = 'network', 'network', substr({scope}, instr({scope}, ':') + 1)) as scope_id,
                {kind} as period_type, {start} as period_start
            from publication.{table} as keyed where {start} is not null"""
        for table, (scope, kind, start) in placed.items()
    )
    if not places:
        return {}
    create_coverage(connection, marts, _OF_TABLES, places)
    columns = ", ".join(f"covered.{name}" for name in COLUMNS)
    return {
        table: (
            f", {columns}",
            f""" left join {_OF_TABLES} as covered on covered.period_type = {kind}
                and covered.period_start = {start} and {scope} = if(covered.scope_type = 'network', 'network',
                    covered.scope_type || ':' || covered.scope_id)""",
        )
        for table, (scope, kind, start) in placed.items()
    }


def _place(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[str, str, str]:
    """Scope, kind of period and its first day of the rows of a table, as SQL over `keyed`. A table without a
    place is of the whole network."""
    columns = [name for name, *_ in connection.execute(f"describe publication.{table}").fetchall()]
    scope = next((sql for column, sql in _SCOPES.items() if column in columns), "'network'")
    kind, start = next(sql for column, sql in _PERIODS.items() if column in columns)
    if "period_type" in columns:
        kind = "{0}.period_type"
    return scope.format("keyed"), kind.format("keyed"), start.format("keyed")


def create_coverage(connection: duckdb.DuckDBPyConnection, marts: str, name: str, places: str) -> None:
    """Create the temporary table `name`: of each scope, period and indicator how many instances it knows, of
    how many, and to which day.

    `places` is a query of what is asked for: indicator_id (null: whatever is collected), scope_type,
    scope_id, period_type, period_start.
    """
    connection.execute(f"""
        create temp table {name} as
        with place as (
            select *,
                   cast(case period_type when 'month' then period_start + interval 1 month
                        when 'quarter' then period_start + interval 3 month
                        else period_start + interval 1 year end as date) - 1 as period_end
            from ({places})
        ),
        member as (
            select unnest([struct_pack(t := 'network', i := 'network'),
                           struct_pack(t := 'region', i := region_code),
                           struct_pack(t := 'province', i := province_code),
                           struct_pack(t := 'instance', i := instance_id)]) as scope, instance_id
            from {marts}.dim_instance
        ),
        organisation as (
            select tax_code, unnest(string_split(aliases, ', ')) as alias from {marts}.dim_organisation
        ),
        known as (
            select scope.t as scope_type, scope.i as scope_id, instance_id from member
            union
            select scope_type, tax_code, split_part(alias, ':', 1)
            from organisation cross join (values ('funder'), ('provider')) as body (scope_type)
            union
            select scope_type, scope_id, split_part(scope_id, ':', 1) from place where scope_type = 'grant'
        ),
        unseen as (
            -- Days in between that no export covers, as the figures of the instance itself say.
            select distinct scope_id as instance_id, period_type, period_start from {marts}.indicator_value
            where scope_type = 'instance' and status <> 'not_collected' and n_instances = 0
        ),
        missing as (
            select distinct indicator_id, scope_id as instance_id, period_type, period_start
            from {marts}.indicator_value where scope_type = 'instance' and status = 'not_collected'
        ),
        expected as (
            select place.*, instance.data_to,
                   greatest(place.period_start, instance.active_from) as expected_from,
                   least(place.period_end, instance.active_to) as expected_to,
                   instance.first_period_from <= expected_from and instance.data_to >= expected_to
                   and unseen.instance_id is null and missing.instance_id is null as is_counted
            from place
            inner join known using (scope_type, scope_id)
            inner join {marts}.dim_instance as instance using (instance_id)
            left join unseen on unseen.instance_id = instance.instance_id
                and unseen.period_type = place.period_type and unseen.period_start = place.period_start
            left join missing on missing.instance_id = instance.instance_id
                and missing.indicator_id = place.indicator_id
                and missing.period_type = place.period_type and missing.period_start = place.period_start
            where expected_from <= expected_to
        )
        select indicator_id, scope_type, scope_id, period_type, period_start,
               count(*) filter (where is_counted) as n_instances, count(*) as n_instances_expected,
               min(data_to) filter (where is_counted) as data_to
        from expected group by all""")
