"""The export contract, read from its schema files.

Arrives: the Table Schemas in `contracts/<version>/`. Leaves: typed, read-only descriptions of the entities
and their columns, which every other module walks. Rules that no schema file can say (check digits, reversals)
do not belong here: they are in `row_rules` and `history`.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import yaml

# The C loader where PyYAML was built with it: the schemas are read at every start.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
CONTRACT_NAME = "welfare-export"
CONTRACT_FOLDERS = {"1.0": "v1"}
CURRENT_VERSION = "1.0"


@dataclass(frozen=True)
class Field:
    """One column of an entity. `decimals` is None for all types but number; `personal` is None, direct,
    quasi, sensitive.
    """

    name: str
    type: str
    description: str
    required: bool
    enum: tuple[str, ...]
    pattern: str | None
    minimum: int | None
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
        """True for text that a spreadsheet may have taken for a number: ids, codes, numbers of acts and
        registers.
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
    """One entity: how its rows live (`semantics`: reference, state or ledger) and its columns, in contract
    order.
    """

    name: str
    semantics: str
    mandatory: bool
    description: str
    fields: tuple[Field, ...]
    references: tuple[Reference, ...]

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
    """The entities of one version, by name, in alphabetical order."""

    version: str
    entities: dict[str, Entity]
    schemas: dict[str, dict]


def _entity(schema: dict) -> Entity:
    fields = []
    for declared in schema["fields"]:
        constraints = declared.get("constraints", {})
        fields.append(
            Field(
                name=declared["name"],
                type=declared["type"],
                description=declared.get("description", ""),
                required=constraints.get("required", False),
                enum=tuple(constraints.get("enum", ())),
                pattern=constraints.get("pattern"),
                minimum=constraints.get("minimum"),
                decimals=declared["decimals"] if declared["type"] == "number" else None,
                personal=declared.get("personal"),
            )
        )
    return Entity(
        name=schema["name"],
        semantics=schema["semantics"],
        mandatory=schema["mandatory"],
        description=schema["description"],
        fields=tuple(fields),
        references=tuple(Reference(r["field"], r["entity"]) for r in schema.get("references", ())),
    )


@cache
def load_contract(version: str = CURRENT_VERSION) -> Contract:
    """Return the contract of `version`; KeyError if this receiver does not know that version."""
    folder = Path(__file__).parent / "contracts" / CONTRACT_FOLDERS[version]
    schemas = {}
    for path in sorted(folder.glob("*.yaml")):
        schema = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
        schemas[schema["name"]] = schema
    return Contract(version, {name: _entity(schema) for name, schema in schemas.items()}, schemas)
