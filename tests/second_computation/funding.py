"""The money of grants: awarded, disbursed, reported, admitted, still to come, and what it paid for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from tests.second_computation.cells import (
    Contribution,
    Figure,
    Key,
    cells,
    cumulative_cells,
    ratio_of_organisations,
    total,
    total_of_organisations,
)
from tests.second_computation.network_facts import OWN_DAY, Fact, Network, Person, Scope
from tests.second_computation.spending import allocation_scopes

LINES = {"disbursed": "DISBURSEMENT", "reported": "EXPENSE_REPORTED", "admitted": "EXPENSE_ADMITTED"}


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield the ten indicators of funding."""
    as_of = network.as_of
    awards = list(_awards(network))
    lines = list(_lines(network))
    deliberated = [
        Contribution(day, scopes, numerator=grant["amount_deliberated"]) for day, scopes, grant in awards
    ]
    yield from cells("deliberated", deliberated, total_of_organisations, as_of)
    entering = [
        Contribution(
            day,
            network.territory(grant.instance, "network", "instance"),
            numerator=grant["amount_deliberated"],
        )
        for day, scopes, grant in awards
        if grant["parent_grant_id"] is None
    ]
    yield from cells("deliberated_net", entering, total_of_organisations, as_of)
    for indicator, line_type in LINES.items():
        of_type = [
            Contribution(day, scopes, numerator=line["amount"])
            for day, scopes, line in lines
            if line["line_type"] == line_type
        ]
        yield from cells(indicator, of_type, total_of_organisations, as_of)

    due = [
        Contribution(day, scopes, denominator=grant["amount_deliberated"]) for day, scopes, grant in awards
    ]
    for day, scopes, line in lines:
        if line["line_type"] in {"SAVING", "REVOCATION"}:
            due.append(Contribution(day, scopes, denominator=-line["amount"]))
        elif line["line_type"] == "DISBURSEMENT":
            due.append(Contribution(day, scopes, numerator=line["amount"]))
    yield from cumulative_cells("disbursement_rate", due, ratio_of_organisations, as_of)
    yield from cumulative_cells("residual", due, _still_due, as_of)

    expenses = [
        Contribution(
            day,
            scopes,
            numerator=line["amount"] if line["line_type"] == "EXPENSE_ADMITTED" else Decimal(0),
            denominator=line["amount"] if line["line_type"] == "EXPENSE_REPORTED" else Decimal(0),
        )
        for day, scopes, line in lines
        if line["line_type"] in {"EXPENSE_ADMITTED", "EXPENSE_REPORTED"}
    ]
    yield from cumulative_cells("eligible_cost_rate", expenses, ratio_of_organisations, as_of)

    shares = [
        Contribution(
            day,
            [scope for scope in scopes if scope[0] != "grant"],
            numerator=grant["cofunding"],
            denominator=grant["amount_deliberated"] + grant["cofunding"],
        )
        for day, scopes, grant in awards
    ]
    yield from cells("cofunding_share", shares, ratio_of_organisations, as_of)
    yield from cells("attributed", attributions(network), total, as_of)


def attributions(network: Network) -> Iterator[Contribution]:
    """Yield every allocation whose source is loaded, on the day of its source."""
    for allocation in network.ledger("allocation"):
        source = network.ledger_row(allocation["source_entity"], allocation.instance, allocation["source_id"])
        if source is None:
            continue
        entity = allocation["source_entity"]
        scopes = [
            *network.territory(allocation.instance, "network", "instance"),
            *allocation_scopes(network, allocation),
        ]
        yield Contribution(
            OWN_DAY[entity](source.row),
            scopes,
            _source_areas(network, entity, source),
            allocation["amount"],
            persons=_source_persons(network, entity, source),
        )


def _awards(network: Network) -> Iterator[tuple[date, list[Scope], Fact]]:
    for grant in network.present("grant"):
        scopes = [
            *network.territory(grant.instance, "network", "instance"),
            *network.grant_scopes(grant.instance, grant.record_id),
        ]
        yield grant["deliberated_on"], scopes, grant


def _lines(network: Network) -> Iterator[tuple[date, list[Scope], Fact]]:
    for line in network.ledger("grant_line"):
        scopes = [
            *network.territory(line.instance, "network", "instance"),
            *network.grant_scopes(line.instance, line["grant_id"]),
        ]
        yield line["entry_date"], scopes, line


def _still_due(scope: Scope, group: list[Contribution]) -> Figure:
    numerator = sum((each.denominator - each.numerator for each in group), Decimal(0))
    return Figure(numerator, None, float(numerator), None)


def _source_areas(network: Network, entity: str, source: Fact) -> list[str]:
    if entity == "payment":
        return ["ALL"]
    service_id = None
    if entity == "voucher_event":
        delivery = network.ledger_row("service_delivery", source.instance, source["service_delivery_id"])
        service_id = delivery["service_id"] if delivery else None
    else:
        service_id = source["service_id"]
    return network.service_areas(source.instance, service_id)


def _source_persons(network: Network, entity: str, source: Fact) -> frozenset[Person]:
    if entity == "voucher_event":
        return network.voucher_persons(source)
    if entity == "payment" and source["payee_kind"] != "PERSON":
        return frozenset()
    return network.persons(source.instance, source["person_id"])
