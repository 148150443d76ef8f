"""The gate of the landed exports: how the last one of each instance compares with its usual ones.

The committed folders of the raw layer arrive; tables of observations (one row per instance and subject,
aggregates only) and the checks over them leave. Rules about single rows, columns, hashes and totals of one
export belong to the contract and do not stand here.
"""

from collections.abc import Callable
from datetime import date

import duckdb

from ingestion.contract import VERSIONS, load_contract
from ingestion.home import VetroHome
from quality.check import LANDED, Check
from quality.expectations import BETWEEN, IN_SET, Rule

SAME = "same"


# How far a share of the last export lies outside the range of the earlier ones. Calls close and credit comes
# in seasons: a month is unlike the mean of the year, but seldom unlike every month of it.
OUTSIDE_RANGE = """greatest(0,
    max(share) filter (where recency = 1) - max(share) filter (where recency > 1),
    min(share) filter (where recency > 1) - min(share) filter (where recency = 1))"""


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
    steps = [_volume, _empty_share, _schema_drift, _status_mix, _silent_entity]
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


def _committed(home: VetroHome, table: str) -> str:
    pattern = f"instance=*/export=*/{table}.parquet"
    if next(home.raw.glob(pattern), None) is None:
        return _literal(str(home.raw_schema / f"{table}.parquet"))
    return _literal(str(home.raw / pattern))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _volume(connection: duckdb.DuckDBPyConnection, limits: dict) -> Check:
    limit = limits["volume"]
    connection.execute(
        """
        create table landed_volume as
        with incremental as (
            select *, row_number() over (partition by instance_id order by sequence desc) as nth
            from landed_export where mode = 'incremental'
        ),
        entity as (select distinct instance_id, entity from landed_entity),
        received as (
            select incremental.instance_id, entity.entity, incremental.nth,
                   coalesce(landed_entity.received, 0) as rows,
                   coalesce(landed_entity.received, 0)
                       / (date_diff('day', incremental.period_from, incremental.period_to) + 1) as rows_a_day
            from incremental
            inner join entity using (instance_id)
            left join landed_entity
                on landed_entity.instance_id = incremental.instance_id
                and landed_entity.export_id = incremental.export_id and landed_entity.entity = entity.entity
            where incremental.nth <= 1 + $history
        )
        select instance_id, entity as subject,
               max(rows_a_day) filter (where nth = 1) / median(rows_a_day) filter (where nth > 1) as ratio
        from received
        group by all
        having count(*) filter (where nth > 1) >= $history_at_least
            and median(rows) filter (where nth > 1) >= $rows_at_least""",
        {
            "history": limits["history"],
            "history_at_least": limits["history_at_least"],
            "rows_at_least": limit["rows_at_least"],
        },
    )
    return Check(
        LANDED,
        "volume",
        limit["severity"],
        Rule(
            "landed.volume", "landed_volume", "ratio", BETWEEN, limit["lowest_ratio"], limit["highest_ratio"]
        ),
        "Le righe dell'ultimo invio stanno nei limiti della storia di ogni territorio ed entità",
        "The rows of the last export are within the limits of the history of each territory and entity",
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
    connection.execute(
        f"""
        create table landed_empty_share as
        with share as (
            select export.instance_id, fill.entity || '.' || fill.column_name as subject, export.recency,
                   fill.empty / fill.rows as share
            from column_fill as fill
            inner join optional_column using (entity, column_name)
            inner join landed_export as export using (folder)
            anti join later_column
                on later_column.contract_version = export.contract_version
                and later_column.entity = fill.entity and later_column.column_name = fill.column_name
            where fill.rows >= $rows_at_least
        )
        select instance_id, subject,
               {OUTSIDE_RANGE} as change
        from share
        group by instance_id, subject
        having count(*) filter (where recency = 1) = 1
            and count(*) filter (where recency > 1) >= $history_at_least""",
        {"history_at_least": limits["history_at_least"], "rows_at_least": limit["rows_at_least"]},
    )
    return Check(
        LANDED,
        "empty_share",
        limit["severity"],
        Rule("landed.empty_share", "landed_empty_share", "change", BETWEEN, 0, limit["largest_change"]),
        "La quota di campi facoltativi vuoti non esce di colpo da quella degli invii precedenti",
        "The share of empty optional columns does not leave the range of the earlier exports",
    )


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


def _status_mix(connection: duckdb.DuckDBPyConnection, limits: dict) -> Check:
    limit = limits["status_mix"]
    connection.execute(
        "create table status_count (folder varchar, subject varchar, status varchar, rows bigint)"
    )
    connection.execute("create table status_limit (subject varchar, largest_change double)")
    for subject, largest_change in limit["largest_change"].items():
        connection.execute("insert into status_limit values ($1, $2)", [subject, largest_change])
        entity, column = subject.split(".")
        files = _files(
            connection,
            "loaded > 0 and recency <= 1 + $history and entity = $entity",
            {"history": limits["history"], "entity": entity},
        )
        if files:
            connection.execute(
                f"""
                insert into status_count
                select parse_dirpath(filename), $subject, coalesce("{column}", ''), count(*)
                from read_parquet($files, filename = true, hive_partitioning = false, union_by_name = true)
                group by all""",
                {"files": files, "subject": subject},
            )
    connection.execute(
        f"""
        create table landed_status_mix as
        with sent as (
            select export.instance_id, status_count.subject, export.recency, sum(rows) as all_rows
            from status_count inner join landed_export as export using (folder)
            group by all
            having sum(rows) >= $rows_at_least
        ),
        statuses as (
            select distinct export.instance_id, status_count.subject, status_count.status
            from status_count inner join landed_export as export using (folder)
        ),
        share as (
            select sent.instance_id, sent.subject, statuses.status, sent.recency,
                   coalesce(counted.rows, 0) / sent.all_rows as share
            from sent
            inner join statuses using (instance_id, subject)
            left join (
                select export.instance_id, status_count.subject, status_count.status, export.recency,
                       sum(rows) as rows
                from status_count inner join landed_export as export using (folder)
                group by all
            ) as counted using (instance_id, subject, status, recency)
        ),
        beyond as (
            select instance_id, subject,
                   {OUTSIDE_RANGE} as change
            from share
            group by instance_id, subject, status
            having count(*) filter (where recency = 1) = 1
                and count(*) filter (where recency > 1) >= $history_at_least
        )
        select instance_id, subject, max(change / largest_change) as part_of_limit
        from beyond inner join status_limit using (subject)
        group by instance_id, subject""",
        {"rows_at_least": limit["rows_at_least"], "history_at_least": limits["history_at_least"]},
    )
    return Check(
        LANDED,
        "status_mix",
        limit["severity"],
        Rule("landed.status_mix", "landed_status_mix", "part_of_limit", BETWEEN, 0, 1),
        "La composizione per stato dei record somiglia a quella degli invii precedenti",
        "The mix of the states of the records is within the range of the earlier exports",
    )


def _silent_entity(connection: duckdb.DuckDBPyConnection, limits: dict) -> Check:
    limit = limits["silent_entity"]
    connection.execute(
        """
        create table landed_silent_entity as
        with sent as (
            select export.instance_id, entity.entity, export.recency, coalesce(landed_entity.received, 0) as
                rows
            from landed_export as export
            inner join (select distinct instance_id, entity from landed_entity) as entity using (instance_id)
            left join landed_entity on landed_entity.instance_id = export.instance_id
                and landed_entity.export_id = export.export_id and landed_entity.entity = entity.entity
            where export.recency <= $history + $exports
        )
        select instance_id, entity as subject,
               case when max(rows) filter (where recency <= $exports) > 0 then 'sent' else 'silent' end as
               state
        from sent
        group by instance_id, entity
        having count(*) filter (where recency > $exports) >= $history_at_least
            and min(rows) filter (where recency > $exports) > 0""",
        {
            "history": limits["history"],
            "exports": limit["exports"],
            "history_at_least": limits["history_at_least"],
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
        "L'ultimo giorno coperto da ogni territorio non è più vecchio del limite",
        "The last day that each territory covers is not older than the limit",
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
