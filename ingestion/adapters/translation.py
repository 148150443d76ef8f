"""A delivery written as a contract export, with the line of the foreign file behind every row.

Arrives: the files of a delivery, a mapping, the export's id and sequence. Leaves: a folder with
datapackage.json, hashes and totals, and beside it a Parquet file of origins (entity, place, file, line). Both
may hold direct identifiers and stand under `landing/.work/` only. Deciding over the export does not belong
here: ingestion does.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb

from core.duckdb_sessions import connect
from core.sql import identifier, literal
from ingestion.adapters.accounts import BlockAccount, FileAccount, LeftOut
from ingestion.adapters.foreign_files import (
    FilesUnfit,
    ForeignTable,
    SetAside,
    assign_files,
    check_assigned,
    condition_sql,
    left_out_by,
    read_files,
)
from ingestion.adapters.mapping import Block, Mapping, rules_of
from ingestion.adapters.values import BlockValues, place_tables
from ingestion.contract.findings import Finding
from ingestion.contract.schema import CONTRACT_NAME, CURRENT_VERSION, Entity, load_contract
from ingestion.landing.plain_names import MANIFEST_NAME, plain_name, plain_path
from ingestion.privacy.direct_identifiers import shown
from ingestion.validation.file_reading import hash_file

# Beside the sessions of ingestion, which take the rest.
MEMORY_SHARE = 0.3


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
        for path in sorted(read, key=plain_path):
            digest.update(f"{plain_path(path)}\0{hash_file(self.root / path)[0]}\n".encode())
        return f"{instance[:80]}-{digest.hexdigest()[:16]}"


@dataclass(frozen=True)
class Translation:
    """A written export: its folder, the Parquet file of origins, and what became of every foreign record."""

    root: Path
    origins: Path
    accounts: tuple[dict, ...]


def translate(
    delivery: Delivery, mapping: Mapping, *, instance: str, export_id: str, sequence: int, work: Path
) -> Translation:
    """Write the delivery as a contract export into new folders of `work`.

    FilesUnfit where the files, or the delivery's name, are not as the mapping says.
    """
    root, scratch = work / f"{export_id}.export", work / f"{export_id}.scratch"
    for folder in (root, scratch):
        folder.mkdir()
    period = _period(mapping, delivery.name)
    with connect(spill=scratch / "spill", memory_share=MEMORY_SHARE) as connection:
        connection.execute("set TimeZone = 'UTC'")
        if _reads_places(mapping):
            for statement in place_tables():
                connection.execute(statement)
        assigned = assign_files(mapping, delivery.paths)
        check_assigned(mapping, delivery.paths, assigned)
        tables = read_files(connection, mapping, delivery.root, assigned, scratch)
        connection.execute(
            "create table origin (entity varchar, place bigint, file varchar, line bigint, code varchar, "
            "detail varchar[])"
        )
        contract = load_contract(CURRENT_VERSION)
        resources = []
        for name, entity in contract.entities.items():
            if name in mapping.entities or (mapping.mode == "full" and entity.mandatory):
                resources.append(_resource(connection, mapping, entity, tables, period[1], root))
        accounts = [account for table in tables.values() for account in table.accounts.values()]
        if unbalanced := [account.file for account in accounts if not account.balances]:
            raise FilesUnfit([Finding("row_count_mismatch", file=file) for file in unbalanced])
        origins = scratch / "origins.parquet"
        connection.execute(f"copy origin to {literal(origins)} (format parquet)")
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
    told = tuple(account.as_record() for account in sorted(accounts, key=lambda account: account.file))
    return Translation(root, origins, told)


def _reads_places(mapping: Mapping) -> bool:
    blocks = [block for blocks in mapping.entities.values() for block in blocks]
    return any(rule.read_as in ("place", "istat_code") for block in blocks for rule in rules_of(block))


def _period(mapping: Mapping, name: str) -> tuple[date, date]:
    if not isinstance(mapping.period, str):
        return mapping.period
    found = re.search(mapping.period, plain_name(name))
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
            values = BlockValues(mapping, block, block.file, entity, tables, day)
            connection.execute(f"insert into {table} select *, {number} from ({values.select()})")
            _account(connection, tables[block.file], block, entity, number, values)
    listed = ", ".join(map(identifier, entity.columns))
    ordered = (
        f"(select *, row_number() over (order by _block, _file, _line, record_id) as _place from {table})"
    )
    connection.execute(
        f"copy (select {listed} from {ordered} order by _place) to {literal(path)} "
        f"(format csv, header true, delimiter ',', quote '\"', escape '\"', nullstr '')"
    )
    connection.execute(
        f"insert into origin select '{entity.name}', _place + 1, _file, _line, null, null from {ordered}"
    )
    [(rows,)] = connection.execute(f"select count(*) from {table}").fetchall()
    aside = [
        each for file in dict.fromkeys(b.file for b in blocks if b.file) for each in tables[file].set_aside
    ]
    _pass_on(connection, entity, path, rows, aside)
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
        "rows": rows + len(aside) if expected is None or expected.rows is None else expected.rows,
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


def _account(
    connection: duckdb.DuckDBPyConnection,
    table: ForeignTable,
    block: Block,
    entity: Entity,
    number: int,
    values: BlockValues,
) -> None:
    """Tell the accounts of the table's files what the block made of their records."""
    accounts: dict[str, FileAccount] = table.accounts
    of_block = {file: BlockAccount(entity.name, number + 1, 0, []) for file in accounts}
    earlier = "true"
    for condition in block.where:
        holds = f"coalesce({condition_sql(condition, table)}, false)"
        found = left_out_by(connection, table.table, f"{earlier} and not {holds}")
        for file, rows, lines in found:
            if file in accounts:
                told = f"where: {condition.column} {condition.shown}"
                of_block[file].left_out.append(LeftOut(told, rows, lines))
        earlier += f" and {holds}"
    made = f"(select _file, _line from contract_{entity.name} where _block = {number})"
    if block.once_per:
        told = f"(select _file, _line from {table.table} where {earlier})"
        for file, rows, lines in left_out_by(connection, f"({told} except all from {made})", "true"):
            if file in accounts:
                of_block[file].left_out.append(LeftOut("once_per", rows, lines))
    for file, rows, _ in left_out_by(connection, made, "true"):
        if file in accounts:
            of_block[file].rows = rows
    if (counts := values.rounded_counts()) is not None:
        for file, rounded in connection.execute(counts).fetchall():
            accounts[file].rounded += int(rounded)
    for file, account in accounts.items():
        account.blocks.append(of_block[file])


def _pass_on(
    connection: duckdb.DuckDBPyConnection, entity: Entity, path: Path, rows: int, aside: list[SetAside]
) -> None:
    """Append what was set aside in the foreign file as what is no record in the export: so it is counted, and
    ingestion finds its code and its place among the origins.
    """
    if not aside:
        return
    with path.open("a", encoding="utf-8") as file:
        file.write('""\n' * len(aside))
    connection.executemany(
        "insert into origin values (?, ?, ?, ?, ?, ?)",
        [
            [entity.name, rows + 2 + n, each.file, each.line, each.code, list(each.detail)]
            for n, each in enumerate(aside)
        ],
    )


def _totals(connection: duckdb.DuckDBPyConnection, entity: Entity, table: str) -> dict[str, str]:
    """Return the sums of the number columns, of what can be read as a number."""
    totals = {}
    for field in entity.numbers:
        column = identifier(field.name)
        form = rf"-?[0-9]+(\.[0-9]{{1,{field.decimals}}})?"
        [(total,)] = connection.execute(
            f"select sum(try_cast({column} as decimal(18,{field.decimals}))) from {table} "
            f"where regexp_full_match({column}, '{form}')"
        ).fetchall()
        totals[field.name] = f"{total or Decimal(0):.{field.decimals}f}"
    return totals
