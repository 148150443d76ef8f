"""Plans that Welfare Managers carry, guaranteed services, answers, merchants, and how late exports come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from tests.second_computation.calendar_days import rome_day
from tests.second_computation.cells import (
    Contribution,
    Figure,
    Key,
    cells,
    divided,
    persons_behind,
    ratio_of_organisations,
    total,
)
from tests.second_computation.network_facts import Network, Scope
from tests.second_computation.over_time import stock_cells
from tests.second_computation.spending import TERRITORY
from tests.second_computation.vouchers import signed_amounts

ONE, NONE = Decimal(1), Decimal(0)
LEPS = {"PIS", "DIM", "SUP", "PREV", "RES", "DDN", "VMD", "PAT", "SSP", "PUA", "SAD"}
RECENT = timedelta(days=90)


def figures(network: Network, accepted_on: Mapping[str, date]) -> Iterator[tuple[Key, Figure]]:
    """Yield ten measures; `accepted_on` says on which day each export, by its id, came in."""
    yield from _plans(network)
    yield from _classes(network)
    yield from _answers(network)
    yield from _merchants(network)
    delays = [
        Contribution(
            accepted.export.period_to,
            network.territory(accepted.export.instance, "network", "instance"),
            ["ALL"],
            Decimal(max(0, (accepted_on[accepted.export.export_id] - accepted.export.period_to).days)),
            ONE,
        )
        for accepted in network.loading.accepted
    ]
    yield from cells("export_delay", delays, ratio_of_organisations, network.as_of, ["month"])


def _plans(network: Network) -> Iterator[tuple[Key, Figure]]:
    assessments = []
    for assessment in network.present("assessment"):
        scopes = [
            *network.territory(assessment.instance, "network", "instance"),
            *network.own("social_point", assessment.instance, assessment["social_point_id"]),
        ]
        persons = network.persons(assessment.instance, assessment["person_id"])
        assessments.append(Contribution(assessment["assessed_on"], scopes, persons=persons, what=assessment))

    def active(group: list[Contribution], t: date) -> list[Contribution]:
        return [
            each
            for each in group
            if each.what["outcome"] == "PLAN"
            and (each.what["plan_from"] or each.what["assessed_on"]) <= t
            and (each.what["plan_to"] is None or each.what["plan_to"] >= t)
        ]

    def plans(scope: Scope, group: list[Contribution], end: date, t: date) -> Figure:
        standing = active(group, t)
        return Figure(Decimal(len(standing)), None, float(len(standing)), len(persons_behind(standing)))

    def per_manager(scope: Scope, group: list[Contribution], end: date, t: date) -> Figure:
        standing = active(group, t)
        recent = [each for each in group if t - RECENT < each.what["assessed_on"] <= t]
        managers = {(each.what.instance, each.what["manager_ref"]) for each in recent}
        return divided(Decimal(len(standing)), len(managers), len(persons_behind(standing + recent)))

    yield from stock_cells("active_plans", assessments, plans, network.as_of)
    yield from stock_cells("caseload", assessments, per_manager, network.as_of)


def _classes(network: Network) -> Iterator[tuple[Key, Figure]]:
    active, by_code, by_area = [], [], []
    for delivery in network.ledger("service_delivery"):
        service = network.attributes("service", delivery.instance, delivery["service_id"])
        if service is None:
            continue
        day, whole = delivery["start_date"], delivery["amount_total"]
        scopes = network.territory(delivery.instance, *TERRITORY)
        persons = network.persons(delivery.instance, delivery["person_id"])
        by_area.append(Contribution(day, scopes, ["ALL"], whole, persons=persons, item=service["macro_area"]))
        if service["leps_code"] in LEPS:
            by_code.append(
                Contribution(day, scopes, ["ALL"], whole, persons=persons, item=service["leps_code"])
            )
            if delivery.effective:
                active.append(Contribution(day, scopes, what=service["leps_code"]))

    def codes(scope: Scope, group: list[Contribution]) -> Figure:
        n = len({each.what for each in group})
        return Figure(Decimal(n), None, float(n), None)

    yield from cells("leps_active", active, codes, network.as_of)
    yield from cells("leps_spend", by_code, total, network.as_of)
    yield from cells("spend_by_macro_area", by_area, total, network.as_of)


def _answers(network: Network) -> Iterator[tuple[Key, Figure]]:
    rows = []
    for fact in network.ledger("measurement"):
        scale = network.attributes("outcome_indicator", fact.instance, fact["indicator_id"])
        if fact.effective and scale and scale["kind"] == "SATISFACTION":
            persons = network.persons(fact.instance, fact["person_id"])
            scopes = _served_scopes(network, fact.instance, fact["provider_id"], fact["service_id"])
            rows.append(
                Contribution(fact["measured_on"], scopes, persons=persons, what=("answered", persons))
            )
    for delivery in network.ledger("service_delivery"):
        if delivery.effective:
            persons = network.persons(delivery.instance, delivery["person_id"])
            scopes = _served_scopes(
                network, delivery.instance, delivery["provider_id"], delivery["service_id"]
            )
            rows.append(
                Contribution(delivery["start_date"], scopes, persons=persons, what=("served", persons))
            )

    def rate(scope: Scope, group: list[Contribution]) -> Figure | None:
        answered = {person for each in group if each.what[0] == "answered" for person in each.persons}
        served = {person for each in group if each.what[0] == "served" for person in each.persons}
        if not answered | served:
            return None
        return divided(Decimal(len(answered)), len(served), len(answered | served))

    yield from cells("response_rate", rows, rate, network.as_of)


def _served_scopes(
    network: Network, instance: str, provider_id: str | None, service_id: str | None
) -> list[Scope]:
    return [
        *network.territory(instance, "network", "instance"),
        *network.organisation("provider", instance, provider_id),
        *network.own("service", instance, service_id),
    ]


def _merchants(network: Network) -> Iterator[tuple[Key, Figure]]:
    active, redeemed = [], []
    for indicator, event, stands_for, amount in signed_amounts(network):
        if indicator != "voucher_redeemed":
            continue
        instance, day = event.instance, rome_day(event["event_at"])
        voucher = network.attributes("voucher", instance, stands_for["voucher_id"])
        scopes = [
            *network.territory(instance, "network", "instance"),
            *network.own("scheme", instance, voucher["scheme"] if voucher else None),
        ]
        known = network.attributes("organisation", instance, stands_for["merchant_id"])
        merchant = known["tax_code"] if known else f"{instance}:{stands_for['merchant_id']}"
        persons = network.voucher_persons(stands_for)
        redeemed.append(Contribution(day, scopes, numerator=amount, persons=persons, what=merchant))
        if event.effective and event["event"] == "REDEEM":
            active.append(Contribution(day, scopes, persons=persons, what=merchant))

    def distinct_merchants(scope: Scope, group: list[Contribution]) -> Figure:
        n = len({each.what for each in group})
        return Figure(Decimal(n), None, float(n), len(persons_behind(group)))

    def largest_three(scope: Scope, group: list[Contribution]) -> Figure:
        net: dict[str, Decimal] = defaultdict(Decimal)
        for each in group:
            net[each.what] += each.numerator
        some = sorted((amount for amount in net.values() if amount > 0), reverse=True)
        return divided(sum(some[:3], NONE), sum(some, NONE), len(persons_behind(group)))

    yield from cells("merchants_active", active, distinct_merchants, network.as_of)
    yield from cells("merchant_top3_share", redeemed, largest_three, network.as_of)
