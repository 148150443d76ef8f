"""The words of the contract in two languages: what an entity, a column, a value means.

Arrives: `words.yaml` and the contract's own descriptions, which are English. Leaves: `Words` per entity,
column and value. The sentences of the codes do not belong here (`codes`), nor the page's own (`page`).
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from core.errors import VetroError
from ingestion.contract.schema import Entity, Field

WORDS_FILE = Path(__file__).parent / "words.yaml"


class Words(NamedTuple):
    """The same said in Italian and in English."""

    it: str
    en: str


@cache
def _book() -> dict[str, dict]:
    return yaml.safe_load(WORDS_FILE.read_text(encoding="utf-8"))


def _of_column(section: str, entity: Entity, field: Field) -> dict:
    book = _book()[section]
    return book.get(f"{entity.name}.{field.name}", book.get(field.name, {}))


def entity_words(entity: Entity) -> Words:
    """Return what the entity is; VetroError if the book has no word for it."""
    told = _book()["entities"].get(entity.name, {})
    if "it" not in told:
        raise VetroError(f"{WORDS_FILE.name}, entities: add {entity.name} (it)")
    return Words(told["it"], entity.description)


def column_words(entity: Entity, field: Field) -> Words:
    """Return what the column holds; VetroError if the book has no word for it."""
    told = _of_column("columns", entity, field)
    if "it" not in told:
        raise VetroError(f"{WORDS_FILE.name}, columns: add {entity.name}.{field.name} (it)")
    return Words(told["it"], told.get("en") or field.description)


def value_words(entity: Entity, field: Field, value: str) -> Words:
    """Return what a value of the column's list means; VetroError if the book has no word for it."""
    told = _of_column("values", entity, field)
    if value not in told:
        raise VetroError(f"{WORDS_FILE.name}, values: add {value} to {entity.name}.{field.name} ([it, en])")
    return Words(*told[value])


def rule_words() -> dict[str, dict]:
    """Return the rules of one entity (`rules`) and those of many (`every`), each with code, it and en."""
    return {section: _book()[section] for section in ("rules", "every")}
