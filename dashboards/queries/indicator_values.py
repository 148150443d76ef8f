"""The cells of the indicator table, and the registry's words for those that a release holds."""

from collections.abc import Sequence
from datetime import date

from dashboards.access.viewer import ViewerDatabase
from dashboards.figures import Figure, Indicator
from dashboards.marked_columns import OWN_MARK, PROTECTED_MARK, marked_cells
from dashboards.queries.release_database import MANY_SUBJECTS, ONE_EACH, Row, kept, rows

# Of the cells, those of everybody: parts of the population are cells of their own beside them.
_FIGURES = """from marts.indicator_value
where list_contains($indicators, indicator_id) and scope_type = $scope_type and period_type = $period_type
    and ($scope_id is null or scope_id = $scope_id)
    and ($period_start is null or period_start = $period_start)
    and case $area when 'EACH' then area <> 'ALL' else area = $area end
    and case $item when 'EACH' then item <> 'ALL' else item = $item end
    and population_group = 'ALL'"""


@kept(MANY_SUBJECTS)
def figures(
    database: ViewerDatabase,
    indicators: tuple[str, ...],
    scope_type: str,
    scope_id: str | None,
    period_type: str,
    *,
    period_start: date | None = None,
    area: str = "ALL",
    item: str = "ALL",
    protected: bool = False,
) -> list[Figure]:
    """Return the private cells of some indicators, ordered by indicator, scope, area and period.

    scope_id None = all of the scope's kind; period_start None = all periods; area EACH = every area of need
    and not the total; item EACH = every item (the registry says what an item is) and not the total. With
    `protected` the numbers are those that publication would print.
    """
    cells = marked_cells(PROTECTED_MARK if protected else OWN_MARK, _FIGURES)
    found = rows(
        database,
        f"{cells} order by indicator_id, scope_id, item, area, period_start",
        {
            "indicators": list(indicators),
            "scope_type": scope_type,
            "scope_id": scope_id,
            "period_type": period_type,
            "period_start": period_start,
            "area": area,
            "item": item,
        },
    )
    return [Figure(**row) for row in found]


@kept(MANY_SUBJECTS)
def consortium_shares(database: ViewerDatabase, year: date) -> list[Row]:
    """Return the value of services of every consortium in a year as the public has it, the largest first:
    scope_id (tax code), value and share of the network's value (both null where a number is hidden), mark;
    and, the same in every row, through and through_share: what the shown ones come to together.

    A delivery stands in one consortium alone, so that their values add up.
    """
    cells = marked_cells(
        PROTECTED_MARK,
        """from marts.indicator_value
        where indicator_id = 'spend_delivered' and scope_type in ('consortium', 'network')
            and period_type = 'year' and period_start = $year and area = 'ALL' and item = 'ALL'
            and population_group = 'ALL'""",
    )
    return rows(
        database,
        f"""with cells as ({cells}), network as (select any_value(value) as value from cells
            where scope_type = 'network')
        select scope_id, c.value, c.mark, c.value / nullif(n.value, 0) as share,
            sum(c.value) over () as through, sum(c.value) over () / nullif(n.value, 0) as through_share
        from cells c, network n where scope_type = 'consortium' order by c.value desc nulls last, scope_id""",
        {"year": year},
    )


@kept(ONE_EACH)
def indicators(database: ViewerDatabase) -> dict[str, Indicator]:
    """Return the registry's words for every indicator that has at least one private cell."""
    found = rows(
        database,
        """select * from marts.dim_indicator
        where indicator_id in (select distinct indicator_id from marts.indicator_value)""",
    )
    return {row["indicator_id"]: Indicator.of(row) for row in found}


@kept(MANY_SUBJECTS)
def periods(database: ViewerDatabase, scope_type: str, scope_id: str | None, period_type: str) -> list[date]:
    """Return the first days of the periods that have any figure for the scope, newest first."""
    found = rows(
        database,
        """select distinct period_start from marts.indicator_value
        where scope_type = $scope_type and ($scope_id is null or scope_id = $scope_id)
            and period_type = $period_type and status = 'ok' order by period_start desc""",
        {"scope_type": scope_type, "scope_id": scope_id, "period_type": period_type},
    )
    return [row["period_start"] for row in found]


def by_key(found: Sequence[Figure]) -> dict[tuple[str, str, str, date], Figure]:
    """Index figures by (indicator_id, scope_id, area, period_start)."""
    return {(f.indicator_id, f.scope_id, f.area, f.period_start): f for f in found}
