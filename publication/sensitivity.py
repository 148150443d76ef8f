"""Which cells tell too much by themselves.

A system of cells with true values, the facts behind them and the policy arrive; the reason of primary
protection is set on the cells that need it. What must be hidden besides, so that nothing can be worked out,
does not belong here.
"""

from decimal import Decimal

import duckdb

from publication.cells import DOMINATED, FEW_PERSONS, SMALL_COUNT, Cell, CellSystem
from publication.policy import DisclosurePolicy
from publication.table_list import COUNT, Measure, TableList

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
    """Set thresholds and contributions of the cells from the facts, then the reason of every sensitive cell.

    Cells that were published before keep what was decided then.
    """
    for measure in table_list.measures.values():
        if measure.contributions and any(name == measure.name for name, _ in system.cells):
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
    source = measure.contributions
    own = {"provider": source.get("provider"), "funder": source.get("funder")}
    for dimension in [d for d in ("territory", "provider", "funder") if d in measure.dimensions]:
        if dimension != "territory" and own[dimension] is None:
            continue
        for period in PERIOD_NAME:
            rows = connection.execute(
                _contribution_query(
                    marts, source, dimension, own.get(dimension), PERIOD_NAME[period], table_list
                ),
                {"high": policy.high_sensitivity},
            ).fetchall()
            for member, area, name, largest, second, contributed, all_high in rows:
                place = dict(table_list.totals) | {dimension: member, "area": area, "period": name}
                cell = system.cells.get((measure.name, tuple(place[d] for d in measure.dimensions)))
                if cell is None:
                    continue
                cell.largest, cell.second, cell.contributed = largest, second or Decimal(0), contributed
                if all_high:
                    cell.threshold = max(cell.threshold, policy.high)


def _contribution_query(
    marts: str, source: dict, dimension: str, column: str | None, period: str, table_list: TableList
) -> str:
    """Per member x area x period: the largest and second contribution of a person, their sum, all services
    high.

    A row that lost its person to an erasure counts as one contributor of its own.
    """
    total_area = table_list.totals["area"]
    name = period.format(date=f"fact.{source['date']}")
    effective = "and fact.is_effective" if source.get("only_effective") else ""
    high = (
        "bool_and(coalesce(fact.sensitivity = $high, false))"
        if source["fact"] == "fct_service_delivery"
        else ("$high is null")
    )
    if dimension == "territory":
        members = f"""
            select instance_id, unnest(list_distinct(list_filter([
                'instance:' || instance_id, 'province:' || province_code, 'region:' || region_code,
                'network'], lambda member: member is not null))) as member
            from {marts}.dim_instance"""
        member, key, join = (
            "members.member",
            "fact.instance_id",
            "inner join members on own.of_member = members.instance_id",
        )
    else:
        members, member, key, join = "select 1", "own.of_member", f"fact.{column}", ""
    return f"""
        with members as ({members}),
        own as (
            select {key} as of_member, fact.{source["area"]} as area, {name} as period,
                   coalesce(fact.person_key, fact.instance_id || ' ' || fact.record_id) as person,
                   sum(abs(fact.{source["amount"]})) as contributed, {high} as all_high
            from {marts}.{source["fact"]} as fact
            where {key} is not null and fact.{source["date"]} is not null {effective}
            group by all
        ),
        placed as (
            select {member} as member, unnest([coalesce(own.area, ''), '{total_area}']) as area, own.period,
                own.person,
                   own.contributed, own.all_high
            from own {join}
        ),
        person as (
            select member, area, period, person, sum(contributed) as contributed, bool_and(all_high) as
                all_high
            from placed group by all
        ),
        cell as (
            select member, area, period, max(contributed, 2) as top, sum(contributed) as contributed,
                   bool_and(all_high) as all_high
            from person group by all
        )
        select member, area, period, top[1], top[2], contributed, all_high from cell"""
