"""What the last export looks like inside, against the range of its history: empties, states, sizes, ages.

The profile of the landed exports arrives (tables of `quality.profile` and landed_export in schema main);
tables of observations and the checks over them leave. How many rows came does not belong here.
"""

import duckdb

from quality.check import LANDED, Check
from quality.rules import BETWEEN, Rule


def judge_empty_share(connection: duckdb.DuckDBPyConnection, limits: dict) -> Check:
    """Judge the share of empty optional columns."""
    limit = limits["empty_share"]
    _outside_range(connection, "share_outside_empty", ["empty"], limits, limit["rows_at_least"])
    connection.execute(
        """
        create table landed_empty_share as
        select instance_id, subject, max(outside / greatest(1, width / $largest_change)) as change
        from share_outside_empty
        where not list_contains($not_judged, subject)
        group by all""",
        {"largest_change": limit["largest_change"], "not_judged": limit["not_judged"]},
    )
    return Check(
        LANDED,
        "empty_share",
        limit["severity"],
        Rule("landed.empty_share", "landed_empty_share", "change", BETWEEN, 0, limit["largest_change"]),
        "La quota di campi facoltativi vuoti non esce di colpo da quella degli invii precedenti",
        "The share of empty optional columns does not leave the range of the earlier exports",
    )


def judge_status_mix(connection: duckdb.DuckDBPyConnection, limits: dict) -> Check:
    """Judge the mix of states and codes, and whether one has gone."""
    limit = limits["status_mix"]
    _outside_range(connection, "share_outside_state", ["state"], limits, limit["rows_at_least"])
    connection.execute(
        """
        create table landed_status_mix as
        select instance_id, subject,
               max(case when gone then 2 else outside / greatest($largest_change, width) end) as part_of_limit
        from share_outside_state
        group by all""",
        {"largest_change": limit["largest_change"]},
    )
    return Check(
        LANDED,
        "status_mix",
        limit["severity"],
        Rule("landed.status_mix", "landed_status_mix", "part_of_limit", BETWEEN, 0, 1),
        "La composizione per stato dei record è quella degli invii precedenti e nessuno stato è sparito",
        "The mix of the states of the records is within the range of the earlier exports, and none has gone",
    )


def judge_values(connection: duckdb.DuckDBPyConnection, limits: dict) -> Check:
    """Compare size of the numbers and age of the dates of the last export with those of the history."""
    limit = limits["values"]
    _outside_range(connection, "share_outside_number", ["zero", "negative"], limits, limit["rows_at_least"])
    connection.execute(
        """
        create table landed_values as
        with level as (
            select export.instance_id, one.subject, one.kind, export.recency, one.rows, one.level,
                   one.deviation
            from landed_level as one
            inner join landed_export as export using (instance_id, export_id)
            where one.rows >= $rows_at_least and export.recency <= 1 + $history
        ),
        history as (
            select instance_id, subject, kind,
                   max(rows) filter (where recency = 1) as rows,
                   max(level) filter (where recency = 1) as level,
                   max(deviation) filter (where recency = 1) as deviation,
                   min(level) filter (where recency > 1) as lowest,
                   max(level) filter (where recency > 1) as highest
            from level
            group by all
            having count(*) filter (where recency = 1) = 1
                and count(*) filter (where recency > 1) >= $history_at_least
        ),
        measured as (
            select instance_id, subject,
                   greatest(0, level - highest, lowest - level) / greatest(
                       highest - lowest, $deviations * deviation / sqrt(rows),
                       case kind when 'size' then ln($largest_factor) else $largest_days end) as part_of_limit
            from history
            union all
            select instance_id, subject, outside / greatest($largest_change, width)
            from share_outside_number
        )
        select instance_id, subject, max(part_of_limit) as part_of_limit from measured group by all""",
        {
            "rows_at_least": limit["rows_at_least"],
            "history": limits["history"],
            "history_at_least": limits["history_at_least"],
            "deviations": limits["deviations"],
            "largest_factor": limit["largest_factor"],
            "largest_days": limit["largest_days"],
            "largest_change": limit["largest_change"],
        },
    )
    return Check(
        LANDED,
        "values",
        limit["severity"],
        Rule("landed.values", "landed_values", "part_of_limit", BETWEEN, 0, 1),
        "I numeri e le date dell'ultimo invio hanno la grandezza e l'età di quelli degli invii precedenti",
        "The numbers and dates of the last export have the size and age of those of the earlier exports",
    )


def _outside_range(
    connection: duckdb.DuckDBPyConnection, table: str, kinds: list[str], limits: dict, rows_at_least: int
) -> None:
    """Write how far each share of the last export lies outside the range of its history.

    outside: in points of share; 0 where it may be chance (Wilson bounds). width: how wide the range itself
    is, so that what swings is not judged like what stands still; a share that swings (`wide_range`) is judged
    by the range of the whole network. gone: a state of every export, due in enough rows, that has not come.
    """
    connection.execute(
        f"""
        create table {table} as
        with share as (
            select export.instance_id, one.subject, one.kind, one.state, export.recency, one.hits, one.rows,
                   one.hits / one.rows as share
            from landed_share as one
            inner join landed_export as export using (instance_id, export_id)
            anti join later_column
                on later_column.contract_version = export.contract_version
                and later_column.entity || '.' || later_column.column_name = one.subject
            where one.rows >= $rows_at_least and list_contains($kinds, one.kind)
                and export.recency <= 1 + $history
        ),
        network as (
            select subject, kind, state, min(share) as lowest, max(share) as highest
            from share where recency > 1 group by all
        ),
        history as (
            select instance_id, subject, kind, state,
                   max(hits) filter (where recency = 1) as hits, max(rows) filter (where recency = 1) as rows,
                   max(share) filter (where recency = 1) as share,
                   median(share) filter (where recency > 1) as usual,
                   count(*) filter (where recency > 1) as months,
                   min(share) filter (where recency > 1) as lowest,
                   max(share) filter (where recency > 1) as highest
            from share
            group by all
            having count(*) filter (where recency = 1) = 1
                and count(*) filter (where recency > 1) >= $history_at_least
        ),
        ranged as (
            select history.* replace (
                       case when swings then network.lowest else history.lowest end as lowest,
                       case when swings then network.highest else history.highest end as highest),
                   history.lowest as own_lowest,
                   $deviations * sqrt(
                       (share * (1 - share) + $deviations * $deviations / (4 * rows)) / rows) as spread,
                   share + $deviations * $deviations / (2 * rows) as middle,
                   1 + $deviations * $deviations / rows as shrunk
            from (select *, highest - lowest > $wide_range as swings from history) as history
            inner join network using (subject, kind, state)
        )
        select instance_id, subject, kind, state, highest - lowest as width,
               case
                   when (middle - spread) / shrunk > highest then share - highest
                   when (middle + spread) / shrunk < lowest then lowest - share
                   else 0
               end as outside,
               hits = 0 and months >= $year_of_exports and own_lowest * rows * 3 >= $due_at_least
                   and usual * rows >= $due_at_least as gone
        from ranged""",
        {
            "kinds": kinds,
            "rows_at_least": rows_at_least,
            "history": limits["history"],
            "history_at_least": limits["history_at_least"],
            "deviations": limits["deviations"],
            "wide_range": limits["wide_range"],
            "due_at_least": limits["due_at_least"],
            "year_of_exports": limits["year_of_exports"],
        },
    )
