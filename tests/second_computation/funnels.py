"""How many requests, applications and vouchers reached each stage, and what became of the others."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tests.second_computation.calendar_days import period_of, rome_day
from tests.second_computation.call_waits import VoucherIssues
from tests.second_computation.calls_and_plans import applicant
from tests.second_computation.cells import PERIODS
from tests.second_computation.network_facts import Network, Person, Scope
from tests.second_computation.vouchers import net_amounts

REJECTED = ["not_eligible", "no_funds", "no_capacity", "incomplete", "other", "not_stated"]
STAGES = {
    "request": (
        ["received", "assessed", "accepted", "served"],
        [*(f"rejected_{reason}" for reason in REJECTED), "withdrawn", "waiting", "open"],
    ),
    "call": (
        ["submitted", "admitted", "funded", "paid"],
        [
            *(f"rejected_{reason}" for reason in REJECTED),
            "withdrawn",
            "revoked",
            "waitlist",
            "unpaid",
            "open",
        ],
    ),
    "voucher": (["issued", "first_used", "fully_used"], ["expired", "cancelled", "open"]),
}
FULLY = Decimal("0.99")
StageKey = tuple[str, str, str, str, str, date, str]


@dataclass(frozen=True)
class Subject:
    """One request, application or voucher: how far it came, when, with what euro, and how it left."""

    day: date
    scopes: Sequence[Scope]
    areas: Sequence[str]
    persons: frozenset[Person]
    stages: int
    left: str | None
    days: Sequence[date | None]
    amounts: dict[str, Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """One cell of `marts.stage_count`."""

    stage_order: int
    n: int
    n_persons: int
    amount: Decimal | None
    median_days_from_previous: float | None
    is_exit: bool


def stage_counts(network: Network) -> Iterator[tuple[StageKey, Stage]]:
    """Yield every stage of every cohort."""
    for funnel, subjects in (
        ("request", _requests(network)),
        ("call", _applications(network)),
        ("voucher", _vouchers(network)),
    ):
        cohorts: dict[tuple, list[Subject]] = defaultdict(list)
        for subject in subjects:
            for scope in dict.fromkeys(subject.scopes):
                for area in subject.areas:
                    for period in PERIODS:
                        start = period_of(period, subject.day)
                        if start <= network.as_of:
                            cohorts[funnel, *scope, area, period, start].append(subject)
        steps, exits = STAGES[funnel]
        for key, cohort in cohorts.items():
            for order, stage in enumerate([*steps, *exits], start=1):
                is_exit = order > len(steps)
                reached = [
                    each for each in cohort if (each.left == stage if is_exit else each.stages >= order)
                ]
                yield (*key, stage), _stage(funnel, stage, order, is_exit, reached)


def _stage(funnel: str, stage: str, order: int, is_exit: bool, reached: list[Subject]) -> Stage:
    persons = {person for each in reached for person in each.persons}
    amounts = [amount for each in reached if (amount := each.amounts.get(stage)) is not None]
    median = None
    if not is_exit and order > 1:
        waits = [
            max(0, (each.days[order - 1] - each.days[order - 2]).days)
            for each in reached
            if each.days[order - 1] and each.days[order - 2]
        ]
        median = float(statistics.median(waits)) if waits else None
    amount = None if funnel == "request" else sum(amounts, Decimal(0))
    return Stage(order, len(reached), len(persons), amount, median, is_exit)


def _rejected(reason: str | None) -> str:
    return f"rejected_{(reason or 'not_stated').lower()}"


def _requests(network: Network) -> Iterator[Subject]:
    assessed: dict[tuple[str, str], list[date]] = defaultdict(list)
    for assessment in network.present("assessment"):
        assessed[assessment.instance, assessment["request_id"]].append(assessment["assessed_on"])
    served: dict[tuple[str, str], list[date]] = defaultdict(list)
    for delivery in network.ledger("service_delivery"):
        if delivery.effective and delivery["request_id"]:
            served[delivery.instance, delivery["request_id"]].append(delivery["start_date"])
    for request in network.present("request"):
        key, status = (request.instance, request.record_id), request["status"]
        day = rome_day(request["received_at"])
        accepted = rome_day(request["status_at"]) if status == "ACCEPTED" else None
        first_assessed, first_served = min(assessed[key], default=None), min(served[key], default=None)
        stages = 4 if first_served else 3 if accepted else 2 if first_assessed else 1
        left = None
        if stages < 4:
            left = {
                "REJECTED": _rejected(request["reject_reason"]),
                "WITHDRAWN": "withdrawn",
                "ACCEPTED": "waiting",
            }.get(status, "open")
        scopes = [
            *network.territory(request.instance, "network", "instance"),
            *network.own("social_point", request.instance, request["social_point_id"]),
        ]
        persons = network.persons(request.instance, request["person_id"])
        days = [day, first_assessed, accepted, first_served]
        yield Subject(day, scopes, ["ALL", request["need_area"]], persons, stages, left, days)


def _applications(network: Network) -> Iterator[Subject]:
    vouchers = VoucherIssues(network)
    payments: dict[tuple[str, str], list[tuple[date, Decimal]]] = defaultdict(list)
    for payment in network.ledger("payment"):
        if payment.effective and payment["amount"] > 0 and payment["application_id"]:
            key = (payment.instance, payment["application_id"])
            payments[key].append((payment["value_date"], payment["amount"]))
    for application in network.present("application"):
        status, day = application["status"], rome_day(application["submitted_at"])
        call = network.attributes("call", application.instance, application["call_id"])
        paid = list(payments[application.instance, application.record_id])
        if call and call["kind"] == "VOUCHER":
            paid = vouchers.of(application)
        funded = status in {"FUNDED", "REVOKED"} or application["concession_date"] is not None
        admitted = status in {"ADMITTED", "FUNDED", "WAITLIST", "REVOKED"}
        stages = 4 if paid else 3 if funded else 2 if admitted else 1
        left = None
        if stages < 4:
            left = {
                "REJECTED": _rejected(application["reject_reason"]),
                "WITHDRAWN": "withdrawn",
                "REVOKED": "revoked",
                "WAITLIST": "waitlist",
                "FUNDED": "unpaid",
            }.get(status, "open")
        requested, granted = application["amount_requested"], application["amount_granted"]
        amounts = dict.fromkeys([*STAGES["call"][0], *STAGES["call"][1]], requested)
        amounts |= dict.fromkeys(["funded", "unpaid", "revoked"], granted)
        amounts["paid"] = sum((amount for _, amount in paid), Decimal(0)) if paid else None
        scopes = [
            *network.territory(application.instance, "network", "instance"),
            *network.own("call", application.instance, application["call_id"]),
        ]
        days = [
            day,
            application["decided_on"],
            application["concession_date"],
            min((day for day, _ in paid), default=None),
        ]
        yield Subject(day, scopes, ["ALL"], applicant(network, application), stages, left, days, amounts)


def _vouchers(network: Network) -> Iterator[Subject]:
    net = net_amounts(network)
    uses: dict[tuple[str, str], list[date]] = defaultdict(list)
    ends: dict[tuple[str, str], list[tuple]] = defaultdict(list)
    for event in network.ledger("voucher_event"):
        key = (event.instance, event["voucher_id"])
        if event.effective and event["event"] == "REDEEM":
            uses[key].append(rome_day(event["event_at"]))
        elif event.effective and event["event"] in {"EXPIRE", "CANCEL"}:
            ends[key].append((event["event_at"], event.record_id, event["event"]))
    for voucher in network.present("voucher"):
        key = (voucher.instance, voucher.record_id)
        amounts = net[key]
        issued, redeemed, lapsed = (
            amounts.get(name, Decimal(0)) for name in ("voucher_issued", "voucher_redeemed", "voucher_lapsed")
        )
        first = min(uses[key], default=None)
        fully = issued > 0 and redeemed >= FULLY * issued
        stages = 3 if fully else 2 if first else 1
        left = None
        if stages < 3:
            left = {"EXPIRE": "expired", "CANCEL": "cancelled"}[max(ends[key])[2]] if ends[key] else "open"
        scopes = [
            *network.territory(voucher.instance, "network", "instance"),
            *network.own("scheme", voucher.instance, voucher["scheme"]),
        ]
        money = {
            "issued": issued,
            "first_used": redeemed,
            "fully_used": redeemed,
            "expired": lapsed,
            "cancelled": lapsed,
            "open": issued - redeemed - lapsed,
        }
        persons = network.persons(voucher.instance, voucher["person_id"])
        # It is used up on the day of its last redemption.
        days = [voucher["issued_on"], first, max(uses[key], default=None)]
        yield Subject(voucher["issued_on"], scopes, ["ALL"], persons, stages, left, days, money)
