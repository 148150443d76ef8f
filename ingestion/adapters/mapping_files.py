"""A mapping read from its YAML file, and checked whole before anything is done with it.

Arrives: the name of a mapping. Leaves: a `Mapping` whose every key, entity, column, date form and regular
expression is known to be usable, or a `FileUnusable` that says which file, where and which key.
"""

import hashlib
import re
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from core.home import VetroHome
from core.yaml_models import FileUnusable, Place, YamlModel, problem, read_yaml
from ingestion.adapters.mapping import (
    PERIOD_NEEDED,
    Block,
    Expected,
    Export,
    ForeignFile,
    Keyed,
    Many,
    Mapping,
    Reading,
    Rule,
    Text,
    rules_of,
)
from ingestion.contract.instance_id import INSTANCE_ID
from ingestion.contract.schema import CURRENT_VERSION, Entity, load_contract

SHIPPED = Path(__file__).parent.parent / "mappings"
# What every row has that the mapping does not say.
_DEFAULTS = {"op": "U", "row_version": "1"}


def _file_name(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
        raise problem("il nome usa minuscole, cifre e _", "the name uses lower case, digits and _")
    return name


def _entity_name(name: str) -> str:
    known = load_contract(CURRENT_VERSION).entities
    if name not in known:
        raise problem(
            f"entità sconosciuta; si conosce {', '.join(known)}", f"unknown entity; known: {', '.join(known)}"
        )
    return name


FileName = Annotated[str, AfterValidator(_file_name)]
EntityName = Annotated[str, AfterValidator(_entity_name)]


class _MappingFile(YamlModel):
    """What the file says, part by part; then what its parts say of each other."""

    description: Any = None
    export: Export
    reading: Reading = Reading()
    ignore: Many[Text] = ()
    files: Annotated[dict[FileName, ForeignFile], Field(min_length=1)]
    columns: Keyed[Rule] = Field(default_factory=dict)
    entities: Annotated[dict[EntityName, Many[Block]], Field(min_length=1)]
    expect: dict[EntityName, Expected] | None = None

    @model_validator(mode="before")
    @classmethod
    def _has_a_period(cls, declared: Any) -> Any:
        if isinstance(declared, dict) and not declared.get("export"):
            raise problem(*PERIOD_NEEDED, "export", "period")
        return declared

    @model_validator(mode="after")
    def _fits_the_contract(self) -> Self:
        contract = load_contract(CURRENT_VERSION)
        for name, blocks in self.entities.items():
            for number, block in enumerate(blocks):
                self._check_block(contract.entities[name], block, ("entities", name, number))
        for name, expected in (self.expect or {}).items():
            numbers = [field.name for field in contract.entities[name].numbers]
            for column in expected.totals.keys() - set(numbers):
                raise problem(
                    f"{name} non ha questo numero; ha {', '.join(numbers)}",
                    f"{name} has no such number; it has {', '.join(numbers)}",
                    *("expect", name, "totals", column),
                )
        return self

    def _check_block(self, entity: Entity, block: Block, key: tuple[str | int, ...]) -> None:
        written = [(column, (*key, "rows", n)) for n, row in enumerate(block.rows) for column in row]
        for column, at in [*((column, (*key, "columns")) for column in block.columns), *written]:
            if not entity.has(column):
                raise problem(
                    f"{entity.name} non ha questa colonna; ha {', '.join(entity.columns)}",
                    f"{entity.name} has no such column; it has {', '.join(entity.columns)}",
                    *at,
                    column,
                )
        for column in entity.person_columns:
            if column in block.columns and block.columns[column].digest_of:
                # Anybody who knows the identifier can compute its digest.
                raise problem(
                    "una persona non si indica con digest_of",
                    "a person is not named by digest_of",
                    *(*key, "columns", column),
                )
        rules = rules_of(_block(entity, block, self.columns))
        named = {rule.lookup.file for rule in rules if rule.lookup}
        for file in sorted(named | ({block.file} if block.file else set())):
            if file not in self.files:
                raise problem(f"files non ha {file}", f"there is no {file} in files", *key)


def _block(entity: Entity, block: Block, shared: dict[str, Rule]) -> Block:
    """Return the block with what every row has: what the mapping says of it goes before what all entities
    share, and that before the defaults.
    """
    shared = {column: rule for column, rule in shared.items() if entity.has(column)}
    if block.file is None:
        constants = {column: rule.constant for column, rule in shared.items() if rule.constant is not None}
        return block.model_copy(update={"rows": tuple(_DEFAULTS | constants | row for row in block.rows)})
    defaults = {column: Rule(constant=value) for column, value in _DEFAULTS.items()}
    return block.model_copy(update={"columns": defaults | shared | block.columns})


def _mapping(name: str, content: bytes) -> Mapping:
    said = read_yaml(content, f"{name}.yaml", _MappingFile, digits_stay_text=True)
    contract, period = load_contract(CURRENT_VERSION), said.export.period
    return Mapping(
        name=name,
        mode=said.export.mode,
        period=period.from_name or (period.first, period.last),
        created=said.export.created,
        files={
            file: declared.model_copy(update={"reading": said.reading.overridden_by(declared.reading)})
            for file, declared in said.files.items()
        },
        ignore=said.ignore,
        entities={
            entity: tuple(_block(contract.entities[entity], block, said.columns) for block in blocks)
            for entity, blocks in said.entities.items()
        },
        expected=dict(said.expect or {}),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def read_mapping(home: VetroHome, name: str) -> Mapping:
    """Return the mapping `name`: that of the home (`VETRO_HOME/mappings/`) if there is one, else the shipped.

    FileUnusable if there is none, or if anything in it cannot be used.
    """
    if INSTANCE_ID.match(name):
        for folder in (home.mappings, SHIPPED):
            path = folder / f"{name}.yaml"
            if path.is_file():
                return _mapping(name, path.read_bytes())
    raise FileUnusable(
        Place(f"{name}.yaml"),
        "questa mappatura non c'è, né in mappings/ né fra quelle fornite",
        "there is no such mapping, neither in mappings/ nor among those supplied",
    )
