"""The columns of the wide marts that are indicators, written from the registry into their contracts.

A wide mart names its scope in `wide_columns('scope', ...)`, which gives it the columns of the registry's
indicators; dbt's enforced contract wants each of them in the `.yml` beside. The registry arrives, the text of
those files leaves. What else stands in them, people write.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from core.settings import DBT_PROJECT

MARTS = DBT_PROJECT / "models" / "marts"
SCOPE = re.compile(r"wide_columns\('(?P<scope>\w+)'")
COLUMN = re.compile(r"^      - name: (?P<name>\w+)\n(?:        .*\n)*", re.MULTILINE)


def wide_mart_contracts(registry: Mapping[str, Mapping[str, Any]], marts: Path = MARTS) -> dict[Path, str]:
    """Return {file: its text, with a column for each indicator of the mart's scope
    in the registry's order}.
    """
    written = {}
    for model in sorted(marts.glob("*.sql")):
        found = SCOPE.search(model.read_text(encoding="utf-8"))
        if found:
            contract = model.with_suffix(".yml")
            indicators = [entry for entry in registry.values() if _is_monthly(entry, found["scope"])]
            written[contract] = _with_columns(contract.read_text(encoding="utf-8"), indicators, set(registry))
    return written


def _is_monthly(entry: Mapping[str, Any], scope: str) -> bool:
    """The condition of the macro `wide_columns`."""
    return scope in entry["scopes"] and "month" in entry.get("periods", ["month"]) and not entry.get("item")


def _with_columns(text: str, indicators: list[Mapping[str, Any]], known: set[str]) -> str:
    before = [column for column in COLUMN.finditer(text) if column["name"] in known]
    columns = "".join(
        f"      - name: {entry['id']}\n"
        f"        data_type: {_type(entry)}\n"
        f"        description: {_scalar(entry)}\n"
        for entry in indicators
    )
    return text[: before[0].start()] + columns + text[before[-1].end() :]


def _type(entry: Mapping[str, Any]) -> str:
    """An amount of euro keeps the type of its numerator, as the macro `wide` takes it."""
    return "decimal(24,4)" if entry["unit"] == "EUR" else "double"


def _scalar(entry: Mapping[str, Any]) -> str:
    said = yaml.safe_dump(f"{entry['en']} ({entry['unit']})", width=10_000, allow_unicode=True)
    return said.removesuffix("...\n").strip()
