"""Texts of CSV files that a spreadsheet opens: it runs a cell that begins like a formula.

A text arrives, or a relation; what a spreadsheet shows as it stands leaves: an apostrophe before such a text
makes it text again. Workbooks, whose cells have types, do not need it.
"""

import duckdb

from core.sql import identifier

_STARTS = "=+-@\t\r"


def harmless(text: str) -> str:
    """Return the text, with an apostrophe before it where a spreadsheet would run it."""
    return f"'{text}" if text and text[0] in _STARTS else text


def harmless_sql(text: str) -> str:
    """Return SQL for the same."""
    starts = " or ".join(f"starts_with({text}, chr({ord(start)}))" for start in _STARTS)
    return f"case when {starts} then '''' || {text} else {text} end"


def harmless_columns(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    """Return SQL for all rows of a relation, its texts harmless."""
    described = connection.execute(f"describe select * from {relation}").fetchall()
    columns = (
        f"{harmless_sql(identifier(name))} as {identifier(name)}" if kind == "VARCHAR" else identifier(name)
        for name, kind, *_ in described
    )
    return f"select {', '.join(columns)} from {relation}"
