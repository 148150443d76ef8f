"""A delivery written as a contract export, with the line of the foreign file behind every row.

Arrives: the files of a delivery, a mapping, the export's id and sequence. Leaves: a folder with
datapackage.json, hashes and totals, and beside it a Parquet file of origins (entity, place, file, line). Both
may hold direct identifiers and stand under `landing/.work/` only. Deciding over the export does not belong
here: the door does.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb

from ingestion.contract import CONTRACT_NAME, CURRENT_VERSION, Entity, load_contract
from ingestion.examination import shown
from ingestion.file_reading import hash_file
from ingestion.legacy.foreign_files import FilesUnfit, ForeignTable, assign_files, check_assigned, read_files
from ingestion.legacy.mapping import Block, Mapping, rules_of
from ingestion.legacy.values import BlockValues, place_tables
from ingestion.manifest import MANIFEST_NAME
from ingestion.receipts import Finding
from ingestion.reference_data import quoted
from ingestion.row_rules import identifier

MEMORY_MB = 600


@dataclass(frozen=True)
class Delivery:
    """The files of an instance as they came: `root` and the paths below it. `name` is what the sender called
    it, `changed` when it was last written to.
    """

    name: str
    root: Path
    paths: tuple[str, ...]
    changed: datetime

    def export_id(self, instance: str, mapping: Mapping) -> str:
        """Return the id of the export these files become: the same files always give the same."""
        digest = hashlib.sha256()
        read = {path for found in assign_files(mapping, self.paths).values() for path in found}
        for path in sorted(read):
            digest.update(f"{path}\0{hash_file(self.root / path)[0]}\n".encode())
        return f"{instance[:80]}-{digest.hexdigest()[:16]}"


@dataclass(frozen=True)
class Translation:
    """A written export: its folder, and the Parquet file of origins."""

    root: Path
    origins: Path


def translate(
    delivery: Delivery, mapping: Mapping, *, instance: str, export_id: str, sequence: int, work: Path
) -> Translation:
    """Write the delivery as a contract export into new folders of `work`.

    FilesUnfit where the files, or the delivery's name, are not as the mapping says.
    """
    root, scratch = work / f"{export_id}.export", work / f"{export_id}.scratch"
    for folder in (root, scratch):
        folder.mkdir()
    settings = {"threads": 2, "memory_limit": f"{MEMORY_MB}MB", "temp_directory": str(scratch / "spill")}
    period = _period(mapping, delivery.name)
    with duckdb.connect(config=settings) as connection:
        connection.execute("set TimeZone = 'UTC'")
        if _reads_places(mapping):
            for statement in place_tables():
                connection.execute(statement)
        assigned = assign_files(mapping, delivery.paths)
        check_assigned(mapping, delivery.paths, assigned)
        tables = read_files(connection, mapping, delivery.root, assigned, scratch)
        connection.execute("create table origin (entity varchar, place bigint, file varchar, line bigint)")
        contract = load_contract(CURRENT_VERSION)
        resources = []
        for name, entity in contract.entities.items():
            if name in mapping.entities or (mapping.mode == "full" and entity.mandatory):
                resources.append(_resource(connection, mapping, entity, tables, period[1], root))
        origins = scratch / "origins.parquet"
        connection.execute(f"copy origin to {quoted(origins)} (format parquet)")
    for copy in ("foreign.csv", "sheet.jsonl"):
        (scratch / copy).unlink(missing_ok=True)
    descriptor = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": export_id,
        "created": (mapping.created or delivery.changed).isoformat(),
        "welfare": {
            "contract": CONTRACT_NAME,
            "version": CURRENT_VERSION,
            "instance": instance,
            "export_id": export_id,
            "sequence": sequence,
            "mode": mapping.mode,
            "period": {"from": period[0].isoformat(), "to": period[1].isoformat()},
            "mapping": {"name": mapping.name, "sha256": mapping.sha256},
        },
        "resources": resources,
    }
    (root / MANIFEST_NAME).write_text(json.dumps(descriptor, ensure_ascii=False), encoding="utf-8")
    return Translation(root, origins)


def _reads_places(mapping: Mapping) -> bool:
    blocks = [block for blocks in mapping.entities.values() for block in blocks]
    return any(rule.read_as in ("place", "istat_code") for block in blocks for rule in rules_of(block))


def _period(mapping: Mapping, name: str) -> tuple[date, date]:
    if not isinstance(mapping.period, str):
        return mapping.period
    found = re.search(mapping.period, name)
    try:
        first = date(int(found["year"]), int(found["month"]), 1)  # type: ignore[index]
    except (TypeError, ValueError):
        # Without its month nobody can say what the delivery is about.
        raise FilesUnfit([Finding("manifest_unreadable", file=shown(name))]) from None
    return first, (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _resource(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    entity: Entity,
    tables: dict[str, ForeignTable],
    day: date,
    root: Path,
) -> dict:
    """Write the file of one entity and return its entry in the descriptor."""
    table, path = f"contract_{entity.name}", root / f"{entity.name}.csv"
    columns = ", ".join(f"{identifier(name)} varchar" for name in entity.columns)
    connection.execute(f"create table {table} ({columns}, _file varchar, _line bigint, _block int)")
    blocks = mapping.entities.get(entity.name, ())
    for number, block in enumerate(blocks):
        if block.file is None:
            _write_rows(connection, mapping, entity, block, number)
        else:
            select = BlockValues(mapping, block, entity, tables, day).select()
            connection.execute(f"insert into {table} select *, {number} from ({select})")
    listed = ", ".join(map(identifier, entity.columns))
    ordered = (
        f"(select *, row_number() over (order by _block, _file, _line, record_id) as _place from {table})"
    )
    connection.execute(
        f"copy (select {listed} from {ordered} order by _place) to {quoted(path)} "
        f"(format csv, header true, delimiter ',', quote '\"', escape '\"', nullstr '')"
    )
    connection.execute(f"insert into origin select '{entity.name}', _place + 1, _file, _line from {ordered}")
    rows = connection.execute(f"select count(*) from {table}").fetchone()[0]
    malformed = [
        place for file in dict.fromkeys(b.file for b in blocks if b.file) for place in tables[file].malformed
    ]
    _pass_on_malformed(connection, entity, path, rows, malformed)
    expected = mapping.expected.get(entity.name)
    sha256, size = hash_file(path)
    return {
        "name": entity.name,
        "type": "table",
        "path": path.name,
        "format": "csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ","},
        "bytes": size,
        "hash": f"sha256:{sha256}",
        "rows": rows + len(malformed) if expected is None or expected.rows is None else expected.rows,
        "controlTotals": _totals(connection, entity, table) | (expected.totals if expected else {}),
    }


def _write_rows(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, entity: Entity, block: Block, number: int
) -> None:
    """Append the rows that the mapping itself writes; their origin is the mapping and their place in it."""
    places = ", ".join("?" for _ in range(len(entity.columns) + 3))
    connection.executemany(
        f"insert into contract_{entity.name} values ({places})",
        [
            [*(row.get(name) for name in entity.columns), f"{mapping.name}.yaml", place, number]
            for place, row in enumerate(block.rows, start=1)
        ],
    )


def _pass_on_malformed(
    connection: duckdb.DuckDBPyConnection,
    entity: Entity,
    path: Path,
    rows: int,
    malformed: list[tuple[str, int]],
) -> None:
    """Append what is no record in the foreign file as what is no record in the export: so it is counted."""
    if not malformed:
        return
    with path.open("a", encoding="utf-8") as file:
        file.write('""\n' * len(malformed))
    connection.executemany(
        "insert into origin values (?, ?, ?, ?)",
        [[entity.name, rows + 2 + n, file, line] for n, (file, line) in enumerate(malformed)],
    )


def _totals(connection: duckdb.DuckDBPyConnection, entity: Entity, table: str) -> dict[str, str]:
    """Return the sums of the number columns, of what can be read as a number."""
    totals = {}
    for field in entity.numbers:
        column = identifier(field.name)
        form = rf"-?[0-9]+(\.[0-9]{{1,{field.decimals}}})?"
        total = connection.execute(
            f"select sum(try_cast({column} as decimal(18,{field.decimals}))) from {table} "
            f"where regexp_full_match({column}, '{form}')"
        ).fetchone()[0]
        totals[field.name] = f"{total or Decimal(0):.{field.decimals}f}"
    return totals
