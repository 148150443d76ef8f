"""Names and texts as they stand in SQL.

A Python value arrives, a piece of SQL leaves that holds it whatever it contains.
"""

from pathlib import Path


def literal(text: str | Path) -> str:
    """Return `text` as a SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return `name` quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'
