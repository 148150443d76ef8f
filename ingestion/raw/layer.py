"""The raw layer: which files a committed export holds, and the commit itself.

Arrives: finished folders under `raw/.incoming/`. Leaves: `raw/instance=<id>/export=<export_id>/`, by one
rename; and what is already in, read back from the folders, which are the only log there is. Checking rows
does not belong here.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.atomic_files import make_durable, replacing, sync
from core.home import VetroHome
from core.locks import exclusive
from core.sql import literal
from ingestion.contract.schema import load_contract
from ingestion.privacy.pseudonymisation import TECHNICAL_COLUMNS, raw_columns
from ingestion.raw.checksums import write_checksums

_MONEY = pa.decimal128(24, 3)
_UTC = pa.timestamp("us")
EXPORT_SCHEMA = pa.schema(
    [
        ("instance_id", pa.string()),
        ("export_id", pa.string()),
        ("sequence", pa.int64()),
        ("mode", pa.string()),
        ("contract_version", pa.string()),
        ("period_from", pa.date32()),
        ("period_to", pa.date32()),
        ("created", _UTC),
        ("created_on", pa.date32()),
        ("accepted_at", _UTC),
        ("manifest_sha256", pa.string()),
        ("content_sha256", pa.string()),
        ("key_id", pa.string()),
        ("simulated", pa.bool_()),
    ]
)
ENTITY_SCHEMA = pa.schema(
    [
        ("instance_id", pa.string()),
        ("export_id", pa.string()),
        ("entity", pa.string()),
        ("file", pa.string()),
        ("format", pa.string()),
        ("bytes", pa.int64()),
        ("sha256", pa.string()),
        ("received", pa.int64()),
        ("loaded", pa.int64()),
        ("known", pa.int64()),
        ("quarantined", pa.int64()),
    ]
)
CONTROL_TOTAL_SCHEMA = pa.schema(
    [
        ("instance_id", pa.string()),
        ("export_id", pa.string()),
        ("entity", pa.string()),
        ("column_name", pa.string()),
        ("declared", _MONEY),
        ("loaded", _MONEY),
        ("known", _MONEY),
        ("quarantined", _MONEY),
    ]
)
QUARANTINE_SCHEMA = pa.schema(
    [
        ("instance_id", pa.string()),
        ("export_id", pa.string()),
        ("entity", pa.string()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("column_name", pa.string()),
        ("code", pa.string()),
    ]
)
# Keyed hashes of the record ids of erased persons: enough to recognise a row that names one again, and no
# more.
ERASURE_SCHEMA = pa.schema(
    [("instance_id", pa.string()), ("export_id", pa.string()), ("person_hash", pa.string())]
)
# Records that went with a person: what points to them is not missing. Persons are not among them.
ERASED_RECORD_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("instance_id", "export_id", "entity", "record_id")]
)
TECHNICAL = {
    "_export": EXPORT_SCHEMA,
    "_entity": ENTITY_SCHEMA,
    "_control_total": CONTROL_TOTAL_SCHEMA,
    "_quarantine": QUARANTINE_SCHEMA,
    "_erasure": ERASURE_SCHEMA,
    "_erased_record": ERASED_RECORD_SCHEMA,
}
_ARROW = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": _UTC,
    "DECIMAL(18,2)": pa.decimal128(18, 2),
    "DECIMAL(18,3)": pa.decimal128(18, 3),
}


@dataclass(frozen=True)
class CommittedExport:
    """One accepted export, as its folder says. `loaded` maps an entity to its rows, where there are any."""

    instance: str
    export_id: str
    sequence: int
    manifest_sha256: str
    content_sha256: str
    folder: Path
    loaded: dict[str, int]
    simulated: bool = False

    def file(self, entity: str) -> Path:
        """Return the entity's Parquet file."""
        return self.folder / f"{entity}.parquet"

    def rows(self, entity: str) -> str:
        """Return SQL of the rows of the entity's file in the shape of today's contract.

        A file written before a version of the contract added a column has not got it: there it is empty.
        """
        shape = self.folder.parents[1] / ".schema" / f"{entity}.parquet"
        return (
            f"(select * from read_parquet({literal(shape)}) union all by name "
            f"select * from read_parquet({literal(self.file(entity))}))"
        )


@contextmanager
def locked(home: VetroHome) -> Iterator[None]:
    """Let one process at a time write the raw layer; a second waits, and says so."""
    home.raw.mkdir(parents=True, exist_ok=True)
    with exclusive(home.raw / ".lock", "taking in exports"):
        yield


def entity_schema(entity: str) -> pa.Schema:
    """Return the Arrow schema of an entity's raw file."""
    columns = [(column.name, column.type) for column in raw_columns(load_contract().entities[entity])]
    return pa.schema([(name, _ARROW[kind]) for name, kind in (*columns, *TECHNICAL_COLUMNS)])


def write_schemas(home: VetroHome) -> None:
    """Write `raw/.schema/`: an empty file for every entity and technical table, where it is missing
    or has changed.
    """
    home.raw_schema.mkdir(parents=True, exist_ok=True)
    schemas = {name: entity_schema(name) for name in load_contract().entities} | TECHNICAL
    for name, schema in schemas.items():
        path = home.raw_schema / f"{name}.parquet"
        if path.exists() and pq.read_schema(path).equals(schema):
            continue
        with replacing(path) as written:
            pq.write_table(schema.empty_table(), written)


def write_rows(path: Path, schema: pa.Schema, rows: list[dict]) -> None:
    """Write `rows` as Parquet with exactly `schema`."""
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression="zstd")


def export_folder(home: VetroHome, instance: str, export_id: str) -> Path:
    """Return where an accepted export stands. Both names were checked against the contract's form before."""
    return home.raw / f"instance={instance}" / f"export={export_id}"


def read_committed(folder: Path) -> CommittedExport:
    """Return what the folder of an accepted export says of itself."""
    export = pq.read_table(folder / "_export.parquet").to_pylist()[0]
    entities = pq.read_table(folder / "_entity.parquet", columns=["entity", "loaded"]).to_pylist()
    return CommittedExport(
        export["instance_id"],
        export["export_id"],
        export["sequence"],
        export["manifest_sha256"],
        export["content_sha256"],
        folder,
        {row["entity"]: row["loaded"] for row in entities if row["loaded"]},
        bool(export.get("simulated")),
    )


def committed_exports(home: VetroHome, instance: str) -> dict[str, CommittedExport]:
    """Return the accepted exports of an instance by export_id, in the order of their sequence."""
    folder = home.raw / f"instance={instance}"
    if not folder.is_dir():
        return {}
    found = [read_committed(path) for path in folder.iterdir() if path.name.startswith("export=")]
    return {export.export_id: export for export in sorted(found, key=lambda export: export.sequence)}


def all_committed_exports(home: VetroHome) -> list[CommittedExport]:
    """Return the accepted exports of every instance, by instance and sequence."""
    instances = sorted(path.name.removeprefix("instance=") for path in home.raw.glob("instance=*"))
    return [export for instance in instances for export in committed_exports(home, instance).values()]


def record_versions(home: VetroHome, entity: str, columns: Iterable[str]) -> str | None:
    """Return SQL for every version of the entity's records in raw: instance, record_id, op, row_version,
    updated_at, sequence and `columns`; None where there is none.
    """
    committed = home.raw / "instance=*" / "export=*"
    if next(home.raw.glob(f"instance=*/export=*/{entity}.parquet"), None) is None:
        return None
    options = "hive_partitioning = true, hive_types_autocast = false, union_by_name = true"
    listed = ", ".join(["record_id", "op", "row_version", "updated_at", *columns])
    return (
        f"(select instance, {listed}, sequence "
        f"from read_parquet({literal(committed / f'{entity}.parquet')}, {options}) join "
        f"(select instance, export, sequence from read_parquet({literal(committed / '_export.parquet')}, "
        f"{options})) using (instance, export))"
    )


def present_sql(versions: str) -> str:
    """Return SQL for the last version of each record in `versions` that is no tombstone."""
    return (
        f"(select * from {versions} where op = 'U' qualify row_number() over (partition by instance, "
        "record_id order by row_version desc, updated_at desc, sequence desc) = 1)"
    )


def commit(incoming: Path, target: Path) -> None:
    """Make the finished folder `incoming` an accepted export: the one step before which nothing is in, after
    which all is.
    """
    write_checksums(incoming)
    make_durable(incoming)
    target.parent.mkdir(parents=True, exist_ok=True)
    incoming.rename(target)
    sync(target.parent)
