"""The files of one territory's exports: rows arrive block by block, finished export folders
(or archives) leave.

Each file is appended to and hashed as it grows, so memory does not depend on the size of an export. A folder
is written under a name that starts with a dot and takes its real name last, manifest included. What the rows
say does not belong here.
"""

import hashlib
import json
import shutil
import zipfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from core.errors import VetroError
from simulation.months import NONE, created_at, date_of, first_day, first_month, month_count
from simulation.rows import Rows, as_text, entities, number_columns, schema

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
# A dated entry makes an archive the same bytes at every run.
ARCHIVE_DATE = (2024, 1, 1, 0, 0, 0)


@dataclass
class _File:
    path: Path
    digest: "hashlib._Hash"
    size: int = 0
    rows: int = 0
    totals: dict[str, int] = field(default_factory=dict)

    def append(self, content: bytes) -> None:
        with self.path.open("ab") as target:
            target.write(content)
        self.digest.update(content)
        self.size += len(content)


# The property of a descriptor that says of an export, and of all that is made of it, that it is invented.
SIMULATION = "simulation"


def export_id(instance: str, month: int) -> str:
    """Return the id of a territory's export for a month: instance, year, month and sequence."""
    return f"{instance}-{date_of(first_day(month)):%Y-%m}-{month + 1:04d}"


def _decimal(value: int, decimals: int) -> str:
    sign, digits = "-" if value < 0 else "", f"{abs(value):0{decimals + 1}d}"
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def _one_line_per_resource(manifest: dict, resources: list[dict]) -> str:
    lines = ",\n  ".join(json.dumps(r, ensure_ascii=False) for r in resources)
    head = json.dumps(manifest, ensure_ascii=False, indent=1).removesuffix("\n}")
    return f'{head},\n "resources": [\n  {lines}\n ]\n}}\n'


class TerritoryExports:
    """All the exports of one territory while they grow.

    folder: the territory's folder. instance, name: id and name of the territory. delimiter: of its CSV files.
    archived: whether exports end as .zip. Raises VetroError where an export that is not simulated is in
    the way.
    """

    def __init__(
        self,
        folder: Path,
        instance: str,
        name: str,
        *,
        delimiter: str,
        archived: bool,
        note: dict[str, object],
    ) -> None:
        self.folder, self.instance, self.name = folder, instance, name
        self.delimiter, self.archived, self.note = delimiter, archived, note
        self.files: dict[tuple[int, str], _File] = {}
        self.erasures: dict[int, list[str]] = {}
        for month in range(month_count()):
            self._refuse_foreign(self._target(month))
            work = self._work(month)
            if work.exists():
                shutil.rmtree(work)
            (work / "data").mkdir(parents=True)

    def _work(self, month: int) -> Path:
        return self.folder / f".{export_id(self.instance, month)}.part"

    def _target(self, month: int) -> Path:
        return self.folder / (export_id(self.instance, month) + (".zip" if self.archived else ""))

    def _refuse_foreign(self, target: Path) -> None:
        if not target.exists():
            return
        try:
            if target.is_dir():
                manifest = json.loads((target / "datapackage.json").read_bytes())
            else:
                with zipfile.ZipFile(target) as archive:
                    manifest = json.loads(archive.read("datapackage.json"))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            manifest = {}
        if not isinstance(manifest, dict) or SIMULATION not in manifest:
            raise VetroError(
                f"{target} esiste e non è simulato: scegliere un'altra cartella con --out. / "
                f"{target} exists and was not simulated: choose another folder with --out."
            )

    def _file(self, month: int, entity: str) -> _File:
        key = (month, entity)
        if key not in self.files:
            opened = _File(
                self._work(month) / "data" / f"{entity}.csv",
                hashlib.sha256(),
                totals=dict.fromkeys(number_columns(entity), 0),
            )
            header = self.delimiter.join(f["name"] for f in schema(entity)["fields"]) + "\n"
            opened.append(header.encode())
            self.files[key] = opened
        return self.files[key]

    def append(self, rows: Rows) -> None:
        """Append rows to the files of their months, counting rows and control totals."""
        if not len(rows):
            return
        order = np.lexsort((rows.updated, rows.month))
        rows = rows.take(order)
        table = as_text(rows)
        unreadable: dict[str, list[int]] = {}
        for row, column, _ in rows.overrides:
            unreadable.setdefault(column, []).append(row)
        numbers = {}
        for column in number_columns(rows.entity):
            values = rows.columns.get(column)
            values = (
                np.zeros(len(rows), dtype=np.int64) if values is None else np.where(values == NONE, 0, values)
            )
            values[unreadable.get(column, [])] = 0
            numbers[column] = values
        edges = np.searchsorted(rows.month, np.arange(month_count() + 1))
        # A comma separates the decimals of mangled numbers too: where it separates columns, text is quoted.
        quoting = "needed" if self.delimiter == "," else "none"
        options = pa.csv.WriteOptions(include_header=False, delimiter=self.delimiter, quoting_style=quoting)
        for month in range(month_count()):
            first, last = int(edges[month]), int(edges[month + 1])
            if first == last:
                continue
            sink = pa.BufferOutputStream()
            pa.csv.write_csv(table.slice(first, last - first), sink, options)
            target = self._file(month, rows.entity)
            target.append(sink.getvalue().to_pybytes())
            target.rows += last - first
            for column, values in numbers.items():
                target.totals[column] += int(values[first:last].sum())

    def erase(self, month: int, record_id: str) -> None:
        """Ask, with the export of a month, that a person be erased."""
        self.erasures.setdefault(month, []).append(record_id)

    def finish(self) -> int:
        """Write manifests, give the exports their names, and return how many bytes they have."""
        total = 0
        for month in range(month_count()):
            listed = [
                e for e in entities() if month == 0 or schema(e)["mandatory"] or (month, e) in self.files
            ]
            resources = [self._resource(month, entity) for entity in listed]
            total += sum(r["bytes"] for r in resources)
            manifest = self._manifest(month)
            (self._work(month) / "datapackage.json").write_text(
                _one_line_per_resource(manifest, resources), encoding="utf-8"
            )
            self._publish(month)
        return total

    def _resource(self, month: int, entity: str) -> dict:
        file = self._file(month, entity)
        decimals = number_columns(entity)
        return {
            "name": entity, "type": "table", "path": f"data/{entity}.csv", "format": "csv",
            "encoding": "utf-8",
            "dialect": {"delimiter": self.delimiter}, "bytes": file.size,
            "hash": f"sha256:{file.digest.hexdigest()}", "rows": file.rows, "schema": schema(entity),
            "controlTotals": {column: _decimal(file.totals[column], decimals[column]) for column in decimals},
        }  # fmt: skip

    def _manifest(self, month: int) -> dict:
        begin, end = date_of(first_day(month)), date_of(first_day(month + 1)) - timedelta(days=1)
        name = export_id(self.instance, month)
        return {
            "$schema": PROFILE, "name": name, "title": f"Dati simulati, {self.name}, {begin:%m/%Y}",
            "created": created_at(month).isoformat(), SIMULATION: self.note,
            "welfare": {
                "contract": "welfare-export", "version": "1.0", "instance": self.instance, "export_id": name,
                "sequence": month + 1, "mode": "full" if month == 0 else "incremental",
                "period": {"from": (begin if month else first_month()).isoformat(), "to": end.isoformat()},
                "erasures": [{"entity": "person", "record_id": r} for r in self.erasures.get(month, [])],
            },
        }  # fmt: skip

    def _publish(self, month: int) -> None:
        work, target = self._work(month), self._target(month)
        if not self.archived:
            if target.exists():
                shutil.rmtree(target)
            work.rename(target)
            return
        packed = self.folder / f".{target.name}.part"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for path in [*sorted((work / "data").iterdir()), work / "datapackage.json"]:
                entry = zipfile.ZipInfo(path.relative_to(work).as_posix(), ARCHIVE_DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.file_size = path.stat().st_size
                with path.open("rb") as source, archive.open(entry, "w") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
        packed.rename(target)
        shutil.rmtree(work)
