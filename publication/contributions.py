"""Cells counted from the contributions of persons, for the tables that no indicator fills.

`marts.person_contribution` and the trees of the system arrive; a figure for every place leaves, with
the persons behind it and what the largest of them contribute. What a contribution is, dbt says; nothing
is hidden here.
"""

from decimal import Decimal

import duckdb

from publication.bulk_insert import insert_rows
from publication.calendar import Period
from publication.cells import CellSystem, Figure
from publication.table_list import Measure, TableList

SOURCE = "person_contribution"
# Where a dimension stands in the mart; every other one is its column `member`.
COLUMNS = {
    "territory": "'instance:' || instance_id",
    "call": "subject",
    "scheme": "subject",
    "award": "'grant:' || subject",
}


def count_contributions(
    connection: duckdb.DuckDBPyConnection,
    marts: str,
    measure: Measure,
    table_list: TableList,
    system: CellSystem,
    periods: list[Period],
    members: dict[str, tuple[str, ...]],
) -> dict[tuple[str, ...], Figure]:
    """Return the figures of a measure by place, at every level of its trees, in the closed `periods` (years).

    Dimensions that the mart does not have stand at their total; `members` limits a dimension to some
    of its members.
    """
    own = [d for d in measure.dimensions if d in COLUMNS or d in table_list.trees or d in measure.counted_at]
    names = {period.start: period.name for period in periods}
    _write_levels(connection, own, system, members)
    joins = " ".join(
        f"inner join level as l{n} on l{n}.dimension = '{d}' and l{n}.below = {COLUMNS.get(d, 'member')}"
        if d in system.hierarchies
        else ""
        for n, d in enumerate(own)
    )
    places = [
        f"l{n}.place as p{n}" if d in system.hierarchies else f"{COLUMNS.get(d, 'member')} as p{n}"
        for n, d in enumerate(own)
    ]
    keys = ", ".join([*(f"p{n}" for n in range(len(own))), "period_start"])
    rows = connection.execute(
        f"""
        with with_place as (
            select {", ".join(places)}, c.period_start, contributor_key, person_key, payee_key,
                   amount, is_high
            from {marts}.{SOURCE} as c {joins}
            where measure = $measure and list_contains($years, period_start)
        ),
        contributor as (
            select {keys}, contributor_key, any_value(person_key) as person_key, count(*) as n,
                   sum(amount) as amount, sum(abs(amount)) as gross, bool_and(is_high) as is_high
            from with_place group by all
        ),
        payee as (select {keys}, count(distinct payee_key) as payees from with_place group by all),
        cell as (
            select {keys}, count(person_key) as persons, sum(n) as n, sum(amount) as amount,
                   max(gross, 2) as top, sum(gross) as gross, bool_and(is_high) as is_high
            from contributor group by all
        )
        select {keys}, persons, n, amount, payees, top[1], top[2], gross, is_high
        from cell inner join payee using ({keys})""",
        {"measure": measure.name, "years": list(names)},
    ).fetchall()
    figures = {}
    for row in rows:
        place = dict(table_list.totals) | dict(zip(own, row, strict=False)) | {"period": names[row[len(own)]]}
        persons, n, amount, payees, largest, second, gross, is_high = row[len(own) + 1 :]
        value = {"persons": persons, "n": n, "amount": amount}[measure.of]
        figures[tuple(place[d] for d in measure.dimensions)] = Figure(
            Decimal(value),
            # Payees without the tax code of an organisation may be persons: few of them are few persons.
            min(persons, payees) if payees else persons,
            largest=largest,
            second=second or Decimal(0),
            contributed=gross,
            all_high=is_high,
        )
    return figures


def _write_levels(
    connection: duckdb.DuckDBPyConnection,
    dimensions: list[str],
    system: CellSystem,
    members: dict[str, tuple[str, ...]],
) -> None:
    """Write each member of the trees with itself and everything above it, as far as it is asked for."""
    connection.execute("create or replace temp table level (dimension varchar, below varchar, place varchar)")
    rows = []
    for dimension in dimensions:
        tree = system.hierarchies.get(dimension, {})
        for member in {*tree, *tree.values()}:
            above: str | None = member
            while above is not None:
                if above in members.get(dimension, (above,)):
                    rows.append((dimension, member, above))
                above = tree.get(above)
    insert_rows(connection, "level", sorted(rows))
