"""What stands behind the keys of the public tables: names of organisations, titles of grants and calls.

The warehouse and the finished public figures arrive; tables of schema publication leave, one row per thing
that has a public figure. Organisations only: the grant of a person and the person's name are in none of them.
Which figures are public was decided before.
"""

from collections.abc import Sequence

import duckdb

# Keys of the public tables: in which companion their name stands, under which key.
_KEYS = {
    "provider": ("organisation", "tax_code", "name"),
    "funder": ("organisation", "tax_code", "name"),
    "call": ("call", "call_key", "title"),
    "scheme": ("voucher_scheme", "scheme_key", "title"),
}
_SCOPED = ("territory", "award")
NAMES = ("organisation", "intervention", "call", "voucher_scheme", "outcome_indicator")


def create_names(
    connection: duckdb.DuckDBPyConnection, warehouse: str, tables: Sequence[str], lists: Sequence[str]
) -> None:
    """Create publication.intervention (one row per grant with a public figure), .call (per call of the tables
    by call and of the concessions), .voucher_scheme (per scheme of its table), .outcome_indicator (per scale
    that grants are measured on) and .organisation (per tax code that any of these, a figure or a statutory
    list names), each ordered by its key.

    `tables` and `lists` are the public tables and the statutory lists that were made.
    """
    marts, staging = f"{warehouse}.marts", f"{warehouse}.staging"
    connection.execute(f"""
        create table publication.intervention as
        select award.grant_key as scope_id, award.instance_id, award.title, award.funder_tax_code,
            award.funder_name, award.lead_tax_code, award.lead_name, award.call_key, award.cup,
            award.programme, award.acri_sector as sector, award.status, award.deliberated_on as awarded_on,
            award.starts_on, award.ends_on, award.from_open_call, award.parent_grant_key as parent_scope_id
        from {marts}.dim_grant as award
        where not award.is_of_person and award.lead_tax_code is not null and award.grant_key in (
            select scope_id from publication.indicator_value where scope_type = 'grant')
        order by award.grant_key""")
    calls = _keys(tables, lists, "call", ("t10_", "art26_27_"), {"art26_27_concessions": "call_key"})
    connection.execute(f"""
        create table publication.call as
        select call_key, instance_id, title, kind, promoter_tax_code as funder_tax_code,
            promoter_name as funder_name, opens_on as opened_on, closes_on, budget, act_number, act_date,
            legal_basis, office, selection_method, decision_days, url, cup, cig
        from {marts}.dim_call where call_key in ({calls}) order by call_key""")
    schemes = _keys(tables, lists, "scheme", ("t12_",), {})
    connection.execute(f"""
        create table publication.voucher_scheme as
        with scheme as (
            select distinct scheme as scheme_key, split_part(scheme, ':', 1) as instance_id,
                substr(scheme, instr(scheme, ':') + 1) as title
            from ({schemes}) as listed (scheme) where scheme is not null
        ),
        issued as (
            select voucher.instance_id, voucher.scheme as title, max(issuer.tax_code) as tax_code,
                max(issuer.name) as name
            from {staging}.stg_voucher as voucher
            inner join {staging}.stg_organisation as issuer on issuer.instance_id = voucher.instance_id
                and issuer.record_id = voucher.issuer_id and issuer.tax_code is not null
            group by all having count(distinct issuer.tax_code) = 1
        )
        select scheme_key, scheme.instance_id, title, tax_code as issuer_tax_code, name as issuer_name
        from scheme left join issued using (instance_id, title) order by scheme_key""")
    connection.execute(f"""
        create table publication.outcome_indicator as
        select distinct outcome_indicator_key, instance_id, outcome_code as code, outcome_name as name,
            outcome_unit as unit, direction, scale_min, scale_max, meaningful_change
        from {marts}.outcome_overview order by outcome_indicator_key""")
    named = [
        "select scope_id from publication.indicator_value where scope_type in ('funder', 'provider')",
        "select unnest([funder_tax_code, lead_tax_code]) from publication.intervention",
        "select funder_tax_code from publication.call",
        "select issuer_tax_code from publication.voucher_scheme",
    ]
    named += [
        f"select {column} from publication.{table}"
        for table in lists
        for column in _columns(connection, table)
        if column.endswith("_tax_code")
    ]
    connection.execute(f"""
        create table publication.organisation as
        select tax_code, organisation_name as name, kind, is_funder, is_provider, is_public_body,
            runts_number, ipa_code, istat_comune, comune.comune_name, parent_tax_code, parent_name
        from {marts}.dim_organisation
        left join (
            select istat_comune, any_value(comune_name) as comune_name from {marts}.dim_territory group by all
        ) as comune using (istat_comune)
        where tax_code in ({" union ".join(named)})
        qualify row_number() over (partition by tax_code order by organisation_name, parent_tax_code) = 1
        order by tax_code""")


def named_columns(
    connection: duckdb.DuckDBPyConnection, warehouse: str, tables: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """Return by public table the names that stand beside its keys, as `write_files` takes them:
    `provider_name`, `call_title` and so on; empty where the whole network or a person's grant is meant.

    Creates the temporary table scope_name, one row per kind of scope and id.
    """
    connection.execute(f"""
        create temp table scope_name as
        with place as (
            select unnest([struct_pack(t := 'region', i := region_code, n := region_name),
                           struct_pack(t := 'province', i := province_code, n := province_name),
                           struct_pack(t := 'instance', i := instance_id, n := instance_name)]) as scope
            from {warehouse}.marts.dim_instance
        )
        select scope.t as scope_type, scope.i as scope_id, any_value(scope.n) as name from place group by all
        union all
        select body.role, tax_code, name
        from publication.organisation cross join (values ('funder'), ('provider')) as body (role)
        union all select 'grant', scope_id, title from publication.intervention""")
    found = {}
    for table in tables:
        columns = _columns(connection, table)
        names, joins = "", ""
        for column, (companion, key, name) in _KEYS.items():
            if column in columns:
                names += f", {column}_named.{name} as {column}_{name}"
                joins += f" left join publication.{companion} as {column}_named"
                joins += f" on {column}_named.{key} = keyed.{column}"
        for column in _SCOPED:
            if column in columns:
                names += f", {column}_named.name as {column}_name"
                joins += f" left join scope_name as {column}_named on {column}_named.scope_type"
                joins += f" || ':' || {column}_named.scope_id = keyed.{column}"
        if {"scope_type", "scope_id"} <= set(columns):
            names += ", scope_named.name as scope_name"
            joins += " left join scope_name as scope_named on scope_named.scope_type = keyed.scope_type"
            joins += " and scope_named.scope_id = keyed.scope_id"
        if names:
            found[table] = (names, joins)
    return found


def _keys(
    tables: Sequence[str], lists: Sequence[str], column: str, begin: tuple[str, ...], named: dict[str, str]
) -> str:
    """The keys that stand in the tables whose names begin so, as SQL; none where no such table was made."""
    found = [
        f"select {named.get(table, column)} from publication.{table}"
        for table in (*tables, *lists)
        if table.startswith(begin)
    ]
    return " union ".join(found) or "select null"


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [name for name, *_ in connection.execute(f"describe publication.{table}").fetchall()]
