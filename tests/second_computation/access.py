"""Requests, what became of them, how long people wait, and who does not come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from tests.second_computation.calendar_days import rome_day
from tests.second_computation.cells import (
    Contribution,
    Figure,
    Key,
    Statistic,
    cells,
    persons_behind,
    ratio,
    total,
)
from tests.second_computation.network_facts import Fact, Network, Scope
from tests.second_computation.spending import TERRITORY
from tests.second_computation.survival import waiting_days

ONE, NONE = Decimal(1), Decimal(0)


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield the seven indicators of access."""
    as_of = network.as_of
    received, channels = [], []
    to_assessment, to_service = list(waits_to_assessment(network)), list(waits_to_service(network))
    for request in network.present("request"):
        day = rome_day(request["received_at"])
        persons = network.persons(request.instance, request["person_id"])
        areas = ["ALL", request["need_area"]]
        territory = network.territory(request.instance, *TERRITORY)
        point = network.own("social_point", request.instance, request["social_point_id"])
        received.append(Contribution(day, [*territory, *point], areas, ONE, persons=persons))
        alone = ONE if request["channel"] in {"WEB", "APP"} else NONE
        channels.append(Contribution(day, territory, ["ALL"], alone, ONE, persons))
    yield from cells("requests", received, total, as_of)
    yield from cells("acceptance_rate", decided(network), ratio, as_of)
    yield from cells("autonomy_rate", channels, ratio, as_of)
    yield from cells("wait_to_assessment_p50", to_assessment, survival_statistic(0.5), as_of)
    yield from cells("wait_to_service_p50", to_service, survival_statistic(0.5), as_of)
    yield from cells("wait_to_service_p90", to_service, survival_statistic(0.1), as_of)
    yield from cells("no_show_rate", _bookings(network), ratio, as_of)


def decided(network: Network) -> Iterator[Contribution]:
    """Yield the requests accepted or refused."""
    for request in network.present("request"):
        if request["status"] in {"ACCEPTED", "REJECTED"}:
            yield Contribution(
                rome_day(request["received_at"]),
                network.territory(request.instance, *TERRITORY),
                ["ALL", request["need_area"]],
                ONE if request["status"] == "ACCEPTED" else NONE,
                ONE,
                network.persons(request.instance, request["person_id"]),
            )


def waits_to_assessment(network: Network) -> Iterator[Contribution]:
    """Yield the waits from request to interview; `what` of each is (days, whether it came)."""
    assessed = _first_days(network.present("assessment"), lambda fact: fact["assessed_on"])
    for request in network.present("request"):
        yield Contribution(
            rome_day(request["received_at"]),
            [
                *network.territory(request.instance, *TERRITORY),
                *network.own("social_point", request.instance, request["social_point_id"]),
            ],
            ["ALL", request["need_area"]],
            persons=network.persons(request.instance, request["person_id"]),
            what=_wait(request, assessed.get((request.instance, request.record_id)), network.as_of),
        )


def waits_to_service(network: Network) -> Iterator[Contribution]:
    """Yield the waits from request to service; `what` of each is (days, whether it came)."""
    effective = [fact for fact in network.ledger("service_delivery") if fact.effective]
    started = _first_days(effective, lambda fact: fact["start_date"])
    for request in network.present("request"):
        yield Contribution(
            rome_day(request["received_at"]),
            network.territory(request.instance, *TERRITORY),
            ["ALL", request["need_area"]],
            persons=network.persons(request.instance, request["person_id"]),
            what=_wait(request, started.get((request.instance, request.record_id)), network.as_of),
        )


def _first_days(facts: list[Fact], day_of: Callable[[Fact], date]) -> dict[tuple[str, str], date]:
    days = defaultdict(list)
    for fact in facts:
        if fact["request_id"] is not None:
            days[fact.instance, fact["request_id"]].append(day_of(fact))
    return {key: min(found) for key, found in days.items()}


def _wait(request: Fact, came_on: date | None, as_of: date) -> tuple[int, bool]:
    if came_on is not None:
        until, came = came_on, True
    elif request["status"] in {"WITHDRAWN", "REJECTED"}:
        until, came = rome_day(request["status_at"]), False
    else:
        until, came = as_of, False
    return max(0, (until - rome_day(request["received_at"])).days), came


def survival_statistic(share_still_waiting: float) -> Statistic:
    """Return the statistic of the day on which the curve of a cell falls to a share."""

    def statistic(scope: Scope, group: list[Contribution]) -> Figure:
        days = waiting_days([each.what for each in group], share_still_waiting)
        persons = len(persons_behind(group))
        if days is None:
            return Figure(None, None, None, persons, "not_reached")
        return Figure(None, None, float(days), persons)

    return statistic


def _bookings(network: Network) -> Iterator[Contribution]:
    for booking in network.present("booking"):
        if booking["status"] in {"DONE", "NO_SHOW"}:
            scopes = [
                *network.territory(booking.instance, "network", "instance"),
                *network.organisation("provider", booking.instance, booking["provider_id"]),
            ]
            missed = ONE if booking["status"] == "NO_SHOW" else NONE
            persons = network.persons(booking.instance, booking["person_id"])
            yield Contribution(rome_day(booking["start_at"]), scopes, ["ALL"], missed, ONE, persons)
