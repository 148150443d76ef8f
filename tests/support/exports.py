"""Small exports that conform to the contract, for any entity, and ways to spoil them.

Arrives: rows as dictionaries, or nothing. Leaves: export folders and zips on disk. What ingestion makes of
them does not belong here.
"""

import csv
import gzip
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.home import VetroHome
from ingestion.contract.schema import CURRENT_VERSION, Entity, load_contract
from ingestion.instances import register_instances

RHO = {"name": "Rho", "seat": "015182", "comuni": ["015182"], "timezone": "Europe/Rome"}
MATERA = {"name": "Matera", "seat": "077014", "comuni": ["077014"], "timezone": "Europe/Rome"}
UPDATED = "2026-10-05T10:00:00+02:00"
# Textbook codici fiscali and tax codes: no real person's.
CODICE_FISCALE = "RSSMRA85T10A562S"
TAX_CODE = "00743110157"

_VALUES = {
    "string": "testo",
    "integer": "2020",
    "number": "10.00",
    "boolean": "true",
    "date": "2026-10-01",
    "datetime": UPDATED,
}
_BY_NAME = {
    "op": "U",
    "row_version": "1",
    "updated_at": UPDATED,
    "istat_place": "015182",
    "istat_residence": "015182",
    "istat_comune": "015182",
    "tax_code": TAX_CODE,
    "quantity": "1.000",
    "amount_total": "10.00",
    "amount_user": "2.00",
    "amount_municipality": "3.00",
    "amount_ssn": "1.00",
    "amount_other": "4.00",
    "code": "BENESSERE",
    "size": "3",
    "minors": "1",
    "scale_min": "0.000",
    "scale_max": "100.000",
    "value": "50.000",
    "birth_date": "1985-12-10",
    "end_date": "2026-10-02",
    "measure": "persons_served",
}
_ENDS = ("end_date", "valid_to", "closes_on", "ends_on", "expires_on", "plan_to", "parent_to", "active_to")


def entity(name: str) -> Entity:
    """Return an entity of the contract."""
    return load_contract().entities[name]


def row(name: str, record_id: str = "X-1", /, **values: str) -> dict[str, str]:
    """Return a valid row of entity `name`; only required columns are filled, and what `values` says."""
    made = {}
    for column in entity(name).fields:
        if not column.required:
            made[column.name] = ""
        elif column.name in _BY_NAME:
            made[column.name] = _BY_NAME[column.name]
        elif column.enum:
            made[column.name] = column.enum[0]
        elif column.name in _ENDS:
            made[column.name] = "2026-12-31"
        else:
            made[column.name] = (
                _VALUES[column.type] if not column.is_identifier else f"{column.name.upper()}-1"
            )
    made["record_id"] = record_id
    conditions = {
        "person": {"id_kind": "NONE"},
        "application": {"person_id": "P-1"},
        "payment": {"person_id": "P-1"},
    }
    return made | conditions.get(name, {}) | values


def without_euro(name: str) -> dict[str, str]:
    """Return zeros for the euro columns that a row of `name` must have, so that rows to be set aside pass no
    limit of euro."""
    return {column.name: "0.00" for column in entity(name).numbers if column.is_euro and column.required}


def rows(name: str, count: int, prefix: str = "G", /, **values: str) -> list[dict[str, str]]:
    """Return `count` valid rows with ids of their own."""
    return [row(name, f"{prefix}-{number}", **values) for number in range(1, count + 1)]


def control_totals(name: str, records: list[dict[str, str]]) -> dict[str, str]:
    """Return the control totals of `records`, leaving out what cannot be read as a number."""
    totals = {}
    for column in entity(name).numbers:
        total = Decimal(0)
        for record in records:
            text = record.get(column.name) or "0"
            if re.fullmatch(rf"-?[0-9]+(\.[0-9]{{1,{column.decimals}}})?", text):
                total += Decimal(text)
        totals[column.name] = f"{total:.{column.decimals}f}"
    return totals


def _as_csv(columns: list[str], records: list[dict[str, str]], delimiter: str) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=delimiter, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


def _as_jsonl(name: str, columns: list[str], records: list[dict[str, str]]) -> bytes:
    kinds = {column.name: column.type for column in entity(name).fields}

    def value(column: str, text: str) -> object:
        if text == "":
            return None
        if kinds.get(column) == "boolean" and text in ("true", "false"):
            return text == "true"
        return int(text) if kinds.get(column) == "integer" and text.isdigit() else text

    return "".join(json.dumps({c: value(c, r[c]) for c in columns}) + "\n" for r in records).encode()


def _as_parquet(columns: list[str], records: list[dict[str, str]]) -> bytes:
    table = pa.table({c: pa.array([r[c] or None for r in records], pa.string()) for c in columns})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


@dataclass
class Export:
    """An export to be written. `formats` names the format of an entity's file where it is not CSV."""

    instance: str = "rho"
    sequence: int = 1
    version: str = CURRENT_VERSION
    mode: str = "incremental"
    entities: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    delimiter: str = ";"
    erasures: list[str] = field(default_factory=list)
    export_id: str | None = None
    # Called with the descriptor just before it is written.
    spoil: Callable[[dict], None] = lambda descriptor: None
    # Called with a file's bytes before they are hashed, by entity.
    rewrite: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The export_id."""
        return self.export_id or f"{self.instance}-2026-10-{self.sequence:04d}"

    def _columns(self, name: str) -> list[str]:
        return list(load_contract(self.version).entities[name].columns)

    def _file(self, name: str, records: list[dict[str, str]]) -> tuple[str, str, bytes]:
        kind, columns = self.formats.get(name, "csv"), self._columns(name)
        if kind == "jsonl":
            content = _as_jsonl(name, columns, records)
        elif kind == "parquet":
            content = _as_parquet(columns, records)
        else:
            content = _as_csv(columns, records, self.delimiter)
        content = self.rewrite.get(name, lambda same: same)(content)
        if kind == "csv.gz":
            content = gzip.compress(content, mtime=0)
        return f"data/{name}.{kind}", kind, content

    def files(self) -> dict[str, bytes]:
        """Return every file of the export by its path, the descriptor last."""
        found, resources = {}, []
        for name, records in self.entities.items():
            path, kind, content = self._file(name, records)
            found[path] = content
            resources.append(
                {
                    "name": name,
                    "type": "table",
                    "path": path,
                    "format": kind,
                    "encoding": "utf-8",
                    "dialect": {"delimiter": self.delimiter},
                    "bytes": len(content),
                    "hash": "sha256:" + hashlib.sha256(content).hexdigest(),
                    "rows": len(records),
                    "controlTotals": control_totals(name, records),
                }
            )
        descriptor = {
            "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
            "name": self.name,
            "created": "2026-11-03T02:10:00+01:00",
            "welfare": {
                "contract": "welfare-export",
                "version": self.version,
                "instance": self.instance,
                "export_id": self.name,
                "sequence": self.sequence,
                "mode": self.mode,
                "period": {"from": "2026-10-01", "to": "2026-10-31"},
                "erasures": [{"entity": "person", "record_id": person} for person in self.erasures],
            },
            "resources": resources,
        }
        self.spoil(descriptor)
        found["datapackage.json"] = json.dumps(descriptor).encode()
        return found

    def write(self, folder: Path) -> Path:
        """Write the export as `folder/<export_id>/` and return that folder."""
        place = folder / self.name
        for path, content in self.files().items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_bytes(content)
        return place

    def write_zip(self, folder: Path, inside: str = "") -> Path:
        """Write the export as `folder/<export_id>.zip`, perhaps in a folder of the archive, and
        return its path.
        """
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / f"{self.name}.zip"
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in self.files().items():
                archive.writestr(inside + path, content)
        return place


def make_home(root: Path) -> VetroHome:
    """Return a home under `root` in which rho and matera are registered."""
    home = VetroHome.at(root).ensure()
    register_instances(home, {"rho": RHO, "matera": MATERA})
    return home
