"""What an instance has told before, as far as its next rows need it.

Arrives: the instance's committed exports. Leaves: one table per entity, `held_<entity>`, on the session:
every row already in, with a hash of its content and what a reversal is compared with. Judging new rows does
not belong here (`history_rules`).
"""

from dataclasses import dataclass, field

from core.home import VetroHome
from ingestion.contract.schema import Entity, load_contract
from ingestion.privacy.pseudonymisation import raw_columns
from ingestion.raw.layer import CommittedExport, committed_exports
from ingestion.session import IngestionSession

# Beyond this many rows an export's checked rows are not taken over from memory: the next one reads the
# Parquet file.
ROWS_TAKEN_OVER = 300_000
_NOT_CONTENT = ("op", "updated_at", "row_version")


def content_hash(entity: Entity) -> str:
    """Return SQL for the hash of what counts as a row's content: for a ledger all but
    op, updated_at, row_version.
    """
    names = [column.name for column in raw_columns(entity)]
    if entity.is_ledger:
        names = [name for name in names if name not in _NOT_CONTENT]
    return "hash(" + ", ".join(f'"{name}"' for name in names) + ")"


def reversed_amounts(entity: Entity) -> tuple[str, ...]:
    """Return the number columns in which a reversal is compared with the row it undoes;
    none for measurement.
    """
    if entity.name == "measurement":
        return ()
    return tuple(field.name for field in entity.numbers if field.name != "doc_amount")


def lost_person(entity: Entity) -> str:
    """Return SQL that is true for a stored row whose person was erased."""
    if entity.name == "payment":
        return "payee_kind = 'PERSON' and person_id is null"
    return "person_id is null" if entity.has("person_id") else "false"


def _held_columns(entity: Entity) -> list[tuple[str, str]]:
    columns = [("record_id", "record_id"), ("content", content_hash(entity))]
    if entity.is_ledger:
        # The person only until the export that erases it is in: a reversal in that very export loses it too.
        person = entity.person_columns[0] if entity.person_columns else "null::varchar"
        columns += [("reverses_id", "reverses_id"), ("lost_person", lost_person(entity)), ("person", person)]
        columns += [(name, name) for name in reversed_amounts(entity)]
        columns += [("event", "event")] if entity.has("event") else []
    else:
        columns += [("row_version", "row_version"), ("updated_at", "updated_at")]
    if entity.name == "outcome_indicator":
        columns += [(name, name) for name in ("op", "scale_min", "scale_max")]
    return columns


def held_list(entity: Entity) -> str:
    """Return the select list that makes rows of `held_<entity>`, `sequence` aside, from rows of
    the raw file.
    """
    return ", ".join(f'{sql} as "{column}"' for column, sql in _held_columns(entity))


def create_held_tables(session: IngestionSession) -> None:
    """Make the empty tables, once for a session."""
    for name, entity in load_contract().entities.items():
        shape = ", ".join(f'null::{column.type} as "{column.name}"' for column in raw_columns(entity))
        session.once(
            f"create table held_{name} as select {held_list(entity)}, 0::bigint as sequence "
            f"from (select {shape}) where false"
        )


@dataclass
class History:
    """The past of one instance. `exports` are its accepted exports by export_id, in the order
    of their sequence.
    """

    session: IngestionSession
    exports: dict[str, CommittedExport]
    _read: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, session: IngestionSession, home: VetroHome, instance: str) -> "History":
        """Return the history of `instance`, nothing of it read yet."""
        return cls(session, committed_exports(home, instance))

    def forget(self) -> None:
        """Empty the tables, as when stored rows were rewritten; the next question reads the files again."""
        for name in self._read:
            self.session.again(f"delete from held_{name}")
        self._read = {}

    def table(self, entity: Entity) -> str | None:
        """Return the name of the table of an entity's rows already in, or None where there are none."""
        having = [export for export in self.exports.values() if entity.name in export.loaded]
        if not having:
            return None
        read = self._read.setdefault(entity.name, set())
        for export in having:
            if export.export_id not in read:
                self.session.once(
                    f"insert into held_{entity.name} select {held_list(entity)}, {export.sequence} "
                    f"from {export.rows(entity.name)}"
                )
                read.add(export.export_id)
        return f"held_{entity.name}"

    def add(self, export: CommittedExport, rows: dict[str, str]) -> None:
        """Take in an export just accepted. `rows` maps an entity to SQL of its loaded rows, where
        still at hand.
        """
        self.exports[export.export_id] = export
        for name, relation in rows.items():
            if name in export.loaded:
                entity = load_contract().entities[name]
                self.session.again(
                    f"insert into held_{name} select {held_list(entity)}, $1 from ({relation})",
                    export.sequence,
                )
                self._read.setdefault(name, set()).add(export.export_id)
