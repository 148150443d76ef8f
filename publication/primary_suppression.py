"""Which cells tell too much by themselves.

A system of cells with true values, the facts behind them and the policy arrive; the reason of primary
protection is set on the cells that need it. What must be hidden besides, so that nothing can be worked out,
does not belong here.
"""

from decimal import Decimal

import duckdb

from core.errors import VetroError
from publication.cells import DOMINATED, FEW_PERSONS, SMALL_COUNT, Cell, CellSystem
from publication.contributions import SOURCE
from publication.cubes import PERSON, CountedFigure, figures_counted
from publication.policy import DisclosurePolicy
from publication.table_list import COUNT, Measure, TableList

# A place in a tree of territories is told by its kind too.
TERRITORIES = ("region", "province", "instance")
PERIOD_NAME = {
    "year": "cast(year({date}) as varchar)",
    "quarter": "year({date}) || '-Q' || quarter({date})",
}


def protect_primary(
    system: CellSystem,
    connection: duckdb.DuckDBPyConnection,
    marts: str,
    table_list: TableList,
    policy: DisclosurePolicy,
) -> None:
    """Set thresholds and contributions of the cells from the rows that their cubes aggregate, then the reason
    of every sensitive cell.

    Cells that were published before keep what was decided then. Raises VetroError where nothing says
    which rows a published measure is counted from.
    """
    for measure in table_list.measures.values():
        if any(name == measure.name for name, _ in system.cells):
            _contributions(system, connection, marts, measure, table_list, policy)
    for cell in system.cells.values():
        if not cell.frozen and not cell.hidden and cell.absent is None:
            cell.reason = primary_reason(cell, table_list.measures[cell.measure], policy)


def primary_reason(cell: Cell, measure: Measure, policy: DisclosurePolicy) -> str | None:
    """Return why the cell must be hidden whatever stands around it, or None.

    A count is sensitive from 1 to one less than its threshold, and where so few persons stand behind it. An
    amount is sensitive where so few persons
    stand behind it, or where one or two of them make up nearly all of its absolute contributions (a reversal
    must not make a large contribution look small).
    """
    if measure.kind == COUNT:
        return SMALL_COUNT if 0 < min(cell.value, cell.persons or cell.value) < cell.threshold else None
    if 0 < cell.persons < cell.threshold:
        return FEW_PERSONS
    if measure.money and cell.contributed > 0:
        one = cell.largest / cell.contributed
        two = (cell.largest + cell.second) / cell.contributed
        if one > Decimal(str(policy.one_contributor)) or two > Decimal(str(policy.two_contributors)):
            return DOMINATED
    return None


def _contributions(
    system: CellSystem,
    connection: duckdb.DuckDBPyConnection,
    marts: str,
    measure: Measure,
    table_list: TableList,
    policy: DisclosurePolicy,
) -> None:
    for dimension, scopes in _scopes(measure, table_list).items():
        figure = figures_counted(measure.indicator, scopes[0])
        if any(figures_counted(measure.indicator, scope) != figure for scope in scopes):
            raise VetroError(f"{measure.name} is counted in several ways by {dimension}")
        for period in PERIOD_NAME.values():
            query = _contribution_query(marts, figure, scopes, period, table_list)
            # Only deliveries have a service, and only a service a sensitivity.
            needed = {"high": policy.high_sensitivity} if "$high" in query else {}
            rows = connection.execute(query, needed).fetchall()
            for member, area, name, largest, second, contributed, all_high in rows:
                place = dict(table_list.totals) | {dimension: member, "area": area, "period": name}
                cell = system.cells.get((measure.name, tuple(place[d] for d in measure.dimensions)))
                if cell is None:
                    continue
                cell.largest, cell.second, cell.contributed = largest, second or Decimal(0), contributed
                if all_high:
                    cell.threshold = max(cell.threshold, policy.high)


def _scopes(measure: Measure, table_list: TableList) -> dict[str, list[str]]:
    """The types of scope in which the measure is published as an indicator has it, by the dimension they are
    members of."""
    found: dict[str, list[str]] = {}
    for table in table_list.tables:
        if measure.name in table.measures and table.source != SOURCE:
            for scope in table.scopes:
                of_dimension = found.setdefault(scope if scope in measure.dimensions else "territory", [])
                if scope not in of_dimension:
                    of_dimension.append(scope)
    return found


def _contribution_query(
    marts: str, figure: CountedFigure, scopes: list[str], period: str, table_list: TableList
) -> str:
    """Per member x area x period: the largest and second contribution of a person, their sum,
    all services high.

    A row that lost its person to an erasure counts as one contributor of its own. Raises VetroError.
    """
    if len(figure.contributions) != 1:
        raise VetroError(f"the cube of {figure.indicator} puts its rows together in SQL of its own")
    (of,) = figure.contributions
    contributor = f"coalesce({PERSON}, {of.instance} || ' ' || {of.record})"
    rows, adds = figure.conditions(of, contributor), figure.numerator_of(of, contributor)
    if rows is None or adds is None:
        raise VetroError(f"no row of {of.relation} adds to {figure.indicator} by itself")
    catalog, whole = marts.partition(".")[0], table_list.totals["area"]
    members = ", ".join(f"'{name}:' || of_{name}" if name in TERRITORIES else f"of_{name}" for name in scopes)
    keys = ", ".join(f"{of.scopes[scope]} as of_{scope}" for scope in scopes)
    area = f"coalesce({of.area}, '')" if of.area else "''"
    high = f"bool_and(coalesce({of.sensitivity} = $high, false))" if of.sensitivity else "false"
    return f"""
        with own as (
            select {keys},
                   {area} as area, {period.format(date=of.day)} as period,
                   {contributor} as person, sum(abs({adds})) as contributed,
                   {high} as all_high
            from {catalog}.{of.relation}
            where ({rows}) and {of.day} is not null
            group by all
        ),
        placed as (
            select unnest(list_filter([{members}], lambda member: member is not null)) as member,
                   area, period, person, contributed, all_high
            from own
        ),
        person as (
            select member, unnest([area, '{whole}']) as area, period, person, contributed, all_high
            from placed
        ),
        contributor as (
            select member, area, period, person, sum(contributed) as contributed,
                   bool_and(all_high) as all_high
            from person group by all
        ),
        cell as (
            select member, area, period, max(contributed, 2) as top, sum(contributed) as contributed,
                   bool_and(all_high) as all_high
            from contributor group by all
        )
        select member, area, period, top[1], top[2], contributed, all_high from cell"""
