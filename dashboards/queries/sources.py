"""Whose money paid for services: the sums of the public and of the private sources of a scope."""

from datetime import date

from dashboards.access.viewer import ViewerDatabase
from dashboards.queries.release_database import MANY_SUBJECTS, Row, kept, rows


@kept(MANY_SUBJECTS)
def source_sums(database: ViewerDatabase, scope_type: str, scope_id: str, year: date) -> list[Row]:
    """Return kind, amount (euro) and share of the value of a year's services, for the kinds `public`
    (municipalities, health service, region and state), `private` (foundations, employers, people) and
    `unallocated`; null where one of the sources of a kind is hidden from the viewer."""
    return rows(
        database,
        """with source as (
            select case when item in ('MUNICIPALITY', 'SSN', 'REGION_STATE') then 'public'
                when item = 'UNALLOCATED' then 'unallocated' else 'private' end as kind,
                numerator, denominator
            from marts.indicator_value
            where indicator_id = 'source_mix' and scope_type = $scope_type and scope_id = $scope_id
                and item <> 'ALL' and area = 'ALL' and population_group = 'ALL' and period_type = 'year'
                and period_start = $year
        )
        select kind, case when bool_and(numerator is not null) then sum(numerator) end as amount,
            case when bool_and(numerator is not null)
                then (sum(numerator) / nullif(max(denominator), 0))::double end as share
        from source group by kind order by list_position(['public', 'private', 'unallocated'], kind)""",
        {"scope_type": scope_type, "scope_id": scope_id, "year": year},
    )
