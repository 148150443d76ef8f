"""`corrections.csv` of the home, as people wrote it: which lines can be used, whatever the records say.

Arrives: the file. Leaves: its lines as `Correction`s, and a sentence for every line that is none, by number.
Whether the records still say what a line expects does not belong here (`corrections`).

An organisation is corrected column by column. A person is corrected by naming another record: the two are
one person, or they are not. So the file holds no identifier, and no pseudonym.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from core.duckdb_sessions import connect, only_row
from core.home import VetroHome
from core.home_files import HomeFileError, Problem, read_lines, write_lines
from ingestion.contract.schema import load_contract
from ingestion.privacy.identifiers import CODICE_FISCALE, ENI, PROVISIONAL_CODE, STP, eleven_digits_wrong
from ingestion.reference.tables import reference_relation

COLUMNS = (
    "instance_id", "entity", "record_id", "column", "expected", "corrected", "reason", "reviewed_by",
    "reviewed_on",
)  # fmt: skip
SAME_PERSON = "same_person_as"
ORGANISATION, PERSON = "organisation", "person"
_ENVELOPE = ("record_id", "op", "updated_at", "row_version")
# What an error may repeat of a line to say which record it is about.
_SHOWN = re.compile(r"[\w./:-]{1,64}")
_IDENTIFIER = re.compile("|".join((CODICE_FISCALE, STP, ENI, PROVISIONAL_CODE)))

Record = tuple[str, str]

TWICE = (
    "più righe correggono la stessa colonna dello stesso record: tenerne una",
    "several lines correct the same column of the same record: keep one",
)


@dataclass(frozen=True)
class Correction:
    """One line of the file: this column of this record is not `expected` but `corrected` (empty: nothing).

    Of a person the only column is `same_person_as`, and its values are `<instance>:<record_id>` of another
    person record, or empty: a person apart.
    """

    line: int
    instance: str
    entity: str
    record_id: str
    column: str
    expected: str
    corrected: str
    reviewed_on: date

    @property
    def record(self) -> Record:
        """The record that is corrected."""
        return self.instance, self.record_id

    @property
    def same_as(self) -> Record | None:
        """The record that is the same person; None for an organisation, and for a person apart."""
        return named_record(self.corrected) if self.entity == PERSON else None

    @property
    def persons(self) -> set[Record]:
        """The person records that the line names; none for an organisation."""
        if self.entity != PERSON:
            return set()
        named = (named_record(text) for text in (self.expected, self.corrected))
        return {self.record, *(record for record in named if record)}


@dataclass(frozen=True)
class CorrectionsFile:
    """`corrections.csv` as it stands. `sha256` is None where no line stands in it, as without a file."""

    home: VetroHome
    sha256: str | None

    @classmethod
    def of(cls, home: VetroHome) -> "CorrectionsFile":
        """Return that of the home; HomeFileError where it is not CSV with the columns of corrections."""
        if not any(read_lines(home.corrections_file, COLUMNS)):
            return cls(home, None)
        return cls(home, hashlib.sha256(home.corrections_file.read_bytes()).hexdigest())

    def copy(self, target: Path, *, reviewed_by: date = date.max) -> None:
        """Write to `target` the lines reviewed by that day."""
        corrections, _ = usable_lines(self.home)
        _write_lines(
            self.home, target, {each.line for each in corrections if each.reviewed_on <= reviewed_by}
        )


def named_record(text: str) -> Record | None:
    """Return (instance, record_id) of `<instance>:<record_id>`; None where the text names no record."""
    instance, _, record_id = text.partition(":")
    return (instance, record_id) if instance and record_id else None


def correctable() -> tuple[str, ...]:
    """Return the columns of an organisation that can be corrected: all it tells of itself."""
    columns = load_contract().entities[ORGANISATION].columns
    return tuple(column for column in columns if column not in _ENVELOPE)


def usable_lines(home: VetroHome) -> tuple[list[Correction], dict[int, Problem]]:
    """Return the lines that can be used, whatever the records say, and what is wrong with the others.

    HomeFileError where the file is not CSV with the columns of corrections.
    """
    lines, problems = read_lines(home.corrections_file, COLUMNS)
    corrections = []
    for number, cells in lines:
        problem = _unusable(cells)
        if problem:
            problems[number] = _placed(problem, *(cells[name] for name in COLUMNS[:6]))
        else:
            corrections.append(
                Correction(
                    line=number,
                    instance=cells["instance_id"],
                    entity=cells["entity"],
                    record_id=cells["record_id"],
                    column=cells["column"],
                    expected=cells["expected"],
                    corrected=cells["corrected"],
                    reviewed_on=date.fromisoformat(cells["reviewed_on"]),
                )
            )
    times = Counter((each.entity, each.record, each.column) for each in corrections)
    for each in corrections:
        if times[each.entity, each.record, each.column] > 1:
            problems[each.line] = problem_of(each, TWICE)
    return corrections, problems


def read_corrections(home: VetroHome) -> list[Correction]:
    """Return the lines of the file, none where there is no file; HomeFileError for any that is not one."""
    corrections, problems = usable_lines(home)
    if problems:
        raise HomeFileError(home.corrections_file, problems)
    return corrections


def same_person_records(home: VetroHome) -> dict[Record, Record | None]:
    """Return the person records that a line speaks of, each with the record that is the same person; None: a
    person apart.
    """
    return {each.record: each.same_as for each in read_corrections(home) if each.entity == PERSON}


def without_records(home: VetroHome, target: Path, gone: set[Record]) -> int:
    """Write to `target` the usable lines, but for those that name a person record of `gone`; return how many
    those are.
    """
    corrections, _ = usable_lines(home)
    kept = {each.line for each in corrections if not each.persons & gone}
    _write_lines(home, target, kept)
    return len(corrections) - len(kept)


def problem_of(each: Correction, problem: Problem) -> Problem:
    """Return `problem` with the record and the column of the line in front."""
    return _placed(problem, each.instance, each.entity, each.record_id, each.column)


def _placed(problem: Problem, instance: str, entity: str, record_id: str, column: str, *_: str) -> Problem:
    """`problem` with the record and column in front; without, where a cell holds what may name somebody."""
    told = (instance, entity, record_id, column)
    if not all(_SHOWN.fullmatch(text) and not _IDENTIFIER.search(text.upper()) for text in told):
        return problem
    return f"{instance} {entity} {record_id}, {column}: {problem[0]}", problem[1]


def _write_lines(home: VetroHome, target: Path, kept: Container[int]) -> None:
    lines, _ = read_lines(home.corrections_file, COLUMNS)
    write_lines(target, COLUMNS, [cells for number, cells in lines if number in kept])


def _unusable(cells: dict[str, str]) -> Problem | None:
    """What keeps a line from being used, whatever the records say."""
    missing = [name for name in ("reason", "reviewed_by", "reviewed_on") if not cells[name]]
    if missing:
        return (
            f"manca {missing[0]}: una correzione dice perché, chi l'ha rivista e quando",
            f"{missing[0]} is missing: a correction says why, who reviewed it and when",
        )
    if any(re.search(CODICE_FISCALE, text.upper()) for text in cells.values()):
        return (
            "un codice fiscale non va in questo file: indicare la persona con <istanza>:<record_id>",
            "no codice fiscale belongs in this file: name the person by <instance>:<record_id>",
        )
    try:
        day = date.fromisoformat(cells["reviewed_on"])
    except ValueError:
        day = date.max
    if day > datetime.now(ZoneInfo("Europe/Rome")).date():
        return (
            "scrivere in reviewed_on una data passata, AAAA-MM-GG",
            "write in reviewed_on a day that is past, YYYY-MM-DD",
        )
    columns = {ORGANISATION: correctable(), PERSON: (SAME_PERSON,)}.get(cells["entity"])
    if columns is None:
        return (
            f"scrivere in entity {ORGANISATION} o {PERSON}",
            f"write {ORGANISATION} or {PERSON} in entity",
        )
    if cells["column"] not in columns:
        listed = ", ".join(columns)
        return f"scrivere in column una di: {listed}", f"write in column one of: {listed}"
    if cells["expected"] == cells["corrected"]:
        return (
            "expected e corrected sono uguali: togliere la riga, o scrivere in corrected il valore giusto",
            "expected and corrected are the same: remove the line, or write the right value in corrected",
        )
    if cells["entity"] == PERSON:
        return _unusable_person(cells)
    return _unusable_value(cells["column"], cells["corrected"])


def _unusable_person(cells: dict[str, str]) -> Problem | None:
    own = cells["instance_id"], cells["record_id"]
    others = [named_record(cells[name]) for name in ("expected", "corrected") if cells[name]]
    if None in others or own in others:
        return (
            "scrivere in expected e in corrected un altro record di persona, <istanza>:<record_id>, o niente",
            "write another person record in expected and corrected, <instance>:<record_id>, or nothing",
        )
    return None


def _unusable_value(column: str, corrected: str) -> Problem | None:
    """What keeps a value from standing in a column of an organisation, by the contract."""
    field = load_contract().entities[ORGANISATION].field(column)
    wrong = (
        f"corrected non può stare in {column}: scrivere un valore che il contratto ammette",
        f"corrected cannot stand in {column}: write a value that the contract admits",
    )
    if not corrected:
        return wrong if field.required else None
    forms = {"boolean": "true|false", "date": r"\d{4}-\d{2}-\d{2}"}
    form = r"[0-9]{11}" if column == "tax_code" else field.pattern or forms.get(field.type, ".+")
    if not re.fullmatch(form, corrected) or (field.enum and corrected not in field.enum):
        return wrong
    if field.type == "date":
        try:
            date.fromisoformat(corrected)
        except ValueError:
            return wrong
    with connect(threads=1) as connection:
        if column in ("tax_code", "vat_number"):
            test = f"select {eleven_digits_wrong('code')} from (select $1 as code)"
        elif column == "istat_comune":
            test = f"select $1 not in (select istat_comune from {reference_relation('comune')})"
        else:
            return None
        return wrong if only_row(connection.execute(test, [corrected]))[0] else None
