"""The export contract, read from its schema files.

Arrives: the Table Schemas of version 1.0 in `v1/` and, for every later version, what it adds
(`v<version>/migration.yaml`), and between which days a date is plausible (`bounds.yaml`).
Leaves: typed, read-only descriptions of the entities and their columns, which every other module walks. How a
version follows from another does not belong here (`migration`), nor rules that no schema file can
say: check digits, reversals (`validation.row_rules`, `validation.history_rules`).
"""

import copy
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from ingestion.contract.migration import migrated

# The C loader where PyYAML was built with it: the schemas are read at every start.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
CONTRACT_NAME = "welfare-export"
# In the order in which they follow each other. Exports of all of them are accepted.
VERSIONS = ("1.0", "1.1")
CURRENT_VERSION = VERSIONS[-1]
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Bounds:
    """The days between which a date is plausible, both included.

    `open_end` is a day beyond them that says that something has no end. `after_created`: how many days
    after the export was made a date may lie, None where that does not matter. `days`: the longest
    span, None likewise.
    """

    first: date
    last: date
    open_end: date | None = None
    after_created: int | None = None
    days: int | None = None


@dataclass(frozen=True)
class Field:
    """One column of an entity. `decimals` is None for all types but number; `personal` is None, direct,
    quasi, sensitive; `bounds` is None for all but dates and datetimes.
    """

    name: str
    type: str
    description: str
    required: bool
    enum: tuple[str, ...]
    pattern: str | None
    minimum: int | None
    maximum: int | None
    bounds: Bounds | None
    decimals: int | None
    personal: str | None

    @property
    def is_euro(self) -> bool:
        """A number with two decimals is an amount in euro."""
        return self.decimals == 2

    @property
    def is_identifier(self) -> bool:
        """True for an id, or a reference to one."""
        return self.type == "string" and (self.name == "record_id" or self.name.endswith("_id"))

    @property
    def is_code(self) -> bool:
        """True for text that a spreadsheet may have taken for a number: ids, codes, numbers of
        acts and registers.
        """
        coded = ("_code", "_number", "_ref", "_value")
        return (
            self.type == "string"
            and not self.enum
            and (
                self.is_identifier
                or self.pattern is not None
                or self.name.endswith(coded)
                or self.name in ("code", "measure")
            )
        )


@dataclass(frozen=True)
class Reference:
    """A column that names a record of another entity, perhaps of an earlier export."""

    field: str
    entity: str


@dataclass(frozen=True)
class Entity:
    """One entity: how its rows live (`semantics`: reference, state or ledger) and its columns,
    in contract order.

    `later` are the columns that later versions added: an export of this version cannot name them, and the raw
    layer holds them empty, so that one history runs over all versions.
    """

    name: str
    semantics: str
    mandatory: bool
    description: str
    fields: tuple[Field, ...]
    references: tuple[Reference, ...]
    later: tuple[Field, ...] = ()

    def __hash__(self) -> int:
        return hash(self.name)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Column names in contract order."""
        return tuple(field.name for field in self.fields)

    @cached_property
    def numbers(self) -> tuple[Field, ...]:
        """The columns that a control total is declared for."""
        return tuple(field for field in self.fields if field.type == "number")

    @property
    def is_ledger(self) -> bool:
        """True for an append-only entity."""
        return self.semantics == "ledger"

    @cached_property
    def person_columns(self) -> tuple[str, ...]:
        """Columns that name a person; for `person` itself, its record_id."""
        if self.name == "person":
            return ("record_id",)
        return tuple(reference.field for reference in self.references if reference.entity == "person")

    def field(self, name: str) -> Field:
        """Return the column `name`; KeyError if the entity has none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.name} has no column {name}")

    def has(self, name: str) -> bool:
        """True if the entity has a column `name`."""
        return name in self.columns


@dataclass(frozen=True)
class Contract:
    """The entities of one version, by name, in alphabetical order. `period` bounds what an export
    says of itself.
    """

    version: str
    entities: dict[str, Entity]
    schemas: dict[str, dict]
    period: Bounds


def _fields(schema: dict, bounds: dict) -> tuple[Field, ...]:
    fields = []
    for declared in schema["fields"]:
        constraints = declared.get("constraints", {})
        is_day = declared["type"] in ("date", "datetime")
        fields.append(
            Field(
                name=declared["name"],
                type=declared["type"],
                description=declared.get("description", ""),
                required=constraints.get("required", False),
                enum=tuple(constraints.get("enum", ())),
                pattern=constraints.get("pattern"),
                minimum=None if is_day else constraints.get("minimum"),
                maximum=None if is_day else constraints.get("maximum"),
                bounds=_bounds_of(bounds, schema["name"], declared["name"]) if is_day else None,
                decimals=declared["decimals"] if declared["type"] == "number" else None,
                personal=declared.get("personal"),
            )
        )
    return tuple(fields)


def _entity(schema: dict, latest: dict, bounds: dict) -> Entity:
    fields = _fields(schema, bounds)
    return Entity(
        name=schema["name"],
        semantics=schema["semantics"],
        mandatory=schema["mandatory"],
        description=schema["description"],
        fields=fields,
        references=tuple(Reference(r["field"], r["entity"]) for r in schema.get("references", ())),
        # A migration only appends, so that the columns of every version stand in the same order.
        later=_fields(latest, bounds)[len(fields) :],
    )


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)


@cache
def _bounds(version: str) -> dict[str, Any]:
    told = _read(_FOLDER / "bounds.yaml")
    return told[next(each for each in reversed(VERSIONS[: VERSIONS.index(version) + 1]) if each in told)]


def _bounds_of(bounds: dict, entity: str, column: str) -> Bounds:
    return Bounds(**bounds["kinds"][bounds["columns"].get(f"{entity}.{column}", "fact")])


@cache
def _schemas(version: str) -> dict[str, dict]:
    """Return the Table Schemas of a version, its bounds among their constraints."""
    bounds, schemas = _bounds(version), copy.deepcopy(_plain_schemas(version))
    for name, schema in schemas.items():
        for declared in schema["fields"]:
            limits = bounds["years"].get(f"{name}.{declared['name']}")
            if declared["type"] == "date":
                told = _bounds_of(bounds, name, declared["name"])
                limits = {"first": told.first.isoformat(), "last": (told.open_end or told.last).isoformat()}
            if limits:
                constraints = declared.setdefault("constraints", {})
                constraints |= {"minimum": limits["first"], "maximum": limits["last"]}
    return schemas


@cache
def _plain_schemas(version: str) -> dict[str, dict]:
    place = VERSIONS.index(version)
    if place == 0:
        tables = [_read(path) for path in sorted((_FOLDER / "v1").glob("*.yaml"))]
        return {schema["name"]: schema for schema in tables}
    follows, path = VERSIONS[place - 1], _FOLDER / f"v{version}" / "migration.yaml"
    return migrated(_plain_schemas(follows), _read(path), follows=follows, version=version, place=path)


@cache
def load_contract(version: str = CURRENT_VERSION) -> Contract:
    """Return the contract of `version`; KeyError if this receiver does not know that version.

    The schemas are to be read only.
    """
    if version not in VERSIONS:
        raise KeyError(version)
    schemas, latest, bounds = _schemas(version), _schemas(CURRENT_VERSION), _bounds(version)
    entities = {name: _entity(schema, latest[name], bounds) for name, schema in schemas.items()}
    return Contract(version, entities, schemas, Bounds(**bounds["period"]))
