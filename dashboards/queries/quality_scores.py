"""The quality scores of territories and providers, as a viewer may see them."""

from dashboards.access.viewer import ViewerDatabase
from dashboards.queries.release_database import MANY_SUBJECTS, ONE_EACH, Row, columns, kept, rows


def _has(database: ViewerDatabase) -> bool:
    # A release of before has none, and some viewers hold none of a kind.
    return "score" in columns(database, "marts", "quality_score")


@kept(MANY_SUBJECTS)
def quality_scores(database: ViewerDatabase, scope_type: str, scope_id: str) -> list[Row]:
    """Return month_start, dimension, score (0 to 1, None without one) and status of every month of a
    territory or provider, the oldest first."""
    if not _has(database):
        return []
    return rows(
        database,
        """select month_start, dimension, score, status from marts.quality_score
        where scope_type = $scope_type and scope_id = $scope_id order by month_start, dimension""",
        {"scope_type": scope_type, "scope_id": scope_id},
    )


@kept(ONE_EACH)
def latest_quality_scores(database: ViewerDatabase, scope_type: str) -> list[Row]:
    """Return scope_id, name, month_start, dimension, score and status of the last twelve months of every
    territory or provider that has a score in any of them, by name and month."""
    if not _has(database):
        return []
    return rows(
        database,
        """with named as (
            select 'instance' as scope_type, instance_id as scope_id, instance_name as name
            from marts.dim_instance
            union all
            select 'provider', tax_code, any_value(organisation_name) from marts.dim_organisation group by all
        ), recent as (
            select * from marts.quality_score where scope_type = $scope_type and month_start > (
                select max(month_start) - interval 12 month from marts.quality_score)
        )
        select scope_id, coalesce(name, scope_id) as name, month_start, dimension, score, status
        from recent left join named using (scope_type, scope_id)
        where scope_id in (select scope_id from recent where dimension = 'ALL' and score is not null)
        order by name, scope_id, month_start, dimension""",
        {"scope_type": scope_type},
    )
