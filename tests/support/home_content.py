"""What a home says, to be compared with what another says: a home arrives, hashes and figures leave."""

from pathlib import Path

import duckdb

from publication.composition import is_data_file
from publication.release_record import read_release


def content(home: Path) -> tuple[dict[str, str], list[tuple]]:
    """Hashes of the data files of the current release, and the figures of the warehouse."""
    written = read_release(home / "releases" / "current")["files"]
    files = {name: file["sha256"] for name, file in written.items() if is_data_file(name)}
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        figures = connection.sql("select * from marts.indicator_value order by all").fetchall()
    assert files and figures
    return files, figures
