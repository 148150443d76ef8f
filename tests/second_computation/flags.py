"""What is loaded but looked at twice: the flags of every record as known now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from unicodedata import category

from tests.second_computation.calendar_days import rome_day, twelve_months_before
from tests.second_computation.contract_files import tables
from tests.second_computation.identifiers import is_nobodys
from tests.second_computation.network_facts import OWN_DAY, Fact, Network
from tests.second_computation.vouchers import left_of, net_amounts, standing_events

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
        *_told_elsewhere(network),
        *_vouchers(network),
        *_after_the_end(network),
        *_over_allocated(network),
        *_acts_missing(network),
        *_identities(network),
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


def _identities(network: Network) -> Iterator[Flag]:
    """Codes that are nobody's, and codes whose records tell of different people."""
    records: dict[Any, list[Fact]] = defaultdict(list)
    for person in network.present("person"):
        if person["id_kind"] != "NONE" and is_nobodys(person["id_value"]):
            yield person.instance, "person", person.record_id, "placeholder_identifier"
        records[network.person(person.instance, person.record_id)].append(person)
    for of_code in records.values():
        births = {person["birth_date"].year for person in of_code if person["birth_date"]}
        sexes = {person["sex"] for person in of_code} & {"M", "F"}
        if len(births) > 1 or len(sexes) > 1:
            for person in of_code:
                yield person.instance, "person", person.record_id, "identity_disagrees"
    for body in network.present("organisation"):
        if body["tax_code"] and is_nobodys(body["tax_code"]):
            yield body.instance, "organisation", body.record_id, "placeholder_identifier"


def _near_duplicates(network: Network) -> Iterator[Flag]:
    alike: dict[tuple[Any, ...], list[Fact]] = defaultdict(list)
    for fact in network.ledger("service_delivery"):
        person = network.person(fact.instance, fact["person_id"])
        if fact.effective and person:
            columns = ("service_id", "provider_id", "start_date", "amount_total")
            key = (fact.instance, person, *(fact[column] for column in columns))
            alike["service_delivery", *key].append(fact)
    for fact in network.ledger("payment"):
        parties = _parties(network, fact)
        if fact.effective and parties:
            columns = ("reason", "value_date", "amount", "application_id", "grant_id", "cup", "cig")
            key = (fact.instance, *parties, *(fact[column] for column in columns))
            alike["payment", *key].append(fact)
    for (entity, *_), facts in alike.items():
        for fact in sorted(facts, key=lambda fact: (fact["updated_at"], fact.record_id))[1:]:
            yield fact.instance, entity, fact.record_id, "near_duplicate"


def _told_elsewhere(network: Network) -> Iterator[Flag]:
    """What another territory told before, of people and bodies known by the same codes."""
    alike: dict[tuple[Any, ...], list[Fact]] = defaultdict(list)
    for entity, fact, key in _facts_by_likeness(network):
        if None not in key:
            alike[entity, *key].append(fact)
    for (entity, *_), facts in alike.items():
        first = min(facts, key=lambda fact: (fact["updated_at"], fact.instance, fact.record_id))
        for fact in facts:
            if fact.instance != first.instance:
                yield fact.instance, entity, fact.record_id, "told_elsewhere"


def _facts_by_likeness(network: Network) -> Iterator[tuple[str, Fact, tuple[Any, ...]]]:
    for fact in network.ledger("service_delivery"):
        service = network.attributes("service", fact.instance, fact["service_id"])
        if fact.effective and service:
            kind = (service["macro_area"], service["unit"])
            provider = _body(network, fact.instance, fact["provider_id"]) or ""
            amounts = (fact["start_date"], fact["quantity"], fact["amount_total"])
            person = network.person(fact.instance, fact["person_id"])
            yield "service_delivery", fact, (person, *kind, provider, *amounts)
    for fact in network.ledger("payment"):
        if fact.effective:
            parties = _parties(network, fact) or (None,)
            codes = (fact["cup"] or "", fact["cig"] or "")
            yield "payment", fact, (*parties, fact["reason"], fact["value_date"], fact["amount"], *codes)
    for fact in network.ledger("voucher_event"):
        if fact.effective:
            voucher = network.attributes("voucher", fact.instance, fact["voucher_id"])
            person = network.person(fact.instance, voucher["person_id"]) if voucher else None
            merchant = _body(network, fact.instance, fact["merchant_id"]) or ""
            key = (person, fact["event"], fact["event_at"], fact["amount"], merchant)
            yield "voucher_event", fact, key
    for fact in network.ledger("plan_movement"):
        if fact.effective:
            plan = network.attributes("corporate_plan", fact.instance, fact["plan_id"])
            sponsor = _body(network, fact.instance, plan["sponsor_id"]) if plan else None
            person = network.person(fact.instance, fact["person_id"])
            provider = _body(network, fact.instance, fact["provider_id"]) or ""
            key = (person, sponsor, fact["event"], fact["event_date"], fact["amount"], provider)
            yield "plan_movement", fact, key
    for grant in network.present("grant"):
        bodies = [_body(network, grant.instance, grant[column]) for column in ("funder_id", "lead_id")]
        title = "".join(each for each in grant["title"].upper() if category(each)[0] in "LMN") or None
        yield "grant", grant, (*bodies, grant["deliberated_on"], grant["amount_deliberated"], title)


def _parties(network: Network, payment: Fact) -> tuple[Any, Any] | None:
    """Who pays and who is paid, None where either is not known (any more)."""
    payer = _body(network, payment.instance, payment["payer_id"])
    payee = network.person(payment.instance, payment["person_id"])
    payee = payee or _body(network, payment.instance, payment["organisation_id"])
    return (payer, payee) if payer and payee else None


def _body(network: Network, instance: str, organisation_id: str | None) -> str | None:
    known = network.attributes("organisation", instance, organisation_id)
    return known["tax_code"] if known else None


def _after_the_end(network: Network) -> Iterator[Flag]:
    for (instance, voucher_id), events in standing_events(network).items():
        voucher, ended = network.attributes("voucher", instance, voucher_id), False
        for event in events:
            if event["event"] in {"CANCEL", "EXPIRE"}:
                ended = True
            elif ended or (voucher and rome_day(event["event_at"]) > voucher["expires_on"]):
                yield instance, "voucher_event", event.record_id, "after_end"


def _vouchers(network: Network) -> Iterator[Flag]:
    ends = defaultdict(list)
    for event in network.ledger("voucher_event"):
        if event.effective and event["event"] in {"CANCEL", "EXPIRE"}:
            ends[event.instance, event["voucher_id"]].append(event)
    net, standing = net_amounts(network), standing_events(network)
    last_days: dict[str, date] = defaultdict(lambda: date.min)
    for accepted in network.loading.accepted:
        export = accepted.export
        last_days[export.instance] = max(last_days[export.instance], export.period_to)
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
        left = left_of(standing[key])
        if ends[key] and (left > 0 or left < min(Decimal(0), issued - redeemed)):
            yield voucher.instance, "voucher", voucher.record_id, "end_disagrees"
        if not ends[key] and voucher["expires_on"] < last_days[voucher.instance] and left > 0:
            yield voucher.instance, "voucher", voucher.record_id, "past_expiry"


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
