"""The kinds of things that happen in a month of a generated territory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.second_computation.calendar_days import months_later
from tests.support.bad_rows import Row

if TYPE_CHECKING:
    from tests.support.territory_life import TerritoryLife

CHANNELS = ("DESK", "PHONE", "WEB", "APP", "OUTREACH", "REFERRAL")
AREAS = ("FAM", "DIS", "DIP", "ANZ", "IMM", "POV", "MUL")
CENT = Decimal("0.01")


def requests(life: TerritoryLife, month: date) -> None:
    """People ask; some are assessed, some are answered, some go away."""
    rng = life.rng
    for _ in range(max(4, life.deliveries_a_month // 5)):
        day = life.day_in(month)
        life.upsert(
            "request",
            life.new_id("request"),
            day,
            person_id=life.one("person"),
            channel=rng.choice(CHANNELS),
            household_id=life.maybe(life.one("household"), 0.2),
            need_area=rng.choice(AREAS),
            received_at=life.moment(day),
            social_point_id=life.maybe(life.one("organisation"), 0.5),
            status="OPEN",
            status_at=life.moment(day),
        )
    for request in rng.sample(sorted(life.latest["request"]), min(9, len(life.latest["request"]))):
        row = life.latest["request"][request]
        day = life.day_in(month)
        if row["op"] == "D":
            continue
        if rng.random() < 0.6:
            life.upsert(
                "assessment",
                life.new_id("assessment"),
                day,
                request_id=life.maybe(request, 0.95) or "GHOST-1",
                person_id=row["person_id"],
                manager_ref="WM-1",
                assessed_on=day,
                outcome="PLAN",
            )
        status = rng.choice(["ASSESSED", "ACCEPTED", "ACCEPTED", "REJECTED", "WITHDRAWN"])
        life.upsert("request", request, day, status=status, status_at=life.moment(day))


def bookings(life: TerritoryLife, month: date) -> None:
    """Services are booked; some people do not come."""
    for _ in range(max(3, life.deliveries_a_month // 6)):
        day = life.day_in(month)
        life.upsert(
            "booking",
            life.new_id("booking"),
            day,
            person_id=life.one("person"),
            service_id=life.one("service"),
            provider_id=life.one("organisation"),
            booked_at=life.moment(month),
            start_at=life.moment(day),
            request_id=life.maybe(life.one("request"), 0.3),
            status=life.rng.choice(["BOOKED", "DONE", "DONE", "NO_SHOW", "CANCELLED_USER"]),
        )


def deliveries(life: TerritoryLife, month: date) -> None:
    """Services are delivered, corrected, told twice, told late."""
    rng = life.rng
    for _ in range(life.deliveries_a_month):
        day = life.day_in(month)
        chance = rng.random()
        if chance < 0.03:
            day = months_later(month, -14) + timedelta(days=rng.randrange(28))
        elif chance < 0.05:
            day = day + timedelta(days=rng.choice([35, 70, 350]))
        parts = [life.euros(0, 40) if rng.random() < 0.7 else Decimal("0.00") for _ in range(4)]
        whole = sum(parts) + (CENT if rng.random() < 0.05 else 0)
        place = rng.choice(life.comuni) if rng.random() < 0.95 else "077014"
        row = life.append(
            "service_delivery",
            day,
            person_id=life.one("person"),
            service_id=life.one("service"),
            provider_id=life.one("organisation"),
            booking_id=life.maybe(life.one("booking"), 0.2),
            request_id=life.maybe(life.one("request"), 0.5),
            istat_place=place,
            start_date=day,
            end_date=life.maybe(day + timedelta(days=3), 0.2),
            quantity=rng.choice([Decimal("1"), Decimal("2.5"), Decimal("0.125"), Decimal("7.250")]),
            amount_total=whole,
            amount_user=parts[0],
            amount_municipality=parts[1],
            amount_ssn=parts[2],
            amount_other=parts[3],
        )
        allocate(life, "service_delivery", row, parts[3], day)
        if rng.random() < 0.04:
            again = {name: value for name, value in row.items() if name not in {"record_id", "updated_at"}}
            life.append(
                "service_delivery",
                day,
                **{name: again[name] for name in again if name not in {"op", "row_version"}},
            )
    for _ in range(max(1, life.deliveries_a_month // 12)):
        life.undo("service_delivery", life.day_in(month), "start_date")


def allocate(life: TerritoryLife, entity: str, source: Row, amount: Decimal, day: date) -> None:
    """Say who pays: nobody, one or two funders, now and then more than there is."""
    rng = life.rng
    if amount <= 0 or rng.random() < 0.3:
        return
    first = (amount * rng.choice([1, Decimal("0.5"), Decimal("0.31")])).quantize(CENT)
    shares = [first, amount - first] if rng.random() < 0.5 else [first]
    if rng.random() < 0.04:
        shares.append(Decimal(source["amount_total" if entity == "service_delivery" else "amount"] or 0))
    for share in shares:
        if share > 0:
            life.append(
                "allocation",
                day,
                source_entity=entity,
                source_id=source["record_id"] if rng.random() < 0.98 else "GHOST-9",
                funder_id=life.one("organisation"),
                grant_id=life.maybe(life.one("grant"), 0.8),
                amount=share,
            )


def allocations_undone(life: TerritoryLife, month: date) -> None:
    """What was allocated is taken back; the same euros may go to another funder."""
    for _ in range(4):
        life.undo("allocation", life.day_in(month), "")


def vouchers(life: TerritoryLife, month: date) -> None:
    """Vouchers are issued, extended, spent, given back, lapse; what was said is undone."""
    rng = life.rng
    for _ in range(max(3, life.deliveries_a_month // 8)):
        day = life.day_in(month)
        value = life.euros(20, 200)
        voucher = life.upsert(
            "voucher",
            life.new_id("voucher"),
            day,
            scheme=rng.choice(["Buono spesa", "Buono minori"]),
            person_id=life.one("person"),
            issuer_id="O-0",
            issued_on=day,
            face_value=value,
            status="ACTIVE",
            expires_on=day + timedelta(days=rng.choice([0, 20, 60, 200])),
        )
        if rng.random() < 0.95:
            life.append(
                "voucher_event",
                day,
                voucher_id=voucher["record_id"],
                event="ISSUE",
                event_at=life.moment(day),
                amount=value,
            )
    for _ in range(life.deliveries_a_month // 2):
        day = life.day_in(month)
        voucher_id = life.one("voucher")
        event = rng.choices(["REDEEM", "REFUND", "EXTEND", "EXPIRE", "CANCEL"], [12, 2, 1, 2, 1])[0]
        merchant = life.one("organisation") if event in {"REDEEM", "REFUND"} else None
        row = life.append(
            "voucher_event",
            day,
            voucher_id=voucher_id,
            event=event,
            event_at=life.moment(day),
            amount=life.euros(1, 60),
            merchant_id=merchant,
            service_delivery_id=life.maybe(rng.choice(sorted(life.sent_ledger["service_delivery"])), 0.4)
            if merchant
            else None,
        )
        if event == "REDEEM":
            allocate(life, "voucher_event", row, Decimal(row["amount"] or 0), day)
        if (
            voucher_id in life.latest["voucher"]
            and life.latest["voucher"][voucher_id]["op"] == "U"
            and rng.random() < 0.5
        ):
            status = rng.choice(["ACTIVE", "PARTIAL", "REDEEMED", "EXPIRED", "CANCELLED"])
            life.upsert("voucher", voucher_id, day, status=status)
    for _ in range(3):
        life.undo("voucher_event", life.day_in(month), "event_at", event="REVERSAL", merchant_id=None)


def payments(life: TerritoryLife, month: date) -> None:
    """Money is paid to people and to organisations, and some of it called back."""
    for number in range(max(4, life.deliveries_a_month // 5)):
        day = life.day_in(month)
        to_person = number % 2 == 0
        row = life.append(
            "payment",
            day,
            payer_id=life.one("organisation"),
            payee_kind="PERSON" if to_person else "ORGANISATION",
            person_id=life.one("person") if to_person else None,
            reason="SUBSIDY",
            order_date=day,
            value_date=day,
            organisation_id=None if to_person else life.one("organisation"),
            amount=life.euros(10, 400),
            application_id=life.maybe(life.one("application"), 0.2),
            grant_id=life.maybe(life.one("grant"), 0.2),
        )
        allocate(life, "payment", row, Decimal(row["amount"] or 0), day)
    life.undo("payment", life.day_in(month), "value_date")


def applications(life: TerritoryLife, month: date) -> None:
    """People, households and organisations apply to calls."""
    rng = life.rng
    for _ in range(6):
        day = life.day_in(month)
        kind = rng.choice(["PERSON", "HOUSEHOLD", "HOUSEHOLD", "ORGANISATION"])
        person = life.one("person")
        status = rng.choice(["SUBMITTED", "FUNDED", "FUNDED", "WAITLIST", "REJECTED", "REVOKED", "WITHDRAWN"])
        life.upsert(
            "application",
            life.new_id("application"),
            day,
            call_id=life.one("call"),
            applicant_kind=kind,
            person_id=person
            if kind == "PERSON"
            else life.maybe(person, 0.5)
            if kind == "HOUSEHOLD"
            else None,
            household_id=life.one("household") if kind == "HOUSEHOLD" else None,
            organisation_id=life.one("organisation") if kind == "ORGANISATION" else None,
            channel=rng.choice(CHANNELS),
            submitted_at=life.moment(day),
            status=status,
            amount_granted=life.maybe(life.euros(100, 900), 0.8),
            concession_date=life.maybe(day + timedelta(days=20), 0.8),
        )


def plans(life: TerritoryLife, month: date) -> None:
    """Employees get credit, spend it, lose it."""
    rng = life.rng
    for _ in range(max(5, life.deliveries_a_month // 4)):
        day = life.day_in(month)
        event = rng.choice(["CREDIT", "SPEND", "SPEND", "EXPIRE"])
        row = life.append(
            "plan_movement",
            day,
            plan_id=life.one("corporate_plan"),
            person_id=life.one("person"),
            event=event,
            event_date=day,
            amount=life.euros(5, 250),
            service_id=life.maybe(life.one("service"), 0.5),
        )
        if event == "SPEND":
            allocate(life, "plan_movement", row, Decimal(row["amount"] or 0), day)
    blank = {"service_id": None, "provider_id": None}
    life.undo("plan_movement", life.day_in(month), "event_date", event="REVERSAL", **blank)


def grants(life: TerritoryLife, month: date) -> None:
    """Grants are awarded and move money."""
    rng = life.rng
    if rng.random() < 0.5:
        life.grant(life.day_in(month))
        life.upsert(
            "grant_target",
            life.new_id("grant_target"),
            month,
            grant_id=life.one("grant"),
            measure="persons_served",
            target="100",
            due_on=month + timedelta(days=300),
        )
    types = [
        "BUDGET",
        "COMMITMENT",
        "DISBURSEMENT",
        "DISBURSEMENT",
        "EXPENSE_REPORTED",
        "EXPENSE_ADMITTED",
        "SAVING",
        "REVOCATION",
    ]
    for _ in range(max(6, life.deliveries_a_month // 4)):
        day = life.day_in(month)
        life.append(
            "grant_line",
            day,
            grant_id=life.one("grant"),
            line_type=rng.choice(types),
            cost_category="SERVICES",
            entry_date=day,
            amount=life.euros(5, 900),
            doc_amount=life.maybe(life.euros(900, 999), 0.2),
        )
    life.undo("grant_line", life.day_in(month), "entry_date", doc_amount=None)


def measurements(life: TerritoryLife, month: date) -> None:
    """People are asked how they are: before, after, and whether they were satisfied."""
    rng = life.rng
    for _ in range(max(8, life.deliveries_a_month)):
        day = life.day_in(month)
        indicator = life.one("outcome_indicator")
        # Few people, so that most come twice.
        person = f"P-{rng.randrange(18)}" if rng.random() < 0.9 else life.one("person", 0.2)
        grant = life.maybe(rng.choice(sorted(life.latest["grant"])[:2]), 0.6)
        wave = rng.choice(["T0", "T0", "T1", "T2", "FU"])
        # Two first values of one person on one day would leave the first one to chance.
        key = (indicator, grant, wave, day)
        if key in life.measured:
            continue
        life.measured.add(key)
        life.append(
            "measurement",
            day,
            indicator_id=indicator,
            person_id=person,
            grant_id=grant,
            wave=wave,
            measured_on=day,
            value=Decimal(rng.randrange(0, 10001, 250)) / 1000,
            service_id=life.maybe(life.one("service"), 0.6),
            provider_id=life.maybe(life.one("organisation"), 0.7),
        )
    for _ in range(2):
        life.undo("measurement", life.day_in(month), "measured_on")


def told_twice(life: TerritoryLife, month: date) -> None:
    """What the first two territories both tell, word for word, and a payment that one tells twice."""
    if life.number > 1:
        return
    drawn = life.rng.getstate()
    day = month + timedelta(days=9)
    # The same person and bodies, under each territory's own ids.
    person = f"P-{40 - 25 * life.number}"
    payer, provider = (f"O-{(n + life.number) % 12}" for n in (1, 5))
    euros = dict.fromkeys(("amount_user", "amount_ssn", "amount_other"), "0.00")
    euros |= {"amount_total": "61.50", "amount_municipality": "61.50"}
    both = {"person_id": person, "provider_id": provider}
    life.append(
        "service_delivery",
        day,
        **both,
        **euros,
        service_id="S-1",
        istat_place=life.comuni[0],
        start_date=day,
        quantity=Decimal("3.500"),
    )
    paid = {"payer_id": payer, "payee_kind": "PERSON", "person_id": person, "amount": Decimal("77.70")}
    for _ in range(2):
        payment = life.append("payment", day, **paid, order_date=day, value_date=day)
        payment |= {"reason": "SUBSIDY", "application_id": None}
    terms = {"sponsor_id": payer, "name": "Piano comune", "source": "COMPANY"}
    life.upsert(
        "corporate_plan", "CP-900", day, **terms, valid_from=month, valid_to=month + timedelta(days=400)
    )
    movement = life.append(
        "plan_movement", day, **both, plan_id="CP-900", event="SPEND", event_date=day, amount="12.30"
    )
    movement["provider_id"] = provider
    for _ in range(3):
        # Of a public body, each with another part of its act.
        life.grant(month)
        life.latest["grant"][f"G-{life.counters['grant']}"]["funder_id"] = f"O-{life.number}"
    life.grant(month)
    grant = life.latest["grant"][f"G-{life.counters['grant']}"]
    grant |= {"funder_id": payer, "lead_id": provider, "amount_deliberated": "4321.00", "status": "ACTIVE"}
    grant["title"] = ("Progetto Nord-Est", "PROGETTO\u00a0NORD\u2011EST")[life.number]
    voucher = life.upsert(
        "voucher",
        life.new_id("voucher"),
        day,
        scheme="Buono comune",
        person_id=person,
        issuer_id=payer,
        issued_on=day,
        face_value="30.00",
        status="ACTIVE",
        expires_on=day + timedelta(days=60),
    )
    issued = life.append(
        "voucher_event", day, voucher_id=voucher["record_id"], event="ISSUE", amount="30.00", event_at=None
    )
    issued["event_at"] = f"{day}T12:00:00+00:00"
    life.rng.setstate(drawn)


EVENTS: tuple[Callable[[TerritoryLife, date], None], ...] = (
    requests,
    bookings,
    deliveries,
    allocations_undone,
    vouchers,
    payments,
    applications,
    plans,
    grants,
    measurements,
    told_twice,
)
