"""The fixed list of public tables, read from `tables.yaml`.

One YAML file and the disclosure policy arrive; measures and tables leave, with the areas of the higher
threshold spread over tables of their own. What stands in the cells does not belong here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from core.errors import Kind
from core.yaml_models import Members, Several, YamlModel, problem, read_yaml
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


class LateTable(YamlModel):
    """What the months of the open table hold about earlier months."""

    name: str
    it: str
    en: str


class OpenTable(YamlModel):
    """Figures that are public by law and exact, and beside them what was told late in them."""

    name: str
    it: str
    en: str
    concentration: str
    periods: Several[str]
    late: LateTable


class OrganisationTable(YamlModel):
    """Applications of organisations by call and stage, public and exact."""

    name: str
    it: str
    en: str


class DerivedFigure(YamlModel):
    """An indicator computed exactly from a cell and public numbers."""

    indicator: str
    measure: str = Field(alias="from")
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


def _all_is_none(members: Any) -> Any:
    return None if members == "all" else members


class _Measure(YamlModel):
    kind: Literal["count", "amount"]
    dimensions: Several[str]
    additive: Members[str]
    count: str | None = None
    at_least_count: bool = False
    whole: bool | None = None
    money: bool = False
    indicator: str | None = None
    collected_as: str | None = None
    counted_at: dict[str, str] = Field(default_factory=dict)
    of: Literal["persons", "n", "amount"] | None = None
    sensitive: dict[str, Annotated[Members[str] | None, BeforeValidator(_all_is_none)]] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _names_its_dimensions(self) -> Self:
        for key in ("additive", "counted_at", "sensitive"):
            for dimension in sorted(set(getattr(self, key)) - set(self.dimensions)):
                raise problem(f"dimensions non ha {dimension}", f"dimensions lacks {dimension}", key)
        return self


class _Table(YamlModel):
    name: str
    it: str
    en: str
    measures: Annotated[Several[str], Field(min_length=1)]
    dimensions: dict[str, str]
    members: dict[str, Several[str]] = Field(default_factory=dict)
    source: str = "indicator_value"
    scopes: Several[str] = ()
    period: Literal["month", "quarter", "year"]
    areas: Literal["high", "other", "total"]
    population_floor: bool = False


class _TablesFile(YamlModel):
    totals: dict[str, str]
    trees: dict[str, dict[str, str]]
    nested: Members[str]
    measures: dict[str, _Measure]
    tables: Several[_Table]
    derived: Several[DerivedFigure]
    open: OpenTable
    organisations: OrganisationTable

    @model_validator(mode="after")
    def _names_its_measures(self) -> Self:
        named: list[tuple[str | None, tuple[str | int, ...]]] = [
            (each.count, ("measures", name, "count")) for name, each in self.measures.items()
        ]
        for number, table in enumerate(self.tables):
            named += [(name, ("tables", number, "measures")) for name in table.measures]
        named += [(each.measure, ("derived", number, "from")) for number, each in enumerate(self.derived)]
        for name, key in named:
            if name is not None and name not in self.measures:
                raise problem(f"measures non ha {name}", f"measures lacks {name}", *key)
        return self


def load_table_list(policy: DisclosurePolicy, areas: list[str], path: Path = TABLES_FILE) -> TableList:
    """Read the list for the areas of need that the warehouse knows (without ALL).

    FileUnusable for a key that is missing, unknown or of the wrong kind, or a measure that is none.
    """
    said = read_yaml(path.read_bytes(), path.name, _TablesFile, kind=Kind.COULD_NOT_RUN)
    measures = {name: _measure(name, entry) for name, entry in said.measures.items()}
    high = [area for area in areas if area in policy.high_areas]
    others = [area for area in areas if area not in policy.high_areas]
    bands, totals = policy.wait_band_names, said.totals
    tables: list[PublicTable] = []
    for entry in said.tables:
        if entry.areas == "high":
            tables += [_table(entry, (area,), policy.high, measures, totals, area, bands) for area in high]
        else:
            of_table = (totals["area"],) if entry.areas == "total" else (totals["area"], *others)
            tables.append(_table(entry, of_table, policy.normal, measures, totals, None, bands))
    return TableList(
        totals=totals,
        trees={
            dimension: {
                member: parent for child, parent in tree.items() for member in _spread([child], bands)
            }
            for dimension, tree in said.trees.items()
        },
        nested=said.nested,
        measures=measures,
        tables=tuple(tables),
        derived=said.derived,
        open=said.open,
        organisations=said.organisations,
    )


def _spread(members: Sequence[str], bands: Sequence[str]) -> tuple[str, ...]:
    """Put the bands of the policy in the place of `wait_band`."""
    return tuple(name for member in members for name in (bands if member == WAIT_BAND else (member,)))


def _measure(name: str, entry: _Measure) -> Measure:
    is_count = entry.kind == COUNT
    given = {key: getattr(entry, key) for key in _Measure.model_fields}
    given["whole"] = is_count if entry.whole is None else entry.whole
    given["of"] = entry.of or ("persons" if is_count else "amount")
    return Measure(name=name, **given)


def _table(
    entry: _Table,
    areas: tuple[str, ...],
    threshold: int,
    measures: dict[str, Measure],
    totals: dict[str, str],
    high_area: str | None,
    bands: Sequence[str],
) -> PublicTable:
    name = entry.name if high_area is None else entry.name.removesuffix("high") + high_area.lower()
    dimensions = dict.fromkeys(d for measure in entry.measures for d in measures[measure].dimensions)
    fixed = {d: totals[d] for d in dimensions if d not in entry.dimensions.values()}
    if high_area is not None:
        fixed["area"] = high_area
    return PublicTable(
        name=name,
        it=entry.it if high_area is None else f"{entry.it} ({high_area})",
        en=entry.en if high_area is None else f"{entry.en} ({high_area})",
        measures=entry.measures,
        columns=entry.dimensions,
        fixed=fixed,
        source=entry.source,
        scopes=entry.scopes,
        period=entry.period,
        areas=areas,
        members={d: _spread(members, bands) for d, members in entry.members.items()},
        threshold=threshold,
        needs_population_floor=entry.population_floor,
    )
