"""Which consortium or ATS an organisation belongs to on a day, and the figures of those."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from tests.second_computation.calendar_days import rome_day
from tests.second_computation.cells import Contribution, Figure, Key, cells, total
from tests.second_computation.market_and_data import concentration
from tests.second_computation.network_facts import Network, Scope
from tests.second_computation.reach import distinct
from tests.second_computation.spending import paid_out
from tests.second_computation.vouchers import signed_amounts

STEPS = 4
SCOPES = {"CONSORTIUM": "consortium", "ATS": "ats"}


def end_of_chain(
    network: Network, instance: str, organisation_id: str | None, day: date
) -> dict[str, Any] | None:
    """Return the organisation in which a chain of parents ends on a day; None where it ends nowhere known.

    One goes up four steps at most, and never back to where one began.
    """
    known = network.attributes("organisation", instance, organisation_id)
    for _ in range(STEPS):
        if known is None or not _has_parent(known, day) or known["parent_organisation_id"] == organisation_id:
            break
        known = network.attributes("organisation", instance, known["parent_organisation_id"])
    return known


def _has_parent(organisation: dict[str, Any], day: date) -> bool:
    if organisation["parent_organisation_id"] is None:
        return False
    begins, ends = organisation["parent_from"] or date.min, organisation["parent_to"] or date.max
    return begins <= day <= ends


def membership_scopes(network: Network, instance: str, organisation_id: str | None, day: date) -> list[Scope]:
    """Return the consortium or ATS scope of an organisation on a day."""
    end = end_of_chain(network, instance, organisation_id, day)
    if end is None or end["kind"] not in SCOPES or len(end["tax_code"]) == 16:
        return []
    return [(SCOPES[end["kind"]], end["tax_code"])]


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield five of the first indicators for consortia and ATS, and the concentration by consortium."""
    spent, served, redeemed, payments, shares = [], [], [], [], []
    for delivery in network.ledger("service_delivery"):
        instance, day = delivery.instance, delivery["start_date"]
        scopes = membership_scopes(network, instance, delivery["provider_id"], day)
        areas = network.service_areas(instance, delivery["service_id"])
        persons = network.persons(instance, delivery["person_id"])
        spent.append(Contribution(day, scopes, areas, delivery["amount_total"], persons=persons))
        if delivery.effective:
            served.append(Contribution(day, scopes, areas, Decimal(1), persons=persons))
        consortium = [scope for scope in scopes if scope[0] == "consortium"]
        provider = consortium or network.organisation("provider", instance, delivery["provider_id"])
        alone = f"{instance}:{delivery['provider_id']}"
        shares.append(
            Contribution(
                day,
                network.territory(instance, "network", "instance"),
                areas,
                delivery["amount_total"],
                item="CONSORTIUM",
                what=provider[0][1] if provider else alone,
            )
        )
    for indicator, event, stands_for, amount in signed_amounts(network):
        if indicator == "voucher_redeemed":
            day = rome_day(event["event_at"])
            scopes = membership_scopes(network, event.instance, stands_for["merchant_id"], day)
            persons = network.voucher_persons(stands_for)
            redeemed.append(Contribution(day, scopes, numerator=amount, persons=persons))
    for payment in network.ledger("payment"):
        if payment["payee_kind"] != "PERSON":
            day = payment["value_date"]
            scopes = membership_scopes(network, payment.instance, payment["organisation_id"], day)
            payments.append(Contribution(day, scopes, numerator=payment["amount"], what=False))
    as_of = network.as_of
    yield from cells("spend_delivered", spent, total, as_of)
    yield from cells("deliveries", served, total, as_of)
    yield from cells("persons_served", served, distinct, as_of)
    yield from cells("voucher_redeemed", redeemed, total, as_of)
    yield from cells("paid", payments, paid_out, as_of)
    yield from cells("provider_hhi", shares, concentration, as_of, ["year"])
