"""A query of a release's database: what a viewer holds of it and a query arrive, plain records leave."""

import logging
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import duckdb
import streamlit as st

from dashboards.access.connections import MOST_VIEWERS, connection
from dashboards.access.viewer import ViewerDatabase

# Where there is no server, as in a test, Streamlit warns once for every query that it keeps the answers of.
logging.getLogger("streamlit.runtime.caching.cache_data_api").setLevel(logging.ERROR)

Row = dict[str, Any]
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

# How many answers are kept of a query that is asked once by each viewer, and of one that is asked of many
# subjects.
ONE_EACH = MOST_VIEWERS
MANY_SUBJECTS = 80 * MOST_VIEWERS


def kept(entries: int) -> Callable[[Callable[Asked, Answer]], Callable[Asked, Answer]]:
    """Return what keeps the answers of a query by its arguments, so many at most; each is handed out as a
    copy of its own."""
    # Its text tells a viewer's database apart; to walk through its fields took longer than most answers.
    return st.cache_data(max_entries=entries, show_spinner=False, hash_funcs={ViewerDatabase: repr})


def rows(database: ViewerDatabase, sql: str, parameters: dict[str, object] | None = None) -> list[Row]:
    """Return the rows of a query as records. Only the modules of this package write queries.

    Raises duckdb.InvalidInputException where the statement is anything but one SELECT.
    """
    read_only(sql)
    cursor = connection(database).cursor()
    cursor.execute(sql, parameters or {})
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def read_only(sql: str) -> None:
    """Raise duckdb.InvalidInputException where a text is anything but one SELECT."""
    found = duckdb.extract_statements(sql)
    if [each.type for each in found] != [duckdb.StatementType.SELECT]:
        raise duckdb.InvalidInputException("a page reads: its query is one SELECT")


@kept(MANY_SUBJECTS)
def columns(database: ViewerDatabase, schema: str, table: str) -> set[str]:
    """Return the names of a table's columns; none where the viewer does not hold the table."""
    found = rows(
        database,
        "select column_name from duckdb_columns() where schema_name = $schema and table_name = $table",
        {"schema": schema, "table": table},
    )
    return {row["column_name"] for row in found}
