"""Waits, ways, calls and items for the release to look at: those of Rho, where all of them happen.

Of a hundred requests of a year ten are refused for lack of funds, half of the others have their service after
70 days, and fewer than nine in ten ever come to it.
"""

from datetime import date
from itertools import product

import duckdb

from tests.support.built_marts import put
from tests.support.release_figures import PROVIDERS

CONSORTIUM = "99004000081"
OF_CONSORTIUM = {
    "spend_delivered": 50_000,
    "deliveries": 900,
    "persons_served": 300,
    "paid": 48_000,
    "voucher_redeemed": 7_000,
}
YEARS = (date(2024, 1, 1), date(2025, 1, 1))
CURVE = ((0, 1.0, 100, 0), (30, 0.8, 90, 18), (70, 0.5, 60, 22), (120, 0.3, 30, 12), (300, 0.2, 10, 3))
WAYS = {
    "request": (
        ("received", 100, None, None),
        ("assessed", 90, None, 14.0),
        ("accepted", 70, None, 9.0),
        ("served", 60, None, 26.0),
        ("rejected_not_eligible", 8, None, None),
        ("rejected_no_funds", 10, None, None),
        ("rejected_no_capacity", 5, None, None),
        ("waiting", 10, None, None),
        ("open", 7, None, None),
        ("withdrawn", 0, None, None),
    ),
    "call": (
        ("submitted", 20, 40_000, None),
        ("admitted", 12, 24_000, 60.0),
        ("funded", 10, 20_000, 15.0),
        ("paid", 8, 16_000, 30.0),
        ("rejected_no_funds", 8, 16_000, None),
        ("unpaid", 2, 4_000, None),
        ("open", 2, 4_000, None),
    ),
    "voucher": (
        ("issued", 40, 8_000, None),
        ("first_used", 30, 5_000, 20.0),
        ("fully_used", 10, 3_000, 40.0),
        ("expired", 8, 2_500, None),
        ("cancelled", 2, 300, None),
        ("open", 5, 200, None),
    ),
}
STEPS = ("received", "assessed", "accepted", "served", "submitted", "admitted", "funded", "paid")
STEPS = (*STEPS, "issued", "first_used", "fully_used")
# id: unit, name in both languages, the parts of its figure and its item.
FIGURES = (
    ("requests", "count", "Richieste ricevute", "Requests received", 100, None, "ALL"),
    ("unmet_share", "ratio", "Domanda non accolta", "Need turned away", 15, 85, "ALL"),
    ("waiting_persons", "persons", "Persone in attesa", "People waiting", 17, None, "ALL"),
    ("applications", "count", "Domande presentate", "Applications", 20, None, "ALL"),
    ("application_success", "ratio", "Domande finanziate", "Applications funded", 10, 20, "ALL"),
    ("provider_hhi", "0-10000", "Concentrazione", "Concentration", 2_200, None, "ALL"),
    ("autonomy_rate", "ratio", "Autonomia digitale", "Digital autonomy", 30, 100, "ALL"),
    ("source_mix", "ratio", "Di chi sono i soldi", "Whose money", 60_000, 100_000, "MUNICIPALITY"),
    ("source_mix", "ratio", "Di chi sono i soldi", "Whose money", 40_000, 100_000, "USER"),
    ("integrated_share", "ratio", "Persone con più welfare", "People with several", 30, 120, "ALL"),
    ("unit_cost_std", "EUR/unit", "Costo unitario", "Unit cost", 21_060, 1_000, "D1:HOUR"),
    ("intensity", "units/person", "Quantità per persona", "Quantity per person", 1_000, 20, "D1:HOUR"),
)


def fill_ways(c: duckdb.DuckDBPyConnection) -> None:
    """Put the curves, stages, calls and figures of Rho into a private database."""
    scopes = {
        "request": (("instance", "rho"),),
        "call": (("instance", "rho"), ("call", "rho:CA-1")),
        "voucher": (("instance", "rho"), ("scheme", "rho:Buono spesa")),
    }
    put(
        c,
        "marts.stage_count",
        [
            {
                "funnel": funnel,
                "scope_type": scope_type,
                "scope_id": scope,
                "area": "ALL",
                "period_type": "year",
                "period_start": year,
                "stage": stage,
                "stage_order": n,
                "n": count,
                "n_persons": count,
                "amount": amount,
                "median_days_from_previous": days,
                "is_exit": stage not in STEPS,
            }
            for funnel, ways in WAYS.items()
            for (scope_type, scope), year in product(scopes[funnel], YEARS)
            for n, (stage, count, amount, days) in enumerate(ways, start=1)
        ],
    )
    waits = ("wait_to_service_p50", "wait_to_assessment_p50", "wait_to_payment_p50", "voucher_first_use_p50")
    put(
        c,
        "marts.survival_curve",
        [
            {
                "indicator_id": wait,
                "scope_type": "instance",
                "scope_id": "rho",
                "area": "ALL",
                "period_type": "year",
                "period_start": year,
                "day": day,
                "at_risk": at_risk,
                "events": events,
                "censored": 0,
                "survival": share,
                "ci_low": share * 0.9,
                "ci_high": min(share * 1.1, 1.0),
            }
            for wait, year in product(waits, YEARS)
            for day, share, at_risk, events in CURVE
        ],
    )
    call = {
        "call_key": "rho:CA-1",
        "instance_id": "rho",
        "record_id": "CA-1",
        "title": "Contributo affitto 2025",
        "kind": "SUBSIDY",
        "legal_basis": "L. 431/1998 art. 11",
        "budget": 25_000,
        "opens_on": date(2025, 3, 1),
        "closes_on": date(2025, 4, 30),
        "is_removed": False,
    }
    put(c, "marts.dim_call", [call])
    member = next(iter(PROVIDERS))
    whose = {"consortium_tax_code": CONSORTIUM, "consortium_name": "Consorzio Terre Solidali"}
    of_member = {"member_tax_code": member, "member_name": PROVIDERS[member], "period_type": "year"}
    put(c, "marts.consortium_overview", [whose | of_member | {"period_start": YEARS[1]}])
    service = {"instance_id": "rho", "service_name": "Assistenza domiciliare", "nomenclatore_code": "D1"}
    put(c, "marts.dim_service", [service | {"unit": "HOUR"}])
    known = {row[0] for row in c.execute("select indicator_id from marts.dim_indicator").fetchall()}
    words = {each[0]: each[1:4] for each in FIGURES if each[0] not in known}
    put(
        c,
        "marts.dim_indicator",
        [
            {"indicator_id": i, "unit": unit, "name_it": it, "name_en": en, "version": 1}
            for i, (unit, it, en) in words.items()
        ],
    )
    put(
        c,
        "marts.indicator_value",
        [
            {
                "indicator_id": indicator,
                "scope_type": scope_type,
                "scope_id": scope,
                "item": item,
                "area": "ALL",
                "population_group": "ALL",
                "period_type": "year",
                "period_start": year,
                "numerator": numerator,
                "denominator": denominator,
                "value": numerator / (denominator or 1),
                "status": "ok",
                "mark": "value",
            }
            for (indicator, _, _, _, numerator, denominator, item), year in product(FIGURES, YEARS)
            for scope_type, scope in (("instance", "rho"), ("network", "network"))
        ]
        + [
            {
                "indicator_id": indicator,
                "scope_type": "consortium",
                "scope_id": CONSORTIUM,
                "item": "ALL",
                "area": "ALL",
                "population_group": "ALL",
                "period_type": "year",
                "period_start": year,
                "numerator": numerator,
                "value": float(numerator),
                "status": "ok",
                "mark": "value",
            }
            for indicator, numerator in OF_CONSORTIUM.items()
            for year in YEARS
        ],
    )
