"""The private side of a release: the marts for signed-in readers, without anything about single persons.

The warehouse, attached read only, arrives; one DuckDB file leaves, with the mark of protection beside every
figure. Who may read what is decided by the pages.
"""

import duckdb

from publication.policy import DisclosurePolicy
from publication.private_protection import KEY, protect_private_figures
from publication.public_files import mark_of_status

# A table with one of these columns has rows about single persons; a column that ends so identifies somebody.
PERSON_COLUMNS = ("person_key", "birth_year", "household_id", "person_id")
PSEUDONYM = "_pseudonym"
FACT = "fct_"
SCHEMAS = ("marts", "quality")
# In which order rows are laid down, of the tables that are large: what a page asks stands together, so that
# most of the file is not read, and a viewer's own are found as fast in a large release as in a small one.
IN_ORDER = {
    "marts.indicator_value": (
        "scope_type, period_type, scope_id, indicator_id, area, item, population_group, period_start"
    ),
    "marts.survival_curve": "scope_type, scope_id, indicator_id, area, period_type, period_start, day",
    "marts.stage_count": "scope_type, scope_id, funnel, area, period_type, period_start, stage_order, stage",
}
_BESIDE = f"""
    left join {{marts}}.dim_indicator as registry using (indicator_id)
    left join (
        select {", ".join(KEY)}, mark from memory.publication.indicator_value where mark = 'suppressed'
    ) as hidden using ({", ".join(KEY)})"""


def copy_private_tables(
    connection: duckdb.DuckDBPyConnection, warehouse: str, policy: DisclosurePolicy
) -> dict[str, str]:
    """Copy the tables of schemas marts and quality into the open file; return a content hash by table name.

    Facts, and every table with rows about persons, stay behind; pseudonyms are left out.
    marts.indicator_value gains the column `mark`; `publication.indicator_value` must have been made: a figure
    that the public side hides, for whatever reason, is marked here too, and so is what would give away
    a hidden figure by subtraction.
    """
    hashes = {}
    for schema in SCHEMAS:
        connection.execute(f"create schema {schema}")
    for schema, table, columns in _tables(connection, warehouse):
        if table.startswith(FACT) or set(columns) & set(PERSON_COLUMNS):
            continue
        kept = ", ".join(f'"{column}"' for column in columns if not column.endswith(PSEUDONYM))
        mark = f", {_mark(policy)} as mark" if (schema, table) == ("marts", "indicator_value") else ""
        words = _BESIDE.format(marts=f"{warehouse}.marts") if mark else ""
        source = ", ".join(f"figure.{column}" for column in kept.split(", ")) if mark else kept
        if {"entity", "record_id"} <= set(columns):
            # The record of a person is a person, also in the list of what was flagged.
            source = source.replace(
                '"record_id"', "case when entity <> 'person' then record_id end as record_id"
            )
        order = f"order by {IN_ORDER[name]}" if (name := f"{schema}.{table}") in IN_ORDER else ""
        connection.execute(
            f"create table {schema}.{table} as "
            f"select {source}{mark} from {warehouse}.{schema}.{table} as figure {words} {order}"
        )
        if mark:
            protect_private_figures(connection, warehouse, policy)
        if table not in ("check_result", "gate"):
            hashes[name] = _content(connection, name)
    return hashes


def _tables(connection: duckdb.DuckDBPyConnection, warehouse: str) -> list[tuple[str, str, list[str]]]:
    return connection.execute(
        """
        select table_schema, table_name, list(column_name order by ordinal_position)
        from information_schema.columns
        where table_catalog = $warehouse and list_contains($schemas, table_schema) and table_name <>
        'gate_state'
        group by all order by 1, 2""",
        {"warehouse": warehouse, "schemas": list(SCHEMAS)},
    ).fetchall()


def _mark(policy: DisclosurePolicy) -> str:
    """Protection for readers who see figures of others: what the public side hides, and, where a figure is
    not public, primary protection by the persons behind it."""
    high = ", ".join(f"'{area}'" for area in sorted(policy.high_areas)) or "''"
    return f"""case when hidden.mark is not null then 'suppressed'
        when registry.protect <> 'none' and figure.n_persons > 0
            and figure.n_persons < case when figure.area in ({high}) then {policy.high} else {policy.normal}
            end
        then 'suppressed' else {mark_of_status("figure")} end"""


def _content(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    [(rows, content)] = connection.execute(
        f"select count(*), coalesce(bit_xor(hash(row)), 0) from {table} as row"
    ).fetchall()
    return f"{rows}-{content:016x}"
