"""The cells of the public tables, taken from the marts.

The warehouse, attached read only, the table list and the closed periods arrive; a system of cells with their
true values leaves. Nothing is computed here that an indicator already says, and nothing is hidden here.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import duckdb

from publication.calendar import Period, closed_periods
from publication.cells import NOT_COLLECTED, Cell, CellSystem, Figure
from publication.contributions import SOURCE, count_contributions
from publication.policy import DisclosurePolicy
from publication.scope import NETWORK, Scope
from publication.table_list import Measure, PublicTable, TableList


class CellExtraction:
    """One reading of the warehouse. `marts` is the schema, for instance `warehouse.marts`."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        marts: str,
        table_list: TableList,
        policy: DisclosurePolicy,
        as_of: date,
        kept: dict[str, dict[str, str]] | None = None,
    ):
        # Where a provider or a grant stood when it was first published: sums that were printed must go on
        # coming out when it is registered otherwise later.
        self._kept = kept or {}
        self._connection = connection
        self._marts = marts
        self._list = table_list
        self._policy = policy
        self._present = {
            name
            for (name,) in connection.execute(
                "select table_name from information_schema.tables "
                "where table_catalog = $catalog and table_schema = $schema",
                dict(zip(("catalog", "schema"), marts.split("."), strict=True)),
            ).fetchall()
        }
        [(first,)] = connection.execute(f"select min(first_period_from) from {marts}.dim_instance").fetchall()
        self._periods = {
            kind: closed_periods(kind, first, as_of, policy.calendar[kind]) if first else []
            for kind in ("month", "quarter", "year")
        }

    def periods(self, kind: str) -> list[Period]:
        """The closed periods of one kind, oldest first."""
        return self._periods[kind]

    def has(self, mart: str) -> bool:
        """Whether the warehouse has this mart."""
        return mart in self._present

    def system(self) -> CellSystem:
        """Gather every table that the warehouse can fill."""
        system = CellSystem(hierarchies=self._hierarchies())
        for table in self._list.tables:
            if table.source in self._present:
                self._gather(system, table)
        return system

    def _hierarchies(self) -> dict[str, dict[str, str]]:
        territory: dict[str, str] = {}
        for instance, province, region in self._connection.execute(f"""
                select instance_id, province_code, region_code from {self._marts}.dim_instance
                where first_period_from is not null order by 1""").fetchall():
            chain = [str(Scope("instance", instance))]
            chain += [f"province:{province}"] if province else []
            chain += [str(Scope("region", region))] if region else []
            territory |= dict(zip(chain, [*chain[1:], NETWORK], strict=True))
        totals = self._list.totals
        areas = dict.fromkeys(
            (
                area
                for table in self._list.tables
                for area in (*table.areas, table.fixed.get("area"))
                if area not in (None, totals["area"])
            ),
            totals["area"],
        )
        period = {quarter.name: quarter.year for quarter in self._periods["quarter"]}
        trees = {dimension: dict(tree) for dimension, tree in self._list.trees.items()}
        trees["provider"] = self._kinds() | self._kept.get("provider", {}) | trees["provider"]
        trees["award"] = self._awards() | self._kept.get("award", {})
        return {"territory": territory, "area": areas, "period": period, **trees}

    def _kinds(self) -> dict[str, str]:
        """The kind of every provider, as the mart of contributions groups them."""
        if SOURCE not in self._present:
            return {}
        return dict(
            self._connection.execute(f"""
            select tax_code, provider_group from {self._marts}.dim_organisation
            where is_provider order by 1""").fetchall()
        )

    def _awards(self) -> dict[str, str]:
        """The funder of every grant; a grant whose funder nobody knows stands alone."""
        return dict(
            self._connection.execute(f"""
            select 'grant:' || grant_key, 'funder:' || funder_tax_code from {self._marts}.dim_grant
            where funder_tax_code is not null order by 1""").fetchall()
        )

    def _territories(self, table: PublicTable, period: Period) -> list[str]:
        """The territories of the table's scopes whose data have begun by the end of the period."""
        scopes = {
            NETWORK: "'network'",
            "region": "'region:' || region_code",
            "province": "'province:' || province_code",
            "instance": "'instance:' || instance_id",
        }
        names: list[str] = []
        floor = self._populations() if table.needs_population_floor else None
        for scope in table.scopes:
            found = [
                name
                for (name,) in self._connection.execute(
                    f"""
                select distinct {scopes[scope]} from {self._marts}.dim_instance
                where first_period_from <= $end and {scopes[scope]} is not null order by 1""",
                    {"end": period.end},
                ).fetchall()
            ]
            names += [
                name for name in found if floor is None or floor.get(name, 0) >= self._policy.population_floor
            ]
        return names

    def _populations(self) -> dict[str, int]:
        """Residents by territory, as the indicator per 1,000 residents divides by them."""
        return {
            f"{scope}:{scope_id}": int(residents)
            for scope, scope_id, residents in self._connection.execute(f"""
            select scope_type, scope_id, max(denominator) from {self._marts}.indicator_value
            where indicator_id = 'persons_per_1000' and denominator is not null group by all""").fetchall()
        }

    def _gather(self, system: CellSystem, table: PublicTable) -> None:
        measures = [self._list.measures[name] for name in table.measures]
        if table.source == SOURCE:
            figures = {
                measure.name: count_contributions(
                    self._connection,
                    self._marts,
                    measure,
                    self._list,
                    system,
                    self._periods[table.period],
                    table.members,
                )
                | self._not_collected(measure, table)
                for measure in measures
            }
        else:
            figures = {measure.name: self._figures(measure, table) for measure in measures}
        system.rows[table.name] = []
        for period in self._periods[table.period]:
            for row in self._grid(table, period, figures):
                system.rows[table.name].append(row)
                for measure in measures:
                    at = tuple(row.get(d, table.fixed.get(d, "")) for d in measure.dimensions)
                    figure = figures[measure.name].get(at, Figure(Decimal(0), 0))
                    system.add(
                        Cell(
                            measure.name,
                            at,
                            figure.value,
                            figure.persons,
                            max(table.threshold, self._policy.high) if figure.all_high else table.threshold,
                            largest=figure.largest,
                            second=figure.second,
                            contributed=figure.contributed,
                            absent=NOT_COLLECTED if figure.status == NOT_COLLECTED else None,
                        )
                    )

    def _not_collected(self, measure: Measure, table: PublicTable) -> dict[tuple[str, ...], Figure]:
        """The places of territories that never send what the measure counts."""
        if measure.collected_as is None:
            return {}
        names = {period.start: period.name for period in self._periods[table.period]}
        missing = self._connection.execute(
            f"""
            select scope_type || ':' || scope_id, period_start from {self._marts}.indicator_value
            where indicator_id = $indicator and scope_type = 'instance' and period_type = $period
                and status = 'not_collected'""",
            {"indicator": measure.collected_as, "period": table.period},
        ).fetchall()
        return {
            tuple(place[d] for d in measure.dimensions): Figure(Decimal(0), 0, NOT_COLLECTED)
            for territory, start in missing
            if start in names
            for member in table.members["request"]
            for place in [{"territory": territory, "period": names[start], "request": member}]
        }

    def _grid(self, table: PublicTable, period: Period, figures: dict[str, dict]) -> Iterable[dict[str, str]]:
        """Every place of the table in the period as dimension -> member: zeros are said, not left out."""
        members: dict[str, list[str]] = {"period": [period.name]}
        columns = set(table.columns.values())
        if "territory" in columns:
            members["territory"] = self._territories(table, period)
        if "area" in columns:
            members["area"] = list(table.areas)
        measure = self._list.measures[table.measures[0]]
        for dimension in columns - set(members):
            index = measure.dimensions.index(dimension)
            tree = self._list.trees.get(dimension) if table.source == SOURCE else None
            seen = {
                at[index]
                for of_measure in figures.values()
                for at in of_measure
                # A call has rows in the years in which somebody applied to it; a provider in all.
                if table.source != SOURCE or at[measure.dimensions.index("period")] == period.name
            }
            members[dimension] = sorted(
                table.members.get(dimension, {*tree, *tree.values()} if tree else seen)
            )
        rows: list[dict[str, str]] = [{}]
        for dimension in table.columns.values():
            rows = [row | {dimension: member} for row in rows for member in members[dimension]]
        return rows

    def _figures(self, measure: Measure, table: PublicTable) -> dict[tuple[str, ...], Figure]:
        """The figures by place, in the order of the measure's dimensions."""
        rows = (
            self._target_groups(measure, table)
            if table.source != "indicator_value"
            else self._indicator(measure, table)
        )
        names = {period.start: period.name for period in self._periods[table.period]}
        areas = {*table.areas, table.fixed.get("area")}
        figures = {}
        for scope, scope_id, area, start, age_band, sex, value, persons, status in rows:
            if start not in names or area not in areas:
                continue
            place = dict(table.fixed)
            place |= {"period": names[start], "area": area, "age_band": age_band, "sex": sex}
            if scope in ("provider", "funder"):
                place[scope] = scope_id
            else:
                place["territory"] = str(Scope(scope, scope_id))
            figures[tuple(place[d] for d in measure.dimensions)] = Figure(
                Decimal(value or 0), persons or 0, status
            )
        return figures

    def _indicator(self, measure: Measure, table: PublicTable) -> list[tuple]:
        totals = self._list.totals
        return self._connection.execute(
            f"""
            select scope_type, scope_id, area, period_start, $age_band, $sex, numerator, n_persons, status
            from {self._marts}.indicator_value
            where indicator_id = $indicator and list_contains($scopes, scope_type) and period_type = $period
                and item = 'ALL' and population_group = 'ALL' and status in ('ok', 'not_collected')
            order by all""",
            {
                "indicator": measure.indicator,
                "scopes": list(table.scopes),
                "period": table.period,
                "age_band": totals["age_band"],
                "sex": totals["sex"],
            },
        ).fetchall()

    def _target_groups(self, measure: Measure, table: PublicTable) -> list[tuple]:
        column = "persons" if measure.kind == "count" else "deliveries"
        return self._connection.execute(
            f"""
            select scope_type, scope_id, area, period_start, age_band, sex, {column}, persons, 'ok'
            from {self._marts}.persons_by_target_group
            where list_contains($scopes, scope_type) order by all""",
            {"scopes": list(table.scopes)},
        ).fetchall()
