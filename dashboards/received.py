"""The SQL of what came in: a database of a release arrives; exports, totals, quarantine and checks leave.

Rules are those of `data`: read-only, parameterised, cached under the real path. What was made of the
exports does not belong here.
"""

from datetime import date
from pathlib import Path

import duckdb
import streamlit as st

from dashboards.data import Row, rows


@st.cache_data(max_entries=4, show_spinner=False)
def export_months(database: str, as_of: date) -> list[Row]:
    """Return instance_id, month, state: the last twelve months of every territory.

    accepted: an accepted export covers the month; missing: nothing came although others reach that month
    (whether it was due is the territory's own calendar's to say); not_due: before the territory's first
    export. An attempt that loaded nothing tells no period: while no later export of the territory was
    accepted, it stands on the first missing month as refused or held.
    """
    return rows(
        database,
        """with month as (
            select unnest(generate_series(date_trunc('month', $as_of::date) - interval 11 month,
                date_trunc('month', $as_of::date), interval 1 month))::date as month
        ), covered as (
            select distinct instance_id, month from quality.export_log join month
                on month <= period_to and last_day(month) >= period_from where status = 'accepted'
        ), attempt as (
            select instance_id, status from quality.export_log l
            where status in ('refused', 'held') and sequence > coalesce((select max(sequence)
                from quality.export_log a where a.instance_id = l.instance_id and a.status = 'accepted'), 0)
            qualify row_number() over (partition by instance_id order by sequence, attempt desc) = 1
        ), state as (
            select d.instance_id, d.instance_name as name, month.month,
                case when c.month is not null then 'accepted'
                    when d.first_period_from is null or last_day(month.month) < d.first_period_from
                        then 'not_due'
                    else 'missing' end as state
            from marts.dim_instance d cross join month
            left join covered c on c.instance_id = d.instance_id and c.month = month.month
        )
        select s.instance_id, s.name, s.month,
            case when s.state = 'missing' and a.status is not null and row_number() over (
                partition by s.instance_id, s.state order by s.month) = 1
                then a.status else s.state end as state
        from state s left join attempt a using (instance_id)
        order by s.name, s.month""",
        {"as_of": as_of},
    )


@st.cache_data(max_entries=4, show_spinner=False)
def reconciliation(database: str) -> list[Row]:
    """Return the control totals by entity and money column over all exports: declared, loaded, known,
    quarantined, gap."""
    return rows(
        database,
        """select entity, "column" as column_name, count(distinct export_id) as exports,
            sum(declared) as declared,
            sum(loaded) as loaded, sum(known) as known, sum(quarantined) as quarantined, sum(gap) as gap
        from quality.reconciliation where declared is not null and is_euro group by all order by all""",
    )


@st.cache_data(max_entries=4, show_spinner=False)
def row_counts(database: str) -> Row:
    """Return the rows of all accepted exports: received, loaded, known, quarantined, exports."""
    return rows(
        database,
        """select count(*) as exports, coalesce(sum(received), 0) as received,
            coalesce(sum(loaded), 0) as loaded,
            coalesce(sum(known), 0) as known, coalesce(sum(quarantined), 0) as quarantined
        from quality.export_log where status = 'accepted'""",
    )[0]


@st.cache_data(max_entries=60, show_spinner=False)
def exports_behind(database: str, instances: tuple[str, ...] | None) -> Row:
    """Return how many accepted exports of how many territories the figures of some territories (None: all)
    come from: exports, territories."""
    return rows(
        database,
        """select count(*) as exports, count(distinct instance_id) as territories from quality.export_log
        where status = 'accepted' and ($instances is null or list_contains($instances, instance_id))""",
        {"instances": None if instances is None else list(instances)},
    )[0]


@st.cache_data(max_entries=4, show_spinner=False)
def quarantine(database: str) -> list[Row]:
    """Return code, entries, exports and territories of what is in quarantine, the most frequent first."""
    return rows(
        database,
        """select code, count(*) as entries, count(distinct export_id) as exports,
            count(distinct instance_id) as territories
        from quality.quarantine group by code order by entries desc, code""",
    )


@st.cache_data(max_entries=4, show_spinner=False)
def freshness(database: str) -> list[Row]:
    """Return instance_id, name, data_to and the moment of the last accepted export of every territory,
    alphabetical; and `arrivals`, by the end of their periods: period_to of its accepted exports and the
    moment (UTC) at which the territory had made each."""
    return rows(
        database,
        """select d.instance_id, d.instance_name as name, d.data_to, max(l.attempted_at) as accepted_at,
            coalesce(list({'period_to': l.period_to, 'created': l.created} order by l.period_to)
                filter (l.period_to is not null), []) as arrivals
        from marts.dim_instance d
        left join quality.export_log l on l.instance_id = d.instance_id and l.status = 'accepted'
        group by d.instance_id, d.instance_name, d.data_to order by name""",
    )


_CHECKS = """select gate, check_name, passed, observed_count, total_count, checked_at, severity,
    detail_it, detail_en, {could_not_run} as could_not_run
from {table} order by passed, severity, gate, check_name"""


@st.cache_data(max_entries=4, show_spinner=False)
def checks(database: str) -> list[Row]:
    """Return the checks of the release, failed ones first."""
    # A release is only made when every critical check came to a verdict.
    return rows(database, _CHECKS.format(table="quality.check_result", could_not_run="false"))


def last_run(status: Path | None) -> Row | None:
    """Return what the last run left beside the releases: green, checked_at, checks, exports; None
    without a status.

    Read fresh every time and closed at once: the file is replaced in place by the next run. A status that
    cannot be read (being replaced, or of another version) counts as none.
    """
    if status is None or not status.is_file():
        return None
    try:
        with duckdb.connect(str(status.resolve()), read_only=True) as connection:
            gate = connection.execute(
                "select green, checked_at from gate order by checked_at desc"
            ).fetchone()
            failed = connection.execute(
                _CHECKS.format(table="check_result", could_not_run="could_not_run")
            ).fetchall()
            exports = connection.execute(
                "select instance_id, export_id, status, period_to, received, loaded, known, quarantined "
                "from export order by instance_id, period_to, export_id"
            ).fetchall()
    except duckdb.Error:
        return None
    names = (
        "gate", "check_name", "passed", "observed_count", "total_count", "checked_at", "severity",
        "detail_it", "detail_en", "could_not_run",
    )  # fmt: skip
    columns = (
        "instance_id",
        "export_id",
        "status",
        "period_to",
        "received",
        "loaded",
        "known",
        "quarantined",
    )
    return {
        "green": None if gate is None else bool(gate[0]),
        "checked_at": None if gate is None else gate[1],
        "checks": [dict(zip(names, row, strict=True)) for row in failed],
        "exports": [dict(zip(columns, row, strict=True)) for row in exports],
    }
