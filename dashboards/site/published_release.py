"""What a published release holds, read once: the path of its public side arrives, one record leaves.

All pages of a site are made from it, so that their cost is that of their words. Months are read only where a
page shows them: of what is counted up to a day, and of the quality of data.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from core.sql import literal
from dashboards.figures import Figure, Indicator, last_day
from dashboards.quality_scores import WHOLE
from dashboards.release import DATABASE, Release, Simulated, utc_moment

Row = dict[str, Any]
Scope = tuple[str, str]

# Judged by month: how exports come, and what stands in them.
_BY_MONTH = ("export_delay", "quarantine_rate", "reconciliation_gap")
NETWORK = ("network", "network")


@dataclass(frozen=True)
class PublishedFigure(Figure):
    """A figure as it was published, with the territories it is made from, those expected, and the last day
    they are known to."""

    n_instances: int | None
    n_instances_expected: int | None
    data_to: date | None

    @property
    def period_end(self) -> date:
        """The last day of the period."""
        return last_day(self.period_type, self.period_start)

    @property
    def is_partial(self) -> bool:
        """Whether a territory that was expected is not in it."""
        return bool(self.n_instances_expected) and self.n_instances != self.n_instances_expected


@dataclass(frozen=True)
class Comune:
    """A comune of a territory, with its residents and their source."""

    istat: str
    name: str
    residents: int | None
    source: str
    counted_on: date | None


@dataclass(frozen=True)
class Territory:
    """A territory of the network and its comuni; `seat` is the ISTAT code of the comune it is named for."""

    instance_id: str
    name: str
    seat: str
    region_code: str
    region_name: str
    data_from: date | None
    data_to: date | None
    comuni: Sequence[Comune]

    @property
    def residents(self) -> int | None:
        """The residents of its comuni; None where any is unknown."""
        counts = [each.residents for each in self.comuni]
        return None if not counts or None in counts else sum(n for n in counts if n is not None)


@dataclass(frozen=True)
class PublishedRelease:
    """A published release. `figures` are by kind and id of their scope; `tables` are the rows of the other
    tables of its database, by name."""

    folder: Path
    release: Release
    figures: Mapping[Scope, Sequence[PublishedFigure]]
    indicators: Mapping[str, Indicator]
    tables: Mapping[str, Sequence[Row]]
    described: Row = field(compare=False)
    _grouped: dict[tuple[str, str], dict[Any, list[Row]]] = field(default_factory=dict, compare=False)

    @classmethod
    def read(cls, public: Path) -> "PublishedRelease":
        """Read the public side of a release. Raises FileNotFoundError where there is none."""
        database = public / DATABASE
        if not database.is_file():
            raise FileNotFoundError(database)
        with duckdb.connect() as connection:
            # Of a large release reading takes so long that DuckDB would draw how far it is.
            connection.execute("set enable_progress_bar = false")
            connection.execute(f"attach {literal(database)} as public_side (read_only)")
            names = [
                name
                for (name,) in connection.execute("""
                    select table_name from duckdb_tables()
                    where database_name = 'public_side' and schema_name = 'publication'
                    order by table_name""").fetchall()
            ]
            long = {"indicator_value", "t14_public_money_and_data_quality", "t14_told_late"}
            tables = {
                name: _rows(connection, f"select * from public_side.publication.{name}")
                for name in names
                if name not in long
            }
            found = _rows(connection, _FIGURES, {"by_month": list(_BY_MONTH)})
        figures = defaultdict(list)
        for row in found:
            figures[row["scope_type"], row["scope_id"]].append(PublishedFigure(**row))
        told = tables.get("simulated_instance", [])
        facts = tables["release"][0]
        simulated = {
            "instances": {row["instance_id"]: row["name"] for row in told},
            "whole": any(row["whole"] for row in told),
        }
        release = Release(
            facts["release_id"],
            utc_moment(str(facts["created_at"])),
            facts["as_of"],
            str(database),
            facts=facts | {"simulated": simulated},
        )
        described = public / "tables.json"
        return cls(
            public,
            release,
            dict(figures),
            {row["indicator_id"]: _indicator(row) for row in tables["indicator"]},
            tables,
            json.loads(described.read_text(encoding="utf-8")) if described.is_file() else {"tables": []},
        )

    @property
    def simulated(self) -> Simulated:
        """What of the release is invented."""
        return self.release.simulated

    def rows(self, table: str) -> Sequence[Row]:
        """Return the rows of a table, or nothing where the release lacks it."""
        return self.tables.get(table, ())

    def rows_where(self, table: str, column: str, value: object) -> Sequence[Row]:
        """Return the rows of a table with a value in a column; each column is read through once."""
        grouped = self._grouped.get((table, column))
        if grouped is None:
            grouped = self._grouped[table, column] = defaultdict(list)
            for row in self.rows(table):
                grouped[row[column]].append(row)
        return grouped.get(value, ())

    @cached_property
    def _by_indicator(self) -> Mapping[Scope, Mapping[str, list[PublishedFigure]]]:
        found: dict[Scope, dict[str, list[PublishedFigure]]] = defaultdict(lambda: defaultdict(list))
        for scope, figures in self.figures.items():
            for figure in figures:
                found[scope][figure.indicator_id].append(figure)
        return found

    @cached_property
    def _of_years(self) -> Mapping[Scope, Mapping[tuple[str, int, str], PublishedFigure]]:
        found: dict[Scope, dict[tuple[str, int, str], PublishedFigure]] = defaultdict(dict)
        for scope, figures in self.figures.items():
            for figure in figures:
                if figure.period_type == "year":
                    found[scope][figure.indicator_id, figure.period_start.year, figure.area] = figure
        return found

    @cached_property
    def territories(self) -> dict[str, Territory]:
        """The territories by id, in the order of their names."""
        grouped = defaultdict(list)
        for row in self.rows("territory"):
            grouped[row["instance_id"]].append(row)
        made = [_territory(rows) for rows in grouped.values()]
        return {each.instance_id: each for each in sorted(made, key=lambda t: (t.name, t.instance_id))}

    @cached_property
    def quality_scores(self) -> Mapping[str, Mapping[tuple[str, date], Row]]:
        """By territory, the rows of its quality scores, by dimension and first day of the month."""
        found: dict[str, dict[tuple[str, date], Row]] = defaultdict(dict)
        for row in self.rows("quality_score"):
            instance = row["territory"].partition(":")[2]
            found[instance][row["dimension"], row["period_start"]] = row
        return found

    def scores_by_month(self, instance_id: str) -> dict[date, Decimal]:
        """Return the quality scores of a territory that were published, by the first day of the month."""
        rows = self.quality_scores.get(instance_id, {})
        return {
            month: row["score"]
            for (dimension, month), row in rows.items()
            if dimension == WHOLE and row["score"] is not None
        }

    @cached_property
    def counted_to_a_day(self) -> frozenset[str]:
        """The indicators that are counted from the beginning to the end of a period."""
        kinds = ("stock", "stock ratio", "cumulative ratio", "index")
        return frozenset(row["indicator_id"] for row in self.rows("indicator") if row["kind"] in kinds)

    @cached_property
    def years(self) -> list[int]:
        """The closed years, newest first."""
        found = self.figures.get(NETWORK, ())
        return sorted({f.period_start.year for f in found if f.period_type == "year"}, reverse=True)

    @cached_property
    def months(self) -> list[date]:
        """The first days of the closed months, oldest first."""
        found = self.figures.get(NETWORK, ())
        return sorted({f.period_start for f in found if f.period_type == "month"})

    @cached_property
    def last_month_end(self) -> date:
        """The last day of the last closed month; of the release before any."""
        return last_day("month", self.months[-1]) if self.months else self.release.as_of

    @cached_property
    def data_ends(self) -> dict[str, str]:
        """The last day known of every territory, by name, as files write it."""
        return {t.name: t.data_to.isoformat() for t in self.territories.values() if t.data_to}

    def rule(self, name: str) -> str:
        """Return a rule of disclosure control as the policy of the release has it."""
        return next((str(row["value"]) for row in self.rows("policy") if row["rule"] == name), "")

    def scopes(self, scope_type: str) -> list[str]:
        """Return the ids of the scopes of a kind that have any figure, ordered."""
        return sorted(scope_id for kind, scope_id in self.figures if kind == scope_type)

    def of(self, scope: Scope, indicator_id: str, **where: object) -> list[PublishedFigure]:
        """Return the figures of one indicator for a scope, oldest first; `where`: period_type,
        area, period_start."""
        wanted = {"area": "ALL"} | where
        found = self._by_indicator[scope].get(indicator_id, ())
        return [f for f in found if all(getattr(f, name) == value for name, value in wanted.items())]

    def year(self, scope: Scope, indicator_id: str, year: int, area: str = "ALL") -> PublishedFigure | None:
        """Return the figure of a year, or None where none was published."""
        return self._of_years[scope].get((indicator_id, year, area))

    def latest(self, scope: Scope, indicator_id: str) -> PublishedFigure | None:
        """Return the figure of the last closed month, or None: of what is counted up to a day."""
        found = self.of(scope, indicator_id, period_type="month")
        return found[-1] if found else None


_FIGURES = """
select indicator_id, scope_type, scope_id, item, area, period_type, period_start,
    case when mark in ('value', 'zero') then numerator end as numerator,
    case when mark in ('value', 'zero') then denominator end as denominator,
    case when mark in ('value', 'zero') then value end as value,
    case when mark in ('value', 'zero') then ci_low end as ci_low,
    case when mark in ('value', 'zero') then ci_high end as ci_high,
    coalesce(mark, 'suppressed') as mark, n_instances, n_instances_expected, data_to
from public_side.publication.indicator_value
where item = 'ALL' and (period_type <> 'month' or list_contains($by_month, indicator_id) or period_start = (
    select max(period_start) from public_side.publication.indicator_value where period_type = 'month'))
order by scope_type, scope_id, indicator_id, area, period_type, period_start
"""


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, values: Row | None = None) -> list[Row]:
    found = connection.execute(sql, values or {})
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _indicator(row: Row) -> Indicator:
    return Indicator(
        row["indicator_id"],
        row["name_it"],
        row["name_en"],
        row["unit"],
        row["definition_it"] or "",
        row["definition_en"] or "",
        row["formula"] or "",
    )


def _territory(rows: Sequence[Row]) -> Territory:
    first = rows[0]
    comuni = [
        Comune(
            row["istat_comune"],
            row["comune_name"],
            row["residents"],
            row["residents_source"] or "",
            row["residents_date"],
        )
        for row in rows
        if row["istat_comune"] and row["comune_name"]
    ]
    return Territory(
        first["instance_id"],
        first["name"],
        first["seat"] or "",
        first["region_code"] or "",
        first["region_name"] or "",
        first["data_from"],
        first["data_to"],
        sorted(comuni, key=lambda comune: (comune.name, comune.istat)),
    )
