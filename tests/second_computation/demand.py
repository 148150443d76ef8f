"""Who was turned away and why, who still waits, and whether deliveries can say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tests.second_computation.calendar_days import last_day, months_later, period_of, rome_day
from tests.second_computation.cells import Contribution, Figure, Key, cells, ratio, total
from tests.second_computation.network_facts import Network, Scope
from tests.second_computation.over_time import stock_cells
from tests.second_computation.spending import TERRITORY

ONE, NONE = Decimal(1), Decimal(0)
LACKING = {"NO_FUNDS", "NO_CAPACITY"}
LINKED_ENOUGH = Decimal("0.8")


@dataclass(frozen=True)
class Wait:
    """One request: when it came, and the day on which it ceased to wait, if any."""

    since: date
    until: date | None

    def lasts_on(self, day: date) -> bool:
        """Whether somebody waits at the end of `day`."""
        return self.since <= day and (self.until is None or self.until > day)


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield the six measures of demand."""
    as_of = network.as_of
    refused, still_open = [], []
    for request in network.present("request"):
        day = rome_day(request["received_at"])
        persons = network.persons(request.instance, request["person_id"])
        areas = ["ALL", request["need_area"]]
        scopes = [
            *network.territory(request.instance, *TERRITORY),
            *network.own("social_point", request.instance, request["social_point_id"]),
        ]
        if request["status"] == "REJECTED":
            for item in ("ALL", request["reject_reason"] or "NOT_STATED"):
                refused.append(Contribution(day, scopes, areas, ONE, persons=persons, item=item))
        is_open = ONE if request["status"] in {"OPEN", "ASSESSED"} else NONE
        still_open.append(Contribution(day, scopes, areas, is_open, ONE, persons))
    yield from cells("rejected", refused, total, as_of)
    yield from cells("unmet_share", turned_away(network), ratio, as_of)
    yield from cells("open_share", still_open, ratio, as_of)
    yield from cells("linkage_rate", list(linked(network)), ratio, as_of)
    yield from _waiting(network)


def turned_away(network: Network) -> Iterator[Contribution]:
    """Yield the requests that count in unmet_share: refused for funds or places, or accepted."""
    for request in network.present("request"):
        unmet = request["status"] == "REJECTED" and request["reject_reason"] in LACKING
        if unmet or request["status"] == "ACCEPTED":
            yield Contribution(
                rome_day(request["received_at"]),
                [
                    *network.territory(request.instance, *TERRITORY),
                    *network.own("social_point", request.instance, request["social_point_id"]),
                ],
                ["ALL", request["need_area"]],
                ONE if unmet else NONE,
                ONE,
                network.persons(request.instance, request["person_id"]),
            )


def linked(network: Network) -> Iterator[Contribution]:
    """Yield every effective delivery, one above where its request is there."""
    there = {(request.instance, request.record_id) for request in network.present("request")}
    for delivery in network.ledger("service_delivery"):
        if delivery.effective:
            names_one = (delivery.instance, delivery["request_id"]) in there
            yield Contribution(
                delivery["start_date"],
                network.territory(delivery.instance, "network", "instance"),
                ["ALL"],
                ONE if names_one else NONE,
                ONE,
                network.persons(delivery.instance, delivery["person_id"]),
            )


def _waiting(network: Network) -> Iterator[tuple[Key, Figure]]:
    ends: dict[tuple[str, str], list[date]] = defaultdict(list)
    for delivery in network.ledger("service_delivery"):
        if delivery.effective and delivery["request_id"]:
            ends[delivery.instance, delivery["request_id"]].append(delivery["start_date"])
    for assessment in network.present("assessment"):
        if assessment["outcome"] == "NO_NEED":
            ends[assessment.instance, assessment["request_id"]].append(assessment["assessed_on"])
    waits = []
    for request in network.present("request"):
        over = list(ends[request.instance, request.record_id])
        if request["status"] in {"REJECTED", "WITHDRAWN"}:
            over.append(rome_day(request["status_at"]))
        since = rome_day(request["received_at"])
        waits.append(
            Contribution(
                since,
                network.territory(request.instance, "network", "instance"),
                ["ALL", request["need_area"]],
                persons=network.persons(request.instance, request["person_id"]),
                what=Wait(since, min(over, default=None)),
            )
        )
    deliveries: dict[Scope, list[Contribution]] = defaultdict(list)
    for contribution in linked(network):
        for scope in contribution.scopes:
            deliveries[scope].append(contribution)

    def can_be_said(scope: Scope, end: date) -> bool:
        begin = months_later(period_of("month", end), -11)
        last = min(end, last_day("month", period_of("month", network.as_of)))
        within = [each for each in deliveries[scope] if begin <= each.day <= last]
        return sum(each.numerator for each in within) >= LINKED_ENOUGH * len(within)

    def standing(scope: Scope, group: list[Contribution], end: date, t: date) -> Figure:
        persons = {person for each in group if each.what.lasts_on(t) for person in each.persons}
        if not can_be_said(scope, end):
            return Figure(None, None, None, None, "not_applicable")
        return Figure(Decimal(len(persons)), None, float(len(persons)), len(persons))

    def standing_long(scope: Scope, group: list[Contribution], end: date, t: date) -> Figure:
        whole = standing(scope, group, end, t)
        if whole.status == "not_applicable":
            return whole
        long = {
            person
            for each in group
            if each.what.lasts_on(t) and t - each.what.since > timedelta(days=90)
            for person in each.persons
        }
        above, below = Decimal(len(long)), whole.numerator or NONE
        if below == 0:
            return Figure(above, below, None, 0, "denominator_missing")
        return Figure(above, below, float(above / below), whole.n_persons)

    yield from stock_cells("waiting_persons", waits, standing, network.as_of)
    yield from stock_cells("waiting_over_90", waits, standing_long, network.as_of)
