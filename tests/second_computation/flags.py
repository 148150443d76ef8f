"""What is loaded but looked at twice: the flags of every record as known now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.second_computation.calendar_days import twelve_months_before
from tests.second_computation.contract_files import tables
from tests.second_computation.network_facts import OWN_DAY, Fact, Network
from tests.second_computation.vouchers import net_amounts

Flag = tuple[str, str, str, str]
WHOLE_AMOUNT = {
    "service_delivery": "amount_total",
    "voucher_event": "amount",
    "payment": "amount",
    "plan_movement": "amount",
}


def flags(network: Network) -> set[Flag]:
    """Return (instance, entity, record_id, code)."""
    return {
        *_reference_missing(network),
        *_dates(network),
        *_near_duplicates(network),
        *_vouchers(network),
        *_over_allocated(network),
        *_acts_missing(network),
    }


def _reference_missing(network: Network) -> Iterator[Flag]:
    for table in tables().values():
        facts = network.ledger(table.name) if table.is_ledger else network.present(table.name)
        for fact in facts:
            links = [(fact[column], entity) for column, entity in table.references]
            if table.name == "allocation":
                links.append((fact["source_id"], fact["source_entity"]))
            if any(
                target is not None and not network.was_seen(entity, fact.instance, target)
                for target, entity in links
            ):
                yield fact.instance, table.name, fact.record_id, "reference_missing"


def _dates(network: Network) -> Iterator[Flag]:
    for entity, own_day in OWN_DAY.items():
        for fact in network.ledger(entity):
            day = own_day(fact.row)
            if day < twelve_months_before(fact.loaded.period_from):
                yield fact.instance, entity, fact.record_id, "late"
            if day > fact.loaded.created_on:
                yield fact.instance, entity, fact.record_id, "future_date"


def _acts_missing(network: Network) -> Iterator[Flag]:
    for grant in network.present("grant"):
        funder = network.attributes("organisation", grant.instance, grant["funder_id"])
        told = [grant[column] for column in ("act_number", "act_date", "legal_basis", "office")]
        if funder and funder["is_public_body"] and None in told:
            yield grant.instance, "grant", grant.record_id, "act_missing"


def _near_duplicates(network: Network) -> Iterator[Flag]:
    alike: dict[tuple[Any, ...], list[Fact]] = defaultdict(list)
    for fact in network.ledger("service_delivery"):
        person = network.person(fact.instance, fact["person_id"])
        if fact.effective and person:
            columns = ("service_id", "provider_id", "start_date", "amount_total")
            alike[fact.instance, person, *(fact[column] for column in columns)].append(fact)
    for facts in alike.values():
        for fact in sorted(facts, key=lambda fact: (fact["updated_at"], fact.record_id))[1:]:
            yield fact.instance, "service_delivery", fact.record_id, "near_duplicate"


def _vouchers(network: Network) -> Iterator[Flag]:
    ends = defaultdict(list)
    for event in network.ledger("voucher_event"):
        if event.effective and event["event"] in {"CANCEL", "EXPIRE"}:
            ends[event.instance, event["voucher_id"]].append(event)
    net = net_amounts(network)
    for voucher in network.present("voucher"):
        key = (voucher.instance, voucher.record_id)
        redeemed, issued = net[key]["voucher_redeemed"], net[key]["voucher_issued"]
        if ends[key]:
            latest = max(ends[key], key=lambda event: (event["event_at"], event.record_id))
            status = {"CANCEL": "CANCELLED", "EXPIRE": "EXPIRED"}[latest["event"]]
        elif redeemed <= 0:
            status = "ACTIVE"
        else:
            status = "REDEEMED" if redeemed >= issued else "PARTIAL"
        if voucher["status"] != status:
            yield voucher.instance, "voucher", voucher.record_id, "status_disagrees"
        if redeemed > issued:
            yield voucher.instance, "voucher", voucher.record_id, "balance_exceeded"


def _over_allocated(network: Network) -> Iterator[Flag]:
    standing: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for allocation in network.ledger("allocation"):
        if allocation.effective:
            key = (allocation.instance, allocation["source_entity"], allocation["source_id"])
            standing[key] += allocation["amount"]
    for (instance, entity, record_id), amount in standing.items():
        source = network.ledger_row(entity, instance, record_id)
        if source is not None and amount > source[WHOLE_AMOUNT[entity]]:
            yield instance, entity, record_id, "over_allocated"
