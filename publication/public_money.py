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
    of; where that counts, the figure of the grant is one that holds it.

    Periods of `printed_before` (kind and first day) stay as they were printed. Every figure of a person's
    grant carries the mark, whether there is something or nothing.
    """
    if not parents.persons:
        return []
    untold = _untold(connection, late_table, parents, printed_before) if late_table else {}
    _show_as_hidden(connection, table, untold)
    hidden: list[tuple[str, Place, Decimal, float, float]] = []
    since: dict[tuple[str, str], date] = {}
    for flow in FLOWS:
        for cell, below, above in _hidden_flows(
            connection, table, flow, parents, table_list, policy, printed_before, untold
        ):
            hidden.append((flow, cell.at, cell.value, below, above))
            scope = cell.at[:2]
            since[scope] = min(since.get(scope, date.max), cell.at[3])
    _write(connection, table, parents, hidden, since, printed_before)
    if late_table:
        _hide_told_late(connection, table, late_table, parents, printed_before)
    return hidden


def _untold(
    connection: duckdb.DuckDBPyConnection,
    late_table: str,
    parents: Parents,
    printed_before: set[tuple[str, date]],
) -> dict[tuple[str, str, date], Decimal]:
    """Money of persons' grants that counts late in a month without a row of its own, by indicator, grant and
    month.

    Nothing is told late about a month that was hidden, but the territory and the funder of the grant hold
    it: it is what they were told beyond what their grants were. Of several grants of persons any one has it.
    """
    told: dict[tuple[str, date], dict[tuple[str, str], Decimal]] = defaultdict(dict)
    for indicator, scope, scope_id, month, euro in connection.execute(
        f"""select indicator_id, scope_type, scope_id, period_start, sum(numerator) from {late_table}
            where list_contains($flows, indicator_id) and numerator is not null group by all order by all""",
        {"flows": list(FLOWS)},
    ).fetchall():
        if ("month", month) not in printed_before:
            told[indicator, month][scope, scope_id] = euro
    found = {}
    for (indicator, month), by_scope in told.items():
        beyond = {scope: euro for scope, euro in by_scope.items() if scope[0] in ("instance", "funder")}
        for (scope, grant), euro in by_scope.items():
            if scope == "grant":
                for whole in _wholes(grant, parents):
                    beyond[whole] = beyond.get(whole, Decimal(0)) - euro
        for grant in sorted(parents.persons):
            rests = [beyond.get(whole, Decimal(0)) for whole in _wholes(grant, parents)]
            euro = next((rest for rest in rests if rest), None)
            if euro is not None:
                found[indicator, grant, month] = euro
                for whole in _wholes(grant, parents):
                    beyond[whole] = beyond.get(whole, Decimal(0)) - euro
    return found


def _show_as_hidden(
    connection: duckdb.DuckDBPyConnection, table: str, untold: dict[tuple[str, str, date], Decimal]
) -> None:
    """Let a grant have a row, with the mark, where all it has is what was told late."""
    connection.execute("create temp table untold (indicator_id varchar, scope_id varchar, period_start date)")
    insert_rows(connection, "untold", sorted(untold))
    connection.execute(f"""
        insert into {table}
        select indicator_id, 'grant', scope_id, 'month', period_start, null, null, null, '{SUPPRESSED}'
        from untold anti join (from {table} where scope_type = 'grant' and period_type = 'month') as shown
            using (indicator_id, scope_id, period_start)""")
    connection.execute("drop table untold")


def _wholes(grant: str, parents: Parents) -> list[tuple[str, str]]:
    """The territory and the funder of a grant."""
    funder = parents.funder.get(grant)
    return [("instance", grant.split(":")[0]), *([("funder", funder)] if funder else [])]


def _hide_told_late(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    late_table: str,
    parents: Parents,
    printed_before: set[tuple[str, date]],
) -> None:
    """Hide what was told late of persons' grants, and every whole that was told more than the grants of it
    that show what they were told. Rows that were printed before stay."""
    connection.execute("create temp table printed_month (period_start date)")
    months = sorted(start for kind, start in printed_before if kind == "month")
    insert_rows(connection, "printed_month", [(start,) for start in months])
    connection.execute("create temp table part (scope_id varchar, whole_type varchar, whole_id varchar)")
    awards = {*parents.funder, *parents.persons}
    awards |= {
        grant
        for (grant,) in connection.execute(
            f"select distinct scope_id from {late_table} where scope_type = 'grant'"
        ).fetchall()
    }
    insert_rows(
        connection,
        "part",
        [
            (grant, *whole)
            for grant in sorted(awards)
            for whole in [*_wholes(grant, parents), ("network", "network")]
        ],
    )
    connection.execute("create temp table of_person (scope_id varchar)")
    insert_rows(connection, "of_person", [(grant,) for grant in sorted(parents.persons)])
    connection.execute(f"""
        update {late_table} set numerator = null, denominator = null, mark = '{SUPPRESSED}'
        where scope_type = 'grant' and scope_id in (from of_person)
            and period_start not in (from printed_month)""")
    connection.execute(f"""
        update {late_table} as told set numerator = null, denominator = null, mark = '{SUPPRESSED}'
        from (
            select whole.indicator_id, whole.scope_type, whole.scope_id, whole.period_start, whole.about
            from {late_table} as whole
            left join part on part.whole_type = whole.scope_type and part.whole_id = whole.scope_id
            left join {late_table} as own on own.scope_type = 'grant' and own.scope_id = part.scope_id
                and own.indicator_id = whole.indicator_id and own.period_start = whole.period_start
                and own.about = whole.about
            where whole.scope_type in ('instance', 'funder', 'network')
                and whole.period_start not in (from printed_month)
            group by all
            having bool_or(own.mark = '{SUPPRESSED}') or (
                whole.indicator_id in (select indicator_id from {table} where scope_type = 'grant')
                and (any_value(whole.numerator) is distinct from coalesce(sum(own.numerator), 0)
                    or coalesce(any_value(whole.denominator), 0) <> coalesce(sum(own.denominator), 0)))
        ) as beyond
        where told.indicator_id = beyond.indicator_id and told.scope_type = beyond.scope_type
            and told.scope_id = beyond.scope_id and told.period_start = beyond.period_start
            and told.about = beyond.about""")
    connection.execute("drop table part; drop table of_person; drop table printed_month")


def _hidden_flows(connection, table, flow, parents, table_list, policy, printed_before, untold):
    rows = connection.execute(
        f"""select scope_type, scope_id, period_type, period_start, numerator from {table}
            where indicator_id = $flow and list_contains($scopes, scope_type) and coalesce(numerator, 0) <> 0
            order by all""",
        {"flow": flow, "scopes": list(SCOPES)},
    ).fetchall()
    values: dict[Place, Decimal] = {tuple(row[:4]): row[4] for row in rows}
    for (indicator, grant, month), euro in untold.items():
        if indicator == flow:
            at = ("grant", grant, "month", month)
            values[at] = values.get(at, Decimal(0)) + euro
    measure = _measure(flow)
    cells = {}
    for at, value in values.items():
        cell = Cell(flow, at, value, 0, policy.normal, frozen=at[2:] in printed_before, weight=SCOPES[at[0]])
        if at[0] == "grant" and at[1] in parents.persons and not cell.frozen:
            cell.persons, cell.reason = 1, FEW_PERSONS
        cells[at] = cell
    if not any(cell.hidden for cell in cells.values()):
        return []
    unknown = {
        tuple(row)
        for row in connection.execute(
            f"""select scope_type, scope_id, period_type, period_start from {table}
                where indicator_id = $flow and mark = '{SUPPRESSED}'""",
            {"flow": flow},
        ).fetchall()
    }
    relations = _relations(cells, unknown - cells.keys(), parents)
    group = Group([(flow, at) for at in cells], list(cells.values()), list(values.values()), relations)
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


def _relations(cells: dict[Place, Cell], unknown: set[Place], parents: Parents) -> list[Relation]:
    """The sums that a reader can write down. A printed number is a constant in them, and so is what a whole
    holds beyond its parts; a sum with one that was hidden before and of which nothing is known says nothing.
    """
    parts: dict[Place, set[Place]] = defaultdict(set)
    times: dict[Place, set[Place]] = defaultdict(set)
    for scope, scope_id, kind, start in [*cells, *sorted(unknown)]:
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
        if whole not in cells or not unknown.isdisjoint(of_whole):
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
