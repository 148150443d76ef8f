"""The public side of the release to look at: what is published of its figures, the names beside them, and the
files next to the database.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from publication.spending_per_resident import create_spending_per_resident
from tests.support.built_marts import put
from tests.support.built_release import DATABASE
from tests.support.release_figures import (
    AS_OF,
    DEFINITIONS,
    FUNDERS,
    INDICATORS,
    LATE,
    PROVIDERS,
    SMALL,
    TERRITORIES,
    Figure,
    grants,
    scores,
)

SHOWN = ("value", "zero")
RESIDENTS_ON = date(2025, 1, 1)
# Of the exports.
FIRST_DAY = date(2024, 1, 1)
PAID = ("deliberated", "disbursed", "attributed")
PUBLISHED = ("persons_served", "spend_delivered", "deliveries", "persons_per_1000", "spend_net_per_resident")
# Of awards, up to the end of the last month.
TO_DATE = ("disbursement_rate", "eligible_cost_rate", "residual", "time_elapsed", "budget_reported")
# How exports come, by month: in the published tables alone.
QUALITY = {
    "export_delay": ("days", "Ritardo degli invii", "Delay of exports"),
    "quarantine_rate": ("ratio", "Quota di righe in quarantena", "Share of quarantined rows"),
}
CALL = "rho:CA-1"
# The months whose quality scores are published.
SCORED = (date(2025, 1, 1), date(2026, 7, 1))
WITH_FILES = ("t08_persons_by_wait", "art26_27_concessions", "l124_grants")


def fill_public(
    c: duckdb.DuckDBPyConnection, figures: list[Figure], bare: bool, release_id: str, is_protected: bool
) -> None:
    """Fill the public tables with what is published of these figures."""
    published = [_as_published(figure) for figure in figures if _is_published(figure)]
    put(c, "publication.indicator_value", published)
    if not bare:
        put(c, "publication.indicator_value", _of_exports())
        put(c, "publication.territory", _comuni())
        put(c, "publication.funder", [{"tax_code": code, "name": name} for code, name in FUNDERS.items()])
        _asking(c, is_protected)
        _awards(c)
        _call(c, is_protected)
        _spending_per_resident(c)
        put(c, "publication.quality_score", _scores())
    registry = [
        {
            "indicator_id": indicator,
            "unit": unit,
            "name_it": it,
            "name_en": en,
            "definition_it": DEFINITIONS[indicator][0],
            "definition_en": DEFINITIONS[indicator][1],
            "formula": f"sum({indicator})",
        }
        for indicator, (unit, it, en) in (INDICATORS | QUALITY).items()
    ]
    put(c, "publication.indicator", registry)
    release = {
        "release_id": release_id,
        "created_at": datetime(2026, 11, 3, 2, 10),
        "as_of": AS_OF,
        "data_to": AS_OF,
        "threshold": 5,
        "threshold_high": 10,
        "threshold_floor": 3,
        "protection": 0.2,
        "population_floor": 5000,
    }
    put(c, "publication.release", [release])
    rules = {"threshold": "5", "quality_score.records_at_least": "30", "quality_score.days_to_arrive": "30"}
    put(c, "publication.policy", [{"rule": rule, "value": value} for rule, value in rules.items()])


def _is_published(figure: Figure) -> bool:
    last_month = date(AS_OF.year, AS_OF.month, 1)
    if figure.indicator_id in TO_DATE and figure.scope_type in ("funder", "grant"):
        return figure.period_type == "month" and figure.period_start == last_month
    is_closed_year = figure.period_type == "year" and figure.period_start.year < AS_OF.year
    is_whole = figure.indicator_id == "spend_delivered" and figure.area == "ALL"
    return is_closed_year and (
        (figure.indicator_id in PUBLISHED and figure.scope_type in ("instance", "network"))
        or (figure.indicator_id in PAID and figure.scope_type == "funder")
        or (is_whole and figure.scope_type == "provider")
    )


def _as_published(figure: Figure) -> dict[str, object]:
    """The row of the public table: nobody is counted in it, and what is not shown is not there."""
    row = asdict(figure)
    del row["n_persons"]
    if figure.mark not in SHOWN:
        row |= dict.fromkeys(("numerator", "denominator", "value", "ci_low", "ci_high"))
    n = len(TERRITORIES) if figure.scope_type == "network" else 1
    data_to = date(2026, 8, 31) if figure.scope_id == LATE else AS_OF
    return row | {"n_instances": n, "n_instances_expected": n, "data_to": data_to}


def _of_exports() -> list[dict[str, object]]:
    """How long the exports of two months took, and how much of them was kept out."""
    made = []
    for n, scope in enumerate([*(("instance", i) for i in TERRITORIES), ("network", "network")]):
        for start in (date(2026, 8, 1), date(2026, 9, 1)):
            for indicator, numerator, denominator in (
                ("export_delay", Decimal(3 + n), None),
                ("quarantine_rate", Decimal(n), Decimal(9_400)),
            ):
                share = numerator if denominator is None else numerator / denominator
                figure = Figure(
                    indicator, *scope, "month", start, numerator, denominator, float(share), "ok",
                    "value" if share else "zero",
                )  # fmt: skip
                made.append(_as_published(figure))
    return made


def _scores() -> list[dict[str, object]]:
    """The territories' quality scores of the closed months."""
    marks = {"ok": "value", "denominator_missing": "missing", "not_collected": "not_collected"}
    return [
        {
            "territory": f"instance:{row['scope_id']}",
            "period_start": row["month_start"],
            "dimension": row["dimension"],
            "score": row["score"],
            "mark": "zero" if row["score"] == 0 else marks[str(row["status"])],
        }
        for row in scores(*SCORED)
        if row["scope_type"] == "instance"
    ]


def _comuni() -> list[dict[str, object]]:
    """The territories with their comuni: that of Rho has two."""
    made = []
    for instance, (name, seat, code, region, residents) in TERRITORIES.items():
        row = {
            "instance_id": instance,
            "name": name,
            "seat": seat,
            "region_code": code,
            "region_name": region,
            "istat_comune": seat,
            "comune_name": name,
            "residents": residents,
            "residents_source": "ISTAT",
            "residents_date": RESIDENTS_ON,
            "data_from": FIRST_DAY,
            "data_to": date(2026, 8, 31) if instance == LATE else AS_OF,
        }
        made.append(row)
        if instance == "rho":
            made.append(row | {"istat_comune": "015170", "comune_name": "Pero", "residents": 11_469})
    return made


def _spending_per_resident(c: duckdb.DuckDBPyConnection) -> None:
    """As the publication makes it from the figures and the comuni, with one group for each part of Italy."""
    c.execute("drop table publication.spending_per_resident")
    c.execute("create schema marts")
    c.execute("""
        create table marts.comparison as
        select distinct instance_id, case when region_code < '09' then 'medium-north'
            when region_code < '13' then 'medium-centre' else 'medium-south' end as peer_group
        from publication.territory""")
    create_spending_per_resident(c, "marts")
    c.execute("drop schema marts cascade")


def _awards(c: duckdb.DuckDBPyConnection) -> None:
    """The organisations by their names, what funders awarded, and what the first provider received."""
    named = [(FUNDERS, "FOUNDATION", True), (PROVIDERS, "PROVIDER_COOP", False)]
    organisations = [
        {"tax_code": code, "name": name, "kind": kind, "is_funder": funds, "is_provider": not funds}
        for found, kind, funds in named
        for code, name in found.items()
    ]
    put(c, "publication.organisation", organisations)
    codes = {name: code for code, name in PROVIDERS.items()}
    for n, (tax_code, name) in enumerate(FUNDERS.items()):
        awards = [
            {
                "scope_id": g["key"],
                "instance_id": g["key"].split(":")[0],
                "title": g["title"],
                "funder_tax_code": tax_code,
                "funder_name": name,
                "lead_tax_code": codes[g["lead"]],
                "lead_name": g["lead"],
                "programme": g["programme"],
                "sector": g["sector"],
                "status": g["status"],
                "awarded_on": g["begun"],
                "starts_on": g["begun"],
                "ends_on": g["ends"],
            }
            for g in grants(n)
        ]
        put(c, "publication.intervention", awards)
    payer, provider = next(iter(FUNDERS.items())), next(iter(PROVIDERS.items()))
    received = {
        "year": "2025",
        "provider_tax_code": provider[0],
        "provider_name": provider[1],
        "payer_tax_code": payer[0],
        "payer_name": payer[1],
        "received_eur": Decimal("12500.50"),
        "mark": "value",
        "last_received_on": date(2025, 11, 4),
        "above_threshold": True,
    }
    put(c, "publication.l124_grants", [received])
    awarded = {
        "year": "2025",
        "granting_body_tax_code": payer[0],
        "granting_body_name": payer[1],
        "beneficiary_tax_code": provider[0],
        "beneficiary_name": provider[1],
        "amount_eur": Decimal("48000.00"),
        "mark": "value",
        "legal_basis": "L. 328/2000",
        "act_date": date(2025, 2, 11),
        "title": "Doposcuola di quartiere",
        "call_key": CALL,
        "concession_id": "rho:G1",
    }
    put(c, "publication.art26_27_concessions", [awarded])


def _call(c: duckdb.DuckDBPyConnection, is_protected: bool) -> None:
    """One call with its steps, and what became of those who were measured twice."""
    funder = next(iter(FUNDERS.items()))
    call = {
        "call_key": CALL,
        "instance_id": "rho",
        "title": "Sostegno alle famiglie <2025>",
        "funder_tax_code": funder[0],
        "funder_name": funder[1],
        "opened_on": date(2025, 3, 1),
        "closes_on": date(2025, 4, 30),
        "budget": Decimal("40000.00"),
        "act_number": "12/2025",
    }
    put(c, "publication.call", [call])
    mark = "suppressed" if is_protected else "value"
    for n, stage in enumerate(("submitted", "admitted", "funded", "paid")):
        place = {"call": CALL, "stage": stage, "year": "2025"}
        people = None if is_protected else 120 - 20 * n
        row = place | {"call_applicants": people, "call_applicants_mark": mark}
        put(c, "publication.t10_persons_by_call_and_stage", [row])
        row = place | {"organisations": 9 - n, "amount": Decimal(90_000 - 9_000 * n), "mark": "value"}
        put(c, "publication.t10_organisations_by_call_and_stage", [row])
    for n, outcome in enumerate(("ALL", "improved", "not_improved")):
        row = {
            "award": f"funder:{funder[0]}",
            "outcome": outcome,
            "year": "2025",
            "outcome_pairs": None if is_protected else 300 // (n + 1),
            "outcome_pairs_mark": mark,
        }
        put(c, "publication.t13_outcomes_by_funder_and_grant", [row])


def _asking(c: duckdb.DuckDBPyConnection, is_protected: bool) -> None:
    waits = ("accepted", "up_to_30", "31_to_60", "61_to_90", "over_90", "waiting")
    results = ("ALL", "accepted", "refused_resources", "refused_other", "open")
    for table, column, steps in (
        ("t08_persons_by_wait", "wait", waits),
        ("t09_persons_by_result", "result", results),
    ):
        rows = []
        for n, instance in enumerate(TERRITORIES):
            for k, step in enumerate(steps):
                is_hidden = is_protected or (instance == SMALL and k in (2, 3))
                rows.append(
                    {
                        "territory": f"instance:{instance}",
                        column: step,
                        "year": "2025",
                        "persons_asking": None if is_hidden else (600 + 31 * n) // (1 + k),
                        "persons_asking_mark": "suppressed" if is_hidden else "value",
                    }
                )
        put(c, f"publication.{table}", rows)


def write_files(public: Path, release_id: str) -> None:
    """What stands beside the database: some of its tables as files, and what the release tells of itself."""
    (public / "data").mkdir()
    with duckdb.connect(str(public / DATABASE), read_only=True) as c:
        for name in WITH_FILES:
            for form in ("csv", "parquet"):
                c.execute(f"copy publication.{name} to '{public}/data/{name}.{form}'")
    table = {"file": "data/t08_persons_by_wait.csv", "title_it": "Persone per attesa", "title_en": "By wait"}
    (public / "tables.json").write_text(json.dumps({"tables": [table, table]}), encoding="utf-8")
    attack = {"cells": 2_000, "hidden": 300, "releases": 1, "findings": 0, "told_before": 4}
    (public / "attack.json").write_text(json.dumps(attack), encoding="utf-8")
    write_told(public, release_id)


def write_told(
    public: Path, release_id: str, *, before: str | None = None, added: Mapping[str, int] | None = None
) -> None:
    """Write `changes.json` of a release that changes no figure of the one before, but adds some, by scope."""
    told = {"before": before, "release_id": release_id, "changes": [], "added": dict(added or {})}
    (public / "changes.json").write_text(json.dumps(told), encoding="utf-8")
