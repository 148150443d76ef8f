"""The SQL of the pages: a database of a release and parameters arrive, plain records leave; what came
in is read in `received`.

Everything is read-only, parameterised, and cached under the real path of the release, which never changes its
content. Money and counts stay decimal. Nothing here decides what a figure means or how it looks; a reader for
whom figures about persons are protected is asked for with `protected`, and then a hidden number does not
leave the database.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import duckdb
import streamlit as st

from dashboards.figures import Figure, Indicator

Row = dict[str, Any]

_ENTRIES = 600


@st.cache_resource(max_entries=2, show_spinner=False)
def _connection(database: str) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(database, read_only=True, config={"threads": 2})


def rows(database: str, sql: str, parameters: dict[str, object] | None = None) -> list[Row]:
    """Return the rows of a query as records. Only this module and `received` write queries."""
    cursor = _connection(database).cursor()
    cursor.execute(sql, parameters or {})
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@st.cache_data(max_entries=60, show_spinner=False)
def columns(database: str, schema: str, table: str) -> set[str]:
    """Return the names of a table's columns; none where the release does not hold the table."""
    found = rows(
        database,
        "select column_name from duckdb_columns() where schema_name = $schema and table_name = $table",
        {"schema": schema, "table": table},
    )
    return {row["column_name"] for row in found}


# The mark a reader sees who may see everything: it follows from the status alone.
_OWN_MARK = """case status when 'ok' then case when value = 0 then 'zero' else 'value' end
    when 'not_collected' then 'not_collected' when 'not_applicable' then 'not_applicable'
    else 'missing' end"""
# The mark that publication gave; a cell it did not judge is not shown.
_PROTECTED_MARK = "coalesce(mark, 'suppressed')"

# Of the cells, those of everybody: parts of the population are cells of their own beside them.
_FIGURES = """
select indicator_id, scope_type, scope_id, item, area, period_type, period_start,
    case when {mark} in ('value', 'zero') then numerator end as numerator,
    case when {mark} in ('value', 'zero') then denominator end as denominator,
    case when {mark} in ('value', 'zero') then value end as value,
    case when {mark} in ('value', 'zero') then ci_low end as ci_low,
    case when {mark} in ('value', 'zero') then ci_high end as ci_high,
    {mark} as mark
from marts.indicator_value
where indicator_id in (select unnest($indicators)) and scope_type = $scope_type and period_type = $period_type
    and ($scope_id is null or scope_id = $scope_id)
    and ($period_start is null or period_start = $period_start)
    and case $area when 'EACH' then area <> 'ALL' else area = $area end and item = 'ALL'
    and population_group = 'ALL'
order by indicator_id, scope_id, area, period_start
"""


@st.cache_data(max_entries=_ENTRIES, show_spinner=False)
def figures(
    database: str,
    indicators: tuple[str, ...],
    scope_type: str,
    scope_id: str | None,
    period_type: str,
    *,
    period_start: date | None = None,
    area: str = "ALL",
    protected: bool = False,
) -> list[Figure]:
    """Return the private cells of some indicators, ordered by indicator, scope, area and period.

    scope_id None = all of the scope's kind; period_start None = all periods; area EACH = every area of need
    and not the total. With `protected` the numbers are those that publication would print.
    """
    mark = _PROTECTED_MARK if protected else _OWN_MARK
    found = rows(
        database,
        _FIGURES.format(mark=mark),
        {
            "indicators": list(indicators),
            "scope_type": scope_type,
            "scope_id": scope_id,
            "period_type": period_type,
            "period_start": period_start,
            "area": area,
        },
    )
    return [Figure(**row) for row in found]


@st.cache_data(max_entries=4, show_spinner=False)
def indicators(database: str) -> dict[str, Indicator]:
    """Return the registry's words for every indicator that has at least one private cell."""
    found = rows(
        database,
        """select * from marts.dim_indicator
        where indicator_id in (select distinct indicator_id from marts.indicator_value)""",
    )
    return {
        row["indicator_id"]: Indicator(
            row["indicator_id"],
            row["name_it"],
            row["name_en"],
            row["unit"],
            row.get("definition_it") or "",
            row.get("definition_en") or "",
            row.get("formula") or " / ".join(filter(None, (row.get("numerator"), row.get("denominator")))),
            row.get("version"),
        )
        for row in found
    }


@st.cache_data(max_entries=60, show_spinner=False)
def periods(database: str, scope_type: str, scope_id: str | None, period_type: str) -> list[date]:
    """Return the first days of the periods that have any figure for the scope, newest first."""
    found = rows(
        database,
        """select distinct period_start from marts.indicator_value
        where scope_type = $scope_type and ($scope_id is null or scope_id = $scope_id)
            and period_type = $period_type and status = 'ok' order by period_start desc""",
        {"scope_type": scope_type, "scope_id": scope_id, "period_type": period_type},
    )
    return [row["period_start"] for row in found]


def _places(database: str, column: str) -> str:
    # A release of before does not say where an organisation is at work.
    held = column in columns(database, "marts", "dim_organisation")
    return f"string_split({column}, ' | ')" if held else "null::varchar[]"


@st.cache_data(max_entries=4, show_spinner=False)
def funders(database: str) -> list[Row]:
    """Return tax_code, name and instances (ids of the territories it funds in) of every funder with grants,
    the largest by net awarded first."""
    return rows(
        database,
        f"""select tax_code, organisation_name as name, {_places(database, "funder_in")} as instances,
            coalesce(max(v.denominator), 0) as awarded
        from marts.dim_organisation o
        left join marts.indicator_value v on v.scope_type = 'funder' and v.scope_id = o.tax_code
            and v.indicator_id = 'disbursement_rate' and v.period_type = 'year' and v.population_group = 'ALL'
        where o.is_funder and o.tax_code in (select funder_tax_code from marts.dim_grant)
        group by all order by awarded desc, name""",
    )


@st.cache_data(max_entries=4, show_spinner=False)
def providers(database: str) -> list[Row]:
    """Return tax_code, name and instances (ids of the territories it is at work in) of every provider that
    has delivered a service, alphabetical."""
    return rows(
        database,
        f"""select tax_code, organisation_name as name, {_places(database, "provider_in")} as instances
        from marts.dim_organisation
        where is_provider and tax_code in (
            select scope_id from marts.indicator_value
            where scope_type = 'provider' and indicator_id = 'deliveries' and value > 0) order by name""",
    )


@st.cache_data(max_entries=4, show_spinner=False)
def instances(database: str) -> list[Row]:
    """Return instance_id, name, region, first_period_from and data_to (last day covered)
    of every territory.
    """
    return rows(
        database,
        """select instance_id, instance_name as name, region_name, first_period_from, data_to
        from marts.dim_instance order by name""",
    )


# Where a grant stands today: the newest cumulative cell of each kind. A cumulative figure exists for every
# month.
_GRANTS = """
with now as (
    select scope_id as grant_key,
        max(denominator) filter (indicator_id = 'disbursement_rate') as awarded,
        max(numerator) filter (indicator_id = 'disbursement_rate') as disbursed,
        max(denominator) filter (indicator_id = 'eligible_cost_rate') as reported,
        max(numerator) filter (indicator_id = 'eligible_cost_rate') as admitted,
        max(numerator) filter (indicator_id = 'residual') as residual,
        max(value) filter (indicator_id = 'time_elapsed') as elapsed,
        max(value) filter (indicator_id = 'budget_reported') as budget_reported,
        max(value) filter (indicator_id = 'schedule_gap') as gap
    from marts.indicator_value
    where scope_type = 'grant' and period_type = 'month' and item = 'ALL' and area = 'ALL'
        and population_group = 'ALL'
        and indicator_id in ('disbursement_rate', 'eligible_cost_rate', 'residual', 'time_elapsed',
            'budget_reported', 'schedule_gap')
        and period_start = date_trunc('month', $as_of::date)
    group by scope_id
), followed as (
    select scope_id as grant_key, value as followup, numerator as pairs, denominator as first_measured
    from marts.indicator_value
    where scope_type = 'grant' and period_type = 'year' and item = 'ALL' and area = 'ALL' and mark = 'value'
        and population_group = 'ALL' and indicator_id = 'followup_rate'
    qualify row_number() over (partition by scope_id order by period_start desc) = 1
), standing as (
    select g.grant_key, g.title, g.lead_name, g.programme, g.acri_sector, g.status,
        g.deliberated_on, g.starts_on,
        g.ends_on, n.awarded, coalesce(n.disbursed, 0) as disbursed, coalesce(n.reported, 0) as reported,
        coalesce(n.admitted, 0) as admitted, coalesce(n.residual, 0) as residual, f.followup, f.pairs,
        f.first_measured, n.elapsed, n.budget_reported, n.gap,
        g.status in ('DELIBERATED', 'ACTIVE', 'SUSPENDED') as is_open,
        g.deliberated_on > $as_of::date - 90 as is_young
    from marts.dim_grant g join now n using (grant_key) left join followed f using (grant_key)
    where g.funder_tax_code = $funder and not g.is_removed
)
"""


# What a comparison says of one territory out of all of them.
_OF_ALL = (
    "adjusted",
    "network_value",
    "lo95",
    "hi95",
    "lo998",
    "hi998",
    "reliability",
    "position",
    "overdispersion",
    "widening",
    "chance_lo95",
    "chance_hi95",
    "chance_lo998",
    "chance_hi998",
    "chance_position",
)


@st.cache_data(max_entries=_ENTRIES, show_spinner=False)
def compared(database: str, indicator: str, area: str, year: date) -> list[Row]:
    """Return each territory of a comparison: instance_id, its adjusted value, that of the others
    (network_value), the limits of the network's own variety (lo95, hi95, lo998, hi998) and its position
    against them, those of chance alone (chance_lo95, ..., chance_position), overdispersion and widening (how
    many times chance's the variety is, and how many times wider its limits are), reliability and is_guarded.
    Null what a release of before does not hold.

    Where publication hides any territory's figure, nothing that is computed from all of them leaves the
    database: then is_guarded, and all of these are null.
    """
    held = columns(database, "marts", "comparison")
    return rows(
        database,
        """with judged as (
            select c.*, bool_or(case when v.mark is null then c.numerator <> 0 else v.mark = 'suppressed' end)
                over () as is_guarded
            from marts.comparison c left join marts.indicator_value v
                on v.indicator_id = c.indicator_id and v.item = c.item and v.area = c.area
                and v.scope_type = 'instance' and v.scope_id = c.instance_id and v.period_type = 'year'
                and v.period_start = c.period_start and v.population_group = 'ALL'
            where c.indicator_id = $indicator and c.item = 'ALL' and c.area = $area and c.period_start = $year
        )
        select instance_id, is_guarded,
            """
        + ", ".join(
            f"{f'case when not is_guarded then {name} end' if name in held else 'null'} as {name}"
            for name in _OF_ALL
        )
        + " from judged",
        {"indicator": indicator, "area": area, "year": year},
    )


@st.cache_data(max_entries=60, show_spinner=False)
def grants(database: str, funder: str, as_of: date) -> list[Row]:
    """Return one row per intervention of a funder, by end date: its facts and its four amounts as of a day.

    awarded is net of savings and revocations; awarded, disbursed, reported and admitted are cumulative euro;
    elapsed and budget_reported are shares, gap the second less the first, null where no budget was sent.
    """
    return rows(
        database,
        _GRANTS + "select * from standing order by ends_on nulls last, title",
        {"funder": funder, "as_of": as_of},
    )


@st.cache_data(max_entries=60, show_spinner=False)
def grants_to_look_at(
    database: str, funder: str, as_of: date, least_followup: float, most_behind: float
) -> list[Row]:
    """Return the open interventions that ask for a look: grant_key, title, lead_name, reason, at_stake
    (euro), since.

    Reasons: `behind` its time by more than the share of the budget given, `ended` or `ending` (within 90
    days) with money still to disburse, `followup` under the share given.
    Interventions awarded less than 90 days before are left alone.
    """
    return rows(
        database,
        _GRANTS
        + """select grant_key, title, lead_name,
            case when ends_on < $as_of::date then 'ended' else 'ending' end as reason,
            residual as at_stake, ends_on as since, gap, null as followup, null as pairs,
            null as first_measured
        from standing where is_open and not is_young and residual > 0 and ends_on <= $as_of::date + 90
        union all
        select grant_key, title, lead_name, 'behind', residual, ends_on, gap, null, null, null
        from standing where is_open and not is_young and gap < -$behind
        union all
        select grant_key, title, lead_name, 'followup', residual, null, gap, followup, pairs, first_measured
        from standing where is_open and not is_young and followup < $least
        order by at_stake desc, title""",
        {"funder": funder, "as_of": as_of, "least": least_followup, "behind": most_behind},
    )


@st.cache_data(max_entries=60, show_spinner=False)
def ledger_by(database: str, funder: str, as_of: date, column: str) -> list[Row]:
    """Return the four amounts of a funder's interventions by `programme` or `acri_sector`,
    the largest first.
    """
    if column not in ("programme", "acri_sector"):
        raise ValueError(f"interventions are grouped by programme or acri_sector, not by {column}")
    return rows(
        database,
        _GRANTS
        + f"""select {column} as name, count(*) as n, sum(awarded) as awarded, sum(disbursed) as disbursed,
            sum(reported) as reported, sum(admitted) as admitted from standing group by {column}
        order by awarded desc, name""",
        {"funder": funder, "as_of": as_of},
    )


@st.cache_data(max_entries=_ENTRIES, show_spinner=False)
def coverage(
    database: str,
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
    return rows(
        database,
        """with reach as (
            select *, least($last::date, coalesce(active_to, $last::date)) as ends
            from marts.dim_instance where $instances is null or list_contains($instances, instance_id)
        ), told as (
            select *,
                (first_period_from is null or first_period_from <= $last)
                    and (active_to is null or active_to >= $first) as is_expected,
                data_to >= ends
                    and first_period_from <= greatest($first::date, coalesce(active_from, $first::date))
                    as covers,
                first_period_from <= $last and data_to >= $first as sends,
                case when data_to >= ends then $last::date else data_to end as until
            from reach
        )
        select count(*) filter (covers and is_expected) as reporting,
            count(*) filter (is_expected) as expected,
            list(instance_name order by instance_name) filter (is_expected and covers is not true) as missing,
            coalesce(list(instance_id order by instance_id) filter (covers), []) as covering,
            coalesce(list(instance_id order by instance_id) filter (sends), []) as sending,
            min(first_period_from) as begins,
            min(data_to) filter (is_expected and data_to >= ends) as data_to,
            min(until) filter (sends) as earliest,
            max(until) filter (sends) as latest,
            list({'name': instance_name, 'until': until}) filter (sends) as days
        from told""",
        {
            "first": first_day,
            "last": last_day,
            "instances": None if instances is None else list(instances),
        },
    )[0]


def by_key(found: Sequence[Figure]) -> dict[tuple[str, str, str, date], Figure]:
    """Index figures by (indicator_id, scope_id, area, period_start)."""
    return {(f.indicator_id, f.scope_id, f.area, f.period_start): f for f in found}
