"""What every landed export looks like, in counts: rows, empty columns, states, levels.

Rows of one entity with the export that brought them arrive; four tables leave (see `TABLES`), one
row per export and subject, aggregates only. The gate judges these and never a row. What is usual
does not belong here.
"""

import duckdb

from ingestion.contract.schema import Entity

# landed_rows: rows that came (received). landed_share: `hits` of `rows` rows are empty, zero, negative or in
# a state, by column. landed_level: how large the numbers of a column are (mean and deviation of ln |x|, zeros
# left out) and how old its dates (days before the end of the period), over `rows` values.
TABLES = """
    create table landed_rows (instance_id varchar, export_id varchar, entity varchar, rows bigint);
    create table landed_share (instance_id varchar, export_id varchar, subject varchar, kind varchar,
        state varchar, hits bigint, rows bigint);
    create table landed_level (instance_id varchar, export_id varchar, subject varchar, kind varchar,
        rows bigint, level double, deviation double)"""

EMPTY, ZERO, NEGATIVE, STATE = "empty", "zero", "negative", "state"
SIZE, AGE = "size", "age"
# What stands in every row and says nothing of its content.
_TECHNICAL = ("record_id", "op", "updated_at", "row_version")


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the empty tables of the profile in schema main."""
    connection.execute(TABLES)


def profile_entity(
    connection: duckdb.DuckDBPyConnection,
    entity: Entity,
    rows: str,
    *,
    empty: bool = True,
) -> None:
    """Add the shares and levels of the rows of one entity to the tables of the profile.

    rows: SQL of a relation with instance_id, export_id, period_to and columns of the contract in their types;
    a column that it has not is passed over. empty: also count what is empty in optional columns (not where
    that is known otherwise).
    """
    present = {name for name, *_ in connection.execute(f"describe select * from {rows}").fetchall()}
    shares: list[tuple[str, str, str, str, str]] = []
    levels: list[tuple[str, str, str]] = []
    for field in entity.fields:
        subject = f"{entity.name}.{field.name}"
        if field.name not in present or field.name in _TECHNICAL:
            continue
        column, known = f'"{field.name}"', f'count("{field.name}")'
        if empty and not field.required:
            shares.append((subject, EMPTY, "", f"count(*) - {known}", "count(*)"))
        if field.enum:
            # What is empty is judged as such: the mix is of what is told.
            shares += [
                (subject, STATE, state, f"count(*) filter ({column} = '{state}')", known)
                for state in field.enum
            ]
        if field.type == "number":
            shares += [
                (subject, ZERO, "", f"count(*) filter ({column} = 0)", known),
                (subject, NEGATIVE, "", f"count(*) filter ({column} < 0)", known),
            ]
            levels.append((subject, SIZE, f"ln(abs(cast(nullif({column}, 0) as double)))"))
        if field.type in ("date", "datetime"):
            levels.append((subject, AGE, f"date_diff('day', cast({column} as date), period_to)"))
    _unpivot(
        connection,
        rows,
        "landed_share (instance_id, export_id, subject, kind, state, hits, rows)",
        [
            {"subject": f"'{s}'", "kind": f"'{k}'", "state": f"'{v}'", "hits": hits, "rows": of}
            for s, k, v, hits, of in shares
        ],
    )
    _unpivot(
        connection,
        rows,
        "landed_level (instance_id, export_id, subject, kind, rows, level, deviation)",
        [
            {
                "subject": f"'{s}'",
                "kind": f"'{k}'",
                "rows": f"count({value})",
                "level": f"avg({value})",
                "deviation": f"coalesce(stddev_samp({value}), 0)",
            }
            for s, k, value in levels
        ],
    )


def _unpivot(
    connection: duckdb.DuckDBPyConnection, rows: str, target: str, observations: list[dict[str, str]]
) -> None:
    if not observations:
        return
    structs = ", ".join(
        "{" + ", ".join(f"{name}: {sql}" for name, sql in each.items()) + "}" for each in observations
    )
    picked = ", ".join(f"each.{name}" for name in observations[0])
    connection.execute(f"""
        insert into {target}
        select instance_id, export_id, {picked}
        from (
            select instance_id, export_id, unnest([{structs}]) as each
            from {rows} group by instance_id, export_id
        )""")
