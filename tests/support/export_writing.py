"""Writing one contract export: files in any declared format, the manifest last, as a folder or a zip.

Rows as text by column arrive, an export that the contract accepts leaves. What the rows say does
not belong here.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow
import pyarrow.parquet

from tests.second_computation.contract_files import Column, tables
from tests.second_computation.typed import Unreadable, typed

TextRow = Mapping[str, str | None]
FORMATS = ("csv", "csv.gz", "parquet", "jsonl")
ARROW = {
    "string": pyarrow.string(),
    "integer": pyarrow.int64(),
    "boolean": pyarrow.bool_(),
    "date": pyarrow.date32(),
    "datetime": pyarrow.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class Envelope:
    """What the manifest says beside its files."""

    instance: str
    export_id: str
    sequence: int
    mode: str
    period_from: date
    period_to: date
    created: datetime
    erased_persons: Sequence[str] = ()


def write_export(
    folder: Path,
    envelope: Envelope,
    rows: Mapping[str, Sequence[TextRow | str]],
    formats: Mapping[str, str],
    rng: Random,
    *,
    zipped: bool,
) -> Path:
    """Write one export under `folder` and return it. A row that is a string is a malformed line of CSV."""
    content, resources = {}, []
    for entity in sorted(rows):
        file_format = formats.get(entity, "csv")
        path = f"data/{entity}.{file_format}" if zipped else f"{entity}.{file_format}"
        delimiter = rng.choice([";", ","])
        data = _encode(entity, rows[entity], file_format, delimiter, rng)
        content[path] = data
        resource: dict[str, Any] = {
            "name": entity,
            "type": "table",
            "path": path,
            "format": file_format.split(".")[0],
            "encoding": "utf-8",
            "bytes": len(data),
            "hash": "sha256:" + hashlib.sha256(data).hexdigest(),
            "rows": len(rows[entity]),
            "schema": {"fields": [{"name": column.name} for column in tables()[entity].columns]},
            "controlTotals": _control_totals(entity, rows[entity]),
        }
        if file_format.startswith("csv"):
            resource["dialect"] = {"delimiter": delimiter}
        resources.append(resource)
    manifest = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": envelope.export_id,
        "created": envelope.created.isoformat(),
        "welfare": {
            "contract": "welfare-export",
            "version": "1.0",
            "instance": envelope.instance,
            "export_id": envelope.export_id,
            "sequence": envelope.sequence,
            "mode": envelope.mode,
            "period": {"from": envelope.period_from.isoformat(), "to": envelope.period_to.isoformat()},
            "erasures": [{"entity": "person", "record_id": person} for person in envelope.erased_persons],
        },
        "resources": resources,
    }
    content["datapackage.json"] = json.dumps(manifest, indent=1).encode()
    return _write(folder, envelope.export_id, content, zipped=zipped)


def _write(folder: Path, name: str, content: Mapping[str, bytes], *, zipped: bool) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if zipped:
        target = folder / f"{name}.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, data in content.items():
                archive.writestr(f"{name}/{path}", data)
        return target
    for path, data in content.items():
        file = folder / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return folder / name


def _encode(
    entity: str, rows: Sequence[TextRow | str], file_format: str, delimiter: str, rng: Random
) -> bytes:
    columns = list(tables()[entity].columns)
    rng.shuffle(columns)
    if file_format == "parquet":
        return _parquet(columns, rows)
    if file_format == "jsonl":
        return "".join(_json_line(columns, row) + "\n" for row in rows).encode()
    data = _csv(columns, rows, delimiter, rng.choice(["\n", "\r\n"])).encode()
    data = (b"\xef\xbb\xbf" if rng.random() < 0.2 else b"") + data
    return gzip.compress(data, mtime=0) if file_format == "csv.gz" else data


def _csv(columns: Sequence[Column], rows: Sequence[TextRow | str], delimiter: str, line_end: str) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(column.name for column in columns)
    for row in rows:
        if isinstance(row, str):
            buffer.write(row + line_end)
        else:
            writer.writerow("" if row[column.name] is None else row[column.name] for column in columns)
    return buffer.getvalue()


def _json_line(columns: Sequence[Column], row: TextRow) -> str:
    members = []
    for column in columns:
        text = row[column.name]
        bare = column.type in {"number", "integer", "boolean"}
        token = "null" if text is None else text if bare else json.dumps(text)
        members.append(f"{json.dumps(column.name)}: {token}")
    return "{" + ", ".join(members) + "}"


def _parquet(columns: Sequence[Column], rows: Sequence[TextRow]) -> bytes:
    arrays, names = [], []
    for column in columns:
        kind = ARROW.get(column.type) or pyarrow.decimal128(18, column.decimals or 0)
        values = [None if row[column.name] is None else typed(column, row[column.name]) for row in rows]
        arrays.append(pyarrow.array(values, kind))
        names.append(column.name)
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(dict(zip(names, arrays, strict=True))), buffer)
    return buffer.getvalue()


def _control_totals(entity: str, rows: Sequence[TextRow | str]) -> dict[str, str]:
    totals = {}
    for column in tables()[entity].columns:
        if column.type != "number":
            continue
        total = Decimal(0)
        for row in rows:
            text = None if isinstance(row, str) else row[column.name]
            if text is not None:
                try:
                    total += typed(column, text)
                except Unreadable:
                    continue
        totals[column.name] = f"{total:.{column.decimals or 0}f}"
    return totals


def instant(moment: datetime, rng: Random) -> str:
    """Return a moment with an offset, in one of the forms that instances use."""
    from zoneinfo import ZoneInfo

    in_utc = moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return rng.choice([in_utc, moment.astimezone(ZoneInfo("Europe/Rome")).isoformat()])
