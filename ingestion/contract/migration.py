"""A version of the contract as what it adds to the one before.

Arrives: the Table Schemas of one version and the `migration.yaml` of the next. Leaves: the Table Schemas of
the next. What an export of either version becomes does not belong here.

A migration only adds: optional columns and values of a list. So an export of an earlier version is one of a
later version in which the new columns are empty, and history over both stays one history. Whatever ingestion
treats by code of its own (a personal column, a reference, a required column) cannot be added by a file.
"""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import VetroError

Schemas = dict[str, dict]
_TYPES = ("string", "integer", "number", "boolean", "date", "datetime")


def migrated(schemas: Schemas, migration: Any, *, follows: str, version: str, place: Path) -> Schemas:
    """Return `schemas`, those of version `follows`, with the changes that make them `version`.

    `migration` is the parsed file at `place`, which is named in every VetroError.
    """
    where = f"{place.parent.name}/{place.name}"
    if not isinstance(migration, dict) or (migration.get("version"), migration.get("follows")) != (
        version,
        follows,
    ):
        raise VetroError(f'{where}: version must be "{version}" and follows "{follows}", in quotes')
    result = copy.deepcopy(schemas)
    for number, change in enumerate(migration.get("changes") or (), start=1):
        single = isinstance(change, dict) and len(change) == 1
        kind, declared = next(iter(change.items())) if single else ("", None)
        apply = _CHANGES.get(kind)
        if apply is None or not isinstance(declared, dict):
            raise VetroError(f"{where}, change {number}: one of {', '.join(_CHANGES)} is needed")
        if wrong := apply(result, declared):
            raise VetroError(f"{where}, change {number} ({kind}): {wrong}")
    return result


def _add_column(schemas: Schemas, declared: dict) -> str | None:
    schema, field = schemas.get(declared.get("entity", "")), declared.get("field")
    if schema is None or not isinstance(field, dict) or not isinstance(field.get("name"), str):
        return "entity names one of the contract, field is a column with its name"
    name = field["name"]
    if any(column["name"] == name for column in schema["fields"]):
        return f"{schema['name']} has a column {name} already"
    if field.get("type") not in _TYPES or (field["type"] == "number") != ("decimals" in field):
        return f"{name} needs a type of {', '.join(_TYPES)}, and decimals if and only if it is a number"
    if field.get("constraints", {}).get("required"):
        return f"{name} is required, which no export of an earlier version can fulfil"
    if "personal" in field or name.endswith("_id"):
        return f"{name} is personal or a reference: what becomes of it is decided in code"
    schema["fields"].append(field)
    return None


def _add_value(schemas: Schemas, declared: dict) -> str | None:
    schema, value = schemas.get(declared.get("entity", "")), declared.get("value")
    fields = {column["name"]: column for column in schema["fields"]} if schema else {}
    values = fields.get(declared.get("column", ""), {}).get("constraints", {}).get("enum")
    if values is None or not isinstance(value, str) or not value:
        return "entity and column name a list of values, value is text"
    if value in values:
        return f"{value} is in the list already"
    values.append(value)
    return None


_CHANGES: dict[str, Callable[[Schemas, dict], str | None]] = {
    "add_column": _add_column,
    "add_value": _add_value,
}
