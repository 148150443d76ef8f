"""An export as it lies on disk: the manifest and, per entity, every row with its physical line, as text.

A folder or a zip arrives; `Export` leaves. Nothing is judged here.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet

ROME = ZoneInfo("Europe/Rome")


@dataclass(frozen=True)
class Row:
    """One record: values by column name (None where empty); `values` is None where it is malformed."""

    file: str
    line: int
    values: dict[str, Any] | None


@dataclass
class Export:
    """One export. `listed` are the entities of the manifest, also those without rows."""

    instance: str
    export_id: str
    sequence: int
    period_from: date
    period_to: date
    created_on: date
    fingerprint: str
    erased_persons: list[str]
    listed: list[str]
    control_totals: dict[str, dict[str, Decimal]]
    rows: dict[str, list[Row]] = field(repr=False)


def find_exports(folder: Path) -> list[Path]:
    """Return every export folder and zip under `folder`, in no order that means anything."""
    folders = [path.parent for path in folder.rglob("datapackage.json")]
    return sorted([*folders, *folder.rglob("*.zip")])


def read_export(path: Path) -> Export:
    """Read one export folder or zip."""
    content = _zip_content(path) if path.suffix == ".zip" else _folder_content(path)
    manifest = json.loads(content["datapackage.json"], parse_float=Decimal)
    welfare = manifest["welfare"]
    rows, totals, listed = {}, {}, []
    for resource in manifest["resources"]:
        entity = resource["name"]
        listed.append(entity)
        rows[entity] = list(_rows(resource, content[resource["path"]]))
        totals[entity] = {name: Decimal(text) for name, text in resource.get("controlTotals", {}).items()}
    digest = hashlib.sha256()
    for name in sorted(content):
        digest.update(name.encode() + b"\0" + hashlib.sha256(content[name]).digest())
    return Export(
        instance=welfare["instance"],
        export_id=welfare["export_id"],
        sequence=welfare["sequence"],
        period_from=date.fromisoformat(welfare["period"]["from"]),
        period_to=date.fromisoformat(welfare["period"]["to"]),
        created_on=datetime.fromisoformat(manifest["created"]).astimezone(ROME).date(),
        fingerprint=digest.hexdigest(),
        erased_persons=[erasure["record_id"] for erasure in welfare.get("erasures", [])],
        listed=listed,
        control_totals=totals,
        rows=rows,
    )


def _folder_content(path: Path) -> dict[str, bytes]:
    return {
        file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*") if file.is_file()
    }


def _zip_content(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        (manifest,) = [name for name in names if name.split("/")[-1] == "datapackage.json"]
        root = manifest.removesuffix("datapackage.json")
        return {name.removeprefix(root): archive.read(name) for name in names}


def _rows(resource: dict[str, Any], content: bytes) -> Iterator[Row]:
    file = resource["path"]
    name = file
    if name.endswith(".gz"):
        content, name = gzip.decompress(content), name.removesuffix(".gz")
    if name.endswith(".parquet"):
        for number, values in enumerate(pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist(), start=1):
            yield Row(file, number + 1, {column: _empty_is_none(value) for column, value in values.items()})
    elif name.endswith(".jsonl"):
        for number, text in enumerate(content.decode("utf-8-sig").split("\n"), start=1):
            if text.strip():
                yield Row(file, number, _json_object(text))
    else:
        delimiter = resource.get("dialect", {}).get("delimiter", ",")
        yield from _csv_rows(file, content.decode("utf-8-sig"), delimiter)


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        values = json.loads(text, parse_float=Decimal)
    except ValueError:
        return None
    return (
        {name: _empty_is_none(value) for name, value in values.items()} if isinstance(values, dict) else None
    )


def _csv_rows(file: str, text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = next(reader)
    first_line = reader.line_num + 1
    for cells in reader:
        if cells:
            whole = len(cells) == len(header)
            values = (
                {name: _empty_is_none(cell) for name, cell in zip(header, cells, strict=True)}
                if whole
                else None
            )
            yield Row(file, first_line, values)
        first_line = reader.line_num + 1


def _empty_is_none(value: Any) -> Any:
    return None if value == "" else value
