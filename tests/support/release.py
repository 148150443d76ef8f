"""A release to look at: thirteen invented territories with believable figures and all six marks, as DuckDB
files.

`build_release` writes `releases/<id>/` with both sides and the link `current`. Variants: `ordinary`;
`protected`, where
every figure about persons is hidden; `tiny`, of one territory in which everything happens once and amounts
are cents; `bare`, where the tables are there and hold nothing.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from tests.support.release_figures import (
    ABOUT_ORGANISATIONS,
    AS_OF,
    DEFINITIONS,
    FUNDERS,
    INDICATORS,
    LATE,
    PROVIDERS,
    SMALL,
    TERRITORIES,
    Cell,
    grants,
    hidden,
    invented_cells,
    starts,
)

SHOWN = ("value", "zero")
# The day of the residents, and the first day of the exports.
FROM = (date(2025, 1, 1), date(2024, 1, 1))
PAID = ("deliberated", "disbursed", "attributed")
PUBLISHED = ("persons_served", "spend_delivered", "deliveries", "persons_per_1000", "spend_net_per_resident")


def build_release(
    releases: Path, *, variant: str = "ordinary", release_id: str = "20261103-0210-a1b2c3"
) -> Path:
    """Write a release under `releases`, make it current, and return its folder."""
    folder = releases / release_id
    (folder / "private").mkdir(parents=True)
    (folder / "public").mkdir()
    bare = variant == "bare"
    cells = [] if bare else invented_cells()
    if variant == "protected":
        cells = [hidden(cell) if cell[0] not in ABOUT_ORGANISATIONS else cell for cell in cells]
    _private(folder / "private" / "casa-di-vetro.duckdb", cells, bare)
    _public(folder / "public" / "casa-di-vetro.duckdb", cells, bare, release_id, variant == "protected")
    if variant == "tiny":
        for side in ("private", "public"):
            with duckdb.connect(str(folder / side / "casa-di-vetro.duckdb")) as c:
                c.execute(_SHRINK.format(schema="marts" if side == "private" else "publication"))
                c.execute(_SHRINK_PRIVATE if side == "private" else _SHRINK_PUBLIC)
    _files(folder / "public")
    description = {
        "release_id": release_id,
        "created_at": "2026-11-03T02:10:00+00:00",
        "as_of": AS_OF.isoformat(),
        "gate": {"green": True},
        "code_version": "0.1.0",
        "tables": [],
    }
    (folder / "release.json").write_text(json.dumps(description), encoding="utf-8")
    if variant in ("simulated", "mixed"):
        _say_simulated(folder, description, whole=variant == "simulated")
    link = releases / "current"
    link.unlink(missing_ok=True)
    link.symlink_to(release_id)
    return folder


def _say_simulated(folder: Path, description: dict, *, whole: bool) -> None:
    """Call all territories invented, or the first alone."""
    names = {i: name for i, (name, *_) in TERRITORIES.items()}
    invented = names if whole else dict(list(names.items())[:1])
    description["simulated"] = {"whole": whole, "instances": invented}
    (folder / "release.json").write_text(json.dumps(description), encoding="utf-8")
    with duckdb.connect(str(folder / "public" / "casa-di-vetro.duckdb")) as c:
        _fill(c, "publication.simulated_instance", [(i, name, whole) for i, name in invented.items()])


def build_status(path: Path, *, green: bool = False) -> Path:
    """Write the status of a last run, red unless asked otherwise, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as c:
        c.execute(_STATUS)
        c.execute("insert into gate values (?, timestamp '2026-11-04 02:12:00')", [green])
        c.execute(
            "insert into export values "
            "('rho', 'rho-2026-10-0022', 'accepted', '2026-10-31', 18234, 18100, 120, 14)"
        )
        c.execute(
            "insert into check_result values ('landed', 'landed.volume', ?, ?, 13, 'critical', "
            "timestamp '2026-11-04 02:12:00', 'Il volume di ogni invio è vicino a quello solito', "
            "'The volume of each export is near the usual one', false)",
            [green, 0 if green else 1],
        )
    return path


_STATUS = """
create table run (step varchar, started_at timestamp, seconds double, outcome varchar, detail varchar);
create table export (instance_id varchar, export_id varchar, status varchar, period_to date, received bigint,
    loaded bigint, known bigint, quarantined bigint);
create table check_result (gate varchar, check_name varchar, passed boolean, observed_count bigint,
    total_count bigint, severity varchar, checked_at timestamp, detail_it varchar, detail_en varchar,
    could_not_run boolean);
create table gate (green boolean, checked_at timestamp);
create table release (release_id varchar, created_at timestamp);
"""

_PRIVATE = """
create schema marts;
create schema quality;
create table marts.dim_indicator (indicator_id varchar, unit varchar, name_it varchar, name_en varchar,
    numerator varchar, denominator varchar, version integer, definition_it varchar, definition_en varchar);
create table marts.dim_instance (instance_id varchar, instance_name varchar, seat varchar,
    region_code varchar,
    region_name varchar, first_period_from date, data_to date, active_from date, active_to date);
create table marts.dim_organisation (tax_code varchar, organisation_name varchar, kind varchar,
    is_funder boolean, is_provider boolean, funder_in varchar, provider_in varchar);
create table marts.dim_grant (grant_key varchar, instance_id varchar, record_id varchar,
    funder_tax_code varchar,
    funder_name varchar, lead_name varchar, title varchar, programme varchar, acri_sector varchar,
    status varchar,
    deliberated_on date, starts_on date, ends_on date, is_removed boolean);
create table marts.comparison (indicator_id varchar, item varchar, area varchar, period_start date,
    instance_id varchar, numerator double, denominator double, value double, network_value double,
    adjusted double, lo95 double, hi95 double, lo998 double, hi998 double, reliability double,
    "position" varchar, overdispersion double, widening double, chance_lo95 double, chance_hi95 double,
    chance_lo998 double, chance_hi998 double, chance_position varchar);
create table quality.export_log (instance_id varchar, export_id varchar, attempt bigint, status varchar,
    sequence bigint, period_from date, period_to date, created timestamp, attempted_at timestamp,
    received bigint,
    loaded bigint, known bigint, quarantined bigint, error_count bigint, codes varchar);
create table quality.reconciliation (instance_id varchar, export_id varchar, entity varchar, "column" varchar,
    is_euro boolean, declared decimal(24,3), loaded decimal(24,3), known decimal(24,3),
    quarantined decimal(24,3), gap decimal(24,3));
create table quality.quarantine (instance_id varchar, export_id varchar, entity varchar, code varchar);
create table quality.check_result (gate varchar, check_name varchar, passed boolean, observed_count bigint,
    total_count bigint, checked_at timestamp, severity varchar, detail_it varchar, detail_en varchar);
"""

# Territories that vary 16 times as much as chance would have it: nearly all beyond chance alone, beyond the
# variety of the network none but Padova; Matera is too small.
_COMPARISON = """
insert into marts.comparison
select indicator_id, 'ALL', area, period_start, scope_id, numerator, denominator, value, 80, value + 1,
    40, 120, 20, 140, 0.9, case scope_id when 'padova' then 'above998' when 'matera' then 'too_small'
    else 'inside' end, 16, 4, 70, 90, 65, 95,
    case scope_id when 'matera' then 'too_small' when 'rho' then 'inside' else 'below998' end
from marts.indicator_value
where indicator_id = 'persons_per_1000' and scope_type = 'instance' and population_group = 'ALL'
"""

_PUBLIC = """
create schema publication;
create table publication.territory (instance_id varchar, name varchar, seat varchar, istat_comune varchar,
    residents bigint, residents_source varchar, residents_date date, data_from date, data_to date);
create table publication.indicator (indicator_id varchar, unit varchar, name_it varchar, name_en varchar,
    definition_it varchar, definition_en varchar);
create table publication.funder (tax_code varchar, name varchar);
create table publication.simulated_instance (instance_id varchar, name varchar, whole boolean);
create table publication.t08_persons_by_wait (territory varchar, wait varchar, year varchar,
    persons_asking bigint, persons_asking_mark varchar);
create table publication.t09_persons_by_result (territory varchar, result varchar, year varchar,
    persons_asking bigint, persons_asking_mark varchar);
create table publication.release (release_id varchar, created_at timestamp, as_of date, data_to date,
    threshold integer, threshold_high integer);
"""

# One of everything: whoever writes a plural before it, or a zero for its cents, is wrong.
_SHRINK = """
delete from {schema}.indicator_value where scope_type = 'instance' and scope_id <> 'rho';
update {schema}.indicator_value set mark = 'value', status = 'ok', ci_low = null, ci_high = null,
    numerator = case when indicator_id in ('persons_served', 'deliveries', 'first_time_persons')
        then 1 else 0.3 end,
    value = case when indicator_id in ('persons_served', 'deliveries', 'first_time_persons') then 1
        when indicator_id like '%_p50' then 1 else 0.0004 end,
    denominator = case when denominator is not null then 1000 end;
update {schema}.indicator_value set numerator = null where indicator_id like '%_p50';
"""
_SHRINK_PRIVATE = """
delete from marts.dim_instance where instance_id <> 'rho';
update marts.dim_organisation set funder_in = 'rho' where is_funder;
update marts.dim_organisation set provider_in = 'rho' where is_provider;
delete from marts.dim_grant where grant_key <> (select min(grant_key) from marts.dim_grant
    where status = 'ACTIVE');
delete from marts.comparison where instance_id <> 'rho';
delete from quality.export_log where instance_id <> 'rho' or sequence > 1;
update quality.export_log set received = 1, loaded = 1, known = 1, quarantined = 1;
delete from quality.quarantine where rowid > 0;
update quality.check_result set observed_count = 1, total_count = 1;
"""
_SHRINK_PUBLIC = """
delete from publication.territory where instance_id <> 'rho';
delete from publication.t08_persons_by_wait where territory <> 'instance:rho';
delete from publication.t09_persons_by_result where territory <> 'instance:rho';
update publication.t08_persons_by_wait set persons_asking = 1, persons_asking_mark = 'value';
update publication.t09_persons_by_result set persons_asking = 1, persons_asking_mark = 'value';
update publication.release set threshold = 1, threshold_high = 1;
"""

_FIGURE_COLUMNS = """indicator_id varchar, scope_type varchar, scope_id varchar, item varchar, area varchar,
    period_type varchar, period_start date, numerator decimal(24,4), denominator decimal(24,4), value double,
    ci_low double, ci_high double, {persons} status varchar, mark varchar{group}"""


def _private(path: Path, cells: list[Cell], bare: bool) -> None:
    with duckdb.connect(str(path)) as c:
        c.execute(_PRIVATE)
        columns = _FIGURE_COLUMNS.format(persons="n_persons bigint,", group=", population_group varchar")
        c.execute(f"create table marts.indicator_value ({columns})")
        _fill(c, "marts.indicator_value", [(*cell, "ALL") for cell in cells])
        women = [cell for cell in cells if cell[0] == "persons_served" and cell[5] == "year"]
        _fill(c, "marts.indicator_value", [(*cell, "F") for cell in women])
        # A part of everybody is smaller: whoever reads the wrong row shows a wrong number.
        c.execute("update marts.indicator_value set numerator = 1, value = 1 where population_group = 'F'")
        rows = [
            (i, unit, it, en, f"sum({i})", None, 1, *DEFINITIONS[i])
            for i, (unit, it, en) in INDICATORS.items()
        ]
        _fill(c, "marts.dim_indicator", rows)
        c.execute(_COMPARISON)
        if not bare:
            _dimensions(c)
            _quality(c)


def _dimensions(c: duckdb.DuckDBPyConnection) -> None:
    rows = [
        (i, name, seat, code, region, date(2024, 1, 1), date(2026, 8, 31) if i == LATE else AS_OF, None, None)
        for i, (name, seat, code, region, _) in TERRITORIES.items()
    ]
    _fill(c, "marts.dim_instance", rows)
    everywhere = " | ".join(TERRITORIES)
    rows = [(t, n, "FOUNDATION", True, False, everywhere, None) for t, n in FUNDERS.items()]
    _fill(c, "marts.dim_organisation", rows)
    # The last one works in one territory, the others in three.
    at_work = [" | ".join(list(TERRITORIES)[:3])] * (len(PROVIDERS) - 1) + ["rho"]
    rows = [
        (t, n, "PROVIDER_COOP", False, True, None, places)
        for (t, n), places in zip(PROVIDERS.items(), at_work, strict=True)
    ]
    _fill(c, "marts.dim_organisation", rows)
    for n, (tax_code, name) in enumerate(FUNDERS.items()):
        rows = [
            (
                g["key"],
                *g["key"].split(":"),
                tax_code,
                name,
                g["lead"],
                g["title"],
                g["programme"],
                g["sector"],
                g["status"],
                g["begun"],
                g["begun"],
                g["ends"],
                False,
            )
            for g in grants(n)
        ]
        _fill(c, "marts.dim_grant", rows)


def _quality(c: duckdb.DuckDBPyConnection) -> None:
    log, totals, bad = [], [], []
    for n, instance in enumerate(TERRITORIES):
        for sequence, start in enumerate(starts("month")[20:], start=1):
            if instance == LATE and start == date(2026, 9, 1):
                log.append(
                    (
                        instance,
                        f"{instance}-2026-09",
                        1,
                        "refused",
                        sequence,
                        None,
                        None,
                        None,
                        datetime(2026, 10, 3, 2),
                        None,
                        None,
                        None,
                        None,
                        3,
                        "row_count_mismatch",
                    )
                )
                continue
            end = date(start.year + start.month // 12, start.month % 12 + 1, 1)
            began = date(2024, 1, 1) if sequence == 1 else start
            export = f"{instance}-{start:%Y-%m}"
            received, wrong = 9_400 + 310 * n + 7 * sequence, (n * sequence) % 9
            arrived = datetime(end.year, end.month, 3, 2, 10, tzinfo=UTC).replace(tzinfo=None)
            log.append(
                (
                    instance,
                    export,
                    0,
                    "accepted",
                    sequence,
                    began,
                    date.fromordinal(end.toordinal() - 1),
                    arrived,
                    arrived,
                    received,
                    received - wrong - 40,
                    40,
                    wrong,
                    0,
                    None,
                )
            )
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
        (
            "landed",
            "landed.volume",
            True,
            0,
            13,
            when,
            "critical",
            "Il volume di ogni invio è vicino a quello solito",
            "The volume of each export is near the usual one",
        ),
        (
            "marts",
            "marts.reconciled",
            True,
            0,
            39,
            when,
            "critical",
            "Gli importi caricati sono quelli dei fatti, al centesimo",
            "Amounts loaded equal the facts, to the cent",
        ),
        (
            "marts",
            "marts.sudden_change",
            False,
            2,
            416,
            when,
            "warning",
            "Nessun indicatore cambia di colpo rispetto al mese prima",
            "No indicator changes suddenly from the month before",
        ),
    ]
    _fill(c, "quality.check_result", rows)


def _public(path: Path, cells: list[Cell], bare: bool, release_id: str, is_protected: bool) -> None:
    with duckdb.connect(str(path)) as c:
        c.execute(_PUBLIC)
        c.execute(
            f"create table publication.indicator_value ({_FIGURE_COLUMNS.format(persons='', group='')})"
        )
        published = [
            (*cell[:12], *cell[13:]) if cell[-1] in SHOWN else (*cell[:7], *(None,) * 5, *cell[13:])
            for cell in cells
            if _is_closed_year(cell)
            and (
                (cell[0] in PUBLISHED and cell[1] in ("instance", "network"))
                or (cell[0] in PAID and cell[1] == "funder")
            )
        ]
        _fill(c, "publication.indicator_value", published)
        if not bare:
            rows = [
                (i, name, seat, seat, residents, "ISTAT", *FROM, date(2026, 8, 31) if i == LATE else AS_OF)
                for i, (name, seat, _, _, residents) in TERRITORIES.items()
            ]
            _fill(c, "publication.territory", rows)
            _fill(c, "publication.funder", list(FUNDERS.items()))
            _asking(c, is_protected)
        _fill(
            c,
            "publication.indicator",
            [(i, unit, it, en, *DEFINITIONS[i]) for i, (unit, it, en) in INDICATORS.items()],
        )
        created = datetime(2026, 11, 3, 2, 10)
        _fill(c, "publication.release", [(release_id, created, AS_OF, AS_OF, 5, 10)])


def _asking(c: duckdb.DuckDBPyConnection, is_protected: bool) -> None:
    waits = ("accepted", "up_to_30", "31_to_60", "61_to_90", "over_90", "waiting")
    results = ("ALL", "accepted", "refused_resources", "refused_other", "open")
    for table, steps in (("t08_persons_by_wait", waits), ("t09_persons_by_result", results)):
        rows = []
        for n, instance in enumerate(TERRITORIES):
            for k, step in enumerate(steps):
                hidden_too = is_protected or (instance == SMALL and k in (2, 3))
                people = None if hidden_too else (600 + 31 * n) // (1 + k)
                rows.append(
                    (f"instance:{instance}", step, "2025", people, "suppressed" if hidden_too else "value")
                )
        _fill(c, f"publication.{table}", rows)


def _files(public: Path) -> None:
    (public / "data").mkdir()
    (public / "data" / "t08_persons_by_wait.csv").write_text("territory,wait,year\n", encoding="utf-8")
    table = {"file": "data/t08_persons_by_wait.csv", "title_it": "Persone per attesa", "title_en": "By wait"}
    (public / "tables.json").write_text(json.dumps({"tables": [table, table]}), encoding="utf-8")


def _is_closed_year(cell: Cell) -> bool:
    return cell[5] == "year" and cell[6].year < AS_OF.year


def _fill(c: duckdb.DuckDBPyConnection, table: str, rows: list[Cell]) -> None:
    # One multi-row insert per thousand: row by row DuckDB takes seconds.
    for first in range(0, len(rows), 1000):
        part = rows[first : first + 1000]
        places = ",".join("(" + ",".join("?" * len(part[0])) + ")" for _ in part)
        c.execute(f"insert into {table} values {places}", [value for row in part for value in row])
