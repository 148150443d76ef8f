"""A small synthetic warehouse with the published schema, for the packages behind the build.

Numbers of territories and people arrive, a DuckDB file leaves. It is made from facts by the definitions of
    the
registry as far as the public tables need them; it is no substitute for the models and is not compared with
them.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from publication.policy import load_policy

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
    """How much stands in the warehouse. The default has small cells of every kind and builds in about a
    second."""

    instances: int = 5
    persons: int = 900
    seed: int = 1
    first_day: date = date(2024, 1, 1)
    last_day: date = date(2026, 9, 30)
    # Everybody whom the first territory serves is served in the first area.
    single_area: bool = False
    # All that the last territory has in the first year is an amount that is taken back.
    taken_back: bool = False


def build_warehouse(path: Path, size: Size = Size()) -> Path:
    """Write the warehouse to `path` and return it. The same size gives the same content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path), config={"threads": 2}) as connection:
        for schema in ("marts", "quality"):
            connection.execute(f"create schema {schema}")
        _dimensions(connection, size)
        _facts(connection, size)
        _indicator_value(connection)
        _coverage(connection)
        _target_groups(connection)
        _contributions(connection)
        _person_contributions(connection, size)
        _quality(connection, size)
    return path


def _dimensions(connection: duckdb.DuckDBPyConnection, size: Size) -> None:
    connection.execute("""
        create table marts.dim_instance (
            instance_id varchar, instance_name varchar, seat varchar, seat_name varchar, province_code
            varchar, province_name varchar, region_code varchar, region_name varchar, timezone varchar,
            active_from date, active_to date, first_period_from date, data_to date)""")
    connection.execute("""
        create table marts.dim_territory (
            istat_comune varchar, comune_name varchar, province_code varchar, region_code varchar, valid_from
            date, valid_to date, is_current boolean, istat_comune_today varchar, residents bigint,
            residents_source varchar, residents_date date)""")
    for number in range(size.instances):
        seat, name, province, province_name, region, region_name = SEATS[number % len(SEATS)]
        instance = name.lower() if number < len(SEATS) else f"{name.lower()}-{number // len(SEATS)}"
        connection.execute(
            "insert into marts.dim_instance values (?, ?, ?, ?, ?, ?, ?, ?, 'Europe/Rome', ?, null, ?, ?)",
            [
                instance,
                name,
                seat,
                name,
                province,
                province_name,
                region,
                region_name,
                size.first_day,
                size.first_day,
                size.last_day,
            ],
        )
        if number < len(SEATS):
            connection.execute(
                """insert into marts.dim_territory
                   values (?, ?, ?, ?, ?, '9999-12-31', true, ?, ?, 'ISTAT', ?)""",
                [
                    seat,
                    name,
                    province,
                    region,
                    size.first_day,
                    seat,
                    4000 if number == 2 else 40000 + 1000 * number,
                    date(2025, 1, 1),
                ],
            )
    connection.execute("""
        create table marts.dim_indicator (
            indicator_id varchar, domain varchar, unit varchar, kind varchar, name_it varchar, name_en
            varchar, numerator varchar, denominator varchar, protect varchar, version bigint,
            definition_it varchar, definition_en varchar)""")
    connection.executemany(
        "insert into marts.dim_indicator values ($1, $2, $3, 'sum', $1, $1, 'sum', null, $4, 1, $1, $1)",
        [list(entry) for entry in INDICATORS],
    )
    connection.execute("""
        create table marts.dim_grant as
        select instance_id || ':G-1' as grant_key, instance_id, 'G-1' as record_id, '01234567890' as
            funder_tax_code,
               '0' || (1234567890 + 10) as lead_tax_code, false as is_of_person,
               'A grant' as title, cast(100000 as decimal(18, 2)) as amount_deliberated
        from marts.dim_instance""")
    connection.execute("""
        create table marts.dim_organisation as
        select '0' || (1234567890 + range) as tax_code, 'Organisation ' || range as organisation_name,
               (select string_agg(instance_id || ':O-' || range, ', ' order by instance_id)
                from marts.dim_instance) as aliases,
               true as is_provider,
               case when range % 2 = 0 then 'cooperative' when range % 3 = 0 then 'other_ets'
                    when range % 5 = 0 then 'public' else 'other' end as provider_group
        from range(40)""")


def _facts(connection: duckdb.DuckDBPyConnection, size: Size) -> None:
    draw = f"hash({{0}} || ' {size.seed}')"
    areas = ", ".join(f"'{area}'" for area in AREAS)
    connection.execute(f"""
        create table marts.dim_person as
        with instance as (select instance_id, row_number() over (order by instance_id) - 1 as nth from
            marts.dim_instance)
        select 'person-' || range as person_key, 1935 + {draw.format("range || ' birth'")} % 85 as birth_year,
               case when {draw.format("range || ' sex'")} % 2 = 0 then 'F' else 'M' end as sex,
               instance.instance_id
        from range({size.persons})
        inner join instance on instance.nth = cast(floor({size.instances}
            * power(({draw.format("range || ' home'")} % 10000) / 10000.0, 1.6)) as bigint)""")
    days = (size.last_day - size.first_day).days
    connection.execute(f"""
        create table marts.fct_service_delivery as
        with drawn as (
            select person.*, nth, {draw.format("person_key || ' ' || nth")} as draw,
                   {draw.format("person_key || ' kind'")} as kind
            from marts.dim_person as person, range(12) as times(nth)
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
               'NORMAL' as sensitivity, '0' || (1234567890 + draw % 40) as provider_tax_code,
               date '{size.first_day}' + cast(draw // 11 % {days} as integer) as start_date,
               cast(10 + power(1 + kind % 90, 1.7) / 10 + draw % 500 / 100.0 as decimal(18, 2)) as
               amount_total, true as is_effective
        from drawn""")
    if size.taken_back:
        last = "instance_id = (select max(instance_id) from marts.dim_instance)"
        year = f"year(start_date) = {size.first_day.year}"
        connection.execute(f"""
            insert into marts.fct_service_delivery by name
            select * replace (record_id || '-S' as record_id, -5000 as amount_total, false as is_effective)
            from marts.fct_service_delivery where {last} and {year} order by record_id limit 1""")
        connection.execute(f"delete from marts.fct_service_delivery where {last} and {year} and is_effective")
    for column in ("amount_user", "amount_municipality", "amount_ssn", "amount_other"):
        connection.execute(
            f"alter table marts.fct_service_delivery add column {column} decimal(18, 2) default 0"
        )
    connection.execute("""
        create table marts.fct_allocation as
        select instance_id, 'A-' || record_id as record_id, person_key, istat_area, start_date as source_date,
               '0' || (1234567890 + hash(person_key) % 3) as funder_tax_code, amount_total as amount,
               is_effective
        from marts.fct_service_delivery where hash(record_id) % 3 > 0""")
    for table, column in (
        ("payment", "amount"),
        ("voucher_event", "amount"),
        ("plan_movement", "amount"),
    ):
        connection.execute(
            f"create table marts.fct_{table} "
            f"(instance_id varchar, record_id varchar, {column} decimal(18, 2))"
        )
    connection.execute("""
        create table marts.fct_grant_line (
            instance_id varchar, record_id varchar, grant_key varchar, funder_tax_code varchar,
            line_type varchar, partner_id varchar, partner_tax_code varchar, entry_date date,
            amount decimal(18, 2), admits_id varchar, doc_ref varchar)""")
    connection.execute("""
        create table marts.fct_application (
            instance_id varchar, record_id varchar, amount_requested decimal(18, 2), amount_granted
            decimal(18, 2))""")


def _indicator_value(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        create table marts.indicator_value (
            indicator_id varchar, scope_type varchar, scope_id varchar, item varchar, area varchar,
            period_type varchar, period_start date, numerator decimal(24, 4), denominator decimal(24, 4),
            value double, ci_low double, ci_high double, n_persons bigint, status varchar)""")
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
        connection.execute(f"""
            insert into marts.indicator_value
            with {placed}
            select '{indicator}', scope_type, scope_id, 'ALL', area, period_type, period_start, {numerator},
                null,
                   {numerator}, null, null, persons, 'ok' from cell""")
    connection.execute("""
        insert into marts.indicator_value
        select 'persons_per_1000', scope_type, scope_id, item, area, period_type, period_start, 1000 *
            numerator,
               residents, 1000 * numerator / residents, null, null, n_persons, 'ok'
        from marts.indicator_value
        inner join (
            select 'instance' as scope_type, instance_id as scope_id, residents
            from marts.dim_instance inner join marts.dim_territory on seat = istat_comune) using (scope_type,
                scope_id)
        where indicator_id = 'persons_served'""")
    connection.execute(f"""
        insert into marts.indicator_value
        with placed as (select unnest(['ALL', istat_area]) as area, * from marts.fct_allocation),
        dated as (select *, unnest({periods}) as period_type from placed)
        select 'attributed', 'funder', funder_tax_code, 'ALL', area, period_type,
               cast(date_trunc(period_type, source_date) as date) as period_start, sum(amount), null,
               sum(amount), null, null, count(distinct person_key), 'ok' from dated group by all""")
    connection.execute("""
        insert into marts.indicator_value
        select 'deliberated', 'instance', instance_id, 'ALL', 'ALL', 'year', date_trunc('year',
            first_period_from),
               100000, null, 100000, null, null, null, 'ok' from marts.dim_instance
        union all
        select 'disbursement_rate', 'instance', instance_id, 'ALL', 'ALL', 'year',
               date_trunc('year', first_period_from), 0, 0, null, null, null, null, 'denominator_missing'
        from marts.dim_instance""")


def _coverage(connection: duckdb.DuckDBPyConnection) -> None:
    for column, kind, value in (
        ("population_group", "varchar", "'ALL'"),
        ("n_instances", "bigint", "1"),
        ("n_instances_expected", "bigint", "1"),
        ("data_to", "date", "date '2026-09-30'"),
    ):
        connection.execute(f"alter table marts.indicator_value add column {column} {kind} default {value}")
    # The same people again by sex: a figure of a part must never be taken for one of the whole.
    connection.execute("""
        insert into marts.indicator_value
        select indicator_id, scope_type, scope_id, item, area, period_type, period_start, numerator - 1,
            denominator,
               value - 1, ci_low, ci_high, n_persons - 1, status, 'F', n_instances, n_instances_expected,
               data_to
        from marts.indicator_value where indicator_id = 'persons_served' and n_persons > 1""")


def _target_groups(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        create table marts.persons_by_target_group as
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
        )
        select scope.t as scope_type, scope.i as scope_id, unnest(['ALL', istat_area]) as area, age_band, sex,
               make_date(year, 1, 1) as period_start, person_key
        from placed""")
    connection.execute("""
        create or replace table marts.persons_by_target_group as
        select scope_type, scope_id, area, age_band, sex, period_start, count(distinct person_key) as persons,
               count(*) as deliveries
        from marts.persons_by_target_group group by all""")


def _contributions(connection: duckdb.DuckDBPyConnection) -> None:
    """What the cubes aggregate, over the facts as they are when it is read."""
    connection.execute("create schema intermediate")
    connection.execute("""
        create view intermediate.contribution_delivery as
        select fact.*, instance.region_code, instance.province_code, coalesce(person.sex, 'ND') as sex,
               case when year(start_date) - person.birth_year < 18 then '0-17'
                    when year(start_date) - person.birth_year < 65 then '18-64' else '65+' end as age_band
        from marts.fct_service_delivery as fact
        inner join marts.dim_instance as instance using (instance_id)
        left join marts.dim_person as person using (person_key)""")
    connection.execute(
        "create view intermediate.contribution_allocation as select * from marts.fct_allocation"
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
        f"""select 'persons_asking', instance_id, null, {states}[1 + cast(floor(8 * power(
                ({draw.format("state")} % 1000) / 1000.0, 2)) as bigint)], null, {amount}""",
        f"""select 'call_applicants', instance_id, instance_id || ':C' || {draw.format("call")} % 2,
                {stages}[1 + {draw.format("stage")} % 4], null, {amount}""",
        f"""select 'call_amount', instance_id, instance_id || ':C' || {draw.format("call")} % 2,
                unnest({stages}[:1 + {draw.format("stage")} % 4]), null, {amount}""",
        f"""select 'voucher_money', instance_id, instance_id || ':V' || {draw.format("scheme")} % 2,
                ['spent', 'lapsed', 'outstanding'][1 + {draw.format("voucher")} % 3], null, {amount}""",
        f"""select 'outcome_pairs', instance_id, instance_id || ':G-1',
                case when {draw.format("better")} % 3 > 0 then 'improved' else 'not_improved' end, null,
                {amount}""",
    ]
    connection.execute("""
        create table marts.person_contribution (
            measure varchar, instance_id varchar, entity varchar, record_id varchar,
            earlier_record_id varchar, subject varchar, member varchar, period_start date,
            person_key varchar, contributor_key varchar,
            payee_key varchar, is_high boolean, amount decimal(18, 2))""")
    for nth, select in enumerate(selects):
        connection.execute(f"""
            insert into marts.person_contribution
            select c1, c2, 'request', person_key, null, c3, c4, year, person_key, person_key, c5, false, c6
            from ({select}, {years}, person_key from marts.dim_person
                  where {draw.format(nth)} % 3 > 0) as t(c1, c2, c3, c4, c5, c6, year, person_key)""")
    connection.execute("""
        insert into marts.person_contribution
        select 'spend_delivered', instance_id, 'service_delivery', record_id, null, null, provider_tax_code,
               make_date(year(start_date), 1, 1), person_key, person_key, null, false, amount_total
        from marts.fct_service_delivery""")
    connection.execute("""
        insert into marts.indicator_value
        with pairs as (
            select unnest([struct_pack(t := 'grant', i := subject),
                           struct_pack(t := 'funder', i := '01234567890')])
                       as scope, period_start, member = 'improved' as is_improved
            from marts.person_contribution where measure = 'outcome_pairs'
        )
        select 'outcome_improved', scope.t, scope.i, 'ALL', 'ALL', 'year', period_start,
               count(*) filter (where is_improved), count(*), avg(cast(is_improved as integer)), null, null,
               count(*), 'ok', 'ALL', 1, 1, date '2026-09-30'
        from pairs group by all""")
    connection.execute("""
        create table marts.organisation_application as
        select instance_id || ':C0' as call_key, date '2025-01-01' as period_start, 'funded' as stage,
               2 as organisations, cast(5000 as decimal(18, 2)) as amount
        from marts.dim_instance""")


def _quality(connection: duckdb.DuckDBPyConnection, size: Size) -> None:
    connection.execute("""
        create table quality.export_log as
        select instance_id, instance_id || '-0001' as export_id, 1 as attempt, 'accepted' as status, 1 as
            sequence,
               sha256(instance_id) as manifest_sha256, data_to as period_to from marts.dim_instance""")
    connection.execute(
        "create table quality.flag (instance_id varchar, entity varchar, record_id varchar, code varchar)"
    )
    connection.execute(
        "create table quality.quarantine (instance_id varchar, export_id varchar, code varchar)"
    )
    connection.execute(
        "create table quality.reconciliation (instance_id varchar, export_id varchar, gap decimal(24, 3))"
    )
