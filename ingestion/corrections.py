"""Corrections that somebody reviewed: what a record says wrongly, until its territory mends it.

Arrives: `corrections.csv` of the home, written by people, and the present records in raw. Leaves:
`raw/.corrections.parquet`, one row per line of the file, for the build; or an error that names every line
that does not apply any more. What is counted by the corrected records does not belong here.

An organisation is corrected column by column. A person is corrected by naming another record: the two are
one person, or they are not. So the file holds no identifier, and no pseudonym.
"""

import csv
import hashlib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.contract import load_contract
from ingestion.home import VetroHome
from ingestion.home_files import HomeFileError, Problem, read_lines
from ingestion.identifiers import CODICE_FISCALE, eleven_digits_wrong
from ingestion.raw_layer import present_sql, record_versions
from ingestion.reference_data import quoted, reference_relation
from ingestion.subject_merge import merge_file

COLUMNS = (
    "instance_id", "entity", "record_id", "column", "expected", "corrected", "reason", "reviewed_by",
    "reviewed_on",
)  # fmt: skip
SAME_PERSON = "same_person_as"
ORGANISATION, PERSON = "organisation", "person"
_ENVELOPE = ("record_id", "op", "updated_at", "row_version")
CORRECTION_SCHEMA = pa.schema(
    [
        ("line", pa.int64()),
        ("instance_id", pa.string()),
        ("entity", pa.string()),
        ("record_id", pa.string()),
        ("column_name", pa.string()),
        ("corrected", pa.string()),
        ("same_as_instance_id", pa.string()),
        ("same_as_record_id", pa.string()),
        ("reviewed_on", pa.date32()),
        ("file_sha256", pa.string()),
    ]
)

Record = tuple[str, str]

GONE = (
    "il record non c'è: controllare instance_id e record_id; se non c'è più, togliere la riga",
    "the record is not there: check instance_id and record_id; if it is gone, remove the line",
)
CHANGED = (
    "il record non dice più quel che la riga si aspetta: se il territorio l'ha corretto, togliere la riga; "
    "altrimenti rivedere il record e scrivere in expected quel che dice oggi",
    "the record no longer says what the line expects: if the territory has mended it, remove the line; "
    "otherwise look at the record again and write what it says today in expected",
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


def named_record(text: str) -> Record | None:
    """Return (instance, record_id) of `<instance>:<record_id>`; None where the text names no record."""
    instance, _, record_id = text.partition(":")
    return (instance, record_id) if instance and record_id else None


def correctable() -> tuple[str, ...]:
    """Return the columns of an organisation that can be corrected: all it tells of itself."""
    columns = load_contract().entities[ORGANISATION].columns
    return tuple(column for column in columns if column not in _ENVELOPE)


def read_corrections(home: VetroHome) -> list[Correction]:
    """Return the lines of the file, none where there is no file; HomeFileError for any that is not one."""
    corrections, problems = [], {}
    for number, cells in read_lines(home.corrections_file, COLUMNS):
        problem = _unusable(cells)
        if problem:
            problems[number] = problem
        else:
            told = (cells[name] for name in COLUMNS[:6])
            corrections.append(Correction(number, *told, date.fromisoformat(cells["reviewed_on"])))
    times = Counter((each.entity, each.record, each.column) for each in corrections)
    for each in corrections:
        if times[each.entity, each.record, each.column] > 1:
            problems[each.line] = (
                "più righe correggono la stessa colonna dello stesso record: tenerne una",
                "several lines correct the same column of the same record: keep one",
            )
    if problems:
        raise HomeFileError(home.corrections_file, problems)
    return corrections


def write_corrections(home: VetroHome) -> dict[str, list[str]]:
    """Write what the build reads, and return by instance what the corrections of its records amount to.

    Expects the merges of persons to be written. HomeFileError, with nothing written, where a line no
    longer applies: its record is gone, or does not say any more what the line expects.
    """
    corrections = read_corrections(home)
    amounts: dict[str, list[str]] = defaultdict(list)
    if corrections:
        with duckdb.connect(config={"threads": 2}) as connection:
            connection.execute("set TimeZone = 'UTC'")
            keys = _check_all(connection, home, corrections)
        for each in corrections:
            key = keys.get(each.same_as) if each.same_as else ""
            amounts[each.instance].append(f"{each.record_id}\t{each.column}\t{each.corrected}\t{key}")
    _write(home, corrections)
    return dict(amounts)


def same_person_records(home: VetroHome) -> dict[Record, Record | None]:
    """Return the person records that a line speaks of, each with the record that is the same person; None: a
    person apart.
    """
    return {each.record: each.same_as for each in read_corrections(home) if each.entity == PERSON}


def without_records(path: Path, target: Path, gone: set[Record]) -> None:
    """Write to `target` the corrections at `path` without the lines that name a person record of `gone`."""
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for _, cells in read_lines(path, COLUMNS):
            named = {(cells["instance_id"], cells["record_id"])}
            named |= {named_record(cells[name]) for name in ("expected", "corrected")}
            if cells["entity"] != PERSON or not named & gone:
                writer.writerow(cells)


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
            "reviewed_on è una data passata, AAAA-MM-GG",
            "reviewed_on is a day that is past, YYYY-MM-DD",
        )
    columns = {ORGANISATION: correctable(), PERSON: (SAME_PERSON,)}.get(cells["entity"])
    if columns is None:
        return f"entity è {ORGANISATION} o {PERSON}", f"entity is {ORGANISATION} or {PERSON}"
    if cells["column"] not in columns:
        return f"column è una di: {', '.join(columns)}", f"column is one of: {', '.join(columns)}"
    if cells["expected"] == cells["corrected"]:
        return "expected e corrected sono uguali", "expected and corrected are the same"
    if cells["entity"] == PERSON:
        return _unusable_person(cells)
    return _unusable_value(cells["column"], cells["corrected"])


def _unusable_person(cells: dict[str, str]) -> Problem | None:
    own = cells["instance_id"], cells["record_id"]
    others = [named_record(cells[name]) for name in ("expected", "corrected") if cells[name]]
    if None in others or own in others:
        return (
            "expected e corrected indicano un altro record di persona, <istanza>:<record_id>, o sono vuoti",
            "expected and corrected name another person record, <instance>:<record_id>, or are empty",
        )
    return None


def _unusable_value(column: str, corrected: str) -> Problem | None:
    """What keeps a value from standing in a column of an organisation, by the contract."""
    field = load_contract().entities[ORGANISATION].field(column)
    wrong = f"corrected non può stare in {column}", f"corrected cannot stand in {column}"
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
    with duckdb.connect(config={"threads": 1}) as connection:
        if column in ("tax_code", "vat_number"):
            test = f"select {eleven_digits_wrong('code')} from (select $1 as code)"
        elif column == "istat_comune":
            test = f"select $1 not in (select istat_comune from {reference_relation('comune')})"
        else:
            return None
        return wrong if connection.execute(test, [corrected]).fetchone()[0] else None


def _check_all(
    connection: duckdb.DuckDBPyConnection, home: VetroHome, corrections: list[Correction]
) -> dict[Record, str]:
    """Raise for the lines that do not apply; return what each person record named counts as."""
    organisations = _present_organisations(connection, home)
    keys = _present_persons(connection, home, corrections)
    corrected = {each.record for each in corrections if each.entity == PERSON}
    problems = {}
    for each in corrections:
        problem = (
            _against_persons(each, keys, corrected)
            if each.entity == PERSON
            else _against_organisations(each, organisations)
        )
        if problem:
            problems[each.line] = problem
    if problems:
        raise HomeFileError(home.corrections_file, problems)
    return keys


def _against_organisations(each: Correction, present: dict[Record, dict[str, str]]) -> Problem | None:
    known = present.get(each.record)
    if known is None:
        return GONE
    if known["is_sole_trader"] == "true":
        return (
            "è una ditta individuale, i cui dati sono di una persona: non si correggono qui",
            "it is a sole trader, whose data are a person's: they are not corrected here",
        )
    if known[each.column] != each.expected:
        return CHANGED
    names_parent = each.column == "parent_organisation_id" and each.corrected
    if names_parent and (each.instance, each.corrected) not in present:
        return (
            "corrected non indica un'organizzazione del territorio",
            "corrected names no organisation of the territory",
        )
    return None


def _against_persons(each: Correction, keys: dict[Record, str], corrected: set[Record]) -> Problem | None:
    named = {
        name: named_record(text) for name, text in vars(each).items() if name in ("expected", "corrected")
    }
    if each.record not in keys or any(other and other not in keys for other in named.values()):
        return GONE
    if named["corrected"] in corrected:
        return (
            "corrected indica un record che un'altra riga corregge: indicare quello a cui porta",
            "corrected names a record that another line corrects: name the one it leads to",
        )
    expected, becomes = named["expected"], named["corrected"]
    if expected and keys[expected] != keys[each.record]:
        return CHANGED
    return CHANGED if becomes and keys[becomes] == keys[each.record] else None


def _present_organisations(
    connection: duckdb.DuckDBPyConnection, home: VetroHome
) -> dict[Record, dict[str, str]]:
    """Every organisation ever told of, with its last attributes as text; facts name a removed one too."""
    columns = [*correctable(), "is_sole_trader"]
    versions = record_versions(home, ORGANISATION, columns)
    if versions is None:
        return {}
    texts = ", ".join(f"coalesce(cast({column} as varchar), '')" for column in columns)
    rows = connection.execute(f"select instance, record_id, {texts} from {present_sql(versions)}").fetchall()
    return {
        (instance, record_id): dict(zip(columns, values, strict=True))
        for instance, record_id, *values in rows
    }


def _present_persons(
    connection: duckdb.DuckDBPyConnection, home: VetroHome, corrections: list[Correction]
) -> dict[Record, str]:
    """What each person record named in the lines counts as, before any correction: equal for one person."""
    people = [each for each in corrections if each.entity == PERSON]
    versions = record_versions(home, PERSON, ["id_pseudonym"])
    if not people or versions is None:
        return {}
    named = {each.record for each in people}
    named |= {
        other for each in people for text in (each.expected, each.corrected) if (other := named_record(text))
    }
    rows = connection.execute(
        "select instance, record_id, coalesce(to_pseudonym, id_pseudonym) "
        f"from (select * from {present_sql(versions)} where list_contains($1, record_id)) as present "
        f"left join read_parquet({quoted(merge_file(home))}) on id_pseudonym = from_pseudonym",
        [sorted({record_id for _, record_id in named})],
    ).fetchall()
    return {
        (instance, record_id): pseudonym or f"{instance}:{record_id}"
        for instance, record_id, pseudonym in rows
        if (instance, record_id) in named
    }


def _write(home: VetroHome, corrections: list[Correction]) -> None:
    sha256 = hashlib.sha256(home.corrections_file.read_bytes()).hexdigest() if corrections else None
    rows = [
        {
            "line": each.line,
            "instance_id": each.instance,
            "entity": each.entity,
            "record_id": each.record_id,
            "column_name": each.column,
            "corrected": each.corrected or None,
            "same_as_instance_id": each.same_as and each.same_as[0],
            "same_as_record_id": each.same_as and each.same_as[1],
            "reviewed_on": each.reviewed_on,
            "file_sha256": sha256,
        }
        for each in corrections
    ]
    table = pa.Table.from_pylist(rows, CORRECTION_SCHEMA)
    temporary = home.corrections_table.with_name(f"{home.corrections_table.name}.new")
    pq.write_table(table, temporary)
    temporary.replace(home.corrections_table)
