"""The interventions of a funder: where each stands, which ask for a look, and their sums."""

from datetime import date

from dashboards.access.viewer import ViewerDatabase
from dashboards.queries.release_database import MANY_SUBJECTS, Row, kept, rows

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
    select scope_id as grant_key, value as followup, numerator as pairs, denominator as first_measured,
        year(period_start) as followup_year
    from marts.indicator_value
    where scope_type = 'grant' and period_type = 'year' and item = 'ALL' and area = 'ALL' and mark = 'value'
        and population_group = 'ALL' and indicator_id = 'followup_rate'
    qualify row_number() over (partition by scope_id order by period_start desc) = 1
), standing as (
    select g.grant_key, g.instance_id, g.title, g.lead_name, g.programme, g.acri_sector, g.status,
        g.deliberated_on, g.starts_on,
        g.ends_on, n.awarded, coalesce(n.disbursed, 0) as disbursed, coalesce(n.reported, 0) as reported,
        coalesce(n.admitted, 0) as admitted, coalesce(n.residual, 0) as residual, f.followup, f.pairs,
        f.first_measured, f.followup_year, n.elapsed, n.budget_reported, n.gap,
        g.status in ('DELIBERATED', 'ACTIVE', 'SUSPENDED') as is_open,
        g.deliberated_on > $as_of::date - 90 as is_young
    from marts.dim_grant g join now n using (grant_key) left join followed f using (grant_key)
    where g.funder_tax_code = $funder and not g.is_removed
)
"""


@kept(MANY_SUBJECTS)
def grants(database: ViewerDatabase, funder: str, as_of: date) -> list[Row]:
    """Return one row per intervention of a funder, by end date: its facts and its four amounts as of a day.

    awarded is net of savings and revocations; awarded, disbursed, reported and admitted are cumulative euro;
    elapsed and budget_reported are shares, gap the second less the first, null where no budget was sent.
    """
    return rows(
        database,
        _GRANTS + "select * from standing order by ends_on nulls last, title",
        {"funder": funder, "as_of": as_of},
    )


@kept(MANY_SUBJECTS)
def grants_to_look_at(
    database: ViewerDatabase,
    funder: str,
    as_of: date,
    least_followup: float,
    most_behind: float,
    material: float,
) -> list[Row]:
    """Return one row per open intervention that asks for a look while something can still be changed, by
    euro, the most first: grant_key, title, lead_name, ends_on, residual, at_stake (euro), all_at_stake (of
    all of them), followup_year (the year of the measures that `followup` is about) and reasons, a list of
    {reason, amount, share}.

    Reasons: `ended` or `ending` (within 90 days) with money still to disburse; `behind` its time by more than
    the share given; of the warnings `double_claimed`, `out_of_window`, `over_budget` and `without_receipt`
    those whose euro are at least the material share of what was reported; `followup` under the share given,
    where the intervention ends within 90 days.
    at_stake counts each euro once: all that is still to disburse where the reason is time, else the largest
    warning and never more than is still to disburse; null where a reason is not about money. Interventions
    awarded less than 90 days before, and those of which nothing is left to disburse, are left alone.
    """
    return rows(
        database,
        _GRANTS
        + """, warned as (
            select w.grant_id as grant_key, w.kind as reason, sum(w.amount) as amount,
                sum(w.amount) / nullif(any_value(s.reported), 0) as share
            from marts.grant_warning w join standing s on s.grant_key = w.grant_id
            group by w.grant_id, w.kind
            having sum(w.amount) >= $material * any_value(s.reported)
        ), reason as (
            select grant_key, case when ends_on < $as_of::date then 'ended' else 'ending' end as reason,
                1 as position, true as is_of_time, null::decimal(24, 2) as amount, null::double as share
            from standing where ends_on <= $as_of::date + 90
            union all
            select grant_key, 'behind', 2, true, null, gap from standing where gap < -$behind
            union all
            select grant_key, reason, 3, false, amount, share from warned
            union all
            select grant_key, 'followup', 4, null, null, followup from standing
            where followup < $least and ends_on <= $as_of::date + 90
        )
        select *, coalesce(sum(at_stake) over (), 0) as all_at_stake from (
            select s.grant_key, s.title, s.lead_name, s.ends_on, s.residual, s.pairs, s.first_measured,
            s.followup_year,
            case when bool_or(r.is_of_time) then s.residual else least(s.residual, max(r.amount)) end
                as at_stake,
            list({'reason': r.reason, 'amount': r.amount, 'share': r.share}
                order by r.position, r.amount desc nulls last, r.reason) as reasons
        from standing s join reason r using (grant_key)
        where s.is_open and not s.is_young and s.residual > 0
        group by s.grant_key, s.title, s.lead_name, s.ends_on, s.residual, s.pairs, s.first_measured,
            s.followup_year)
        order by at_stake desc nulls last, ends_on nulls last, title, grant_key""",
        {
            "funder": funder,
            "as_of": as_of,
            "least": least_followup,
            "behind": most_behind,
            "material": material,
        },
    )


@kept(MANY_SUBJECTS)
def grants_past_change(database: ViewerDatabase, funder: str, as_of: date) -> Row:
    """Return how many interventions of a funder have warnings: past, of those that are closed or have nothing
    left to disburse; ahead, of those that are open and have."""
    return rows(
        database,
        _GRANTS
        + """select count(*) filter (not is_open or residual <= 0) as past,
            count(*) filter (is_open and residual > 0) as ahead
        from standing where grant_key in (select grant_id from marts.grant_warning)""",
        {"funder": funder, "as_of": as_of},
    )[0]


@kept(MANY_SUBJECTS)
def ledger_by(database: ViewerDatabase, funder: str, as_of: date, column: str) -> list[Row]:
    """Return the four amounts of a funder's interventions by `programme`, `acri_sector` or
    `lead_name`, the largest first.
    """
    if column not in ("programme", "acri_sector", "lead_name"):
        raise ValueError(f"interventions are grouped by programme, acri_sector or lead_name, not by {column}")
    return rows(
        database,
        _GRANTS
        + f"""select {column} as name, count(*) as n, sum(awarded) as awarded, sum(disbursed) as disbursed,
            sum(reported) as reported, sum(admitted) as admitted from standing group by {column}
        order by awarded desc, name""",
        {"funder": funder, "as_of": as_of},
    )
