"""The gate of the landed exports: how the last one of each instance compares with its usual ones.

The committed folders of the raw layer arrive; tables of observations (one row per instance and subject,
aggregates only) and the checks over them leave. Rules about single rows, columns, hashes and totals of one
export belong to the contract and do not stand here.
"""

from collections.abc import Callable
from datetime import date

import duckdb

from core.home import VetroHome
from core.sql import literal
from ingestion.contract.schema import VERSIONS, load_contract
from quality.check import LANDED, Check
from quality.landed_ranges import judge_empty_share, judge_status_mix, judge_values
from quality.profile import create_tables, profile_entity
from quality.rules import BETWEEN, IN_SET, Rule

SAME = "same"


def measure_landed(
    connection: duckdb.DuckDBPyConnection,
    home: VetroHome,
    limits: dict,
    *,
    today: date,
    warehouse: str,
    progress: Callable[[int, int], None] | None = None,
) -> list[Check]:
    """Write the observations into schema main of `connection` and return the checks over them.

    `warehouse` is the name under which the private warehouse is attached (read only); its flags are counted
    here, because they describe what landed. With no committed export every table is empty.
    """
    _exports(connection, home)
    _profile(connection, home, limits)
    steps = [_volume, _empty_share, _schema_drift, judge_status_mix, judge_values, _silent_entity]
    checks = []
    for done, step in enumerate(steps, start=1):
        checks.append(step(connection, limits))
        if progress:
            progress(done, len(steps) + 2)
    checks.append(_freshness(connection, limits, today))
    checks.append(_flagged_share(connection, limits, warehouse))
    if progress:
        progress(len(steps) + 2, len(steps) + 2)
    return checks


def _exports(connection: duckdb.DuckDBPyConnection, home: VetroHome) -> None:
    connection.execute(f"""
        create table landed_export as
        select instance_id, export_id, sequence, mode, contract_version, period_from, period_to,
               parse_dirpath(filename) as folder,
               row_number() over (partition by instance_id order by sequence desc) as recency
        from read_parquet({_committed(home, "_export")}, filename = true, hive_partitioning = false)
        where filename not like '%/.schema/%'""")
    connection.execute(f"""
        create table landed_entity as
        select export.*, entity.entity, entity.received, entity.loaded
        from read_parquet({_committed(home, "_entity")}, hive_partitioning = false) as entity
        inner join landed_export as export using (instance_id, export_id)""")
    create_tables(connection)
    connection.execute(
        "insert into landed_rows select instance_id, export_id, entity, received from landed_entity"
    )
    _later_columns(connection)


def _later_columns(connection: duckdb.DuckDBPyConnection) -> None:
    # Columns that the version of an export does not know yet: the raw layer may hold them, always empty.
    connection.execute(
        "create table later_column (contract_version varchar, entity varchar, column_name varchar)"
    )
    connection.executemany(
        "insert into later_column values (?, ?, ?)",
        [
            (version, entity.name, field.name)
            for version in VERSIONS
            for entity in load_contract(version).entities.values()
            for field in entity.later
        ],
    )


def _profile(connection: duckdb.DuckDBPyConnection, home: VetroHome, limits: dict) -> None:
    """Read each entity once, over the exports of the history, for its states and the levels of its values."""
    for entity in load_contract().entities.values():
        files = _files(
            connection,
            "loaded > 0 and recency <= 1 + $history and entity = $entity",
            {"history": limits["history"], "entity": entity.name},
        )
        if files:
            listed = ", ".join(map(literal, files))
            rows = f"""(
                select export.instance_id, export.export_id, export.period_to,
                       record.* exclude (filename)
                from read_parquet(
                    [{listed}], filename = true, hive_partitioning = false, union_by_name = true) as record
                inner join landed_export as export on export.folder = parse_dirpath(record.filename))"""
            # What is empty stands in the footers of the files, and is read there.
            profile_entity(connection, entity, rows, empty=False)


def judge_profile(connection: duckdb.DuckDBPyConnection, limits: dict) -> list[Check]:
    """Return the checks over a profile that is there already: `landed_export`, `landed_rows`, `landed_share`
    (with what is empty) and `landed_level` in schema main.
    """
    _later_columns(connection)
    steps = (_volume, judge_empty_share, judge_status_mix, judge_values, _silent_entity)
    return [step(connection, limits) for step in steps]


def _committed(home: VetroHome, table: str) -> str:
    pattern = f"instance=*/export=*/{table}.parquet"
    if next(home.raw.glob(pattern), None) is None:
        return literal(str(home.raw_schema / f"{table}.parquet"))
    return literal(str(home.raw / pattern))


def _volume(connection: duckdb.DuckDBPyConnection, limits: dict) -> Check:
    """Compare the rows of the last export with what the instance usually brings, in this season.

    The season of a month is how far the other instances are from their usual then; where too few of them have
    sent it, how far this one was a year before. What the history leaves unexplained says how far is far.
    """
    limit = limits["volume"]
    connection.execute(
        """
        create table landed_volume as
        with incremental as (
            select *, row_number() over (partition by instance_id order by sequence desc) as nth,
                   date_trunc('month', period_to) as month
            from landed_export where mode = 'incremental'
        ),
        entity as (select distinct instance_id, entity from landed_rows),
        by_entity as (
            select incremental.instance_id, entity.entity, incremental.nth, incremental.month,
                   coalesce(landed_rows.rows, 0)
                       * 30 / (date_diff('day', incremental.period_from, incremental.period_to) + 1) as rows
            from incremental
            inner join entity using (instance_id)
            left join landed_rows
                on landed_rows.instance_id = incremental.instance_id
                and landed_rows.export_id = incremental.export_id and landed_rows.entity = entity.entity
            where incremental.nth <= 1 + $history
        ),
        received as (
            select * from by_entity
            union all
            -- What comes steadily, together: what halves an instance everywhere shows here first.
            select instance_id, 'ALL', nth, month, sum(rows)
            from by_entity
            inner join (
                select instance_id, entity from by_entity where nth > 1 group by all
                having min(rows) > 0 and max(rows) <= $steady_ratio * median(rows)
            ) using (instance_id, entity)
            group by all
        ),
        usual as (
            select instance_id, entity, median(rows) filter (where nth > 1) as usual,
                   count(*) filter (where nth > 1) as months
            from received group by all
        ),
        relative as (
            select received.*, usual.usual, usual.months, ln((rows + 1) / (usual + 1)) as away
            from received inner join usual using (instance_id, entity)
        ),
        others as (
            select one.instance_id, one.entity, one.nth, median(other.away) as season, count(*) as others
            from relative as one
            inner join relative as other
                on other.entity = one.entity and other.month = one.month
                and other.instance_id <> one.instance_id and other.usual >= $peer_rows_at_least
            group by all
        ),
        a_year_before as (
            select one.instance_id, one.entity, one.nth, before.away as season
            from relative as one
            inner join relative as before
                on before.instance_id = one.instance_id and before.entity = one.entity
                and before.month = one.month - interval 1 year
        ),
        left_over as (
            select relative.*, coalesce(others.others, 0) >= $peers_at_least as has_others,
                   a_year_before.season is not null as has_year,
                   coalesce(
                       case when others.others >= $peers_at_least then others.season end,
                       a_year_before.season, 0) as season
            from relative
            left join others using (instance_id, entity, nth)
            left join a_year_before using (instance_id, entity, nth)
        ),
        judged as (
            select instance_id, entity, any_value(usual) as usual, any_value(months) as months,
                   max(season) filter (where nth = 1) as season,
                   max(rows) filter (where nth = 1) as rows,
                   bool_or(has_others or has_year) filter (where nth = 1) as has_season,
                   max(away - season) filter (where nth = 1) as last,
                   median(away - season) filter (where nth > 1) as middle,
                   1.4826 * mad(away - season) filter (where nth > 1) as spread,
                   min(away - season) filter (where nth > 1) as lowest,
                   max(away - season) filter (where nth > 1) as highest
            from left_over
            group by all
        ),
        measured as (
            select *, (usual + 1) * exp(season + middle) as expected,
                   case when entity = 'ALL' then $deviations_of_all else $deviations end
                       * sqrt(spread * spread + 1 / ((usual + 1) * exp(season + middle)) + 1 / usual)
                       as noise
            from judged
        )
        -- How much of what is allowed is used up; over 1 is too far. All together count where no entity does.
        select instance_id, entity as subject,
               case
                   when has_season then greatest(
                       (middle - last)
                           / greatest(-ln($lowest_ratio), noise, $beyond_history * (middle - lowest)),
                       (last - middle)
                           / greatest(ln($highest_ratio), noise, $beyond_history * (highest - middle)))
                   else greatest(last / ln($lowest_unseasoned), last / ln($highest_unseasoned))
               end as part_of_limit
        from measured
        where months >= $history_at_least and expected >= $rows_at_least and usual >= $rows_at_least
        qualify entity <> 'ALL'
            or coalesce(max(case when entity <> 'ALL' then part_of_limit end)
                over (partition by instance_id), 0) <= 1""",
        {
            "history": limits["history"],
            "history_at_least": limits["history_at_least"],
            "peers_at_least": limit["peers_at_least"],
            "peer_rows_at_least": limit["peer_rows_at_least"],
            "rows_at_least": limit["rows_at_least"],
            "deviations": limit["deviations"],
            "deviations_of_all": limit["deviations_of_all"],
            "steady_ratio": limit["steady_ratio"],
            "beyond_history": limit["beyond_history"],
            "lowest_ratio": limit["lowest_ratio"],
            "highest_ratio": limit["highest_ratio"],
            "lowest_unseasoned": limit["without_season"]["lowest_ratio"],
            "highest_unseasoned": limit["without_season"]["highest_ratio"],
        },
    )
    return Check(
        LANDED,
        "volume",
        limit["severity"],
        Rule("landed.volume", "landed_volume", "part_of_limit", BETWEEN, None, 1),
        "Le righe dell'ultimo invio sono quelle attese per stagione e storia di territorio ed entità",
        "The rows of the last export are those expected by season and history of territory and entity",
    )


def _files(connection: duckdb.DuckDBPyConnection, condition: str, parameters: dict) -> list[str]:
    return [
        path
        for (path,) in connection.execute(
            f"select folder || '/' || entity || '.parquet' from landed_entity where {condition} order by 1",
            parameters,
        ).fetchall()
    ]


def _empty_share(connection: duckdb.DuckDBPyConnection, limits: dict) -> Check:
    limit = limits["empty_share"]
    connection.execute("create table optional_column (entity varchar, column_name varchar)")
    optional = [
        (entity.name, field.name)
        for entity in load_contract().entities.values()
        for field in entity.fields
        if not field.required and f"{entity.name}.{field.name}" not in limit["not_judged"]
    ]
    connection.executemany("insert into optional_column values (?, ?)", optional)
    connection.execute("""
        create table column_fill (
            folder varchar, entity varchar, column_name varchar, rows bigint, empty bigint)""")
    files = _files(connection, "loaded > 0 and recency <= 1 + $history", {"history": limits["history"]})
    if files:
        # The footers of the files already count the nulls: no row is read.
        connection.execute(
            """
            insert into column_fill
            select parse_dirpath(file_name), parse_filename(file_name, true), path_in_schema,
                   sum(num_values), sum(stats_null_count)
            from parquet_metadata($files)
            where stats_null_count is not null
            group by all""",
            {"files": files},
        )
    connection.execute("""
        insert into landed_share
        select export.instance_id, export.export_id, fill.entity || '.' || fill.column_name, 'empty', '',
               fill.empty, fill.rows
        from column_fill as fill
        inner join optional_column using (entity, column_name)
        inner join landed_export as export using (folder)""")
    return judge_empty_share(connection, limits)


def _schema_drift(connection: duckdb.DuckDBPyConnection, limits: dict) -> Check:
    connection.execute("create table column_list (folder varchar, entity varchar, columns varchar)")
    connection.execute("""
        create table listed as
        select *, row_number() over (partition by instance_id, entity order by sequence desc) as listing
        from landed_entity""")
    files = [
        path
        for (path,) in connection.execute(
            "select folder || '/' || entity || '.parquet' from listed where listing <= 2 order by 1"
        ).fetchall()
    ]
    if files:
        connection.execute(
            """
            insert into column_list
            select listed.folder, listed.entity, string_agg(name || ' ' || duckdb_type, ', ' order by name)
            from parquet_schema($files)
            inner join listed on file_name = listed.folder || '/' || listed.entity || '.parquet'
            anti join later_column
                on later_column.contract_version = listed.contract_version
                and later_column.entity = listed.entity and later_column.column_name = name
            where num_children is null
            group by all""",
            {"files": files},
        )
    connection.execute("""
        create table landed_schema_drift as
        select last.instance_id, last.entity as subject,
               case when last_columns.columns = earlier_columns.columns then 'same' else 'changed' end as
               drift
        from listed as last
        inner join listed as earlier
            on earlier.instance_id = last.instance_id and earlier.entity = last.entity and earlier.listing = 2
            and earlier.contract_version = last.contract_version
        inner join column_list as last_columns
            on last_columns.folder = last.folder and last_columns.entity = last.entity
        inner join column_list as earlier_columns
            on earlier_columns.folder = earlier.folder and earlier_columns.entity = earlier.entity
        where last.listing = 1""")
    return Check(
        LANDED,
        "schema_drift",
        limits["schema_drift"]["severity"],
        Rule("landed.schema_drift", "landed_schema_drift", "drift", IN_SET, allowed=(SAME,)),
        "Con la stessa versione del contratto le colonne e i tipi restano gli stessi",
        "Under the same version of the contract columns and types stay the same",
    )


def _silent_entity(connection: duckdb.DuckDBPyConnection, limits: dict) -> Check:
    """Find what always came with rows and has not come: at once where many were due, else some exports on."""
    limit = limits["silent_entity"]
    connection.execute(
        """
        create table landed_silent_entity as
        with sent as (
            select export.instance_id, entity.entity, export.recency, coalesce(landed_rows.rows, 0) as rows
            from landed_export as export
            inner join (select distinct instance_id, entity from landed_rows) as entity using (instance_id)
            left join landed_rows on landed_rows.instance_id = export.instance_id
                and landed_rows.export_id = export.export_id and landed_rows.entity = entity.entity
            where export.recency <= $history + $exports
        )
        select instance_id, entity as subject,
               case
                   when max(rows) filter (where recency = 1) > 0 then 'sent'
                   when min(rows) filter (where recency > 1) * 3 >= $due_at_least
                       and median(rows) filter (where recency > 1) >= 2 * $due_at_least then 'silent'
                   when max(rows) filter (where recency <= $exports) = 0
                       and min(rows) filter (where recency > $exports) > 0
                       and median(rows) filter (where recency > $exports) * $exports >= 2 * $due_at_least
                       then 'silent'
                   else 'sent'
               end as state
        from sent
        group by instance_id, entity
        having count(*) filter (where recency > 1) >= $history_at_least""",
        {
            "history": limits["history"],
            "exports": limit["exports"],
            "history_at_least": limits["history_at_least"],
            "due_at_least": limits["due_at_least"],
        },
    )
    return Check(
        LANDED,
        "silent_entity",
        limit["severity"],
        Rule("landed.silent_entity", "landed_silent_entity", "state", IN_SET, allowed=("sent",)),
        "Nessuna entità che arrivava a ogni invio ha smesso di arrivare",
        "No entity that came with every export has stopped coming",
    )


def _freshness(connection: duckdb.DuckDBPyConnection, limits: dict, today: date) -> Check:
    limit = limits["freshness"]
    connection.execute(
        """
        create table landed_freshness as
        select instance_id, 'last day covered' as subject, date_diff('day', max(period_to), $today) as days
        from landed_export group by instance_id""",
        {"today": today},
    )
    return Check(
        LANDED,
        "freshness",
        limit["severity"],
        Rule("landed.freshness", "landed_freshness", "days", BETWEEN, None, limit["days_at_most"]),
        f"L'ultimo giorno coperto da ogni territorio non è più vecchio di {limit['days_at_most']} giorni",
        f"The last day that each territory covers is not older than {limit['days_at_most']} days",
    )


def _flagged_share(connection: duckdb.DuckDBPyConnection, limits: dict, warehouse: str) -> Check:
    limit = limits["flagged_share"]
    highest = dict(limit["highest_share"])
    other = highest.pop("any_other")
    connection.execute("create table flag_limit (code varchar, highest double)")
    connection.executemany("insert into flag_limit values (?, ?)", list(highest.items()))
    connection.execute(
        f"""
        create table landed_flagged_share as
        with loaded as (
            select instance_id, entity, sum(loaded) as rows from landed_entity group by all
        ),
        flagged as (
            select instance_id, entity, code, count(distinct record_id) as rows from {warehouse}.quality.flag
                group by all
        )
        select flagged.instance_id, flagged.entity || '.' || flagged.code as subject,
               flagged.rows / loaded.rows / coalesce(flag_limit.highest, $other) as share_of_limit
        from flagged
        inner join loaded using (instance_id, entity)
        left join flag_limit using (code)
        where loaded.rows >= $rows_at_least""",
        {"other": other, "rows_at_least": limit["rows_at_least"]},
    )
    return Check(
        LANDED,
        "flagged_share",
        limit["severity"],
        Rule("landed.flagged_share", "landed_flagged_share", "share_of_limit", BETWEEN, 0, 1),
        "La quota di righe caricate con una segnalazione resta sotto il limite del suo codice",
        "The share of rows loaded with a flag stays under the limit of its code",
    )
