"""Many rows into a DuckDB table at once.

Rows arrive as tuples in the order of the table's columns, and stand in the table. One by one they would take
longer than protecting them did.
"""

from collections.abc import Sequence

import duckdb
import pyarrow as pa


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Insert rows into `table`; nothing for none. The table's types hold: values are cast to them."""
    if not rows:
        return
    columns = {f"c{number}": pa.array(values) for number, values in enumerate(zip(*rows, strict=True))}
    connection.register("incoming_rows", pa.table(columns))
    connection.execute(f"insert into {table} select * from incoming_rows")
    connection.unregister("incoming_rows")
