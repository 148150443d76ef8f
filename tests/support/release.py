"""A release to look at: thirteen invented territories with believable figures and all six marks,
as DuckDB files.

`build_release` writes `releases/<id>/` with both sides and the link `current`: the tables are those that the
publication wrote, the rows are put into them by the names of their columns. Variants: `ordinary`;
`protected`, where every figure about persons is hidden; `tiny`, of one territory in which everything happens
once and amounts are cents; `bare`, where the tables are there and hold nothing.
"""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from orchestration import status
from tests.support.built_marts import put
from tests.support.built_release import DATABASE, SIDES, copy_emptied_release
from tests.support.intervention_rows import put_interventions
from tests.support.public_side import FIRST_DAY, fill_public, write_files
from tests.support.release_figures import (
    ABOUT_ORGANISATIONS,
    AS_OF,
    DEFINITIONS,
    FUNDERS,
    INDICATORS,
    LATE,
    PROVIDERS,
    TERRITORIES,
    Figure,
    grants,
    hidden,
    invented_figures,
    scores,
    starts,
)
from tests.support.release_ways import fill_ways

CHECKED = datetime(2026, 11, 4, 2, 12)


def build_release(
    releases: Path, *, variant: str = "ordinary", release_id: str = "20261103-0210-a1b2c3"
) -> Path:
    """Write a release under `releases`, make it current, and return its folder."""
    folder = releases / release_id
    copy_emptied_release(folder)
    bare = variant == "bare"
    figures = [] if bare else invented_figures()
    if variant == "protected":
        figures = [hidden(each) if each.indicator_id not in ABOUT_ORGANISATIONS else each for each in figures]
    with duckdb.connect(str(folder / "private" / DATABASE)) as c:
        _private(c, figures, bare, variant == "protected")
    with duckdb.connect(str(folder / "public" / DATABASE)) as c:
        fill_public(c, figures, bare, release_id, variant == "protected")
    if variant == "tiny":
        for side in SIDES:
            with duckdb.connect(str(folder / side / DATABASE)) as c:
                c.execute(_SHRINK.format(schema="marts" if side == "private" else "publication"))
                c.execute(_SHRINK_PRIVATE if side == "private" else _SHRINK_PUBLIC)
    write_files(folder / "public", release_id)
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
    with duckdb.connect(str(folder / "public" / DATABASE)) as c:
        rows = [{"instance_id": i, "name": name, "whole": whole} for i, name in invented.items()]
        put(c, "publication.simulated_instance", rows)


def build_status(path: Path, *, green: bool = False) -> Path:
    """Write the status of a last run, red unless asked otherwise, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as c:
        c.execute(status.SCHEMA)
        put(c, "gate", [{"green": green, "checked_at": CHECKED}])
        put(
            c,
            "export",
            [
                {
                    "instance_id": "rho",
                    "export_id": "rho-2026-10-0022",
                    "status": "accepted",
                    "period_to": date(2026, 10, 31),
                    "received": 18234,
                    "loaded": 18100,
                    "known": 120,
                    "quarantined": 14,
                }
            ],
        )
        put(
            c,
            "check_result",
            [
                {
                    "gate": "landed",
                    "check_name": "landed.volume",
                    "passed": green,
                    "observed_count": 0 if green else 1,
                    "total_count": 13,
                    "severity": "critical",
                    "checked_at": CHECKED,
                    "detail_it": "Il volume di ogni invio è vicino a quello solito",
                    "detail_en": "The volume of each export is near the usual one",
                    "could_not_run": False,
                }
            ],
        )
    return path


# Territories that vary 16 times as much as chance would have it: nearly all beyond chance alone, beyond the
# variety of the network none but Padova; Matera is too small.
_COMPARISON = """
insert into marts.comparison by name
select indicator_id, 'ALL' as item, area, period_start, scope_id as instance_id, numerator, denominator,
    value, 80 as network_value, value + 1 as adjusted, 40 as lo95, 120 as hi95, 20 as lo998, 140 as hi998,
    0.9 as reliability,
    case scope_id when 'padova' then 'above998' when 'matera' then 'too_small' else 'inside' end
    as "position", 16 as overdispersion, 4 as widening, 70 as chance_lo95, 90 as chance_hi95,
    65 as chance_lo998, 95 as chance_hi998,
    case scope_id when 'matera' then 'too_small' when 'rho' then 'inside' else 'below998' end
    as chance_position
from marts.indicator_value
where indicator_id = 'persons_per_1000' and scope_type = 'instance' and population_group = 'ALL'
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
delete from marts.stage_count;
delete from marts.survival_curve;
delete from marts.indicator_value where indicator_id in ('unmet_share', 'application_success',
    'autonomy_rate', 'integrated_share', 'requests', 'waiting_persons', 'applications', 'provider_hhi');
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
update publication.indicator_value set n_instances = 1, n_instances_expected = 1;
delete from publication.indicator_value where scope_type = 'grant' and scope_id not like 'rho:%';
delete from publication.intervention where scope_id not like 'rho:%';
update publication.t10_persons_by_call_and_stage set call_applicants = 1;
update publication.t10_organisations_by_call_and_stage set organisations = 1;
update publication.t13_outcomes_by_funder_and_grant set outcome_pairs = 1;
"""


def _private(
    c: duckdb.DuckDBPyConnection, figures: list[Figure], bare: bool, everything_hidden: bool
) -> None:
    everybody = [asdict(figure) | {"population_group": "ALL"} for figure in figures]
    # A part of everybody is smaller: whoever reads the wrong row shows a wrong number.
    women = [
        row | {"population_group": "F", "numerator": 1, "value": 1}
        for row in everybody
        if row["indicator_id"] == "persons_served" and row["period_type"] == "year"
    ]
    put(c, "marts.indicator_value", [*everybody, *women])
    registry = [
        {
            "indicator_id": indicator,
            "unit": unit,
            "name_it": it,
            "name_en": en,
            "numerator": f"sum({indicator})",
            "version": 1,
            "definition_it": DEFINITIONS[indicator][0],
            "definition_en": DEFINITIONS[indicator][1],
        }
        for indicator, (unit, it, en) in INDICATORS.items()
    ]
    put(c, "marts.dim_indicator", registry)
    c.execute(_COMPARISON)
    if not bare:
        _dimensions(c)
        fill_ways(c)
        put_interventions(c)
        if everything_hidden:
            c.execute(
                "update marts.indicator_value set mark = 'suppressed' where item <> 'ALL' or "
                "(scope_type = 'grant' and indicator_id in ('outcome_improved', 'persons_served'))"
            )
        _quality(c)


def _dimensions(c: duckdb.DuckDBPyConnection) -> None:
    instances = [
        {
            "instance_id": instance,
            "instance_name": name,
            "seat": seat,
            "region_code": code,
            "region_name": region,
            "first_period_from": FIRST_DAY,
            "data_to": date(2026, 8, 31) if instance == LATE else AS_OF,
        }
        for instance, (name, seat, code, region, _) in TERRITORIES.items()
    ]
    put(c, "marts.dim_instance", instances)
    everywhere = " | ".join(TERRITORIES)
    funders = [
        {
            "tax_code": tax_code,
            "organisation_name": name,
            "kind": "FOUNDATION",
            "is_funder": True,
            "is_provider": False,
            "funder_in": everywhere,
        }
        for tax_code, name in FUNDERS.items()
    ]
    # The last one works in one territory, the others in three.
    at_work = [" | ".join(list(TERRITORIES)[:3])] * (len(PROVIDERS) - 1) + ["rho"]
    providers = [
        {
            "tax_code": tax_code,
            "organisation_name": name,
            "kind": "PROVIDER_COOP",
            "is_funder": False,
            "is_provider": True,
            "provider_in": places,
        }
        for (tax_code, name), places in zip(PROVIDERS.items(), at_work, strict=True)
    ]
    put(c, "marts.dim_organisation", [*funders, *providers])
    for n, (tax_code, name) in enumerate(FUNDERS.items()):
        awards = [
            {
                "grant_key": g["key"],
                "instance_id": g["key"].split(":")[0],
                "record_id": g["key"].split(":")[1],
                "funder_tax_code": tax_code,
                "funder_name": name,
                "lead_name": g["lead"],
                "title": g["title"],
                "programme": g["programme"],
                "acri_sector": g["sector"],
                "status": g["status"],
                "deliberated_on": g["begun"],
                "starts_on": g["begun"],
                "ends_on": g["ends"],
                "is_removed": False,
            }
            for g in grants(n)
        ]
        put(c, "marts.dim_grant", awards)


def _quality(c: duckdb.DuckDBPyConnection) -> None:
    log, totals, bad = [], [], []
    for n, instance in enumerate(TERRITORIES):
        for sequence, start in enumerate(starts("month")[20:], start=1):
            export = {"instance_id": instance, "export_id": f"{instance}-{start:%Y-%m}"}
            if instance == LATE and start == date(2026, 9, 1):
                log.append(
                    export
                    | {
                        "attempt": 1,
                        "status": "refused",
                        "sequence": sequence,
                        "attempted_at": datetime(2026, 10, 3, 2),
                        "error_count": 3,
                        "codes": "row_count_mismatch",
                    }
                )
                continue
            end = date(start.year + start.month // 12, start.month % 12 + 1, 1)
            received, wrong = 9_400 + 310 * n + 7 * sequence, (n * sequence) % 9
            arrived = datetime(end.year, end.month, 3, 2, 10, tzinfo=UTC).replace(tzinfo=None)
            log.append(
                export
                | {
                    "attempt": 0,
                    "status": "accepted",
                    "sequence": sequence,
                    "period_from": date(2024, 1, 1) if sequence == 1 else start,
                    "period_to": date.fromordinal(end.toordinal() - 1),
                    "created": arrived,
                    "attempted_at": arrived,
                    "received": received,
                    "loaded": received - wrong - 40,
                    "known": 40,
                    "quarantined": wrong,
                    "error_count": 0,
                }
            )
            declared = Decimal(received) * Decimal("112.35")
            totals += [
                export
                | {
                    "entity": entity,
                    "column": column,
                    "is_euro": True,
                    "declared": declared,
                    "loaded": declared - 1200,
                    "known": 1000,
                    "quarantined": 200,
                    "gap": 0,
                }
                for entity, column in (
                    ("service_delivery", "amount_total"),
                    ("payment", "amount"),
                    ("grant_line", "amount"),
                )
            ]
            codes = ("comune_unknown", "amounts_disagree", "enum_unknown", "check_digit_wrong")
            bad += [export | {"entity": "service_delivery", "code": codes[k % 4]} for k in range(wrong)]
    put(c, "quality.export_log", log)
    put(c, "quality.reconciliation", totals)
    put(c, "quality.quarantine", bad)
    put(c, "quality.check_result", _checks())
    put(c, "marts.quality_score", scores(date(2025, 1, 1), AS_OF))


def _checks() -> list[dict[str, object]]:
    return [
        {
            "gate": gate,
            "check_name": name,
            "passed": broken == 0,
            "observed_count": broken,
            "total_count": of,
            "checked_at": datetime(2026, 11, 3, 2, 5),
            "severity": severity,
            "detail_it": it,
            "detail_en": en,
        }
        for gate, name, broken, of, severity, it, en in (
            (
                "landed",
                "landed.volume",
                0,
                13,
                "critical",
                "Il volume di ogni invio è vicino a quello solito",
                "The volume of each export is near the usual one",
            ),
            (
                "marts",
                "marts.reconciled",
                0,
                39,
                "critical",
                "Gli importi caricati sono quelli dei fatti, al centesimo",
                "Amounts loaded equal the facts, to the cent",
            ),
            (
                "marts",
                "marts.sudden_change",
                2,
                416,
                "warning",
                "Nessun indicatore cambia di colpo rispetto al mese prima",
                "No indicator changes suddenly from the month before",
            ),
        )
    ]
