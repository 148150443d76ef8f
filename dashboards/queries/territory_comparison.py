"""What is computed of one territory out of all of them."""

from datetime import date

from dashboards.access.viewer import ViewerDatabase
from dashboards.figures import LEAST_PEERS
from dashboards.queries.release_database import MANY_SUBJECTS, Row, columns, kept, rows

# What a comparison says of one territory out of all of them.
_OF_ALL = (
    "value",
    "denominator",
    "expected",
    "peer_group",
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


@kept(MANY_SUBJECTS)
def compared(database: ViewerDatabase, indicator: str, area: str, year: date, item: str = "ALL") -> list[Row]:
    """Return each territory of a comparison: instance_id, its value, denominator, the expected numerator,
    peer_group, the other territories of it that are compared (peers, ids) and their median (peer_median)
    where they are three or more, its adjusted value, that of the others (network_value), the limits of the
    network's own variety (lo95, hi95, lo998, hi998) and its position against them, those of chance alone
    (chance_lo95, ..., chance_position), overdispersion and widening (how many times chance's the variety is,
    and how many times wider its limits are), reliability and is_guarded.
    Null what a release of before does not hold.

    Where publication hides any territory's figure, nothing that is computed from all of them leaves the
    database: then is_guarded, and all of these are null.
    """
    held = columns(database, "marts", "comparison")
    return rows(
        database,
        f"""with judged as (
            select c.*, list(c.instance_id) over (partition by c.peer_group) as grouped,
                coalesce(bool_or(case when c."position" = 'guarded' then true
                when v.mark is null then c.numerator <> 0 else v.mark = 'suppressed' end) over (), false)
                as is_guarded
            from marts.comparison c left join marts.indicator_value v
                on v.indicator_id = c.indicator_id and v.item = c.item and v.area = c.area
                and v.scope_type = 'instance' and v.scope_id = c.instance_id and v.period_type = 'year'
                and v.period_start = c.period_start and v.population_group = 'ALL'
            where c.indicator_id = $indicator and c.item = $item and c.area = $area and c.period_start = $year
        )
        select instance_id, is_guarded,
            list_filter(grouped, lambda each: each <> instance_id) as peers,
            case when not is_guarded and len(grouped) > {LEAST_PEERS} then peer_median end as peer_median,
            """
        + ", ".join(
            f"{f'case when not is_guarded then {name} end' if name in held else 'null'} as {name}"
            for name in _OF_ALL
        )
        + " from judged",
        {"indicator": indicator, "area": area, "year": year, "item": item},
    )
