"""The vouchers of a territory: what became of those issued in a year, scheme by scheme."""

from datetime import date

from dashboards.access.viewer import ViewerDatabase
from dashboards.queries.release_database import MANY_SUBJECTS, Row, kept, rows


@kept(MANY_SUBJECTS)
def voucher_ledger(database: ViewerDatabase, instance: str, year: date) -> list[Row]:
    """Return what became of the vouchers issued in a year by each scheme of a territory, and by all of them
    (scheme null, last): scheme, vouchers (how many), issued, spent, lapsed, outstanding (euro).

    The last three add up to the issued ones.
    """
    return rows(
        database,
        """select case when scope_type = 'scheme' then substr(scope_id, length($instance) + 2) end as scheme,
            sum(n) filter (stage = 'issued') as vouchers, sum(amount) filter (stage = 'issued') as issued,
            sum(amount) filter (stage = 'first_used') as spent,
            sum(amount) filter (stage in ('expired', 'cancelled')) as lapsed,
            sum(amount) filter (stage = 'open') as outstanding
        from marts.stage_count
        where funnel = 'voucher' and area = 'ALL' and period_type = 'year' and period_start = $year
            and ((scope_type = 'scheme' and starts_with(scope_id, $instance || ':'))
                or (scope_type = 'instance' and scope_id = $instance))
        group by scope_type, scope_id having sum(n) filter (stage = 'issued') > 0
        order by scheme nulls last""",
        {"instance": instance, "year": year},
    )
