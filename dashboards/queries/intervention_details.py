"""One intervention: its facts, its costs by category, what it promised, its warnings, its outcomes."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date

from dashboards.access.viewer import ViewerDatabase
from dashboards.figures import Figure
from dashboards.queries.release_database import MANY_SUBJECTS, ONE_EACH, Row, kept, rows

# The mark that publication gave; a cell it did not judge is not shown.
_MARK = "coalesce(v.mark, 'suppressed')"


@kept(ONE_EACH)
def known_grants(database: ViewerDatabase) -> list[Row]:
    """Return grant_key, title, record_id, lead_name, funder_tax_code and funder_name of every intervention,
    by title."""
    return rows(
        database,
        """select grant_key, title, record_id, lead_name, funder_tax_code, funder_name from marts.dim_grant
        where not is_removed order by title, grant_key""",
    )


@kept(MANY_SUBJECTS)
def grant_facts(database: ViewerDatabase, grant: str) -> Row | None:
    """Return the facts of an intervention, or None: those of its register, territory (its name), call
    (its title), partners' grants made of it (parts), and whether it is awarded by someone it was granted
    on to (parent_title)."""
    found = rows(
        database,
        """select g.*, d.instance_name as territory, d.data_to, c.title as call, p.title as parent_title,
            (select count(*) from marts.dim_grant s where s.parent_grant_key = g.grant_key
                and not s.is_removed) as parts
        from marts.dim_grant g
        left join marts.dim_instance d using (instance_id)
        left join marts.dim_call c using (call_key)
        left join marts.dim_grant p on p.grant_key = g.parent_grant_key
        where g.grant_key = $grant and not g.is_removed""",
        {"grant": grant},
    )
    return found[0] if found else None


@kept(MANY_SUBJECTS)
def cost_categories(database: ViewerDatabase, grant: str, order: Sequence[str]) -> list[Row]:
    """Return cost_category, budget, reported, admitted, variance (euro: reported less budget) and
    variance_share (of the budget) since an intervention began, in the order given."""
    return rows(
        database,
        """select cost_category, budget, reported, admitted, reported - budget as variance,
            case when budget > 0 then (reported - budget) / budget end as variance_share
        from marts.grant_cost_category where grant_key = $grant
        order by list_position($order, cost_category), cost_category""",
        {"grant": grant, "order": list(order)},
    )


@kept(MANY_SUBJECTS)
def grant_targets(database: ViewerDatabase, grant: str, as_of: date) -> list[Row]:
    """Return measure, name (of a scale, else null), baseline, target, due_on, is_due, reached and its
    mark of what an intervention promised, by the end of the data; of figures about persons those that
    may be printed."""
    return rows(
        database,
        f"""select t.measure, o.outcome_name as name, t.baseline, t.target, t.due_on,
            t.due_on <= $as_of::date as is_due,
            case when v.value is null and v.mark is null then 'missing' else {_MARK} end as mark,
            case when {_MARK} in ('value', 'zero') then v.numerator + coalesce(t.baseline, 0) end as reached,
            case when {_MARK} in ('value', 'zero') then v.value end as progress
        from marts.dim_grant_target t
        left join marts.indicator_value v on v.scope_type = 'grant' and v.scope_id = t.grant_key
            and v.indicator_id = 'target_progress' and v.item = t.measure and v.area = 'ALL'
            and v.population_group = 'ALL' and v.period_type = 'month'
            and v.period_start = date_trunc('month', $as_of::date)
        left join (select distinct outcome_indicator_key, outcome_name from marts.outcome_overview) o
            on o.outcome_indicator_key = t.measure
        where t.grant_key = $grant and not t.is_removed order by t.due_on nulls last, t.measure""",
        {"grant": grant, "as_of": as_of},
    )


@kept(MANY_SUBJECTS)
def grant_warnings(database: ViewerDatabase, grant: str) -> list[Row]:
    """Return kind, detail, amount (euro) and record_ids (of the lines, or null) of every warning of an
    intervention, the largest first."""
    return rows(
        database,
        """select kind, detail, amount, record_ids from marts.grant_warning where grant_id = $grant
        order by amount desc, kind, detail""",
        {"grant": grant},
    )


_CHANGES = f"""
with scale as (
    select distinct outcome_indicator_key, outcome_code, outcome_name, outcome_unit
    from marts.outcome_overview
), told as (
    select indicator_id, scope_id, numerator, denominator, value, {_MARK} as mark
    from marts.indicator_value v
    where indicator_id in ('followup_rate', 'outcome_improved') and scope_type = 'grant' and item = 'ALL'
        and area = 'ALL' and population_group = 'ALL' and period_type = 'year' and period_start = $year
)
select g.grant_key, g.title, g.lead_name, s.outcome_code as code, s.outcome_name as name,
    s.outcome_unit as unit, v.indicator_id, v.scope_type, v.scope_id, v.item, v.area, v.period_type,
    v.period_start,
    case when {_MARK} = 'value' then v.numerator end as numerator,
    case when {_MARK} = 'value' then v.denominator end as denominator,
    case when {_MARK} in ('value', 'zero') then v.value end as value,
    case when {_MARK} = 'value' then v.ci_low end as ci_low,
    case when {_MARK} = 'value' then v.ci_high end as ci_high,
    {_MARK} as mark,
    coalesce(f.mark, 'not_applicable') as followup_mark,
    case when f.mark = 'value' then f.numerator end as pairs,
    case when f.mark = 'value' then f.denominator end as first_measured,
    case when f.mark = 'value' then f.value end as followup
from marts.indicator_value v
join marts.dim_grant g on g.grant_key = v.scope_id and not g.is_removed
join scale s on s.outcome_indicator_key = v.item
left join told f on f.scope_id = v.scope_id and f.indicator_id = 'followup_rate'
where v.indicator_id = 'outcome_change' and v.scope_type = 'grant' and v.area = 'ALL'
    and v.population_group = 'ALL' and v.period_type = 'year' and v.period_start = $year
    and (v.status = 'ok' or {_MARK} = 'suppressed')
    and ($grant is null or v.scope_id = $grant) and ($funder is null or g.funder_tax_code = $funder)
order by g.title, g.grant_key, s.outcome_name
"""
_CELL = tuple(field.name for field in fields(Figure))


@kept(MANY_SUBJECTS)
def outcome_changes(
    database: ViewerDatabase, year: date, *, grant: str | None = None, funder: str | None = None
) -> list[Row]:
    """Return the mean change of every scale in a year, of one intervention or of all of a funder, by title:
    grant_key, title, lead_name, code, name and unit of the scale, `figure` (its denominator: people measured
    twice), and of the whole intervention followup_mark, pairs, first_measured, followup.

    They are protected as for the public: a hidden number does not leave the database.
    """
    found = rows(database, _CHANGES, {"year": year, "grant": grant, "funder": funder})
    return [
        {key: value for key, value in row.items() if key not in _CELL}
        | {"figure": Figure(**{key: row[key] for key in _CELL})}
        for row in found
    ]


# What of each intervention was measured in a year. That there is a measurement may be told; of how many
# people, only as publication lets it.
_MEASURED = """
with measured as (
    select scope_id, denominator as first, numerator as pairs, coalesce(mark, 'suppressed') as mark
    from marts.indicator_value
    where indicator_id = 'followup_rate' and scope_type = 'grant' and item = 'ALL' and area = 'ALL'
        and population_group = 'ALL' and period_type = 'year' and period_start = $year
), awarded as (
    select scope_id, denominator as awarded from marts.indicator_value
    where indicator_id = 'disbursement_rate' and scope_type = 'grant' and item = 'ALL'
        and area = 'ALL' and population_group = 'ALL' and period_type = 'month'
        and period_start = date_trunc('month', $as_of::date)
), told as (
    select g.grant_key, g.title, g.lead_name, a.awarded,
    case when m.mark = 'suppressed' then 'protected' when m.pairs > 0 then 'followed'
        when m.first > 0 then 'once' else 'never' end as state
from marts.dim_grant g left join measured m on m.scope_id = g.grant_key
left join awarded a on a.scope_id = g.grant_key
where g.funder_tax_code = $funder and not g.is_removed
    and (g.starts_on is null or g.starts_on < $year::date + interval 1 year)
    and (g.ends_on is null or g.ends_on >= $year or m.scope_id is not null)
)
"""


@kept(MANY_SUBJECTS)
def measured_grants(database: ViewerDatabase, funder: str, as_of: date, year: date) -> list[Row]:
    """Return grant_key, title, lead_name, awarded (euro, net) and state of every intervention of a
    funder that ran in the year or was measured in it, by title.

    state, of the year: `followed`, people were measured twice; `once`, a first time alone; `protected`, there
    are measurements and the numbers are protected; `never`, there is none.
    """
    return rows(
        database,
        _MEASURED + "select * from told order by title, grant_key",
        {"funder": funder, "as_of": as_of, "year": year},
    )


@kept(MANY_SUBJECTS)
def measured_by_state(database: ViewerDatabase, funder: str, as_of: date, year: date) -> list[Row]:
    """Return state, n (interventions) and awarded (euro, net) of the states of `measured_grants`,
    in their order."""
    return rows(
        database,
        _MEASURED
        + """select state, count(*) as n, coalesce(sum(awarded), 0) as awarded from told group by state
        order by list_position(['followed', 'once', 'protected', 'never'], state)""",
        {"funder": funder, "as_of": as_of, "year": year},
    )
