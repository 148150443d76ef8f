"""Twelve territories drawn at random, for statistics: requests, assessments, deliveries, answers.

A fixed seed decides; the rows of one export per territory leave. They differ in size and,
two of them, in what they accept.
"""

from datetime import date, timedelta
from random import Random

Row = dict[str, object]
SEATS = {
    "biella": "096004",
    "matera": "077014",
    "milano": "015146",
    "brescia": "017029",
    "torino": "001272",
    "bologna": "037006",
    "modena": "036023",
    "firenze": "048017",
    "roma": "058091",
    "napoli": "063049",
    "bari": "072006",
    "palermo": "082053",
}
FIRST, LAST = date(2025, 1, 1), date(2026, 6, 30)
CITIZENSHIPS = ["IT", "IT", "EU", "NON_EU", None]
REASONS = ["NO_FUNDS", "NOT_ELIGIBLE"]
# Active in the network only from 2026 on, and never sending vouchers.
LATE, SILENT = "napoli", "palermo"
NEVER_SENT = {SILENT: {"voucher", "voucher_event"}}
UNLIKE = {"torino": 0.35, "bari": 0.92}


def registrations() -> dict[str, dict]:
    """Return the registry's entry of every territory."""
    entries: dict[str, dict] = {
        name: {"name": name.title(), "seat": seat, "comuni": [seat], "timezone": "Europe/Rome"}
        for name, seat in SEATS.items()
    }
    entries[LATE]["active_from"] = date(2026, 1, 1)
    return entries


def rows() -> dict[str, dict[str, list[Row]]]:
    """Return the rows of every territory's export, by entity."""
    return {name: _territory(name, seat, Random(f"measures {name}")) for name, seat in SEATS.items()}


def _territory(name: str, seat: str, draw: Random) -> dict[str, list[Row]]:
    n_persons = draw.choice([60, 90, 150, 240])
    persons = [
        {
            "record_id": f"P{n}",
            "id_kind": "NONE",
            "birth_year": draw.randint(1930, 2024),
            "sex": draw.choice(["F", "F", "M", "ND"]),
            "citizenship": draw.choice(CITIZENSHIPS),
            "istat_residence": seat if draw.random() < 0.95 else "004003",
        }
        for n in range(n_persons)
    ]
    requests, assessments, deliveries = [], [], []
    for n in range(n_persons * 2):
        person = f"P{draw.randrange(n_persons)}"
        received = FIRST + timedelta(days=draw.randrange((LAST - FIRST).days))
        accepted = draw.random() < UNLIKE.get(name, 0.7)
        status = "ACCEPTED" if accepted else draw.choice(["REJECTED", "REJECTED", "OPEN", "WITHDRAWN"])
        decided = min(LAST, received + timedelta(days=draw.randrange(40)))
        requests.append(
            {
                "record_id": f"R{n}",
                "person_id": person,
                "channel": draw.choice(["WEB", "DESK"]),
                "need_area": "ANZ",
                "received_at": received,
                "status": status,
                "status_at": decided if status != "OPEN" else received,
                "reject_reason": draw.choice(REASONS) if status == "REJECTED" else None,
            }
        )
        assessed = received + timedelta(days=draw.randrange(30))
        if assessed <= LAST and draw.random() < 0.8:
            assessments.append(
                {
                    "record_id": f"A{n}",
                    "request_id": f"R{n}",
                    "person_id": person,
                    "assessed_on": assessed,
                    "manager_pseudonym": f"M{n % 3}",
                    "outcome": "PLAN",
                    "plan_from": assessed,
                }
            )
        served = received + timedelta(days=int(draw.expovariate(1 / 35)))
        if accepted and served <= LAST:
            deliveries.append(_delivery(len(deliveries), person, f"R{n}", seat, served, draw))
    answers = [
        {
            "record_id": f"M{n}",
            "indicator_id": "SAT",
            "person_id": f"P{n}",
            "wave": "T1",
            "measured_on": date(2025, 9, 1),
            "value": draw.randint(5, 10),
        }
        for n in range(0, n_persons, 2)
    ]
    return {
        "organisation": [
            {
                "record_id": "O1",
                "name": "O1",
                "kind": "PROVIDER_COOP",
                "tax_code": "90000000002",
                "is_sole_trader": False,
                "istat_comune": seat,
                "is_public_body": False,
            }
        ],
        "person": persons,
        "service": [
            {
                "record_id": "S1",
                "name": "Home care",
                "macro_area": "D",
                "nomenclatore_code": "D1",
                "istat_area": "ANZ",
                "unit": "HOUR",
                "sensitivity": "NORMAL",
                "valid_from": date(2020, 1, 1),
            }
        ],
        "request": requests,
        "assessment": assessments,
        "service_delivery": deliveries,
        "outcome_indicator": [
            {
                "record_id": "SAT",
                "code": "SAT",
                "name": "Satisfaction",
                "kind": "SATISFACTION",
                "unit": "points",
                "direction": "UP",
                "scale_min": 0,
                "scale_max": 10,
            }
        ],
        "measurement": answers,
    }


def _delivery(number: int, person: str, request: str, seat: str, day: date, draw: Random) -> Row:
    municipality, user = draw.randrange(10, 90), draw.randrange(0, 20)
    return {
        "record_id": f"D{number}",
        "person_id": person,
        "request_id": request,
        "service_id": "S1",
        "provider_id": "O1",
        "istat_place": seat,
        "start_date": day,
        "quantity": draw.randint(1, 6),
        "amount_total": municipality + user,
        "amount_user": user,
        "amount_municipality": municipality,
        "amount_ssn": 0,
        "amount_other": 0,
    }
