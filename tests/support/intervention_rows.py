"""What the release to look at holds of its interventions beside their figures: warnings,
costs, promises, scales.

The first funder's first interventions have some of each; the numbers are chosen so that every rule of the
pages has a case on either side.
"""

from datetime import date
from decimal import Decimal

import duckdb

from tests.support.built_marts import put
from tests.support.release_figures import AS_OF, FUNDERS, grants

SCALE = "BENESSERE"


def put_interventions(c: duckdb.DuckDBPyConnection) -> None:
    """Insert the rows into the private database of a release."""
    funder, made = next(iter(FUNDERS)), grants(0)
    keys = [grant["key"] for grant in made]
    warned = [
        # 7% of what was reported, and 1%: the second is for the next report to settle.
        (keys[1], "without_receipt", "no_doc_ref", made[1]["reported"] * Decimal("0.07"), "GL-1, GL-2"),
        (keys[5], "without_receipt", "no_doc_ref", made[5]["reported"] * Decimal("0.01"), "GL-3"),
        # The largest of three counts: the same line may stand in all of them.
        (keys[9], "double_claimed", "claimed_elsewhere", made[9]["reported"] * Decimal("0.10"), "GL-4"),
        (keys[9], "double_claimed", "claimed_elsewhere", made[9]["reported"] * Decimal("0.05"), "GL-5"),
        (keys[9], "out_of_window", "after_end", made[9]["reported"] * Decimal("0.30"), "GL-4, GL-6"),
        # Closed: nothing can be changed any more.
        (keys[2], "double_claimed", "claimed_elsewhere", made[2]["reported"], "GL-7"),
        (keys[0], "over_budget", "STAFF", Decimal(3_000), None),
    ]
    put(
        c,
        "marts.grant_warning",
        [
            {
                "grant_id": key,
                "kind": kind,
                "detail": detail,
                "amount": amount,
                "record_ids": lines,
                "instance_id": key.split(":")[0],
                "funder_tax_code": funder,
            }
            for key, kind, detail, amount, lines in warned
        ],
    )
    costs = [("STAFF", 12_000, 15_000, 13_500), ("SERVICES", 20_000, 120, 84), ("OTHER", 0, 0, 0)]
    put(
        c,
        "marts.grant_cost_category",
        [
            {
                "grant_key": keys[0],
                "instance_id": keys[0].split(":")[0],
                "funder_tax_code": funder,
                "cost_category": category,
                "budget": budget,
                "reported": reported,
                "admitted": admitted,
            }
            for category, budget, reported, admitted in costs
        ],
    )
    scales = {key: f"{key.split(':')[0]}:OI-1" for key in keys[:4]}
    put(
        c,
        "marts.outcome_overview",
        [
            {
                "grant_key": key,
                "outcome_indicator_key": scale,
                "instance_id": key.split(":")[0],
                "outcome_code": SCALE,
                "outcome_name": "Benessere percepito",
                "outcome_unit": "punti 0-10",
            }
            for key, scale in scales.items()
        ],
    )
    targets = [("persons_served", None, 60, date(2026, 6, 30)), (scales[keys[0]], 4, 6, date(2027, 6, 30))]
    put(
        c,
        "marts.dim_grant_target",
        [
            {
                "grant_key": keys[0],
                "instance_id": keys[0].split(":")[0],
                "record_id": f"GT-{n}",
                "measure": measure,
                "baseline": baseline,
                "target": target,
                "due_on": due,
                "is_removed": False,
            }
            for n, (measure, baseline, target, due) in enumerate(targets)
        ],
    )
    put(c, "marts.indicator_value", _figures(keys, scales))


def _figures(keys: list[str], scales: dict[str, str]) -> list[dict[str, object]]:
    cells = [
        ("target_progress", keys[0], "persons_served", "month", AS_OF.replace(day=1), 45, 60, 0.75, "value"),
        ("target_progress", keys[0], scales[keys[0]], "month", AS_OF.replace(day=1), 1, 2, 0.5, "suppressed"),
        ("outcome_change", keys[0], scales[keys[0]], "year", date(2025, 1, 1), 12, 16, 0.75, "value"),
        ("outcome_change", keys[1], scales[keys[1]], "year", date(2025, 1, 1), 9, 3, 3, "suppressed"),
        ("outcome_change", keys[2], scales[keys[2]], "year", date(2025, 1, 1), -6, 20, -0.3, "value"),
        ("outcome_improved", keys[0], "ALL", "year", date(2025, 1, 1), 11, 16, 0.6875, "value"),
        ("persons_served", keys[0], "ALL", "year", date(2025, 1, 1), 41, None, 41, "value"),
    ]
    return [
        {
            "indicator_id": indicator,
            "scope_type": "grant",
            "scope_id": key,
            "item": item,
            "area": "ALL",
            "period_type": period,
            "period_start": start,
            "numerator": numerator,
            "denominator": denominator,
            "value": value,
            "ci_low": value - 0.4 if indicator == "outcome_change" else None,
            "ci_high": value + 0.4 if indicator == "outcome_change" else None,
            "status": "ok",
            "mark": mark,
            "population_group": "ALL",
        }
        for indicator, key, item, period, start, numerator, denominator, value, mark in cells
    ]
