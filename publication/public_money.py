"""The money of grants whose lead is a person: a sole trader, or a body nobody knows to be none.

Organisations' public money is public by law and exact; a person's is not. The finished table of public money
arrives, and loses the figures of such grants, with as many others as keep them from being worked out: amounts
add up from grants to territories and funders, from territories to the network, from months to years. Which
table that is, and who is a person behind other figures, do not belong here.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import duckdb

from publication.cells import FEW_PERSONS, SUPPRESSED, Cell, CellSystem
from publication.insertion import insert_rows
from publication.policy import DisclosurePolicy
from publication.protector import protect_group
from publication.relations import Group, Relation
from publication.table_list import AMOUNT, Measure, TableList

# Amounts of one period each. The others of a grant are computed from all of them up to a day.
FLOWS = ("deliberated", "disbursed", "reported", "admitted", "out_of_window")
# Another grant is hidden rather than a total.
SCOPES = {"grant": 1.0, "funder": 100.0, "instance": 100.0, "network": 10_000.0}
PARTS = {"year": "quarter", "quarter": "month"}

Place = tuple[str, str, str, date]


@dataclass(frozen=True)
class Parents:
    """Where the money of each grant is counted too."""

    funder: dict[str, str]
    persons: frozenset[str]


def grants_of_persons(connection: duckdb.DuckDBPyConnection, marts: str) -> Parents:
    """Return the funder of every grant, and the grants whose lead has no tax code of an organisation."""
    rows = connection.execute(
        f"select grant_key, funder_tax_code, lead_tax_code is null from {marts}.dim_grant order by 1"
    ).fetchall()
    return Parents(
        {grant: funder for grant, funder, _ in rows if funder is not None},
        frozenset(grant for grant, _, is_person in rows if is_person),
    )


def protect_public_money(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    parents: Parents,
    table_list: TableList,
    policy: DisclosurePolicy,
    printed_before: set[tuple[str, date]],
    late_table: str | None = None,
) -> list[tuple[str, Place, Decimal, float, float]]:
    """Hide in `table` what tells the money of a person; return what was hidden with the doubt it needs. In
    `late_table`, if anything was told late, hide what was told of such a grant, and of all that it is a part
    of.

    Periods of `printed_before` (kind and first day) stay as they were printed. Every figure of a person's
    grant carries the mark, whether there is something or nothing.
    """
    if not parents.persons:
        return []
    hidden: list[tuple[str, Place, Decimal, float, float]] = []
    since: dict[tuple[str, str], date] = {}
    for flow in FLOWS:
        for cell, below, above in _hidden_flows(
            connection, table, flow, parents, table_list, policy, printed_before
        ):
            hidden.append((flow, cell.at, cell.value, below, above))
            scope = cell.at[:2]
            since[scope] = min(since.get(scope, date.max), cell.at[3])
    _write(connection, table, parents, hidden, since, printed_before)
    if late_table:
        _hide_told_late(connection, late_table, parents)
    return hidden


def _hide_told_late(connection: duckdb.DuckDBPyConnection, late_table: str, parents: Parents) -> None:
    connection.execute("create temp table of_person (scope_id varchar, funder varchar, instance varchar)")
    insert_rows(
        connection,
        "of_person",
        [(grant, parents.funder.get(grant), grant.split(":")[0]) for grant in sorted(parents.persons)],
    )
    connection.execute(f"""
        update {late_table} as told
        set numerator = null, denominator = null, mark = '{SUPPRESSED}'
        where exists (
            select 1 from {late_table} as own inner join of_person using (scope_id)
            where own.scope_type = 'grant' and own.indicator_id = told.indicator_id
                and own.period_start = told.period_start and own.about = told.about
                and (told.scope_type = 'network'
                    or (told.scope_type = 'grant' and told.scope_id = own.scope_id)
                    or (told.scope_type = 'funder' and told.scope_id = of_person.funder)
                    or (told.scope_type = 'instance' and told.scope_id = of_person.instance)))""")
    connection.execute("drop table of_person")


def _hidden_flows(connection, table, flow, parents, table_list, policy, printed_before):
    rows = connection.execute(
        f"""select scope_type, scope_id, period_type, period_start, numerator from {table}
            where indicator_id = $flow and list_contains($scopes, scope_type) and coalesce(numerator, 0) <> 0
            order by all""",
        {"flow": flow, "scopes": list(SCOPES)},
    ).fetchall()
    values: dict[Place, Decimal] = {tuple(row[:4]): row[4] for row in rows}
    measure = _measure(flow)
    cells = {}
    for at, value in values.items():
        cell = Cell(flow, at, value, 0, policy.normal, frozen=at[2:] in printed_before, weight=SCOPES[at[0]])
        if at[0] == "grant" and at[1] in parents.persons and not cell.frozen:
            cell.persons, cell.reason = 1, FEW_PERSONS
        cells[at] = cell
    if not any(cell.hidden for cell in cells.values()):
        return []
    group = Group(
        [(flow, at) for at in cells], list(cells.values()), list(values.values()), _relations(cells, parents)
    )
    system = CellSystem(cells={cell.key: cell for cell in cells.values()})
    money = replace(table_list, measures={flow: measure}, totals={})
    return protect_group(group, system, money, policy)


def _measure(flow: str) -> Measure:
    return Measure(
        name=flow,
        kind=AMOUNT,
        dimensions=("scope_type", "scope_id", "period_type", "period_start"),
        additive=frozenset(),
        count=None,
        at_least_count=False,
        whole=False,
        money=True,
        contributions={},
        collected_as=None,
        counted_at={},
        of="amount",
        sensitive={},
    )


def _relations(cells: dict[Place, Cell], parents: Parents) -> list[Relation]:
    """The sums that come out. A printed number is a constant in them."""
    parts: dict[Place, set[Place]] = defaultdict(set)
    times: dict[Place, set[Place]] = defaultdict(set)
    for scope, scope_id, kind, start in cells:
        if scope == "grant":
            parts["instance", scope_id.split(":")[0], kind, start].add((scope, scope_id, kind, start))
            if scope_id in parents.funder:
                parts["funder", parents.funder[scope_id], kind, start].add((scope, scope_id, kind, start))
        if scope == "instance":
            parts["network", "network", kind, start].add((scope, scope_id, kind, start))
        for whole, part in PARTS.items():
            if kind == part:
                first = start.replace(month=1 if whole == "year" else 3 * ((start.month - 1) // 3) + 1)
                times[scope, scope_id, whole, first].add((scope, scope_id, kind, start))
    numbers = {at: i for i, at in enumerate(cells)}
    relations = []
    for whole, of_whole in [*sorted(parts.items()), *sorted(times.items())]:
        if whole not in cells or sum(cells[at].value for at in of_whole) != cells[whole].value:
            continue
        terms = [(at, 1) for at in sorted(of_whole)] + [(whole, -1)]
        free = tuple((numbers[at], sign) for at, sign in terms if not cells[at].frozen or cells[at].hidden)
        if free:
            relations.append(Relation(free, 0.0, 0.0))
    return relations


def _write(connection, table, parents, hidden, since, printed_before) -> None:
    connection.execute("create temp table printed_period (period_type varchar, period_start date)")
    insert_rows(connection, "printed_period", sorted(printed_before))
    connection.execute(
        "create temp table hidden_flow (indicator_id varchar, scope_type varchar, scope_id varchar, "
        "period_type varchar, period_start date)"
    )
    insert_rows(connection, "hidden_flow", [(flow, *at) for flow, at, *_ in hidden])
    connection.execute("create temp table hidden_scope (scope_type varchar, scope_id varchar, since date)")
    marked = [("grant", grant, date.min) for grant in sorted(parents.persons)]
    marked += [(*scope, day) for scope, day in sorted(since.items())]
    insert_rows(connection, "hidden_scope", marked)
    flows = ", ".join(f"'{flow}'" for flow in FLOWS)
    connection.execute(f"""
        update {table} as figure
        set numerator = null, denominator = null, value = null, mark = '{SUPPRESSED}'
        where (period_type, period_start) not in (select (period_type, period_start) from printed_period)
            and (exists (
                select 1 from hidden_flow as flow
                where flow.indicator_id = figure.indicator_id and flow.scope_type = figure.scope_type
                    and flow.scope_id = figure.scope_id and flow.period_type = figure.period_type
                    and flow.period_start = figure.period_start)
            or exists (
                -- What is reckoned up to a day holds everything before it; a person's grant shows nothing.
                select 1 from hidden_scope as scope
                where scope.scope_type = figure.scope_type and scope.scope_id = figure.scope_id
                    and (scope.since = date '0001-01-01'
                        or (figure.indicator_id not in ({flows}) and figure.indicator_id in (
                                'deliberated_net', 'disbursement_rate', 'eligible_cost_rate', 'residual',
                                'cofunding_share', 'budget_reported', 'schedule_gap', 'residual_at_risk')
                            and figure.period_start + case figure.period_type
                                when 'month' then interval 1 month when 'quarter' then interval 3 month
                                else interval 1 year end > scope.since))))""")
    for name in ("printed_period", "hidden_flow", "hidden_scope"):
        connection.execute(f"drop table {name}")
