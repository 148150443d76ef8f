"""The SQL of what only the public side of a release holds: its database arrives, plain records leave.

Rules are those of `data`: read-only, parameterised, cached under the real path. Every number here was
protected before it was published, and comes with its mark.
"""

import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import streamlit as st

from dashboards.data import Row, rows

# Tables of people who asked: which column says at what step, and in which order steps are told.
_STEPS = {
    "t08_persons_by_wait": ("wait", ("accepted", "up_to", "to", "over", "waiting")),
    "t09_persons_by_result": ("result", ("ALL", "accepted", "refused_resources", "refused_other", "open")),
}
_BAND = re.compile(r"(?:(\d+)_)?(up_to|to|over)_(\d+)")


@dataclass(frozen=True)
class Step:
    """People of a territory at one step: its code as published, the code's kind with the days that bound it,
    their number, its mark."""

    instance_id: str
    code: str
    kind: str
    low: int | None
    high: int | None
    people: Decimal | None
    mark: str


@st.cache_data(max_entries=4, show_spinner=False)
def release(database: str) -> Row:
    """Return the one row that describes the published release: release_id, created_at,
    as_of, data_to, thresholds.
    """
    return rows(database, "select * from publication.release")[0]


@st.cache_data(max_entries=4, show_spinner=False)
def simulated(database: str) -> Row:
    """Return whose data are simulated, as in release.json: instances (id and name), and whether all are."""
    if not _holds(database, "simulated_instance"):
        return {"instances": {}, "whole": False}
    found = rows(database, "select * from publication.simulated_instance order by instance_id")
    return {
        "instances": {row["instance_id"]: row["name"] for row in found},
        "whole": any(row["whole"] for row in found),
    }


@st.cache_data(max_entries=4, show_spinner=False)
def territories(database: str) -> list[Row]:
    """Return instance_id, name, seat, residents, residents_source, residents_date and data_to (the last day
    that its exports cover) of every territory, alphabetical; where its comuni have several sources all of
    them, and the last day."""
    return rows(
        database,
        """select instance_id, name, seat, sum(residents) as residents,
            string_agg(distinct residents_source, '; ' order by residents_source) as residents_source,
            max(residents_date) as residents_date, max(data_to) as data_to
        from publication.territory group by all order by name""",
    )


@st.cache_data(max_entries=60, show_spinner=False)
def periods(database: str, scope_type: str, scope_id: str | None, period_type: str) -> list[date]:
    """Return the first days of the published periods of a scope, newest first."""
    found = rows(
        database,
        """select distinct period_start from publication.indicator_value
        where scope_type = $scope_type and ($scope_id is null or scope_id = $scope_id)
            and period_type = $period_type order by period_start desc""",
        {"scope_type": scope_type, "scope_id": scope_id, "period_type": period_type},
    )
    return [row["period_start"] for row in found]


@st.cache_data(max_entries=4, show_spinner=False)
def funders(database: str) -> dict[str, str]:
    """Return the names of the funders with a published figure, by tax code."""
    if not _holds(database, "funder"):
        return {}
    return {row["tax_code"]: row["name"] for row in rows(database, "select * from publication.funder")}


@st.cache_data(max_entries=60, show_spinner=False)
def steps(database: str, table: str, year: date) -> list[Step]:
    """Return the people who asked in a year by territory and step, in the order of the steps; nothing where
    the release has no such table.

    table -- t08_persons_by_wait or t09_persons_by_result.
    """
    column, order = _STEPS[table]
    if not _holds(database, table):
        return []
    found = rows(
        database,
        f"""select replace(territory, 'instance:', '') as instance_id, {column} as step,
            persons_asking as people, persons_asking_mark as mark
        from publication.{table} where year = $year and territory like 'instance:%'""",
        {"year": str(year.year)},
    )
    made = [
        Step(row["instance_id"], row["step"], *_read(row["step"]), row["people"], row["mark"])
        for row in found
    ]
    return sorted(made, key=lambda s: (s.instance_id, order.index(s.kind), s.high or s.low or 0))


def _read(step: str) -> tuple[str, int | None, int | None]:
    band = _BAND.fullmatch(step)
    if band is None:
        return step, None, None
    low, kind, bound = band.groups()
    if kind == "over":
        return kind, int(bound), None
    return kind, int(low) if low else None, int(bound)


@st.cache_data(max_entries=4, show_spinner=False)
def files(database: str) -> dict[Path, tuple[str, str]]:
    """Return the files of the public tables with their Italian and English titles, in their order."""
    folder = Path(database).parent
    described = folder / "tables.json"
    if not described.is_file():
        return {}
    tables = json.loads(described.read_text(encoding="utf-8"))["tables"]
    return {
        folder / t["file"]: (t["title_it"], t["title_en"]) for t in sorted(tables, key=lambda t: t["file"])
    }


@st.cache_data(max_entries=4, show_spinner=False)
def revisions(database: str) -> list[Row]:
    """Return year, revised_on and why of every year that was issued again, oldest year first."""
    if not _holds(database, "revision"):
        return []
    return rows(database, "select year, revised_on, why from publication.revision order by year")


def has_late_data(database: str) -> bool:
    """Return whether public money that was told late counts in a later month than its own."""
    return _holds(database, "t14_told_late")


def _holds(database: str, table: str) -> bool:
    return bool(
        rows(
            database,
            "select 1 from duckdb_tables() where schema_name = 'publication' and table_name = $table",
            {"table": table},
        )
    )
