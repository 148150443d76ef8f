"""The right to be forgotten: what was told about a person leaves the raw layer.

Arrives: the record ids that an instance erases. Leaves: the files of its exports without them,
ready to be put in place (`transaction`). Recognising rows that name an erased person again does not
belong here (`history_rules`).
"""

from pathlib import Path

from core.home import VetroHome
from core.sql import literal
from ingestion.contract.schema import Entity, load_contract
from ingestion.privacy.pseudonymisation import REMOVED
from ingestion.raw.file_transaction import FileTransaction
from ingestion.raw.layer import CommittedExport, export_folder
from ingestion.session import IngestionSession


def stored_rows(path: Path) -> str:
    """Return SQL for the rows of a raw file, with the columns in the file and no others."""
    return f"read_parquet({literal(path)}, hive_partitioning = false)"


def erasure_name(instance: str, export_id: str) -> str:
    """Return the name of the transaction that an erasing export asks for; it begins with `<instance>~`."""
    return f"{instance}~{export_id}"


def _names_person(entity: Entity) -> str:
    """Return SQL, never null, that is true for a row of a person in `erasing`, or of one in `forgotten`.

    The latter finds what a record said before its identifier was put right.
    """
    test = f"coalesce({entity.person_columns[0]} in (select record_id from erasing), false)"
    if entity.name == "person":
        test += " or coalesce(id_pseudonym in (select pseudonym from forgotten), false)"
    return f"({test})"


def _without_persons(entity: Entity, path: Path) -> str:
    """Return the SQL that reads an entity's file without the persons."""
    if entity.name in REMOVED:
        return f"select * from {stored_rows(path)} where not {_names_person(entity)}"
    column = entity.person_columns[0]
    return (
        f"select * replace (case when {_names_person(entity)} then null else {column} end as {column}) "
        f"from {stored_rows(path)}"
    )


def stage_erasures(
    session: IngestionSession,
    transaction: FileTransaction,
    exports: list[CommittedExport],
    persons: tuple[str, ...],
) -> int:
    """Stage the files of `exports`, all of one instance, without `persons`; return how many
    rows they change.
    """
    session.empty("erasing")
    for person in persons:
        session.once("insert into erasing values ($1)", [person])
    changed = 0
    for entity in load_contract().entities.values():
        if not entity.person_columns:
            continue
        for export in exports:
            if entity.name not in export.loaded:
                continue
            path = export.file(entity.name)
            [(named,)] = session.once(
                f"select count(*) from {stored_rows(path)} where {_names_person(entity)}"
            ).fetchall()
            if not named:
                continue
            changed += named
            session.once(
                f"copy ({_without_persons(entity, path)}) to {literal(transaction.stage(path))} "
                f"(format parquet, compression zstd)"
            )
    return changed


def stage_export_erasures(
    session: IngestionSession,
    home: VetroHome,
    exports: list[CommittedExport],
    instance: str,
    export_id: str,
    persons: tuple[str, ...],
) -> bool:
    """Stage what the export asks to erase from the instance's earlier `exports`, binding once it is in;
    return whether any file has to change.
    """
    transaction = FileTransaction(home, erasure_name(instance, export_id))
    stage_erasures(session, transaction, exports, persons)
    if not transaction.is_empty:
        transaction.bind(export=export_folder(home, instance, export_id))
    return not transaction.is_empty


def erased_records(session: IngestionSession, exports: list[CommittedExport]) -> list[tuple[str, str]]:
    """Return (entity, record_id) of what goes with the persons last staged, themselves left out."""
    records = set()
    for name in REMOVED:
        entity = load_contract().entities[name]
        column = entity.person_columns[0]
        for export in exports:
            if name == "person" or name not in export.loaded:
                continue
            found = session.once(
                f"select distinct record_id from {stored_rows(export.file(name))} "
                f"where {column} in (select record_id from erasing)"
            )
            records |= {(name, record_id) for (record_id,) in found.fetchall()}
    return sorted(records)
