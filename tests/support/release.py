"""A release to look at: thirteen invented territories with believable figures and all six marks, as DuckDB
files.

`build_release` writes `releases/<id>/` with both sides and the link `current`. Variants: `ordinary`;
`protected`, where
every figure about persons is hidden; `bare`, where the tables are there and hold nothing.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np

TERRITORIES = {
    "biella": ("Biella", "096004", "01", "Piemonte", 43_440), "brescia": ("Brescia", "017029", "03", "Lombardia", 196_567),
    "cosenza": ("Cosenza", "078045", "18", "Calabria", 63_241), "lecce": ("Lecce", "075035", "16", "Puglia", 94_253),
    "lecco": ("Lecco", "097042", "03", "Lombardia", 46_977), "matera": ("Matera", "077014", "17", "Basilicata", 59_685),
    "padova": ("Padova", "028060", "05", "Veneto", 207_112), "perugia": ("Perugia", "054039", "10", "Umbria", 161_375),
    "pistoia": ("Pistoia", "047014", "09", "Toscana", 89_095),
    "reggio-emilia": ("Reggio nell'Emilia", "035033", "08", "Emilia-Romagna", 170_335),
    "rho": ("Rho", "015182", "03", "Lombardia", 50_434), "sassari": ("Sassari", "090064", "20", "Sardegna", 121_021),
    "trapani": ("Trapani", "081021", "19", "Sicilia", 54_950),
}  # fmt: skip
AREAS = {"FAM": 0.27, "DIS": 0.13, "DIP": 0.03, "ANZ": 0.31, "IMM": 0.06, "POV": 0.16, "MUL": 0.04}
FUNDERS = {"01234560019": "Fondazione Comunità Aperte", "02345670018": "Fondazione Valle Lunga"}
PROVIDERS = {
    "03456780017": "Cooperativa Il Portico", "04567890016": "Consorzio Tre Fiumi", "05678900015": "Cooperativa Girasole"
}  # fmt: skip
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
    "persons_per_1000": ("per 1000 residents", "Persone servite ogni 1.000 residenti", "People served per 1000 residents"),
    "cost_per_person": ("EUR/person", "Costo per persona", "Cost per person"),
    "user_share": ("ratio", "Compartecipazione degli utenti", "User co-payment share"),
    "wait_to_service_p50": ("days", "Attesa mediana fino al servizio", "Median wait to service"),
    "satisfaction": ("ratio", "Utenti soddisfatti", "Satisfied users"),
    "no_show_rate": ("ratio", "Mancate presentazioni", "No-show rate"),
    "deliberated": ("EUR", "Deliberato", "Awarded"), "disbursed": ("EUR", "Erogato", "Disbursed"),
    "disbursement_rate": ("ratio", "Avanzamento delle erogazioni", "Disbursement rate"),
    "eligible_cost_rate": ("ratio", "Quota di spese ammesse", "Eligible-cost rate"),
    "residual": ("EUR", "Residuo da erogare", "Still to disburse"),
    "attributed": ("EUR", "Spesa attribuita al finanziatore", "Spending attributed to the funder"),
    "followup_rate": ("ratio", "Tasso di follow-up", "Follow-up rate"),
}  # fmt: skip
ABOUT_ORGANISATIONS = ("deliberated", "disbursed", "disbursement_rate", "eligible_cost_rate", "residual")

_TITLES = (
    "Doposcuola di quartiere", "Custodi sociali", "Casa prima di tutto", "Lavoro per chi ricomincia", "Nidi aperti",
    "Vicini di pianerottolo", "Mense e dispense", "Passi autonomi: vivere dopo di noi in un appartamento condiviso",
    "Portierato sociale", "Orti insieme", "Sportello badanti", "Radici e ali",
)  # fmt: skip
_PROGRAMMES = ("Infanzia", "Abitare", "Lavoro", "Comunità che cura")

Cell = tuple[object, ...]


def build_release(
    releases: Path, *, variant: str = "ordinary", release_id: str = "20261103-0210-a1b2c3"
) -> Path:
    """Write a release under `releases`, make it current, and return its folder."""
    folder = releases / release_id
    (folder / "private").mkdir(parents=True)
    (folder / "public").mkdir()
    bare = variant == "bare"
    cells = [] if bare else _cells(np.random.default_rng(7))
    if variant == "protected":
        cells = [_hidden(cell) if cell[0] not in ABOUT_ORGANISATIONS else cell for cell in cells]
    _private(folder / "private" / "casa-di-vetro.duckdb", cells, bare)
    _public(folder / "public" / "casa-di-vetro.duckdb", cells, bare, release_id)
    description = {
        "release_id": release_id, "created_at": "2026-11-03T02:10:00+00:00", "as_of": AS_OF.isoformat(),
        "gate": {"green": True}, "code_version": "0.1.0", "tables": [],
    }  # fmt: skip
    (folder / "release.json").write_text(json.dumps(description), encoding="utf-8")
    link = releases / "current"
    link.unlink(missing_ok=True)
    link.symlink_to(release_id)
    return folder


def build_status(path: Path, *, green: bool = False) -> Path:
    """Write the status of a last run, red unless asked otherwise, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as c:
        c.execute(
            "create table run (step varchar, started_at timestamp, seconds double, outcome varchar, detail varchar)"
        )
        c.execute(
            "create table export (instance_id varchar, export_id varchar, status varchar, period_to date, "
            "received bigint, loaded bigint, known bigint, quarantined bigint)"
        )
        c.execute(
            "create table check_result (gate varchar, check_name varchar, passed boolean, observed_count bigint, "
            "total_count bigint, severity varchar, checked_at timestamp, detail_it varchar, detail_en varchar)"
        )
        c.execute("create table gate (green boolean, checked_at timestamp)")
        c.execute("create table release (release_id varchar, created_at timestamp)")
        c.execute("insert into gate values (?, timestamp '2026-11-04 02:12:00')", [green])
        c.execute(
            "insert into export values ('rho', 'rho-2026-10-0022', 'accepted', '2026-10-31', 18234, 18100, 120, 14)"
        )
        c.execute(
            "insert into check_result values ('landed', 'landed.volume', ?, ?, 13, 'critical', "
            "timestamp '2026-11-04 02:12:00', 'Il volume di ogni invio è vicino a quello solito', "
            "'The volume of each export is near the usual one')",
            [green, 0 if green else 1],
        )
    return path


def _years() -> list[date]:
    return [date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1)]


def _starts(period_type: str) -> list[date]:
    if period_type == "year":
        return _years()
    step = 3 if period_type == "quarter" else 1
    return [date(y, m, 1) for y in (2024, 2025, 2026) for m in range(1, 13, step) if date(y, m, 1) <= AS_OF]


def _cells(random: np.random.Generator) -> list[Cell]:
    """Return the rows of the indicator table, each with its protected mark last."""
    cells: list[Cell] = []
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
            cells += _of_year("instance", instance, year, people, euro, residents, random, n)
        cells += _over_time("instance", instance, people_a_year, random)
    residents = sum(entry[4] for entry in TERRITORIES.values())
    for year, (people, euro) in total.items():
        cells += _of_year("network", "network", year, int(people * 0.985), euro, residents, random, 99)
    for n, provider in enumerate(PROVIDERS):
        people_a_year = (2_640, 7_310, 41)[n]
        for year in _years():
            people = int(
                people_a_year * (0.94 + 0.03 * (year.year - 2024)) * (0.75 if year.year == 2026 else 1)
            )
            cells += _of_year("provider", provider, year, people, Decimal(people * 940), None, random, n)
        cells += _over_time("provider", provider, people_a_year, random)
    for n, funder in enumerate(FUNDERS):
        cells += _of_funder(funder, n, random)
    return cells


def _row(indicator, scope_type, scope_id, period_type, start, numerator, denominator, value, area="ALL", low=None,
         high=None, status="ok", persons=None, mark=None) -> Cell:  # fmt: skip
    if mark is None:
        hidden = persons is not None and 0 < persons < 5
        mark = "suppressed" if hidden else ("zero" if value == 0 else "value") if status == "ok" else (
            "missing" if status in ("denominator_missing", "not_reached") else status
        )  # fmt: skip
    value = None if value is None else float(value)
    return (indicator, scope_type, scope_id, "ALL", area, period_type, start, numerator, denominator, value, low, high,
            persons, status, mark)  # fmt: skip


def _hidden(cell: Cell) -> Cell:
    shown = cell[-1] in ("value", "zero")
    return (*cell[:-1], "suppressed" if shown else cell[-1])


def _of_year(scope_type, scope, year, people, euro, residents, random, n) -> list[Cell]:
    def made(indicator, numerator, denominator, value, **more) -> Cell:
        return _row(
            indicator, scope_type, scope, "year", year, numerator, denominator, value, persons=people, **more
        )

    deliveries = int(people * 2.7)
    cells = [
        made("persons_served", people, None, people), made("deliveries", deliveries, None, deliveries),
        made("spend_delivered", euro, None, euro), made("cost_per_person", euro, people, float(euro) / people),
        made("user_share", round(euro / 9, 2), euro, 1 / 9 + n / 600),
        made("satisfaction", int(people * 0.071), int(people * 0.084), 0.845 - n / 200),
        made("no_show_rate", int(people * 0.03), int(people * 0.31), 0.097 + n / 900),
    ]  # fmt: skip
    if residents:
        cells.append(made("persons_per_1000", people * 1000, residents, people * 1000 / residents))
        cells.append(made("spend_net_per_resident", euro * 8 / 9, residents, float(euro) * 8 / 9 / residents))
    if scope == NOT_COLLECTING:
        cells.append(
            _row(
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
        cells.append(
            _row(
                "wait_to_service_p50", scope_type, scope, "year", year, None, None, None, status="not_reached"
            )
        )
    elif scope_type != "provider":
        days = 38 if scope_type == "network" else 24 + n % 9 * 4
        cells.append(made("wait_to_service_p50", None, None, days))
    for area, share in AREAS.items():
        inside = int(people * share * (0.85 + 0.3 * random.random()))
        inside = 3 if area == "DIP" and scope in ("biella", "lecco", "05678900015") else inside
        if area == "MUL" and scope == "pistoia":
            continue
        money = (euro * Decimal(str(share))).quantize(Decimal("0.01"))
        for indicator, numerator, denominator, value in (
            ("persons_served", inside, None, inside), ("spend_delivered", money, None, money),
            ("deliveries", inside * 2, None, inside * 2),
            ("cost_per_person", money, inside or None, float(money) / inside if inside else None),
        ):  # fmt: skip
            status = "ok" if value is not None else "denominator_missing"
            cells.append(
                _row(
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
    return cells


def _over_time(scope_type, scope, people_a_year, random) -> list[Cell]:
    cells = []
    for n, start in enumerate(_starts("quarter")):
        if scope == LATE and start == date(2026, 7, 1):
            continue
        people = int(people_a_year * 0.46 * (1 + 0.012 * n) * (0.92 + 0.16 * random.random()))
        first = int(people * (0.21 + 0.06 * random.random()))
        cells.append(
            _row("persons_served", scope_type, scope, "quarter", start, people, None, people, persons=people)
        )
        if scope_type == "instance":
            cells.append(
                _row(
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
    for n, start in enumerate(_starts("month")):
        done = int(people_a_year * 0.22 * (1 + 0.1 * np.sin(n / 1.9)) * (0.7 if start.month == 8 else 1))
        cells.append(_row("deliveries", scope_type, scope, "month", start, done, None, done, persons=done))
    return cells


def _grants(n: int) -> list[dict[str, object]]:
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
        made.append({
            "key": f"{list(TERRITORIES)[k]}:G{n}{k:02d}", "title": title, "status": status, "begun": begun,
            "ends": date(begun.year + 2, begun.month, 28) if k != 3 else date(2026, 11, 30), "awarded": awarded,
            "disbursed": awarded * Decimal(str(round(done, 2))), "reported": awarded * Decimal(str(round(done * 0.9, 3))),
            "admitted": awarded * Decimal(str(round(done * 0.81, 3))), "programme": _PROGRAMMES[k % 4],
            "sector": ("FAM", "EDU", "ANZ", "LOC")[k % 4], "lead": list(PROVIDERS.values())[k % 3],
        })  # fmt: skip
    return made


def _of_funder(funder: str, n: int, random) -> list[Cell]:
    grants, cells = _grants(n), []
    for scope_type, scope, members in [("funder", funder, grants)] + [
        ("grant", g["key"], [g]) for g in grants
    ]:
        awarded, disbursed, reported, admitted = (
            sum((g[key] for g in members), Decimal(0))
            for key in ("awarded", "disbursed", "reported", "admitted")
        )
        for period_type in ("month", "year"):
            for k, start in enumerate(_starts(period_type)):
                part = Decimal(k + 1) / len(_starts(period_type))
                paid, told, taken = disbursed * part, reported * part, admitted * part
                rate = None if not told else float(taken / told)
                cells += [
                    _row("disbursement_rate", scope_type, scope, period_type, start, paid, awarded, float(paid / awarded)),
                    _row("eligible_cost_rate", scope_type, scope, period_type, start, taken, told, rate,
                         status="ok" if rate is not None else "denominator_missing"),
                    _row("residual", scope_type, scope, period_type, start, awarded - paid, None, awarded - paid),
                ]  # fmt: skip
    for year in _years():
        awarded = sum((g["awarded"] for g in grants if g["begun"].year == year.year), Decimal(0))
        cells.append(_row("deliberated", "funder", funder, "year", year, awarded, None, awarded))
        cells.append(_row("disbursed", "funder", funder, "year", year, awarded / 2, None, awarded / 2))
        people = (1_840, 4)[n] + 20 * (year.year - 2024) * (1 - n)
        money = Decimal(people * 410)
        cells.append(
            _row("persons_served", "funder", funder, "year", year, people, None, people, persons=people)
        )
        for area, share in AREAS.items():
            inside = int(people * share)
            spent = money * Decimal(str(share))
            cells += [
                _row(
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
                _row("attributed", "funder", funder, "year", year, spent, None, spent, area, persons=inside),
            ]
    for k, grant in enumerate(grants[:6]):
        measured, pairs = 40 + 12 * k, int((40 + 12 * k) * (0.42 + 0.09 * k))
        cells.append(
            _row(
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
    return cells


_FIGURE_COLUMNS = """indicator_id varchar, scope_type varchar, scope_id varchar, item varchar, area varchar,
    period_type varchar, period_start date, numerator decimal(24,4), denominator decimal(24,4), value double,
    ci_low double, ci_high double, {persons} status varchar, mark varchar"""


def _private(path: Path, cells: list[Cell], bare: bool) -> None:
    with duckdb.connect(str(path)) as c:
        c.execute("create schema marts; create schema quality")
        c.execute(
            f"create table marts.indicator_value ({_FIGURE_COLUMNS.format(persons='n_persons bigint,')})"
        )
        _fill(c, "marts.indicator_value", cells)
        c.execute(
            "create table marts.dim_indicator (indicator_id varchar, unit varchar, name_it varchar, name_en varchar)"
        )
        _fill(c, "marts.dim_indicator", [(i, unit, it, en) for i, (unit, it, en) in INDICATORS.items()])
        c.execute(
            "create table marts.dim_instance (instance_id varchar, instance_name varchar, seat varchar, "
            "region_code varchar, region_name varchar, first_period_from date, data_to date)"
        )
        c.execute(
            "create table marts.dim_organisation (tax_code varchar, organisation_name varchar, kind varchar, "
            "is_funder boolean, is_provider boolean)"
        )
        c.execute(
            "create table marts.dim_grant (grant_key varchar, instance_id varchar, record_id varchar, "
            "funder_tax_code varchar, funder_name varchar, lead_name varchar, title varchar, programme varchar, "
            "acri_sector varchar, status varchar, deliberated_on date, starts_on date, ends_on date, is_removed boolean)"
        )
        c.execute(
            "create table quality.export_log (instance_id varchar, export_id varchar, attempt bigint, status varchar, "
            "sequence bigint, period_from date, period_to date, created timestamp, attempted_at timestamp, "
            "received bigint, loaded bigint, known bigint, quarantined bigint, error_count bigint, codes varchar)"
        )
        c.execute(
            "create table quality.reconciliation (instance_id varchar, export_id varchar, entity varchar, "
            '"column" varchar, is_euro boolean, declared decimal(24,3), loaded decimal(24,3), known decimal(24,3), '
            "quarantined decimal(24,3), gap decimal(24,3))"
        )
        c.execute(
            "create table quality.quarantine (instance_id varchar, export_id varchar, entity varchar, code varchar)"
        )
        c.execute(
            "create table quality.check_result (gate varchar, check_name varchar, passed boolean, observed_count bigint, "
            "total_count bigint, checked_at timestamp, severity varchar, detail_it varchar, detail_en varchar)"
        )
        if not bare:
            _dimensions(c)
            _quality(c)


def _dimensions(c: duckdb.DuckDBPyConnection) -> None:
    rows = [
        (i, name, seat, code, region, date(2024, 1, 1), date(2026, 8, 31) if i == LATE else AS_OF)
        for i, (name, seat, code, region, _) in TERRITORIES.items()
    ]
    _fill(c, "marts.dim_instance", rows)
    _fill(c, "marts.dim_organisation", [(t, n, "FOUNDATION", True, False) for t, n in FUNDERS.items()])
    _fill(c, "marts.dim_organisation", [(t, n, "PROVIDER_COOP", False, True) for t, n in PROVIDERS.items()])
    for n, (tax_code, name) in enumerate(FUNDERS.items()):
        rows = [
            (g["key"], *g["key"].split(":"), tax_code, name, g["lead"], g["title"], g["programme"], g["sector"],
             g["status"], g["begun"], g["begun"], g["ends"], False)
            for g in _grants(n)
        ]  # fmt: skip
        _fill(c, "marts.dim_grant", rows)


def _quality(c: duckdb.DuckDBPyConnection) -> None:
    log, totals, bad = [], [], []
    for n, instance in enumerate(TERRITORIES):
        for sequence, start in enumerate(_starts("month")[20:], start=1):
            if instance == LATE and start == date(2026, 9, 1):
                log.append((instance, f"{instance}-2026-09", 1, "refused", sequence, None, None, None,
                            datetime(2026, 10, 3, 2), None, None, None, None, 3, "row_count_mismatch"))  # fmt: skip
                continue
            end = date(start.year + start.month // 12, start.month % 12 + 1, 1)
            began = date(2024, 1, 1) if sequence == 1 else start
            export = f"{instance}-{start:%Y-%m}"
            received, wrong = 9_400 + 310 * n + 7 * sequence, (n * sequence) % 9
            arrived = datetime(end.year, end.month, 3, 2, 10, tzinfo=UTC).replace(tzinfo=None)
            log.append((instance, export, 0, "accepted", sequence, began, date.fromordinal(end.toordinal() - 1),
                        arrived, arrived, received, received - wrong - 40, 40, wrong, 0, None))  # fmt: skip
            for entity, column in (
                ("service_delivery", "amount_total"),
                ("payment", "amount"),
                ("grant_line", "amount"),
            ):
                declared = Decimal(received) * Decimal("112.35")
                totals.append(
                    (instance, export, entity, column, True, declared, declared - 1200, 1000, 200, 0)
                )
            codes = ("comune_unknown", "amounts_disagree", "enum_unknown", "check_digit_wrong")
            bad += [(instance, export, "service_delivery", codes[k % 4]) for k in range(wrong)]
    _fill(c, "quality.export_log", log)
    _fill(c, "quality.reconciliation", totals)
    _fill(c, "quality.quarantine", bad)
    when = datetime(2026, 11, 3, 2, 5)
    rows = [
        ("landed", "landed.volume", True, 0, 13, when, "critical",
         "Il volume di ogni invio è vicino a quello solito", "The volume of each export is near the usual one"),
        ("marts", "marts.reconciled", True, 0, 39, when, "critical",
         "Gli importi caricati sono quelli dei fatti, al centesimo", "Amounts loaded equal the facts, to the cent"),
        ("marts", "marts.sudden_change", False, 2, 416, when, "warning",
         "Nessun indicatore cambia di colpo rispetto al mese prima", "No indicator changes suddenly from the month before"),
    ]  # fmt: skip
    _fill(c, "quality.check_result", rows)


def _public(path: Path, cells: list[Cell], bare: bool, release_id: str) -> None:
    with duckdb.connect(str(path)) as c:
        c.execute("create schema publication")
        c.execute(f"create table publication.indicator_value ({_FIGURE_COLUMNS.format(persons='')})")
        published = [
            (*cell[:12], *cell[13:]) if cell[-1] in ("value", "zero") else (*cell[:7], *(None,) * 5, *cell[13:])
            for cell in cells
            if cell[1] in ("instance", "network") and cell[5] == "year" and cell[0] in (
                "persons_served", "spend_delivered", "deliveries", "persons_per_1000", "spend_net_per_resident")
        ]  # fmt: skip
        _fill(c, "publication.indicator_value", published)
        c.execute(
            "create table publication.territory (instance_id varchar, name varchar, seat varchar, istat_comune varchar, "
            "residents bigint, residents_source varchar, residents_date date)"
        )
        if not bare:
            rows = [
                (i, name, seat, seat, residents, "ISTAT", date(2025, 1, 1))
                for i, (name, seat, _, _, residents) in TERRITORIES.items()
            ]
            _fill(c, "publication.territory", rows)
        c.execute(
            "create table publication.indicator (indicator_id varchar, unit varchar, name_it varchar, name_en varchar, "
            "definition_it varchar, definition_en varchar)"
        )
        _fill(
            c,
            "publication.indicator",
            [(i, unit, it, en, None, None) for i, (unit, it, en) in INDICATORS.items()],
        )
        c.execute(
            "create table publication.release (release_id varchar, created_at timestamp, as_of date, data_to date, "
            "threshold integer, threshold_high integer)"
        )
        created = datetime(2026, 11, 3, 2, 10)
        _fill(c, "publication.release", [(release_id, created, AS_OF, AS_OF, 5, 10)])


def _fill(c: duckdb.DuckDBPyConnection, table: str, rows: list[Cell]) -> None:
    # One multi-row insert per thousand: row by row DuckDB takes seconds.
    for first in range(0, len(rows), 1000):
        part = rows[first : first + 1000]
        places = ",".join("(" + ",".join("?" * len(part[0])) + ")" for _ in part)
        c.execute(f"insert into {table} values {places}", [value for row in part for value in row])
