"""The lists that the law asks public bodies for: concessions, payments, and what each organisation received.

The warehouse and the finished public tables arrive; one table per list leaves in schema publication, with
organisations only. Amounts of grants are those that the table of public money prints; a payment that would
tell what another table hides carries the mark. What a list is called and which columns it has stands in its
schema file.
"""

import codecs
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.spreadsheet_text import harmless_sql
from core.sql import literal
from publication.bulk_insert import insert_rows
from publication.calendar import Period
from publication.cells import SUPPRESSED, VALUE, ZERO
from publication.policy import DisclosurePolicy
from publication.public_files import DATA
from publication.simulated import Simulated
from publication.statutory_schema import Column, StatutorySchema

PRINTED = f"('{VALUE}', '{ZERO}')"
# The price of help given to persons: other tables protect what it is made of.
SERVICES = "('SERVICE_FEE', 'VOUCHER_SETTLEMENT')"
_SIMULATED = "Territori con dati simulati (ALL: tutti)"
# Tables that protect the value of services and vouchers, with their columns.
PROTECTED = {
    "t06_spending_by_funder_and_area": "funder varchar, area varchar, year varchar, attributed_mark varchar",
    "t07_spending_by_provider": "provider varchar, year varchar, spend_delivered_mark varchar",
    "t11_spending_by_kind_of_provider": "territory varchar, kind varchar, year varchar, "
    "spend_delivered_mark varchar",
    "t12_vouchers_by_scheme": "scheme varchar, state varchar, year varchar, voucher_money_mark varchar",
}


@dataclass(frozen=True)
class Exact:
    """What the lists must agree with: the name of the table of public money, and the grants of which a person
    who is a partner got a part."""

    open_table: str
    paid_to_persons: Collection[str]


def create_statutory_lists(
    connection: duckdb.DuckDBPyConnection,
    warehouse: str,
    schemas: Sequence[StatutorySchema],
    exact: Exact,
    periods: dict[str, list[Period]],
    policy: DisclosurePolicy,
    former: Sequence[Path],
    revised_years: Collection[str],
) -> list[str]:
    """Create one table per schema in schema publication and return their names; also
    publication.statutory_list (one row per list: table, version, law) and .statutory_column (one row per
    column of each, with its titles).

    Closed years and quarters only. What one of the `former` folders printed is taken over from the first as
    it was printed, except in the revised years, and except of beneficiaries who are no organisation any more.
    """
    marts = f"{warehouse}.marts"
    closed = [(kind, period.start, period.name) for kind in ("year", "quarter") for period in periods[kind]]
    connection.execute("create temp table closed (kind varchar, start date, name varchar)")
    insert_rows(connection, "closed", closed)
    connection.execute(f"""
        create temp table body as
        select tax_code, any_value(organisation_name) as name, bool_or(coalesce(is_public_body, false))
            as is_public, any_value(provider_group) as provider_group
        from {marts}.dim_organisation where tax_code is not null group by tax_code""")
    _create_paid(connection, marts, exact, policy)
    for schema in schemas:
        source = {"concession": _concessions, "payment": _payments, "received": _received}[schema.source]
        rows = source(connection, warehouse, schema, exact)
        columns = ", ".join(f"{column.source} as {column.name}" for column in schema.columns)
        connection.execute(f"create table publication.{schema.table} as select {columns} from ({rows})")
        _take_over(connection, schema, former, sorted(set(revised_years)))
    for table in ("paid", "body", "closed"):
        connection.execute(f"drop table {table}")
    _describe(connection, schemas)
    return [schema.table for schema in schemas]


def write_italian_lists(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    schemas: Sequence[StatutorySchema],
    simulated: Simulated,
) -> None:
    """Write `<list>.it.csv` into `folder`, for whoever puts a list online as it is: the same rows under
    Italian titles, for Italian spreadsheets (semicolons, decimal comma, gg/mm/aaaa, byte order mark).
    """
    for schema in schemas:
        kinds = {
            name: kind
            for name, kind, *_ in connection.execute(f"describe publication.{schema.table}").fetchall()
        }
        columns = [f"{_in_italian(each, kinds[each.name])} as {_quoted(each.it)}" for each in schema.columns]
        if simulated:
            columns.append(f"{literal(simulated.named)} as {_quoted(_SIMULATED)}")
        path = folder / f"{schema.table}.it.csv"
        connection.execute(
            f"copy (select {', '.join(columns)} from publication.{schema.table} as listed "
            f"order by {', '.join(f'listed.{each.name}' for each in schema.columns)}) "
            f"to {literal(path)} (format csv, header true, delimiter ';')"
        )
        path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())


def _in_italian(column: Column, kind: str) -> str:
    """The SQL of a value as an Italian reader has it."""
    own = f"listed.{column.name}"
    if column.values:
        known = " ".join(f"when {literal(code)} then {literal(w.it)}" for code, w in column.values.items())
        return f"case {own} {known} else {own} end"
    if kind.startswith("DECIMAL"):
        return f"replace({own}::varchar, '.', ',')"
    if kind == "DATE":
        return f"strftime({own}, '%d/%m/%Y')"
    if kind == "BOOLEAN":
        return f"case when {own} then 'sì' when not {own} then 'no' end"
    return harmless_sql(own) if kind == "VARCHAR" else own


def _quoted(title: str) -> str:
    return '"' + title.replace('"', '""') + '"'


def _concessions(
    connection: duckdb.DuckDBPyConnection, warehouse: str, schema: StatutorySchema, exact: Exact
) -> str:
    """Grants of public bodies, with the amount of a year that the table of public money prints, and funded
    applications to their calls. An application whose grant is told as well is the grant.

    A beneficiary is listed with all that a body conceded in the year, or not at all. Where an amount of it is
    protected the rest is listed too: that somebody is listed must not tell how much.
    """
    marts, staging = f"{warehouse}.marts", f"{warehouse}.staging"
    return f"""
        with award as (
            select figure.period_start, award.*, figure.numerator as amount, figure.mark
            from publication.{exact.open_table} as figure
            inner join {marts}.dim_grant as award on award.grant_key = figure.scope_id
            where figure.indicator_id = 'deliberated' and figure.scope_type = 'grant'
                and figure.period_type = 'year' and figure.mark in ('{VALUE}', '{SUPPRESSED}')
                and award.is_public_funder and not award.is_of_person
        ),
        conceded as (
            select year(award.period_start)::varchar as year, award.funder_tax_code as payer_tax_code,
                award.lead_tax_code as payee_tax_code, award.amount::decimal(18, 2) as amount, award.mark,
                coalesce(act.legal_basis, call.legal_basis) as legal_basis,
                coalesce(act.office, call.office) as office, call.responsible_officer as officer,
                coalesce(call.selection_method, case when award.from_open_call then 'Bando pubblico'
                    when not award.from_open_call then 'Senza bando' end) as selection_method,
                call.url as project_url, act.act_number,
                coalesce(act.act_date, award.deliberated_on) as act_date, award.title, award.call_key,
                coalesce(award.cup, call.cup) as cup,
                if(award.status = 'REVOKED', 'REVOKED', 'GRANTED') as status, 'grant' as kind,
                award.instance_id, award.grant_key as concession_id
            from award
            left join {staging}.stg_grant as act
                on act.instance_id = award.instance_id and act.record_id = award.record_id
            left join {marts}.dim_call as call on call.call_key = award.call_key
            union all
            select closed.name, call.promoter_tax_code, asked.organisation_tax_code,
                asked.amount_granted::decimal(18, 2), '{VALUE}', call.legal_basis, call.office,
                call.responsible_officer, call.selection_method, coalesce(told.project_url, call.url),
                asked.concession_act, coalesce(asked.concession_date, asked.decided_on), call.title,
                asked.call_key, call.cup, if(asked.status = 'REVOKED', 'REVOKED', 'GRANTED'), 'application',
                asked.instance_id, asked.instance_id || ':' || asked.record_id
            from {marts}.fct_application as asked
            inner join {marts}.dim_call as call on call.call_key = asked.call_key
            inner join closed on closed.kind = 'year'
                and closed.start = date_trunc('year', coalesce(asked.concession_date, asked.decided_on))
            left join {staging}.stg_application as told
                on told.instance_id = asked.instance_id and told.record_id = asked.record_id
            anti join {marts}.dim_grant as told_twice
                on told_twice.call_key = asked.call_key
                and told_twice.lead_tax_code = asked.organisation_tax_code
            where asked.organisation_tax_code is not null and asked.amount_granted > 0
                and asked.status in ('FUNDED', 'REVOKED')
        ),
        named as (
            select conceded.*, payer.name as payer_name, payee.name as payee_name,
                sum(amount) over beneficiary as whole,
                bool_or(mark = '{SUPPRESSED}') over beneficiary as is_protected
            from conceded
            inner join body as payer on payer.tax_code = conceded.payer_tax_code and payer.is_public
            inner join body as payee on payee.tax_code = conceded.payee_tax_code
            window beneficiary as (partition by year, payer_tax_code, payee_tax_code)
        )
        from named where is_protected or whole > {schema.rules.more_than_eur or 0}"""


def _create_paid(
    connection: duckdb.DuckDBPyConnection, marts: str, exact: Exact, policy: DisclosurePolicy
) -> None:
    """Create `paid`: what public bodies paid organisations, one row per payment of a closed period, with
    `hidden` where the amount would tell what another table protects.

    Instalments of a grant: where the table of public money hides what was paid out on it, or a person who is
    a partner got a part of that, so that the rest would tell the person's. Fees and settled vouchers: see
    `_create_printed_services`; they show in closed years only, when it is known what the tables of that year
    hide. Grants and transfers between bodies stand in no sum with anything of persons.
    """
    connection.execute("create temp table shared_grant (grant_key varchar)")
    insert_rows(connection, "shared_grant", [(grant,) for grant in sorted(exact.paid_to_persons)])
    connection.execute(f"""
        create temp table told_of_grant as
        select grant_key from {marts}.dim_grant
        where not is_of_person
        except select grant_key from shared_grant
        except select scope_id from publication.{exact.open_table}
            where indicator_id = 'disbursed' and scope_type = 'grant' and mark = '{SUPPRESSED}'
        except select instance_id || ':' || grant_id from {marts}.fct_payment
            where payee_tax_code is null and grant_id is not null""")
    connection.execute(f"""
        create temp table payment as
        select payment.*, year(value_date) as year_paid, quarter.name as quarter,
            closed_year.name as year, payee.provider_group, payer.name as payer_name,
            payee.name as payee_name, payee.is_public as is_payee_public
        from {marts}.fct_payment as payment
        inner join body as payer on payer.tax_code = payment.payer_tax_code and payer.is_public
        inner join body as payee on payee.tax_code = payment.payee_tax_code
        left join closed as quarter
            on quarter.kind = 'quarter' and quarter.start = date_trunc('quarter', value_date)
        left join closed as closed_year
            on closed_year.kind = 'year' and closed_year.start = date_trunc('year', value_date)
        where payment.payee_kind = 'ORGANISATION'
            and (quarter.name is not null or closed_year.name is not null)
            and (payment.reason not in {SERVICES} or closed_year.name is not null)""")
    _create_printed_services(connection, marts, policy)
    connection.execute(f"""
        create temp table paid as
        select payment.*, case when payment.reason = 'GRANT_INSTALMENT' then told_of_grant.grant_key is null
            else payment.reason in {SERVICES} and told_service.reason is null end as hidden
        from payment
        left join told_of_grant on told_of_grant.grant_key = payment.instance_id || ':' || payment.grant_id
        left join told_service on told_service.reason = payment.reason
            and told_service.instance_id = payment.instance_id
            and told_service.payee = payment.payee_tax_code and told_service.year = payment.year_paid""")
    for table in ("told_of_grant", "shared_grant", "told_service", "payment"):
        connection.execute(f"drop table {table}")


def _create_printed_services(
    connection: duckdb.DuckDBPyConnection, marts: str, policy: DisclosurePolicy
) -> None:
    """Create `told_service`: by reason, territory, payee and year (a number), the fees and settled vouchers
    that may be told. They are the price of help to persons.

    What a payee got in a year must be about more than a few persons, in the year and in every quarter paid,
    none of them nearly all. The tables must print the value of the provider and of its kind in the territory,
    or of all vouchers of the territory, and not hide what is attributed to the payer. As a printed whole less
    all others that are told is the last one, it is all or nothing: of a provider over its territories, of a
    kind of provider in a territory, of the vouchers of a territory. Whoever has no tax code of an
    organisation is such a last one. What is paid in a year is about the year before as well.
    """
    connection.execute(
        "create temp table told_service (reason varchar, instance_id varchar, payee varchar, year bigint)"
    )
    if not connection.execute(f"select 1 from payment where reason in {SERVICES} limit 1").fetchall():
        return
    for table, columns in PROTECTED.items():
        connection.execute(f"create table if not exists publication.{table} ({columns})")
    areas = f"{sorted(policy.high_areas)}::varchar[]"
    connection.execute(f"""
        create temp table help as
        select 'SERVICE_FEE' as reason, instance_id, provider_tax_code as payee, start_date as day,
            person_key, abs(amount_total) as amount, sensitivity = {literal(policy.high_sensitivity)}
                or list_contains({areas}, istat_area) as is_high
        from {marts}.fct_service_delivery where is_effective and person_key is not null
        union all
        select 'VOUCHER_SETTLEMENT', instance_id, merchant_tax_code, event_on, person_key, abs(amount),
            list_contains({areas}, istat_area)
        from {marts}.fct_voucher_event where event_kind = 'REDEEM' and person_key is not null""")
    for span in ("year", "quarter"):
        connection.execute(f"""
            create temp table behind_{span} as
            select reason, instance_id, payee, start,
                count(*) >= if(bool_or(is_high), {policy.high}, {policy.normal})
                and max(amount) <= {policy.one_contributor} * sum(amount)
                and list_sum(max(amount, 2)) <= {policy.two_contributors} * sum(amount) as is_safe
            from (
                select reason, instance_id, payee, date_trunc('{span}', day) as start, person_key,
                    sum(amount) as amount, bool_or(is_high) as is_high
                from help group by all)
            group by all""")
    connection.execute(f"""
        create temp table unit as
        with listed as (
            select distinct reason, instance_id, payee, year(start) as year from behind_year
            union
            select distinct reason, instance_id, payee_tax_code, year_paid from payment
            where reason in {SERVICES}
        ),
        unsafe_payment as (
            select distinct payment.reason, payment.instance_id, payee_tax_code as payee, year_paid as year
            from payment
            left join behind_quarter as behind on behind.reason = payment.reason
                and behind.instance_id = payment.instance_id and behind.payee = payment.payee_tax_code
                and behind.start = date_trunc('quarter', value_date)
            left join publication.t06_spending_by_funder_and_area as payer
                on payer.funder = payment.payer_tax_code and payer.area = 'ALL' and payer.year = payment.year
            where payment.reason in {SERVICES}
                and (not coalesce(behind.is_safe, false) or payer.attributed_mark not in {PRINTED})
        ),
        paid_person as (
            select distinct reason, instance_id, year(value_date) as year
            from {marts}.fct_payment where payee_tax_code is null and reason in {SERVICES}
        ),
        hidden_voucher as (
            select split_part(scheme, ':', 1) as instance_id, year::integer as year
            from publication.t12_vouchers_by_scheme where state = 'spent' and voucher_money_mark not in
            {PRINTED}
        )
        select listed.reason, listed.instance_id, listed.payee, listed.year,
            if(listed.reason = 'SERVICE_FEE', listed.payee, listed.instance_id) as across,
            concat_ws(' ', listed.instance_id, if(listed.reason = 'SERVICE_FEE', body.provider_group, ''))
                as within,
            listed.payee is null or paid_person.year is not null or unsafe_payment.year is not null
                or not coalesce(behind.is_safe, false) or case when listed.reason = 'SERVICE_FEE'
                    then coalesce(own.spend_delivered_mark, '') not in {PRINTED}
                        or coalesce(kind.spend_delivered_mark, '') not in {PRINTED}
                    else hidden_voucher.year is not null end as unsafe
        from listed
        left join body on body.tax_code = listed.payee
        left join paid_person on paid_person.reason = listed.reason
            and paid_person.instance_id = listed.instance_id and paid_person.year = listed.year
        left join unsafe_payment on unsafe_payment.reason = listed.reason
            and unsafe_payment.instance_id = listed.instance_id and unsafe_payment.payee = listed.payee
            and unsafe_payment.year = listed.year
        left join behind_year as behind on behind.reason = listed.reason
            and behind.instance_id = listed.instance_id and behind.payee is not distinct from listed.payee
            and year(behind.start) = listed.year
        left join publication.t07_spending_by_provider as own
            on own.provider = listed.payee and own.year = listed.year::varchar
        left join publication.t11_spending_by_kind_of_provider as kind
            on kind.territory = 'instance:' || listed.instance_id and kind.kind = body.provider_group
            and kind.year = listed.year::varchar
        left join (select distinct * from hidden_voucher) as hidden_voucher
            on hidden_voucher.instance_id = listed.instance_id and hidden_voucher.year = listed.year
        -- A year of which nothing is published hides nothing.
        where listed.year::varchar in (select name from closed where kind = 'year')""")
    _spread_unsafe(connection)
    connection.execute("""
        insert into told_service
        select distinct reason, instance_id, payee, year from unit where not unsafe""")
    for table in ("unit", "behind_year", "behind_quarter", "help"):
        connection.execute(f"drop table {table}")


def _spread_unsafe(connection: duckdb.DuckDBPyConnection) -> None:
    """Make unsafe whatever stands in a printed whole with something unsafe, until nothing is added."""
    # Somebody without a tax code may be of any kind.
    connection.execute("""
        update unit set unsafe = true where (reason, instance_id, year) in (
            select (reason, instance_id, year) from unit where payee is null)""")
    added = 1
    while added:
        [(added,)] = connection.execute("""
            update unit set unsafe = true
            where not unsafe and (
                (reason, across, year) in (select (reason, across, year) from unit where unsafe)
                or (reason, within, year) in (select (reason, within, year) from unit where unsafe)
                or (reason, instance_id, payee, year) in (
                    select (reason, instance_id, payee, year + 1) from unit where unsafe))""").fetchall()


def _payments(
    connection: duckdb.DuckDBPyConnection, warehouse: str, schema: StatutorySchema, exact: Exact
) -> str:
    """One row per quarter, body, type of spending, reason and beneficiary, of what was paid net of reversals;
    nothing where that is nothing."""
    return f"""
        select quarter, payer_tax_code, any_value(payer_name) as payer_name, spending_type, reason,
            payee_tax_code, any_value(payee_name) as payee_name,
            case when not bool_or(hidden) then sum(amount)::decimal(18, 2) end as amount,
            if(bool_or(hidden), '{SUPPRESSED}', '{VALUE}') as mark
        from paid where quarter is not null {_of_reasons(schema)}
        group by all having bool_or(hidden) or sum(amount) <> 0"""


def _received(
    connection: duckdb.DuckDBPyConnection, warehouse: str, schema: StatutorySchema, exact: Exact
) -> str:
    """One row per year, organisation that is no public body, and paying body; the total of the organisation
    and whether it reaches the threshold are hidden with any part of it."""
    return f"""
        with relation as (
            select year, payer_tax_code, any_value(payer_name) as payer_name, payee_tax_code,
                any_value(payee_name) as payee_name, bool_or(hidden) as hidden,
                sum(amount)::decimal(18, 2) as euro, string_agg(distinct reason, ' ' order by reason) as
                reasons, min(value_date) as first_paid, max(value_date) as last_paid
            from paid where year is not null and not is_payee_public {_of_reasons(schema)}
            group by all having bool_or(hidden) or sum(amount) <> 0
        )
        select *, case when not hidden then euro end as amount,
            if(hidden, '{SUPPRESSED}', '{VALUE}') as mark,
            case when not hidden then first_paid end as first_on,
            case when not hidden then last_paid end as last_on,
            case when not bool_or(hidden) over own then sum(euro) over own end::decimal(18, 2) as total,
            total >= {schema.rules.at_least_eur or 0} as above_threshold
        from relation window own as (partition by year, payee_tax_code)"""


def _of_reasons(schema: StatutorySchema) -> str:
    reasons = ", ".join(literal(reason) for reason in schema.rules.reasons)
    return f"and reason in ({reasons})" if reasons else ""


def _take_over(
    connection: duckdb.DuckDBPyConnection,
    schema: StatutorySchema,
    former: Sequence[Path],
    revised_years: list[str],
) -> None:
    """Put what was printed in the place of what is known now, without columns that it lacked."""
    table, own = f"publication.{schema.table}", [column.name for column in schema.columns]
    together = ", ".join(schema.printed_together)
    connection.execute(f"create temp table printed as from {table} limit 0")
    for folder in former:
        file = folder / "public" / DATA / f"{schema.table}.parquet"
        if not file.exists():
            continue
        columns = connection.read_parquet(str(file)).columns
        if not set(schema.printed_together) <= set(columns):
            continue
        kept = ", ".join(name for name in own if name in columns)
        connection.execute(
            f"""
            insert into printed by name select {kept} from read_parquet($file)
            where ({together}) not in (select ({together}) from printed)
                and not list_contains($years, left({schema.period}, 4))""",
            {"file": str(file), "years": revised_years},
        )
    connection.execute(f"delete from {table} where ({together}) in (select ({together}) from printed)")
    connection.execute(f"""
        insert into {table} from printed
        where {schema.named("payee_tax_code")} in (select tax_code from body)""")
    connection.execute("drop table printed")


def _describe(connection: duckdb.DuckDBPyConnection, schemas: Sequence[StatutorySchema]) -> None:
    connection.execute("""
        create table publication.statutory_list (table_name varchar, version varchar, in_force_from date,
            obligation varchar, title_it varchar, title_en varchar, law_it varchar, law_en varchar);
        create table publication.statutory_column (table_name varchar, position integer, column_name varchar,
            title_it varchar, title_en varchar)""")
    lists = [
        (
            *(each.table, each.version, each.in_force_from, each.obligation),
            *(each.title.it, each.title.en, each.law.it, each.law.en),
        )
        for each in schemas
    ]
    columns = [
        (each.table, position, column.name, column.it, column.en)
        for each in schemas
        for position, column in enumerate(each.columns, start=1)
    ]
    insert_rows(connection, "publication.statutory_list", lists)
    insert_rows(connection, "publication.statutory_column", columns)
