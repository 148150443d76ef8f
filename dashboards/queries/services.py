"""The coded services, the Social Points, the consortia and the corporate plans: what a figure's item or scope
is called."""

from dashboards.access.viewer import ViewerDatabase
from dashboards.queries.release_database import MANY_SUBJECTS, ONE_EACH, Row, columns, kept, rows


@kept(MANY_SUBJECTS)
def coded_services(database: ViewerDatabase, instance: str | None) -> list[Row]:
    """Return the coded services of a territory, or of all (None), whose price can be told: item
    (`<code>:<unit>`), code, unit, and the names that services of the code have."""
    return rows(
        database,
        """select nomenclatore_code || ':' || unit as item, nomenclatore_code as code, unit,
            string_agg(distinct service_name, ' / ' order by service_name) as name
        from marts.dim_service
        where ($instance is null or instance_id = $instance) and nomenclatore_code is not null
            and unit not in ('EUR', 'ITEM')
        group by all order by code, unit""",
        {"instance": instance},
    )


@kept(MANY_SUBJECTS)
def social_points(database: ViewerDatabase, instance: str) -> dict[str, str]:
    """Return key and name of the Social Points of a territory that have any request, by name; one whose name
    the viewer does not hold is called by its code."""
    held = "aliases" in columns(database, "marts", "dim_organisation")
    found = rows(
        database,
        f"""select v.scope_id as key,
            coalesce(min(o.organisation_name), split_part(v.scope_id, ':', 2)) as name
        from marts.indicator_value v left join marts.dim_organisation o
            on {"list_contains(string_split(o.aliases, ' | '), v.scope_id)" if held else "false"}
        where v.scope_type = 'social_point' and v.indicator_id = 'requests'
            and starts_with(v.scope_id, $instance || ':')
        group by v.scope_id order by name""",
        {"instance": instance},
    )
    return {row["key"]: row["name"] for row in found}


@kept(ONE_EACH)
def consortia(database: ViewerDatabase) -> dict[str, str]:
    """Return tax code and name of the consortia whose members have delivered anything, by name."""
    found = rows(
        database,
        """select consortium_tax_code as code, any_value(consortium_name) as name
        from marts.consortium_overview group by code order by name""",
    )
    return {row["code"]: row["name"] for row in found}


@kept(MANY_SUBJECTS)
def consortium_members(database: ViewerDatabase, consortium: str) -> dict[str, str]:
    """Return tax code and name of the members of a consortium that have delivered anything as such."""
    found = rows(
        database,
        """select member_tax_code as code, any_value(member_name) as name from marts.consortium_overview
        where consortium_tax_code = $consortium group by code order by name""",
        {"consortium": consortium},
    )
    return {row["code"]: row["name"] for row in found}


@kept(ONE_EACH)
def corporate_plans(database: ViewerDatabase) -> list[Row]:
    """Return what became of the credit of each plan up to the last period, the largest first: plan_key, name,
    source, population, credit, social (spent in the social economy), elsewhere, expired, remaining (euro),
    and is_hidden where publication hides any of them: then all are null.

    credit = social + elsewhere + expired + remaining.
    """
    return rows(
        database,
        """with plans as (
            select plan_key, any_value(plan_name) as name, any_value(plan_source) as source,
                max(population) as population
            from marts.corporate_plan_overview group by plan_key
        ), yearly as (
            select v.scope_id as plan_key,
                max_by(v.denominator, v.period_start) filter (indicator_id = 'corporate_use_rate') as credit,
                max_by(v.numerator, v.period_start) filter (indicator_id = 'corporate_use_rate') as spent,
                coalesce(sum(v.numerator) filter (indicator_id = 'corporate_social_share'), 0) as social,
                coalesce(sum(v.numerator) filter (indicator_id = 'corporate_expired'), 0) as expired,
                bool_or(coalesce(v.mark, 'suppressed') = 'suppressed') as is_hidden
            from marts.indicator_value v
            where v.scope_type = 'plan' and v.period_type = 'year' and v.area = 'ALL' and v.item = 'ALL'
                and v.population_group = 'ALL'
                and v.indicator_id in ('corporate_use_rate', 'corporate_social_share', 'corporate_expired')
            group by v.scope_id
        )
        select plan_key, name, source, population, is_hidden,
            case when not is_hidden then credit end as credit,
            case when not is_hidden then social end as social,
            case when not is_hidden then spent - social end as elsewhere,
            case when not is_hidden then expired end as expired,
            case when not is_hidden then credit - spent - expired end as remaining
        from plans join yearly using (plan_key) where credit > 0
        order by is_hidden, credit desc, name, plan_key""",
    )
