"""Believable figures of thirteen invented territories, their funders and providers, with all six marks.

Rows of the indicator table leave, each with its mark of protection; how they get into
files stands in `release.py`.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path

import numpy as np
import yaml

TERRITORIES = {
    "biella": ("Biella", "096004", "01", "Piemonte", 43_440),
    "brescia": ("Brescia", "017029", "03", "Lombardia", 196_567),
    "cosenza": ("Cosenza", "078045", "18", "Calabria", 63_241),
    "lecce": ("Lecce", "075035", "16", "Puglia", 94_253),
    "lecco": ("Lecco", "097042", "03", "Lombardia", 46_977),
    "matera": ("Matera", "077014", "17", "Basilicata", 59_685),
    "padova": ("Padova", "028060", "05", "Veneto", 207_112),
    "perugia": ("Perugia", "054039", "10", "Umbria", 161_375),
    "pistoia": ("Pistoia", "047014", "09", "Toscana", 89_095),
    "reggio-emilia": ("Reggio nell'Emilia", "035033", "08", "Emilia-Romagna", 170_335),
    "rho": ("Rho", "015182", "03", "Lombardia", 50_434),
    "sassari": ("Sassari", "090064", "20", "Sardegna", 121_021),
    "trapani": ("Trapani", "081021", "19", "Sicilia", 54_950),
}
AREAS = {"FAM": 0.27, "DIS": 0.13, "DIP": 0.03, "ANZ": 0.31, "IMM": 0.06, "POV": 0.16, "MUL": 0.04}
FUNDERS = {"01234560019": "Fondazione Comunità Aperte", "02345670018": "Fondazione Valle Lunga"}
PROVIDERS = {
    "03456780017": "Cooperativa Il Portico",
    "04567890016": "Consorzio Tre Fiumi",
    "05678900015": "Cooperativa Girasole",
}
AS_OF = date(2026, 9, 30)
LATE = "trapani"
NOT_COLLECTING = "sassari"
SMALL = "biella"

INDICATORS = {
    "spend_delivered": ("EUR", "Valore dei servizi erogati", "Value of services delivered"),
    "spend_net_per_resident": ("EUR/resident", "Spesa netta pro capite", "Net spending per resident"),
    "persons_served": ("persons", "Persone servite", "People served"),
    "deliveries": ("count", "Prestazioni erogate", "Services delivered"),
    "first_time_persons": ("persons", "Nuovi utenti", "First-time users"),
    "persons_per_1000": (
        "per 1000 residents",
        "Persone servite ogni 1.000 residenti",
        "People served per 1000 residents",
    ),
    "cost_per_person": ("EUR/person", "Costo per persona", "Cost per person"),
    "user_share": ("ratio", "Compartecipazione degli utenti", "User co-payment share"),
    "wait_to_service_p50": ("days", "Attesa mediana fino al servizio", "Median wait to service"),
    "satisfaction": ("ratio", "Utenti soddisfatti", "Satisfied users"),
    "no_show_rate": ("ratio", "Mancate presentazioni", "No-show rate"),
    "deliberated": ("EUR", "Deliberato", "Awarded"),
    "disbursed": ("EUR", "Erogato", "Disbursed"),
    "disbursement_rate": ("ratio", "Avanzamento delle erogazioni", "Disbursement rate"),
    "eligible_cost_rate": ("ratio", "Quota di spese ammesse", "Eligible-cost rate"),
    "residual": ("EUR", "Residuo da erogare", "Still to disburse"),
    "time_elapsed": ("ratio", "Tempo trascorso", "Time elapsed"),
    "budget_reported": ("ratio", "Preventivo rendicontato", "Budget reported"),
    "schedule_gap": ("ratio points", "Scarto dal piano dei tempi", "Gap to the time plan"),
    "attributed": ("EUR", "Spesa attribuita al finanziatore", "Spending attributed to the funder"),
    "followup_rate": ("ratio", "Tasso di follow-up", "Follow-up rate"),
    "outcome_change": ("scale points", "Cambiamento medio", "Mean change"),
    "outcome_improved": ("ratio", "Persone migliorate", "People improved"),
    "target_progress": ("ratio", "Risultato sull'obiettivo", "Progress to target"),
}
_REGISTRY = Path(__file__).resolve().parents[2] / "dbt_project" / "indicators.yaml"
# The registry's own definitions, as a release carries them.
DEFINITIONS = {
    entry["id"]: (entry["definition_it"], entry["definition_en"])
    for domain in yaml.safe_load(_REGISTRY.read_text(encoding="utf-8")).values()
    for entry in domain
}
ABOUT_ORGANISATIONS = (
    "deliberated",
    "disbursed",
    "disbursement_rate",
    "eligible_cost_rate",
    "residual",
    "time_elapsed",
    "budget_reported",
    "schedule_gap",
)

_TITLES = (
    "Doposcuola di quartiere",
    "Custodi sociali",
    "Casa prima di tutto",
    "Lavoro per chi ricomincia",
    "Nidi aperti",
    "Vicini di pianerottolo",
    "Mense e dispense",
    "Passi autonomi: vivere dopo di noi in un appartamento condiviso",
    "Portierato sociale",
    "Orti insieme",
    "Sportello badanti",
    "Radici e ali",
)
_PROGRAMMES = ("Infanzia", "Abitare", "Lavoro", "Comunità che cura")


@dataclass(frozen=True)
class Figure:
    """A row of the indicator table about everybody, with the columns that it has there."""

    indicator_id: str
    scope_type: str
    scope_id: str
    period_type: str
    period_start: date
    numerator: Decimal | float | None
    denominator: Decimal | float | None
    value: float | None
    status: str
    mark: str
    n_persons: int | None = None
    item: str = "ALL"
    area: str = "ALL"
    ci_low: float | None = None
    ci_high: float | None = None


def _years() -> list[date]:
    return [date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1)]


def starts(period_type: str) -> list[date]:
    if period_type == "year":
        return _years()
    step = 3 if period_type == "quarter" else 1
    return [date(y, m, 1) for y in (2024, 2025, 2026) for m in range(1, 13, step) if date(y, m, 1) <= AS_OF]


def invented_figures() -> list[Figure]:
    """Return the rows of the indicator table."""
    random = np.random.default_rng(7)
    figures: list[Figure] = []
    total = {year: [0, Decimal(0)] for year in _years()}
    for n, (instance, (_, _, _, _, residents)) in enumerate(TERRITORIES.items()):
        people_a_year = int(residents * (0.055 + 0.05 * random.random()))
        for year in _years():
            people = int(
                people_a_year * (0.9 + 0.07 * (year.year - 2024)) * (0.72 if year.year == 2026 else 1)
            )
            people = 3 if instance == SMALL and year.year == 2024 else people
            euro = Decimal(people * int(random.integers(820, 1350))).quantize(Decimal("0.01"))
            total[year][0] += people
            total[year][1] += euro
            figures += _of_year("instance", instance, year, people, euro, residents, random, n)
        figures += _over_time("instance", instance, people_a_year, random)
    residents = sum(entry[4] for entry in TERRITORIES.values())
    for year, (people, euro) in total.items():
        figures += _of_year("network", "network", year, int(people * 0.985), euro, residents, random, 99)
    for n, provider in enumerate(PROVIDERS):
        people_a_year = (2_640, 7_310, 41)[n]
        for year in _years():
            people = int(
                people_a_year * (0.94 + 0.03 * (year.year - 2024)) * (0.75 if year.year == 2026 else 1)
            )
            figures += _of_year("provider", provider, year, people, Decimal(people * 940), None, random, n)
        figures += _over_time("provider", provider, people_a_year, random)
    for n, funder in enumerate(FUNDERS):
        figures += _of_funder(funder, n, random)
    return figures


def _figure(
    indicator,
    scope_type,
    scope_id,
    period_type,
    start,
    numerator,
    denominator,
    value,
    area="ALL",
    status="ok",
    persons=None,
) -> Figure:
    if persons is not None and 0 < persons < 5:
        mark = "suppressed"
    elif status == "ok":
        mark = "zero" if value == 0 else "value"
    else:
        mark = "missing" if status in ("denominator_missing", "not_reached") else status
    return Figure(
        indicator_id=indicator,
        scope_type=scope_type,
        scope_id=scope_id,
        area=area,
        period_type=period_type,
        period_start=start,
        numerator=numerator,
        denominator=denominator,
        value=None if value is None else float(value),
        n_persons=persons,
        status=status,
        mark=mark,
    )


def hidden(figure: Figure) -> Figure:
    """Return the figure as protection would mark it."""
    return replace(figure, mark="suppressed") if figure.mark in ("value", "zero") else figure


def _of_year(scope_type, scope, year, people, euro, residents, random, n) -> list[Figure]:
    def made(indicator, numerator, denominator, value, **more) -> Figure:
        return _figure(
            indicator, scope_type, scope, "year", year, numerator, denominator, value, persons=people, **more
        )

    deliveries = int(people * 2.7)
    figures = [
        made("persons_served", people, None, people),
        made("deliveries", deliveries, None, deliveries),
        made("spend_delivered", euro, None, euro),
        made("cost_per_person", euro, people, float(euro) / people),
        made("user_share", round(euro / 9, 2), euro, 1 / 9 + n / 600),
        made("satisfaction", int(people * 0.071), int(people * 0.084), 0.845 - n / 200),
        made("no_show_rate", int(people * 0.03), int(people * 0.31), 0.097 + n / 900),
    ]
    if residents:
        figures.append(made("persons_per_1000", people * 1000, residents, people * 1000 / residents))
        figures.append(
            made("spend_net_per_resident", euro * 8 / 9, residents, float(euro) * 8 / 9 / residents)
        )
    if scope == NOT_COLLECTING:
        figures.append(
            _figure(
                "wait_to_service_p50",
                scope_type,
                scope,
                "year",
                year,
                None,
                None,
                None,
                status="not_collected",
            )
        )
    elif scope == "cosenza":
        figures.append(
            _figure(
                "wait_to_service_p50", scope_type, scope, "year", year, None, None, None, status="not_reached"
            )
        )
    elif scope_type != "provider":
        days = 38 if scope_type == "network" else 24 + n % 9 * 4
        figures.append(made("wait_to_service_p50", None, None, days))
    for area, share in AREAS.items():
        inside = int(people * share * (0.85 + 0.3 * random.random()))
        inside = 3 if area == "DIP" and scope in ("biella", "lecco", "05678900015") else inside
        if area == "MUL" and scope == "pistoia":
            continue
        money = (euro * Decimal(str(share))).quantize(Decimal("0.01"))
        for indicator, numerator, denominator, value in (
            ("persons_served", inside, None, inside),
            ("spend_delivered", money, None, money),
            ("deliveries", inside * 2, None, inside * 2),
            ("cost_per_person", money, inside or None, float(money) / inside if inside else None),
        ):
            status = "ok" if value is not None else "denominator_missing"
            figures.append(
                _figure(
                    indicator,
                    scope_type,
                    scope,
                    "year",
                    year,
                    numerator,
                    denominator,
                    value,
                    area,
                    status=status,
                    persons=inside,
                )
            )
    return figures


def _over_time(scope_type, scope, people_a_year, random) -> list[Figure]:
    figures = []
    for n, start in enumerate(starts("quarter")):
        if scope == LATE and start == date(2026, 7, 1):
            continue
        people = int(people_a_year * 0.46 * (1 + 0.012 * n) * (0.92 + 0.16 * random.random()))
        first = int(people * (0.21 + 0.06 * random.random()))
        figures.append(
            _figure(
                "persons_served", scope_type, scope, "quarter", start, people, None, people, persons=people
            )
        )
        if scope_type == "instance":
            figures.append(
                _figure(
                    "first_time_persons",
                    scope_type,
                    scope,
                    "quarter",
                    start,
                    first,
                    None,
                    first,
                    persons=first,
                )
            )
    for n, start in enumerate(starts("month")):
        done = int(people_a_year * 0.22 * (1 + 0.1 * np.sin(n / 1.9)) * (0.7 if start.month == 8 else 1))
        figures.append(
            _figure("deliveries", scope_type, scope, "month", start, done, None, done, persons=done)
        )
    return figures


def grants(n: int) -> list[dict[str, object]]:
    made = []
    for k, title in enumerate(_TITLES if n == 0 else _TITLES[:4]):
        status = (
            "ACTIVE",
            "ACTIVE",
            "CLOSED",
            "ACTIVE",
            "DELIBERATED",
            "ACTIVE",
            "SUSPENDED",
            "ACTIVE",
            "REVOKED",
            "ACTIVE",
            "ACTIVE",
            "CLOSED",
        )[k]
        begun = date(2024 + k % 2, 1 + (k * 5) % 12, 15) if k != 4 else date(2026, 8, 20)
        awarded = Decimal((48, 220, 135, 90, 310, 75, 160, 540, 60, 42, 125, 280)[k] * 1000 + n * 5000)
        done = {"CLOSED": 1.0, "DELIBERATED": 0.0, "REVOKED": 0.3}.get(status, 0.35 + 0.05 * (k % 8))
        made.append(
            {
                "key": f"{list(TERRITORIES)[k]}:G{n}{k:02d}",
                "title": title,
                "status": status,
                "begun": begun,
                "ends": date(begun.year + 2, begun.month, 28) if k != 3 else date(2026, 11, 30),
                "awarded": awarded,
                "disbursed": awarded * Decimal(str(round(done, 2))),
                "reported": awarded * Decimal(str(round(done * 0.9, 3))),
                "admitted": awarded * Decimal(str(round(done * 0.81, 3))),
                "programme": _PROGRAMMES[k % 4],
                "sector": ("FAM", "EDU", "ANZ", "LOC")[k % 4],
                "lead": list(PROVIDERS.values())[k % 3],
            }
        )
    return made


def _of_funder(funder: str, n: int, random) -> list[Figure]:
    awards, figures = grants(n), []
    for scope_type, scope, members in [("funder", funder, awards)] + [
        ("grant", g["key"], [g]) for g in awards
    ]:
        awarded, disbursed, reported, admitted = (
            sum((g[key] for g in members), Decimal(0))
            for key in ("awarded", "disbursed", "reported", "admitted")
        )
        for period_type in ("month", "year"):
            for k, start in enumerate(starts(period_type)):
                part = Decimal(k + 1) / len(starts(period_type))
                paid, told, taken = disbursed * part, reported * part, admitted * part
                rate = None if not told else float(taken / told)
                figures += [
                    _figure(
                        "disbursement_rate",
                        scope_type,
                        scope,
                        period_type,
                        start,
                        paid,
                        awarded,
                        float(paid / awarded),
                    ),
                    _figure(
                        "eligible_cost_rate",
                        scope_type,
                        scope,
                        period_type,
                        start,
                        taken,
                        told,
                        rate,
                        status="ok" if rate is not None else "denominator_missing",
                    ),
                    _figure(
                        "residual",
                        scope_type,
                        scope,
                        period_type,
                        start,
                        awarded - paid,
                        None,
                        awarded - paid,
                    ),
                ]
    for k, grant in enumerate(awards):
        # The second was sent without a budget.
        elapsed, told = 0.08 * (k + 1), None if k == 1 else 0.07 * (k + 1) - (0.3 if k == 3 else 0)
        for indicator, value in (
            ("time_elapsed", elapsed),
            ("budget_reported", told),
            ("schedule_gap", None if told is None else told - elapsed),
        ):
            if value is not None:
                figures.append(
                    _figure(indicator, "grant", grant["key"], "month", date(2026, 9, 1), None, None, value)
                )
    for year in _years():
        awarded = sum((g["awarded"] for g in awards if g["begun"].year == year.year), Decimal(0))
        figures.append(_figure("deliberated", "funder", funder, "year", year, awarded, None, awarded))
        figures.append(_figure("disbursed", "funder", funder, "year", year, awarded / 2, None, awarded / 2))
        people = (1_840, 4)[n] + 20 * (year.year - 2024) * (1 - n)
        money = Decimal(people * 410)
        figures.append(
            _figure("persons_served", "funder", funder, "year", year, people, None, people, persons=people)
        )
        for area, share in AREAS.items():
            inside = int(people * share)
            spent = money * Decimal(str(share))
            figures += [
                _figure(
                    "persons_served",
                    "funder",
                    funder,
                    "year",
                    year,
                    inside,
                    None,
                    inside,
                    area,
                    persons=inside,
                ),
                _figure(
                    "attributed", "funder", funder, "year", year, spent, None, spent, area, persons=inside
                ),
            ]
    for k, grant in enumerate(awards[:6]):
        measured, pairs = 40 + 12 * k, int((40 + 12 * k) * (0.42 + 0.09 * k))
        figures.append(
            _figure(
                "followup_rate",
                "grant",
                grant["key"],
                "year",
                date(2025, 1, 1),
                pairs,
                measured,
                pairs / measured,
                persons=measured,
            )
        )
    return figures


def scores(first: date, last: date) -> list[dict[str, object]]:
    """The quality scores of every territory from one month to another, and of the first provider: one sends
    late, one sends no requests, one has few records."""
    months = [date(n // 12, n % 12 + 1, 1) for n in range(_month(first), _month(last) + 1)]
    made = []
    for n, instance in enumerate(TERRITORIES):
        for month in months:
            shares: dict[str, Decimal | None] = {
                "completeness": None if instance == SMALL else Decimal(90 + (n + month.month) % 9) / 100,
                "validity": Decimal(1),
                "timeliness": Decimal(0) if instance == LATE and month.month % 2 else Decimal(1),
                "consistency": Decimal("0.99"),
                "linkage": None if instance == NOT_COLLECTING else Decimal(80 + n) / 100,
            }
            lacking = "denominator_missing" if instance == SMALL else "not_collected"
            made += _rows_of_scores("instance", instance, month, shares, dict.fromkeys(shares, lacking))
    ours = dict.fromkeys(("completeness", "consistency", "linkage"), Decimal("0.95"))
    none = dict.fromkeys(("validity", "timeliness"), "not_applicable")
    for month in months:
        made += _rows_of_scores("provider", next(iter(PROVIDERS)), month, ours | dict.fromkeys(none), none)
    return made


def _month(day: date) -> int:
    return 12 * day.year + day.month - 1


def _rows_of_scores(
    scope_type: str,
    scope_id: str,
    month: date,
    shares: dict[str, Decimal | None],
    lacking: dict[str, str],
) -> list[dict[str, object]]:
    place = {"scope_type": scope_type, "scope_id": scope_id, "month_start": month}
    known = [share for share in shares.values() if share is not None]
    mean = (sum(known, Decimal(0)) / len(known)).quantize(Decimal("0.01"), ROUND_FLOOR)
    return [
        place | {"dimension": name, "score": share, "status": "ok" if share is not None else lacking[name]}
        for name, share in {**shares, "ALL": mean}.items()
    ]
