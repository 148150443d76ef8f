"""How long is waited and how far is come: the points of a waiting curve, and the stages of a way."""

from datetime import date

from dashboards.access.viewer import ViewerDatabase
from dashboards.queries.release_database import MANY_SUBJECTS, Row, kept, rows

_OF_CURVE = """indicator_id = $indicator and scope_type = $scope_type and scope_id = $scope_id
    and area = $area and period_type = 'year' and period_start = $year"""


@kept(MANY_SUBJECTS)
def waiting_curve(
    database: ViewerDatabase, indicator: str, scope_type: str, scope_id: str, area: str, year: date
) -> list[Row]:
    """Return the points of a curve by day: day, survival (share 0 to 1 that still waits), ci_low, ci_high,
    at_risk (how many waited when the day began), events. The waits are those that began in the year."""
    return rows(
        database,
        f"""select day, survival, ci_low, ci_high, at_risk, events from marts.survival_curve
        where {_OF_CURVE} order by day""",
        {
            "indicator": indicator,
            "scope_type": scope_type,
            "scope_id": scope_id,
            "area": area,
            "year": year,
        },
    )


@kept(MANY_SUBJECTS)
def waiting_reached(
    database: ViewerDatabase, indicator: str, scope_type: str, scope_id: str, area: str, year: date
) -> Row:
    """Return the day on which at most half (`half`) and at most a tenth (`tenth`) of a curve still wait; null
    where it does not come to that."""
    return rows(
        database,
        f"""select min(day) filter (survival <= 0.5) as half, min(day) filter (survival <= 0.1) as tenth
        from marts.survival_curve where {_OF_CURVE}""",
        {
            "indicator": indicator,
            "scope_type": scope_type,
            "scope_id": scope_id,
            "area": area,
            "year": year,
        },
    )[0]


@kept(MANY_SUBJECTS)
def waiting_ended(
    database: ViewerDatabase,
    indicator: str,
    scope_type: str,
    scope_id: str,
    area: str,
    year: date,
    within: int,
) -> Row:
    """Return of a curve how many waits began (`begun`) and how many had come to their end by a day (`ended`),
    which leaves out those who left before; both 0 where there is no curve."""
    return rows(
        database,
        f"""select coalesce(max(at_risk), 0)::bigint as begun,
            coalesce(sum(events) filter (day <= $within), 0)::bigint as ended
        from marts.survival_curve where {_OF_CURVE}""",
        {
            "indicator": indicator,
            "scope_type": scope_type,
            "scope_id": scope_id,
            "area": area,
            "year": year,
            "within": within,
        },
    )[0]


@kept(MANY_SUBJECTS)
def waiting_at(
    database: ViewerDatabase,
    indicator: str,
    scope_type: str,
    scope_id: str,
    area: str,
    year: date,
    days: tuple[int, ...],
) -> list[Row]:
    """Return day and at_risk, how many still wait when the day begins, for some days of a curve."""
    return rows(
        database,
        f"""select asked.day, coalesce(min_by(c.at_risk, c.day), 0) as at_risk
        from (select unnest($days::integer[]) as day) asked
        left join (select day, at_risk from marts.survival_curve where {_OF_CURVE}) c on c.day >= asked.day
        group by asked.day order by asked.day""",
        {
            "indicator": indicator,
            "scope_type": scope_type,
            "scope_id": scope_id,
            "area": area,
            "year": year,
            "days": list(days),
        },
    )


@kept(MANY_SUBJECTS)
def stages(
    database: ViewerDatabase, funnel: str, scope_type: str, scope_id: str, area: str, year: date | None
) -> list[Row]:
    """Return the stages of a way (`request`, `call` or `voucher`) that began in a year, or in any (None):
    stage, n, n_persons, amount (euro or null), share (of the first stage), days (median from the stage
    before), is_exit.

    First the steps in their order, then the ways out that anybody took, refusals for lack of funds or places
    first. Persons and days of several years together are null: they do not add up.
    """
    return rows(
        database,
        """with way as (
            select stage, stage_order, is_exit, sum(n) as n, sum(amount) as amount,
                case when count(*) = 1 then any_value(n_persons) end as n_persons,
                case when count(*) = 1 then any_value(median_days_from_previous) end as days
            from marts.stage_count
            where funnel = $funnel and scope_type = $scope_type and scope_id = $scope_id and area = $area
                and period_type = 'year' and ($year is null or period_start = $year)
            group by all
        )
        select stage, n, n_persons, amount, days, is_exit,
            n / nullif(max(n) filter (stage_order = 1) over (), 0) as share
        from way qualify not is_exit or n > 0
        order by is_exit, stage not in ('rejected_no_funds', 'rejected_no_capacity'), stage_order""",
        {
            "funnel": funnel,
            "scope_type": scope_type,
            "scope_id": scope_id,
            "area": area,
            "year": year,
        },
    )
