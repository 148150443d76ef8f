"""What a territory's services were worth for each of its residents, year by year, beside territories like it.

The finished public figures arrive, one public table leaves. It divides what is printed of a territory by its
residents, and nothing else: a hidden amount stays hidden, and a median knows printed amounts only.
"""

import duckdb

from publication.cells import VALUE, ZERO

SPENDING = "spending_per_resident"
SPENDING_TITLE = (
    "Valore dei servizi per residente, anno per anno, con il gruppo di confronto",
    "Value of services per resident, year by year, with the peer group",
)
INDICATOR = "spend_delivered"
RESIDENTS_INCOMPLETE = "residents_incomplete"


def create_spending_per_resident(connection: duckdb.DuckDBPyConnection, marts: str) -> None:
    """Create publication.spending_per_resident, one row per closed year and territory, and per year for the
    whole network (territory `network`).

    Columns: territory, year, peer_group (class of residents and part of Italy, see
    docs/explanation/comparison.md), residents with source and day, spend_delivered (EUR) and its mark,
    spend_per_resident (EUR, to the cent) and its mark, withheld (why there is none although the amount is
    printed), peers (other territories of the group), peers_shown (those whose own value is printed),
    peer_median (of these). Residents are of one day, whatever the year.
    """
    connection.execute(f"""
        create table publication.{SPENDING} as
        with place as (
            select instance_id, 'instance:' || instance_id as territory,
                if(count(*) = count(residents), sum(residents), null)::bigint as residents,
                string_agg(distinct residents_source, ', ' order by residents_source) as residents_source,
                min(residents_date) as residents_date
            from publication.territory group by all
        ),
        peer as (
            select instance_id, any_value(peer_group) as peer_group from {marts}.comparison group by all
        ),
        everybody as (
            select territory, residents, residents_source, residents_date, peer_group
            from place left join peer using (instance_id)
            union all
            select 'network', if(count(*) = count(residents), sum(residents), null)::bigint,
                string_agg(distinct residents_source, ', ' order by residents_source), min(residents_date),
                null
            from place
        ),
        spent as (
            select if(scope_type = 'network', 'network', 'instance:' || scope_id) as territory,
                strftime(period_start, '%Y') as year, numerator as spend_delivered,
                mark as spend_delivered_mark
            from publication.indicator_value
            where indicator_id = '{INDICATOR}' and scope_type in ('network', 'instance')
                and period_type = 'year' and area = 'ALL' and item = 'ALL'
        ),
        own as (
            select territory, year, peer_group, residents, residents_source, residents_date,
                spend_delivered::decimal(18, 2) as spend_delivered, spend_delivered_mark,
                if(residents > 0, round(spend_delivered / residents, 2), null)::decimal(18, 2)
                    as spend_per_resident,
                if(spend_delivered_mark in ('{VALUE}', '{ZERO}') and coalesce(residents, 0) = 0, 'missing',
                    spend_delivered_mark) as spend_per_resident_mark,
                if(spend_delivered is not null and coalesce(residents, 0) = 0, '{RESIDENTS_INCOMPLETE}', null)
                    as withheld
            from spent inner join everybody using (territory)
        )
        select own.*, count(other.territory) as peers, count(other.spend_per_resident) as peers_shown,
            median(other.spend_per_resident)::decimal(18, 2) as peer_median
        from own
        left join own as other on other.peer_group = own.peer_group and other.year = own.year
            and other.territory <> own.territory
        group by all order by own.territory, own.year""")
