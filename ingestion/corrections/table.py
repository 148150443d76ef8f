"""Corrections that somebody reviewed, held against the present records and written for the build.

Arrives: the lines of `corrections.csv` and the present records in raw. Leaves: `raw/.corrections.parquet`,
one row per line of the file; or an error that names every line that cannot be used or no longer applies.
What is counted by the corrected records does not belong here.
"""

from collections import defaultdict

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from core.atomic_files import replacing, sync
from core.duckdb_sessions import connect
from core.home import VetroHome
from core.home_files import HomeFileError, Problem
from core.sql import literal
from ingestion.corrections.lines import (
    ORGANISATION,
    PERSON,
    Correction,
    CorrectionsFile,
    Record,
    correctable,
    named_record,
    problem_of,
    usable_lines,
    without_records,
)
from ingestion.identity.resolution import merge_file
from ingestion.privacy.pseudonyms import open_key
from ingestion.raw.layer import locked, present_sql, record_versions

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


def write_corrections(home: VetroHome) -> dict[str, list[str]]:
    """Write what the build reads, and return by instance what the corrections of its records amount to.

    Expects the merges of persons to be written. HomeFileError, with nothing written, for all lines at once
    that cannot be used or no longer apply: the record is gone, or no longer says what the line expects.
    """
    corrections, problems = usable_lines(home)
    amounts: dict[str, list[str]] = defaultdict(list)
    if corrections:
        with connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            keys, not_applying = _against_records(connection, home, corrections)
        problems = not_applying | problems
    if problems:
        raise HomeFileError(home.corrections_file, problems)
    for each in corrections:
        key = keys.get(each.same_as) if each.same_as else ""
        amounts[each.instance].append(f"{each.record_id}\t{each.column}\t{each.corrected}\t{key}")
    _write(home, corrections)
    return dict(amounts)


def drop_lines_of_the_erased(home: VetroHome) -> int:
    """Take the lines that name a person record whom an export had erased out of the file; return how many.

    `forget` does so itself. A line may tell of the person in its reason, and must not stop the builds of
    everybody else. Nothing is taken from a file with a line that cannot be used: the build stops there.
    """
    corrections, _ = usable_lines(home)
    if not _erased(home, corrections):
        return 0
    with locked(home):
        corrections, problems = usable_lines(home)
        gone = _erased(home, corrections)
        if problems or not gone:
            return 0
        with replacing(home.corrections_file) as written:
            dropped = without_records(home, written, gone)
            sync(written)
    return dropped


def _erased(home: VetroHome, corrections: list[Correction]) -> set[Record]:
    """The person records named in the lines that were erased, and are refused for good."""
    named = set().union(*(each.persons for each in corrections))
    files = list(home.raw.glob("instance=*/export=*/_erasure.parquet")) if named else []
    if not files:
        return set()
    hashes = {each for file in files for each in pq.read_table(file)["person_hash"].to_pylist()}
    key = open_key(home)
    return {record for record in named if key.pseudonym("erased", *record) in hashes}


def _against_records(
    connection: duckdb.DuckDBPyConnection, home: VetroHome, corrections: list[Correction]
) -> tuple[dict[Record, str], dict[int, Problem]]:
    """Return what each person record named counts as, and what is wrong with the lines that do not apply."""
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
            problems[each.line] = problem_of(each, problem)
    return keys, problems


def _against_organisations(each: Correction, present: dict[Record, dict[str, str]]) -> Problem | None:
    known = present.get(each.record)
    if known is None:
        return GONE
    if known["is_sole_trader"] == "true":
        return (
            "è una ditta individuale, i cui dati sono di una persona: togliere la riga e chiedere al "
            "territorio di correggere il record",
            "it is a sole trader, whose data are a person's: remove the line and have the territory mend the "
            "record",
        )
    if known[each.column] != each.expected:
        return CHANGED
    names_parent = each.column == "parent_organisation_id" and each.corrected
    if names_parent and (each.instance, each.corrected) not in present:
        return (
            "corrected non indica un'organizzazione del territorio: scrivere il record_id di una",
            "corrected names no organisation of the territory: write the record_id of one",
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
    named = set().union(*(each.persons for each in corrections))
    versions = record_versions(home, PERSON, ["id_pseudonym"])
    if not named or versions is None:
        return {}
    rows = connection.execute(
        "select instance, record_id, coalesce(to_pseudonym, id_pseudonym) "
        f"from (select * from {present_sql(versions)} where list_contains($1, record_id)) as present "
        f"left join read_parquet({literal(merge_file(home))}) on id_pseudonym = from_pseudonym",
        [sorted({record_id for _, record_id in named})],
    ).fetchall()
    return {
        (instance, record_id): pseudonym or f"{instance}:{record_id}"
        for instance, record_id, pseudonym in rows
        if (instance, record_id) in named
    }


def _write(home: VetroHome, corrections: list[Correction]) -> None:
    sha256 = CorrectionsFile.of(home).sha256
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
    with replacing(home.corrections_table) as written:
        pq.write_table(pa.Table.from_pylist(rows, CORRECTION_SCHEMA), written)
