"""Public, philanthropic and corporate welfare behind one person, and what corporate plans come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from tests.second_computation.cells import (
    Contribution,
    Figure,
    Key,
    cells,
    divided,
    persons_behind,
    ratio,
    total,
)
from tests.second_computation.funding import attributions
from tests.second_computation.network_facts import Network, Person, Scope
from tests.second_computation.vouchers import undone

ONE, NONE = Decimal(1), Decimal(0)
COMBINATIONS = ("PUB", "PHI", "CORP", "PUB+PHI", "PUB+CORP", "PHI+CORP", "PUB+PHI+CORP")
SOCIAL_ECONOMY = {"PROVIDER_COOP", "CONSORTIUM", "OTHER_ETS"}


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield the two measures of the pillars and the three of corporate plans."""
    supports = list(_supports(network))
    for combination in COMBINATIONS:
        yield from cells(
            "persons_by_pillar", _with_item(supports, combination), _of(combination), network.as_of, ["year"]
        )
    yield from cells("integrated_share", supports, _integrated, network.as_of, ["year"])
    yield from _active_employees(network)
    social, expired = [], []
    for movement in network.ledger("plan_movement"):
        stands_for, direction = undone(network, "plan_movement", movement)
        amount = movement["amount"] * direction
        day, instance = movement["event_date"], movement.instance
        scopes = [
            *network.territory(instance, "network", "instance"),
            *network.own("plan", instance, stands_for["plan_id"]),
        ]
        persons = network.persons(instance, movement["person_id"])
        if stands_for["event"] == "EXPIRE":
            expired.append(Contribution(day, scopes, numerator=amount, persons=persons))
        elif stands_for["event"] == "SPEND":
            provider = network.attributes("organisation", instance, stands_for["provider_id"])
            stays = provider is not None and provider["kind"] in SOCIAL_ECONOMY
            social.append(Contribution(day, scopes, ["ALL"], amount if stays else NONE, amount, persons))
    yield from cells("corporate_social_share", social, ratio, network.as_of)
    yield from cells("corporate_expired", expired, total, network.as_of)


def _with_item(supports: list[Contribution], item: str) -> list[Contribution]:
    return [
        Contribution(each.day, each.scopes, persons=each.persons, item=item, what=each.what)
        for each in supports
    ]


def _supports(network: Network) -> Iterator[Contribution]:
    """Yield who was supported by which pillar; rows of nobody (any more) support nobody."""
    for instance, day, persons, pillar in _support_rows(network):
        if persons:
            scopes = network.territory(instance, "network", "instance")
            yield Contribution(day, scopes, persons=persons, what=pillar)


def _support_rows(network: Network) -> Iterator[tuple[str, date, frozenset[Person], str]]:
    for delivery in network.ledger("service_delivery"):
        if delivery.effective and (delivery["amount_municipality"] > 0 or delivery["amount_ssn"] > 0):
            persons = network.persons(delivery.instance, delivery["person_id"])
            yield delivery.instance, delivery["start_date"], persons, "PUB"
    for payment in network.ledger("payment"):
        payer = network.attributes("organisation", payment.instance, payment["payer_id"])
        if payment.effective and payment["reason"] == "SUBSIDY" and payer and payer["is_public_body"]:
            persons = network.persons(payment.instance, payment["person_id"])
            yield payment.instance, payment["value_date"], persons, "PUB"
    for voucher in network.present("voucher"):
        issuer = network.attributes("organisation", voucher.instance, voucher["issuer_id"])
        if issuer and issuer["is_public_body"]:
            persons = network.persons(voucher.instance, voucher["person_id"])
            yield voucher.instance, voucher["issued_on"], persons, "PUB"
    effective = {
        (fact.instance, fact.record_id): fact for fact in network.ledger("allocation") if fact.effective
    }
    for fact, contribution in attributions_of(network):
        funder = network.attributes("organisation", fact.instance, fact["funder_id"])
        if (fact.instance, fact.record_id) in effective and funder and funder["kind"] == "FOUNDATION":
            yield fact.instance, contribution.day, contribution.persons, "PHI"
    for movement in network.ledger("plan_movement"):
        if movement.effective and movement["event"] == "SPEND":
            persons = network.persons(movement.instance, movement["person_id"])
            yield movement.instance, movement["event_date"], persons, "CORP"


def attributions_of(network: Network) -> Iterator[tuple]:
    """Yield every allocation whose source is loaded with its contribution to attributed."""
    standing = [
        allocation
        for allocation in network.ledger("allocation")
        if network.ledger_row(allocation["source_entity"], allocation.instance, allocation["source_id"])
    ]
    return zip(standing, attributions(network), strict=True)


def _pillars(group: list[Contribution]) -> dict[Person, set[str]]:
    pillars: dict[Person, set[str]] = defaultdict(set)
    for each in group:
        for person in each.persons:
            pillars[person].add(each.what)
    return pillars


def _of(combination: str):
    wanted = set(combination.split("+"))

    def statistic(scope: Scope, group: list[Contribution]) -> Figure:
        n = sum(1 for pillars in _pillars(group).values() if pillars == wanted)
        return Figure(Decimal(n), None, float(n), n)

    return statistic


def _integrated(scope: Scope, group: list[Contribution]) -> Figure:
    pillars = _pillars(group)
    return divided(Decimal(sum(1 for each in pillars.values() if len(each) > 1)), len(pillars), len(pillars))


def _active_employees(network: Network) -> Iterator[tuple[Key, Figure]]:
    spenders: dict[tuple[str, str, int], set[Person]] = defaultdict(set)
    for movement in network.ledger("plan_movement"):
        if movement.effective and movement["event"] == "SPEND":
            key = (movement.instance, movement["plan_id"], movement["event_date"].year)
            spenders[key] |= network.persons(movement.instance, movement["person_id"])
    plans = []
    for plan in network.present("corporate_plan"):
        active = frozenset(spenders[plan.instance, plan.record_id, plan["year"]])
        scopes = [
            *network.territory(plan.instance, "network", "instance"),
            *network.own("plan", plan.instance, plan.record_id),
        ]
        plans.append(
            Contribution(
                date(plan["year"], 1, 1),
                scopes,
                ["ALL"],
                Decimal(len(active)),
                Decimal(plan["population"]),
                active,
            )
        )

    def share(scope: Scope, group: list[Contribution]) -> Figure:
        above = sum((each.numerator for each in group), NONE)
        below = sum((each.denominator for each in group), NONE)
        return divided(above, below, len(persons_behind(group)))

    yield from cells("corporate_active_share", plans, share, network.as_of, ["year"])
