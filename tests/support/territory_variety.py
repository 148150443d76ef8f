"""What the optional columns of a generated territory say, and what gives every measure its hard cases.

A row of a territory's life arrives, further columns for it leave: whom an organisation belongs to and until
when, why somebody was turned away, which receipt was claimed under which grant. When anything is sent does
not belong here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.bad_rows import Row
    from tests.support.territory_life import TerritoryLife

Columns = dict[str, Any]
REASONS = ("NOT_ELIGIBLE", "NO_FUNDS", "NO_FUNDS", "NO_CAPACITY", "INCOMPLETE", "OTHER", None)
# In the order of the organisations of a territory; those beyond are added here.
KINDS = {
    5: "PROVIDER_COOP",
    6: "CONSORTIUM",
    8: "REGION",
    9: "OTHER_ETS",
    10: "EMPLOYER",
    11: "ATS",
}
PARENTS = {5: 6, 6: 11, 7: 5, 9: 6}
FURTHER_ORGANISATIONS = {
    12: ("STATE", None),
    13: ("BILATERAL_BODY", None),
    # Five steps to the consortium: one more than a chain may have.
    14: ("PROVIDER_COOP", 15),
    15: ("PROVIDER_COOP", 16),
    16: ("PROVIDER_COOP", 17),
    17: ("PROVIDER_COOP", 18),
    18: ("PROVIDER_COOP", 6),
    19: ("CONSORTIUM", 20),
    20: ("CONSORTIUM", 19),
    21: ("OTHER_ETS", 999),
}
SERVICES = (
    ("D", "D1", "HOUR", "SAD"),
    ("D", "D1", "HOUR", "PUA"),
    ("F", "F2", "DAY", None),
    ("F", None, "ITEM", "XXX"),
    ("A", "A1", "EUR", "SSP"),
    ("F", "D1", "DAY", "SAD"),
    ("L", None, "HOUR", None),
)
MEASURES = (
    "persons_served",
    "deliveries",
    "attributed",
    "disbursed",
    "reported",
    "admitted",
    "outcome_improved",
    "followup_rate",
    "OI-0",
    "OI-1",
    "OI-9",
    "cost_per_person",
)
DECIDED = {"ADMITTED", "REJECTED", "FUNDED", "WAITLIST", "REVOKED"}


def further_columns(life: TerritoryLife, entity: str, row: Row, day: date, *, is_new: bool) -> Columns:
    """Return what the optional columns of a row say; nothing for rows that undo others."""
    complete = COMPLETE.get(entity)
    if complete is None or row.get("reverses_id") is not None or row.get("op") == "D":
        return {}
    return complete(life, row, day, is_new)


def _organisation(life: TerritoryLife, row: Row, day: date, is_new: bool) -> Columns:
    number = int((row["record_id"] or "").split("-")[1])
    if not is_new or number >= 12:
        return {}
    place = (number - life.number) % 12
    columns: Columns = {"kind": KINDS.get(place, row["kind"])}
    if place in PARENTS:
        columns["parent_organisation_id"] = f"O-{(PARENTS[place] + life.number) % 12}"
        columns["parent_from"] = life.maybe(day + timedelta(days=life.rng.choice([-400, 40])), 0.6)
        columns["parent_to"] = life.maybe(day + timedelta(days=life.rng.choice([70, 900])), 0.6)
    return columns


def _service(life: TerritoryLife, row: Row, day: date, is_new: bool) -> Columns:
    macro_area, code, unit, leps = SERVICES[int((row["record_id"] or "").split("-")[1])]
    return (
        {"macro_area": macro_area, "nomenclatore_code": code, "unit": unit, "leps_code": leps}
        if is_new
        else {}
    )


def _person(life: TerritoryLife, row: Row, day: date, is_new: bool) -> Columns:
    rng = life.rng
    elsewhere = ["001001", "077014", "015146"]
    return {
        "birth_date": date(
            rng.choice([1930, 1940, 1951, 1960, 1975, 1991, 2000, 2008, 2011, 2020, 2023]), 3, 4
        ),
        "sex": rng.choice(["M", "M", "F", "F", "F", "X", "ND", None]),
        "citizenship": rng.choice(["IT", "IT", "EU", "NON_EU", "ND", None]),
        "istat_residence": rng.choice([*life.comuni, *life.comuni, *elsewhere]),
    }


def _reason(life: TerritoryLife) -> str | None:
    """Return the reasons in turn, so that each is somebody's."""
    life.counters["refusal"] += 1
    return REASONS[life.counters["refusal"] % len(REASONS)]


def _request(life: TerritoryLife, row: Row, day: date, is_new: bool) -> Columns:
    return {"reject_reason": _reason(life) if row["status"] == "REJECTED" else None}


def _assessment(life: TerritoryLife, row: Row, day: date, is_new: bool) -> Columns:
    rng = life.rng
    outcome = rng.choice(["PLAN", "PLAN", "REFERRAL", "NO_NEED"])
    begins = life.maybe(day + timedelta(days=rng.choice([0, 5, 40])), 0.7) if outcome == "PLAN" else None
    ends = life.maybe((begins or day) + timedelta(days=rng.choice([0, 30, 200])), 0.6) if begins else None
    return {
        "manager_ref": f"WM-{rng.randrange(3)}",
        "social_point_id": life.maybe(life.one("organisation"), 0.7),
        "outcome": outcome,
        "plan_from": begins,
        "plan_to": ends,
    }


def _delivery(life: TerritoryLife, row: Row, day: date, is_new: bool) -> Columns:
    # One territory can say who still waits, the next cannot.
    linked = 0.97 if life.number % 2 == 0 else 0.6
    return {"request_id": life.maybe(life.one("request", 0.01), linked)}


def _call(life: TerritoryLife, row: Row, day: date, is_new: bool) -> Columns:
    number = int((row["record_id"] or "").split("-")[1])
    return {
        "kind": ("SUBSIDY", "VOUCHER", "GRANT", "SERVICE", "SUBSIDY")[number],
        "closes_on": day + timedelta(days=(400, 20, 50, 70, 45)[number]),
        "decision_days": (30, None, 0, 20, 15)[number],
    }


def _application(life: TerritoryLife, row: Row, day: date, is_new: bool) -> Columns:
    rng, status = life.rng, row["status"]
    if row["call_id"] == "C-4" and is_new:
        # A call about which nobody has decided anything.
        status = "SUBMITTED"
    decided = status in DECIDED or (status == "WITHDRAWN" and rng.random() < 0.3)
    return {
        "status": status,
        "decided_on": life.maybe(day + timedelta(days=rng.choice([-3, 0, 10, 25, 60])), 0.85)
        if decided
        else None,
        "reject_reason": _reason(life) if status == "REJECTED" else None,
        "amount_requested": life.maybe(life.euros(100, 1200), 0.8),
    }


def _voucher(life: TerritoryLife, row: Row, day: date, is_new: bool) -> Columns:
    if not is_new:
        return {}
    return {
        "issuer_id": life.one("organisation"),
        "call_id": life.maybe("C-1", 0.5),
        "application_id": life.maybe(life.one("application"), 0.3),
        "grant_id": life.maybe(life.one("grant"), 0.3),
    }


def _payment(life: TerritoryLife, row: Row, day: date, is_new: bool) -> Columns:
    return {
        "reason": life.rng.choice(["SUBSIDY", "SUBSIDY", "SERVICE_FEE", "REFUND"]),
        "application_id": life.maybe(life.one("application"), 0.7),
    }


def _grant(life: TerritoryLife, row: Row, day: date, is_new: bool) -> Columns:
    rng = life.rng
    record_id = row["record_id"]
    if not is_new:
        # The one whose people are measured goes on.
        return {"status": "ACTIVE" if record_id == "G-3" else rng.choice(["SUSPENDED", "CLOSED", "REVOKED"])}
    begins = day + timedelta(days=rng.choice([-30, 0, 20]))
    return {
        "starts_on": begins,
        "ends_on": begins + timedelta(days=0 if record_id == "G-2" else rng.choice([15, 60, 90, 300])),
        "status": "ACTIVE"
        if record_id == "G-3"
        else rng.choice(["DELIBERATED", "ACTIVE", "SUSPENDED", "CLOSED", "REVOKED"]),
        "parent_grant_id": life.maybe(life.one("grant"), 0.2),
    }


def _grant_line(life: TerritoryLife, row: Row, day: date, is_new: bool) -> Columns:
    rng = life.rng
    number = rng.randrange(5)
    columns: Columns = {
        "cost_category": rng.choice(["SERVICES", "STAFF", "GOODS"]),
        "partner_id": life.maybe(life.one("organisation"), 0.5),
        "entry_date": day + timedelta(days=rng.choice([0, 0, 0, -45, 75])),
    }
    if row["line_type"] == "EXPENSE_REPORTED":
        columns["doc_ref"] = life.maybe(
            rng.choice(
                [
                    f"ft {number}/2026",
                    f"FT-{number}.2026",
                    f"Ft{number}2026",
                    # Spaces that do not break, hyphens of another kind, and what does not show.
                    f"FT\u00a0{number}\u202f2026",
                    f"ft\u2011{number}\u2212\u200b2026\u00ad",
                    "\u2014 / \u00a0",
                ]
            ),
            0.7,
        )
        if rng.random() < 0.4:
            # One and the same supplier for many a receipt, also in another territory.
            columns["partner_id"] = f"O-{(3 + life.number) % 12}"
        columns["doc_amount"] = life.maybe(life.euros(900, 1400), 0.3)
    if row["line_type"] == "EXPENSE_ADMITTED":
        claims = [
            line["record_id"]
            for line in life.sent_ledger["grant_line"].values()
            if line["line_type"] == "EXPENSE_REPORTED"
        ]
        columns["admits_id"] = life.maybe(rng.choice(claims), 0.8) if claims else None
    return columns


def _grant_target(life: TerritoryLife, row: Row, day: date, is_new: bool) -> Columns:
    rng = life.rng
    return {
        "measure": rng.choice(MEASURES),
        "baseline": life.maybe(rng.randrange(4), 0.5),
        "target": rng.choice(["0", "2", "10.5", "400"]),
        "due_on": day + timedelta(days=rng.choice([20, 60, 60, 300])),
    }


def _plan(life: TerritoryLife, row: Row, day: date, is_new: bool) -> Columns:
    number = int((row["record_id"] or "").split("-")[1])
    return {"year": (2026, 2025)[number % 2], "population": life.rng.choice([20, 50])}


def _plan_movement(life: TerritoryLife, row: Row, day: date, is_new: bool) -> Columns:
    return {"provider_id": life.maybe(life.one("organisation"), 0.8) if row["event"] == "SPEND" else None}


COMPLETE: dict[str, Callable[[TerritoryLife, Any, date, bool], Columns]] = {
    "organisation": _organisation,
    "service": _service,
    "person": _person,
    "request": _request,
    "assessment": _assessment,
    "service_delivery": _delivery,
    "call": _call,
    "application": _application,
    "voucher": _voucher,
    "payment": _payment,
    "grant": _grant,
    "grant_line": _grant_line,
    "grant_target": _grant_target,
    "corporate_plan": _plan,
    "plan_movement": _plan_movement,
}


def begin(life: TerritoryLife, first: date) -> None:
    """Say the organisations and calls beyond the usual ones."""
    from tests.support.territory_life import tax_code

    for number, (kind, parent) in FURTHER_ORGANISATIONS.items():
        life.upsert(
            "organisation",
            f"O-{number}",
            first,
            kind=kind,
            tax_code=tax_code(number if number % 2 else 100 * life.number + number),
            is_public_body=kind == "STATE",
            istat_comune=life.comuni[0],
            name="Ente",
            parent_organisation_id=None if parent is None else f"O-{parent}",
        )
    usual = life.latest["call"]["C-0"]
    for number in (3, 4):
        taken = {
            name: usual[name]
            for name in usual
            if name not in {"record_id", "op", "updated_at", "row_version"}
        }
        life.upsert("call", f"C-{number}", first, **taken)


def happen(life: TerritoryLife, month: date) -> None:
    """Let what the usual months lack happen: late decisions, vouchers of a call, second thoughts, targets."""
    rng = life.rng
    for entity, chance in (("application", 0.5), ("grant", 0.4), ("person", 0.9)):
        for record_id in rng.sample(sorted(life.latest[entity]), min(3, len(life.latest[entity]))):
            row = life.latest[entity][record_id]
            if row["op"] == "U" and rng.random() < chance:
                status = {"status": rng.choice(["FUNDED", "REJECTED", "WITHDRAWN", "REVOKED"])}
                life.upsert(
                    entity, record_id, life.day_in(month), **(status if entity == "application" else {})
                )
    for record_id, application in sorted(life.latest["application"].items()):
        if application["call_id"] == "C-1" and application["person_id"] and rng.random() < 0.3:
            _voucher_of(life, record_id, application["person_id"], life.day_in(month))
    for _ in range(4):
        life.upsert(
            "grant_target", life.new_id("grant_target"), life.day_in(month), grant_id=life.one("grant")
        )
    for _ in range(8):
        life.append(
            "grant_line",
            life.day_in(month),
            grant_id=life.one("grant"),
            line_type=rng.choice(["EXPENSE_REPORTED", "EXPENSE_REPORTED", "BUDGET"]),
            amount=life.euros(20, 700),
        )
    for _ in range(4):
        day = life.day_in(month)
        life.upsert(
            "application",
            life.new_id("application"),
            day,
            call_id=rng.choice(["C-0", "C-1", "C-2", "C-3"]),
            applicant_kind="PERSON",
            person_id=life.one("person"),
            channel="WEB",
            submitted_at=life.moment(day),
            status="REJECTED",
        )
    _measure_again(life, month)
    for _ in range(10):
        # People who ask and are not seen again: without them nobody would wait.
        day = life.day_in(month)
        life.upsert(
            "request",
            f"R-WAITING-{life.new_id('request')}",
            day,
            person_id=life.one("person"),
            channel="WEB",
            need_area=rng.choice(["ANZ", "FAM"]),
            received_at=life.moment(day),
            status=rng.choice(["OPEN", "OPEN", "ACCEPTED", "REJECTED", "REJECTED"]),
            status_at=life.moment(day + timedelta(days=rng.choice([0, 45]))),
        )


def _measure_again(life: TerritoryLife, month: date) -> None:
    """Measure the same dozen people under one grant every month, so that it can show an outcome."""
    wave = "T1" if any(row["grant_id"] == "G-3" for row in life.sent_ledger["measurement"].values()) else "T0"
    for number in range(20, 34):
        day = life.day_in(month)
        life.append(
            "measurement",
            day,
            indicator_id="OI-0",
            person_id=f"P-{number}",
            grant_id="G-3",
            wave=wave,
            measured_on=day,
            value=life.rng.randrange(0, 10),
        )


def _voucher_of(life: TerritoryLife, application_id: str, person_id: str, day: date) -> None:
    value = life.euros(20, 90)
    voucher = life.upsert(
        "voucher",
        life.new_id("voucher"),
        day,
        scheme="Buono di bando",
        person_id=person_id,
        issued_on=day,
        face_value=value,
        status="ACTIVE",
        expires_on=day + timedelta(days=100),
    )
    life.upsert(
        "voucher",
        voucher["record_id"] or "",
        day,
        call_id="C-1",
        application_id=life.maybe(application_id, 0.5),
    )
    if life.rng.random() < 0.9:
        life.append(
            "voucher_event",
            day,
            voucher_id=voucher["record_id"],
            event="ISSUE",
            event_at=life.moment(day),
            amount=value,
        )
