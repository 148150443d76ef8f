"""A release with all that a reporting pack tells: the ordinary one, and of an intervention, a territory and a
provider also cost categories, targets, outcomes, sources and what came from public bodies."""

import hashlib
import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from tests.support.built_marts import put
from tests.support.built_release import DATABASE
from tests.support.release import build_release
from tests.support.release_figures import (
    AS_OF,
    DEFINITIONS,
    FUNDERS,
    INDICATORS,
    PROVIDERS,
    Figure,
    grants,
)

FUNDER = next(iter(FUNDERS))
# One of which the release to look at holds no cost and no promise yet.
AWARD = grants(0)[7]
GRANT = AWARD["key"]
TERRITORY = "padova"
PROVIDER = next(iter(PROVIDERS))
SCALE = f"{GRANT.split(':')[0]}:OI-1"
MONTH = AS_OF.replace(day=1)
# A number that few persons stand behind: it may be nowhere.
HIDDEN = 7_391

_NAMED = {
    "target_progress": ("ratio", "Risultato sull'obiettivo", "Result against target"),
    "outcome_change": ("scale points", "Cambiamento medio", "Mean change"),
    "outcome_improved": ("ratio", "Persone migliorate", "People who improved"),
    "source_mix": ("ratio", "Di chi sono i soldi", "Whose money"),
    "reported": ("EUR", "Rendicontato", "Expenses reported"),
    "admitted": ("EUR", "Spese ammesse", "Expenses admitted"),
    "paid": ("EUR", "Pagamenti effettuati", "Payments made"),
}
_PARTS = {"STAFF": (0.55, 0.55), "SERVICES": (0.35, 0.25)}
_SOURCES = {
    "MUNICIPALITY": 0.5,
    "SSN": 0.1,
    "REGION_STATE": 0.2,
    "FOUNDATION": 0.1,
    "EMPLOYER": 0.02,
    "USER": 0.05,
}


def build_pack_release(releases: Path) -> Path:
    """Write the release and return its folder."""
    folder = build_release(releases)
    with duckdb.connect(str(folder / "private" / DATABASE)) as c:
        put(
            c,
            "marts.dim_indicator",
            [_registered(i, *said) for i, said in _NAMED.items() if i not in INDICATORS],
        )
        put(c, "marts.grant_cost_category", cost_categories())
        put(c, "marts.dim_grant_target", _targets())
        put(c, "marts.outcome_overview", [_scale()])
        figures = [*_of_grant(), *_sources("instance", TERRITORY), *_sources("provider", PROVIDER)]
        put(c, "marts.indicator_value", [asdict(f) | {"population_group": "ALL"} for f in figures])
    with duckdb.connect(str(folder / "public" / DATABASE)) as c:
        c.execute("delete from publication.l124_grants")
        put(c, "publication.l124_grants", [_received()])
    _complete_record(folder)
    return folder


def _complete_record(folder: Path) -> None:
    """Make the record of the release whole, as the commands ask for it."""
    record = json.loads((folder / "release.json").read_text(encoding="utf-8"))
    name = f"private/{DATABASE}"
    hashed = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    record |= {"exports": [], "policy": {}, "files": {name: {"sha256": hashed, "bytes": 0}}}
    (folder / "release.json").write_text(json.dumps(record), encoding="utf-8")


def cost_categories() -> list[dict]:
    """The categories of the intervention: they make its totals, and goods are far over their budget."""
    budget, reported, admitted = (Decimal(AWARD[k]) for k in ("awarded", "reported", "admitted"))
    rows = [
        {
            "cost_category": name,
            "budget": _cents(budget, planned),
            "reported": _cents(reported, spent),
            "admitted": _cents(admitted, spent),
        }
        for name, (planned, spent) in _PARTS.items()
    ]
    rest = {
        "cost_category": "GOODS",
        "budget": Decimal("100.10"),
        "reported": reported - sum((row["reported"] for row in rows), Decimal(0)),
        "admitted": admitted - sum((row["admitted"] for row in rows), Decimal(0)),
    }
    place = {"grant_key": GRANT, "instance_id": GRANT.split(":")[0], "funder_tax_code": FUNDER}
    return [place | row for row in [*rows, rest]]


def _cents(amount: Decimal, part: float) -> Decimal:
    return (amount * Decimal(str(part))).quantize(Decimal("0.01"))


def _registered(indicator: str, unit: str, it: str, en: str) -> dict:
    said = dict(zip(("definition_it", "definition_en"), DEFINITIONS[indicator], strict=True))
    return {"indicator_id": indicator, "unit": unit, "name_it": it, "name_en": en, "version": 1} | said


def _targets() -> list[dict]:
    place = {"grant_key": GRANT, "instance_id": GRANT.split(":")[0], "is_removed": False}
    promised = [
        ("T-1", "persons_served", None, Decimal(120)),
        ("T-2", SCALE, Decimal("4.5"), Decimal("6.0")),
        ("T-3", "nights_of_shelter", None, Decimal(300)),
    ]
    return [
        place | {"record_id": r, "measure": m, "baseline": b, "target": t, "due_on": date(2026, 12, 31)}
        for r, m, b, t in promised
    ]


def _scale() -> dict:
    return {
        "grant_key": GRANT,
        "outcome_indicator_key": SCALE,
        "instance_id": GRANT.split(":")[0],
        "outcome_name": "Benessere percepito",
        "scale_min": Decimal(0),
        "scale_max": Decimal(10),
    }


def _of_grant() -> list[Figure]:
    at = ("grant", GRANT)
    year, before = date(2026, 1, 1), date(2025, 1, 1)
    return [
        Figure("persons_served", *at, "year", before, HIDDEN, None, HIDDEN, "ok", "suppressed", 3),
        Figure("persons_served", *at, "year", year, 84, None, 84.0, "ok", "value", 84),
        _progress("persons_served", 84, 120),
        _progress(SCALE, Decimal("1.2"), Decimal("1.5")),
        Figure("outcome_change", *at, "year", year, Decimal(48), 40, 1.2, "ok", "value", 40, SCALE,
               ci_low=0.8, ci_high=1.6),
        Figure("outcome_improved", *at, "year", year, 31, 40, 0.775, "ok", "value", 40),
    ]  # fmt: skip


def _progress(measure: str, gained: Decimal | int, distance: Decimal | int) -> Figure:
    value = float(gained) / float(distance)
    return Figure(
        "target_progress", "grant", GRANT, "month", MONTH, gained, distance, value, "ok", "value", 84, measure
    )


def _sources(scope_type: str, scope_id: str) -> list[Figure]:
    whole = Decimal("81234.50")
    parts = {source: _cents(whole, part) for source, part in _SOURCES.items()}
    parts["UNALLOCATED"] = whole - sum(parts.values(), Decimal(0))
    return [
        Figure("source_mix", scope_type, scope_id, "year", date(2025, 1, 1), part, whole, float(part / whole),
               "ok", "value", 300, source)
        for source, part in parts.items()
    ]  # fmt: skip


def _received() -> dict:
    return {
        "year": "2025",
        "provider_tax_code": PROVIDER,
        "provider_name": PROVIDERS[PROVIDER],
        "payer_tax_code": "00293460014",
        "payer_name": "Comune di Rho",
        "received_eur": Decimal("12500.40"),
        "mark": "value",
        "reasons": "GRANT_INSTALMENT SUBSIDY",
        "first_received_on": date(2025, 2, 3),
        "last_received_on": date(2025, 11, 20),
        "provider_total_eur": Decimal("12500.40"),
        "above_threshold": True,
    }
