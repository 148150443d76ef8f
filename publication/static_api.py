"""`v1/`: the public figures as JSON files that any web server can host, a static API.

The finished public tables arrive, files leave: lists of what there is, and for each territory, funder and
provider what is published of it, with totals ready to take. Ids and codes are those of the tables, names are
in both languages. Nothing is decided here about what may be shown.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from publication.simulated import Simulated

FOLDER = "v1"
LICENCE = {"id": "CC-BY-4.0", "url": "https://creativecommons.org/licenses/by/4.0/"}
# Of a scope with more figures the months are left out: a file stays below a megabyte.
FIGURES_IN_A_FILE = 4000
# By funder and by provider, of one year each; sums over the years are for what adds up.
TOTALS = {
    "funder": ("deliberated", "disbursed", "reported", "admitted", "attributed"),
    "provider": ("spend_delivered",),
}


@dataclass(frozen=True)
class About:
    """The release that the files belong to. `former` are the ids of earlier ones, newest first."""

    release_id: str
    created_at: datetime
    as_of: date
    former: Sequence[str]
    simulated: Simulated


def write_static_api(connection: duckdb.DuckDBPyConnection, folder: Path, about: About) -> None:
    """Write the files into `folder`/v1 from the tables of schema publication of `connection`.

    An amount is a number, or null with a mark that says why. A figure has `unit`, and how many territories it
    knows of how many, to which day.
    """
    root = folder / FOLDER
    for name in ("territories", "funders", "providers"):
        (root / name).mkdir(parents=True)
    head = _head(about)
    figures = _figures(connection)
    totals = _totals(connection)
    awards = _awards(connection)
    territories = _territories(connection)
    for each in territories:
        own = figures.get(("instance", each["id"]), "[]")
        _write(root / "territories" / f"{each['id']}.json", head | {"territory": each}, {"figures": own})
    _write(root / "territories.json", head | {"territories": _linked(territories, "territories", "id")})
    organisations = _records(connection, "from publication.organisation order by tax_code")
    by_code = {each["tax_code"]: each for each in organisations}
    for kind, name in (("funder", "funders"), ("provider", "providers")):
        listed = []
        for code in sorted({scope_id for scope, scope_id in figures if scope == kind} & by_code.keys()):
            body = by_code[code] | {"totals": totals.get((kind, code), [])}
            listed.append(body)
            more = {"figures": figures[kind, code]}
            document = head | {kind: body, "interventions": awards[kind].get(code, [])}
            _write(root / name / f"{code}.json", document, more)
        _write(root / f"{name}.json", head | {name: _linked(listed, name, "tax_code")})
    _write(root / "network.json", head, {"figures": figures.get(("network", "network"), "[]")})
    _write(root / "indicators.json", head | {"indicators": _indicators(connection)})
    releases = [{"id": about.release_id, "created_at": about.created_at.isoformat(), "current": True}]
    releases += [{"id": name, "created_at": None, "current": False} for name in about.former]
    _write(root / "releases.json", head | {"releases": releases})
    resources = ("territories", "funders", "providers", "network", "indicators", "releases")
    _write(root / "index.json", head | {"resources": {name: f"{name}.json" for name in resources}})


def _head(about: About) -> dict[str, object]:
    head = {"release": about.release_id, "data_to": about.as_of.isoformat(), "licence": LICENCE}
    return head | about.simulated.as_statement()


def _figures(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """The figures of each network, territory, funder and provider, as the text of a JSON array."""
    rows = connection.execute(f"""
        with figure as (
            select *, count(*) over (partition by scope_type, scope_id) as own
            from publication.indicator_value
            where scope_type in ('network', 'instance', 'funder', 'provider')
        )
        select scope_type, scope_id, '[' || string_agg(to_json(struct_pack(
                indicator := indicator_id, item := item, area := area, period_type := period_type,
                period := case period_type when 'year' then strftime(period_start, '%Y')
                    when 'quarter' then strftime(period_start, '%Y-Q') || quarter(period_start)
                    else strftime(period_start, '%Y-%m') end,
                value := value, numerator := numerator::double, denominator := denominator::double,
                mark := mark, unit := registry.unit, n_instances := n_instances,
                n_instances_expected := n_instances_expected, data_to := data_to))::varchar, ','
            order by indicator_id, item, area, period_type, period_start) || ']'
        from figure left join publication.indicator as registry using (indicator_id)
        where own <= {FIGURES_IN_A_FILE} or period_type <> 'month'
        group by scope_type, scope_id""").fetchall()
    return {(scope, scope_id): text for scope, scope_id, text in rows}


def _totals(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], list[dict]]:
    """By funder and provider: each closed year with its totals, then all of them; null with the mark where
    any of it is protected."""
    found: dict[tuple[str, str], dict[str, dict]] = defaultdict(lambda: defaultdict(dict))
    for kind, indicators in TOTALS.items():
        rows = connection.execute(
            """
            with figure as (
                select scope_id, indicator_id, strftime(period_start, '%Y') as year,
                    numerator, mark
                from publication.indicator_value
                where scope_type = $kind and period_type = 'year' and area = 'ALL' and item = 'ALL'
                    and list_contains($indicators, indicator_id)
            )
            select scope_id, year, indicator_id, numerator::double, mark from figure
            union all
            select scope_id, 'ALL', indicator_id,
                case when bool_and(mark in ('value', 'zero')) then sum(numerator)::double end,
                case when bool_and(mark in ('value', 'zero')) then if(sum(numerator) = 0, 'zero', 'value')
                    when bool_or(mark = 'suppressed') then 'suppressed' else 'missing' end
            from figure group by all order by all""",
            {"kind": kind, "indicators": list(indicators)},
        ).fetchall()
        for scope_id, year, indicator, value, mark in rows:
            found[kind, scope_id][year][indicator] = {"value": value, "mark": mark}
    return {
        scope: [{"year": year} | amounts for year, amounts in sorted(years.items())]
        for scope, years in found.items()
    }


def _awards(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, list[dict]]]:
    """The grants that a funder gave and that a provider leads, each with what was awarded in closed years."""
    rows = _records(
        connection,
        """
        with money as (
            select scope_id,
                case when bool_and(mark in ('value', 'zero')) then sum(numerator)::double end as deliberated,
                if(bool_and(mark in ('value', 'zero')), 'value', 'suppressed') as deliberated_mark
            from publication.indicator_value
            where scope_type = 'grant' and indicator_id = 'deliberated' and period_type = 'year' group by all
        )
        select award.*, money.deliberated, coalesce(money.deliberated_mark, 'missing') as deliberated_mark
        from publication.intervention as award left join money using (scope_id) order by award.scope_id""",
    )
    found: dict[str, dict[str, list[dict]]] = {"funder": defaultdict(list), "provider": defaultdict(list)}
    for row in rows:
        found["funder"][row["funder_tax_code"]].append(row)
        found["provider"][row["lead_tax_code"]].append(row)
    return found


def _territories(connection: duckdb.DuckDBPyConnection) -> list[dict]:
    rows = _records(connection, "from publication.territory order by instance_id, istat_comune")
    found: dict[str, dict] = {}
    for row in rows:
        same = (
            "region_code",
            "region_name",
            "province_code",
            "province_name",
            "seat",
            "data_from",
            "data_to",
        )
        own = {"id": row["instance_id"], "name": row["name"]} | {name: row[name] for name in same}
        territory = found.setdefault(row["instance_id"], own | {"comuni": []})
        if row["istat_comune"]:
            names = ("istat_comune", "comune_name", "residents", "residents_source", "residents_date")
            territory["comuni"].append({name: row[name] for name in names})
    return list(found.values())


def _indicators(connection: duckdb.DuckDBPyConnection) -> list[dict]:
    return [
        {
            "id": row["indicator_id"],
            "domain": row["domain"],
            "unit": row["unit"],
            "kind": row["kind"],
            "name": {"it": row["name_it"], "en": row["name_en"]},
            "definition": {"it": row["definition_it"], "en": row["definition_en"]},
            "formula": row["formula"],
        }
        for row in _records(connection, "from publication.indicator order by indicator_id")
    ]


def _linked(records: list[dict], folder: str, key: str) -> list[dict]:
    return [record | {"file": f"{folder}/{record[key]}.json"} for record in records]


def _records(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict]:
    rows = connection.execute(f"select to_json(row)::varchar from ({sql}) as row").fetchall()
    return [json.loads(text) for (text,) in rows]


def _write(path: Path, document: dict, arrays: dict[str, str] | None = None) -> None:
    """Write a document; `arrays` are more of its properties, each the text of an array."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for name, array in (arrays or {}).items():
        text = f'{text[:-1]},"{name}":{array}}}'
    path.write_text(text + "\n", encoding="utf-8")
