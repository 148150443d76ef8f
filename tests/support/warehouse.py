"""A small warehouse of invented figures in the tables that dbt builds, for the packages behind the build.

Numbers of territories and people arrive, a DuckDB file leaves: a copy of the built marts in which the tables
that the public ones are made from are filled, by the names of their columns. It is no substitute for the
models and is not compared with them.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from publication.policy import load_policy
from tests.support.built_marts import copy_built_marts, put

AREAS = ("ANZ", "DIP", "DIS", "FAM", "IMM", "MUL", "POV")
SEATS = (
    ("015182", "Rho", "015", "Milano", "03", "Lombardia"),
    ("096004", "Biella", "096", "Biella", "01", "Piemonte"),
    ("077014", "Matera", "077", "Matera", "17", "Basilicata"),
    ("015146", "Milano", "015", "Milano", "03", "Lombardia"),
    ("017029", "Brescia", "017", "Brescia", "03", "Lombardia"),
    ("001272", "Torino", "001", "Torino", "01", "Piemonte"),
    ("037006", "Bologna", "037", "Bologna", "08", "Emilia-Romagna"),
    ("036023", "Modena", "036", "Modena", "08", "Emilia-Romagna"),
    ("048017", "Firenze", "048", "Firenze", "09", "Toscana"),
    ("058091", "Roma", "058", "Roma", "12", "Lazio"),
    ("063049", "Napoli", "063", "Napoli", "15", "Campania"),
    ("072006", "Bari", "072", "Bari", "16", "Puglia"),
    ("082053", "Palermo", "082", "Palermo", "19", "Sicilia"),
)
INDICATORS = (
    ("persons_served", "reach", "persons", "persons"),
    ("deliveries", "reach", "count", "persons"),
    ("persons_per_1000", "reach", "per 1000 residents", "persons"),
    ("spend_delivered", "spending", "EUR", "persons"),
    ("attributed", "funding", "EUR", "persons"),
    ("outcome_improved", "quality", "ratio", "persons"),
    ("provider_hhi", "market", "0-10000", "none"),
    ("deliberated", "funding", "EUR", "none"),
    ("disbursement_rate", "funding", "ratio", "none"),
    ("quarantine_rate", "data", "ratio", "none"),
)


@dataclass(frozen=True)
class Size:
    """How much stands in the warehouse. The default has small cells of every kind and builds in
    about a second.
    """

    instances: int = 5
    persons: int = 900
    seed: int = 1
    first_day: date = date(2024, 1, 1)
    last_day: date = date(2026, 9, 30)
    # Everybody whom the first territory serves is served in the first area.
    single_area: bool = False
    # All that the last territory has in the first year is an amount that is taken back.
    taken_back: bool = False
    # Each provider works in one territory, but one that works in all.
    local_providers: bool = False


def build_warehouse(path: Path, size: Size = Size()) -> Path:
    """Write the warehouse to `path` and return it. The same size gives the same content."""
    copy_built_marts(path)
    with duckdb.connect(str(path), config={"threads": 2}) as connection:
        _dimensions(connection, size)
        _facts(connection, size)
        _indicator_value(connection)
        _parts(connection)
        _target_groups(connection)
        _contributions(connection)
        _person_contributions(connection, size)
        _quality(connection)
    return path


def _dimensions(connection: duckdb.DuckDBPyConnection, size: Size) -> None:
    instances, territories = [], []
    for number in range(size.instances):
        seat, name, province, province_name, region, region_name = SEATS[number % len(SEATS)]
        place = {"province_code": province, "region_code": region}
        instance = name.lower() if number < len(SEATS) else f"{name.lower()}-{number // len(SEATS)}"
        instances.append(
            place
            | {
                "instance_id": instance,
                "instance_name": name,
                "seat": seat,
                "seat_name": name,
                "province_name": province_name,
                "region_name": region_name,
                "timezone": "Europe/Rome",
                "active_from": size.first_day,
                "first_period_from": size.first_day,
                "data_to": size.last_day,
            }
        )
        if number < len(SEATS):
            territories.append(
                place
                | {
                    "istat_comune": seat,
                    "comune_name": name,
                    "valid_from": size.first_day,
                    "valid_to": date(9999, 12, 31),
                    "is_current": True,
                    "istat_comune_today": seat,
                    "residents": 4000 if number == 2 else 40000 + 1000 * number,
                    "residents_source": "ISTAT",
                    "residents_date": date(2025, 1, 1),
                }
            )
    put(connection, "marts.dim_instance", instances)
    put(connection, "marts.dim_territory", territories)
    put(
        connection,
        "marts.dim_indicator",
        [
            {
                "indicator_id": indicator,
                "domain": domain,
                "unit": unit,
                "kind": "sum",
                "name_it": indicator,
                "name_en": indicator,
                "numerator": "sum",
                "protect": protect,
                "version": 1,
                "definition_it": indicator,
                "definition_en": indicator,
            }
            for indicator, domain, unit, protect in INDICATORS
        ],
    )
    connection.execute("""
        insert into marts.dim_grant by name
        select instance_id || ':G-1' as grant_key, instance_id, 'G-1' as record_id,
               '01234567890' as funder_tax_code, '0' || (1234567890 + 10) as lead_tax_code,
               false as is_of_person, 'A grant' as title, 100000 as amount_deliberated
        from marts.dim_instance""")
    connection.execute("""
        insert into marts.dim_organisation by name
        select '0' || (1234567890 + range) as tax_code, 'Organisation ' || range as organisation_name,
               (select string_agg(instance_id || ':O-' || range, ', ' order by instance_id)
                from marts.dim_instance) as aliases,
               true as is_provider,
               case when range % 2 = 0 then 'cooperative' when range % 3 = 0 then 'other_ets'
                    when range % 5 = 0 then 'public' else 'other' end as provider_group
        from range(40)""")


def _facts(connection: duckdb.DuckDBPyConnection, size: Size) -> None:
    draw = f"hash({{0}} || ' {size.seed}')"
    # Of those of one territory the first has most and the last few.
    provider = "draw % 40"
    if size.local_providers:
        of_territory = "(select count(*) from marts.dim_instance where instance_id < drawn.instance_id)"
        own = f"{of_territory} * 6 + cast(floor(6 * power(draw // 6 % 997 / 997.0, 8)) as bigint)"
        provider = f"case when draw % 6 = 0 then 39 else ({own}) % 39 end"
    areas = ", ".join(f"'{area}'" for area in AREAS)
    connection.execute(f"""
        create temp table person as
        with instance as (select instance_id, row_number() over (order by instance_id) - 1 as nth from
            marts.dim_instance)
        select 'person-' || range as person_key, 1935 + {draw.format("range || ' birth'")} % 85 as birth_year,
               case when {draw.format("range || ' sex'")} % 2 = 0 then 'F' else 'M' end as sex,
               instance.instance_id
        from range({size.persons})
        inner join instance on instance.nth = cast(floor({size.instances}
            * power(({draw.format("range || ' home'")} % 10000) / 10000.0, 1.6)) as bigint)""")
    connection.execute("insert into marts.dim_person by name select person_key, birth_year, sex from person")
    days = (size.last_day - size.first_day).days
    connection.execute(f"""
        insert into marts.fct_service_delivery by name
        with drawn as (
            select person.*, nth, {draw.format("person_key || ' ' || nth")} as draw,
                   {draw.format("person_key || ' kind'")} as kind
            from person, range(12) as times(nth)
            where nth <= {draw.format("person_key || ' times'")} % 12
        )
        select case when draw % 37 = 0 and not {size.single_area}
                   then (select min(instance_id) from marts.dim_instance) else instance_id
            end
                   as instance_id,
               person_key || '/' || nth as record_id, person_key,
               case when {size.single_area}
                        and instance_id = (select min(instance_id) from marts.dim_instance) then
                        '{AREAS[0]}'
                    else [{areas}][1 + cast(floor({len(AREAS)} * power((kind % 1000 + (draw // 7) % 60)
                        / 1061.0, 2)) as bigint)] end as istat_area,
               'NORMAL' as sensitivity, '0' || (1234567890 + {provider}) as provider_tax_code,
               date '{size.first_day}' + cast(draw // 11 % {days} as integer) as start_date,
               cast(10 + power(1 + kind % 90, 1.7) / 10 + draw % 500 / 100.0 as decimal(18, 2)) as
               amount_total, 0 as amount_user, 0 as amount_municipality, 0 as amount_ssn, 0 as amount_other,
               true as is_effective
        from drawn""")
    if size.taken_back:
        last = "instance_id = (select max(instance_id) from marts.dim_instance)"
        year = f"year(start_date) = {size.first_day.year}"
        connection.execute(f"""
            insert into marts.fct_service_delivery by name
            select * replace (record_id || '-S' as record_id, -5000 as amount_total, false as is_effective)
            from marts.fct_service_delivery where {last} and {year} order by record_id limit 1""")
        connection.execute(f"delete from marts.fct_service_delivery where {last} and {year} and is_effective")
    connection.execute("""
        insert into marts.fct_allocation by name
        select instance_id, 'A-' || record_id as record_id, person_key, istat_area, start_date as source_date,
               '0' || (1234567890 + hash(person_key) % 3) as funder_tax_code, amount_total as amount,
               is_effective
        from marts.fct_service_delivery where hash(record_id) % 3 > 0""")


def _indicator_value(connection: duckdb.DuckDBPyConnection) -> None:
    scopes = """select instance_id, unnest([
                    struct_pack(t := 'network', i := 'network'), struct_pack(t := 'region', i := region_code),
                    struct_pack(t := 'province', i := province_code), struct_pack(t := 'instance', i :=
                        instance_id)])
                    as scope from marts.dim_instance"""
    periods = "['month', 'quarter', 'year']"
    placed = f"""
        placed as (
            select scope.t as scope_type, scope.i as scope_id, unnest(['ALL', fact.istat_area]) as area,
                fact.*
            from marts.fct_service_delivery as fact inner join ({scopes}) as scopes using (instance_id)
            union all
            select 'provider', fact.provider_tax_code, unnest(['ALL', fact.istat_area]), fact.*
            from marts.fct_service_delivery as fact
        ),
        dated as (select *, unnest({periods}) as period_type from placed),
        cell as (
            select scope_type, scope_id, area, period_type,
                   cast(date_trunc(period_type, start_date) as date) as period_start,
                   count(distinct person_key) as persons, sum(amount_total) as spent,
                   count(distinct case when is_effective then person_key end) as served,
                   count_if(is_effective) as deliveries
            from dated group by all
        )"""
    for indicator, numerator in (
        ("persons_served", "served"),
        ("deliveries", "deliveries"),
        ("spend_delivered", "spent"),
    ):
        _put_figures(
            connection,
            f"""
            with {placed}
            select '{indicator}' as indicator_id, scope_type, scope_id, area, period_type, period_start,
                   {numerator} as numerator, {numerator} as value, persons as n_persons
            from cell""",
        )
    _put_figures(
        connection,
        """
        select 'persons_per_1000' as indicator_id, scope_type, scope_id, area, period_type, period_start,
               1000 * numerator as numerator, residents as denominator, 1000 * numerator / residents as value,
               n_persons
        from marts.indicator_value
        inner join (
            select 'instance' as scope_type, instance_id as scope_id, residents
            from marts.dim_instance inner join marts.dim_territory on seat = istat_comune
        ) using (scope_type, scope_id)
        where indicator_id = 'persons_served'""",
    )
    _put_figures(
        connection,
        f"""
        with placed as (select unnest(['ALL', istat_area]) as area, * from marts.fct_allocation),
        dated as (select *, unnest({periods}) as period_type from placed)
        select 'attributed' as indicator_id, 'funder' as scope_type, funder_tax_code as scope_id, area,
               period_type, cast(date_trunc(period_type, source_date) as date) as period_start,
               sum(amount) as numerator, sum(amount) as value, count(distinct person_key) as n_persons
        from dated group by all""",
    )
    of_instances = """
        'instance' as scope_type, instance_id as scope_id, 'ALL' as area, 'year' as period_type,
        date_trunc('year', first_period_from) as period_start"""
    _put_figures(
        connection,
        f"""
        select 'deliberated' as indicator_id, {of_instances}, 100000 as numerator, 100000 as value
        from marts.dim_instance""",
    )
    _put_figures(
        connection,
        f"""
        select 'disbursement_rate' as indicator_id, {of_instances}, 0 as numerator, 0 as denominator,
               'denominator_missing' as status
        from marts.dim_instance""",
    )


def _put_figures(connection: duckdb.DuckDBPyConnection, select: str) -> None:
    """Insert figures of everybody by the names of their columns; what they do not say is the same for all."""
    named = {name for name, *_ in connection.execute(f"describe {select}").fetchall()}
    same = {
        "item": "'ALL'",
        "status": "'ok'",
        "population_group": "'ALL'",
        "n_instances": "1",
        "n_instances_expected": "1",
        "data_to": "date '2026-09-30'",
    }
    more = "".join(f", {value} as {name}" for name, value in same.items() if name not in named)
    connection.execute(f"insert into marts.indicator_value by name select *{more} from ({select})")


def _parts(connection: duckdb.DuckDBPyConnection) -> None:
    # The same people again by sex: a figure of a part must never be taken for one of the whole.
    connection.execute("""
        insert into marts.indicator_value by name
        select * replace (numerator - 1 as numerator, value - 1 as value, n_persons - 1 as n_persons,
                          'F' as population_group)
        from marts.indicator_value where indicator_id = 'persons_served' and n_persons > 1""")


def _target_groups(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        insert into marts.persons_by_target_group by name
        with placed as (
            select unnest([struct_pack(t := 'network', i := 'network'),
                           struct_pack(t := 'region', i := instance.region_code)]) as scope,
                   fact.person_key, fact.istat_area, year(fact.start_date) as year, person.sex,
                   case when year - person.birth_year < 18 then '0-17' when year - person.birth_year < 65 then
                   '18-64'
                        else '65+' end as age_band
            from marts.fct_service_delivery as fact
            inner join marts.dim_instance as instance using (instance_id)
            inner join marts.dim_person as person using (person_key)
            where fact.is_effective
        ),
        of_person as (
            select scope.t as scope_type, scope.i as scope_id, unnest(['ALL', istat_area]) as area, age_band,
                   sex, make_date(year, 1, 1) as period_start, person_key
            from placed
        )
        select scope_type, scope_id, area, age_band, sex, period_start,
               count(distinct person_key) as persons, count(*) as deliveries
        from of_person group by all""")


def _contributions(connection: duckdb.DuckDBPyConnection) -> None:
    """What the cubes aggregate, over the facts as they are when it is read."""
    selects = {
        "contribution_delivery": """
            select fact.instance_id, fact.record_id, instance.region_code, instance.province_code,
                   fact.istat_place, fact.provider_tax_code, fact.istat_area, fact.sensitivity,
                   fact.start_date, fact.person_key, coalesce(person.sex, 'ND') as sex,
                   case when year(start_date) - person.birth_year < 18 then '0-17'
                        when year(start_date) - person.birth_year < 65 then '18-64' else '65+'
                   end as age_band, fact.is_effective, fact.quantity, fact.amount_total
            from marts.fct_service_delivery as fact
            inner join marts.dim_instance as instance using (instance_id)
            left join marts.dim_person as person using (person_key)""",
        "contribution_allocation": """
            select instance_id, record_id, source_entity, source_id, source_date, istat_area, person_key,
                   funder_tax_code, grant_key, amount
            from marts.fct_allocation""",
    }
    for table, select in selects.items():
        # A column that the build does not have is told here; the view has all that it has.
        connection.execute(f"insert into intermediate.{table} by name {select} limit 0")
        connection.execute(f"alter table intermediate.{table} rename to {table}_built")
        connection.execute(
            f"create view intermediate.{table} as from intermediate.{table}_built union all by name {select}"
        )


def _person_contributions(connection: duckdb.DuckDBPyConnection, size: Size) -> None:
    """Who asked, applied, got vouchers and was measured: small cells in every one of these tables."""
    bands = list(load_policy().wait_band_names)
    draw = f"cast(hash(person_key || ' {{0}} {size.seed}') % 1000003 as bigint)"
    years = f"make_date(year(date '{size.first_day}') + cast({draw.format('year')} % 3 as integer), 1, 1)"
    states = f"{[*bands, 'waiting', 'refused_resources', 'refused_other', 'open']}"
    amount = f"cast(20 + {draw.format('amount')} % 900 as decimal(18, 2))"
    stages = "['submitted', 'admitted', 'funded', 'paid']"
    selects = [
        f"""select 'persons_asking' as measure, instance_id, {states}[1 + cast(floor(8 * power(
                ({draw.format("state")} % 1000) / 1000.0, 2)) as bigint)] as member""",
        f"""select 'call_applicants' as measure, instance_id,
                instance_id || ':C' || {draw.format("call")} % 2 as subject,
                {stages}[1 + {draw.format("stage")} % 4] as member""",
        f"""select 'call_amount' as measure, instance_id,
                instance_id || ':C' || {draw.format("call")} % 2 as subject,
                unnest({stages}[:1 + {draw.format("stage")} % 4]) as member""",
        f"""select 'voucher_money' as measure, instance_id,
                instance_id || ':V' || {draw.format("scheme")} % 2 as subject,
                ['spent', 'lapsed', 'outstanding'][1 + {draw.format("voucher")} % 3] as member""",
        f"""select 'outcome_pairs' as measure, instance_id, instance_id || ':G-1' as subject,
                case when {draw.format("better")} % 3 > 0 then 'improved' else 'not_improved'
                end as member""",
    ]
    for nth, select in enumerate(selects):
        connection.execute(f"""
            insert into marts.person_contribution by name
            select *, 'request' as entity, person_key as record_id, person_key as contributor_key,
                   false as is_high
            from ({select}, {years} as period_start, {amount} as amount, person_key from person
                  where {draw.format(nth)} % 3 > 0)""")
    connection.execute("""
        insert into marts.person_contribution by name
        select 'spend_delivered' as measure, instance_id, 'service_delivery' as entity, record_id,
               provider_tax_code as member, make_date(year(start_date), 1, 1) as period_start, person_key,
               person_key as contributor_key, false as is_high, amount_total as amount
        from marts.fct_service_delivery""")
    _put_figures(
        connection,
        """
        with pairs as (
            select unnest([struct_pack(t := 'grant', i := subject),
                           struct_pack(t := 'funder', i := '01234567890')])
                       as scope, period_start, member = 'improved' as is_improved
            from marts.person_contribution where measure = 'outcome_pairs'
        )
        select 'outcome_improved' as indicator_id, scope.t as scope_type, scope.i as scope_id, 'ALL' as area,
               'year' as period_type, period_start, count(*) filter (where is_improved) as numerator,
               count(*) as denominator, avg(cast(is_improved as integer)) as value, count(*) as n_persons
        from pairs group by all""",
    )
    connection.execute("""
        insert into marts.organisation_application by name
        select instance_id || ':C0' as call_key, date '2025-01-01' as period_start, 'funded' as stage,
               2 as organisations, 5000 as amount
        from marts.dim_instance""")


def _quality(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        insert into quality.export_log by name
        select instance_id, instance_id || '-0001' as export_id, 1 as attempt, 'accepted' as status,
               1 as sequence, sha256(instance_id) as manifest_sha256, data_to as period_to
        from marts.dim_instance""")
