"""Grants in the forms that others read: 360Giving, and results as IATI has them.

The finished public tables arrive; `360giving.json`, `results.json` and a table for `results.csv` leave.
Grants to organisations only, with amounts as they are printed: a grant of which an amount is protected is not
told in 360Giving, which has no mark for it.
"""

import json
from datetime import date
from pathlib import Path

import duckdb

from publication.cells import SUPPRESSED, VALUE, ZERO
from publication.simulated import Simulated

THREE_SIXTY_GIVING = "360giving.json"
RESULTS = "results"
RESULTS_TITLE = (
    "Risultati degli interventi: indicatore, situazione di partenza, obiettivo, risultato, periodo",
    "Results of interventions: indicator, baseline, target, actual, period",
)
VERSION = "1.4"
PREFIX = "360G-casa-di-vetro"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
PRINTED = f"('{VALUE}', '{ZERO}')"


def create_results(connection: duckdb.DuckDBPyConnection, warehouse: str) -> None:
    """Create publication.results, one row per grant, indicator and period: the share of persons measured
    twice who improved, by year, as the table of outcomes prints it; and what the grant promised to reach, by
    the day it is due.

    What a grant reached of its own targets is about the persons of one grant: no public table holds it, and
    it carries the mark of protection. A baseline on a scale is an average over persons: it is told where more
    than a few were measured.
    """
    marts = f"{warehouse}.marts"
    connection.execute(f"""
        create table publication.{RESULTS} as
        with measured as (
            select scope_id, bool_or(mark in {PRINTED} and denominator is not null) as is_told
            from publication.indicator_value
            where indicator_id = 'outcome_improved' and scope_type = 'grant' group by all
        ),
        reached as (
            select figure.scope_id, figure.indicator_id, registry.name_it, registry.name_en, registry.unit,
                null::varchar as direction, null::decimal(18, 3) as baseline, 'not_applicable' as
                baseline_mark, null::decimal(18, 3) as target, figure.period_start as period_from,
                cast(figure.period_start + interval 1 year as date) - 1 as period_to, figure.value as actual,
                figure.mark as actual_mark, figure.denominator::bigint as pairs
            from publication.indicator_value as figure
            left join {marts}.dim_indicator as registry using (indicator_id)
            where figure.indicator_id = 'outcome_improved' and figure.scope_type = 'grant'
                and figure.period_type = 'year' and figure.item = 'ALL'
        ),
        promised as (
            select target.instance_id || ':' || target.grant_id as scope_id,
                coalesce(scale.outcome_indicator_key, target.measure) as indicator_id,
                coalesce(scale.name, registry.name_it) as name_it,
                coalesce(scale.name, registry.name_en) as name_en,
                coalesce(scale.unit, registry.unit) as unit, scale.direction,
                if(scale.outcome_indicator_key is null or measured.is_told, target.baseline, null),
                case when target.baseline is null then 'missing'
                    when scale.outcome_indicator_key is null or measured.is_told then '{VALUE}'
                    else '{SUPPRESSED}' end,
                target.target, award.starts_on, target.due_on, null, '{SUPPRESSED}', null
            from {warehouse}.staging.stg_grant_target as target
            inner join publication.intervention as award
                on award.scope_id = target.instance_id || ':' || target.grant_id
            left join publication.outcome_indicator as scale
                on scale.outcome_indicator_key = target.instance_id || ':' || target.measure
            left join {marts}.dim_indicator as registry on registry.indicator_id = target.measure
            left join measured on measured.scope_id = target.instance_id || ':' || target.grant_id
            where not target.is_removed
        )
        select award.scope_id, award.title, award.funder_tax_code, award.funder_name, award.lead_tax_code,
            award.lead_name, told.* exclude (scope_id)
        from (from reached union all from promised) as told
        inner join publication.intervention as award using (scope_id)
        order by all""")


def write_results(connection: duckdb.DuckDBPyConnection, folder: Path, simulated: Simulated) -> None:
    """Write results.json: one object per grant, with its indicators and their periods."""
    rows = _records(connection, f"select * from publication.{RESULTS} order by all")
    grants: dict[str, dict] = {}
    for row in rows:
        grant = grants.setdefault(
            row["scope_id"],
            {
                "scope_id": row["scope_id"],
                "title": row["title"],
                "funder": {"tax_code": row["funder_tax_code"], "name": row["funder_name"]},
                "lead": {"tax_code": row["lead_tax_code"], "name": row["lead_name"]},
                "indicators": {},
            },
        )
        indicator = grant["indicators"].setdefault(
            row["indicator_id"],
            {
                "indicator": row["indicator_id"],
                "title": {"it": row["name_it"], "en": row["name_en"]},
                "unit": row["unit"],
                "direction": row["direction"],
                "baseline": {"value": row["baseline"], "mark": row["baseline_mark"]},
                "periods": [],
            },
        )
        indicator["periods"].append(
            {
                "from": row["period_from"],
                "to": row["period_to"],
                "target": row["target"],
                "actual": {"value": row["actual"], "mark": row["actual_mark"], "pairs": row["pairs"]},
            }
        )
    listed = [grant | {"indicators": list(grant["indicators"].values())} for grant in grants.values()]
    _write(folder / f"{RESULTS}.json", _head(simulated) | {"results": listed})


def write_three_sixty_giving(
    connection: duckdb.DuckDBPyConnection,
    warehouse: str,
    folder: Path,
    open_table: str,
    as_of: date,
    simulated: Simulated,
) -> bool:
    """Write 360giving.json and return True; where no grant can be told nothing is written: the standard wants
    at least one.

    The amount awarded is the sum of the months that the table of public money prints. That of a grant paid
    out of another (`relatedActivity`) is part of the other's.
    """
    rows = _records(
        connection,
        f"""
        with money as (
            select scope_id, sum(numerator) filter (indicator_id = 'deliberated') as awarded,
                sum(numerator) filter (indicator_id = 'disbursed') as disbursed
            from publication.{open_table}
            where scope_type = 'grant' and period_type = 'month'
                and indicator_id in ('deliberated', 'disbursed')
            group by all having bool_and(mark in {PRINTED}) and awarded is not null
        )
        select award.*, money.awarded::decimal(18, 2) as awarded,
            money.disbursed::decimal(18, 2) as disbursed, call.title as call_title, call.url as call_url,
            place.instance_name as place, place.seat, place.seat_name
        from publication.intervention as award
        inner join money using (scope_id)
        left join publication.call as call using (call_key)
        left join {warehouse}.marts.dim_instance as place
            on place.instance_id = award.instance_id
        order by award.scope_id""",
    )
    if not rows:
        return False
    modified = f"{as_of.isoformat()}T00:00:00Z"
    package: dict[str, object] = {
        "version": VERSION,
        "title": "Casa di Vetro: contributi a enti / grants to organisations",
        "description": " ".join(
            filter(
                None,
                [
                    simulated.both,
                    "Contributi deliberati a enti, importi come pubblicati. / Grants awarded to "
                    "organisations, amounts as published.",
                ],
            )
        ),
        "license": LICENCE,
        "modified": modified,
        "grants": [_grant(row, modified) for row in rows],
    }
    told = simulated.as_statement()
    _write(folder / THREE_SIXTY_GIVING, {**package, **told})
    return True


def _grant(row: dict, modified: str) -> dict[str, object]:
    """One grant of the standard, without what is not known."""
    place = row["seat_name"] or row["place"]
    programme = (
        {"code": row["call_key"], "title": row["call_title"], "url": row["call_url"]}
        if row["call_title"]
        else {"title": row["programme"]}
    )
    dates = {"startDate": row["starts_on"], "endDate": row["ends_on"]}
    grant = {
        "id": f"{PREFIX}-{row['scope_id']}",
        "title": row["title"],
        "description": _description(row),
        "currency": "EUR",
        "amountAwarded": row["awarded"],
        "amountDisbursed": row["disbursed"],
        "awardDate": row["awarded_on"],
        "plannedDates": [_known(dates)] if any(dates.values()) else None,
        "recipientOrganization": [_organisation(row["lead_tax_code"], row["lead_name"])],
        "fundingOrganization": [_organisation(row["funder_tax_code"], row["funder_name"])],
        "grantProgramme": [_known(programme)] if any(programme.values()) else None,
        "beneficiaryLocation": [_known({"id": row["seat"], "name": place, "countryCode": "IT"})]
        if place
        else None,
        "fromOpenCall": {True: "Yes", False: "No"}.get(row["from_open_call"]),
        "classifications": [{"vocabulary": "ACRI", "code": row["sector"]}] if row["sector"] else None,
        "relatedActivity": [f"{PREFIX}-{row['parent_scope_id']}"] if row["parent_scope_id"] else None,
        "dateModified": modified,
    }
    return _known(grant)


def _description(row: dict) -> str:
    said = [f"{row['title']}: {row['funder_name']} a {row['lead_name']}"]
    if row["programme"]:
        said.append(f"programma {row['programme']}")
    if row["place"]:
        said.append(f"territorio di {row['place']}")
    return "; ".join(said) + "."


def _organisation(tax_code: str, name: str) -> dict[str, str]:
    return {"id": f"IT-CF-{tax_code}", "name": name}


def _known(record: dict) -> dict:
    return {name: value for name, value in record.items() if value is not None}


def _head(simulated: Simulated) -> dict[str, object]:
    return {"license": LICENCE} | simulated.as_statement()


def _records(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict]:
    """The rows as JSON has them: dates as text, amounts as numbers."""
    found = connection.execute(sql)
    names = [name for name, *_ in found.description]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in found.fetchall()]


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, bool, int)) else float(str(value))


def _write(path: Path, document: dict[str, object]) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
