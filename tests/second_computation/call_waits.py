"""How long applicants, lead bodies and holders of vouchers wait, and what is never used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from tests.second_computation.access import survival_statistic
from tests.second_computation.calendar_days import rome_day
from tests.second_computation.calls_and_plans import applicant
from tests.second_computation.cells import Contribution, Figure, Key, Statistic, cells, ratio
from tests.second_computation.network_facts import Fact, Network, Scope
from tests.second_computation.vouchers import net_amounts

ONE, NONE = Decimal(1), Decimal(0)
LEFT = {"REJECTED", "WITHDRAWN", "REVOKED"}


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield the nine measures of waiting."""
    as_of = network.as_of
    for indicator, waits in curves(network).items():
        of_organisations = indicator in {"award_to_first_payment_p50", "claim_to_admission_p50"}
        yield from cells(indicator, waits, _statistic(0.5, of_organisations), as_of)
        if indicator in {"wait_to_decision_p50", "wait_to_payment_p50"}:
            yield from cells(indicator.replace("p50", "p90"), waits, _statistic(0.1, False), as_of)
    yield from cells("decided_in_term", _terms(network), ratio, as_of)
    yield from cells("voucher_never_used", _unused(network), ratio, as_of)


def curves(network: Network) -> dict[str, list[Contribution]]:
    """Return, per curve, the waits; `what` of each is (days, whether it came)."""
    return {
        "wait_to_decision_p50": list(_decisions(network)),
        "wait_to_payment_p50": list(_payments(network)),
        "award_to_first_payment_p50": list(_disbursements(network)),
        "claim_to_admission_p50": list(_admissions(network)),
        "voucher_first_use_p50": list(_first_uses(network)),
    }


def _statistic(share_still_waiting: float, of_organisations: bool) -> Statistic:
    people = survival_statistic(share_still_waiting)

    def nobody(scope: Scope, group: list[Contribution]) -> Figure:
        figure = people(scope, group)
        return Figure(None, None, figure.value, None, figure.status)

    return nobody if of_organisations else people


def _waited(since: date, came_on: date | None, left_on: date) -> tuple[int, bool]:
    return max(0, ((came_on or left_on) - since).days), came_on is not None


def _of_application(network: Network, application: Fact, day: date, **more: object) -> Contribution:
    scopes = [
        *network.territory(application.instance, "network", "instance"),
        *network.own("call", application.instance, application["call_id"]),
    ]
    return Contribution(day, scopes, persons=applicant(network, application), **more)


def _term_begins(network: Network, application: Fact) -> date:
    call = network.attributes("call", application.instance, application["call_id"])
    submitted = rome_day(application["submitted_at"])
    return max(submitted, call["closes_on"]) if call else submitted


def _decisions(network: Network) -> Iterator[Contribution]:
    for application in network.present("application"):
        withdrawn = application["status"] == "WITHDRAWN"
        left = rome_day(application["updated_at"]) if withdrawn else network.as_of
        wait = _waited(_term_begins(network, application), application["decided_on"], left)
        yield _of_application(network, application, rome_day(application["submitted_at"]), what=wait)


def _terms(network: Network) -> Iterator[Contribution]:
    for application in network.present("application"):
        call = network.attributes("call", application.instance, application["call_id"])
        if call is None or call["decision_days"] is None:
            continue
        term = _term_begins(network, application) + timedelta(days=call["decision_days"])
        decided = application["decided_on"]
        if decided or (application["status"] != "WITHDRAWN" and term < network.as_of):
            in_term = ONE if decided and decided <= term else NONE
            day = rome_day(application["submitted_at"])
            yield _of_application(network, application, day, numerator=in_term, denominator=ONE)


def first_payments(network: Network) -> dict[tuple[str, str], date]:
    """Return, per application, the day of the first effective positive payment that names it."""
    days: dict[tuple[str, str], list[date]] = defaultdict(list)
    for payment in network.ledger("payment"):
        if payment.effective and payment["amount"] > 0 and payment["application_id"]:
            days[payment.instance, payment["application_id"]].append(payment["value_date"])
    return {key: min(found) for key, found in days.items()}


class VoucherIssues:
    """When vouchers of applications were issued: those that name one, and those of its call and person."""

    def __init__(self, network: Network) -> None:
        self.network = network
        net = net_amounts(network)
        days: dict[tuple[str, str], list[date]] = defaultdict(list)
        for event in network.ledger("voucher_event"):
            if event.effective and event["event"] == "ISSUE":
                days[event.instance, event["voucher_id"]].append(rome_day(event["event_at"]))
        self.issues = {key: (min(found), net[key]["voucher_issued"]) for key, found in days.items()}
        self.named: dict[tuple[str, str], list[Fact]] = defaultdict(list)
        self.unnamed: dict[tuple, list[Fact]] = defaultdict(list)
        for voucher in network.present("voucher"):
            person = network.person(voucher.instance, voucher["person_id"])
            if voucher["application_id"]:
                self.named[voucher.instance, voucher["application_id"]].append(voucher)
            elif voucher["call_id"] and person:
                self.unnamed[voucher.instance, voucher["call_id"], person].append(voucher)

    def of(self, application: Fact) -> list[tuple[date, Decimal]]:
        """Return, per voucher issued for an application, the first day and what it was issued for, net."""
        named = self._issued(self.named[application.instance, application.record_id])
        if named:
            return named
        person = self.network.person(application.instance, application["person_id"])
        return self._issued(self.unnamed[application.instance, application["call_id"], person])

    def _issued(self, vouchers: list[Fact]) -> list[tuple[date, Decimal]]:
        keys = [(each.instance, each.record_id) for each in vouchers]
        return [self.issues[key] for key in keys if key in self.issues]


def _payments(network: Network) -> Iterator[Contribution]:
    paid, vouchers = first_payments(network), VoucherIssues(network)
    for application in network.present("application"):
        call = network.attributes("call", application.instance, application["call_id"])
        if call is None or call["kind"] == "SERVICE":
            continue
        if call["kind"] == "VOUCHER":
            came = min((day for day, _ in vouchers.of(application)), default=None)
        else:
            came = paid.get((application.instance, application.record_id))
        left = network.as_of
        if application["status"] in LEFT:
            left = application["decided_on"] or rome_day(application["updated_at"])
        submitted = rome_day(application["submitted_at"])
        yield _of_application(network, application, submitted, what=_waited(submitted, came, left))


def _disbursements(network: Network) -> Iterator[Contribution]:
    first: dict[tuple[str, str], list[date]] = defaultdict(list)
    for line in network.ledger("grant_line"):
        if line.effective and line["line_type"] == "DISBURSEMENT" and line["amount"] > 0:
            first[line.instance, line["grant_id"]].append(line["entry_date"])
    for grant in network.present("grant"):
        came = min(first[grant.instance, grant.record_id], default=None)
        left = rome_day(grant["updated_at"]) if grant["status"] == "REVOKED" else network.as_of
        scopes = [("network", "network"), *network.organisation("funder", grant.instance, grant["funder_id"])]
        yield Contribution(grant["deliberated_on"], scopes, what=_waited(grant["deliberated_on"], came, left))


def _admissions(network: Network) -> Iterator[Contribution]:
    admitted: dict[tuple[str, str], list[date]] = defaultdict(list)
    for line in network.ledger("grant_line"):
        if line.effective and line["line_type"] == "EXPENSE_ADMITTED" and line["admits_id"]:
            admitted[line.instance, line["admits_id"]].append(line["entry_date"])
    for line in network.ledger("grant_line"):
        if line.effective and line["line_type"] == "EXPENSE_REPORTED":
            came = min(admitted[line.instance, line.record_id], default=None)
            scopes = [
                ("network", "network"),
                *(
                    scope
                    for scope in network.grant_scopes(line.instance, line["grant_id"])
                    if scope[0] == "funder"
                ),
            ]
            yield Contribution(
                line["entry_date"], scopes, what=_waited(line["entry_date"], came, network.as_of)
            )


def _voucher_scopes(network: Network, voucher: Fact) -> list[Scope]:
    return [
        *network.territory(voucher.instance, "network", "instance"),
        *network.own("scheme", voucher.instance, voucher["scheme"]),
    ]


def _first_uses(network: Network) -> Iterator[Contribution]:
    days: dict[tuple[str, str, str], list[date]] = defaultdict(list)
    for event in network.ledger("voucher_event"):
        if event.effective:
            days[event.instance, event["voucher_id"], event["event"]].append(rome_day(event["event_at"]))
    for voucher in network.present("voucher"):
        key = (voucher.instance, voucher.record_id)
        came = min(days[*key, "REDEEM"], default=None)
        left = min([voucher["expires_on"], network.as_of, *days[*key, "CANCEL"]])
        yield Contribution(
            voucher["issued_on"],
            _voucher_scopes(network, voucher),
            persons=network.persons(voucher.instance, voucher["person_id"]),
            what=_waited(voucher["issued_on"], came, left),
        )


def _unused(network: Network) -> Iterator[Contribution]:
    net = net_amounts(network)
    for voucher in network.present("voucher"):
        if voucher["expires_on"] < network.as_of:
            redeemed = net[voucher.instance, voucher.record_id]["voucher_redeemed"]
            yield Contribution(
                voucher["issued_on"],
                _voucher_scopes(network, voucher),
                ["ALL"],
                ONE if redeemed <= 0 else NONE,
                ONE,
                network.persons(voucher.instance, voucher["person_id"]),
            )
