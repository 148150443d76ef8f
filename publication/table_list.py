"""The fixed list of public tables, read from `tables.yaml`.

One YAML file and the disclosure policy arrive; measures and tables leave, with the areas of the higher
threshold spread over tables of their own. What stands in the cells does not belong here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from publication.policy import DisclosurePolicy

TABLES_FILE = Path(__file__).with_name("tables.yaml")
COUNT = "count"
AMOUNT = "amount"
WAIT_BAND = "wait_band"


@dataclass(frozen=True)
class Measure:
    """What a cell holds. A cell's coordinates are in the order of `dimensions`.

    `indicator` is the one whose cells it has; without one it is counted from contributions of persons, and
    `of` says what of them: persons, n (how many) or amount. `counted_at` maps a dimension of an amount to
    that of its count where the two differ. `collected_as` is the indicator that is not collected
    where this measure is not. `sensitive` maps a dimension to those of its members that must not be told of
    everybody in a place; None is all of them.
    """

    name: str
    kind: str
    dimensions: tuple[str, ...]
    additive: frozenset[str]
    count: str | None
    at_least_count: bool
    whole: bool
    money: bool
    indicator: str | None
    collected_as: str | None
    counted_at: dict[str, str]
    of: str
    sensitive: dict[str, frozenset[str] | None]

    @property
    def distinct_over(self) -> tuple[str, ...]:
        """The dimensions over which the measure does not add up."""
        return tuple(dimension for dimension in self.dimensions if dimension not in self.additive)


@dataclass(frozen=True)
class PublicTable:
    """One file of the release: which cells of which measures. `columns` maps a column to its dimension."""

    name: str
    it: str
    en: str
    measures: tuple[str, ...]
    columns: dict[str, str]
    fixed: dict[str, str]
    source: str
    scopes: tuple[str, ...]
    period: str
    areas: tuple[str, ...]
    members: dict[str, tuple[str, ...]]
    threshold: int
    needs_population_floor: bool


@dataclass(frozen=True)
class LateTable:
    """What the months of the open table hold about earlier months."""

    name: str
    it: str
    en: str


@dataclass(frozen=True)
class OpenTable:
    """Figures that are public by law and exact, and beside them what was told late in them."""

    name: str
    it: str
    en: str
    concentration: str
    periods: tuple[str, ...]
    late: LateTable


@dataclass(frozen=True)
class OrganisationTable:
    """Applications of organisations by call and stage, public and exact."""

    name: str
    it: str
    en: str


@dataclass(frozen=True)
class DerivedFigure:
    """An indicator computed exactly from a cell and public numbers."""

    indicator: str
    measure: str
    times: int


@dataclass(frozen=True)
class TableList:
    """Everything that is published."""

    totals: dict[str, str]
    trees: dict[str, dict[str, str]]
    nested: frozenset[str]
    measures: dict[str, Measure]
    tables: tuple[PublicTable, ...]
    derived: tuple[DerivedFigure, ...]
    open: OpenTable
    organisations: OrganisationTable

    @property
    def everything(self) -> tuple["PublicTable | OpenTable | LateTable | OrganisationTable", ...]:
        """Every table that may be published, the protected ones first."""
        return (*self.tables, self.open, self.open.late, self.organisations)

    @cached_property
    def by_name(self) -> dict[str, PublicTable]:
        """The tables by name."""
        return {table.name: table for table in self.tables}


def load_table_list(policy: DisclosurePolicy, areas: list[str], path: Path = TABLES_FILE) -> TableList:
    """Read the list for the areas of need that the warehouse knows (without ALL)."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    totals = document["totals"]
    measures = {name: _measure(name, entry) for name, entry in document["measures"].items()}
    high = [area for area in areas if area in policy.high_areas]
    others = [area for area in areas if area not in policy.high_areas]
    bands = policy.wait_band_names
    tables: list[PublicTable] = []
    for entry in document["tables"]:
        if entry["areas"] == "high":
            tables += [_table(entry, (area,), policy.high, measures, totals, area, bands) for area in high]
        else:
            of_table = (totals["area"],) if entry["areas"] == "total" else (totals["area"], *others)
            tables.append(_table(entry, of_table, policy.normal, measures, totals, None, bands))
    open_table = document["open"]
    return TableList(
        totals=totals,
        trees={
            dimension: {
                member: parent for child, parent in tree.items() for member in _spread([child], bands)
            }
            for dimension, tree in document["trees"].items()
        },
        nested=frozenset(document["nested"]),
        measures=measures,
        tables=tuple(tables),
        derived=tuple(DerivedFigure(d["indicator"], d["from"], d["times"]) for d in document["derived"]),
        open=OpenTable(
            open_table["name"],
            open_table["it"],
            open_table["en"],
            open_table["concentration"],
            tuple(open_table["periods"]),
            LateTable(**open_table["late"]),
        ),
        organisations=OrganisationTable(**document["organisations"]),
    )


def _spread(members: Sequence[str], bands: Sequence[str]) -> tuple[str, ...]:
    """Put the bands of the policy in the place of `wait_band`."""
    return tuple(name for member in members for name in (bands if member == WAIT_BAND else (member,)))


def _measure(name: str, entry: dict) -> Measure:
    return Measure(
        name=name,
        kind=entry["kind"],
        dimensions=tuple(entry["dimensions"]),
        additive=frozenset(entry["additive"]),
        count=entry.get("count"),
        at_least_count=entry.get("at_least_count", False),
        whole=entry.get("whole", entry["kind"] == COUNT),
        money=entry.get("money", False),
        indicator=entry.get("indicator"),
        collected_as=entry.get("collected_as"),
        counted_at=entry.get("counted_at", {}),
        of=entry.get("of", "persons" if entry["kind"] == COUNT else "amount"),
        sensitive={
            dimension: None if members == "all" else frozenset(members)
            for dimension, members in entry.get("sensitive", {}).items()
        },
    )


def _table(
    entry: dict,
    areas: tuple[str, ...],
    threshold: int,
    measures: dict[str, Measure],
    totals: dict[str, str],
    high_area: str | None,
    bands: Sequence[str],
) -> PublicTable:
    name = entry["name"] if high_area is None else entry["name"].removesuffix("high") + high_area.lower()
    dimensions = dict.fromkeys(d for measure in entry["measures"] for d in measures[measure].dimensions)
    columns = entry["dimensions"]
    fixed = {d: totals[d] for d in dimensions if d not in columns.values()}
    if high_area is not None:
        fixed["area"] = high_area
    return PublicTable(
        name=name,
        it=entry["it"] if high_area is None else f"{entry['it']} ({high_area})",
        en=entry["en"] if high_area is None else f"{entry['en']} ({high_area})",
        measures=tuple(entry["measures"]),
        columns=columns,
        fixed=fixed,
        source=entry.get("source", "indicator_value"),
        scopes=tuple(entry.get("scopes", ())),
        period=entry["period"],
        areas=areas,
        members={d: _spread(members, bands) for d, members in entry.get("members", {}).items()},
        threshold=threshold,
        needs_population_floor=entry.get("population_floor", False),
    )
