"""No text of a CSV file is run by a spreadsheet, whichever way it was written, and numbers stay numbers."""

import csv

import duckdb
import pytest

from core.spreadsheet_text import harmless, harmless_columns
from core.sql import literal
from publication.public_files import write_files
from publication.simulated import Simulated

RUN = ["=1+1", "+39 02", "-1+2", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")', "-"]
LEFT = ["", "a=1", " =1", "1-2", "Comune di Rho", "'=1"]


@pytest.mark.parametrize("text", [*RUN, *LEFT])
def test_what_a_spreadsheet_would_run_is_text_in_python_and_in_sql(text: str) -> None:
    expected = f"'{text}" if text in RUN else text
    assert harmless(text) == expected
    with duckdb.connect() as connection:
        rows = f"(select {literal(text)} as said, -1.50::decimal(9, 2) as amount, null::varchar as nothing)"
        assert connection.execute(harmless_columns(connection, rows)).fetchall() == [(expected, -1.5, None)]


def test_a_public_file_of_a_hostile_name_holds_no_formula(tmp_path) -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema publication")
        connection.execute('create table publication.t ("name" varchar, amount decimal(9, 2))')
        connection.execute("insert into publication.t values ('=cmd|''/C calc''!A0', -1)")
        write_files(connection, tmp_path / "data", ["t"], Simulated({}, whole=False))
        with (tmp_path / "data" / "t.csv").open(newline="") as file:
            assert list(csv.DictReader(file)) == [{"name": "'=cmd|'/C calc'!A0", "amount": "-1.00"}]
        kept = connection.execute(f"select name from read_parquet('{tmp_path}/data/t.parquet')").fetchall()
    assert kept == [("=cmd|'/C calc'!A0",)]
