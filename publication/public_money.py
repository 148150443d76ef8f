"""The money of persons among public money: of sole traders, and of bodies nobody knows to be none.

Organisations' public money is public by law and exact; a person's is not. The finished table of public money
arrives. It loses the figures of grants that such a person leads or funds, and those that are little else but
what such partners and suppliers got or claimed, with as many others as keep them from being worked out:
amounts add up from grants to territories and funders, from territories to the network, from months to years.
Which table that is, and who is a person behind other figures, do not belong here.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import duckdb

from publication.bulk_insert import insert_rows
from publication.cells import FEW_PERSONS, SUPPRESSED, Cell, CellSystem
from publication.policy import DisclosurePolicy
from publication.relations import Group, Relation
from publication.scope import instance_of
from publication.secondary_suppression import protect_group
from publication.table_list import AMOUNT, Measure, TableList

# What ingestion leaves on a receipt of the codice fiscale of a supplier.
SUPPLIER = "cf-[0-9a-f]{32}"
# Amounts of one period each. The others of a grant are computed from all of them up to a day.
FLOWS = ("deliberated", "disbursed", "reported", "admitted", "out_of_window")
# Other figures that add up over time and hold the amounts of a flow.
HOLDERS = {"deliberated_net": "deliberated", "cofunding_share": "deliberated"}
# Another grant is hidden rather than a total.
SCOPES = {"grant": 1.0, "funder": 100.0, "instance": 100.0, "network": 10_000.0}
PARTS = {"year": "quarter", "quarter": "month"}
# The lines that make a flow. What is claimed outside the window is a part of what is claimed.
LINES = {
    "DISBURSEMENT": ("disbursed",),
    "EXPENSE_REPORTED": ("reported", "out_of_window"),
    "EXPENSE_ADMITTED": ("admitted",),
}

Place = tuple[str, str, str, date]


@dataclass(frozen=True)
class Parents:
    """Where the money of each grant is counted too, and the grants whose money is a person's."""

    funder: dict[str, str]
    persons: frozenset[str]


def grants_of_persons(connection: duckdb.DuckDBPyConnection, marts: str) -> Parents:
    """Return the funder of every grant, and the grants that a person leads or funds."""
    rows = connection.execute(
        f"select grant_key, funder_tax_code, is_of_person from {marts}.dim_grant order by 1"
    ).fetchall()
    return Parents(
        {grant: funder for grant, funder, _ in rows if funder is not None},
        frozenset(grant for grant, _, is_person in rows if is_person),
    )


def figures_of_persons(
    connection: duckdb.DuckDBPyConnection, marts: str, policy: DisclosurePolicy
) -> dict[tuple[str, Place], bool]:
    """Return the figures, by indicator and place, that hold what partners or suppliers got or claimed who are
    persons; True where that is nearly all of it and stands for so few of them that the figure tells it.

    A partner without the tax code of an organisation is one; of a supplier the receipt says it, also where
    an admitted expense has it from the claim.
    """
    lines = " union all ".join(
        f"select '{kind}' as line_type, '{flow}' as flow" for kind, flows in LINES.items() for flow in flows
    )
    rows = connection.execute(
        f"""
        with flow as ({lines}),
        line as (
            select flow.flow, own.grant_key, own.instance_id, own.funder_tax_code, own.entry_date,
                abs(own.amount) as amount,
                case when own.partner_id is not null and own.partner_tax_code is null
                        then own.instance_id || ':' || own.partner_id
                    else nullif(regexp_extract(coalesce(own.doc_ref, claim.doc_ref, ''), $supplier, 0), '')
                end as person
            from {marts}.fct_grant_line as own
            inner join flow using (line_type)
            left join {marts}.fct_grant_line as claim
                on claim.instance_id = own.instance_id and claim.record_id = own.admits_id
        ),
        placed as (
            select line.flow, place.scope_type, place.scope_id, period.kind,
                cast(date_trunc(period.kind, entry_date) as date) as start, person, sum(amount) as amount
            from line, unnest([
                    struct_pack(scope_type := 'grant', scope_id := grant_key),
                    struct_pack(scope_type := 'instance', scope_id := instance_id),
                    struct_pack(scope_type := 'funder', scope_id := funder_tax_code),
                    struct_pack(scope_type := 'network', scope_id := 'network')]) as scopes(place),
                (values ('month'), ('quarter'), ('year')) as period(kind)
            where place.scope_id is not null
            group by all
        )
        select flow, scope_type, scope_id, kind, start, sum(amount) as amount, count(person) as persons,
            coalesce(sum(amount) filter (person is not null), 0) as of_persons,
            max(amount, 2) filter (person is not null) as largest
        from placed group by all having persons > 0 and of_persons > 0 order by all""",
        {"supplier": SUPPLIER},
    ).fetchall()
    found = {}
    one, two = Decimal(str(policy.one_contributor)), Decimal(str(policy.two_contributors))
    for flow, *at, amount, persons, of_persons, largest in rows:
        few = of_persons > one * amount and persons < policy.normal
        found[flow, tuple(at)] = few or largest[0] > one * amount or sum(largest) > two * amount
    return found


def protect_public_money(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    parents: Parents,
    table_list: TableList,
    policy: DisclosurePolicy,
    printed_before: set[tuple[str, date]],
    late_table: str | None = None,
    of_persons: Mapping[tuple[str, Place], bool] | None = None,
) -> list[tuple[str, Place, Decimal, float, float]]:
    """Hide in `table` what tells the money of a person; return what was hidden with the doubt it needs. In
    `late_table`, if anything was told late, hide what was told of such a grant, and of all that it is a part
    of; where that counts, the figure of the grant is one that holds it.

    `of_persons` are figures that hold money of persons in other roles, and whether they tell it.
    Periods of `printed_before` (kind and first day) stay as they were printed. Every figure of a person's
    grant carries the mark, whether there is something or nothing.
    """
    of_persons = dict(of_persons or {})
    if not parents.persons and not of_persons:
        return []
    unprinted = {}
    if late_table:
        _mark_late(connection, late_table, parents, of_persons, printed_before)
        holders = parents.persons | {
            at[1] for (_, at), tells in of_persons.items() if tells and at[0] == "grant"
        }
        unprinted = _unprinted(connection, late_table, parents, holders, printed_before)
        of_persons |= {(flow, ("grant", grant, "month", month)): True for flow, grant, month in unprinted}
    _show_as_hidden(connection, table, unprinted)
    hidden: list[tuple[str, Place, Decimal, float, float]] = []
    since: dict[tuple[str, str], date] = {}
    for flow in FLOWS:
        for cell, below, above in _hidden_flows(
            connection, table, flow, parents, table_list, policy, printed_before, unprinted, of_persons
        ):
            hidden.append((flow, cell.at, cell.value, below, above))
            scope = cell.at[:2]
            since[scope] = min(since.get(scope, date.max), cell.at[3])
    _write(connection, table, parents, hidden, since, printed_before)
    if late_table:
        _hide_late(connection, late_table, parents, printed_before)
        connection.execute("drop table late_of_person")
    return hidden


def _mark_late(
    connection: duckdb.DuckDBPyConnection,
    late_table: str,
    parents: Parents,
    of_persons: dict[tuple[str, Place], bool],
    printed_before: set[tuple[str, date]],
) -> None:
    """Put into late_of_person the rows of grants, not yet printed, that tell what was told late of a person.
    The figure of the month in which that counts tells it too."""
    rows = connection.execute(
        f"select indicator_id, scope_id, period_start, about from {late_table} where scope_type = 'grant'"
    ).fetchall()
    told = []
    for indicator, grant, month, about in rows:
        holds = (indicator, ("grant", grant, "month", about)) in of_persons
        if ("month", month) not in printed_before and (holds or grant in parents.persons):
            told.append((indicator, grant, month, about))
            if holds:
                of_persons[indicator, ("grant", grant, "month", month)] = True
    connection.execute(
        "create temp table late_of_person (indicator_id varchar, scope_id varchar, period_start date, "
        "about date)"
    )
    insert_rows(connection, "late_of_person", sorted(told))


def _unprinted(
    connection: duckdb.DuckDBPyConnection,
    late_table: str,
    parents: Parents,
    holders: Collection[str],
    printed_before: set[tuple[str, date]],
) -> dict[tuple[str, str, date], Decimal]:
    """Money of persons' grants that counts late in a month without a row of its own, by indicator,
    grant and month.

    Nothing is told late about a month that was hidden, but the territory and the funder of the grant hold
    it: it is what they were told beyond what their grants were. Of several of `holders` any one has it.
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
        for grant in sorted(holders):
            rests = [beyond.get(whole, Decimal(0)) for whole in _wholes(grant, parents)]
            euro = next((rest for rest in rests if rest), None)
            if euro is not None:
                found[indicator, grant, month] = euro
                for whole in _wholes(grant, parents):
                    beyond[whole] = beyond.get(whole, Decimal(0)) - euro
    return found


def _show_as_hidden(
    connection: duckdb.DuckDBPyConnection, table: str, unprinted: dict[tuple[str, str, date], Decimal]
) -> None:
    """Let a grant have rows, with the mark, where all it has is what was told late: of the month in which
    that counts, and of the quarter and the year around it."""
    connection.execute(
        "create temp table unprinted (indicator_id varchar, scope_id varchar, period_start date)"
    )
    insert_rows(connection, "unprinted", sorted(unprinted))
    connection.execute(f"""
        insert into {table}
        with period as (select distinct period_type, period_start from {table})
        select distinct unprinted.indicator_id, 'grant', unprinted.scope_id, period.period_type,
            period.period_start, null, null, null, '{SUPPRESSED}'
        from unprinted
        inner join period on period.period_start = date_trunc(period.period_type, unprinted.period_start)
        anti join (from {table} where scope_type = 'grant') as shown
            on shown.indicator_id = unprinted.indicator_id and shown.scope_id = unprinted.scope_id
            and shown.period_type = period.period_type and shown.period_start = period.period_start""")
    connection.execute("drop table unprinted")


def _wholes(grant: str, parents: Parents) -> list[tuple[str, str]]:
    """The territory and the funder of a grant."""
    funder = parents.funder.get(grant)
    return [("instance", instance_of(grant)), *([("funder", funder)] if funder else [])]


def _hide_late(
    connection: duckdb.DuckDBPyConnection,
    late_table: str,
    parents: Parents,
    printed_before: set[tuple[str, date]],
) -> None:
    """Hide what was told late of persons' grants, and every whole that was told more than the grants of it
    that show what they were told. Rows that were printed before stay."""
    connection.execute("create temp table flow (indicator_id varchar)")
    insert_rows(connection, "flow", [(flow,) for flow in FLOWS])
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
    connection.execute(f"""
        update {late_table} as told set numerator = null, denominator = null, mark = '{SUPPRESSED}'
        from late_of_person as own
        where told.scope_type = 'grant' and told.scope_id = own.scope_id
            and told.indicator_id = own.indicator_id and told.period_start = own.period_start
            and told.about = own.about""")
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
                whole.indicator_id in (from flow)
                and any_value(whole.numerator) is distinct from coalesce(sum(own.numerator), 0))
        ) as beyond
        where told.indicator_id = beyond.indicator_id and told.scope_type = beyond.scope_type
            and told.scope_id = beyond.scope_id and told.period_start = beyond.period_start
            and told.about = beyond.about""")
    for indicator, flow in HOLDERS.items():
        connection.execute(
            f"""
            update {late_table} as told set numerator = null, denominator = null, mark = '{SUPPRESSED}'
            from {late_table} as own
            where told.indicator_id = $indicator and own.indicator_id = $flow and own.mark = '{SUPPRESSED}'
                and told.scope_type = own.scope_type and told.scope_id = own.scope_id
                and told.period_start = own.period_start and told.about = own.about
                and told.period_start not in (from printed_month)""",
            {"indicator": indicator, "flow": flow},
        )
    connection.execute("drop table part; drop table printed_month; drop table flow")


def _hidden_flows(
    connection, table, flow, parents, table_list, policy, printed_before, unprinted, of_persons
):
    rows = connection.execute(
        f"""select scope_type, scope_id, period_type, period_start, numerator from {table}
            where indicator_id = $flow and list_contains($scopes, scope_type) and coalesce(numerator, 0) <> 0
            order by all""",
        {"flow": flow, "scopes": list(SCOPES)},
    ).fetchall()
    values: dict[Place, Decimal] = {tuple(row[:4]): row[4] for row in rows}
    for (indicator, grant, month), euro in unprinted.items():
        if indicator == flow:
            at = ("grant", grant, "month", month)
            values[at] = values.get(at, Decimal(0)) + euro
    measure = _measure(flow)
    cells = {}
    for at, value in values.items():
        cell = Cell(flow, at, value, 0, policy.normal, frozen=at[2:] in printed_before, weight=SCOPES[at[0]])
        is_told = (at[0] == "grant" and at[1] in parents.persons) or of_persons.get((flow, at), False)
        if is_told and not cell.frozen:
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
        indicator=None,
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
            parts["instance", instance_of(scope_id), kind, start].add((scope, scope_id, kind, start))
            if scope_id in parents.funder:
                parts["funder", parents.funder[scope_id], kind, start].add((scope, scope_id, kind, start))
        if scope == "instance":
            parts["network", "network", kind, start].add((scope, scope_id, kind, start))
        for longer, shorter in PARTS.items():
            if kind == shorter:
                first = start.replace(month=1 if longer == "year" else 3 * ((start.month - 1) // 3) + 1)
                times[scope, scope_id, longer, first].add((scope, scope_id, kind, start))
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
