"""What an earlier version of ingestion committed, brought to what ingestion writes now.

Arrives: a raw layer. Leaves: the same with the suppliers' codici fiscali in receipts as pseudonyms, without
codes that are nobody's, without identifiers in the names of files, and with checksums; all or nothing, once.
What holds a direct identifier inside a text that ingestion now sets aside stays: a release that would carry
it is stopped (`publication.identifier_scan`). What was built from raw is built anew (`transaction.mark`).
"""

from itertools import product
from pathlib import Path
from string import ascii_uppercase, digits

import duckdb

from core.duckdb_sessions import connect
from core.home import VetroHome
from core.sql import literal
from ingestion.privacy.direct_identifiers import masked
from ingestion.privacy.identifiers import codice_fiscale_check, is_placeholder
from ingestion.privacy.pseudonymisation import receipt_sql
from ingestion.privacy.pseudonyms import open_key, prepare_pseudonyms, pseudonym_sql
from ingestion.raw.erasure import stored_rows
from ingestion.raw.file_transaction import FileTransaction, finish_transactions, mark
from ingestion.raw.layer import CommittedExport, all_committed_exports

# Of what ingestion writes; raise it with a change to be carried back to what is in.
FORM = 2
_FORM_FILE = ".form"
_NAME = "upgrade"
_MONTHS = "ABCDEHLMPRST"


def is_of_earlier_form(home: VetroHome) -> bool:
    """True if raw was not yet brought to the present form."""
    path = home.raw / _FORM_FILE
    return not path.exists() or int(path.read_text(encoding="ascii")) < FORM


def upgrade_raw(home: VetroHome) -> int:
    """Bring raw to the present form and return how many files changed; 0 where it has that form already.

    The caller holds the lock of the raw layer and has finished what others left.
    """
    if not is_of_earlier_form(home):
        return 0
    path = home.raw / _FORM_FILE
    transaction, exports, changed = FileTransaction(home, _NAME), all_committed_exports(home), 0
    if exports:
        with connect() as connection:
            prepare_pseudonyms(connection, open_key(home))
            connection.create_function("masked", masked, ["VARCHAR"], "VARCHAR")
            _lay_nobody(connection)
            changed = sum(_stage(connection, transaction, export) for export in exports)
        for export in exports:
            transaction.seal(export.folder)
    if changed:
        mark(home, transaction)
    transaction.stage(path).write_text(f"{FORM}\n", encoding="ascii")
    transaction.bind()
    finish_transactions(home, _NAME)
    return changed


def _lay_nobody(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table `nobody` of the pseudonyms that codes of nobody were given: of codici fiscali those
    that are one letter throughout, but for month and check character, and one digit.
    """
    connection.execute("create table code (domain varchar, kind varchar, value varchar)")
    connection.executemany("insert into code values ('person', ?, ?)", [*_numbers()])
    drawn = product(ascii_uppercase, digits, _MONTHS)
    bodies = [f"{letter * 6}{n * 2}{month}{n * 2}{letter}{n * 3}" for letter, n, month in drawn]
    codes = [body + codice_fiscale_check(body) for body in bodies]
    connection.execute(
        "insert into code select domain, 'CF', value "
        "from unnest($1) as v(value), unnest(['person', 'organisation']) as d(domain)",
        [codes],
    )
    made = pseudonym_sql("domain || '|' || kind || '|' || value")
    connection.execute(
        f"create table nobody as select {made} as pseudonym from code where {is_placeholder('value')}"
    )


def _numbers() -> list[tuple[str, str]]:
    """Return (kind, code) of the digits that are nobody's, and a few more: `is_placeholder` decides."""
    codes = []
    for kind, prefix, length in (("CF_PROV", "", 11), ("STP", "STP", 13), ("ENI", "ENI", 13)):
        starts = ["0123456789" * 2, "1234567890" * 2, "9876543210" * 2, "0987654321" * 2]
        made = {digit * length for digit in digits}
        made |= {start[: length - 1] + last for start in starts for last in digits}
        codes += [(kind, prefix + code) for code in sorted(made)]
    return codes


def _stage(
    connection: duckdb.DuckDBPyConnection, transaction: FileTransaction, export: CommittedExport
) -> int:
    """Stage the files of one export that change; return how many."""
    nobody = "(select pseudonym from nobody)"
    of_entity = {
        "grant_line": {"doc_ref": receipt_sql("doc_ref")},
        "person": {"id_pseudonym": f"case when id_pseudonym not in {nobody} then id_pseudonym end"},
        "organisation": {
            "tax_code": f"case when not {is_placeholder('tax_code')} then tax_code end",
            "tax_code_pseudonym": (
                f"case when tax_code_pseudonym not in {nobody} then tax_code_pseudonym end"
            ),
            "vat_number": f"case when not {is_placeholder('vat_number')} then vat_number end",
        },
    }
    files: list[tuple[Path, dict[str, str]]] = [
        (export.file(name), of_entity.get(name, {}) | {"_file": "masked(_file)"}) for name in export.loaded
    ]
    files += [(export.file(name), {"file": "masked(file)"}) for name in ("_entity", "_quarantine")]
    return sum(_stage_file(connection, transaction, path, changes) for path, changes in files)


def _stage_file(
    connection: duckdb.DuckDBPyConnection, transaction: FileTransaction, path: Path, changes: dict[str, str]
) -> bool:
    """Stage one file with its columns as `changes` say, if that changes anything."""
    if not path.exists():
        return False
    columns, rows = ", ".join(changes), stored_rows(path)
    # Few values come again and again: names of files above all.
    differ = " or ".join(f"{column} is distinct from ({sql})" for column, sql in changes.items())
    told = f"(select distinct {columns} from {rows})"
    if connection.execute(f"select 1 from {told} where {differ} limit 1").fetchone() is None:
        return False
    replaced = ", ".join(f"{sql} as {column}" for column, sql in changes.items())
    connection.execute(
        f"copy (select * replace ({replaced}) from {rows}) to {literal(transaction.stage(path))} "
        f"(format parquet, compression zstd)"
    )
    return True
