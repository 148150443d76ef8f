"""One small territory, Alba, in which every figure can be checked by hand: the registry's worked examples.

Nothing arrives; the rows of one export leave. Exports cover 1 January 2025 to 30 June 2026.
"""

from datetime import date

Row = dict[str, object]
PERIOD = (date(2025, 1, 1), date(2026, 6, 30))
ACCEPTED_ON = date(2026, 7, 10)
INSTANCE = "alba"
# Rows that ingestion turned away, by entity.
TURNED_AWAY = {"booking": 5}
REGISTRATION = {"name": "Alba", "seat": "004003", "comuni": ["004003"], "timezone": "Europe/Rome"}

CONSORTIUM, FIRST_FUNDER, SECOND_FUNDER = "90000000001", "90000000005", "90000000006"


def rows() -> dict[str, list[Row]]:
    """Return the rows of Alba's export by entity."""
    return {
        "organisation": _organisations(),
        "person": _persons(),
        "service": _services(),
        "request": _requests(),
        "assessment": _assessments(),
        "booking": _bookings(),
        "service_delivery": _deliveries(),
        "allocation": _allocations(),
        "call": _calls(),
        "application": _applications(),
        "payment": _payments(),
        "voucher": _vouchers(),
        "voucher_event": _voucher_events(),
        "grant": _grants(),
        "grant_line": _grant_lines(),
        "grant_target": _grant_targets(),
        "corporate_plan": _plans(),
        "plan_movement": _movements(),
        "outcome_indicator": _outcome_indicators(),
        "measurement": _measurements(),
    }


def _organisations() -> list[Row]:
    kinds = [
        ("CONS", "CONSORTIUM", CONSORTIUM, False),
        ("COOP", "PROVIDER_COOP", "90000000002", False),
        ("ETS", "OTHER_ETS", "90000000003", False),
        ("MUN", "MUNICIPALITY", "90000000004", True),
        ("FUND", "FOUNDATION", FIRST_FUNDER, False),
        ("OTHER", "FOUNDATION", SECOND_FUNDER, False),
        ("EMP", "EMPLOYER", "90000000007", False),
        ("SP", "SOCIAL_POINT", "90000000008", False),
        *((f"SHOP{n}", "MERCHANT", f"9000000001{n}", False) for n in range(1, 5)),
    ]
    return [
        {
            "record_id": record_id,
            "name": record_id,
            "kind": kind,
            "tax_code": code,
            "is_sole_trader": False,
            "istat_comune": "004003",
            "is_public_body": public,
            "parent_organisation_id": "CONS" if record_id in ("COOP", "SHOP4") else None,
        }
        for record_id, kind, code, public in kinds
    ]


def _persons() -> list[Row]:
    births = {1: 1950, 2: 1955, 4: 1990}
    return [
        {
            "record_id": f"P{n}",
            "id_kind": "NONE",
            "birth_year": births.get(n, 1980),
            "sex": "F" if n in (1, 2, 3, 5) else "M",
            "citizenship": "IT",
            "istat_residence": "004003",
        }
        for n in range(1, 13)
    ]


def _services() -> list[Row]:
    return [
        {
            "record_id": "S1",
            "name": "Home care",
            "macro_area": "D",
            "nomenclatore_code": "D1",
            "istat_area": "ANZ",
            "leps_code": "SAD",
            "unit": "HOUR",
            "sensitivity": "NORMAL",
            "valid_from": date(2020, 1, 1),
        },
        {
            "record_id": "S2",
            "name": "Day nursery",
            "macro_area": "F",
            "istat_area": "FAM",
            "unit": "DAY",
            "sensitivity": "NORMAL",
            "valid_from": date(2020, 1, 1),
        },
    ]


def _requests() -> list[Row]:
    told = [
        ("ACCEPTED", None, date(2025, 3, 1)),
        ("ACCEPTED", None, date(2025, 3, 1)),
        ("ACCEPTED", None, date(2025, 3, 1)),
        ("ACCEPTED", None, date(2025, 6, 1)),
        ("REJECTED", "NO_FUNDS", date(2025, 4, 1)),
        ("REJECTED", "NO_FUNDS", date(2025, 4, 1)),
        ("REJECTED", "NO_FUNDS", date(2025, 4, 1)),
        ("REJECTED", "NO_CAPACITY", date(2025, 4, 1)),
        ("REJECTED", "NOT_ELIGIBLE", date(2025, 4, 1)),
        ("OPEN", None, date(2025, 12, 1)),
    ]
    return [
        {
            "record_id": f"R{n}",
            "person_id": f"P{n}",
            "social_point_id": "SP",
            "channel": "WEB" if n <= 7 else "DESK",
            "need_area": "ANZ",
            "received_at": received,
            "status": status,
            "status_at": received,
            "reject_reason": reason,
        }
        for n, (status, reason, received) in enumerate(told, 1)
    ]


def _assessments() -> list[Row]:
    told = [
        ("A1", "R1", "P1", "M1", date(2025, 3, 10), date(2025, 3, 15), None),
        ("A2", "R2", "P2", "M1", date(2025, 3, 20), date(2025, 4, 1), date(2025, 6, 30)),
        ("A3", "R3", "P3", "M2", date(2025, 11, 15), date(2025, 11, 20), date(2026, 5, 31)),
    ]
    return [
        {
            "record_id": record_id,
            "request_id": request,
            "person_id": person,
            "social_point_id": "SP",
            "manager_pseudonym": manager,
            "assessed_on": day,
            "outcome": "PLAN",
            "plan_from": start,
            "plan_to": end,
        }
        for record_id, request, person, manager, day, start, end in told
    ]


def _bookings() -> list[Row]:
    return [
        {
            "record_id": f"B{n}",
            "person_id": f"P{n}",
            "service_id": "S1",
            "provider_id": "COOP",
            "start_at": date(2025, 5, n),
            "status": status,
        }
        for n, status in enumerate(["DONE", "DONE", "NO_SHOW", "DONE", "CANCELLED"], 1)
    ]


def _deliveries() -> list[Row]:
    told = [
        ("D1", "P1", "R1", "S1", "COOP", date(2025, 3, 20), 2, (100, 20, 40, 10, 30)),
        ("D2", "P2", "R2", "S1", "COOP", date(2025, 4, 10), 3, (60, 0, 60, 0, 0)),
        ("D3", "P4", "R4", "S1", "ETS", date(2025, 7, 1), 7, (140, 0, 100, 0, 40)),
        ("D4", "P1", "R1", "S2", "ETS", date(2025, 8, 1), 1, (50, 0, 50, 0, 0)),
        ("D5", "P5", None, "S2", "ETS", date(2025, 9, 1), 1, (50, 50, 0, 0, 0)),
    ]
    return [
        {
            "record_id": record_id,
            "person_id": person,
            "request_id": request,
            "service_id": service,
            "provider_id": provider,
            "istat_place": "004003",
            "start_date": day,
            "quantity": quantity,
            "amount_total": euro[0],
            "amount_user": euro[1],
            "amount_municipality": euro[2],
            "amount_ssn": euro[3],
            "amount_other": euro[4],
        }
        for record_id, person, request, service, provider, day, quantity, euro in told
    ]


def _allocations() -> list[Row]:
    return [
        {
            "record_id": "AL1",
            "source_entity": "service_delivery",
            "source_id": "D1",
            "funder_id": "FUND",
            "grant_id": "G1",
            "amount": 25,
        }
    ]


def _calls() -> list[Row]:
    return [
        {
            "record_id": "C1",
            "title": "Rent",
            "kind": "SUBSIDY",
            "promoter_id": "MUN",
            "legal_basis": "law",
            "act_number": "1",
            "act_date": date(2025, 1, 1),
            "office": "office",
            "selection_method": "points",
            "budget": 10000,
            "opens_on": date(2025, 2, 1),
            "closes_on": date(2025, 3, 31),
            "decision_days": 30,
        }
    ]


def _applications() -> list[Row]:
    told = [
        ("AP1", "P8", "FUNDED", date(2025, 4, 10), None, date(2026, 6, 30)),
        ("AP2", "P9", "REJECTED", date(2025, 4, 20), "NO_FUNDS", date(2026, 6, 30)),
        ("AP3", "P10", "REJECTED", date(2025, 5, 20), "NOT_ELIGIBLE", date(2026, 6, 30)),
        ("AP4", "P11", "WITHDRAWN", None, None, date(2025, 4, 5)),
    ]
    return [
        {
            "record_id": record_id,
            "call_id": "C1",
            "applicant_kind": "PERSON",
            "person_id": person,
            "channel": "WEB",
            "submitted_at": date(2025, 3, 1),
            "status": status,
            "decided_on": decided,
            "reject_reason": reason,
            "amount_requested": 200,
            "amount_granted": 150 if status == "FUNDED" else None,
            "concession_date": decided if status == "FUNDED" else None,
            "updated_at": updated,
        }
        for record_id, person, status, decided, reason, updated in told
    ]


def _payments() -> list[Row]:
    return [
        {
            "record_id": "PAY1",
            "payer_id": "MUN",
            "payee_kind": "PERSON",
            "person_id": "P8",
            "reason": "SUBSIDY",
            "application_id": "AP1",
            "order_date": date(2025, 5, 20),
            "value_date": date(2025, 5, 30),
            "amount": 150,
        },
        {
            "record_id": "PAY2",
            "payer_id": "MUN",
            "payee_kind": "ORGANISATION",
            "organisation_id": "COOP",
            "reason": "SERVICE_FEE",
            "order_date": date(2025, 7, 1),
            "value_date": date(2025, 7, 15),
            "amount": 90,
        },
    ]


def _vouchers() -> list[Row]:
    return [
        {
            "record_id": f"V{n}",
            "scheme": "FAM",
            "person_id": person,
            "issuer_id": "MUN",
            "issued_on": date(2025, 2, 1),
            "expires_on": date(2025, 12, 31),
            "face_value": 50,
            "status": "ACTIVE",
        }
        for n, person in enumerate(["P6", "P7", "P6", "P7"], 1)
    ]


def _voucher_events() -> list[Row]:
    told = [(f"E{n}", f"V{n}", "ISSUE", date(2025, 2, 1), 50, None) for n in range(1, 5)] + [
        ("E5", "V1", "REDEEM", date(2025, 2, 11), 50, "SHOP1"),
        ("E6", "V3", "REDEEM", date(2025, 2, 21), 20, "SHOP3"),
        ("E7", "V2", "REDEEM", date(2025, 3, 3), 20, "SHOP2"),
        ("E8", "V2", "REDEEM", date(2025, 4, 1), 10, "SHOP4"),
        ("E9", "V4", "EXPIRE", date(2025, 12, 31), 50, None),
    ]
    return [
        {
            "record_id": record_id,
            "voucher_id": voucher,
            "event": event,
            "event_at": day,
            "amount": amount,
            "merchant_id": merchant,
        }
        for record_id, voucher, event, day, amount, merchant in told
    ]


def _grants() -> list[Row]:
    told = [
        ("G1", "FUND", date(2025, 1, 15), 1000, 250, date(2025, 1, 1), date(2025, 12, 27)),
        ("G2", "OTHER", date(2025, 2, 1), 3000, 750, date(2025, 2, 1), date(2027, 2, 1)),
    ]
    return [
        {
            "record_id": record_id,
            "funder_id": funder,
            "lead_id": "COOP",
            "title": record_id,
            "programme": "Neighbours",
            "acri_sector": "ANZ",
            "deliberated_on": day,
            "amount_deliberated": amount,
            "cofunding": cofunding,
            "starts_on": starts,
            "ends_on": ends,
            "status": "ACTIVE",
            "from_open_call": False,
            "parent_grant_id": "G2" if record_id == "G1" else None,
        }
        for record_id, funder, day, amount, cofunding, starts, ends in told
    ]


def _grant_lines() -> list[Row]:
    told = [
        ("L1", "G1", "BUDGET", "STAFF", date(2025, 1, 20), 600, {}),
        ("L2", "G1", "BUDGET", "GOODS", date(2025, 1, 20), 400, {}),
        ("L3", "G1", "EXPENSE_REPORTED", "STAFF", date(2025, 5, 10), 220, {"doc_ref": "900/7/2025-05-01"}),
        ("L4", "G1", "EXPENSE_REPORTED", "GOODS", date(2025, 6, 1), 100, {"partner_id": "ETS"}),
        (
            "L5",
            "G1",
            "EXPENSE_REPORTED",
            "OTHER",
            date(2025, 6, 15),
            80,
            {"doc_ref": "901/9/2025-06-01", "doc_amount": 100},
        ),
        (
            "L6",
            "G2",
            "EXPENSE_REPORTED",
            "OTHER",
            date(2025, 7, 1),
            60,
            {"doc_ref": "901/9 2025-06-01", "doc_amount": 100},
        ),
        ("L7", "G1", "EXPENSE_REPORTED", "STAFF", date(2026, 3, 15), 50, {"doc_ref": "900/8/2026-03-01"}),
        ("L8", "G1", "DISBURSEMENT", "OTHER", date(2025, 3, 1), 500, {}),
        ("L9", "G1", "EXPENSE_ADMITTED", "STAFF", date(2025, 7, 9), 220, {"admits_id": "L3"}),
        ("L10", "G1", "EXPENSE_ADMITTED", "OTHER", date(2025, 8, 14), 80, {"admits_id": "L5"}),
    ]
    return [
        {
            "record_id": record_id,
            "grant_id": grant,
            "line_type": line,
            "cost_category": category,
            "entry_date": day,
            "amount": amount,
        }
        | more
        for record_id, grant, line, category, day, amount, more in told
    ]


def _grant_targets() -> list[Row]:
    return [
        {
            "record_id": "T1",
            "grant_id": "G1",
            "measure": "persons_served",
            "target": 4,
            "due_on": date(2025, 12, 27),
        }
    ]


def _plans() -> list[Row]:
    return [
        {
            "record_id": "PLAN",
            "sponsor_id": "EMP",
            "name": "Plan",
            "source": "COMPANY",
            "year": 2025,
            "population": 12,
            "valid_from": date(2025, 1, 1),
            "valid_to": date(2025, 12, 31),
        }
    ]


def _movements() -> list[Row]:
    told = [
        ("M1", "P1", "SPEND", 60, "COOP"),
        ("M2", "P5", "SPEND", 30, "SHOP1"),
        ("M3", "P9", "SPEND", 10, "ETS"),
        ("M4", "P9", "EXPIRE", 15, None),
        ("M5", "P9", "CREDIT", 125, None),
    ]
    return [
        {
            "record_id": record_id,
            "plan_id": "PLAN",
            "person_id": person,
            "event": event,
            "event_date": date(2025, 10, 1),
            "amount": amount,
            "provider_id": provider,
        }
        for record_id, person, event, amount, provider in told
    ]


def _outcome_indicators() -> list[Row]:
    scale = {"unit": "points", "direction": "UP", "scale_min": 0, "scale_max": 10}
    return [
        {
            "record_id": "OI",
            "code": "WELLBEING",
            "name": "Wellbeing",
            "kind": "OUTCOME",
            "meaningful_change": 1,
        }
        | scale,
        {"record_id": "SAT", "code": "SATISFACTION", "name": "Satisfaction", "kind": "SATISFACTION"} | scale,
    ]


def _measurements() -> list[Row]:
    """Twelve persons before the grant's help, ten of them after, and one person's two answers."""
    before = [("T0", n, date(2025, 2, 1), 4) for n in range(1, 13)]
    after = [("T1", n, date(2025, 9, 1), 6 if n <= 8 else 3) for n in range(1, 11)]
    outcome = [
        {
            "record_id": f"{wave}-{n}",
            "indicator_id": "OI",
            "person_id": f"P{n}",
            "grant_id": "G1",
            "provider_id": "COOP",
            "wave": wave,
            "measured_on": day,
            "value": value,
        }
        for wave, n, day, value in before + after
    ]
    answers = [
        {
            "record_id": f"SAT-{n}",
            "indicator_id": "SAT",
            "person_id": "P1",
            "service_id": "S1",
            "provider_id": "COOP",
            "wave": "T1",
            "measured_on": day,
            "value": value,
        }
        for n, (day, value) in enumerate([(date(2025, 10, 1), 9), (date(2025, 11, 1), 5)], 1)
    ]
    return [*outcome, *answers]
