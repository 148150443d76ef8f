"""The calls of a territory: what each offered, and how far those who applied came."""

from datetime import date

from dashboards.access.viewer import ViewerDatabase
from dashboards.queries.release_database import MANY_SUBJECTS, Row, kept, rows


@kept(MANY_SUBJECTS)
def calls(database: ViewerDatabase, instance: str, as_of: date) -> list[Row]:
    """Return the calls of a territory that had opened on a day, the newest first: call_key, title, kind,
    legal_basis, opens_on, closes_on, budget (euro; null where none is named), submitted, funded, paid
    (applications; null where no stage is held), granted and paid_euro, granted_share (of the budget), and
    state (`open` or `closed` on that day)."""
    return rows(
        database,
        """with reached as (
            select scope_id as call_key, sum(n) filter (stage = 'submitted') as submitted,
                sum(n) filter (stage = 'funded') as funded, sum(n) filter (stage = 'paid') as paid,
                sum(amount) filter (stage = 'funded') as granted,
                sum(amount) filter (stage = 'paid') as paid_euro
            from marts.stage_count
            where funnel = 'call' and scope_type = 'call' and area = 'ALL' and period_type = 'year'
            group by scope_id
        )
        select c.call_key, c.title, c.kind, c.legal_basis, c.opens_on, c.closes_on,
            nullif(c.budget, 0) as budget, r.submitted, r.funded, r.paid, r.granted, r.paid_euro,
            r.granted / nullif(c.budget, 0) as granted_share,
            case when coalesce(c.closes_on >= $as_of, true) then 'open' else 'closed' end as state
        from marts.dim_call c left join reached r using (call_key)
        where c.instance_id = $instance and not c.is_removed and coalesce(c.opens_on <= $as_of, true)
        order by c.opens_on desc nulls last, c.title, c.call_key""",
        {"instance": instance, "as_of": as_of},
    )


@kept(MANY_SUBJECTS)
def organisations_of_call(database: ViewerDatabase, call: str) -> list[Row]:
    """Return how many organisations reached each stage of a call, in the order of the stages: stage,
    organisations, amount (euro)."""
    return rows(
        database,
        """select stage, sum(organisations) as organisations, sum(amount) as amount
        from marts.organisation_application where call_key = $call group by stage
        order by list_position(['submitted', 'admitted', 'funded', 'paid'], stage)""",
        {"call": call},
    )
