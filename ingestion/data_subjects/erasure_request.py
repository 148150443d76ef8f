"""Forgetting a person in every instance at once, because the person asks for it.

Arrives: persons as somebody named them. Leaves: a raw layer and a landing that no longer tell of them, and an
entry in `raw/.forgotten.json`. All or nothing: one transaction. What was built from raw does not belong here.
"""

import gzip
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from core.atomic_files import discard
from core.home import VetroHome
from ingestion.contract.schema import load_contract
from ingestion.corrections.lines import same_person_records, without_records
from ingestion.data_subjects.erased_persons import (
    Forgotten,
    forgotten_pseudonyms,
    read_forgotten,
    sealed,
    write_forgotten,
)
from ingestion.data_subjects.erasure_register import ErasureRegister, opened_seals, register_of
from ingestion.identity.person_references import Identifier, PersonRecord
from ingestion.identity.resolution import (
    find_merges,
    merge_file,
    person_versions,
    read_reviewed,
    write_reviewed,
)
from ingestion.landing.archives import ArchiveUnsafe
from ingestion.landing.exports import LandedExport, held_places
from ingestion.landing.log import LandingLog
from ingestion.privacy.pseudonyms import PseudonymKey, open_key, pseudonym_sql
from ingestion.raw.erasure import erased_records, stage_erasures, stored_rows
from ingestion.raw.file_transaction import FileTransaction, finish_transactions, mark
from ingestion.raw.layer import (
    ERASED_RECORD_SCHEMA,
    ERASURE_SCHEMA,
    CommittedExport,
    committed_exports,
    locked,
    present_sql,
    write_rows,
)
from ingestion.raw.upgrade import upgrade_raw
from ingestion.session import IngestionSession, open_session

Records = dict[str, set[str]]


@dataclass(frozen=True)
class ForgetReport:
    """What was done. `not_found` holds line numbers; `send_again` (instance, export_id) of exports that
    waited for another one, told of a person named, and are gone.
    """

    forgotten: int
    known: int
    not_found: tuple[int, ...]
    instances: tuple[str, ...]
    rows: int
    landing: int
    send_again: tuple[tuple[str, str], ...]


@dataclass
class _Person:
    """One person named: every pseudonym, and the records by instance."""

    pseudonyms: set[str]
    records: Records


def forget(home: VetroHome, named: Mapping[int, Identifier | PersonRecord]) -> ForgetReport:
    """Forget the persons `named`, keyed by line, in all instances that hold them.

    Goes: the person and what tells of the person, in raw, in landing what was answered already, and in
    `landing/.held` what names the person. Stays, without the person: money. Killed at any instant and called
    again, it ends as if it had never been killed.
    """
    with _forgetting(home) as forgetting:
        return forgetting.of(named)


def erase_again(home: VetroHome, register: ErasureRegister) -> int:
    """Erase from a home that was restored everybody whom `register`, under its key, has and the home still
    tells of; return how many persons or records that were.

    Whoever is named by a pseudonym goes from every instance, and is refused from now on, as by `forget`;
    whoever an instance erased goes from that instance. Killed and called again, it ends as if never killed.
    """
    with _forgetting(home) as forgetting:
        return forgetting.again(register)


@contextmanager
def _forgetting(home: VetroHome) -> Iterator["_Forgetting"]:
    home.ensure()
    with locked(home):
        finish_transactions(home)
        discard(home.raw_incoming.iterdir())
        discard([home.landing_work])
        upgrade_raw(home)
        key, work = open_key(home), home.landing_work / "forget"
        work.mkdir(parents=True)
        try:
            with open_session(work, key) as session:
                yield _Forgetting(home, key, session, work)
        finally:
            discard([home.landing_work])


class _Forgetting:
    """One call of `forget` or `erase_again`, with the raw layer locked."""

    def __init__(self, home: VetroHome, key: PseudonymKey, session: IngestionSession, work: Path):
        self.home, self.key, self.session, self.work = home, key, session, work
        names = sorted(path.name.removeprefix("instance=") for path in home.raw.glob("instance=*"))
        self.exports = {name: list(committed_exports(home, name).values()) for name in names}
        self.merges = {
            merge.from_pseudonym: merge.to_pseudonym for merge in find_merges(session.connection, home)
        }
        self.corrected = same_person_records(home)
        session.once("create table version (instance varchar, record_id varchar, id_pseudonym varchar)")
        session.once("create table present (instance varchar, record_id varchar, id_pseudonym varchar)")
        versions = person_versions(home)
        if versions:
            columns = "instance, record_id, id_pseudonym"
            session.once(f"insert into version select distinct {columns} from {versions}")
            session.once(f"insert into present select {columns} from {present_sql(versions)}")

    def of(self, named: Mapping[int, Identifier | PersonRecord]) -> ForgetReport:
        """Forget the persons and report."""
        before = forgotten_pseudonyms(self.home, self.key)
        waiting = list(held_places(self.home))
        known, not_found, persons = 0, [], []
        send_again: dict[Path, tuple[str, str]] = {}
        for line, name in named.items():
            person = self._person(name)
            holding = [place for place in waiting if self._names(place, name, person)]
            send_again |= {place: (place.parent.name, place.name.removesuffix(".zip")) for place in holding}
            if holding or self._is_mentioned(person):
                persons.append(person)
            elif self._was_forgotten(name, person, before):
                known += 1
            else:
                not_found.append(line)
        instances, rows, landing = self._carry_out(persons, list(send_again)) if persons else ((), 0, 0)
        return ForgetReport(
            len(persons), known, tuple(not_found), instances, rows, landing, tuple(send_again.values())
        )

    def again(self, register: ErasureRegister) -> int:
        """Erase whom the register has and the home does not know as erased; return how many that were."""
        persons = []
        pseudonyms = opened_seals(self.key, register)
        for pseudonym in sorted(pseudonyms - forgotten_pseudonyms(self.home, self.key)):
            records: Records = {}
            persons.append(_Person(self._add_by_code(pseudonym, records), records))
        known = register_of(self.home)
        unknown = {
            instance: set(hashes) - set(known.records.get(instance, ()))
            for instance, hashes in register.records.items()
        }
        told = {place for person in persons for place in _places(person)}
        alone = [place for place in self._records_hashed(unknown) if place not in told]
        persons += [_Person(set(), {instance: {record}}) for instance, record in alone]
        if persons or any(unknown.values()):
            self._carry_out(persons, [], unknown)
        return len(persons)

    def _records_hashed(self, hashes: Mapping[str, set[str]]) -> list[tuple[str, str]]:
        """Return (instance, record_id) of the persons that any row in raw names and whose hash is asked for.

        An instance without an export in raw has no rows, and is told of nobody.
        """
        self.session.once("create table hashed (instance varchar, person_hash varchar)")
        self.session.once("create table named (instance varchar, record_id varchar)")
        for instance, wanted in hashes.items():
            for each in sorted(wanted):
                self.session.once("insert into hashed values ($1, $2)", [instance, each])
            if not wanted:
                continue
            for export in self.exports.get(instance, []):
                for entity in load_contract().entities.values():
                    if entity.person_columns and entity.name in export.loaded:
                        column = entity.person_columns[0]
                        self.session.once(
                            f"insert into named select distinct $1, {column} "
                            f"from {stored_rows(export.file(entity.name))} where {column} is not null",
                            [instance],
                        )
        message = pseudonym_sql("'erased|' || instance || '|' || record_id")
        return self.session.once(
            f"select distinct instance, record_id from named join hashed using (instance) "
            f"where person_hash = {message} order by all"
        ).fetchall()

    def _person(self, name: Identifier | PersonRecord) -> _Person:
        if isinstance(name, Identifier):
            own, records = name.pseudonym(self.key), {}
        else:
            own, records = None, {name.instance: {name.record_id}}
            # What a correction says of the record comes before the code it carries.
            told = self.corrected.get((name.instance, name.record_id), (name.instance, name.record_id))
            if told:
                found = self.session.once(
                    "select id_pseudonym from present where instance = $1 and record_id = $2", list(told)
                ).fetchone()
                own = found[0] if found else None
                records.setdefault(told[0], set()).add(told[1])
        pseudonyms = self._add_by_code(own, records) if own else set()
        for (instance, record_id), same in self.corrected.items():
            if same and same[1] in records.get(same[0], ()):
                records.setdefault(instance, set()).add(record_id)
        return _Person(pseudonyms, records)

    def _add_by_code(self, own: str, records: Records) -> set[str]:
        """Add the records that carry the code, or one that stands for it; return all these codes."""
        last = self.merges.get(own, own)
        pseudonyms = {own, last, *(first for first, end in self.merges.items() if end == last)}
        for instance, record_id in self.session.once(
            "select instance, record_id from present where list_contains($1, id_pseudonym)",
            [sorted(pseudonyms)],
        ).fetchall():
            records.setdefault(instance, set()).add(record_id)
        return pseudonyms

    def _is_mentioned(self, person: _Person) -> bool:
        """True if any row in raw, or a reviewed pair, names the person."""
        reviewed = read_reviewed(self.home)
        paired = {name for pair in reviewed for name in (pair.from_pseudonym, pair.to_pseudonym)}
        if person.pseudonyms & paired:
            return True
        if (
            person.pseudonyms
            and self.session.once(
                "select 1 from version where list_contains($1, id_pseudonym)", [sorted(person.pseudonyms)]
            ).fetchone()
        ):
            return True
        return any(
            self.session.once(
                f"select 1 from {stored_rows(export.file(entity.name))} "
                f"where list_contains($1, {entity.person_columns[0]})",
                [sorted(records)],
            ).fetchone()
            for instance, records in person.records.items()
            for export in self.exports.get(instance, [])
            for entity in load_contract().entities.values()
            if entity.person_columns and entity.name in export.loaded
        )

    def _was_forgotten(self, name: Identifier | PersonRecord, person: _Person, before: set[str]) -> bool:
        if isinstance(name, Identifier):
            return bool(person.pseudonyms & before)
        hashed = self.key.pseudonym("erased", name.instance, name.record_id)
        return any(
            hashed == row["person_hash"]
            for export in self.exports.get(name.instance, [])
            if export.file("_erasure").exists()
            for row in pq.read_table(export.file("_erasure")).to_pylist()
        )

    def _names(self, held: Path, name: Identifier | PersonRecord, person: _Person) -> bool:
        """True if the export that waits at `held` names the person, or cannot be read."""
        words = set(person.records.get(held.parent.name, ()))
        if isinstance(name, Identifier):
            words.add(name.value)
        if not words:
            return False
        word = re.compile(
            rb"(?<![\w-])(" + b"|".join(re.escape(each.encode()) for each in sorted(words)) + rb")(?![\w-])",
            re.IGNORECASE,
        )
        landed = LandedExport(held)
        try:
            return any(word.search(line) for line in _lines(landed.open(self.work)))
        except (ArchiveUnsafe, OSError, EOFError, duckdb.Error):
            return True
        finally:
            landed.close()

    def _carry_out(
        self, persons: list[_Person], held: list[Path], hashes: Mapping[str, set[str]] | None = None
    ) -> tuple[tuple[str, ...], int, int]:
        """Take `persons` out of everything; `hashes` by instance are of records to be refused besides."""
        transaction, instances, rows = FileTransaction(self.home, "forgetting"), [], 0
        pseudonyms = set().union(*(person.pseudonyms for person in persons))
        self.session.empty("forgotten")
        for pseudonym in sorted(pseudonyms):
            self.session.once("insert into forgotten values ($1)", [pseudonym])
        for instance, exports in self.exports.items():
            records = set().union(*(person.records.get(instance, set()) for person in persons))
            changed = stage_erasures(self.session, transaction, exports, tuple(sorted(records)))
            refused = (hashes or {}).get(instance, set())
            if records or refused:
                self._stage_refusal(transaction, instance, exports, records, refused)
            if records or changed:
                instances.append(instance)
            rows += changed
        log = LandingLog.read(self.home)
        landed = sorted({place for instance in instances for place in log.answered(instance)})
        for place in (*landed, *held, merge_file(self.home), self.home.corrections_table):
            transaction.remove(place)
        reviewed = read_reviewed(self.home)
        if reviewed:
            others = [pair for pair in reviewed if not {pair.from_pseudonym, pair.to_pseudonym} & pseudonyms]
            write_reviewed(transaction.stage(self.home.reviewed_merges), others)
        if self.corrected:
            gone = {
                (instance, record)
                for each in persons
                for instance, found in each.records.items()
                for record in found
            }
            without_records(self.home, transaction.stage(self.home.corrections_file), gone)
        entry = Forgotten(
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            persons=len(persons),
            instances=tuple(instances),
            rows=rows,
            seals=tuple(sealed(self.key, pseudonym) for pseudonym in sorted(pseudonyms)),
        )
        staged = transaction.stage(self.home.forgotten_file)
        write_forgotten(staged, [*read_forgotten(self.home), entry])
        mark(self.home, transaction)
        transaction.bind()
        finish_transactions(self.home, "forgetting")
        return tuple(instances), rows, len(landed)

    def _stage_refusal(
        self,
        transaction: FileTransaction,
        instance: str,
        exports: list[CommittedExport],
        records: set[str],
        refused: set[str],
    ) -> None:
        """Have the instance's last export say, as an erasing one does, who is not to come again (`records`,
        and those of the hashes `refused`), and which records went with them.
        """
        if not exports:
            return
        last = exports[-1]
        of = {"instance_id": instance, "export_id": last.export_id}
        added = {
            "_erasure": [
                of | {"person_hash": person_hash}
                for person_hash in sorted(
                    {self.key.pseudonym("erased", instance, record) for record in records} | refused
                )
            ],
            "_erased_record": [
                of | {"entity": entity, "record_id": record}
                for entity, record in erased_records(self.session, exports)
            ],
        }
        for name, schema in (("_erasure", ERASURE_SCHEMA), ("_erased_record", ERASED_RECORD_SCHEMA)):
            path = last.file(name)
            earlier = pq.read_table(path).to_pylist() if path.exists() else []
            write_rows(transaction.stage(path), schema, [*earlier, *added[name]])


def _places(person: _Person) -> Iterator[tuple[str, str]]:
    for instance, records in person.records.items():
        yield from ((instance, record) for record in records)


def _lines(root: Path) -> Iterator[bytes]:
    """Yield the content of an export's files, line by line or row by row."""
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        if path.suffix == ".parquet":
            for batch in pq.ParquetFile(path).iter_batches():
                yield from (repr(row).encode() for row in batch.to_pylist())
        else:
            with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
                yield from file
