"""What a pack reads of one release: its databases arrive, figures and plain records leave.

Everything is read-only and parameterised. Figures come with the marks that publication gave, so that a number
about few persons never leaves the database: a pack is made to be handed on, whoever asks for it. What is said
of the figures does not belong here.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from core.sql import literal
from dashboards.figures import Figure, Indicator
from dashboards.marked_columns import PROTECTED_MARK, marked_cells
from dashboards.packs.disclosure import Key, Thresholds, concealed
from dashboards.release import DATABASE, Release

Row = dict[str, Any]

_OF_SUBJECT = """from marts.indicator_value where scope_type = $scope_type and scope_id = $scope_id
    and period_type = $period_type and population_group = 'ALL'"""
_FIGURES = f"{marked_cells(PROTECTED_MARK, _OF_SUBJECT)} order by indicator_id, item, area, period_start"

_PUBLISHED = """
select indicator_id, item, area, period_start from publication.indicator_value
where scope_type = $scope_type and scope_id = $scope_id and period_type = $period_type
    and population_group = 'ALL'
"""

# One row per cost category, from the beginning to the last day; variance = reported less budget.
_CATEGORIES = """
select cost_category, budget, reported, admitted, reported - budget as variance,
    case when budget > 0 then (reported - budget) / budget end as variance_share
from marts.grant_cost_category where grant_key = $grant
order by list_position($order, cost_category), cost_category
"""

_TARGETS = """
select measure, baseline, target, due_on from marts.dim_grant_target
where grant_key = $grant and not is_removed
order by measure, due_on
"""

_OUTCOMES = """
select distinct outcome_indicator_key, outcome_name, outcome_unit, scale_min, scale_max
from marts.outcome_overview where grant_key = $grant order by outcome_indicator_key
"""

_WARNINGS = """
select kind, count(*) as cases, sum(amount) as amount from marts.grant_warning
where grant_id = $grant group by kind order by kind
"""

_CHECKS = """
select gate, check_name, passed, observed_count, total_count, severity, detail_it, detail_en
from quality.check_result order by passed, gate, check_name
"""

_EXPORTS = """
select instance_id, export_id, sequence, period_from, period_to, created, content_sha256,
    received, loaded, known, quarantined
from quality.export_log where status = 'accepted' and list_contains($instances, instance_id)
order by instance_id, sequence, export_id
"""

# By entity and money column, what the senders declared against what is accounted for.
_RECONCILIATION = """
select entity, "column" as column_name, sum(declared) as declared, sum(loaded) as loaded, sum(known) as known,
    sum(quarantined) as quarantined, sum(gap) as gap
from quality.reconciliation
where is_euro and declared is not null and list_contains($instances, instance_id)
group by entity, "column" order by entity, "column"
"""

_RECEIVED = """
select payer_tax_code, payer_name, received_eur, mark, reasons, first_received_on, last_received_on,
    provider_total_eur, above_threshold
from publication.l124_grants where provider_tax_code = $provider and year::varchar = $year
order by payer_name, payer_tax_code
"""


@dataclass(frozen=True)
class ReleaseReader:
    """An open release. `connect` opens one and closes it."""

    release: Release
    _private: duckdb.DuckDBPyConnection
    _public: duckdb.DuckDBPyConnection | None

    @property
    def as_of(self) -> date:
        """The last day that the release covers."""
        return self.release.as_of

    @cached_property
    def indicators(self) -> dict[str, Indicator]:
        """The registry's words for every indicator."""
        rows = self._rows("select * from marts.dim_indicator order by indicator_id")
        return {row["indicator_id"]: Indicator.of(row) for row in rows}

    def figures(self, scope_type: str, scope_id: str, period_type: str) -> dict[Key, Figure]:
        """Return all cells of a scope about everybody, in all periods of a type: what publication hid is
        hidden, and what would tell it."""
        where = {"scope_type": scope_type, "scope_id": scope_id, "period_type": period_type}
        found = [Figure(**row) for row in self._rows(_FIGURES, **where)]
        cells = {(f.indicator_id, f.item, f.area, f.period_start): f for f in found}
        published: set[Key] = set()
        if self._public is not None:
            published = {
                (row["indicator_id"], row["item"], row["area"], row["period_start"])
                for row in _records(self._public, _PUBLISHED, **where)
            }
        return concealed(cells, self._thresholds, published)

    @cached_property
    def _thresholds(self) -> Thresholds:
        if self._public is None or not self._holds("publication", "policy", self._public):
            return Thresholds()
        rules = {
            row["rule"]: row["value"] for row in _records(self._public, "select * from publication.policy")
        }
        usual = Thresholds()
        return Thresholds(
            int(rules.get("thresholds.normal", usual.normal)),
            int(rules.get("thresholds.high", usual.high)),
            frozenset(rules["high.areas"].split()) if "high.areas" in rules else usual.high_areas,
        )

    def grant(self, grant_key: str) -> Row | None:
        """Return the grant, or None; one that its territory removed is none."""
        found = self._rows(
            "select * from marts.dim_grant where grant_key = $grant and not is_removed", grant=grant_key
        )
        return found[0] if found else None

    def territory(self, instance_id: str) -> Row | None:
        """Return the territory, or None."""
        found = self._rows("select * from marts.dim_instance where instance_id = $id", id=instance_id)
        return found[0] if found else None

    def provider(self, tax_code: str) -> Row | None:
        """Return the provider, or None for an organisation that delivers nothing."""
        found = self._rows(
            "select * from marts.dim_organisation where tax_code = $id and is_provider "
            "order by organisation_name",
            id=tax_code,
        )
        return found[0] if found else None

    def call_title(self, call_key: str | None) -> str | None:
        """Return the title of a call, or None."""
        found = self._rows("select title from marts.dim_call where call_key = $call", call=call_key)
        return found[0]["title"] if found else None

    def cost_categories(self, grant_key: str, order: Sequence[str]) -> list[Row] | None:
        """Return cost_category, budget, reported, admitted, variance (euro) and variance_share of a grant, in
        the order given; None where the release does not hold them."""
        if not self._holds("marts", "grant_cost_category"):
            return None
        return self._rows(_CATEGORIES, grant=grant_key, order=list(order))

    def targets(self, grant_key: str) -> list[Row] | None:
        """Return measure, baseline, target and due_on of what a grant promised; None where the release does
        not hold it."""
        if not self._holds("marts", "dim_grant_target"):
            return None
        return self._rows(_TARGETS, grant=grant_key)

    def outcomes(self, grant_key: str) -> dict[str, Row]:
        """Return the scales a grant measures by, by their key."""
        return {row["outcome_indicator_key"]: row for row in self._rows(_OUTCOMES, grant=grant_key)}

    def warnings(self, grant_key: str) -> dict[str, Row]:
        """Return kind, cases and amount (euro) of what is to be asked about a grant, by kind."""
        return {row["kind"]: row for row in self._rows(_WARNINGS, grant=grant_key)}

    def checks(self) -> list[Row]:
        """Return the checks of the release, failed ones first."""
        return self._rows(_CHECKS)

    def exports(self, instances: Sequence[str]) -> list[Row]:
        """Return the accepted exports of some territories, in their order."""
        return self._rows(_EXPORTS, instances=list(instances))

    def reconciliation(self, instances: Sequence[str]) -> list[Row]:
        """Return the euro that some territories declared against those accounted for."""
        return self._rows(_RECONCILIATION, instances=list(instances))

    def received_from_public_bodies(self, tax_code: str, year: int) -> list[Row] | None:
        """Return what the list of L. 124/2017 says that an organisation received in a year, by payer; None
        where the release has no such list."""
        if self._public is None or not self._holds("publication", "l124_grants", self._public):
            return None
        return _records(self._public, _RECEIVED, provider=tax_code, year=str(year))

    def _rows(self, sql: str, **parameters: object) -> list[Row]:
        return _records(self._private, sql, **parameters)

    def _holds(self, schema: str, table: str, connection: duckdb.DuckDBPyConnection | None = None) -> bool:
        found = _records(
            connection or self._private,
            "select 1 from duckdb_tables() where schema_name = $schema and table_name = $table",
            schema=schema,
            table=table,
        )
        return bool(found)


@contextmanager
def connect(release: Release) -> Iterator[ReleaseReader]:
    """Open a release for reading, and close it again."""
    public = Path(release.database).parents[1] / "public" / DATABASE
    with _opened(Path(release.database)) as private:
        if not public.is_file():
            yield ReleaseReader(release, private, None)
            return
        with _opened(public) as published:
            yield ReleaseReader(release, private, published)


@contextmanager
def _opened(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    # Attached and not opened: a page may have the same file open in this process, with settings of its own.
    with duckdb.connect(":memory:", config={"threads": 2}) as connection:
        connection.execute(f"attach {literal(database)} as release (read_only)")
        connection.execute("use release")
        yield connection


def _records(connection: duckdb.DuckDBPyConnection, sql: str, **parameters: object) -> list[Row]:
    found = connection.execute(sql, parameters)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def total(rows: Sequence[Row], column: str) -> Decimal:
    """Return the sum of a money column, to the cent."""
    return sum((Decimal(row[column] or 0) for row in rows), Decimal(0))
