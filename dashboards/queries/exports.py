"""What the territories sent: exports, how far they reach, totals, quarantine and checks. What was made of the
exports does not belong here."""

from datetime import date
from functools import lru_cache
from pathlib import Path

import duckdb

from dashboards.access.viewer import ViewerDatabase
from dashboards.queries.release_database import MANY_SUBJECTS, ONE_EACH, Row, kept, rows


@kept(ONE_EACH)
def _reaches(database: ViewerDatabase) -> list[Row]:
    """Return how far the exports of every territory reach, in the order of their names."""
    return rows(
        database,
        """select instance_id, instance_name, active_from, active_to, first_period_from, data_to
        from marts.dim_instance order by instance_name""",
    )


def coverage(
    database: ViewerDatabase,
    first_day: date,
    last_day: date,
    instances: tuple[str, ...] | None = None,
) -> Row:
    """Return how much of a period the exports of the network, or of some territories, hold.

    A territory reports where its exports reach from the first day, or from the day it joined, to the last, or
    to the day it left; it is expected where they began by the last day and it had not left before the first.
    reporting and expected count them, missing names those that are expected and do not report. covering and
    sending: the ids of those whose exports hold the period whole, and any day of it. begins: the first day
    that any export covers; data_to: the earliest last day covered among those that reach the end. earliest
    and latest: up to which day of the period those that send are known, at least and at most; days: the same
    of each, by name.
    """
    # A page asks this of twenty periods: from rows that are kept, since to plan a query took longest of all.
    told = [row for row in _reaches(database) if instances is None or row["instance_id"] in instances]
    expected, covering, reaching, days = [], [], [], {}
    for row in told:
        begins, known, left = row["first_period_from"], row["data_to"], row["active_to"]
        reaches = known is not None and known >= min(last_day, left or last_day)
        if (begins is None or begins <= last_day) and (left is None or left >= first_day):
            expected.append(row)
            if reaches:
                reaching.append(known)
        if reaches and begins is not None and begins <= max(first_day, row["active_from"] or first_day):
            covering.append(row["instance_id"])
        if begins is not None and known is not None and begins <= last_day and known >= first_day:
            days[row["instance_id"]] = {"name": row["instance_name"], "until": last_day if reaches else known}
    until = [day["until"] for day in days.values()]
    return {
        "reporting": sum(row["instance_id"] in covering for row in expected),
        "expected": len(expected),
        "missing": [row["instance_name"] for row in expected if row["instance_id"] not in covering],
        "covering": sorted(covering),
        "sending": sorted(days),
        "begins": min((row["first_period_from"] for row in told if row["first_period_from"]), default=None),
        "data_to": min(reaching, default=None),
        "earliest": min(until, default=None),
        "latest": max(until, default=None),
        "days": list(days.values()),
    }


@kept(ONE_EACH)
def export_months(database: ViewerDatabase, as_of: date) -> list[Row]:
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


@kept(MANY_SUBJECTS)
def not_collected(database: ViewerDatabase, year: date) -> list[Row]:
    """Return instance_id and the indicators (ids) for which a territory sent nothing in a year, of those that
    have any."""
    return rows(
        database,
        """select scope_id as instance_id, list(distinct indicator_id order by indicator_id) as indicators
        from marts.indicator_value
        where scope_type = 'instance' and period_type = 'year' and period_start = $year
            and population_group = 'ALL' and status = 'not_collected'
        group by scope_id order by scope_id""",
        {"year": year},
    )


@kept(ONE_EACH)
def reconciliation(database: ViewerDatabase) -> list[Row]:
    """Return the control totals by entity and money column over all exports: declared, loaded, known,
    quarantined, gap."""
    return rows(
        database,
        """select entity, "column" as column_name, count(distinct export_id) as exports,
            sum(declared) as declared,
            sum(loaded) as loaded, sum(known) as known, sum(quarantined) as quarantined, sum(gap) as gap
        from quality.reconciliation where declared is not null and is_euro group by all order by all""",
    )


@kept(ONE_EACH)
def row_counts(database: ViewerDatabase) -> Row:
    """Return the rows of all accepted exports: received, loaded, known, quarantined, exports."""
    return rows(
        database,
        """select count(*) as exports, coalesce(sum(received), 0) as received,
            coalesce(sum(loaded), 0) as loaded,
            coalesce(sum(known), 0) as known, coalesce(sum(quarantined), 0) as quarantined
        from quality.export_log where status = 'accepted'""",
    )[0]


@kept(MANY_SUBJECTS)
def exports_behind(database: ViewerDatabase, instances: tuple[str, ...] | None) -> Row:
    """Return how many accepted exports of how many territories the figures of some territories (None: all)
    come from: exports, territories."""
    return rows(
        database,
        """select count(*) as exports, count(distinct instance_id) as territories from quality.export_log
        where status = 'accepted' and ($instances is null or list_contains($instances, instance_id))""",
        {"instances": None if instances is None else list(instances)},
    )[0]


@kept(ONE_EACH)
def quarantine(database: ViewerDatabase) -> list[Row]:
    """Return code, entries, exports and territories of what is in quarantine, the most frequent first."""
    return rows(
        database,
        """select code, count(*) as entries, count(distinct export_id) as exports,
            count(distinct instance_id) as territories
        from quality.quarantine group by code order by entries desc, code""",
    )


@kept(ONE_EACH)
def freshness(database: ViewerDatabase) -> list[Row]:
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


@kept(ONE_EACH)
def checks(database: ViewerDatabase) -> list[Row]:
    """Return the checks of the release, failed ones first."""
    # A release is only made when every critical check came to a verdict.
    return rows(database, _CHECKS.format(table="quality.check_result", could_not_run="false"))


# What found nothing to do, or ended early, says nothing about how long the step takes.
_TIMINGS = """select step, count(*) as runs, max(started_at) as started_at,
    arg_max(seconds, started_at) as seconds, median(seconds) as usual, max(seconds) as longest,
    arg_max(rows, started_at) as rows
from run_history where outcome not in ('unchanged', 'failed') group by step order by min(started_at)"""


def last_run(status: Path | None) -> Row | None:
    """Return what the last run left beside the releases; None without a status: green, checked_at, checks,
    exports, steps (step, started_at, seconds, outcome, detail), contacts (by instance_id) and timings (one
    row per step: runs on record, started_at, seconds and rows of the last, the usual and longest seconds).

    Read once and closed at once: the file is replaced in place by the next run, and read again then. A status
    that cannot be read (being replaced, or of another version) counts as none.
    """
    if status is None:
        return None
    try:
        at = status.stat()
    except OSError:
        return None
    return _last_run(str(status.resolve()), (at.st_mtime_ns, at.st_ino, at.st_size))


@lru_cache(maxsize=4)
def _last_run(status: str, _file: tuple[int, int, int]) -> Row | None:
    # All that tells one file under a name from the next is the key of the cache.
    try:
        with duckdb.connect(status, read_only=True) as connection:
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
            steps = connection.execute(
                "select step, started_at, seconds, outcome, detail from run order by started_at"
            ).fetchall()
            # A status that an earlier version wrote lacks what came later.
            held = {
                name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()
            }
            contacts: list[tuple[str, str]] = []
            if "contact" in held:
                contacts = connection.execute("select instance_id, contact from contact").fetchall()
            timings = connection.execute(_TIMINGS).fetchall() if "run_history" in held else []
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
        "steps": [
            dict(zip(("step", "started_at", "seconds", "outcome", "detail"), row, strict=True))
            for row in steps
        ],
        "contacts": dict(contacts),
        "timings": [
            dict(zip(("step", "runs", "started_at", "seconds", "usual", "longest", "rows"), row, strict=True))
            for row in timings
        ],
    }
