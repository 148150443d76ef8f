"""What ingestion set aside, read back from the raw layer."""

import duckdb

from core.home import VetroHome


def quarantine(home: VetroHome) -> list[tuple]:
    """Return (entity, line, column, code) of every row set aside, in order."""
    files = f"{home.raw}/instance=*/export=*/_quarantine.parquet"
    with duckdb.connect() as connection:
        return connection.execute(
            f"select entity, line, column_name, code from read_parquet('{files}', hive_partitioning = false) "
            "order by all"
        ).fetchall()
