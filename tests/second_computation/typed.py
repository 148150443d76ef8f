"""From the text of a cell to its value, or the code that says why it has none."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.second_computation.contract_files import Column
from tests.second_computation.identifiers import CODICE_FISCALE

NUMBER = re.compile(r"-?[0-9]+(\.([0-9]+))?")
MANGLED = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
CODES = {"tax_code", "vat_number", "id_value", "cup", "cig", "istat_place", "istat_comune", "istat_residence"}


class Unreadable(Exception):
    """The text is not a value of its type."""


def as_text(value: Any) -> str | None:
    """Return the text form of a value that came typed from JSON or Parquet."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def typed(column: Column, text: str) -> Any:
    """Return the value of `text`; raise Unreadable where it is not of the column's type."""
    if column.type == "string":
        return text
    if column.type == "boolean" and text in {"true", "false"}:
        return text == "true"
    if column.type == "integer" and re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    if column.type == "number":
        match = NUMBER.fullmatch(text)
        if match and len(match[2] or "") <= (column.decimals or 0):
            return Decimal(text)
    try:
        if column.type == "date" and DATE.fullmatch(text):
            return date.fromisoformat(text)
        if column.type == "datetime" and DATETIME.fullmatch(text):
            return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        pass
    raise Unreadable(column.name)


def column_codes(column: Column, text: str | None) -> tuple[Any, list[str]]:
    """Return the value of one cell and the codes of what is wrong with it alone."""
    if text is None:
        return None, ["required_missing"] if column.required else []
    is_identifier = column.name == "record_id" or column.name.endswith("_id")
    if (is_identifier or column.name in CODES) and MANGLED.fullmatch(text):
        return None, ["number_mangled"]
    try:
        value = typed(column, text)
    except Unreadable:
        return None, ["type_wrong"]
    if column.enum and text not in column.enum:
        return value, ["enum_unknown"]
    if column.pattern and not re.fullmatch(column.pattern, text):
        return value, ["pattern_wrong"]
    if is_identifier and CODICE_FISCALE.fullmatch(text):
        return value, ["pattern_wrong"]
    if column.minimum is not None and value < column.minimum:
        return value, ["out_of_range"]
    return value, []
