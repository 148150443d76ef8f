"""Applications to calls, and the credit of corporate-welfare plans."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tests.second_computation.calendar_days import rome_day
from tests.second_computation.cells import Contribution, Figure, Key, cells, cumulative_cells, ratio, total
from tests.second_computation.network_facts import Fact, Network, Person
from tests.second_computation.vouchers import undone

ONE, NONE = Decimal(1), Decimal(0)
DECIDED = {"FUNDED", "WAITLIST", "REJECTED", "REVOKED"}


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield the three indicators of calls and the two of corporate welfare."""
    as_of = network.as_of
    received, decided, granted = [], [], []
    for application in network.present("application"):
        day = rome_day(application["submitted_at"])
        persons = applicant(network, application)
        scopes = [
            *network.territory(application.instance, "network", "instance"),
            *network.own("call", application.instance, application["call_id"]),
        ]
        received.append(Contribution(day, scopes, numerator=ONE, persons=persons))
        funded = application["status"] == "FUNDED"
        if application["status"] in DECIDED:
            decided.append(Contribution(day, scopes, ["ALL"], ONE if funded else NONE, ONE, persons))
        if funded and application["concession_date"] and application["amount_granted"] is not None:
            granted.append(
                Contribution(
                    application["concession_date"],
                    scopes,
                    numerator=application["amount_granted"],
                    persons=persons,
                )
            )
    yield from cells("applications", received, total, as_of)
    yield from cells("application_success", decided, ratio, as_of)
    yield from cells("granted_to_applicants", granted, total, as_of)

    credit, use = [], []
    for movement in network.ledger("plan_movement"):
        stands_for, direction = undone(network, "plan_movement", movement)
        amount = movement["amount"] * direction
        scopes = [
            *network.territory(movement.instance, "network", "instance"),
            *network.own("plan", movement.instance, stands_for["plan_id"]),
        ]
        day = movement["event_date"]
        persons = network.persons(movement.instance, movement["person_id"])
        if stands_for["event"] == "CREDIT":
            credit.append(Contribution(day, scopes, numerator=amount, persons=persons))
            use.append(Contribution(day, scopes, denominator=amount, persons=persons))
        elif stands_for["event"] == "SPEND":
            use.append(Contribution(day, scopes, numerator=amount, persons=persons))
    yield from cells("corporate_credit", credit, total, as_of)
    yield from cumulative_cells("corporate_use_rate", use, ratio, as_of)


def applicant(network: Network, application: Fact) -> frozenset[Person]:
    """Return who applies: a person, a household without one, or, for an organisation, nobody."""
    if application["applicant_kind"] == "ORGANISATION":
        return frozenset()
    persons = network.persons(application.instance, application["person_id"])
    if not persons and application["applicant_kind"] == "HOUSEHOLD":
        return frozenset([("household", application.instance, application["household_id"])])
    return persons
