"""A new key for the house: what the raw layer holds under the old one is carried over to it.

Arrives: a raw layer under one key. Leaves: the same under that key with one more link, as one transaction
that binds at the instant the new key is in place. What was built from raw does not belong here.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.atomic_files import discard
from core.duckdb_sessions import connect
from core.errors import VetroError
from core.home import VetroHome
from core.progress import Progress
from core.sql import literal
from ingestion.contract.schema import load_contract
from ingestion.data_subjects import erased_persons
from ingestion.identity.resolution import merge_file
from ingestion.privacy.pseudonymisation import RawColumn, raw_columns
from ingestion.privacy.pseudonyms import (
    PseudonymKey,
    carried_over_sql,
    carried_over_within_sql,
    lengthened,
    open_key,
    prepare_pseudonyms,
    pseudonym_within_sql,
    put_key,
)
from ingestion.raw.erasure import stored_rows
from ingestion.raw.file_transaction import FileTransaction, finish_transactions, mark
from ingestion.raw.layer import all_committed_exports, locked
from ingestion.raw.upgrade import upgrade_raw

_NAME = "rotation"
_MERGED = ("from_pseudonym", "to_pseudonym")


@dataclass(frozen=True)
class Rotation:
    """What a rotation did: the id of the key before and now, and how many files and pseudonyms it changed.

    `resumed` if it only finished one that a dying process had made binding; the counts are then unknown.
    """

    before: str | None
    key_id: str
    files: int
    pseudonyms: int
    resumed: bool = False


def rotate_key(home: VetroHome, *, progress: Progress | None = None) -> Rotation:
    """Give the house a new key and carry raw over to it, wholly or not at all.

    Where an earlier call died after the new key was in place, only that one is finished. VetroError if two
    pseudonyms would become one; VetroError as `open_key`.
    """
    home.ensure()
    with locked(home):
        resumed = finish_transactions(home, _NAME)
        finish_transactions(home)
        discard(home.raw_incoming.iterdir())
        before = open_key(home)
        if resumed:
            return Rotation(None, before.key_id, 0, 0, resumed=True)
        # What is carried over is what ingestion writes now.
        upgrade_raw(home)
        return _carry_over(home, before, lengthened(before), progress)


def continue_key(home: VetroHome, key: PseudonymKey) -> None:
    """Carry a raw layer that stands under an earlier link of `key` over to `key`, link by link, as the
    rotations did that came between. The key of the home must be one that `key` continues.
    """
    with locked(home):
        finish_transactions(home)
        upgrade_raw(home)
        before = open_key(home)
        for after in key.steps_from(before):
            _carry_over(home, before, after, None)
            before = after


def _carry_over(
    home: VetroHome, before: PseudonymKey, after: PseudonymKey, progress: Progress | None
) -> Rotation:
    transaction = FileTransaction(home, _NAME)
    with connect() as connection:
        prepare_pseudonyms(connection, after)
        connection.execute("create table carried (before varchar, after varchar)")
        files = _stage(connection, transaction, _keyed_columns(home), after.key_id, progress)
        pseudonyms = _as_many_as_before(connection)
    _stage_forgotten(home, transaction, before, after)
    transaction.remove(merge_file(home))
    mark(home, transaction)
    transaction.bind(key_id=after.key_id)
    put_key(home, after)
    finish_transactions(home, _NAME)
    return Rotation(before.key_id, after.key_id, files, pseudonyms)


def _keyed_columns(home: VetroHome) -> dict[Path, list[RawColumn]]:
    """Return the columns made with the key, of every file of the raw layer that has any; none: its key_id."""
    columns: dict[Path, list[RawColumn]] = {}
    entities = load_contract().entities.values()
    keyed = {entity.name: [column for column in raw_columns(entity) if column.keyed] for entity in entities}
    for export in all_committed_exports(home):
        columns |= {export.file(name): keyed[name] for name in export.loaded if keyed[name]}
        if export.file("_erasure").exists():
            columns[export.file("_erasure")] = [_whole("person_hash")]
        columns[export.file("_export")] = []
    if home.reviewed_merges.exists():
        columns[home.reviewed_merges] = [_whole(name) for name in _MERGED]
    return columns


def _whole(name: str) -> RawColumn:
    return RawColumn(name, "VARCHAR", name, keyed=True)


def _over(column: RawColumn) -> str:
    return carried_over_within_sql(column.name) if column.within else carried_over_sql(column.name)


def _stage(
    connection: duckdb.DuckDBPyConnection,
    transaction: FileTransaction,
    columns: dict[Path, list[RawColumn]],
    key_id: str,
    progress: Progress | None,
) -> int:
    for done, (path, keyed) in enumerate(columns.items(), start=1):
        replaced = [f"{_over(column)} as {column.name}" for column in keyed] or [
            f"{literal(key_id)} as key_id"
        ]
        for column in keyed:
            stored = pseudonym_within_sql(column.name) if column.within else column.name
            connection.execute(
                f"insert into carried select distinct {stored}, {carried_over_sql(stored)} "
                f"from {stored_rows(path)} where {stored} <> ''"
            )
        connection.execute(
            f"copy (select * replace ({', '.join(replaced)}) from {stored_rows(path)}) "
            f"to {literal(transaction.stage(path))} (format parquet, compression zstd)"
        )
        if progress:
            progress("Carrying over", done, len(columns))
    return len(columns)


def _as_many_as_before(connection: duckdb.DuckDBPyConnection) -> int:
    [(before, after)] = connection.execute(
        "select count(distinct before), count(distinct after) from carried"
    ).fetchall()
    if before != after:
        raise VetroError(
            "rotate-key: due pseudonimi diventerebbero uno: non si è cambiato nulla, ripetere il comando. / "
            "two pseudonyms would become one: nothing was changed, run the command again."
        )
    return before


def _stage_forgotten(
    home: VetroHome, transaction: FileTransaction, before: PseudonymKey, after: PseudonymKey
) -> None:
    entries = erased_persons.read_forgotten(home)
    if entries:
        carried = erased_persons.carried_over(entries, before, after)
        erased_persons.write_forgotten(transaction.stage(home.forgotten_file), carried)
